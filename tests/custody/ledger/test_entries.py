"""What no entry can be, before any database is asked: unbalanced, one-sided, over two funds, of nothing."""

from datetime import date

import pytest

from custody.kernel.invariants import InvariantBroken
from custody.kernel.money import yuan
from custody.ledger.entries import Line, credit, debit, entry
from tests.factories import TestFund, make_fund

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def estate(committed_db: None) -> TestFund:
    return make_fund()


def test_an_unbalanced_entry_cannot_be_written_down(estate: TestFund) -> None:
    with pytest.raises(InvariantBroken, match="sum to zero"):
        entry(
            "x",
            date(2025, 7, 1),
            (debit(estate.account("cash"), yuan(2)), credit(estate.account("corpus"), yuan(1))),
        )


def test_an_entry_of_one_line_cannot_be_written_down(estate: TestFund) -> None:
    with pytest.raises(InvariantBroken, match="two lines"):
        entry("x", date(2025, 7, 1), (debit(estate.account("cash"), yuan(2)),))


def test_an_entry_over_two_funds_cannot_be_written_down(estate: TestFund) -> None:
    other = make_fund()
    with pytest.raises(InvariantBroken, match="one fund"):
        entry(
            "x",
            date(2025, 7, 1),
            (debit(estate.account("cash"), yuan(2)), credit(other.account("corpus"), yuan(2))),
        )


@pytest.mark.parametrize("amount", ["0", "-1"])
def test_a_debit_or_credit_of_nothing_cannot_be_written_down(estate: TestFund, amount: str) -> None:
    for side in (debit, credit):
        with pytest.raises(InvariantBroken, match="positive"):
            side(estate.account("cash"), yuan(amount))


def test_a_line_of_a_fraction_of_a_fen_cannot_be_written_down(estate: TestFund) -> None:
    with pytest.raises(InvariantBroken, match="decimals"):
        Line(estate.account("cash"), yuan("0.01").amount / 2)
