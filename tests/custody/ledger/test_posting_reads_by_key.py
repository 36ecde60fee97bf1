"""A posting reads the rows it names and no others, though its plan was made while the journal was small."""

import pytest
from django.db import connection, transaction

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


def _post(fund: TestFund) -> None:
    lines = (debit(fund.account("cash"), yuan(1)), credit(fund.account("corpus"), yuan(1)))
    door.post(entry("handover", OPENED_ON, lines), key=unique("p"), actor_id=fund.actor.pk, at=AT)


def _rows_read(table: str) -> int:
    """Rows of the table that this transaction has looked at so far, by index or by walking."""
    query = "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = %s"
    with connection.cursor() as cursor:
        cursor.execute(query, [table])
        return int(cursor.fetchone()[0])
