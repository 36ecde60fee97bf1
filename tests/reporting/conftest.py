"""Lets the test database be dropped after a replay: the broker's listening thread is stopped first."""

import threading
from collections.abc import Iterator

import pytest

LISTENER = "dramatiq-postgres-notifier"
PATIENCE_SECONDS = 10


@pytest.fixture(scope="session")
def quiet_broker(django_db_setup: None) -> Iterator[None]:
    """Finalised before the database is dropped, since it depends on it."""
    import dramatiq

    yield
    dramatiq.get_broker().close()
    for thread in threading.enumerate():
        if thread.name == LISTENER:
            thread.join(PATIENCE_SECONDS)
