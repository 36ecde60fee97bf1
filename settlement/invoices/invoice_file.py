"""A file of invoices (发票, 明细) as its sender wrote it: each invoice with its lines and its own faults.

Refuses the whole file only for what concerns all of it: a missing sheet, a missing, unknown or repeated
column. A fault of one invoice leaves every other one alone.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from custody.files.faults import Fault, Refused
from custody.files.sniffing import Cell, TabularFile
from custody.files.tables import TableRow, code_max, day, every_row, one_of, positive_money, text_max, whole
from custody.files.typed_rows import FileRow, column, columns_of, title_of
from custody.kernel.words import told
from settlement.invoices.submission import StatedInvoice, StatedLine
from settlement.models import Basis

INVOICES, LINES = "发票", "明细"
LINE_NO_MAX = 999
INVOICES_AT_ONCE_MAX = 300
LINES_UNREAD = "lines"
_NUMBER = ("数电票号码", "数电发票号码", "发票号", "票号")
_BASES = {
    "工单": Basis.WORK_ORDER, "按工单": Basis.WORK_ORDER, "work_order": Basis.WORK_ORDER,
    "基础酬金": Basis.BASE_REMUNERATION, "基本酬金": Basis.BASE_REMUNERATION,
    "base_remuneration": Basis.BASE_REMUNERATION,
    "绩效酬金": Basis.PERFORMANCE_REMUNERATION, "绩效": Basis.PERFORMANCE_REMUNERATION,
    "performance_remuneration": Basis.PERFORMANCE_REMUNERATION,
}  # fmt: skip


def _budget_code(cell: Cell) -> str:
    return str(code_max(20)(cell)).upper()


class InvoiceRow(FileRow):
    """One row of 发票; ``total`` in yuan, tax included. Whether the number is one is judged later."""

    number: str = column("发票号码", *_NUMBER, parse=code_max(40))
    issued_on: date = column("开票日期", "开具日期", "发票日期", "日期", parse=day)
    total: Decimal = column(
        "价税合计", "价税合计金额", "含税金额", "发票金额", "合计金额", "总金额", parse=positive_money
    )
    seller: str = column("销售方", "销售方名称", "销方名称", "销方", "开票方", "销货方", parse=text_max(200))
    buyer: str = column("购买方", "购买方名称", "购方名称", "购方", "受票方", "购货方", parse=text_max(200))


class LineRow(FileRow):
    """One row of 明细; ``cited`` is a work order's number or a remuneration period, ``amount`` in yuan."""

    number: str = column("发票号码", *_NUMBER, parse=code_max(40))
    line_no: int = column("行号", "序号", "明细行号", "行次", parse=whole)
    budget_code: str = column("科目编码", "预算科目", "预算科目编码", "科目代码", "科目", parse=_budget_code)
    basis: Basis = column("类型", "依据类型", "付款依据类型", parse=one_of(_BASES))
    cited: str = column("依据", "付款依据", "依据编号", "工单号或期间", "工单号", parse=code_max(40))
    amount: Decimal = column("金额", "行金额", "含税金额", "价税金额", parse=positive_money)


