"""The only rounding and the only division: nothing is lost, nothing is invented, no float gets in."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custody.kernel.money import allocate, exact, rounded, yuan

fen = st.integers(-(10**15), 10**15)
weights = st.lists(
    st.integers(0, 10**6) | st.decimals(0, 10**6, places=4, allow_nan=False, allow_infinity=False),
    min_size=1,
    max_size=12,
).filter(any)


@given(fen, weights)
def test_the_parts_sum_to_the_whole(total: int, shares: list[Decimal | int]) -> None:
    whole = yuan(Decimal(total).scaleb(-2))
    assert sum((part.amount for part in allocate(whole, shares)), Decimal(0)) == whole.amount


@given(fen, weights)
def test_no_part_is_a_fen_or_more_from_its_exact_share(total: int, shares: list[Decimal | int]) -> None:
    whole = Decimal(total).scaleb(-2)
    among = sum(map(Decimal, shares), Decimal(0))
    for part, share in zip(allocate(yuan(whole), shares), shares, strict=True):
        assert abs(part.amount - whole * Decimal(share) / among) < Decimal("0.0100000001")


@given(fen, weights)
def test_who_weighs_nothing_gets_nothing(total: int, shares: list[Decimal | int]) -> None:
    parts = allocate(yuan(Decimal(total).scaleb(-2)), shares)
    assert all(part.amount == 0 for part, share in zip(parts, shares, strict=True) if share == 0)


@given(fen, weights)
def test_nobody_owes_when_something_is_shared_out(total: int, shares: list[Decimal | int]) -> None:
    assert all(part.amount * total >= 0 for part in allocate(yuan(Decimal(total).scaleb(-2)), shares))


@given(fen, weights)
def test_a_refund_is_split_as_the_charge_was(total: int, shares: list[Decimal | int]) -> None:
    whole = yuan(Decimal(total).scaleb(-2))
    assert allocate(-whole, shares) == [-part for part in allocate(whole, shares)]


def test_equal_remainders_go_to_the_earlier_part() -> None:
    assert allocate(yuan("0.02"), [1, 1, 1]) == [yuan("0.01"), yuan("0.01"), yuan(0)]


@pytest.mark.parametrize("shares", [[], [0], [0, 0], [-1, 2]])
def test_shares_that_mean_nothing_are_refused(shares: list[int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        allocate(yuan(1), shares)


@given(st.floats())
def test_no_float_becomes_money(value: float) -> None:
    with pytest.raises(TypeError):
        yuan(value)  # type: ignore[arg-type]


@pytest.mark.parametrize("amount", ["0.001", "NaN", "Infinity", "-Infinity", "1e-3"])
def test_what_is_no_amount_in_fen_is_refused(amount: str) -> None:
    with pytest.raises(ValueError, match="fen"):
        yuan(amount)


@pytest.mark.parametrize(
    ("value", "fen"),
    [("0.005", "0.01"), ("0.015", "0.02"), ("0.0049", "0.00"), ("-0.005", "-0.01"), ("2.675", "2.68")],
)
def test_half_a_fen_is_rounded_up(value: str, fen: str) -> None:
    assert rounded(Decimal(value)) == Decimal(fen)


@given(st.decimals(-(10**9), 10**9, places=6, allow_nan=False, allow_infinity=False))
def test_rounding_moves_a_value_by_at_most_half_a_fen(value: Decimal) -> None:
    assert abs(exact(value).amount - value) <= Decimal("0.005")
