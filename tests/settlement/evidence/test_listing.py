"""Pages of a list with hints: what is looked at, what is shown of it, and where the next page begins."""

from typing import Any

import pytest

from settlement.evidence import listing
from settlement.evidence.listing import ListAsked, Tab, as_counted, count_by_turn, listed_page
from tests.settlement.desk import Provider, make_provider

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def desk(committed_db: None) -> Provider:
    return make_provider()


def read(desk: Provider, **asked: Any) -> list[int]:
    """What waits for the committee, read page by page to its end."""
    found: list[int] = []
    after = None
    while True:
        page = listed_page(ListAsked(Tab.COMMITTEE, (desk.at.fund.pk,), after=after, **asked))
        found += [each.settlement.pk for each in page.rows]
        after = page.after
        if after is None:
            return found


def test_every_waiting_invoice_is_on_one_page_whatever_is_asked(
    desk: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    alike = [desk.verified(amount).pk for amount in ("10", "20", "30")]
    lone = desk.verified("500", "GRN").pk
    last = desk.verified("40").pk
    monkeypatch.setattr(listing, "LOOKED_MAX", 2)
    monkeypatch.setattr(listing, "PAGE_ROWS", 1)

    assert read(desk) == [*alike, lone, last]
    assert read(desk, flagged=True) == [*alike, last]
    assert read(desk, flagged=False) == [lone]


def test_how_many_have_hints_is_said_of_those_looked_at(
    desk: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    for amount in ("10", "20", "30"):
        desk.verified(amount)
    asked = ListAsked(Tab.COMMITTEE, (desk.at.fund.pk,))
    whole = listed_page(asked).hinted
    monkeypatch.setattr(listing, "LOOKED_MAX", 2)

    assert (whole, listed_page(asked).hinted) == (listing.Hinted(3, 0, False), listing.Hinted(2, 0, True))


def test_counts_are_by_tab_and_book_and_end_at_their_limit(
    desk: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    for amount in ("10", "20", "30"):
        desk.verified(amount)
    desk.approved("40")
    funds = [desk.at.fund.pk]
    counts = count_by_turn(funds, Tab.COMMITTEE, ["operating", "maintenance"])
    monkeypatch.setattr(listing, "COUNTED_MAX", 2)

    assert (counts.tabs[Tab.COMMITTEE], counts.tabs[Tab.RELEASE], counts.tabs[Tab.ALL]) == (3, 1, 4)
    assert counts.books == {"operating": 3, "maintenance": 0}
    assert as_counted(count_by_turn(funds, Tab.ALL).tabs[Tab.COMMITTEE]) == "2+"
    assert count_by_turn([], Tab.ALL).tabs[Tab.ALL] == 0