@dataclass(slots=True)
class ReadInvoice:
    """One invoice of the file: what it states, a stand-in for each field in ``unread``, and its faults.

    ``lines`` in ``unread`` says that not every line of it could be read. ``rows`` is the row of each line.
    """

    row: int
    stated: StatedInvoice
    unread: set[str]
    rows: dict[int, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    @property
    def adds_up(self) -> bool:
        """Whether the lines that could be read make up the total."""
        return sum((line.amount for line in self.stated.lines), Decimal(0)) == self.stated.total


@dataclass(frozen=True, slots=True)
class InvoiceFile:
    """Every invoice in file order; ``stray`` are the faults of lines that belong to none of them."""

    file: TabularFile
    invoices: tuple[ReadInvoice, ...]
    stray: tuple[Fault, ...]


def read_invoices(file: TabularFile, *, today: date, through: date | None) -> InvoiceFile:
    """The file's invoices, without those issued after ``through``. Errors: Refused, the file as a whole."""
    heads, head_faults, refused = _sheet(file, INVOICES, InvoiceRow)
    details, line_faults, refused_too = _sheet(file, LINES, LineRow)
    if refused + refused_too:
        raise Refused(refused + refused_too)
    all_named = all(head["发票号码"] is not None for head in heads)
    by_number: dict[str | None, list[TableRow]] = defaultdict(list)
    for head in heads:
        by_number[head["发票号码"]].append(head)
    lines_of: dict[str | None, list[TableRow]] = defaultdict(list)
    for row in details:
        lines_of[row["发票号码"]].append(row)
    stray = [
        fault
        for number, rows in lines_of.items()
        if number not in by_number or number is None
        for row in rows
        for fault in _stray_faults(file, row, line_faults[row.number], told_orphan=all_named)
    ]
    invoices = []
    for head in heads:
        if through is not None and head["开票日期"] is not None and head["开票日期"] > through:
            continue
        number = head["发票号码"]
        same = by_number[number] if number is not None else [head]
        mine = lines_of[number] if number is not None and head is same[0] else []
        read = _invoice(file, head, mine, line_faults, today=today)
        read.faults = [*head_faults[head.number], *_head_faults(file, head, same, today), *read.faults]
        if len(same) > 1 or number is None:
            read.unread.add(LINES_UNREAD)
        invoices.append(read)
    if any(lines_of[number] for number in lines_of if number is None or number not in by_number):
        for read in invoices:
            _may_own_a_stray_line(file, read)
    return InvoiceFile(file, tuple(invoices), tuple(stray))


def _sheet(
    file: TabularFile, sheet: str, model: type[FileRow]
) -> tuple[list[TableRow], dict[int, list[Fault]], list[Fault]]:
    """Every row, the faults of each, and the faults that concern the sheet as a whole."""
    try:
        rows, faults = every_row(file, sheet=sheet, columns=list(columns_of(model).values()))
    except Refused as refusal:
        return [], {}, list(refusal.faults)
    if faults and not rows:
        return [], {}, faults
    by_row: dict[int, list[Fault]] = defaultdict(list)
    for fault in faults:
        by_row[fault.row or 0].append(fault)
    return rows, by_row, []


def _invoice(
    file: TabularFile,
    head: TableRow,
    details: Sequence[TableRow],
    line_faults: dict[int, list[Fault]],
    *,
    today: date,
) -> ReadInvoice:
    """One invoice with the lines under its number, and the faults of those lines."""
    lines: dict[int, StatedLine] = {}
    rows: dict[int, int] = {}
    faults: list[Fault] = []
    for row in details:
        wrong = [*line_faults[row.number], *_line_faults(file, row, rows)]
        faults += wrong
        if not wrong:
            number = row["行号"]
            lines[number] = StatedLine(number, row["科目编码"], row["类型"], row["依据"], row["金额"])
        if row["行号"] is not None:
            rows.setdefault(row["行号"], row.number)
    fields = {name: head[each.name] for name, each in columns_of(InvoiceRow).items()}
    unread = {name for name, value in fields.items() if value is None}
    stand_ins: dict[str, Any] = {
        "number": f"#{head.number}",
        "issued_on": today,
        "total": sum((line.amount for line in lines.values()), Decimal(0)) or Decimal(1),
        "seller": "",
        "buyer": "",
    }
    known = stand_ins | {name: value for name, value in fields.items() if value is not None}
    stated = StatedInvoice(**known, lines=tuple(lines[number] for number in sorted(lines)))
    return ReadInvoice(head.number, stated, unread | ({LINES_UNREAD} if faults else set()), rows, faults)


def _head_faults(file: TabularFile, head: TableRow, same: Sequence[TableRow], today: date) -> Iterator[Fault]:
    """A number twice, whichever row comes first; an invoice of a day to come."""
    if len(same) > 1:
        others = [row.number for row in same if row is not head]
        sentence = told(_("发票号码在文件中重复，第%(rows)s行也是；请删去多余的一行"), rows=others)
        yield fault_at(file, INVOICES, head.number, "number", head["发票号码"], sentence)
    if head["开票日期"] is not None and today < head["开票日期"]:
        sentence = told(_("开票日期晚于今天 %(today)s"), today=today)
        yield fault_at(file, INVOICES, head.number, "issued_on", head["开票日期"], sentence)


def _line_faults(file: TabularFile, row: TableRow, rows: dict[int, int]) -> Iterator[Fault]:
    number = row["行号"]
    if number is None:
        return
    if not 0 < number <= LINE_NO_MAX:
        yield fault_at(file, LINES, row.number, "line_no", number, _("行号应为 1 到 999 的整数"))
    elif number in rows:
        sentence = told(_("同一张发票的行号重复，第%(row)s行已有"), row=rows[number])
        yield fault_at(file, LINES, row.number, "line_no", number, sentence)


def _stray_faults(
    file: TabularFile, row: TableRow, faults: Sequence[Fault], *, told_orphan: bool
) -> Iterator[Fault]:
    """Of a line under no invoice; if an invoice's number is unreadable, it may be its own: form only."""
    yield from faults
    number = row["发票号码"]
    if number is not None and told_orphan:
        sentence = _("「发票」表中没有这个发票号码，请改正号码或补上该发票")
        yield fault_at(file, LINES, row.number, "number", number, sentence)


def _may_own_a_stray_line(file: TabularFile, read: ReadInvoice) -> None:
    """An invoice that does not add up is not judged on half of its lines while a line's owner is unknown."""
    if LINES_UNREAD in read.unread or "total" in read.unread or read.adds_up:
        return
    read.unread.add(LINES_UNREAD)
    sentence = _("明细与价税合计不符，而「明细」表中有发票号码不对的行；请先改正那些行")
    read.faults.append(fault_at(file, INVOICES, read.row, "total", read.stated.total, sentence))


def fault_at(
    file: TabularFile, sheet: str, row: int | None, name: str, value: object, expected: str
) -> Fault:
    """A fault of the field ``name`` of one row of ``sheet``."""
    model = InvoiceRow if sheet == INVOICES else LineRow
    return Fault(file.name, sheet, row, title_of(model, name), str(value), expected)
