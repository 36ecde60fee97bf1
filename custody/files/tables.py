"""One table read by named columns: every cell parsed exactly, every fault collected.

Refuses missing, unknown and repeated columns, and any cell its column's parser does not understand.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from custody.files import spellings
from custody.files.choices import NumberOf, OneOf
from custody.files.faults import Fault, Refused, refuse, shown
from custody.files.sniffing import Cell, Sheet, TabularFile
from custody.kernel.words import told

HEADER_ROWS_MAX = 30
DIGITS_EXACT_MAX = 15  # a workbook's number holds no more digits than this
FEN = Decimal("0.01")
EXAMPLE = "示例"  # opens the example row of a template

_DAY = re.compile(
    r"(?P<year>\d{4})(?:(?P<mark>[-/.])(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})"
    r"|\s*年\s*(?P<month_cn>\d{1,2})\s*月\s*(?P<day_cn>\d{1,2})\s*[日号]|(?P<compact>\d{4}))",
    re.ASCII,
)
_TIME = re.compile(r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.\d{1,6})?)?", re.ASCII)
_COMPACT_TIME = re.compile(r"(\d{2})(\d{2})(\d{2})", re.ASCII)
_LIVE = frozenset("=+-@|\t\r\n")
_PLAIN_NEGATIVE = re.compile(r"-\d[\d,]*(?:\.\d+)?%?", re.ASCII)

Parse = Callable[[Cell], object]


@dataclass(frozen=True, slots=True)
class Column:
    """A column by name: ``parse`` reads a filled cell or raises ValueError saying what was expected."""

    name: str
    parse: Parse
    aliases: tuple[str, ...] = ()
    required: bool = True
    blank_ok: bool = False

    def answers_to(self, header: str) -> bool:
        """Whether a normalised header cell names this column."""
        return header in (folded(self.name), *map(folded, self.aliases))


@dataclass(frozen=True, slots=True)
class TableRow:
    """One parsed row; ``number`` is the 1-based row a clerk sees; a blank cell is None."""

    number: int
    values: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:
        """The value of the column called ``name``."""
        return self.values[name]


def read_table(
    file: TabularFile, *, sheet: str | None, columns: Sequence[Column], unknown_ok: bool = False
) -> list[TableRow]:
    """The rows under the header that names ``columns``; raises Refused with all faults at once."""
    rows, faults = readable_rows(file, sheet=sheet, columns=columns, unknown_ok=unknown_ok)
    if faults:
        raise Refused(faults)
    return rows


def readable_rows(
    file: TabularFile, *, sheet: str | None, columns: Sequence[Column], unknown_ok: bool = False
) -> tuple[list[TableRow], list[Fault]]:
    """The rows that could be read, and every fault of form in the others.

    For callers that judge content too and want to tell both at once; no rows when a column is missing.
    Raises Refused only for a missing sheet.
    """
    rows, faults = every_row(file, sheet=sheet, columns=columns, unknown_ok=unknown_ok)
    broken = {fault.row for fault in faults}
    return [row for row in rows if row.number not in broken], faults


def every_row(
    file: TabularFile, *, sheet: str | None, columns: Sequence[Column], unknown_ok: bool = False
) -> tuple[list[TableRow], list[Fault]]:
    """Every row, an unreadable cell as None, and every fault of form; a template's example is skipped.

    No rows, but the faults of all their cells, when a column is missing. Raises Refused for a missing sheet.
    """
    page = sheet_of(file, sheet)
    at = _header_at(page, columns)
    header = [folded(cell) for cell in page.rows[at]] if at is not None else []
    places, faults = _places(file, page, at, header, columns, unknown_ok=unknown_ok)
    rows: list[TableRow] = []
    whole = not faults
    for number, cells in enumerate(page.rows[(at or 0) + 1 :], start=(at or 0) + 2):
        if at is None or all(cell is None for cell in cells) or is_example(cells):
            continue
        values: dict[str, Any] = {column.name: None for column in columns}
        for column, place in places:
            cell = cells[place] if place < len(cells) else None
            values[column.name] = _value(file, page, number, column, cell, faults)
        for cell in cells[len(header) :]:
            if cell is not None:
                headless = _("该列没有表头，无法识别")
                faults.append(Fault(file.name, page.name, number, "", shown(cell), headless))
        if whole:
            rows.append(TableRow(number, values))
    return rows, faults


def is_example(cells: Sequence[Cell]) -> bool:
    """Whether a row only shows how a template is filled in: its first word is 示例."""
    first = next((cell for cell in cells if cell is not None), None)
    return isinstance(first, str) and folded(first).startswith(EXAMPLE)


def places_of(file: TabularFile, *, sheet: str, columns: Sequence[Column]) -> dict[str, int]:
    """Where each column stands, 1-based, by its name; a column that is not there is left out."""
    page = sheet_of(file, sheet)
    at = _header_at(page, columns)
    header = [folded(cell) for cell in page.rows[at]] if at is not None else []
    found, _faults = _places(file, page, at, header, columns, unknown_ok=True)
    return {column.name: place + 1 for column, place in found}


def read_pairs(file: TabularFile, *, sheet: str, items: Sequence[Column]) -> dict[str, Any]:
    """A two-column 项目/内容 sheet as values by item name; missing, unknown and repeated items are faults."""
    page = sheet_of(file, sheet)
    faults: list[Fault] = []
    values: dict[str, Any] = {}
    for number, cells in enumerate(page.rows, start=1):
        if all(cell is None for cell in cells):
            continue
        label = folded(cells[0])
        if label in ("项目", "条目", "名目"):
            continue
        item = next((item for item in items if item.answers_to(label)), None)
        content = cells[1] if len(cells) > 1 else None
        if item is None:
            expected = _("不认识的项目，请核对模板")
            faults.append(Fault(file.name, page.name, number, "项目", shown(cells[0]), expected))
        elif item.name in values:
            expected = _("项目重复，只能出现一次")
            faults.append(Fault(file.name, page.name, number, item.name, shown(content), expected))
        else:
            values[item.name] = _value(file, page, number, item, content, faults)
    for item in items:
        if item.name not in values:
            values[item.name] = None
            if item.required:
                faults.append(Fault(file.name, page.name, None, item.name, "", _("缺少该项目")))
    if faults:
        raise Refused(faults)
    return values


def sheet_of(file: TabularFile, name: str | None) -> Sheet:
    """The named sheet, or the first when no name is asked for; raises Refused listing what there is."""
    if name is None or file.kind in ("csv", "html"):
        return file.sheets[0]
    for page in file.sheets:
        if folded(page.name) == folded(name):
            return page
    there = [page.name for page in file.sheets]
    raise refuse(file.name, _("缺少工作表「%(missing)s」；文件中有：%(there)s"), missing=name, there=there)


def _header_at(page: Sheet, columns: Sequence[Column]) -> int | None:
    """The first row naming every required column, else the row naming most (two at least), else none."""
    best, most = None, 1 if len(columns) > 1 else 0
    required = [column for column in columns if column.required]
    for at, cells in enumerate(page.rows[:HEADER_ROWS_MAX]):
        header = {folded(cell) for cell in cells}
        if all(any(column.answers_to(name) for name in header) for column in required):
            return at
        found = sum(any(column.answers_to(name) for name in header) for column in columns)
        if found > most:
            best, most = at, found
    return best


def _places(
    file: TabularFile,
    page: Sheet,
    at: int | None,
    header: list[str],
    columns: Sequence[Column],
    *,
    unknown_ok: bool,
) -> tuple[list[tuple[Column, int]], list[Fault]]:
    faults: list[Fault] = []
    number = None if at is None else at + 1
    found: list[tuple[Column, int]] = []
    for place, name in enumerate(header):
        column = next((column for column in columns if column.answers_to(name)), None)
        if column is not None and any(known is column for known, _ in found):
            faults.append(Fault(file.name, page.name, number, name, "", _("列名重复，无法确定用哪一列")))
        elif column is not None:
            found.append((column, place))
        elif name and not unknown_ok:
            faults.append(Fault(file.name, page.name, number, name, "", _("不认识的列，请核对模板")))
    for column in columns:
        if column.required and not any(known is column for known, _ in found):
            faults.append(Fault(file.name, page.name, number, column.name, "", _("缺少该列")))
    return found, faults


def _value(
    file: TabularFile, page: Sheet, number: int, column: Column, cell: Cell, faults: list[Fault]
) -> object | None:
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        if not column.blank_ok:
            faults.append(Fault(file.name, page.name, number, column.name, "", _("必填，不能为空")))
        return None
    try:
        return column.parse(cell)
    except ValueError as broken:
        faults.append(Fault(file.name, page.name, number, column.name, shown(cell), str(broken)))
        return None


def folded(cell: object) -> str:
    """A header or label for comparing: half-width, no spaces, lower case."""
    return spellings.folded_word(str(cell)) if cell is not None else ""


# ---- parsers: a filled cell in, a value out, ValueError saying what was expected ----


def half_width(cell: Cell) -> str:
    """A cell's text with full-width forms folded to half-width and the edges trimmed."""
    return spellings.narrow(str(cell))


