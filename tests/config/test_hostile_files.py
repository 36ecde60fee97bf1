"""Every import command refuses what no clerk means, with a sentence and without a traceback."""

import csv
import io
import re
import zipfile
from pathlib import Path

import openpyxl
import pytest
from django.core.management import CommandError, call_command

from tests import factories
from tests.custody.money_in.packs import PACK
from tests.custody.money_in.small import Small, small_estate
from tests.make_files import repacked, saved

pytestmark = pytest.mark.usefixtures("committed_db")

FILES = {
    "import_bank_statement": "bank-2025-07.xlsx",
    "import_channel_detail": "channel-2025-07.csv",
    "import_public_revenue": "public-revenue.xlsx",
    "import_work": "work.xlsx",
    "import_invoices": "invoices.xlsx",
    "onboard_estate": "estate.xlsx",
}
FIGURE = re.compile(r"-?[\d,]+\.\d+")


@pytest.fixture
def small(tmp_path: Path) -> Small:
    return small_estate(tmp_path)


def refused(small: Small, command: str, path: Path) -> str:
    """What the command says on refusing ``path``; anything but a refusal fails the test."""
    fund = [] if command == "onboard_estate" else ["--fund", small.fund.code]
    who = factories.member_of(small.fund, "committee", "maker") if command == "import_work" else small.actor
    err = io.StringIO()
    with pytest.raises(CommandError) as caught:
        call_command(command, *fund, "--actor", who.username, str(path), stdout=io.StringIO(), stderr=err)
    assert caught.value.returncode == 2
    return f"{err.getvalue()}{caught.value}"


def book_of(name: str) -> openpyxl.Workbook:
    """A file of the sample estate as a workbook."""
    if name.endswith(".xlsx"):
        return openpyxl.load_workbook(PACK / name)
    book = openpyxl.Workbook()
    with (PACK / name).open(encoding="utf-8-sig", newline="") as stream:
        for row in csv.reader(stream):
            book.worksheets[0].append(row)
    return book


@pytest.mark.parametrize("command", sorted(FILES))
def test_figures_no_account_could_hold_are_refused(small: Small, command: str) -> None:
    book = book_of(FILES[command])
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell.value, int | float) or FIGURE.fullmatch(str(cell.value)):
                    cell.value = 1e308
    path = small.folder / "huge.xlsx"
    path.write_bytes(saved(book))

    assert "第" in refused(small, command, path)


@pytest.mark.parametrize("command", sorted(FILES))
def test_an_escape_for_nothing_in_a_text_is_refused(small: Small, command: str) -> None:
    book = book_of(FILES[command])
    sheet = book.worksheets[-1]
    last = next(cell for cell in reversed(list(sheet.rows)[-1]) if isinstance(cell.value, str))
    last.value = f"{last.value}HERE"
    path = small.folder / "nothing.xlsx"
    raw = saved(book)
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        parts = {each: archive.read(each) for each in archive.namelist() if each.startswith("xl/")}
    path.write_bytes(
        repacked(raw, replace={each: part.replace(b"HERE", b"_x0000_") for each, part in parts.items()})
    )

    assert "控制字符" in refused(small, command, path)


@pytest.mark.parametrize("command", sorted(FILES))
def test_a_name_that_is_not_utf_8_is_refused(small: Small, command: str) -> None:
    path = small.folder / b"\xc1\xf7\xcb\xae.xlsx".decode("utf-8", "surrogateescape")
    path.write_bytes(saved(book_of(FILES[command])))

    said = refused(small, command, path)

    assert "文件名不是 UTF-8 编码" in said
    assert said.encode()
