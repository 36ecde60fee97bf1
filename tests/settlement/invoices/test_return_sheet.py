"""What comes back to the firm: its own workbook, commented in the very cells, and a code for the script."""

from datetime import date
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlwt
from django.core.management import CommandError, call_command
from openpyxl.styles import Font

from custody.files import archive
from custody.files.intake import Handed
from custody.models import Document
from settlement.invoices.return_sheet import SHEET, return_sheet
from settlement.models import Settlement
from tests.settlement.desk import Provider, digits, make_provider
from tests.settlement.invoices.test_imports import HEADS, LINES, ON, invoice_file, take

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def desk(committed_db: None) -> Provider:
    desk = make_provider()
    desk.work(number="A")
    return desk


def two(desk: Provider, folder: Path, *, bad_on: object = "never", name: str = "invoices.xlsx") -> Path:
    """A sound invoice of 400 on row 2, and one of 500 on row 3 whose date is ``bad_on``."""
    return invoice_file(desk, folder, (digits(), 400, "A", ON), (digits(), 500, "A", bad_on), name=name)


def returned(desk: Provider, path: Path) -> Any:
    """The return sheet of a file, opened."""
    return openpyxl.load_workbook(BytesIO(sheet_bytes(desk, path)))


def sheet_bytes(desk: Provider, path: Path) -> bytes:
    handed = Handed(path.name, path.read_bytes())
    return return_sheet(handed, take(desk, handed))


def run(desk: Provider, path: Path, *options: str) -> tuple[int, str]:
    """Exit code and all that was said."""
    said = StringIO()
    try:
        call_command(
            "import_invoices", "--fund", desk.at.fund.code, "--actor", desk.at.provider_clerk.username,
            str(path), *options, stdout=said, stderr=said,
        )  # fmt: skip
    except CommandError as ended:
        return ended.returncode, f"{said.getvalue()}{ended}"
    return 0, said.getvalue()


def test_the_faulty_cell_carries_what_is_wrong(desk: Provider, tmp_path: Path) -> None:
    book = returned(desk, two(desk, tmp_path))

    assert "应为日期" in book["发票"]["B3"].comment.text
    assert [cell.coordinate for row in book["发票"].iter_rows() for cell in row if cell.comment] == ["B3"]


def test_a_reason_of_substance_stands_at_its_cell_too(desk: Provider, tmp_path: Path) -> None:
    book = returned(desk, invoice_file(desk, tmp_path, (digits(), 400, "NONE", ON)))

    assert "没有工单「NONE」" in book["明细"]["E2"].comment.text


def test_the_firms_own_formatting_is_kept(desk: Provider, tmp_path: Path) -> None:
    path = two(desk, tmp_path)
    book = openpyxl.load_workbook(path)
    book["发票"]["A1"].font = Font(bold=True, color="FF0000")
    book["发票"].column_dimensions["A"].width = 33
    book.create_sheet("我的备注")["A1"] = "勿删"
    book.save(path)

    back = returned(desk, path)

    assert back["发票"]["A1"].font.color.rgb == "00FF0000"
    assert (back["发票"].column_dimensions["A"].width, back["我的备注"]["A1"].value) == (33, "勿删")


def test_a_sheet_named_with_a_space_is_commented_too(desk: Provider, tmp_path: Path) -> None:
    path = two(desk, tmp_path)
    book = openpyxl.load_workbook(path)
    book["发票"].title = "发 票"
    book.save(path)

    assert "应为日期" in returned(desk, path)["发 票"]["B3"].comment.text


def test_a_fault_under_merged_cells_is_noted_where_they_begin(desk: Provider, tmp_path: Path) -> None:
    path = two(desk, tmp_path)
    book = openpyxl.load_workbook(path)
    book["发票"].merge_cells("B2:B3")
    book.save(path)

    assert "必填" in returned(desk, path)["发票"]["B2"].comment.text


def test_a_sheet_lists_every_reason_with_its_cell(desk: Provider, tmp_path: Path) -> None:
    rows = list(returned(desk, two(desk, tmp_path))[SHEET].iter_rows(values_only=True))

    assert [row[1:5] for row in rows[1:2]] == [("未受理", "发票", "B3", "开票日期")]
    assert "其余 1 张" in rows[-1][0]


def test_the_corrected_return_sheet_is_taken_in_as_it_is(desk: Provider, tmp_path: Path) -> None:
    book = returned(desk, two(desk, tmp_path))
    book["发票"]["B3"] = date(2025, 7, 27)
    corrected = tmp_path / "corrected.xlsx"
    book.save(corrected)

    outcome = take(desk, corrected)

    assert [each.code.value for each in outcome.verdicts] == ["known", "verified"]


