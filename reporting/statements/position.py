"""信托资产负债表: what the trust has, owes and belongs to its owners at the period's end, book by book. Pure.

Refuses (by its proofs) to exist unless assets = liabilities + trust equity in each book, at both ends of
the period. Elements follow 信托业务会计核算办法 (财会〔2005〕1号); the notes say what is not booked.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from custody.ledger.chart import BOOK_TITLES, KINDS, Section
from reporting.statements.bank import month_proofs, uncovered_alert
from reporting.statements.common import (
    BOOKS,
    FUNDS,
    SIGNATURES,
    account_title,
    added,
    book_columns,
    book_row,
    by_book,
    detail_note,
    negated,
    section_row,
    subtitles,
)
from reporting.statements.facts import NOTHING, BankRecord, LedgerFacts, Span
from reporting.statements.flow import Amounts
from reporting.statements.open_matters import OpenMatters, unconfirmed_income
from reporting.statements.report import ColumnKind, ColumnSpec, Proof, Report, ReportRow, Style, Table

TITLE = "信托资产负债表"
MAIN, CHANGES = "资产负债表", "信托权益变动表"
CLAIMS = ("unexplained", "recoverable")
ASSETS = (*FUNDS, *CLAIMS)
LIABILITIES = (
    "suspense", "trustee_fee_payable", "custody_fee_payable", "performance_withheld", "performance_payable",
)  # fmt: skip
EARNED = tuple(code for code, kind in KINDS.items() if kind.section is Section.INCOME)
SPENT = tuple(
    code
    for code, kind in KINDS.items()
    if kind.section in (Section.SPENDING, Section.ACCRUAL) and code not in LIABILITIES
)
OPENING = "期初（上期末）合计"
_WIDTH = 5


@dataclass(frozen=True, slots=True)
class UnpaidInvoices:
    """Invoices found in order and not yet paid at the end of ``to_on``: how many, and yuan."""

    count: int
    total: Decimal


@dataclass(frozen=True, slots=True)
class PositionFacts:
    """What the balance sheet is made from. ``transferred``: what resolved transfers left in each book since
    the trust began, up to the period's end; ``before``: the span before, None when there was no trust.
    """

    ledger: LedgerFacts
    transferred: Mapping[str, Decimal]
    unpaid: UnpaidInvoices
    open: OpenMatters
    bank: tuple[BankRecord, ...]
    before: Span | None


@dataclass(frozen=True, slots=True)
class Position:
    """One end of the period, one amount a book: assets debit positive, what stands against them credit."""

    assets: Mapping[str, Amounts]
    liabilities: Mapping[str, Amounts]
    corpus: Amounts
    transfers: Amounts
    surplus: Amounts

    @property
    def has(self) -> Amounts:
        """Assets in all."""
        return total_of(self.assets)

    @property
    def owes(self) -> Amounts:
        """Liabilities in all."""
        return total_of(self.liabilities)

    @property
    def equity(self) -> Amounts:
        """What belongs to the owners."""
        return added(self.corpus, self.transfers, self.surplus)


def total_of(lines: Mapping[str, Amounts]) -> Amounts:
    """Sum of several figures, book by book."""
    return added((NOTHING,) * len(BOOKS), *lines.values())


def positions(ledger: LedgerFacts, transferred: Mapping[str, Decimal]) -> tuple[Position, Position]:
    """The position when the period began, and when it ended."""
    now = tuple(transferred.get(book, NOTHING) for book in BOOKS)
    moved = tuple(ledger.figures.transferred(book) for book in BOOKS)
    return _at(ledger, "opening", added(now, negated(moved))), _at(ledger, "closing", now)


def _at(ledger: LedgerFacts, what: str, transferred: Amounts) -> Position:
    figures = ledger.figures
    return Position(
        assets={kind: by_book(figures, what, kind) for kind in ASSETS},
        liabilities={kind: negated(by_book(figures, what, kind)) for kind in LIABILITIES},
        corpus=negated(by_book(figures, what, "corpus")),
        transfers=added(negated(by_book(figures, what, "book_transfer")), transferred),
        surplus=negated(by_book(figures, what, *EARNED, *SPENT)),
    )


def position_statement(facts: PositionFacts) -> Report:
    """The balance sheet as a Report; InvariantBroken if a proof fails."""
    began, ended = positions(facts.ledger, facts.transferred)
    heading = facts.ledger.heading
    return Report(
        title=TITLE,
        estate=heading.estate,
        subtitles=subtitles(heading),
        sheets=(position_table(facts, began, ended), equity_table(facts.ledger, began, ended)),
        produced_at=heading.produced_at,
        headlines=(
            ("资产总计", sum(ended.has, NOTHING)),
            ("负债合计", sum(ended.owes, NOTHING)),
            ("信托权益合计", sum(ended.equity, NOTHING)),
            ("期初信托权益", sum(began.equity, NOTHING)),
        ),
        signatures=SIGNATURES,
    )


def position_table(facts: PositionFacts, began: Position, ended: Position) -> Table:
    """资产负债表 with the prior period's end beside it."""
    heading = facts.ledger.heading
    return Table(
        MAIN,
        book_columns(ColumnSpec(OPENING, ColumnKind.MONEY)),
        tuple(_rows(began, ended)),
        proofs=(*_balanced(began, ended), *month_proofs(facts.ledger, facts.bank)),
        notes=(
            f"截至 {heading.to_on} 日终；期初为 {heading.from_on} 日初"
            + ("，即上期末。" if facts.before else "，即信托移交时。"),
            *basis_notes(facts),
            detail_note(heading),
        ),
        alerts=uncovered_alert(facts.bank, heading.span),
    )


