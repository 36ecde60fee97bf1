"""What leaves the house as xlsx: typed, harmless, printable, and the same bytes for the same report."""

import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from io import BytesIO
from typing import Self

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.workbook import Workbook

from reporting.papers.workbooks import sheet_name, workbook_bytes
from reporting.statements.report import ColumnKind, ColumnSpec, Proof, Report, ReportRow, Style, Table
from tests.draws import examples

AT = datetime(2025, 10, 9, 2, 0, tzinfo=UTC)
PROOF = Proof("期初 + 变动 = 期末", Decimal("8.00"), Decimal("8.00"))
LIVE = "=+-@|\t\r＝＋－＠"
HEADER = 3  # title, one subtitle, header


def report_of(text: str = "物业费", *, header: str = "项目", sheet: str = "收支表", rows: int = 1) -> Report:
    columns = (
        ColumnSpec(header),
        ColumnSpec("金额", ColumnKind.MONEY),
        ColumnSpec("日期", ColumnKind.DATE),
        ColumnSpec("比率", ColumnKind.RATE),
        ColumnSpec("笔数", ColumnKind.INT),
    )
    row = ReportRow((text, Decimal("-1234567.89"), date(2025, 7, 1), Decimal("0.011"), 3))
    return Report(
        "信托资金收支表",
        "四季家园",
        (f"小区:{text}",),
        (Table(sheet, columns, (row,) * rows, (PROOF,), notes=(text,)),),
        AT,
    )


def opened(report: Report) -> Workbook:
    return openpyxl.load_workbook(BytesIO(workbook_bytes(report)))


def test_the_same_report_gives_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    first = workbook_bytes(report_of())

    class Later(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return cls(2031, 5, 5, 5, 5, 5)

    monkeypatch.setattr("openpyxl.writer.excel.datetime.datetime", Later, raising=False)
    monkeypatch.setattr("time.time", lambda: 1_900_000_000.0)

    assert workbook_bytes(report_of()) == first


def test_no_part_of_the_file_carries_the_clock() -> None:
    with zipfile.ZipFile(BytesIO(workbook_bytes(report_of()))) as file:
        stamps = {info.date_time for info in file.infolist()}
        core = file.read("docProps/core.xml").decode()

    assert (stamps, core.count("2025-10-09T10:00:00Z")) == ({(1980, 1, 1, 0, 0, 0)}, 2)


def test_amounts_are_numbers_to_the_fen() -> None:
    cell = opened(report_of())["收支表"].cell(HEADER + 1, 2)

    assert (Decimal(str(cell.value)), cell.data_type, cell.number_format) == (
        Decimal("-1234567.89"),
        "n",
        "#,##0.00;[Red]-#,##0.00",
    )


def test_dates_are_dates() -> None:
    cell = opened(report_of())["收支表"].cell(HEADER + 1, 3)

    assert (cell.value, cell.number_format) == (datetime(2025, 7, 1), "yyyy-mm-dd")


def test_every_proof_stands_on_its_own_sheet() -> None:
    sheet = opened(report_of())["勾稽"]

    assert [cell.value for cell in sheet[HEADER + 1]] == ["收支表", "期初 + 变动 = 期末", 8, 8, 0, "一致"]


def test_the_header_stays_in_sight_and_repeats_on_every_page() -> None:
    sheet = opened(report_of())["收支表"]

    assert (sheet.freeze_panes, sheet.print_title_rows) == ("B4", "$3:$3")


def test_a_page_is_a4_one_page_wide_with_estate_and_page_number() -> None:
    sheet = opened(report_of())["收支表"]
    scaling, footer = sheet.sheet_properties.pageSetUpPr, sheet.oddFooter

    assert scaling is not None
    assert footer is not None
    assert (
        sheet.page_setup.paperSize, sheet.page_setup.fitToWidth, scaling.fitToPage,
        footer.left.text, footer.right.text,
    ) == (9, 1, True, "四季家园 信托资金收支表", "第 &P 页 / 共 &N 页")  # fmt: skip


def test_a_long_table_runs_over_as_many_pages_as_it_needs() -> None:
    assert opened(report_of(rows=200))["收支表"].page_setup.fitToHeight == 0


def test_a_column_of_chinese_is_as_wide_as_its_characters() -> None:
    width = opened(report_of("一二三四五六七八九十"))["收支表"].column_dimensions["A"].width

    assert 20 <= width <= 48


def test_the_document_says_what_it_is() -> None:
    properties = opened(report_of()).properties

    assert (properties.title, properties.creator) == (
        "四季家园 信托资金收支表",
        "property-trust 物业服务信托",
    )


def test_chinese_survives_whole() -> None:
    text = "𠮷野家 欧阳锋·㐂 ①②③ ㎡ 龘 〇"

    assert opened(report_of(text))["收支表"].cell(HEADER + 1, 1).value == text


def every_text(book: Workbook) -> list[str]:
    return [c.value for sheet in book for row in sheet.iter_rows() for c in row if isinstance(c.value, str)]


@settings(max_examples=examples(40), deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=20), st.sampled_from([*LIVE, ""]))
def test_no_text_of_a_user_becomes_a_formula(text: str, lead: str) -> None:
    report = report_of(lead + text, header=lead + text, sheet=lead + text)
    raw = workbook_bytes(report)

    with zipfile.ZipFile(BytesIO(raw)) as file:
        sheets = [file.read(name) for name in file.namelist() if name.startswith("xl/worksheets/")]
    texts = every_text(openpyxl.load_workbook(BytesIO(raw)))
    assert not any(b"<f>" in sheet or b"<f " in sheet for sheet in sheets)
    assert not [each for each in texts if each[:1] in "=+@|\t" and each]