def test_an_earlier_returns_notes_are_taken_out(desk: Provider, tmp_path: Path) -> None:
    book = returned(desk, two(desk, tmp_path))
    book["发票"]["B3"] = date(2025, 7, 27)
    book["发票"]["D3"] = "他人公司"
    again = tmp_path / "again.xlsx"
    book.save(again)

    page = returned(desk, again)

    assert (page["发票"]["B3"].comment, page.sheetnames.count(SHEET)) == (None, 1)
    assert "他人公司" in page["发票"]["D3"].comment.text


def test_a_legacy_workbook_comes_back_as_xlsx_with_its_digits(desk: Provider, tmp_path: Path) -> None:
    number, book = digits(), xlwt.Workbook(encoding="utf-8")
    heads = [HEADS, (number, "never", "400", desk.at.provider.name, desk.bank.holder)]
    lines = [LINES, (number, "1", "CLN", "工单", "A", "400")]
    sheets: dict[str, list[tuple[Any, ...]]] = {"发票": [*heads], "明细": [*lines]}
    for title, rows in sheets.items():
        sheet = book.add_sheet(title)
        for at, row in enumerate(rows):
            for place, value in enumerate(row):
                sheet.write(at, place, value)
    path = tmp_path / "old.xls"
    book.save(str(path))

    back = returned(desk, path)

    assert (back["发票"]["A2"].value, back["发票"]["A2"].number_format) == (number, "@")
    assert "日期" in back["发票"]["B2"].comment.text


def test_a_hostile_cell_is_not_made_a_formula(desk: Provider, tmp_path: Path) -> None:
    book = returned(desk, two(desk, tmp_path, bad_on="@SUM(A1)"))

    assert all(cell.data_type != "f" for page in book for row in page.iter_rows() for cell in row)


def test_a_file_of_which_some_comes_back_exits_with_one_and_names_the_sheet(
    desk: Provider, tmp_path: Path
) -> None:
    code, said = run(desk, two(desk, tmp_path))

    assert (code, (tmp_path / "invoices-退回单.xlsx").exists()) == (1, True)
    assert all(word in said for word in ("invoices-退回单.xlsx", "第3行", "核验通过", "有 1 张发票退回"))


def kept(desk: Provider) -> list[bytes]:
    """The return sheets among the fund's papers."""
    papers = Document.objects.filter(fund=desk.at.fund, kind=Document.Kind.RETURN_SHEET).order_by("pk")
    return [archive.bytes_of(each) for each in papers]


def test_the_sheet_that_went_back_is_kept_byte_for_byte(desk: Provider, tmp_path: Path) -> None:
    run(desk, two(desk, tmp_path))

    assert kept(desk) == [(tmp_path / "invoices-退回单.xlsx").read_bytes()]


def test_a_file_all_verified_exits_with_zero_and_writes_no_sheet(desk: Provider, tmp_path: Path) -> None:
    code, _said = run(desk, two(desk, tmp_path, bad_on=ON))

    assert (code, list(tmp_path.glob("*退回单*")), kept(desk)) == (0, [], [])


def test_a_file_of_which_nothing_can_be_taken_exits_with_two_and_nothing_written(
    desk: Provider, tmp_path: Path
) -> None:
    code, said = run(desk, invoice_file(desk, tmp_path, (digits(), 400, "A", "never")))

    assert (code, Settlement.objects.filter(fund=desk.at.fund).count()) == (2, 0)
    assert "退回单" in said
    assert kept(desk) == [(tmp_path / "invoices-退回单.xlsx").read_bytes()]


def test_the_return_sheet_goes_where_it_is_asked_to(desk: Provider, tmp_path: Path) -> None:
    out = tmp_path / "back.xlsx"

    run(desk, two(desk, tmp_path), "--out", str(out))

    assert SHEET in openpyxl.load_workbook(out).sheetnames


def test_the_return_sheet_is_not_written_over_the_file_itself(desk: Provider, tmp_path: Path) -> None:
    path = two(desk, tmp_path)
    before = path.read_bytes()

    code, said = run(desk, path, "--out", str(path))

    assert (code, path.read_bytes()) == (2, before)
    assert "另起文件名" in said


def test_a_folder_that_is_not_there_is_named(desk: Provider, tmp_path: Path) -> None:
    code, said = run(desk, two(desk, tmp_path), "--out", str(tmp_path / "none" / "a.xlsx"))

    assert (code, "退回单无法写入" in said) == (1, True)


def test_a_rehearsal_writes_no_sheet_unasked(desk: Provider, tmp_path: Path) -> None:
    code, _said = run(desk, two(desk, tmp_path), "--dry-run")

    assert (code, list(tmp_path.glob("*退回单*")), kept(desk)) == (1, [], [])
