"""Remuneration as arithmetic: what the deed's terms mean, and that nothing is lost in rounding (P34)."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custody.kernel.errors import Rejected
from custody.kernel.money import ZERO, yuan
from settlement.fees.remuneration import (
    RemunerationBase,
    assess,
    base_remuneration,
    factor_for,
    parse_base,
    parse_tiers,
    performance_accrual,
    remunerate,
)

TIERS = parse_tiers("90:1.00;80:0.50;0:0.00")
amounts = st.decimals(min_value=0, max_value=10**12, places=2).map(yuan)
rates = st.decimals(min_value=0, max_value=Decimal("0.5"), places=6)
factors = st.decimals(min_value=0, max_value=1, places=4)


@given(amounts, rates, rates)
def test_base_performance_and_remainder_sum_to_the_whole(
    base: Any, base_rate: Any, performance_rate: Any
) -> None:
    month = remunerate(
        RemunerationBase.COLLECTED_INCOME, base, base_rate=base_rate, performance_rate=performance_rate
    )
    assert month.base_fee + month.performance + month.remainder == base


@given(amounts, rates)
def test_a_fee_is_within_half_a_fen_of_the_exact_share(base: Any, rate: Any) -> None:
    assert abs(base_remuneration(base, rate).amount - base.amount * rate) <= Decimal("0.005")


@given(amounts, rates)
def test_a_fee_is_whole_fen(base: Any, rate: Any) -> None:
    fen = base_remuneration(base, rate).amount.scaleb(2)
    assert fen == fen.to_integral_value()


@given(amounts, rates, rates)
def test_one_fee_does_not_depend_on_the_others_rate(base: Any, base_rate: Any, performance_rate: Any) -> None:
    kind = RemunerationBase.COLLECTED_INCOME
    both = remunerate(kind, base, base_rate=base_rate, performance_rate=performance_rate)
    alone = remunerate(kind, base, base_rate=Decimal(0), performance_rate=performance_rate)
    assert both.performance == alone.performance


@given(st.lists(amounts, max_size=3), factors)
def test_what_is_accrued_is_payable_or_lapses(accruals: Any, factor: Any) -> None:
    result = assess(accruals, factor)
    assert result.payable + result.lapsed == sum(accruals, ZERO)


@given(st.lists(amounts, max_size=3), factors)
def test_neither_part_of_the_performance_fee_is_negative(accruals: Any, factor: Any) -> None:
    result = assess(accruals, factor)
    assert result.payable >= ZERO
    assert result.lapsed >= ZERO


@given(st.integers(0, 100), st.integers(0, 100))
def test_a_better_score_never_pays_less(one: Any, other: Any) -> None:
    assert factor_for(max(one, other), TIERS) >= factor_for(min(one, other), TIERS)


def test_half_a_fen_rounds_up() -> None:
    assert base_remuneration(yuan("0.50"), Decimal("0.01")) == yuan("0.01")


def test_a_month_of_net_refunds_earns_nothing() -> None:
    assert performance_accrual(yuan("-100"), Decimal("0.03")) == ZERO


@pytest.mark.parametrize(
    ("points", "factor"), [(100, "1.00"), (90, "1.00"), (89, "0.50"), (80, "0.50"), (79, "0.00"), (0, "0.00")]
)
def test_a_tier_begins_at_its_score(points: int, factor: str) -> None:
    assert factor_for(points, TIERS) == Decimal(factor)


@pytest.mark.parametrize("points", [-1, 101])
def test_a_score_outside_the_scale_is_refused(points: int) -> None:
    with pytest.raises(Rejected, match="0 到 100"):
        factor_for(points, TIERS)


@pytest.mark.parametrize(
    "text",
    [
        "", ";", "90", "90:", ":1", "90:1;80:0.5", "90:1;90:0.5;0:0", "90:0.5;80:1;0:0",
        "90:1.5;0:0", "90:-1;0:0", "101:1;0:0", "-1:1;0:0", "九十:1;0:0", "90:NaN;0:0", "90:1;;0:0",
        "90.5:1;0:0",
    ],
)  # fmt: skip
def test_tiers_that_cannot_be_read_are_refused(text: str) -> None:
    with pytest.raises(Rejected, match="无法识别"):
        parse_tiers(text)


def test_tiers_are_the_same_in_any_order() -> None:
    assert parse_tiers("0:0.00;90:1.00;80:0.50") == TIERS


def test_tiers_may_be_typed_in_full_width() -> None:
    assert parse_tiers("９０：１．００；８０：０．５０；０：０．００") == TIERS


def test_one_tier_from_zero_is_enough() -> None:
    assert factor_for(0, parse_tiers("0:1")) == 1


def test_a_fixed_base_carries_its_monthly_amount() -> None:
    assert parse_base("FIXED:86000.00").fixed == yuan("86000")


@pytest.mark.parametrize("kind", [kind for kind in RemunerationBase if kind is not RemunerationBase.FIXED])
def test_every_other_base_is_named_alone(kind: RemunerationBase) -> None:
    assert parse_base(f" {kind} ").kind is kind


@pytest.mark.parametrize(
    "text", ["", "COLLECTED", "FIXED", "FIXED:", "FIXED:-1", "FIXED:1.001", "FIXED:x", "COLLECTED_INCOME:1"]
)
def test_a_base_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(Rejected, match="无法识别"):
        parse_base(text)
