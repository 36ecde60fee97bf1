"""What every statement has in common: its heading, its detail of entries, its books and ratios. Pure.

Refuses to divide by nothing: a ratio of zero is absent, not infinite.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import TypeVar

from custody.ledger.chart import BOOK_TITLES, KINDS, Book, Section
from reporting.statements.facts import CHINA, NOTHING, Figures, Heading, LedgerFacts, LoggedHead
from reporting.statements.report import Cell, ColumnKind, ColumnSpec, Proof, ReportRow, Style

T = TypeVar("T")
RATIO_STEP = Decimal("0.000001")
BOOKS = (Book.OPERATING, Book.MAINTENANCE)
FUNDS = tuple(code for code, kind in KINDS.items() if kind.section is Section.FUNDS)
INCOMES = tuple(code for code, kind in KINDS.items() if kind.section is Section.INCOME)
ACCRUALS = tuple(code for code, kind in KINDS.items() if kind.section is Section.ACCRUAL)
PRIOR = "上期合计"
DETAIL = "明细"
DETAIL_IN = "信托资金收支表"
DEMONSTRATED = "演示时钟：本表在演示时间下生成，不是正式报表 / made under a demonstration's clock, not issued"
SIGNATURES = ("编制人：", "复核人：", "信托公司（章）：", "业主委员会（章）：", "日期：")


def subtitles(heading: Heading) -> tuple[str, ...]:
    """The lines under every title: who, when, unit, and which entries the figures rest on.

    First of all, where it is so, that the time behind them is a demonstration's.
    """
    entries = heading.entries
    span = f"#{entries.first} 至 #{entries.last}，共 {entries.count} 笔" if entries.count else "无"
    head = f"账链截至 #{entries.head_sequence}"
    if entries.head_recorded_at is not None:
        head += f"（记录于 {_moment(entries.head_recorded_at)}）"
    known = f"；按 {_moment(heading.known_at)} 时的账" if heading.known_at is not None else ""
    return (
        *((DEMONSTRATED,) if heading.demonstrated else ()),
        f"小区：{heading.estate}    信托：{heading.fund_code}    产品编码：{heading.product_code}",
        f"期间：{heading.from_on} 至 {heading.to_on}    单位：元{known}",
        f"本期分录：{span}；{head}",
        f"公开日志：{logged_text(heading.logged)}",
    )


def logged_text(head: LoggedHead | None) -> str:
    """A head of the public log in words, for papers: its day, its number and its root in groups of four."""
    if head is None:
        return "还没有日头"
    root = " ".join(head.log_root[at : at + 4] for at in range(0, len(head.log_root), 4))
    return f"{head.on} 日头（第 {head.number} 天） {root}"


def _moment(at: datetime) -> str:
    return at.astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S")


def ratio(part: Decimal, whole: Decimal) -> Decimal | None:
    """part ÷ whole as a fraction, half up to a ten-thousandth of a percent; None when the whole is zero."""
    if whole == 0:
        return None
    return (part / whole).quantize(RATIO_STEP, rounding=ROUND_HALF_UP)


def percent(rate: Decimal) -> str:
    """A fraction in words: 0.0005 is 0.05%."""
    return f"{(rate * 100).normalize():f}%"


def book_columns(*more: ColumnSpec) -> tuple[ColumnSpec, ...]:
    """项目, one column a book, 合计, and what else the table says."""
    money = ColumnKind.MONEY
    return (
        ColumnSpec("项目"),
        *(ColumnSpec(BOOK_TITLES[book], money) for book in BOOKS),
        ColumnSpec("合计", money),
        *more,
    )


def book_row(
    label: str, amounts: Sequence[Decimal], *more: Cell, width: int, style: Style = Style.PLAIN
) -> ReportRow:
    """One figure in both books and in all; absent cells fill up to ``width``."""
    cells: tuple[Cell, ...] = (label, *amounts, sum(amounts, NOTHING), *more)
    return ReportRow(cells + (None,) * (width - len(cells)), style)


def paired_row(
    label: str, pick: Callable[[T], Sequence[Decimal]], now: T, before: T | None, *more: Cell, width: int,
    style: Style = Style.PLAIN,
) -> ReportRow:  # fmt: skip
    """One figure of this period in both books and in all, then what it was in all in the period before."""
    earlier = None if before is None else sum(pick(before), NOTHING)
    return book_row(label, pick(now), earlier, *more, width=width, style=style)


def section_row(label: str, *, width: int) -> ReportRow:
    """A heading inside a table."""
    return ReportRow((label,) + (None,) * (width - 1), Style.SECTION)


def by_book(figures: Figures, what: str, *kinds: str) -> tuple[Decimal, ...]:
    """Debit-positive figures of these kinds, one a book."""
    return tuple(figures.total(what, kinds=kinds, book=book) for book in BOOKS)


def negated(amounts: Sequence[Decimal]) -> tuple[Decimal, ...]:
    """The same figures, credit positive; never a negative zero."""
    return tuple(NOTHING - amount for amount in amounts)


def added(*columns: Sequence[Decimal]) -> tuple[Decimal, ...]:
    """Sum of several figures, book by book."""
    return tuple(sum(amounts, NOTHING) for amounts in zip(*columns, strict=True))


def account_title(kind: str) -> str:
    """The account kind's Chinese name."""
    return KINDS[kind].title


def entries_proofs(ledger: LedgerFacts) -> tuple[Proof, Proof]:
    """What the period's lines prove by themselves, whichever statement rests on them."""
    debited = sum((line.amount for line in ledger.lines if line.amount > 0), NOTHING)
    credited = NOTHING - sum((line.amount for line in ledger.lines if line.amount < 0), NOTHING)
    moved = sum((line.amount for line in ledger.lines if line.kind in FUNDS), NOTHING)
    return (
        Proof("全部分录借方合计 = 贷方合计", debited, credited),
        Proof(
            "期初资金 + 逐笔分录 = 期末资金",
            ledger.total("opening", kinds=FUNDS) + moved,
            ledger.total("closing", kinds=FUNDS),
        ),
    )


def detail_note(heading: Heading) -> str:
    """Where the lines behind a statement stand that does not print them itself."""
    entries = heading.entries
    if not entries.count:
        return "本期没有分录。"
    return (
        f"逐笔分录见同一期间《{DETAIL_IN}》的「{DETAIL}」：#{entries.first} 至 #{entries.last}，"
        f"共 {entries.count:,} 笔。"
    )


def day_text(on: date | None) -> str:
    """A date in a sentence; a dash when there is none."""
    return on.isoformat() if on else "—"
