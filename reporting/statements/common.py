"""What every statement has in common: its heading, its detail of entries, its books and ratios. Pure.

Refuses to divide by nothing: a ratio of zero is absent, not infinite.
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from custody.ledger.chart import BOOK_TITLES, KINDS, Book, Section
from reporting.reading.facts import Heading, LedgerFacts
from reporting.statements.report import Cell, ColumnKind, ColumnSpec, Proof, Row, Style, Table
from reporting.statements.wording import template_title

NOTHING = Decimal("0.00")
RATIO_STEP = Decimal("0.000001")
BOOKS = (Book.OPERATING, Book.MAINTENANCE)
FUNDS = tuple(code for code, kind in KINDS.items() if kind.section is Section.FUNDS)
INCOMES = tuple(code for code, kind in KINDS.items() if kind.section is Section.INCOME)
ACCRUALS = tuple(code for code, kind in KINDS.items() if kind.section is Section.ACCRUAL)
CHINA = ZoneInfo("Asia/Shanghai")
DETAIL = "明细"


def subtitles(heading: Heading) -> tuple[str, ...]:
    """The lines under every title: who, when, unit, and which entries the figures rest on."""
    entries = heading.entries
    span = f"#{entries.first} 至 #{entries.last},共 {entries.count} 笔" if entries.count else "无"
    head = f"账链截至 #{entries.head_sequence}"
    if entries.head_recorded_at is not None:
        head += f"(记录于 {_moment(entries.head_recorded_at)})"
    known = f";按 {_moment(heading.known_at)} 时的账" if heading.known_at is not None else ""
    return (
        f"小区:{heading.estate}    信托:{heading.fund_code}    产品编码:{heading.product_code}",
        f"期间:{heading.from_on} 至 {heading.to_on}    单位:元{known}",
        f"本期分录:{span};{head}",
        f"链摘要 SHA-256:{entries.head_chain.hex()}",
    )


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
) -> Row:
    """One figure in both books and in all; absent cells fill up to ``width``."""
    cells: tuple[Cell, ...] = (label, *amounts, sum(amounts, NOTHING), *more)
    return Row(cells + (None,) * (width - len(cells)), style)


def section_row(label: str, *, width: int) -> Row:
    """A heading inside a table."""
    return Row((label,) + (None,) * (width - 1), Style.SECTION)


def by_book(facts: LedgerFacts, what: str, *kinds: str) -> tuple[Decimal, ...]:
    """Debit-positive figures of these kinds, one a book."""
    return tuple(facts.total(what, kinds=kinds, book=book) for book in BOOKS)


def negated(amounts: Sequence[Decimal]) -> tuple[Decimal, ...]:
    """The same figures, credit positive; never a negative zero."""
    return tuple(NOTHING - amount for amount in amounts)


def added(*columns: Sequence[Decimal]) -> tuple[Decimal, ...]:
    """Sum of several figures, book by book."""
    return tuple(sum(amounts, NOTHING) for amounts in zip(*columns, strict=True))


def account_title(kind: str) -> str:
    """The account kind's Chinese name."""
    return KINDS[kind].title


def detail_table(facts: LedgerFacts) -> Table:
    """Every line of the period with the funds balance after it, so that each figure resolves to entries."""
    money, text, whole = ColumnKind.MONEY, ColumnKind.TEXT, ColumnKind.INT
    names = {row.code: row.name for row in facts.budget}
    balance = facts.total("opening", kinds=FUNDS)
    empty: tuple[Cell, ...] = (None,) * 8
    rows = [Row((facts.heading.from_on, *empty, "期初资金", None, None, balance), Style.OPENING)]
    debited, credited = NOTHING, NOTHING
    for line in facts.lines:
        into, out = max(line.amount, NOTHING), max(-line.amount, NOTHING)
        debited, credited = debited + into, credited + out
        if line.kind in FUNDS:
            balance += line.amount
        shown = facts.evidence[line.sequence]
        rows.append(Row((
            line.effective_on, line.sequence, line.line_no, template_title(line.template),
            BOOK_TITLES[Book(line.book)], account_title(line.kind), _code(line.code, names),
            shown.party, line.source, shown.memo, into or None, out or None, balance,
        )))  # fmt: skip
    rows.append(Row((facts.heading.to_on, *empty, "合计", debited, credited, balance), Style.TOTAL))
    columns = (
        ColumnSpec("日期", ColumnKind.DATE), ColumnSpec("分录号", whole), ColumnSpec("行", whole),
        ColumnSpec("业务"), ColumnSpec("账册"), ColumnSpec("科目"), ColumnSpec("预算科目"),
        ColumnSpec("对方", text, 22), ColumnSpec("凭据", text, 28), ColumnSpec("摘要", text, 28),
        ColumnSpec("借方", money), ColumnSpec("贷方", money), ColumnSpec("资金余额", money),
    )  # fmt: skip
    return Table(
        DETAIL,
        columns,
        tuple(rows),
        proofs=(
            Proof("全部分录借方合计 = 贷方合计", debited, credited),
            Proof("明细期末资金余额 = 期末资金", balance, facts.total("closing", kinds=FUNDS)),
        ),
        notes=(
            "资金余额只随银行存款、存放款项、在途收款三个科目变动;凭据可回溯到银行流水、商户订单、结算单或文件。",
        ),
    )


def _code(code: str, names: dict[str, str]) -> str:
    return f"{code} {names[code]}" if code in names else code


def day_text(on: date | None) -> str:
    """A date in a sentence; a dash when there is none."""
    return on.isoformat() if on else "—"
