"""The database tests run on: real commits as the application's role, one fresh fund a test, never a flush.

Every process makes its own database, so workers and neighbours never share one; ``default`` mirrors
``owner``, so both roles look at the same tables.
"""

import os
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import override_settings
from hypothesis import settings
from pytest_django.plugin import DjangoDbBlocker

from tests import draws, factories, signing
from tests.concurrency import racing
from tests.custody.ledger import raw

settings.register_profile("house", deadline=None)  # a busy machine is no counterexample
settings.register_profile("long", deadline=None, max_examples=draws.LONG_EXAMPLES)
settings.load_profile("long" if draws.LONG else "house")


@pytest.fixture(scope="session", autouse=True)
def kept_apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Documents of the tests, and of programs they start, lie in a folder of their own."""
    folder = tmp_path_factory.mktemp("documents")
    os.environ["DOCUMENTS"] = str(folder)
    stores: Any = django_settings.STORAGES
    documents = {**stores["documents"], "OPTIONS": {"location": folder}}
    with override_settings(STORAGES={**stores, "documents": documents}):
        yield


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Create this process's database through the owner, migrate it, and drop it at the end."""
    from django.db import connections
    from django.test.utils import setup_databases, teardown_databases

    owner = connections["owner"].settings_dict
    owner["TEST"]["NAME"] = f"test_{owner['NAME']}_{os.getpid()}"
    owner["TEST"]["DEPENDENCIES"] = []  # Django would have every alias wait for default, our mirror
    with django_db_blocker.unblock():
        made = setup_databases(
            verbosity=0, interactive=False, aliases=dict.fromkeys(("default", "owner", "vault"), False)
        )
        with connections["owner"].cursor() as cursor:  # a test tells when what it posts was recorded
            cursor.execute("INSERT INTO custody_clock (ahead, told) VALUES ('0', true)")
    with signing.by_everybody():
        yield
    _stop_listening()
    with django_db_blocker.unblock():
        connections.close_all()
        teardown_databases(made, verbosity=0)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what opens the database, and what a second server is asked again; let the long ones begin."""
    for item in items:
        if isinstance(item, pytest.Function) and "django_db_setup" in item.fixturenames:
            item.add_marker(pytest.mark.sql)
        if isinstance(item, pytest.Function) and _asks_the_server_itself(item):
            item.add_marker(pytest.mark.guard)
    items.sort(key=lambda item: item.get_closest_marker("long") is None)  # so that no worker ends alone


def _asks_the_server_itself(item: pytest.Function) -> bool:
    """Whether the module types SQL, races or kills: what another server could answer otherwise."""
    own = {getattr(each, "__module__", "") for each in vars(item.module).values()}
    places = {"faults", "concurrency", "ledger"} & set(item.path.parts)
    return bool(places or own & {raw.__name__, racing.__name__})


def _stop_listening() -> None:
    """A broker that waited for messages holds a session, and a database in use is not dropped."""
    import dramatiq

    dramatiq.get_broker().close()
    for thread in threading.enumerate():
        if thread.name == "dramatiq-postgres-notifier":
            thread.join(timeout=10)


@pytest.fixture
def committed_db(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Unblock the database with real commits; afterwards every fund the test made must verify."""
    from custody.ledger import proof

    with django_db_blocker.unblock():
        factories.MADE.clear()
        yield
        for fund_id in factories.MADE:
            findings = proof.verify_fund(fund_id)
            assert not findings, findings
