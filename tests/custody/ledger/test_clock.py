"""Facts are dated by the database's clock, and only the tables' owner can move it, for a demonstration."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from config.replay.clock import real_time, set_clock
from tests.custody.ledger.raw import refused, run
from tests.factories import AT

pytestmark = pytest.mark.usefixtures("committed_db")
SOON = timedelta(minutes=5)


@pytest.fixture(autouse=True)
def real_afterwards(committed_db: None) -> Iterator[None]:
    before = run("owner", "SELECT ahead FROM custody_clock")
    real_time()
    yield
    real_time()
    for row in before:
        run("owner", "INSERT INTO custody_clock (ahead) VALUES (%s)", row)


def now() -> datetime:
    return datetime.fromisoformat(run("default", "SELECT custody_now()::text")[0][0])


def server_now() -> datetime:
    return datetime.fromisoformat(run("default", "SELECT clock_timestamp()::text")[0][0])


def test_without_a_demonstration_it_is_the_servers_clock() -> None:
    before = server_now()
    assert before <= now() <= server_now()


def test_a_demonstration_clock_stands_where_it_was_set_and_runs() -> None:
    set_clock(AT)
    first = now()
    assert AT <= first < AT + SOON
    assert now() > first


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO custody_clock (ahead) VALUES ('1 day')",
        "UPDATE custody_clock SET ahead = '1 day'",
        "DELETE FROM custody_clock",
        "TRUNCATE custody_clock",
    ],
)
def test_the_application_cannot_move_the_clock(statement: str) -> None:
    set_clock(AT)
    with refused(state="42501", using="default"):
        run("default", statement)
    assert AT <= now() < AT + SOON


def test_a_temporary_table_of_the_caller_is_no_clock() -> None:
    set_clock(AT)
    run("default", "CREATE TEMPORARY TABLE custody_clock (singleton boolean, ahead interval)")
    try:
        run("default", "INSERT INTO pg_temp.custody_clock VALUES (true, '99 years')")
        assert AT <= now() < AT + SOON
    finally:
        run("default", "DROP TABLE pg_temp.custody_clock")


def test_there_is_one_clock_a_database() -> None:
    set_clock(AT)
    with refused(constraint="clock_is_one"):
        run("owner", "INSERT INTO custody_clock (singleton, ahead) VALUES (false, '1 day')")