def basis_notes(facts: PositionFacts) -> tuple[str, ...]:
    """On what basis the figures stand, and what they leave out. Nothing is claimed beyond it."""
    unpaid = facts.unpaid
    waiting = sum(unconfirmed_income(facts.ledger, facts.open), NOTHING)
    in_transit = f"本期收入中有 {waiting:,.2f} 元银行尚未确认，列在途收款。" if waiting else ""
    basis = (
        "编制基础：收入按付款人付款日、以毛额确认；支出按银行付款日确认；"
        "只有信托报酬、保管费和绩效酬金按期计提。"
        f"不是完全的权责发生制：业主应交未交的物业费不列为应收款。{in_transit}"
    )
    return (
        basis,
        f"已核验而未付款的发票 {unpaid.count} 张、{unpaid.total:,.2f} 元，未列为负债，付款时计入支出。",
        "存放款项按本金列示，收益到账时确认；不含公允价值变动，不承诺收益。",
        "待查付款与待追回款查明前列为资产，能否收回未作判断，未计提减值；银行存款为负表示该账册短缺。",
        "要素划分参照《信托业务会计核算办法》（财会〔2005〕1号），项目按本信托的科目列示；由账簿生成，未经审计。",
    )


def _rows(began: Position, ended: Position) -> Iterator[ReportRow]:
    def row(label: str, now: Amounts, then: Amounts, style: Style = Style.PLAIN) -> ReportRow:
        return book_row(label, now, sum(then, NOTHING), width=_WIDTH, style=style)

    def lines(now: Mapping[str, Amounts], then: Mapping[str, Amounts]) -> Iterator[ReportRow]:
        for kind, amounts in now.items():
            seen = any(amounts) or any(then[kind]) or kind in ("cash", "placement", "in_transit")
            if seen or kind in LIABILITIES:
                style = Style.ALERT if kind in CLAIMS and any(amounts) else Style.PLAIN
                yield row(f"  {account_title(kind)}", amounts, then[kind], style)

    yield section_row("一、资产", width=_WIDTH)
    yield from lines(ended.assets, began.assets)
    yield row("资产总计", ended.has, began.has, Style.TOTAL)
    yield section_row("二、负债", width=_WIDTH)
    yield from lines(ended.liabilities, began.liabilities)
    yield row("负债合计", ended.owes, began.owes, Style.TOTAL)
    yield section_row("三、信托权益（属全体业主）", width=_WIDTH)
    yield row("  实收信托", ended.corpus, began.corpus)
    if any(ended.transfers) or any(began.transfers):
        yield row("  账间划转（依决议）", ended.transfers, began.transfers)
    yield row("  累计结余", ended.surplus, began.surplus)
    yield row("信托权益合计", ended.equity, began.equity, Style.TOTAL)
    yield row(
        "负债和信托权益总计", added(ended.owes, ended.equity), added(began.owes, began.equity), Style.TOTAL
    )
    gap = added(ended.has, negated(ended.owes), negated(ended.equity))
    before = added(began.has, negated(began.owes), negated(began.equity))
    yield row("勾稽：资产 − 负债 − 信托权益", gap, before, Style.PROOF)


def _balanced(began: Position, ended: Position) -> Iterator[Proof]:
    for when, position in (("期末", ended), ("期初", began)):
        sides = zip(BOOKS, position.has, position.owes, position.equity, strict=True)
        for book, has, owes, equity in sides:
            yield Proof(f"{when}{BOOK_TITLES[book]}：资产 = 负债 + 信托权益", has, owes + equity)


def equity_table(ledger: LedgerFacts, began: Position, ended: Position) -> Table:
    """信托权益变动表: from the opening equity to the closing, by what moved it."""
    figures = ledger.figures
    surplus = negated(by_book(figures, "net", *EARNED, *SPENT))
    corpus = added(ended.corpus, negated(began.corpus))
    transfers = added(ended.transfers, negated(began.transfers))
    columns = book_columns()
    wide = len(columns)
    rows = (
        book_row("期初信托权益", began.equity, width=wide, style=Style.OPENING),
        book_row("  本期结余（见《信托利润表》）", surplus, width=wide),
        book_row("  实收信托变动", corpus, width=wide),
        book_row("  账间划转（依决议）", transfers, width=wide),
        book_row("期末信托权益", ended.equity, width=wide, style=Style.TOTAL),
    )
    proofs = [
        Proof(f"{BOOK_TITLES[book]}：期初权益 + 变动 = 期末权益", sum(parts, NOTHING), closing)
        for book, closing, *parts in zip(
            BOOKS, ended.equity, began.equity, surplus, corpus, transfers, strict=True
        )
    ]
    proofs.append(Proof("账间划转两账相抵", sum(transfers, NOTHING), NOTHING))
    return Table(CHANGES, columns, rows, proofs=tuple(proofs))
