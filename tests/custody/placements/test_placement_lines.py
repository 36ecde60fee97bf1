"""Bank lines move placements: principal out on a released order, principal and income back (P49, P50)."""

from datetime import UTC, date, datetime

import pytest

from custody.kernel.errors import Conflict
from custody.kernel.money import yuan
from custody.models import LineExplanation, Placement
from custody.placements import orders
from tests.custody.placements.builders import (
    BUDGET,
    HOLDER,
    ORDERED_AT,
    available,
    bank_line,
    book,
    ordered,
    placing_fund,
    posted,
    released,
)
from tests.factories import TestFund

pytestmark = pytest.mark.usefixtures("committed_db")

OUT_ON, BACK_ON = date(2025, 7, 16), date(2025, 9, 17)
BACK_MEMO = "通知存款本息 本金200000 利息385.00"


def placed(test: TestFund, principal: str = "200000", rate: str | None = "0.011") -> Placement:
    placement = released(test, principal=principal, rate=rate)
    assert book(test, bank_line(test, f"-{principal}", "转七天通知存款", OUT_ON)) == "placement_out"
    return placement


def note(test: TestFund) -> str:
    return LineExplanation.objects.filter(fund=test.fund).latest("pk").note


def test_principal_leaves_cash_for_the_deposit_of_the_same_book() -> None:
    test = placing_fund()
    placed(test)
    assert (posted(test, "cash"), posted(test, "placement")) == ("112000.00", "200000.00")


def test_the_banks_line_settles_the_hold() -> None:
    test = placing_fund()
    placed(test)
    assert available(test) == "112000.00"


def test_the_banks_line_moves_the_placement_to_placed() -> None:
    test = placing_fund()
    assert Placement.objects.get(pk=placed(test).pk).state == "placed"


def test_four_seasons_call_deposit_earns_385_yuan_in_63_days() -> None:
    test = placing_fund()
    placed(test)
    book(test, bank_line(test, "200385.00", BACK_MEMO, BACK_ON))
    assert posted(test, "placement_income") == "-385.00"


def test_what_comes_back_closes_the_deposit() -> None:
    test = placing_fund()
    placement = placed(test)
    book(test, bank_line(test, "200385.00", BACK_MEMO, BACK_ON))
    back = Placement.objects.get(pk=placement.pk)
    assert (back.state, back.income, posted(test, "placement")) == ("returned", yuan("385"), "0.00")


def test_income_as_agreed_needs_no_note() -> None:
    test = placing_fund()
    placed(test)
    book(test, bank_line(test, "200385.00", BACK_MEMO, BACK_ON))
    assert note(test) == ""


def test_the_banks_figure_is_booked_and_the_difference_is_named() -> None:
    test = placing_fund()
    placed(test)
    book(test, bank_line(test, "200380.00", "通知存款本息 本金200,000.00", BACK_ON))
    assert (posted(test, "placement_income"), note(test)) == (
        "-380.00",
        "收益 380.00 与约定利率应得 385.00 相差 -5.00",
    )


def test_a_memo_whose_interest_is_not_what_came_is_noted() -> None:
    test = placing_fund()
    placed(test)
    book(test, bank_line(test, "200385.00", "通知存款本息 本金200000 利息384.00", BACK_ON))
    assert "384.00" in note(test)


def test_without_a_known_rate_nothing_is_expected() -> None:
    test = placing_fund()
    placed(test, rate=None)
    book(test, bank_line(test, "200012.34", "通知存款本息 本金200000", BACK_ON))
    assert note(test) == ""


def test_a_deposit_that_earned_nothing_still_comes_back() -> None:
    test = placing_fund()
    placed(test, rate=None)
    assert book(test, bank_line(test, "200000.00", "通知存款本息 本金200000", BACK_ON)) == "placement_back"


def test_the_interest_named_tells_the_principal() -> None:
    test = placing_fund()
    placed(test)
    assert book(test, bank_line(test, "200385.00", "通知存款支取 利息385.00", BACK_ON)) == "placement_back"


