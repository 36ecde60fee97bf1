"""The pictures of docs/faces/, each at the size of its design, and how a person comes to its page.

Everybody signs in with password and code, as they would.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from openpyxl import load_workbook
from playwright.sync_api import Browser, Page, StorageState, sync_playwright

from tests.architecture.source import ROOT
from tests.browser.conftest import CHROMIUM, QUIET
from tests.houses import House

FACES = ROOT / "docs/faces"
PACKS = [ROOT / "tests/packs/four-seasons", ROOT / "tests/packs/brocade-garden"]
FUND = "CD-GX-0001"  # 四季家园
HOME = f"/e/{FUND}/"
ANYBODY = ""  # who signs in nowhere
QUARTER = f"/oversight/{FUND}/2025Q3/"
LAST_MONTH = 9
SPOILT = (
    ("发票", "C4", "18,333.333"),
    ("发票", "B7", "2025-09-31"),
    ("明细", "D8", "工作单"),
    ("明细", "E12", None),
)
CODE_SECONDS = 30
BUSY_MACHINE_MS = 300_000


@dataclass(frozen=True)
class Picture:
    """One page: whose, how large (CSS pixels), how dense, and how to come to it from the sign-in."""

    name: str
    whose: str
    size: tuple[int, int]
    come: Callable[[Page, House], object]
    dense: int = 1


def _opened(path: str) -> Callable[[Page, House], object]:
    return lambda page, _house: page.goto(path)


def _review(page: Page, _house: House) -> None:
    page.goto(f"/desk/settlements/?fund={FUND}")
    page.click("tbody th a:has-text('公共部位维修')")
    page.wait_for_selector(".cols.review")


def _list(page: Page, _house: House) -> None:
    page.goto("/desk/settlements/")
    page.click("tbody a[hx-get] >> nth=0")
    page.wait_for_selector("[data-seen]")
    for number in (0, 1, 2):
        page.check(f"tbody input[name=item] >> nth={number}")


def _suspense(page: Page, _house: House) -> None:
    page.goto(f"/desk/suspense/?fund={FUND}")
    page.click("text=余涵霞")
    page.wait_for_selector(".choice")


def _faults(page: Page, house: House) -> None:
    """September's invoices of the pack, spoilt in five cells."""
    book = load_workbook(PACKS[0] / "invoices.xlsx")
    rows = book["发票"].iter_rows(min_row=2, max_col=2, values_only=True)
    kept = {number for number, on in rows if isinstance(on, datetime) and on.month == LAST_MONTH}
    for sheet in (book["发票"], book["明细"]):
        for row in range(sheet.max_row, 1, -1):
            if sheet.cell(row, 1).value not in kept:
                sheet.delete_rows(row)
    for title, cell, value in SPOILT:
        book[title][cell] = value
    book["发票"]["A10"] = book["发票"]["A9"].value
    book.save(house.home / "发票-2025-09.xlsx")
    _handed_in(page, house.home / "发票-2025-09.xlsx")
    page.wait_for_selector(".summary")


def _judged(page: Page, house: House) -> None:
    _handed_in(page, house.home / "handed-in" / FUND / "发票.xlsx")
    page.wait_for_selector("text=确认申报")


def _handed_in(page: Page, file: Path) -> None:
    page.goto("/firm/submit/")
    page.set_input_files("#file", file)
    page.click("text=上传并试读")


def _issued(page: Page, _house: House) -> None:
    """Not shown itself: the desk issues every paper that the supervisor then sees."""
    for kind in ("fund", "fee-split", "value-preservation"):
        for form in ("xlsx", "pdf"):
            page.goto(f"/desk/statements/?fund={FUND}&from=2025-07-01&to=2025-09-30")
            page.select_option("[name=kind]", kind)
            page.select_option("[name=form]", form)
            page.click("text=出具并留存")
            page.wait_for_selector("[role=status] .note")


def _verified(page: Page, house: House) -> None:
    page.goto(QUARTER)
    with page.expect_download() as coming:
        page.click("td a >> nth=0")
    file = house.home / coming.value.suggested_filename
    coming.value.save_as(file)
    page.goto("/verify/")
    page.set_input_files("#paper", file)
    page.wait_for_selector("main .note.ok")


