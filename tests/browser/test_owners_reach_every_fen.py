"""An owner's three clicks on a phone: month, line, voucher; in the largest type too, and by keyboard."""

from collections.abc import Iterator
from datetime import date

import pytest
from axe_playwright_python.sync_playwright import Axe

from custody.console.commands import HouseCommand
from reporting.disclosure.publishing import publish_board, publish_month
from reporting.models import PublishedEntry
from tests.browser.people import PHONE, Desk, Person
from tests.browser.test_everybody_can_use_it import grave
from tests.custody.ledger.raw import citations_unjudged
from tests.reporting.builders import Quarter, worked_quarter

# As an entry with an invoice's lines has it: a line whose heading is only read aloud.
INVOICE_LINE = """() => document.querySelector('.voucher .facts > dd')?.insertAdjacentHTML(
    'afterend', '<dt class="hide">x</dt><dd>' + 'GD2025070001 '.repeat(4) + '</dd>')"""
TOO_NARROW = 60  # pixels: one letter a line


@pytest.fixture
def estate(house: Desk) -> Iterator[Quarter]:
    """An estate whose July, August and third quarter were published."""
    with citations_unjudged():
        q = worked_quarter()
        at = HouseCommand.now()
        for month in (7, 8):
            publish_month(fund=q.made.fund, month=date(2025, month, 1), actor=q.made.actor, at=at)
        publish_board(fund=q.made.fund, quarter=date(2025, 7, 1), actor=q.made.actor, at=at)
        yield q


def walked(person: Person, size: str) -> list[str]:
    """The headings met on the way, with the page never wider than the phone."""
    page, met = person.page, []
    for link in (".months a:last-child", "section[aria-labelledby=out] .lines a", ".voucher .btn"):
        page.click(link)
        page.wait_for_load_state()
        met.append(page.inner_text("h1"))
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, (size, link)
        page.evaluate(INVOICE_LINE)
        narrowest = page.evaluate(
            "Math.min(999, ...[...document.querySelectorAll('dd')].map(e => e.clientWidth))"
        )
        assert narrowest > TOO_NARROW, (size, link)
    return met


def test_three_clicks_lead_to_the_voucher(house: Desk, estate: Quarter) -> None:
    person, home = house.person(None, PHONE), f"/e/{estate.code}/"
    for size in ("standard", "huge"):
        person.open(f"{home}?size={size}")
        month, entry, voucher = walked(person, size)
        assert "8月31日" in month
        assert "8月5日" in entry
        assert person.page.url.startswith(f"{house.address}{home}documents/"), voucher
    assert person.page.context.cookies()[0]["name"] == "size"
    assert person.wrong == []


def test_no_public_page_is_wider_than_a_phone_in_the_largest_type(house: Desk) -> None:
    person, wide = house.person(None, PHONE), {}
    for address in ("/log/", "/verify/", "/account/login/"):
        page = person.open(f"{address}?size=huge").page
        wide[address] = page.evaluate("document.documentElement.scrollWidth") - PHONE[0]

    assert max(wide.values()) <= 0, wide


def test_the_same_three_by_keyboard(house: Desk, estate: Quarter) -> None:
    person = house.person(None, PHONE).open(f"/e/{estate.code}/")
    page = person.page
    for link in (".months a:last-child", "section[aria-labelledby=out] .lines a", ".voucher .btn"):
        wanted = page.get_attribute(link, "href")
        for _tab in range(40):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.getAttribute('href')") == wanted:
                break
        page.keyboard.press("Enter")
        page.wait_for_url(f"**{wanted}")

    assert "/documents/" in page.url


def test_no_serious_finding_on_the_owners_pages(house: Desk, estate: Quarter) -> None:
    person, home, wrong = house.person(None, PHONE), f"/e/{estate.code}/", []
    spent = PublishedEntry.objects.get(fund=estate.made.fund, shows__lines__has_key="CLN")
    pages = [
        "", "2025-07/", "2025-07/property_fee/", "2025-07/fund/", "2025-07/budget/", "2025-07/papers/",
        f"entries/{spent.sequence}/", f"documents/{spent.shows['papers'][0][0]}/", "board/",
    ]  # fmt: skip
    for theme, size in (("light", "standard"), ("dark", "huge")):
        for page in pages:
            person.open(f"{home}{page}?theme={theme}&size={size}")
            wrong += grave(Axe().run(person.page), page, (theme, size))

    assert wrong == []