def test_income_exactly_as_agreed_tells_the_deposit() -> None:
    test = placing_fund()
    placed(test)
    assert book(test, bank_line(test, "200385.00", "通知存款到期本息", BACK_ON)) == "placement_back"


def test_of_two_equal_deposits_the_one_whose_income_fits_comes_back() -> None:
    test = placing_fund()
    placed(test, principal="100000", rate="0.022")
    second = placed(test, principal="100000", rate="0.011")
    book(test, bank_line(test, "100192.50", "通知存款本息 本金100000 利息192.50", BACK_ON))
    assert Placement.objects.get(pk=second.pk).state == "returned"


@pytest.mark.parametrize(
    ("amount", "memo"),
    [
        ("199999.00", "通知存款本息 本金200000"),
        ("200385.00", "通知存款本息 本金150000"),
        ("200400.00", "通知存款到期本息"),
        ("200385.00", "物业费"),
        ("200385.00", "定期存款本息 本金200000 利息385.00"),
    ],
)
def test_money_back_that_fits_no_placement_is_not_recognised(amount: str, memo: str) -> None:
    test = placing_fund()
    placed(test)
    assert orders.explain_line(bank_line(test, amount, memo, BACK_ON), test.actor, ORDERED_AT) is None


@pytest.mark.parametrize(
    ("amount", "memo", "name"),
    [
        ("-200000.01", "转七天通知存款", HOLDER),
        ("-200000", "转定期存款", HOLDER),
        ("-200000", "转七天通知存款", "某某理财公司"),
        ("-200000", "转账", HOLDER),
    ],
)
def test_money_out_that_fits_no_released_order_is_not_recognised(amount: str, memo: str, name: str) -> None:
    test = placing_fund()
    released(test)
    line = bank_line(test, amount, memo, OUT_ON, name)
    assert orders.explain_line(line, test.actor, ORDERED_AT) is None


def test_money_out_on_one_key_is_not_recognised() -> None:
    test = placing_fund()
    orders.approve(placement_id=ordered(test).pk, actor=test.committee_key, at=ORDERED_AT)
    line = bank_line(test, "-200000", "转七天通知存款", OUT_ON)
    assert orders.explain_line(line, test.actor, ORDERED_AT) is None


def test_money_out_before_the_order_is_not_recognised() -> None:
    test = placing_fund()
    released(test)
    line = bank_line(test, "-200000", "转七天通知存款", date(2025, 7, 13))
    assert orders.explain_line(line, test.actor, ORDERED_AT) is None


def test_keys_turned_after_the_money_left_mend_nothing() -> None:
    test = placing_fund()
    placement = ordered(test)
    later = datetime(2025, 7, 17, 1, 0, tzinfo=UTC)
    orders.approve(placement_id=placement.pk, actor=test.committee_key, at=later)
    orders.release(placement_id=placement.pk, monthly_budget=BUDGET, actor=test.trustee_key, at=later)
    assert book(test, bank_line(test, "-200000", "转七天通知存款", OUT_ON)) is None


def test_another_funds_order_explains_nothing_here() -> None:
    released(placing_fund())
    test = placing_fund()
    line = bank_line(test, "-200000", "转七天通知存款", OUT_ON)
    assert orders.explain_line(line, test.actor, ORDERED_AT) is None


def test_one_order_explains_one_line() -> None:
    test = placing_fund()
    placed(test)
    assert book(test, bank_line(test, "-200000", "转七天通知存款", OUT_ON)) is None


def test_full_width_spellings_are_read() -> None:
    test = placing_fund()
    placed(test)
    line = bank_line(test, "200385.00", "通知存款 本息　本金２０００００　利息３８５．００", BACK_ON)
    assert book(test, line) == "placement_back"


def test_money_out_is_not_called_off() -> None:
    test = placing_fund()
    placement = placed(test)
    with pytest.raises(Conflict):
        orders.cancel(placement_id=placement.pk, reason="无", actor=test.trustee_key, at=ORDERED_AT)
