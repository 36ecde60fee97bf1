"""The firm's page of its remuneration: each figure with what it was made of, for its own trusts alone."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from custody.kernel.money import yuan
from settlement.fees import charges, measures
from settlement.fees.quarters import quarter_sum
from settlement.fees.remuneration import BaseTerm, RemunerationBase
from tests.factories import TestFund
from tests.pages import browser_of
from tests.settlement.desk import make_provider
from tests.settlement.fees.builders import (
    AUGUST,
    JULY,
    QUARTER_END,
    SEPTEMBER,
    agree,
    receive,
    score,
    serviced_fund,
)

pytestmark = pytest.mark.usefixtures("committed_db")
PAGE = "/firm/fees/?quarter=2025Q3"


@pytest.fixture
def fund(committed_db: None) -> TestFund:
    made = serviced_fund()
    receive(made, "property_fee", "60612.50", date(2025, 7, 10))
    receive(made, "parking", "1000.00", date(2025, 8, 10))
    return made


def test_base_and_performance_stand_beside_what_they_are_made_of(fund: TestFund) -> None:
    page = browser_of(fund.provider_clerk).get(PAGE).content.decode()

    for said in ("7,273.50", "60,612.50 × 12.0%", "1,818.38", "60,612.50 × 3.0%", "51,520.62"):
        assert said in page


def test_a_months_sum_is_the_one_that_invoices_are_judged_by(fund: TestFund) -> None:
    found = quarter_sum(fund.fund.pk, 2025, 3, QUARTER_END)

    assert [each.made for each in found.months] == [
        charges.remuneration_of(fund.fund.pk, month) for month in (JULY, AUGUST, SEPTEMBER)
    ]


def test_a_score_makes_the_quarters_performance_payable(fund: TestFund) -> None:
    score(fund, 85)
    page = browser_of(fund.provider_clerk).get(PAGE).content.decode()

    assert "1,848.38 × 0.50 = 924.19" in page


def test_without_a_score_no_performance_is_payable(fund: TestFund) -> None:
    page = browser_of(fund.provider_clerk).get(PAGE).content.decode()

    assert "没有得分，绩效酬金不付" in page


def test_what_refunds_took_is_carried_over_months_without_income(fund: TestFund) -> None:
    receive(fund, "property_fee", "-50000.00", date(2025, 8, 11))
    receive(fund, "property_fee", "80000.00", date(2025, 9, 11))
    kinds = measures.COLLECTED_KINDS
    together = measures.incomes_of(fund.fund.pk, kinds, [JULY, AUGUST, SEPTEMBER])

    assert together == {
        month: measures.income_of(fund.fund.pk, kinds, month) for month in (JULY, AUGUST, SEPTEMBER)
    }
    assert together[SEPTEMBER] == yuan("31000.00")


def test_bases_of_several_kinds_are_each_read_as_alone(fund: TestFund) -> None:
    fixed = BaseTerm(RemunerationBase.FIXED, yuan("500"))
    collected = BaseTerm(RemunerationBase.COLLECTED_INCOME)

    assert measures.base_amounts(fund.fund.pk, {JULY: collected, AUGUST: fixed}) == {
        JULY: yuan("60612.50"),
        AUGUST: yuan("500"),
    }


def test_a_term_counts_from_its_day_on(fund: TestFund) -> None:
    agree(fund, SEPTEMBER, base_rate="0.10")
    found = quarter_sum(fund.fund.pk, 2025, 3, QUARTER_END)

    assert [each.base_rate for each in found.months] == [Decimal("0.12"), Decimal("0.12"), Decimal("0.10")]


def test_a_deed_that_says_nothing_is_told_and_no_error() -> None:
    desk = make_provider()
    answer = browser_of(desk.at.provider_clerk).get(PAGE)

    assert (answer.status_code, "尚未约定" in answer.content.decode()) == (200, True)


@pytest.mark.parametrize("query", ["quarter=2025Q5", "quarter=x", "quarter=2099Q1", "fund=NONE"])
def test_a_quarter_or_trust_there_is_not_is_not_there(fund: TestFund, query: str) -> None:
    assert browser_of(fund.provider_clerk).get(f"/firm/fees/?{query}").status_code == 404


def test_another_firms_fee_is_not_there(fund: TestFund) -> None:
    stranger = browser_of(make_provider().at.provider_clerk)

    assert stranger.get(f"{PAGE}&fund={fund.fund.code}").status_code == 404


def test_the_page_asks_little_of_the_database(fund: TestFund, django_assert_max_num_queries: Any) -> None:
    score(fund, 95)
    browser = browser_of(fund.provider_clerk)
    browser.get("/firm/submit/")  # a session's first page puts down when it began
    with django_assert_max_num_queries(12):
        browser.get(PAGE)
