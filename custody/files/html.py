"""The table in a web page, which banks serve under an .xls name: read row by row, spans filled with blanks.

Refuses pages without a table, cut short, with formula cells, or larger than the house takes in.
"""

import re
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from lxml import etree

from custody.files.faults import Fault, Refused, refuse
from custody.files.limits import COLUMNS_MAX, Extent, too_large
from custody.files.markup import BrokenMarkup, TooMuchMarkup, html_elements, release
from custody.files.text import Grid

ELEMENTS_MAX = 2_500_000
CELL_ELEMENTS_MAX = 1_000  # what one cell may hold
SPAN_MAX = 1_000  # rows or columns one cell may cover

_OPENS = re.compile(r"<\s*table\b", re.IGNORECASE)
_CLOSES = re.compile(r"<\s*/\s*table\b", re.IGNORECASE)
_ENTITY = re.compile(r"<!ENTITY", re.IGNORECASE)
_PROLOGUE = re.compile(r"^\s*<\?xml[^>]{0,200}\?>")
_content = etree.XPath("string()")


def html_rows(name: str, text: str) -> Grid:
    """Every innermost table's rows in reading order, spans filled with blanks. Raises Refused."""
    if _ENTITY.search(text):
        raise refuse(name, _("网页内含实体声明，不予读取"))
    opened, closed = (sum(1 for found in mark.finditer(text)) for mark in (_OPENS, _CLOSES))
    if not opened:
        raise refuse(name, _("网页里没有表格（可能是登录页或出错页），请重新下载"))
    if opened > closed:
        raise refuse(name, _("网页表格没有结尾，文件可能被截断，请重新下载"))
    prologue = _PROLOGUE.match(text)
    content = text[prologue.end() if prologue else 0 :].encode("utf-8", "replace")
    page = _Page(name)
    try:
        for event, element in html_elements(content, elements_max=ELEMENTS_MAX):
            page.begin(element) if event == "start" else page.end(element)
    except TooMuchMarkup as much:
        raise refuse(name, _("网页的标记过多，不像银行导出的表格；请导出 xlsx、xls 或 csv")) from much
    except (BrokenMarkup, ValueError) as broken:
        raise refuse(name, _("网页无法解析，请重新下载")) from broken
    if not page.rows:
        raise refuse(name, _("网页里的表格是空的"))
    return tuple(page.rows)


@dataclass(slots=True)
class _Table:
    """A table whose end has not come; ``covered`` is column → rows still covered by a cell above."""

    rows: list[tuple[str | None, ...]] = field(default_factory=list)
    cells: list[str | None] = field(default_factory=list)
    covered: dict[int, int] = field(default_factory=dict)
    outer: bool = False


@dataclass(slots=True)
class _Page:
    """What has been read of the page; elements are let go as soon as they have ended."""

    name: str
    rows: list[tuple[str | None, ...]] = field(default_factory=list)
    extent: Extent = field(init=False)
    _open: list[_Table] = field(default_factory=list)
    _cells_open: int = 0
    _inside: int = 0

    def __post_init__(self) -> None:
        self.extent = Extent(self.name)

    def begin(self, element: etree._Element) -> None:
        """A table within a table makes the outer one mere layout; a cell's own content is counted."""
        tag = element.tag
        if tag == "table":
            for table in self._open:
                table.outer = True
            self._open.append(_Table())
        elif tag in ("td", "th"):
            self._cells_open += 1
            self._inside = 0
        elif self._cells_open:
            self._inside += 1
            if self._inside > CELL_ELEMENTS_MAX:
                raise TooMuchMarkup(self._inside)

    def end(self, element: etree._Element) -> None:
        """Take what has ended into the row or the page."""
        tag = element.tag
        if tag in ("td", "th"):
            self._cells_open -= 1
            parent = element.getparent()
            if self._open and parent is not None and parent.tag == "tr":
                self._cell(self._open[-1], element)
            release(element)
        elif tag == "tr":
            if self._open:
                self._row(self._open[-1])
            release(element)
        elif tag == "table":
            if self._open:
                table = self._open.pop()
                self.rows.extend(table.rows if not table.outer else [])
            release(element)
        elif not self._cells_open:
            release(element)

    def _cell(self, table: _Table, cell: etree._Element) -> None:
        text = str(_content(cell)) if len(cell) else cell.text or ""
        words = text.replace("\xa0", " ").strip()
        if cell.attrib and any(str(key).lower().endswith("fmla") for key in cell.attrib):
            expected = _("单元格是公式；请粘贴为数值后再导入")
            raise Refused([Fault(self.name, "", len(table.rows) + 1, "", words, expected)])
        _skip_covered(table)
        down, across = _span(cell.get("rowspan")), _span(cell.get("colspan"))
        if len(table.cells) + across > COLUMNS_MAX:
            raise too_large(self.name, rows=len(table.rows) + 1, columns=len(table.cells) + across)
        self.extent.characters += len(words)
        for place, value in enumerate([words or None, *[None] * (across - 1)], start=len(table.cells)):
            if down > 1:
                table.covered[place] = down - 1
            table.cells.append(value)

    def _row(self, table: _Table) -> None:
        _skip_covered(table)
        cells = tuple(table.cells)
        table.cells.clear()
        table.rows.append(cells)
        self.extent.take_row(cells)


def _skip_covered(table: _Table) -> None:
    while table.covered.get(len(table.cells), 0):
        table.covered[len(table.cells)] -= 1
        table.cells.append(None)


def _span(value: str | None) -> int:
    digits = (value or "").strip()
    if not (digits.isascii() and digits.isdigit() and len(digits) < 6):
        return 1
    return min(max(int(digits), 1), SPAN_MAX)
