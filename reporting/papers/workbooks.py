"""A Report as an xlsx workbook, ready to hand over: typed cells, print setup, the proof sheet.

The same report gives the same bytes. Refuses to write text that a spreadsheet would run as a formula.
"""

import re
import unicodedata
import zipfile
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from io import BytesIO
from typing import cast

from openpyxl import Workbook
from openpyxl.cell.cell import Cell as SheetCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.header_footer import HeaderFooter, HeaderFooterItem, _HeaderFooterPart
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet
from openpyxl.xml.functions import tostring

from custody.files.tables import harmless
from reporting.statements.facts import CHINA
from reporting.statements.report import (
    Cell,
    ColumnKind,
    ColumnSpec,
    Report,
    ReportRow,
    Style,
    Table,
    proof_table,
)

CREATOR = "property-trust 物业服务信托"
SHEET_NAME_MAX = 31
WIDE_COLUMNS = 8  # from here on a page lies on its side
ONE_PAGE_ROWS = 60  # up to here a table is shrunk onto one page
LINE_HEIGHT = 14  # points
DENSE_HEIGHT = 12.5  # points a line of a long table, so that many fit a page
MARGIN = 0.5  # inches
SEAL_HEIGHT = 45  # points: room for a pen and the upper half of a seal
_BLANK = "＿" * 6
WIDTH_MIN, WIDTH_MAX = 9, 48
ZIP_DATE = (1980, 1, 1, 0, 0, 0)

FORMATS = {
    ColumnKind.TEXT: "@",
    ColumnKind.MONEY: "#,##0.00;[Red]-#,##0.00",
    ColumnKind.DATE: "yyyy-mm-dd",
    ColumnKind.RATE: "0.000%",
    ColumnKind.INT: "0",
}
_FAMILY = "宋体"
_RED = "FFC00000"
_FONTS = {style: Font(name=_FAMILY, size=10) for style in Style} | {
    Style.OPENING: Font(name=_FAMILY, size=10, bold=True),
    Style.SECTION: Font(name=_FAMILY, size=10, bold=True),
    Style.TOTAL: Font(name=_FAMILY, size=10, bold=True),
    Style.PROOF: Font(name=_FAMILY, size=9, italic=True, color="FF595959"),
    Style.ALERT: Font(name=_FAMILY, size=10, bold=True, color=_RED),
}
_FILLS = {
    Style.OPENING: PatternFill("solid", fgColor="FFEAF1EC"),
    Style.SECTION: PatternFill("solid", fgColor="FFF2F2F2"),
    Style.TOTAL: PatternFill("solid", fgColor="FFDCE9E1"),
}
_HEADER_FILL = PatternFill("solid", fgColor="FF2F5D50")
_HEADER_FONT = Font(name=_FAMILY, size=10, bold=True, color="FFFFFFFF")
_LINE = Side(style="thin", color="FFBFBFBF")
_BOX = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
_RIGHT = {ColumnKind.MONEY, ColumnKind.RATE, ColumnKind.INT}
_Look = tuple[Style, ColumnKind, bool]
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f￾￿]|[\ud800-\udfff]")
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\]")


def workbook_bytes(report: Report) -> bytes:
    """The xlsx file of a report; byte for byte the same whenever and wherever it is made."""
    book = Workbook()
    for blank in book.worksheets:
        book.remove(blank)
    names: set[str] = set()
    for table in (*report.sheets, proof_table(report)):
        _write_sheet(book, report, table, names)
    made_at = report.produced_at.astimezone(CHINA).replace(tzinfo=None, microsecond=0)
    properties = book.properties
    properties.title = safe_text(f"{report.estate} {report.title}")
    properties.creator = properties.lastModifiedBy = CREATOR
    properties.created = properties.modified = made_at
    raw = BytesIO()
    book.save(raw)
    return _repacked(raw.getvalue(), book, made_at)


def printable(value: str) -> str:
    """Text without what XML and paper cannot hold: control characters and halves of characters."""
    return _UNPRINTABLE.sub("", value)


def safe_text(value: str) -> str:
    """Text as a cell may carry it: nothing a spreadsheet runs, nothing XML cannot hold."""
    return harmless(printable(value))


