"""Facts are dated by the database's clock, and only the tables' owner can move it, for a demonstration."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from config.replay.clock import real_time, set_clock
from custody.kernel.errors import Rejected
from custody.kernel.money import yuan
from custody.ledger import door
from custody.ledger.door import Draft
from custody.ledger.entries import credit, debit, entry
from tests.concurrency.racing import accepted, race
from tests.custody.ledger.raw import ON, refused, run
from tests.factories import AT, TestFund, close_period, make_fund, propose_closing, unique

pytestmark = pytest.mark.usefixtures("committed_db")
SOON = timedelta(minutes=5)


@pytest.fixture(autouse=True)
def real_afterwards(committed_db: None) -> Iterator[None]:
    before = run("owner", "SELECT ahead, told FROM custody_clock")
    real_time()
    yield
    real_time()
    for row in before:
        run("owner", "INSERT INTO custody_clock (ahead, told) VALUES (%s, %s)", row)


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


# ----------------------------------------------------------------------------- what it dates


def post(trust: TestFund, at: datetime, *, many: bool) -> datetime:
    """One entry through either function, told to be of ``at``; answers when it was recorded."""
    lines = (debit(trust.account("cash"), yuan(1)), credit(trust.account("interest"), yuan(1)))
    made, key = entry("interest_received", ON, lines), unique("k")
    if many:
        door.post_many([Draft(made, key)], actor_id=trust.actor.pk, at=at)
    else:
        door.post(made, key=key, actor_id=trust.actor.pk, at=at)
    query = "SELECT recorded_at FROM custody_entry WHERE fund_id = %s AND key = %s"
    recorded: datetime = run("default", query, (trust.fund.pk, key))[0][0]
    return recorded


@pytest.mark.parametrize("many", [False, True])
@pytest.mark.parametrize("told", [timedelta(days=-900), timedelta(days=900)])
def test_an_entry_is_recorded_now_whatever_the_caller_says(many: bool, told: timedelta) -> None:
    trust = make_fund()
    before = server_now()

    assert before <= post(trust, before + told, many=many) <= server_now()


@pytest.mark.parametrize("many", [False, True])
def test_an_entry_is_never_recorded_before_the_one_before_it(many: bool) -> None:
    trust = make_fund()
    set_clock(AT + timedelta(days=9))
    first = post(trust, AT, many=many)
    set_clock(AT)

    assert post(trust, AT, many=many) == first


@pytest.mark.parametrize("many", [False, True])
def test_racing_entries_are_recorded_in_their_order(many: bool) -> None:
    trust = make_fund()
    post(trust, AT, many=many)

    answers = race([lambda: [post(trust, AT, many=many) for _ in range(4)]] * 6)

    assert len(accepted(answers)) == 6
    query = "SELECT recorded_at FROM custody_entry WHERE fund_id = %s ORDER BY sequence"
    recorded = run("default", query, (trust.fund.pk,))
    assert (len(recorded), recorded) == (25, sorted(recorded))


@pytest.mark.parametrize("many", [False, True])
def test_control_under_a_demonstration_clock_it_is_recorded_by_that(many: bool) -> None:
    trust = make_fund()
    set_clock(AT)

    assert AT <= post(trust, AT - timedelta(days=9), many=many) < AT + SOON


def test_a_period_is_closed_through_yesterday_at_most() -> None:
    """AT is nine in the morning of 1 July in Shanghai."""
    trust = make_fund()
    set_clock(AT)

    with pytest.raises(Rejected, match="昨天"):
        close_period(trust.fund, date(2025, 7, 1))
    close_period(trust.fund, date(2025, 6, 30))


@pytest.mark.parametrize("role", ["default", "owner"])
def test_today_ends_with_the_day_in_shanghai(role: str) -> None:
    trust = make_fund()
    close = "SELECT ledger_close_period(%s, %s, now())"
    proposal = propose_closing(trust.fund, date(2025, 7, 1))
    set_clock(datetime(2025, 7, 1, 15, 59, tzinfo=UTC) - timedelta(minutes=5))
    with refused(state="LG413", using=role):
        run(role, close, (proposal, trust.actor.pk))
    set_clock(datetime(2025, 7, 1, 16, 1, tzinfo=UTC))

    run(role, close, (proposal, trust.actor.pk))
