"""Fees as entries: what accrues, under whose terms, what a score makes of it, and what a late item adds."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from custody.kernel.errors import Conflict, NotFound, Rejected
from custody.kernel.money import ZERO, yuan
from custody.ledger import door
from custody.models import JournalEntry
from settlement.fees import charges, measures
from settlement.fees.remuneration import Assessed
from tests.custody.placements.builders import at_once
from tests.factories import TestFund, close_period
from tests.settlement.fees.builders import (
    AUGUST,
    JULY,
    LATER,
    SEPTEMBER,
    agree,
    budget,
    posted,
    receive,
    score,
    serviced_fund,
)

pytestmark = pytest.mark.usefixtures("committed_db")


def accrue(test: TestFund, month: date = JULY) -> str:
    return str(
        charges.accrue_performance(fund_id=test.fund.pk, month=month, actor=test.actor, at=LATER).amount
    )


def settle(test: TestFund) -> Assessed:
    return charges.fix_assessment(fund_id=test.fund.pk, year=2025, quarter=3, actor=test.actor, at=LATER)


# ----------------------------------------------------------------------------------- the base


def test_collected_income_is_property_fee_parking_and_advertising() -> None:
    test = serviced_fund()
    for kind in ("property_fee", "parking", "advertising", "grant", "interest", "suspense"):
        receive(test, kind, "100", JULY)
    assert charges.remuneration_of(test.fund.pk, JULY).base == yuan("300")


def test_income_belongs_to_the_month_it_was_paid_in() -> None:
    test = serviced_fund()
    for on in (date(2025, 7, 1), date(2025, 7, 31), date(2025, 8, 1), date(2025, 6, 30)):
        receive(test, "property_fee", "10", on)
    assert charges.remuneration_of(test.fund.pk, date(2025, 7, 15)).base == yuan("20")


def test_a_receipt_the_bank_reversed_earns_nothing() -> None:
    test = serviced_fund()
    receive(test, "property_fee", "120", JULY)
    receive(test, "property_fee", "-120", JULY)
    assert charges.remuneration_of(test.fund.pk, JULY).base == ZERO


def test_income_of_the_maintenance_book_counts_too() -> None:
    test = serviced_fund()
    receive(test, "advertising", "100", JULY, book="maintenance")
    assert charges.remuneration_of(test.fund.pk, JULY).base == yuan("100")


def test_twelve_months_of_approved_budget_sum_to_the_years_services() -> None:
    test = serviced_fund(remuneration_base="APPROVED_BUDGET")
    budget(test, CLN="190000.01", ORD="250000", REM="220000")
    months = [date(2025, month, 1) for month in range(1, 13)]
    assert sum((charges.remuneration_of(test.fund.pk, month).base for month in months), ZERO) == yuan(
        "440000.01"
    )


def test_the_liquidity_floors_month_counts_the_whole_budget() -> None:
    test = serviced_fund()
    budget(test, CLN="812000", REM="220000")
    assert measures.monthly_budget(test.fund.pk, JULY) == yuan("86000")


def test_a_year_without_a_budget_has_no_approved_budget() -> None:
    test = serviced_fund(remuneration_base="APPROVED_BUDGET")
    with pytest.raises(NotFound, match="预算"):
        charges.remuneration_of(test.fund.pk, JULY)


def test_a_fixed_base_does_not_follow_income() -> None:
    test = serviced_fund(remuneration_base="FIXED:86000.00")
    receive(test, "property_fee", "1", JULY)
    assert charges.remuneration_of(test.fund.pk, JULY).base_fee == yuan("10320")


def test_recognised_income_leaves_support_and_earnings_of_cash_out() -> None:
    test = serviced_fund(remuneration_base="RECOGNISED_INCOME")
    for kind in ("property_fee", "grant", "interest", "placement_income"):
        receive(test, kind, "100", JULY)
    assert charges.remuneration_of(test.fund.pk, JULY).base == yuan("100")


def test_without_approved_work_an_expenditure_base_is_zero() -> None:
    test = serviced_fund(remuneration_base="APPROVED_EXPENDITURE")
    receive(test, "property_fee", "100", JULY)
    assert charges.remuneration_of(test.fund.pk, JULY).base == ZERO


def test_an_expenditure_base_is_the_months_approved_work(monkeypatch: pytest.MonkeyPatch) -> None:
    test = serviced_fund(remuneration_base="APPROVED_EXPENDITURE")
    asked = {(test.fund.pk, JULY): Decimal("64600.01")}
    monkeypatch.setattr(measures, "approved_service_total", lambda fund, month: asked[fund, month])
    assert charges.remuneration_of(test.fund.pk, date(2025, 7, 20)).base_fee == yuan("7752.00")


# ----------------------------------------------------------------------------------- terms (P36)


def test_a_new_rate_leaves_earlier_months_as_they_were() -> None:
    test = serviced_fund()
    receive(test, "property_fee", "1000", JULY)
    agree(test, AUGUST, base_rate="0.20")
    assert charges.remuneration_of(test.fund.pk, JULY).base_fee == yuan("120")


def test_a_new_rate_applies_from_its_month() -> None:
    test = serviced_fund()
    receive(test, "property_fee", "1000", AUGUST)
    agree(test, AUGUST, base_rate="0.20")
    assert charges.remuneration_of(test.fund.pk, AUGUST).base_fee == yuan("200")


def test_a_rate_changed_in_mid_month_waits_for_the_next() -> None:
    test = serviced_fund()
    receive(test, "property_fee", "1000", JULY)
    agree(test, date(2025, 7, 2), base_rate="0.20")
    assert charges.remuneration_of(test.fund.pk, JULY).base_fee == yuan("120")


def test_a_month_before_the_deed_has_no_terms() -> None:
    with pytest.raises(NotFound, match="尚未约定"):
        charges.remuneration_of(serviced_fund().fund.pk, date(2024, 12, 1))


def test_a_rate_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(Rejected, match="无法识别"):
        charges.remuneration_of(serviced_fund(base_rate="12%").fund.pk, JULY)


# ----------------------------------------------------------------------------------- performance


def test_accrued_performance_is_withheld() -> None:
    test = serviced_fund()
    receive(test, "property_fee", "1000", JULY)
    accrue(test)
    assert (posted(test, "performance_fee"), posted(test, "performance_withheld")) == ("30.00", "-30.00")


def test_performance_accrues_on_the_months_last_day() -> None:
    test = serviced_fund()
    receive(test, "property_fee", "1000", JULY)
    accrue(test)
    entry = JournalEntry.objects.get(fund_id=test.fund.pk, key="accrual:performance:2025-07")
    assert entry.effective_on == date(2025, 7, 31)


def test_accruing_twice_accrues_once() -> None:
    test = serviced_fund()
    receive(test, "property_fee", "1000", JULY)
    accrue(test)
    accrue(test)
    assert posted(test, "performance_withheld") == "-30.00"


def test_a_late_receipt_adds_an_entry_of_its_own() -> None:
    test = serviced_fund()
    receive(test, "property_fee", "1000", JULY)
    accrue(test)
    receive(test, "property_fee", "500", JULY)
    accrue(test)
    keys = JournalEntry.objects.filter(fund_id=test.fund.pk, key__startswith="accrual:").order_by("sequence")
    assert [each.key for each in keys] == ["accrual:performance:2025-07", "accrual:performance:2025-07:2"]


def test_a_late_reversal_takes_the_accrual_back() -> None:
    test = serviced_fund()
    receive(test, "property_fee", "1000", JULY)
    accrue(test)
    receive(test, "property_fee", "-400", JULY)
    accrue(test)
    assert posted(test, "performance_withheld") == "-18.00"


def test_a_running_month_does_not_accrue() -> None:
    test = serviced_fund()
    with pytest.raises(Rejected, match="尚未结束"):
        charges.accrue_performance(
            fund_id=test.fund.pk, month=JULY, actor=test.actor, at=datetime(2025, 7, 30, 15, 0, tzinfo=UTC)
        )


def test_an_item_later_than_the_close_is_accrued_on_the_first_open_day() -> None:
    test = serviced_fund()
    receive(test, "property_fee", "1000", JULY)
    close_period(test.fund, date(2025, 7, 31))
    accrue(test)
    entry = JournalEntry.objects.get(fund_id=test.fund.pk, key="accrual:performance:2025-07")
    assert entry.effective_on == date(2025, 8, 1)


def test_accruals_at_the_same_moment_accrue_once() -> None:
    test = serviced_fund()
    receive(test, "property_fee", "1000", JULY)
    at_once(*[lambda: accrue(test)] * 4)
    assert posted(test, "performance_withheld") == "-30.00"


# ----------------------------------------------------------------------------------- assessment (P35)


def test_without_a_signed_score_nothing_is_payable() -> None:
    test = serviced_fund()
    receive(test, "property_fee", "1000", JULY)
    with pytest.raises(Rejected, match="考核得分"):
        settle(test)


def test_another_quarters_score_does_not_do() -> None:
    test = serviced_fund()
    score(test, 95, quarter=2)
    with pytest.raises(Rejected, match="考核得分"):
        settle(test)


def test_a_middling_score_pays_half_and_the_rest_lapses() -> None:
    test = serviced_fund()
    receive(test, "property_fee", "1000.50", JULY)
    score(test, 85)
    result = settle(test)
    assert (result.accrued, result.payable, result.lapsed) == (yuan("30.02"), yuan("15.01"), yuan("15.01"))


def test_what_lapses_is_no_longer_a_cost_of_the_estate() -> None:
    test = serviced_fund()
    receive(test, "property_fee", "1000", JULY)
    score(test, 85)
    settle(test)
    balances = [
        posted(test, each) for each in ("performance_fee", "performance_withheld", "performance_payable")
    ]
    assert balances == ["15.00", "0.00", "-15.00"]


def test_a_failed_quarter_pays_nothing() -> None:
    test = serviced_fund()
    receive(test, "property_fee", "1000", JULY)
    score(test, 60)
    settle(test)
    assert (posted(test, "performance_payable"), posted(test, "performance_fee")) == ("0.00", "0.00")


def test_settling_twice_answers_the_same() -> None:
    test = serviced_fund()
    receive(test, "property_fee", "1000", JULY)
    score(test, 85)
    assert settle(test) == settle(test)


def test_settling_twice_pays_once() -> None:
    test = serviced_fund()
    receive(test, "property_fee", "1000", JULY)
    score(test, 92)
    settle(test)
    settle(test)
    assert posted(test, "performance_payable") == "-30.00"


def test_settling_accrues_the_months_that_were_not() -> None:
    test = serviced_fund()
    for month in (JULY, AUGUST, SEPTEMBER):
        receive(test, "parking", "1000", month)
    score(test, 92)
    assert settle(test).accrued == yuan("90")


def test_a_quarter_without_income_settles_to_nothing() -> None:
    test = serviced_fund()
    score(test, 92)
    assert settle(test).payable == ZERO


def test_tiers_are_those_of_the_quarters_first_day() -> None:
    test = serviced_fund()
    receive(test, "property_fee", "1000", JULY)
    agree(test, date(2025, 7, 2), performance_tiers="0:0.00")
    score(test, 92)
    assert settle(test).factor == Decimal("1.00")


def test_income_found_after_settlement_does_not_reopen_the_quarter() -> None:
    test = serviced_fund()
    receive(test, "property_fee", "1000", JULY)
    score(test, 92)
    settle(test)
    receive(test, "property_fee", "1000", JULY)
    with pytest.raises(Conflict, match="已结算"):
        accrue(test)


def test_paying_the_performance_invoice_ends_what_was_accrued() -> None:
    test = serviced_fund()
    receive(test, "property_fee", "1000", JULY)
    score(test, 92)
    settle(test)
    ended = charges.performance_paid(
        fund_id=test.fund.pk,
        amount=yuan("30"),
        on=date(2025, 10, 15),
        memo="绩效酬金已付",
        source="settlement:1",
    )
    door.post(ended, key="settlement:1:performance", actor_id=test.actor.pk, at=LATER)
    assert (posted(test, "performance_payable"), posted(test, "performance_fee")) == ("0.00", "0.00")
