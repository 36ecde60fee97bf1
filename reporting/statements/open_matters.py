"""What is not settled at the end of a period: money the bank did not confirm, breaks, broken files. Pure.

Refuses to name anybody: a break is told by its day, its age and its amount, a file by the days it is of.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from custody.ledger.chart import BOOK_TITLES
from reporting.statements.bank import bank_balance, uncovered
from reporting.statements.common import BOOKS, INCOMES, account_title
from reporting.statements.facts import NOTHING, BankRecord, LedgerFacts, PendingItem, Span
from reporting.statements.report import Cell, ColumnKind, ColumnSpec, ReportRow, Style, Table

OPEN_SHEET = "未了事项"
UNCONFIRMED = "未经银行确认的在途收款"
_WIDTH = 6
_NONE = "无"


@dataclass(frozen=True, slots=True)
class OrderDay:
    """Merchant orders paid ``paid_on`` that no bank line confirmed: how many, yuan, days they may take."""

    paid_on: date
    count: int
    amount: Decimal
    days: int


@dataclass(frozen=True, slots=True)
class OpenMatters:
    """``orders``: the entries of unconfirmed orders; ``broken``: the days of files whose balances fail."""

    days: tuple[OrderDay, ...] = ()
    orders: frozenset[int] = frozenset()
    broken: tuple[Span, ...] = ()


def unconfirmed_income(ledger: LedgerFacts, matters: OpenMatters) -> tuple[Decimal, ...]:
    """Of the period's income, what no bank line confirmed by its end; one amount a book."""
    return tuple(
        NOTHING
        - sum(
            (
                line.amount
                for line in ledger.lines
                if line.sequence in matters.orders and line.kind in INCOMES and line.book == book
            ),
            NOTHING,
        )
        for book in BOOKS
    )


def open_table(
    ledger: LedgerFacts,
    matters: OpenMatters,
    pending: Sequence[PendingItem],
    records: Sequence[BankRecord],
) -> Table:
    """未了事项: each thing with the day it began, its age in days at the period's end, and its amount."""
    to_on, whole = ledger.heading.to_on, ColumnKind.INT
    sections = (
        (f"一、{UNCONFIRMED}", list(_orders(matters, to_on))),
        ("二、账实不符与待查付款", list(_breaks(ledger, pending, records))),
        ("三、待更换的银行对账单", [_file(each, to_on) for each in matters.broken]),
    )
    rows: list[ReportRow] = []
    for title, found in sections:
        rows.append(_row(title, style=Style.SECTION))
        rows += found or [_row(f"  {_NONE}")]
    return Table(
        OPEN_SHEET,
        (
            ColumnSpec("事项"), ColumnSpec("起始日", ColumnKind.DATE), ColumnSpec("账龄（天）", whole),
            ColumnSpec("笔数", whole), ColumnSpec("金额", ColumnKind.MONEY), ColumnSpec("说明"),
        ),
        tuple(rows),
        notes=(
            f"截至 {to_on} 的情形，账龄算到该日。业主经商户支付而银行尚未到账的款项不是收入，不计酬金。",
            "账实不符、待查付款或有对账单待更换时，本信托不放款、不付款，查明后恢复。",
        ),
    )  # fmt: skip


def _row(label: str, *cells: Cell, style: Style = Style.PLAIN) -> ReportRow:
    return ReportRow((label, *cells) + (None,) * (_WIDTH - 1 - len(cells)), style)


def _orders(matters: OpenMatters, to_on: date) -> Iterator[ReportRow]:
    for each in matters.days:
        age = (to_on - each.paid_on).days
        late = age > each.days
        said = f"逾期未到账，期限 {each.days} 天，按账实不符处理" if late else f"期限 {each.days} 天"
        yield _row(
            "  商户订单", each.paid_on, age, each.count, each.amount, said,
            style=Style.ALERT if late else Style.PLAIN,
        )  # fmt: skip
    if matters.days:
        count = sum(each.count for each in matters.days)
        total = sum((each.amount for each in matters.days), NOTHING)
        yield _row("合计", None, None, count, total, style=Style.TOTAL)


def _breaks(
    ledger: LedgerFacts, pending: Sequence[PendingItem], records: Sequence[BankRecord]
) -> Iterator[ReportRow]:
    """Bank against books, what left without a known reason, and books the bank took too much from."""
    to_on = ledger.heading.to_on
    gap = _gap(ledger, records)
    if gap:
        since = _apart_since(ledger, records)
        age, said = (None, "期初已有") if since is None else ((to_on - since).days, "")
        yield _row("  银行余额与账面之差", since, age, None, gap, said, style=Style.ALERT)
    for each in pending:
        if each.item.kind == "unexplained":
            began, amount = each.item.first_on, NOTHING - each.item.amount
            title = f"  {account_title('unexplained')}"
            yield _row(title, began, (to_on - began).days, 1, amount, "尚未查明", style=Style.ALERT)
    for book in BOOKS:
        cash = ledger.total("closing", kinds=("cash",), book=book)
        if cash < 0:
            yield _row(f"  {BOOK_TITLES[book]}短缺", None, None, None, cash, "须补足", style=Style.ALERT)


def _gap(ledger: LedgerFacts, records: Sequence[BankRecord]) -> Decimal:
    """The bank's balance less the books' at the end; nothing of a last month that no statement covers."""
    span = ledger.heading.span
    bank = bank_balance(records, span.to_on)
    if bank is None or uncovered(records, span)[-1:] == tuple(span.months())[-1:]:
        return NOTHING
    return bank - ledger.total("closing", kinds=("cash",))


def _apart_since(ledger: LedgerFacts, records: Sequence[BankRecord]) -> date | None:
    """The day from which bank and books differ to the end; None when they did before the period."""
    moved: dict[date, Decimal] = {}
    for line in ledger.lines:
        if line.kind == "cash":
            moved[line.effective_on] = moved.get(line.effective_on, NOTHING) + line.amount
    book, since = ledger.total("closing", kinds=("cash",)), None
    for day in sorted({*moved, *(day for each in records for day in each.days)}, reverse=True):
        if bank_balance(records, day) in (None, book):
            return since
        since, book = day, book - moved.get(day, NOTHING)
    return since if bank_balance(records, ledger.heading.from_on - timedelta(days=1)) == book else None


def _file(days: Span, to_on: date) -> ReportRow:
    said = f"所载 {days.from_on} 至 {days.to_on} 余额衔接不上，须换成衔接得上的对账单"
    age = max((to_on - days.to_on).days, 0)
    return _row("  银行对账单", days.to_on, age, 1, None, said, style=Style.ALERT)
