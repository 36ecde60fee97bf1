"""A kept PDF opens in the browser's own viewer: what the house forbids its pages does not stop it."""

from collections.abc import Iterator

import pytest
import typst
from playwright.sync_api import Browser

from custody.files import archive
from custody.models import Document
from tests.browser.conftest import CHROMIUM, QUIET
from tests.browser.people import Desk
from tests.factories import AT
from tests.settlement.desk import make_provider

VIEWER = "chrome-extension://"


@pytest.fixture
def with_viewer(chromium: Browser) -> Iterator[Browser]:
    """Chromium as people have it: the headless one saves a PDF instead of showing it."""
    browser = chromium.browser_type.launch(
        executable_path=CHROMIUM, headless=False, args=[*QUIET, "--headless=new"]
    )
    yield browser
    browser.close()


def test_a_pdf_is_shown(house: Desk, with_viewer: Browser) -> None:
    at = make_provider().at
    paper = archive.keep(
        fund=at.fund, kind=Document.Kind.BANK, name="回单.pdf", content=typst.compile(b"= 260.00"),
        actor=at.actor, at=AT,
    )  # fmt: skip
    desk = Desk(with_viewer, house.address)
    page = desk.person(at.actor).page
    with page.expect_event("framenavigated", lambda frame: frame.url.startswith(VIEWER)):
        answer = page.goto(f"/desk/funds/{at.fund.code}/documents/{paper.pk}/")

    assert answer is not None
    assert answer.headers["content-disposition"].startswith("inline")
    desk.close()
