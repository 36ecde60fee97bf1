"""The answer to a write is lost on the wire, or the server switched over: done once, and nobody notices."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import OperationalError, close_old_connections, connection, connections, transaction

from custody.kernel.durable import retrying
from custody.kernel.errors import Conflict
from custody.kernel.invariants import InvariantBroken
from custody.kernel.money import yuan
from custody.ledger import door
from custody.ledger.door import Posted
from custody.ledger.entries import Entry, credit, debit, entry
from custody.models import JournalEntry
from tests.factories import TestFund, make_fund
from tests.wire import on_a_wire

pytestmark = pytest.mark.usefixtures("committed_db")
AT = datetime(2025, 7, 15, 2, 0, tzinfo=UTC)
KEY = "fee:7-301"


@pytest.fixture
def trust(committed_db: None) -> TestFund:
    return make_fund()


def fee(trust: TestFund) -> Entry:
    lines = (debit(trust.account("cash"), yuan("5")), credit(trust.account("suspense"), yuan("5")))
    return entry("suspense_received", AT.date(), lines, source="bankline:1")


def alone(written: Entry, actor_id: int) -> Posted:
    return door.post(written, key=KEY, actor_id=actor_id, at=AT)


def in_a_transaction(written: Entry, actor_id: int) -> Posted:
    with transaction.atomic():
        return door.post(written, key=KEY, actor_id=actor_id, at=AT)


WRITES = [(alone, KEY.encode()), (in_a_transaction, b"COMMIT")]  # what the decisive message says


@pytest.mark.parametrize(("write", "moment"), WRITES)
def test_a_write_whose_answer_was_lost_is_asked_again_and_done_once(
    trust: TestFund, write: Any, moment: Any
) -> None:
    written = fee(trust)
    with on_a_wire() as wire:
        wire.cut_after(moment, times=2)
        posted = retrying(lambda: write(written, trust.actor.pk), pause_seconds=0)

    assert (posted.replayed, wire.cuts) == (True, [])
    assert JournalEntry.objects.filter(fund_id=trust.fund.pk, key=KEY).count() == 1


@pytest.mark.parametrize(("write", "moment"), WRITES)
def test_without_asking_again_the_caller_hears_of_a_failure_that_was_none(
    trust: TestFund, write: Any, moment: Any
) -> None:
    written = fee(trust)
    with on_a_wire() as wire:
        wire.cut_after(moment)
        with pytest.raises(OperationalError):
            write(written, trust.actor.pk)

    assert JournalEntry.objects.filter(fund_id=trust.fund.pk, key=KEY).count() == 1


def test_a_server_that_stays_away_is_asked_a_bounded_number_of_times(trust: TestFund) -> None:
    asked = []

    def write() -> None:
        asked.append(1)
        door.open_fund(trust.fund.pk)

    with on_a_wire() as wire:
        wire.close()
        with pytest.raises(OperationalError):
            retrying(write, attempts=3, pause_seconds=0)

    assert len(asked) == 3


def test_an_answer_that_was_no_is_not_asked_for_again(trust: TestFund) -> None:
    asked = []

    def write() -> None:
        asked.append(1)
        raise Conflict

    with pytest.raises(Conflict):
        retrying(write)
    assert len(asked) == 1


def test_a_database_that_answered_an_error_is_not_asked_again(trust: TestFund) -> None:
    asked = []

    def write() -> None:
        asked.append(1)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 1")
            cursor.execute("SELECT pg_sleep(5)")

    with pytest.raises(OperationalError):
        retrying(write)
    assert len(asked) == 1


def test_a_lost_answer_is_not_asked_for_inside_a_transaction(trust: TestFund) -> None:
    with transaction.atomic(), pytest.raises(InvariantBroken):
        retrying(lambda: None)


# ------------------------------------------------------------------------------------------ switchover


def end_session() -> None:
    """What a planned switchover does to a worker's connection while it waits for the next message."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        session = cursor.fetchone()
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", session)


def test_the_first_message_after_a_switchover_posts(trust: TestFund) -> None:
    written = fee(trust)
    end_session()

    close_old_connections()  # as the worker's middleware does before every message
    posted = alone(written, trust.actor.pk)

    assert not posted.replayed


def test_without_the_health_check_the_first_message_after_a_switchover_fails(trust: TestFund) -> None:
    written = fee(trust)
    database: Any = connection  # the stubs do not know the attribute; connecting again sets it anew
    database.health_check_enabled = False
    end_session()

    close_old_connections()
    with pytest.raises(OperationalError):
        alone(written, trust.actor.pk)

    connection.close()


def test_the_connection_is_asked_for_its_health_once_a_message_not_once_an_entry(trust: TestFund) -> None:
    written = fee(trust)
    with on_a_wire() as wire:
        connection.ensure_connection()
        close_old_connections()
        before = wire.said.count(b"SELECT 1")
        for number in range(5):
            door.post(written, key=f"{KEY}:{number}", actor_id=trust.actor.pk, at=AT)
        asked = wire.said.count(b"SELECT 1") - before

    assert asked == 1
