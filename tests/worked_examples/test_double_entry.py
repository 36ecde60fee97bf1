"""A month of one estate, told for an accountant: every step says which accounts it moves, and why.

Debits are positive, credits negative. 经营账 is the operating book.
"""

from datetime import date

import pytest

from custody.kernel.errors import InsufficientFunds, PeriodClosed
from custody.kernel.invariants import InvariantBroken
from custody.kernel.money import yuan
from custody.ledger import door
from custody.ledger.door import AccountBalance
from custody.ledger.entries import Entry, Line, credit, debit, entry
from custody.ledger.proof import verify_fund
from tests.factories import AT, TestFund, make_fund

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def estate(committed_db: None) -> TestFund:
    """Handed over with 10,000.00 in the bank: debit 银行存款, credit 实收信托."""
    made = make_fund()
    made.fill("10000.00")
    return made


def book(estate: TestFund, made: Entry, key: str, settles: int | None = None) -> int:
    return door.post(made, key=key, actor_id=estate.actor.pk, at=AT, settles_hold=settles).sequence


def balance(estate: TestFund, kind: str, code: str = "") -> AccountBalance:
    return door.balance_of(estate.account(kind, code))


def test_an_owner_pays_the_property_fee(estate: TestFund) -> None:
    fee = entry(
        "property_fee",
        date(2025, 7, 3),
        (
            debit(estate.account("cash"), yuan("186.40")),
            credit(estate.account("property_fee"), yuan("186.40")),
        ),
        memo="1-1-101 七月物业费",
        source="bankline:1",
    )
    book(estate, fee, "bank:1")

    assert balance(estate, "cash").posted == yuan("10186.40")
    assert balance(estate, "property_fee").posted == yuan("-186.40")


def test_a_merchant_pays_out_a_day_of_collections_less_its_charge(estate: TestFund) -> None:
    """Owners paid 1,000.00 by QR code; the merchant keeps 3.80 and sends 996.20 a day later."""
    collected = entry(
        "collected",
        date(2025, 7, 3),
        (
            debit(estate.account("in_transit"), yuan("996.20")),
            debit(estate.account("channel_fee"), yuan("3.80")),
            credit(estate.account("property_fee"), yuan("1000.00")),
        ),
    )
    arrived = entry(
        "arrived",
        date(2025, 7, 4),
        (debit(estate.account("cash"), yuan("996.20")), credit(estate.account("in_transit"), yuan("996.20"))),
    )
    book(estate, collected, "order:1")
    book(estate, arrived, "bank:2")

    assert balance(estate, "in_transit").posted == yuan(0)
    assert balance(estate, "cash").posted == yuan("10996.20")


def test_an_approved_invoice_sets_money_aside_until_the_bank_has_paid_it(estate: TestFund) -> None:
    cash, cleaning = estate.account("cash"), estate.account("budget_spending", "A01")
    hold = door.hold(cash, yuan(4000), key="s1", reason="保洁七月", actor_id=estate.actor.pk, at=AT)
    assert balance(estate, "cash").available == yuan(6000)

    paid = entry(
        "settlement_paid", date(2025, 7, 20), (debit(cleaning, yuan(4000)), credit(cash, yuan(4000)))
    )
    book(estate, paid, "settlement:1:paid", settles=hold)

    assert balance(estate, "cash") == AccountBalance(posted=yuan(6000), held=yuan(0))
    assert balance(estate, "budget_spending", "A01").posted == yuan(4000)


def test_money_set_aside_is_not_spent_twice(estate: TestFund) -> None:
    cash = estate.account("cash")
    door.hold(cash, yuan(7000), key="s1", reason="绿化", actor_id=estate.actor.pk, at=AT)
    with pytest.raises(InsufficientFunds):
        door.hold(cash, yuan("3000.01"), key="s2", reason="电梯", actor_id=estate.actor.pk, at=AT)


def test_unknown_money_waits_in_suspense_until_it_has_a_name(estate: TestFund) -> None:
    suspense = estate.account("suspense")
    book(
        estate,
        entry(
            "suspense",
            date(2025, 7, 8),
            (debit(estate.account("cash"), yuan(500)), credit(suspense, yuan(500))),
        ),
        "bank:3",
    )
    book(
        estate,
        entry(
            "explained",
            date(2025, 7, 9),
            (debit(suspense, yuan(500)), credit(estate.account("parking"), yuan(500))),
        ),
        "named:3",
    )

    assert balance(estate, "suspense").posted == yuan(0)
    assert balance(estate, "parking").posted == yuan(-500)


def test_a_wrong_entry_is_undone_by_its_mirror_and_booked_again(estate: TestFund) -> None:
    cash, interest, grant = (estate.account(kind) for kind in ("cash", "interest", "grant"))
    wrong = book(
        estate, entry("interest", date(2025, 7, 10), (debit(cash, yuan(90)), credit(interest, yuan(90)))), "w"
    )
    door.reverse(
        fund_id=estate.fund.pk,
        sequence=wrong,
        key="undo",
        effective_on=date(2025, 7, 11),
        reason="误记利息",
        actor_id=estate.actor.pk,
        at=AT,
    )
    book(estate, entry("grant", date(2025, 7, 11), (debit(cash, yuan(90)), credit(grant, yuan(90)))), "right")

    assert balance(estate, "interest").posted == yuan(0)
    assert balance(estate, "cash").posted == yuan(10090)


def test_a_closed_month_takes_no_more_entries(estate: TestFund) -> None:
    door.close_period(fund_id=estate.fund.pk, through=date(2025, 7, 31), actor_id=estate.actor.pk, at=AT)
    late = entry(
        "interest",
        date(2025, 7, 31),
        (debit(estate.account("cash"), yuan(1)), credit(estate.account("interest"), yuan(1))),
    )
    with pytest.raises(PeriodClosed):
        book(estate, late, "late")


def test_all_accounts_together_are_always_zero(estate: TestFund) -> None:
    kinds = ("cash", "corpus", "property_fee")
    fee = entry(
        "property_fee",
        date(2025, 7, 3),
        (debit(estate.account("cash"), yuan(7)), credit(estate.account("property_fee"), yuan(7))),
    )
    book(estate, fee, "f")
    assert sum([balance(estate, kind).posted.amount for kind in kinds]) == 0


def test_the_months_journal_proves_itself(estate: TestFund) -> None:
    assert verify_fund(estate.fund.pk) == []


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