def text(cell: Cell) -> str:
    """Text as typed, edges trimmed; a number of over 15 digits has lost some and is refused."""
    if isinstance(cell, int | Decimal):
        if cell == int(cell) and len(str(abs(int(cell)))) > DIGITS_EXACT_MAX:
            raise ValueError(_("长号码按数字保存，末尾数字已丢失；请把该列设为文本格式后重新录入"))
        return str(int(cell)) if cell == int(cell) else str(cell)
    if isinstance(cell, datetime | date):
        return cell.isoformat(sep=" ") if isinstance(cell, datetime) else cell.isoformat()
    return str(cell).strip()


def text_max(length: int) -> Parse:
    """Text of at most ``length`` characters, as typed: names and descriptions."""

    def parse(cell: Cell) -> str:
        return _short(text(cell), length)

    return parse


def code_max(length: int) -> Parse:
    """A code or number of at most ``length`` characters, its width folded: ＧＤ２０２５ is GD2025."""

    def parse(cell: Cell) -> str:
        return _short(half_width(text(cell)), length)

    return parse


def _short(value: str, length: int) -> str:
    if len(value) > length:
        raise ValueError(told(_("最多 %(most)s 个字，实际 %(found)s 个"), most=length, found=len(value)))
    return value


def money(cell: Cell) -> Decimal:
    """Yuan, exact to the fen: 1,234.50, ￥2.10, 2.10元, 1.5万元; not 1,23.4, 6万5, 1e5 or three decimals."""
    amount = Decimal(cell) if isinstance(cell, int | Decimal) else None
    if isinstance(cell, str):
        amount = spellings.amount_in(cell)
    if amount is None or abs(amount) >= 10**DIGITS_EXACT_MAX or amount != amount.quantize(FEN):
        raise ValueError(_("金额应为不超过两位小数的数字，如 1,234.50、2.10元、1.5万元"))
    return amount.quantize(FEN)