def sheet_name(title: str, taken: set[str]) -> str:
    """A legal, harmless sheet name that no other sheet has; remembers it in ``taken``."""
    base = _NOT_IN_NAMES.sub("·", safe_text(title)).strip("' ")[:SHEET_NAME_MAX] or "表"
    name, number = base, 1
    while name.lower() in taken:
        number += 1
        suffix = f"({number})"
        name = base[: SHEET_NAME_MAX - len(suffix)] + suffix
    taken.add(name.lower())
    return name


def _write_sheet(book: Workbook, report: Report, table: Table, names: set[str]) -> None:
    sheet = book.create_sheet(sheet_name(table.title, names))
    wide = len(table.columns)
    header_at = _write_heading(sheet, report, table, wide)
    for index, column in enumerate(table.columns, 1):
        cell = sheet.cell(header_at, index, safe_text(column.title))
        cell.font, cell.fill, cell.border = _HEADER_FONT, _HEADER_FILL, _BOX
        cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
    looks: dict[_Look, SheetCell] = {}
    for offset, row in enumerate(table.rows, 1):
        _write_row(sheet, header_at + offset, table.columns, row, looks)
    last = header_at + len(table.rows)
    for offset, note in enumerate(table.notes, 2):
        _merged(sheet, last + offset, wide, note, Font(name=_FAMILY, size=9, color="FF595959"))
    _fit_columns(sheet, table)
    _fit_notes(sheet, header_at, last + 2, len(table.notes))
    foot = last + len(table.notes) + 1
    if report.signatures:
        foot += 1
        _write_signatures(sheet, foot, wide, report.signatures)
    sheet.freeze_panes = sheet.cell(header_at + 1, 2 if table.columns[0].kind is ColumnKind.TEXT else 1)
    if len(table.rows) > 1:
        sheet.auto_filter.ref = f"A{header_at}:{get_column_letter(wide)}{last}"
    _set_up_paper(sheet, report, header_at, foot, wide)


def _write_heading(sheet: Worksheet, report: Report, table: Table, wide: int) -> int:
    """Title, subtitles, alerts and leads over the whole width; answers the header's row."""
    _merged(sheet, 1, wide, f"{report.title} — {table.title}", Font(name=_FAMILY, size=16, bold=True))
    sheet.cell(1, 1).alignment = Alignment(horizontal="center", vertical="center")
    sheet.row_dimensions[1].height = 30
    for row, text in enumerate(report.subtitles, 2):
        _merged(sheet, row, wide, text, Font(name=_FAMILY, size=9))
    alerts_at = len(report.subtitles) + 2
    for row, text in enumerate(table.alerts, alerts_at):
        _merged(sheet, row, wide, text, _FONTS[Style.ALERT])
    leads_at = alerts_at + len(table.alerts)
    for row, text in enumerate(table.leads, leads_at):
        _merged(sheet, row, wide, text, Font(name=_FAMILY, size=10))
    return leads_at + len(table.leads)


def _write_signatures(sheet: Worksheet, at: int, wide: int, signatures: Sequence[str]) -> None:
    """Who prepared and reviewed, and where the seals go, on one line under the notes."""
    text = "　".join(f"{each}{_BLANK}" for each in signatures)
    _merged(sheet, at, wide, text, Font(name=_FAMILY, size=10))
    sheet.row_dimensions[at].height = SEAL_HEIGHT


def _merged(sheet: Worksheet, row: int, wide: int, text: str, font: Font) -> None:
    cell = sheet.cell(row, 1, safe_text(text))
    cell.data_type, cell.font = "s", font
    cell.alignment = Alignment(vertical="center", wrap_text=True)
    sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=wide)


