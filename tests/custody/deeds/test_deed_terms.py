"""Deed terms are read as of a day, and refuse to be guessed."""

from datetime import date
from decimal import Decimal

import pytest

from custody.deeds import terms
from custody.deeds.terms import Term
from custody.kernel.errors import NotFound, Rejected
from custody.models import DeedTerm
from custody.placements.mandate import family_of
from tests.custody.placements.builders import agree
from tests.factories import TestFund, make_fund

START = date(2025, 1, 1)


def deed(**terms: str) -> TestFund:
    test = make_fund()
    agree(test, **terms)
    return test


def amend(test: TestFund, term: Term, value: str, effective_from: date) -> None:
    first = DeedTerm.objects.filter(fund=test.fund).first()
    assert first is not None
    DeedTerm.objects.using("owner").create(
        fund=test.fund, term=term, value=value, effective_from=effective_from, resolution=first.resolution
    )


@pytest.mark.usefixtures("committed_db")
class TestTerms:
    def test_a_term_holds_from_its_first_day(self) -> None:
        assert terms.term(deed(base_rate="0.12").fund.pk, Term.BASE_RATE, START) == "0.12"

    def test_the_day_before_nothing_is_agreed(self) -> None:
        with pytest.raises(NotFound, match="尚未约定"):
            terms.term(deed(base_rate="0.12").fund.pk, Term.BASE_RATE, date(2024, 12, 31))

    def test_an_amendment_speaks_from_its_own_day(self) -> None:
        test = deed(base_rate="0.12")
        amend(test, Term.BASE_RATE, "0.10", date(2025, 7, 1))
        days = [date(2025, 6, 30), date(2025, 7, 1)]
        assert [terms.rate_on(test.fund.pk, Term.BASE_RATE, on) for on in days] == [
            Decimal("0.12"),
            Decimal("0.10"),
        ]

    def test_rates_read_by_day_are_the_rates_of_each_day(self) -> None:
        test = deed(trustee_fee_rate="0.003")
        amend(test, Term.TRUSTEE_FEE_RATE, "0.002", date(2025, 1, 3))
        amend(test, Term.TRUSTEE_FEE_RATE, "0.001", date(2025, 1, 4))
        days = [date(2025, 1, day) for day in range(1, 6)]
        assert terms.rates_by_day(test.fund.pk, Term.TRUSTEE_FEE_RATE, days) == [
            terms.rate_on(test.fund.pk, Term.TRUSTEE_FEE_RATE, on) for on in days
        ]

    def test_a_silent_deed_gives_a_clerk_thirty_days(self) -> None:
        assert terms.suspense_days(deed(base_rate="0.12").fund.pk, START) == 30

    def test_the_days_a_clerk_has_change_from_a_day_on(self) -> None:
        test = deed(suspense_days="20")
        amend(test, Term.SUSPENSE_DAYS, "45", date(2025, 7, 1))
        days = [date(2025, 6, 30), date(2025, 7, 1)]
        assert [terms.suspense_days(test.fund.pk, on) for on in days] == [20, 45]

    def test_days_nobody_can_read_are_refused(self) -> None:
        with pytest.raises(Rejected, match="待确认款项期限"):
            terms.suspense_days(deed(suspense_days="一月").fund.pk, START)

    def test_another_funds_deed_says_nothing_here(self) -> None:
        deed(base_rate="0.12")
        with pytest.raises(NotFound):
            terms.term(make_fund().fund.pk, Term.BASE_RATE, START)

    @pytest.mark.parametrize("text", ["12%", "-0.1", "1.01", "NaN", "十二"])
    def test_a_rate_that_is_no_fraction_of_one_is_refused(self, text: str) -> None:
        with pytest.raises(Rejected, match="无法识别"):
            terms.rate_on(deed(base_rate=text).fund.pk, Term.BASE_RATE, START)

    @pytest.mark.parametrize("text", ["两个月", "-1", "1.5", "２"])
    def test_a_floor_that_is_no_whole_number_of_months_is_refused(self, text: str) -> None:
        with pytest.raises(Rejected, match="无法识别"):
            terms.liquidity_floor_months(deed(liquidity_floor_months=text).fund.pk, START)

    def test_a_day_count_nobody_defined_is_refused(self) -> None:
        with pytest.raises(Rejected, match="ACT/365"):
            terms.days_in_year(deed(day_count="30/360").fund.pk, START)

    def test_permitted_products_are_a_list_in_either_punctuation(self) -> None:
        test = deed(permitted_placements="国债;通知存款；定期存款、协定存款;")
        assert terms.permitted_placements(test.fund.pk, START) == ("国债", "通知存款", "定期存款", "协定存款")


@pytest.mark.parametrize(
    ("product", "family"),
    [
        ("七天通知存款", "通知存款"),
        ("１年期定期存款", "定期存款"),
        ("国债", "国债"),
        ("结构性存款", None),
        ("", None),
    ],
)
def test_a_product_belongs_to_the_family_it_is_named_for(product: str, family: str | None) -> None:
    assert family_of(product) == family
