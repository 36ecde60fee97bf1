"""The database tests run on: real commits as the application's role, one fresh fund a test, never a flush."""

from collections.abc import Iterator

import pytest

from tests import factories


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """Keep pytest-django's suffixing (one database a worker), nothing else."""


@pytest.fixture
def committed_db(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[None]:
    """Unblock the database with real commits; afterwards every fund the test made must verify."""
    from custody import verification

    with django_db_blocker.unblock():
        factories.MADE.clear()
        yield
        for fund_id in factories.MADE:
            findings = verification.verify_fund(fund_id)
            assert not findings, findings
