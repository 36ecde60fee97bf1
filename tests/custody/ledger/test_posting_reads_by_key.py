"""A posting reads the rows it names and no others, though its plan was made while the journal was small."""

from collections.abc import Iterator

import pytest
from django.db import connection, connections, transaction

from custody.kernel.money import yuan
from custody.ledger import door
from custody.ledger.entries import credit, debit, entry
from tests.factories import AT, OPENED_ON, TestFund, make_fund, unique

pytestmark = pytest.mark.usefixtures("committed_db")
FEW, MANY = 30, 120


@pytest.fixture
def fund(committed_db: None) -> TestFund:
    """A fund whose first posting of this session found few accounts; many came since."""
    fund = make_fund()
    for number in range(FEW):
        fund.account("advertising", code=f"A{number}")
    connection.close()
    _post(fund)
    for number in range(FEW, MANY):
        fund.account("advertising", code=f"A{number}")
        _post(fund)
    return fund


@pytest.mark.parametrize(
    ("table", "most"),
    [("custody_balance", 4), ("custody_line", 8), ("custody_entry", 8), ("custody_account", 8)],
)
def test_one_posting_reads_only_what_it_names(fund: TestFund, table: str, most: int) -> None:
    with transaction.atomic():
        before = _rows_read(table)
        _post(fund)
        read = _rows_read(table) - before

    assert read <= most


@pytest.fixture
def one_entry_a_fund(fund: TestFund) -> Iterator[None]:
    """The planner's statistics as on a city's first day: every fund has one entry and one account."""
    tables = ("custody_entry", "custody_line", "custody_account")
    with connections["owner"].cursor() as cursor:
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} ALTER fund_id SET (n_distinct = -1)")
            cursor.execute(f"ANALYZE {table}")
    yield
    with connections["owner"].cursor() as cursor:
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} ALTER fund_id RESET (n_distinct)")
            cursor.execute(f"ANALYZE {table}")


@pytest.mark.usefixtures("one_entry_a_fund")
@pytest.mark.parametrize("table", ["custody_entry", "custody_line", "custody_account"])
@pytest.mark.parametrize("entries", [1, 3])
def test_plans_made_on_a_citys_first_day_read_no_history_later(
    fund: TestFund, table: str, entries: int
) -> None:
    _post(fund, entries)
    with transaction.atomic():
        before = _rows_read(table)
        _post(fund, entries)
        read = _rows_read(table) - before

    assert read <= 8 * entries


def _post(fund: TestFund, entries: int = 1) -> None:
    lines = (debit(fund.account("cash"), yuan(1)), credit(fund.account("corpus"), yuan(1)))
    drafts = [door.Draft(entry("handover", OPENED_ON, lines), unique("p")) for _ in range(entries)]
    if entries == 1:
        door.post(drafts[0].entry, key=drafts[0].key, actor_id=fund.actor.pk, at=AT)
    else:
        door.post_many(drafts, actor_id=fund.actor.pk, at=AT)


def _rows_read(table: str) -> int:
    """Rows of the table that this transaction has looked at so far, by index or by walking."""
    query = "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = %s"
    with connection.cursor() as cursor:
        cursor.execute(query, [table])
        return int(cursor.fetchone()[0])