def _write_row(
    sheet: Worksheet, at: int, columns: Sequence[ColumnSpec], row: ReportRow, looks: dict[_Look, SheetCell]
) -> None:
    tall = 1
    for index, (column, value) in enumerate(zip(columns, row.cells, strict=True), 1):
        cell = cast(SheetCell, sheet.cell(at, index))
        if isinstance(value, str):
            cell.value, cell.data_type = safe_text(value), "s"
            room = (column.width or WIDTH_MAX) - 2
            wraps = text_width(value) > room
            if wraps:
                tall = max(tall, -(-text_width(value) * 11 // (10 * room)))
            look = (row.style, ColumnKind.TEXT, wraps)
        else:
            cell.value = value
            look = (row.style, column.kind, False)
        model = looks.get(look)
        if model is None:
            looks[look] = cell
            _dress(cell, *look)
        else:  # a look is composed once a sheet: composing is what takes the time
            cell._style = model._style  # type: ignore[attr-defined]
    if tall > 1:
        sheet.row_dimensions[at].height = LINE_HEIGHT * tall


def _dress(cell: SheetCell, style: Style, kind: ColumnKind, wraps: bool) -> None:  # noqa: FBT001
    """A cell's whole look: a row's style, a column's kind, and whether long text wraps."""
    cell.font, cell.border, cell.number_format = _FONTS[style], _BOX, FORMATS[kind]
    if style in _FILLS:
        cell.fill = _FILLS[style]
    if kind is ColumnKind.TEXT:
        cell.alignment = Alignment(horizontal="left", vertical="center", indent=1, wrap_text=wraps)
    else:
        cell.alignment = Alignment(horizontal="right" if kind in _RIGHT else "center", vertical="center")


def _fit_columns(sheet: Worksheet, table: Table) -> None:
    """As wide as the column says, else as its widest content; a Chinese character counts for two."""
    for index, column in enumerate(table.columns):
        shown = [_shown_width(row.cells[index], column.kind) for row in table.rows]
        fitted = min(max(max([text_width(column.title) + 2, *shown]) + 4, WIDTH_MIN), WIDTH_MAX)
        sheet.column_dimensions[get_column_letter(index + 1)].width = column.width or fitted


def _fit_notes(sheet: Worksheet, header_at: int, first: int, count: int) -> None:
    """ReportRow heights for merged notes, which no spreadsheet fits by itself."""
    room = sum(dimension.width for dimension in sheet.column_dimensions.values())
    for row in (*range(2, header_at), *range(first, first + count)):
        cell = sheet.cell(row, 1)
        if cell.coordinate in sheet.merged_cells and isinstance(cell.value, str):
            lines = int(-(-text_width(cell.value) * 11 // (10 * room)))
            sheet.row_dimensions[row].height = LINE_HEIGHT * max(lines, 1)


def _shown_width(value: Cell, kind: ColumnKind) -> int:
    if value is None:
        return 0
    if isinstance(value, str):
        return text_width(value)
    if kind is ColumnKind.MONEY:
        return len(f"{value:,.2f}")
    return 10 if kind is ColumnKind.DATE else 8


@lru_cache(maxsize=4096)
def text_width(text: str) -> int:
    """How wide text stands, in half-width characters."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WFA" else 1 for letter in text)


def _set_up_paper(sheet: Worksheet, report: Report, header_at: int, last: int, wide: int) -> None:
    """A4, the whole width on one page, headers repeated, estate and page number at the foot."""
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.orientation = "landscape" if wide >= WIDE_COLUMNS else "portrait"
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 1 if last - header_at <= ONE_PAGE_ROWS else 0
    sheet.print_title_rows = f"{header_at}:{header_at}"
    sheet.print_area = f"A1:{get_column_letter(wide)}{max(last, header_at)}"
    sheet.print_options.horizontalCentered = True
    if last - header_at > ONE_PAGE_ROWS:
        sheet.sheet_format.defaultRowHeight, sheet.sheet_format.customHeight = DENSE_HEIGHT, True
    margins = sheet.page_margins
    margins.left = margins.right = margins.top = MARGIN
    margins.bottom, margins.footer = 1.4 * MARGIN, MARGIN / 2
    sheet.sheet_view.showGridLines = False
    estate = report.estate.replace("&", "&&")
    left = _HeaderFooterPart(text=f"{estate} {report.title}")
    right = _HeaderFooterPart(text="第 &P 页 / 共 &N 页")
    sheet.HeaderFooter = HeaderFooter(oddFooter=HeaderFooterItem(left=left, right=right))


def _repacked(raw: bytes, book: Workbook, made_at: datetime) -> bytes:
    """The same parts in the same order with no clock in them: openpyxl stamps the moment of saving."""
    book.properties.modified = made_at
    core = tostring(book.properties.to_tree())
    packed = BytesIO()
    with zipfile.ZipFile(BytesIO(raw)) as source, zipfile.ZipFile(packed, "w") as target:
        for name in source.namelist():
            info = zipfile.ZipInfo(name, ZIP_DATE)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            info.create_system = 3
            content = core if name == "docProps/core.xml" else source.read(name)
            target.writestr(info, content, compresslevel=6)
    return packed.getvalue()
