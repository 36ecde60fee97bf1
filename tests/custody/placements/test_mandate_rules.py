"""The mandate as arithmetic: what passes keeps every limit (P48, P51)."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from custody.kernel.money import ZERO, yuan
from custody.placements.mandate import Mandate, mandate_faults

fen = st.integers(0, 10**9).map(lambda each: yuan(each) / 100)
PRODUCTS = ("通知存款", "定期存款", "国债")


@st.composite
def cases(draw: Any) -> tuple[Any, ...]:
    operating, maintenance = draw(fen), draw(fen)
    mandate = Mandate(
        permitted=tuple(draw(st.lists(st.sampled_from(PRODUCTS), unique=True))),
        floor=draw(fen),
        book_title="维修账",
        book_available=maintenance,
        fund_available=operating + maintenance,
    )
    return mandate, draw(st.sampled_from(PRODUCTS)), draw(fen)


@given(cases())
def test_a_placement_passes_exactly_when_it_keeps_every_limit(case: Any) -> None:
    mandate, product, principal = case
    keeps = (
        product in mandate.permitted
        and ZERO < principal <= mandate.book_available
        and mandate.fund_available - principal >= mandate.floor
    )
    assert (not mandate_faults(mandate, product=product, principal=principal)) == keeps


@given(cases())
def test_a_smaller_principal_is_never_worse(case: Any) -> None:
    mandate, product, principal = case
    if principal > yuan("0.01") and not mandate_faults(mandate, product=product, principal=principal):
        assert not mandate_faults(mandate, product=product, principal=yuan("0.01"))