def positive_money(cell: Cell) -> Decimal:
    """Yuan above zero."""
    amount = money(cell)
    if amount <= 0:
        raise ValueError(_("金额应大于零"))
    return amount


def whole(cell: Cell) -> int:
    """A whole number."""
    return counted()(cell)


def counted(*units: str) -> NumberOf:
    """A whole number that may carry one of ``units``: 1, 1栋, 第1栋, 一栋."""
    return NumberOf(units)


def quantity(cell: Cell, *units: str) -> Decimal:
    """A plain figure that may carry one of ``units``: 95.05 or 95.05㎡."""
    amount = Decimal(cell) if isinstance(cell, int | Decimal) else None
    if isinstance(cell, str):
        amount = spellings.quantity_in(cell, units)
    if amount is None:
        raise ValueError(told(_("应为数字，如 95.05%(unit)s"), unit=units[0] if units else ""))
    return amount


def rate(cell: Cell) -> Decimal:
    """A rate from 0 to 1 as a fraction: 0.12, 12%, 3‰ or 千分之三."""
    value = None if isinstance(cell, date) else spellings.fraction_in(str(cell))
    if value is None or value > 1:
        raise ValueError(_("应为 0 到 1 之间的比率，如 0.12、12％ 或千分之三"))
    return value


def day(cell: Cell) -> date:
    """A calendar date: a date cell, 2025-07-01, 2025/7/1, 20250701, 2025年7月1日; a time after it drops."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    words = half_width(cell)
    matched = _DAY.match(words)
    rest = words[matched.end() :].strip() if matched else ""
    if matched is None or (rest and not _TIME.fullmatch(rest)):
        raise ValueError(_("应为日期，如 2025-07-01 或 20250701"))
    return _calendar_day(matched)


def moment(cell: Cell) -> datetime:
    """A local date and time: 2025-07-01 09:12:13, 20250701091213 or a date cell (then midnight). Naive."""
    if isinstance(cell, datetime):
        return cell
    if isinstance(cell, date):
        return datetime.combine(cell, time())
    words = half_width(cell)
    matched = _DAY.match(words)
    if matched is None:
        raise ValueError(_("应为日期和时间，如 2025-07-01 09:12:13"))
    return datetime.combine(_calendar_day(matched), clock(words[matched.end() :].lstrip("T ") or "00:00"))


def clock(cell: Cell) -> time:
    """A time of day: 09:12:13, 9:12 or 091213. Naive."""
    words = half_width(cell)
    if isinstance(cell, int) and 0 <= cell <= 235959:
        words = words.zfill(6)  # a number cell drops leading zeros
    matched = _TIME.fullmatch(words) or _COMPACT_TIME.fullmatch(words)
    if matched is None:
        raise ValueError(_("应为时间，如 09:12:13 或 091213"))
    hour, minute, second = (int(part or 0) for part in matched.groups())
    try:
        return time(hour, minute, second)
    except ValueError as broken:
        raise ValueError(_("时间不存在，应在 00:00:00 到 23:59:59 之间")) from broken


def one_of(choices: Collection[str] | Mapping[str, object]) -> OneOf:
    """One of the given words; a mapping gives the value each spelling stands for."""
    return OneOf(choices if isinstance(choices, Mapping) else {word: word for word in choices})


def _calendar_day(matched: re.Match[str]) -> date:
    parts = matched.groupdict()
    month = parts["month"] or parts["month_cn"] or parts["compact"][:2]
    number = parts["day"] or parts["day_cn"] or parts["compact"][2:]
    try:
        return date(int(parts["year"]), int(month), int(number))
    except ValueError as broken:
        raise ValueError(_("日期不存在，请核对年月日")) from broken


def harmless(value: str) -> str:
    """Text no spreadsheet will run: a formula gets a leading apostrophe; plain negatives stay."""
    first = next(_significant(value), "")
    if first in _LIVE and not _PLAIN_NEGATIVE.fullmatch(value):
        return f"'{value}"
    return value


def _significant(value: str) -> Iterator[str]:
    """The characters a spreadsheet would look at first: invisible ones and spaces skipped, width folded."""
    for letter in value:
        if letter in "\t\r\n":
            yield letter
        elif not letter.isspace() and unicodedata.category(letter) != "Cf":
            yield from unicodedata.normalize("NFKC", letter)[:1]
