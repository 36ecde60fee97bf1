"""Tiers of performance pay: one notation, read in any order, written from the top down."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custody.deeds.tiers import Tier, read_tiers, write_tiers


@st.composite
def sound_tiers(draw: st.DrawFn) -> list[Tier]:
    """Tiers as a deed may state them, from the highest score down."""
    above = draw(st.sets(st.integers(1, 100), max_size=6))
    scores = sorted({*above, 0}, reverse=True)
    shares = draw(st.lists(st.integers(0, 10_000), min_size=len(scores), max_size=len(scores)))
    factors = sorted((Decimal(share).scaleb(-4) for share in shares), reverse=True)
    return [Tier(score, factor) for score, factor in zip(scores, factors, strict=True)]


@given(sound_tiers(), st.data())
def test_the_order_they_are_written_in_does_not_matter(tiers: list[Tier], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(tiers))

    assert list(read_tiers(write_tiers(shuffled))) == tiers


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("90:1;90:0.5;0:0", "重复"),
        ("90:1;90:1;0:0", "重复"),
        ("0:0;80:1;90:0.5", "不应高于"),
        ("90:1;80:0.5", "0 分"),
        ("90:1.01;0:0", "0 到 1"),
        ("101:1;0:0", "0 到 100"),
        ("90:-1;0:0", "分数：系数"),
        ("90", "分数：系数"),
        ("", "分数：系数"),
    ],
)
def test_tiers_nobody_could_pay_by_are_refused_saying_why(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read_tiers(text)
