"""Days as people name them: what an address says is the days a statement is of, and back."""

from datetime import date

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from reporting.statements.named_periods import Period, ended_periods, period_named


@pytest.mark.parametrize(
    ("slug", "first", "last", "title"),
    [
        ("2025", date(2025, 1, 1), date(2025, 12, 31), "2025年度"),
        ("2025Q3", date(2025, 7, 1), date(2025, 9, 30), "2025年第三季度"),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29), "2024年2月"),
        ("2025-07-04_2025-08-02", date(2025, 7, 4), date(2025, 8, 2), "2025-07-04至2025-08-02"),
    ],
)
def test_a_name_is_its_days_and_its_days_are_that_name(
    slug: str, first: date, last: date, title: str
) -> None:
    period = period_named(slug)

    assert (period, period.slug, period.title) == (Period(first, last), slug, title)


@pytest.mark.parametrize(
    "slug",
    [
        "",
        "25",
        "2025Q5",
        "2025-13",
        "2025-00",
        "2025-02-30_2025-03-01",
        "2025-03-02_2025-03-01",
        "2025-1",
        "0000",
    ],
)
def test_what_names_no_days_is_refused(slug: str) -> None:
    with pytest.raises(ValueError):
        period_named(slug)


@pytest.mark.parametrize(
    ("slug", "before"),
    [
        ("2025", "2024"),
        ("2025Q1", "2024Q4"),
        ("2025-01", "2024-12"),
        ("2025-07-04_2025-07-10", "2025-06-27_2025-07-03"),
    ],
)
def test_the_one_before_is_as_long_and_ends_the_day_before(slug: str, before: str) -> None:
    assert period_named(slug).before == period_named(before)


@pytest.mark.parametrize(("slug", "title"), [("2025Q3", "Q3 2025"), ("2025-09", "2025-09")])
def test_a_period_is_named_in_english_too(slug: str, title: str) -> None:
    with translation.override("en"):
        assert period_named(slug).title == title


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)), st.integers(0, 1500))
def test_every_period_is_found_again_by_its_name(first: date, days: int) -> None:
    period = Period(first, date.fromordinal(first.toordinal() + days))

    assert period_named(period.slug) == period


def test_periods_that_are_over_reach_back_to_the_trusts_first_day() -> None:
    slugs = [each.slug for each in ended_periods(date(2025, 7, 1), date(2025, 10, 13))]

    assert slugs == ["2025Q3", "2025-09", "2025-08", "2025-07"]