def _rehearsed(page: Page, house: House) -> None:
    page.goto(f"/desk/imports/?fund={FUND}")
    page.set_input_files("#file", next((house.home / "bank" / FUND).glob("*.xlsx")))
    page.click("main form button[type=submit]")
    page.wait_for_selector("text=确认导入")


def _signing(page: Page, _house: House) -> None:
    page.goto("/keys/")
    page.click("form[action='/acts/'] button[type=submit]")
    page.wait_for_selector("[data-signing]")


def _voucher(page: Page, _house: House) -> None:
    """Three clicks: the month is open, its line of spending, the first entry of it."""
    page.goto(HOME)
    page.click(f"main a[href*='{HOME}2'][href$='/MNT/'], main a[href*='{HOME}2'][href$='/CLN/'] >> nth=0")
    page.click(f"main a[href^='{HOME}entries/'] >> nth=0")
    page.wait_for_selector("main h1")


PICTURES = (
    Picture("desk-home", "zhouheng", (1440, 1080), _opened("/desk/")),
    Picture("settlement-review", "zhouheng", (1440, 1240), _review),
    Picture("settlements-list", "zhouheng", (1440, 1050), _list),
    Picture("suspense-desk", "linjing", (1440, 1090), _suspense),
    Picture("import", "linjing", (1440, 760), _rehearsed),
    Picture("firm-upload", "tangwei", (1440, 1195), _faults),
    Picture("firm-judged", "tangwei", (1440, 900), _judged),
    Picture("committee-phone", "chenguiying", (390, 1300), _opened("/keys/"), dense=2),
    Picture("committee-signing", "chenguiying", (390, 844), _signing, dense=2),
    Picture("regulator", "panyue", (1440, 1180), _opened(QUARTER)),
    Picture("verify", "panyue", (1440, 640), _verified),
    Picture("owners-month", ANYBODY, (390, 1500), _opened(HOME), dense=2),
    Picture("owners-entry", ANYBODY, (390, 1100), _voucher, dense=2),
)


@dataclass
class Album:
    """Who has signed in: a code counts once, so that everybody does it once."""

    browser: Browser
    house: House
    signed_in: dict[str, StorageState] = field(default_factory=dict)

    def page_of(self, username: str, size: tuple[int, int], dense: int = 1) -> Page:
        """A new page of theirs."""
        if username == ANYBODY:
            return self._page(size, dense)
        if username not in self.signed_in:
            self.signed_in[username] = self._sign_in(username)
        return self._page(size, dense, self.signed_in[username])

    def _sign_in(self, username: str) -> StorageState:
        person = next(each for each in self.house.people if each["username"] == username)
        page = self._page((1440, 1080))
        page.goto("/account/login/")
        page.fill("[name=login]", username)
        page.fill("[name=password]", person["password"])
        page.click("main button[type=submit]")
        page.fill("[name=code]", _code(person["totp_secret"]))
        page.click("main form:has([name=code]) button[type=submit]")
        page.wait_for_url(f"**{person['start']}")
        state = page.context.storage_state()
        page.context.close()
        return state

    def _page(self, size: tuple[int, int], dense: int = 1, state: StorageState | None = None) -> Page:
        context = self.browser.new_context(
            base_url=self.house.address,
            viewport={"width": size[0], "height": size[1]},
            device_scale_factor=dense,
            locale="zh-CN",
            color_scheme="light",
            storage_state=state,
        )
        context.set_default_timeout(BUSY_MACHINE_MS)
        return context.new_page()


def _code(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // CODE_SECONDS))


def take_pictures(house: House) -> None:
    """Every picture into docs/faces/, over the one that was there."""
    FACES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        album = Album(browser, house)
        _issued(album.page_of("linjing", (1440, 1080)), house)
        for each in PICTURES:
            page = album.page_of(each.whose, each.size, each.dense)
            each.come(page, house)
            page.mouse.move(0, 0)
            page.screenshot(path=FACES / f"{each.name}.png")
            page.context.close()
        browser.close()
