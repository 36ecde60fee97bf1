"""The return sheet (退回单): the firm's own workbook back, with what is wrong noted in the very cells.

Reads the bytes that were handed in and answers new bytes; once corrected, they can be handed in as they are.
Refuses nothing: the file has been read already.
"""

import io
from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal

import openpyxl
from django.utils.translation import gettext as _
from openpyxl.cell import Cell as WorkbookCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from custody.files.faults import Fault
from custody.files.intake import Handed
from custody.files.outcomes import Outcome
from custody.files.sniffing import TabularFile
from custody.files.tables import folded, harmless, places_of
from custody.files.typed_rows import columns_of
from custody.kernel.words import told
from settlement.invoices.importing import COMES_BACK
from settlement.invoices.invoice_file import INVOICES, LINES, InvoiceRow, LineRow

SHEET = "退回说明"
_AUTHOR = "受托人"
_HEADINGS = ("发票号码", "结果", "工作表", "单元格", "列", "原值", "问题与改法")
_WIDTHS = (24, 10, 10, 10, 14, 30, 80)
_COMMENT_SIZE = 360, 120  # width and height in points
_GREY = PatternFill("solid", fgColor="DDDDDD")


def return_sheet(handed: Handed, outcome: Outcome) -> bytes:
    """The workbook of ``handed`` with a comment in every faulty cell and a sheet that lists them all.

    An xls, csv or html table comes back as xlsx with the same rows.
    """
    file = handed.table()
    book = openpyxl.load_workbook(io.BytesIO(handed.content)) if file.kind == "xlsx" else _rewritten(file)
    pages = {folded(page.title): page for page in book.worksheets}
    places = {
        folded(INVOICES): places_of(file, sheet=INVOICES, columns=list(columns_of(InvoiceRow).values())),
        folded(LINES): places_of(file, sheet=LINES, columns=list(columns_of(LineRow).values())),
    }
    _without_earlier_notes(book)
    by_cell: dict[tuple[str, str], list[str]] = defaultdict(list)
    for fault in outcome.faults:
        cell = _cell_of(fault, places)
        if cell:
            by_cell[folded(fault.sheet), cell].append(fault.expected)
    for (sheet, cell), sentences in by_cell.items():
        _note_cell(pages.get(sheet, book.worksheets[0]), cell).comment = _comment("\n".join(sentences))
    _write_list(book, outcome, places)
    return _saved(book)


def _cell_of(fault: Fault, places: Mapping[str, Mapping[str, int]]) -> str:
    """Where a fault stands, as B7; empty when it belongs to no cell."""
    place = places.get(folded(fault.sheet), {}).get(fault.column)
    if fault.row is None or place is None:
        return ""
    return f"{get_column_letter(place)}{fault.row}"


def _note_cell(page: Worksheet, place: str) -> WorkbookCell:
    """The cell itself, or where a merged range that covers it begins: only there can a comment stand."""
    for merged in page.merged_cells.ranges:
        if place in merged:
            place = merged.start_cell.coordinate
    cell: WorkbookCell = page[place]
    return cell


def _without_earlier_notes(book: Workbook) -> None:
    """Takes out what an earlier return left in the same workbook."""
    for page in book.worksheets:
        for row in page.iter_rows():
            for cell in row:
                if isinstance(cell, WorkbookCell) and cell.comment and cell.comment.author == _AUTHOR:
                    cell.comment = None
    if SHEET in book.sheetnames:
        del book[SHEET]


def _write_list(book: Workbook, outcome: Outcome, places: Mapping[str, Mapping[str, int]]) -> None:
    """Every invoice that comes back with every reason, each linked to its cell; then lines of no invoice."""
    page = book.create_sheet(SHEET)
    page.append(_HEADINGS)
    left = list(outcome.faults)
    for verdict in outcome.verdicts:
        mine, left = left[: len(verdict.reasons)], left[len(verdict.reasons) :]
        if verdict.code in COMES_BACK:
            for fault in mine:
                _append(page, fault, _cell_of(fault, places), verdict.item, str(verdict.code.label))
    for fault in left:
        _append(page, fault, _cell_of(fault, places), "", _("无主明细"))
    good = sum(verdict.code not in COMES_BACK for verdict in outcome.verdicts)
    page.append([])
    page.append([told(_("其余 %(count)s 张发票已受理，改正后请把本工作簿原样重新提交"), count=good)])
    _lay_out(page)


def _append(page: Worksheet, fault: Fault, cell: str, number: str, verdict: str) -> None:
    words = (number, verdict, fault.sheet, cell, fault.column, fault.value, fault.expected)
    page.append([harmless(word) for word in words])
    if cell:
        link = page.cell(page.max_row, 4)
        sheet = fault.sheet.replace("'", "''")
        link.hyperlink = f"#'{sheet}'!{cell}"
        link.style = "Hyperlink"


def _lay_out(page: Worksheet) -> None:
    for at, width in enumerate(_WIDTHS, 1):
        page.column_dimensions[get_column_letter(at)].width = width
        page.cell(1, at).font = Font(bold=True)
        page.cell(1, at).fill = _GREY
    for row in page.iter_rows(min_row=2):
        for cell in row:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    page.freeze_panes = "A2"


def _comment(text: str) -> Comment:
    width, height = _COMMENT_SIZE
    return Comment(text, _AUTHOR, width=width, height=height)


def _rewritten(file: TabularFile) -> Workbook:
    """The same rows as an xlsx; text stays text, so long numbers keep their digits."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for sheet in file.sheets:
        page = book.create_sheet(sheet.name or INVOICES)
        for number, cells in enumerate(sheet.rows, 1):
            for place, value in enumerate(cells, 1):
                cell = page.cell(number, place, value)
                if isinstance(value, str):
                    cell.data_type, cell.number_format = "s", "@"
                elif isinstance(value, Decimal):
                    cell.number_format = "0.00"
    return book


def _saved(book: Workbook) -> bytes:
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()
