"""What time earns, exactly: any partition of the days adds up to the whole (P50)."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from custody.kernel.accrual import DayCharge, accrued, average, decimal_of, deposit_income
from custody.kernel.money import rounded

amounts = st.decimals(min_value=0, max_value=10**12, places=2)
day_rates = st.decimals(min_value=0, max_value=1, places=6)
charges = st.lists(
    st.builds(
        DayCharge,
        on=st.dates(),
        amount=amounts,
        annual_rate=day_rates,
        days_in_year=st.sampled_from([360, 365]),
    ),
    min_size=1,
    max_size=60,
)


@given(charges, st.data())
def test_any_partition_of_the_days_accrues_the_same(days: Any, data: Any) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(days)), max_size=5)))
    edges = [0, *cuts, len(days)]
    parts = [accrued(days[start:end]) for start, end in pairwise(edges)]
    assert sum(parts, Fraction(0)) == accrued(days)


@given(charges)
def test_the_order_of_days_does_not_matter(days: Any) -> None:
    assert accrued(reversed(days)) == accrued(days)


@given(amounts, day_rates, st.integers(0, 400), st.integers(0, 400))
def test_a_deposit_earns_the_same_in_two_stretches(
    principal: Any, rate: Any, first: Any, second: Any
) -> None:
    start = date(2025, 1, 1)
    middle, end = start + timedelta(first), start + timedelta(first + second)
    halves = deposit_income(principal, rate, start, middle) + deposit_income(principal, rate, middle, end)
    assert halves == deposit_income(principal, rate, start, end)


def test_rounding_each_day_would_lose_what_rounding_once_keeps() -> None:
    days = [DayCharge(date(2025, 1, 1), Decimal("100"), Decimal("0.01"), 365)] * 90
    assert rounded(decimal_of(accrued(days))) == Decimal("0.25")
    assert sum((rounded(decimal_of(accrued([day]))) for day in days), Decimal(0)) == Decimal(0)


@given(st.lists(amounts, min_size=1, max_size=92))
def test_an_average_lies_between_the_smallest_and_the_largest(series: Any) -> None:
    assert rounded(min(series)) <= rounded(average(series)) <= rounded(max(series))
