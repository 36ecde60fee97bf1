"""Trustee and custody fee on end-of-day trust cash: exact by the day, rounded once, charged once."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from custody.kernel.errors import Conflict, Rejected
from custody.kernel.money import yuan
from custody.ledger.cash import average_daily_cash, daily_cash
from settlement.fees import charges
from tests.factories import TestFund
from tests.settlement.fees.builders import (
    AUGUST,
    JULY,
    LATER,
    QUARTER_END,
    agree,
    posted,
    receive,
    serviced_fund,
)

pytestmark = pytest.mark.usefixtures("committed_db")


def charge(test: TestFund, from_on: date = JULY, to_on: date = QUARTER_END) -> charges.CustodyFees:
    return charges.accrue_custody_fees(
        fund_id=test.fund.pk, from_on=from_on, to_on=to_on, actor=test.actor, at=LATER
    )


def test_a_days_cash_is_what_stands_at_its_end() -> None:
    test = serviced_fund()
    test.fill("1000")
    receive(test, "parking", "10", date(2025, 7, 2))
    receive(test, "parking", "5", date(2025, 7, 2))
    assert daily_cash(test.fund.pk, JULY, date(2025, 7, 3)) == [
        (date(2025, 7, 1), Decimal("1000.00")),
        (date(2025, 7, 2), Decimal("1015.00")),
        (date(2025, 7, 3), Decimal("1015.00")),
    ]


def test_money_received_after_the_period_is_not_in_it() -> None:
    test = serviced_fund()
    test.fill("1000")
    receive(test, "parking", "10", date(2025, 10, 1))
    assert average_daily_cash(test.fund.pk, JULY, QUARTER_END) == Decimal("1000.00")


def test_both_books_are_trust_cash() -> None:
    test = serviced_fund()
    test.fill("1000")
    test.fill("500", book="maintenance")
    assert average_daily_cash(test.fund.pk, JULY, JULY) == Decimal("1500.00")


def test_another_fund_adds_nothing() -> None:
    test, other = serviced_fund(), serviced_fund()
    other.fill("999")
    assert average_daily_cash(test.fund.pk, JULY, QUARTER_END) == Decimal("0.00")


def test_daily_cash_takes_one_query() -> None:
    test = serviced_fund()
    with CaptureQueriesContext(connection) as queries:
        daily_cash(test.fund.pk, JULY, QUARTER_END)
    assert len(queries) == 1


def test_a_quarter_costs_its_days_over_365() -> None:
    test = serviced_fund()
    test.fill("100000")
    assert charge(test).trustee_fee == yuan("75.62")  # 100000 × 0.3 % × 92 ÷ 365 = 75.616…


def test_a_deed_may_count_360_days() -> None:
    test = serviced_fund(day_count="ACT/360")
    test.fill("100000")
    assert charge(test).trustee_fee == yuan("76.67")  # 100000 × 0.3 % × 92 ÷ 360 = 76.666…


def test_each_day_bears_its_own_rate() -> None:
    test = serviced_fund()
    test.fill("365000")
    agree(test, AUGUST, trustee_fee_rate="0.001")
    assert charge(test).trustee_fee == yuan("154")  # 31 days at 3 yuan, 61 days at 1 yuan


def test_fees_are_owed_and_not_paid() -> None:
    test = serviced_fund()
    test.fill("100000")
    charge(test)
    assert (posted(test, "custody_fee_payable"), posted(test, "cash")) == ("-5.04", "100000.00")


def test_charging_twice_charges_once() -> None:
    test = serviced_fund()
    test.fill("100000")
    charge(test)
    charge(test)
    assert posted(test, "trustee_fee_payable") == "-75.62"


def test_a_late_receipt_adds_its_days_to_the_fee() -> None:
    test = serviced_fund()
    test.fill("100000")
    charge(test)
    receive(test, "parking", "100000", JULY)
    charge(test)
    assert posted(test, "trustee_fee_payable") == "-151.23"


@pytest.mark.parametrize(
    ("from_on", "to_on"), [(JULY, date(2025, 7, 31)), (QUARTER_END, QUARTER_END + timedelta(5))]
)
def test_no_day_is_charged_twice(from_on: date, to_on: date) -> None:
    test = serviced_fund()
    test.fill("100000")
    charge(test)
    with pytest.raises(Conflict, match="重叠"):
        charge(test, from_on, to_on)


def test_neighbouring_periods_do_not_overlap() -> None:
    test = serviced_fund()
    test.fill("100000")
    charge(test, JULY, date(2025, 7, 31))
    assert charge(test, AUGUST, QUARTER_END).custody_fee == yuan("3.34")


def test_a_running_period_is_not_charged() -> None:
    with pytest.raises(Rejected, match="尚未结束"):
        charge(serviced_fund(), JULY, date(2025, 10, 31))


def test_a_period_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(Rejected, match="早于"):
        charge(serviced_fund(), QUARTER_END, JULY)


def test_a_fee_basis_nobody_defined_is_refused() -> None:
    with pytest.raises(Rejected, match="日均余额"):
        charge(serviced_fund(fee_basis="期初余额"))
