"""A firm's workbook as a page shows it: its own rows and columns, faulty cells marked, the sentence below.

Refuses to show what is not asked about: of a long sheet the rows without a fault are folded away.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from custody.files.faults import Fault, Refused, shown
from custody.files.sniffing import Cell, Sheet, TabularFile
from custody.files.tables import HEADER_ROWS_MAX, Column, folded, is_example, places_of, sheet_of
from custody.files.typed_rows import columns_of, title_of
from custody.kernel.words import told
from settlement.invoices.invoice_file import INVOICES, LINES, InvoiceRow, LineRow

WHOLE_ROWS_MAX = 30  # a sheet up to here is shown whole
FAULTY_ROWS_MAX = 30  # of a longer one, no more than so many faulty rows
SUMMED_UP_MAX = 30
MONEY = (title_of(InvoiceRow, "total"), title_of(LineRow, "amount"))
Spots = Mapping[tuple[int, str], str]  # row and column → where in the page the faulty cell stands


@dataclass(frozen=True, slots=True)
class ShownCell:
    """One cell; ``spot`` where something is wrong with it."""

    text: str
    money: bool
    spot: str = ""


@dataclass(frozen=True, slots=True)
class ShownRow:
    """One row by the number a clerk sees, and what is wrong in it; or ``folded`` rows left out."""

    number: int
    cells: tuple[ShownCell, ...] = ()
    why: tuple[str, ...] = ()
    folded: int = 0


@dataclass(frozen=True, slots=True)
class ShownSheet:
    """One sheet: its headings as the firm wrote them, its rows, how many there are and how many faults."""

    name: str
    headings: tuple[ShownCell, ...]
    rows: tuple[ShownRow, ...]
    count: int
    faults: int
    left_out: int
    spots: Spots

    @property
    def width(self) -> int:
        """How many columns, the row's number aside."""
        return len(self.headings)


@dataclass(frozen=True, slots=True)
class SummedUp:
    """One line of the summary, and the cell it leads to; no ``spot`` for what belongs to no cell."""

    sentence: str
    spot: str


def shown_sheets(file: TabularFile, faults: Sequence[Fault]) -> list[ShownSheet]:
    """发票 and 明细, as far as they are there and have a header."""
    pages = []
    for at, (name, model) in enumerate(((INVOICES, InvoiceRow), (LINES, LineRow))):
        try:
            page = sheet_of(file, name)
        except Refused:
            continue
        columns = list(columns_of(model).values())
        places = places_of(file, sheet=name, columns=columns)
        header = _header_number(page, columns, places)
        if header:
            mine = [each for each in faults if folded(each.sheet) == folded(name)]
            pages.append(_sheet(page, at, header, columns, places, mine))
    return pages


def summed_up(sheets: Sequence[ShownSheet], faults: Sequence[Fault]) -> tuple[list[SummedUp], int]:
    """A line a fault with the cell it leads to, and how many more there are than are told."""
    spots = {(folded(sheet.name), *where): spot for sheet in sheets for where, spot in sheet.spots.items()}
    lines = []
    for each in faults[:SUMMED_UP_MAX]:
        where = (folded(each.sheet), each.row or 0, folded(each.column))
        lines.append(SummedUp(_where(each), spots.get(where, "")))
    return lines, len(faults) - len(lines)


def _where(fault: Fault) -> str:
    """发票 第4行 价税合计「18,333.333」：what was expected."""
    row = told(_("第%(row)s行"), row=fault.row) if fault.row else ""
    value = told(_("「%(value)s」"), value=shown(fault.value)) if fault.value else ""
    place = " ".join(part for part in (fault.sheet, row, f"{fault.column}{value}") if part)
    return told(_("%(place)s：%(expected)s"), place=place, expected=fault.expected)


def _sheet(
    page: Sheet,
    at: int,
    header: int,
    columns: Sequence[Column],
    places: dict[str, int],
    faults: Sequence[Fault],
) -> ShownSheet:
    money = {places[name] for name in MONEY if name in places}
    named = page.rows[header - 1]
    where = {folded(cell): place for place, cell in enumerate(named, 1)} | {
        folded(name): place for name, place in places.items()
    }
    by_row: dict[int, list[tuple[int, Fault]]] = defaultdict(list)
    for each in faults:
        by_row[each.row or 0].append((where.get(folded(each.column), 0), each))
    spots: Spots = {
        (row, folded(each.column)): f"f{at}-{row}-{place}"
        for row, wrong in by_row.items()
        for place, each in wrong
        if place
    }
    width = max(len(named), *places.values())
    body = _body(page, header)

    def cells_of(number: int, cells: Sequence[Cell]) -> tuple[ShownCell, ...]:
        wrong = {place: spots[number, folded(each.column)] for place, each in by_row[number] if place}
        padded = [*cells, *[None] * width][:width]
        return tuple(
            ShownCell(_text(cell), place in money, wrong.get(place, ""))
            for place, cell in enumerate(padded, 1)
        )

    kept, left_out = _kept(list(body), {number for number in by_row if number in body})
    rows = tuple(
        ShownRow(number, cells_of(number, body[number]), tuple(_why(by_row[number]))) if number else gap
        for number, gap in kept
    )
    there = {header, *(row.number for row in rows if row.cells)}
    seen = {place: spot for place, spot in spots.items() if place[0] in there}
    return ShownSheet(page.name, cells_of(header, named), rows, len(body), len(faults), left_out, seen)


def _body(page: Sheet, header: int) -> dict[int, tuple[Cell, ...]]:
    """The rows below the header by the number a clerk sees, without empty ones and a template's example."""
    return {
        number: cells
        for number, cells in enumerate(page.rows[header:], header + 1)
        if any(cell is not None for cell in cells) and not is_example(cells)
    }


def _kept(numbers: list[int], faulty: set[int]) -> tuple[list[tuple[int, ShownRow]], int]:
    """The rows to show, a gap (0, …) for those folded away, and how many faulty rows are left out."""
    if len(numbers) <= WHOLE_ROWS_MAX:
        return [(number, ShownRow(number)) for number in numbers], 0
    marked = set(sorted(faulty)[:FAULTY_ROWS_MAX])
    found: list[tuple[int, ShownRow]] = []
    gap: list[int] = []
    for number in numbers:
        if number not in marked:
            gap.append(number)
            continue
        if gap:
            found.append((0, ShownRow(gap[0], folded=len(gap))))
            gap = []
        found.append((number, ShownRow(number)))
    if gap:
        found.append((0, ShownRow(gap[0], folded=len(gap))))
    return found, len(faulty) - len(marked)


def _why(wrong: Sequence[tuple[int, Fault]]) -> Iterator[str]:
    """The sentences of a row, in the order of its cells, each once."""
    said: set[str] = set()
    for _place, each in sorted(wrong, key=lambda pair: pair[0]):
        sentence = f"{each.column}：{each.expected}" if each.column else each.expected
        if sentence not in said:
            said.add(sentence)
            yield sentence


def _header_number(page: Sheet, columns: Sequence[Column], places: dict[str, int]) -> int:
    """The row that names the columns, 1-based; 0 when there is none."""
    there = [each for each in columns if each.name in places]
    for number, cells in enumerate(page.rows[:HEADER_ROWS_MAX], 1):
        if there and all(
            places[each.name] <= len(cells) and each.answers_to(folded(cells[places[each.name] - 1]))
            for each in there
        ):
            return number
    return 0


def _text(cell: Cell) -> str:
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d}" if not (cell.hour or cell.minute) else f"{cell:%Y-%m-%d %H:%M}"
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    return shown(cell)