@given(st.lists(st.text(max_size=50), max_size=8))
def test_sheet_names_are_legal_and_distinct(titles: list[str]) -> None:
    taken: set[str] = set()
    names = [sheet_name(title, taken) for title in titles]

    assert len({name.lower() for name in names}) == len(titles)
    assert all(0 < len(name) <= 31 and not set(name) & set("[]:*?/\\") for name in names)


def test_who_signs_and_seals_stands_under_the_page() -> None:
    signed = replace(report_of(), signatures=("编制人：", "复核人：", "信托公司（章）："))
    sheet = opened(signed)["收支表"]
    last = sheet.max_row

    assert (
        sheet.cell(last, 1).value
        == "编制人：＿＿＿＿＿＿　复核人：＿＿＿＿＿＿　信托公司（章）：＿＿＿＿＿＿"
    )
    assert (sheet.row_dimensions[last].height, sheet.print_area) == (45, f"'收支表'!$A$1:$E${last}")


def test_an_alert_stands_in_red_over_the_table() -> None:
    table = replace(report_of().sheets[0], alerts=("2025-08 没有银行对账单",))
    sheet = opened(replace(report_of(), sheets=(table,)))["收支表"]
    cell = sheet.cell(HEADER, 1)

    assert (cell.value, cell.font.color.rgb, sheet.print_title_rows) == (
        "2025-08 没有银行对账单", "FFC00000", "$4:$4",
    )  # fmt: skip


def test_a_row_is_as_tall_as_its_longest_text() -> None:
    sheet = opened(report_of("一" * 60))["收支表"]

    assert sheet.row_dimensions[HEADER + 1].height == 3 * 14


def test_a_long_table_is_set_closer() -> None:
    assert opened(report_of(rows=200))["收支表"].sheet_format.defaultRowHeight == 12.5


def test_a_total_looks_like_a_total() -> None:
    table = Table(
        "表", (ColumnSpec("项目"),), (ReportRow(("合计",), Style.TOTAL), ReportRow(("平常",))), (PROOF,)
    )
    sheet = opened(Report("题", "小区", ("行",), (table,), AT))["表"]

    assert (sheet.cell(HEADER + 1, 1).font.bold, sheet.cell(HEADER + 2, 1).font.bold) == (True, False)
