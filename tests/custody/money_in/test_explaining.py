"""Upper apps explain lines first; what they learn later settles the hold and moves the open break."""

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from custody.bank import explaining
from custody.bank.explaining import Explained, register_explainer
from custody.kernel.money import yuan
from custody.ledger import door
from custody.ledger.entries import credit, debit, entry
from custody.models import BankLine, HoldOutcome, LineExplanation, LineKind, Operator
from custody.money_in import recording
from custody.money_in.recording import reconsider_lines
from tests.custody.money_in.small import AT, Said, Small, small_estate

pytestmark = pytest.mark.usefixtures("committed_db")

PAID = Said("2025-08-05", "-120.00", "小小物业有限公司", memo="发票 1")


@pytest.fixture
def small(tmp_path: Path) -> Small:
    return small_estate(tmp_path)


class Payments:
    """A stand-in for an upper app: knows one payment of 120 from maintenance, once told of its hold."""

    def __init__(self, small: Small) -> None:
        self.small = small
        self.hold_id: int | None = None
        self.told: list[int] = []

    def order(self) -> None:
        cash = door.open_account(fund_id=self.small.fund.pk, book="maintenance", kind="cash")
        self.hold_id = door.hold(
            cash, yuan("120.00"), key="pay:1", reason="发票 1", actor_id=self.small.actor.pk, at=AT
        )

    def explain(self, line: BankLine, actor: Operator, at: datetime) -> Explained | None:
        if self.hold_id is None or line.amount != yuan("-120.00"):
            return None
        fund_id, book = line.fund_id, "maintenance"
        spending = door.open_account(fund_id=fund_id, book=book, kind="budget_spending", code="MNT")
        cash = door.open_account(fund_id=fund_id, book=book, kind="cash")
        lines = (debit(spending, yuan("120.00")), credit(cash, yuan("120.00")))
        return Explained(
            LineKind.PAYMENT,
            entry("settlement_paid", line.booked_on, lines, source="settlement:1"),
            settles_hold=self.hold_id,
            after=self.told.append,
        )


@pytest.fixture
def payments(small: Small, monkeypatch: pytest.MonkeyPatch) -> Payments:
    upper = Payments(small)
    monkeypatch.setattr(explaining, "_registered", [])
    register_explainer(upper.explain)
    return upper


def test_a_registered_explainer_is_asked_before_custodys_rules(small: Small, payments: Payments) -> None:
    payments.order()
    small.take(PAID)

    assert LineExplanation.objects.get(fund=small.fund).kind == LineKind.PAYMENT
    assert payments.hold_id is not None
    assert HoldOutcome.objects.get(hold_id=payments.hold_id).outcome == "settled"


def test_registering_twice_asks_once(payments: Payments) -> None:
    register_explainer(payments.explain)

    assert explaining._registered == [payments.explain]


def test_a_payment_known_late_settles_its_hold_and_closes_the_break(small: Small, payments: Payments) -> None:
    small.take(PAID)
    open_break = small.balance("unexplained")
    payments.order()
    reconsider_lines(fund=small.fund, actor=small.actor, at=AT)

    assert (open_break, small.balance("unexplained")) == (Decimal("120.00"), Decimal(0))
    assert (small.balance("cash"), small.balance("cash", "maintenance")) == (Decimal(1000), Decimal(380))
    assert payments.hold_id is not None
    assert HoldOutcome.objects.get(hold_id=payments.hold_id).outcome == "settled"


def test_a_payment_known_late_books_every_day_as_if_known_at_once(
    small: Small, payments: Payments, tmp_path: Path
) -> None:
    small.take(PAID)
    payments.order()
    reconsider_lines(fund=small.fund, actor=small.actor, at=AT)
    late = small.by_day()

    (tmp_path / "twin").mkdir()
    twin = small_estate(tmp_path / "twin")
    payments.small = twin
    payments.order()
    twin.take(PAID)

    assert late == twin.by_day()


def test_the_upper_app_is_told_the_entry_that_paid(small: Small, payments: Payments) -> None:
    payments.order()
    small.take(PAID)

    assert payments.told == [LineExplanation.objects.get(fund=small.fund).entry_sequence]


def test_what_was_resolved_is_not_asked_again(small: Small, payments: Payments) -> None:
    payments.order()
    small.take(PAID)

    assert reconsider_lines(fund=small.fund, actor=small.actor, at=AT).already_done
    assert LineExplanation.objects.filter(fund=small.fund).count() == 1


def test_custody_asks_its_own_explainers_in_the_order_that_its_app_lists() -> None:
    asked = [each.__name__ for each in recording._own_in_order]

    assert asked == ["between_own_accounts", "break_given_back", "explain_at_desk", "recognise"]
