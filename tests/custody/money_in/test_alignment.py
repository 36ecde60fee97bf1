"""Where a statement joins the stored chain: overlaps double nothing, gaps and contradictions are refused."""

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from custody.money_in.alignment import Link, Misfit, known_lines

OPENING = Decimal("100.00")
FIRST = date(2025, 7, 1)


def chain(*steps: tuple[int, str]) -> list[Link]:
    """Links from (days after the first, amount)."""
    links, balance = [], OPENING
    for days, amount in steps:
        balance += Decimal(amount)
        links.append(Link(FIRST + timedelta(days=days), Decimal(amount), balance))
    return links


@st.composite
def chains(draw: st.DrawFn) -> list[Link]:
    """A few days of a few small amounts, so equal amounts and returning balances are common."""
    days = sorted(draw(st.lists(st.integers(0, 5), min_size=1, max_size=25)))
    amounts = draw(st.lists(st.sampled_from(["1", "1", "2", "-1"]), min_size=len(days), max_size=len(days)))
    return chain(*zip(days, amounts, strict=True))


@given(chains(), st.data())
def test_any_overlapping_exports_of_whole_days_rebuild_the_chain(
    whole: list[Link], data: st.DataObject
) -> None:
    stored: list[Link] = []
    while len(stored) < len(whole):
        missing = next((link.on - FIRST).days for link in whole if not stored or link.on > stored[-1].on)
        since = data.draw(st.integers(0, missing))  # later would leave a gap: another test
        through = data.draw(st.integers(missing, max(missing, 5)))
        fresh = [link for link in whole if since <= (link.on - FIRST).days <= through]
        known = known_lines(stored, fresh, OPENING)
        assert isinstance(known, int)
        stored += fresh[known:]

    assert stored == whole


def test_the_same_statement_again_brings_nothing() -> None:
    lines = chain((0, "5"), (0, "5"), (1, "-3"))

    assert known_lines(lines, lines, OPENING) == 3


def test_two_identical_lines_are_two() -> None:
    lines = chain((0, "5"), (0, "5"))

    assert known_lines(lines[:1], lines, OPENING) == 1


def test_a_later_statement_continues_where_the_last_ended() -> None:
    lines = chain((0, "5"), (1, "6"), (2, "7"))

    assert known_lines(lines[:2], lines[2:], OPENING) == 0


def test_a_day_cut_at_noon_continues() -> None:
    lines = chain((0, "5"), (1, "6"), (1, "7"))

    assert known_lines(lines[:2], lines[2:], OPENING) == 0


def test_a_gap_names_the_missing_days_and_both_balances() -> None:
    lines = chain((0, "5"), (10, "6"), (20, "7"))

    found = known_lines(lines[:1], lines[2:], OPENING)

    assert isinstance(found, Misfit)
    assert all(word in found.expected for word in ("105", "111", "2025-07-01", "2025-07-20"))


def test_a_first_statement_starts_from_the_handover() -> None:
    found = known_lines([], chain((0, "5"))[:1], Decimal("99"))

    assert isinstance(found, Misfit)
    assert "99" in found.expected


def test_a_contradiction_names_its_line() -> None:
    was = chain((0, "5"), (0, "6"), (0, "7"))
    now = chain((0, "5"), (0, "8"), (0, "5"))

    found = known_lines(was, now, OPENING)

    assert isinstance(found, Misfit)
    assert found.index == 1


def test_an_empty_statement_fits_anywhere() -> None:
    assert known_lines(chain((0, "5")), [], OPENING) == 0
