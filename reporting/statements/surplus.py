"""信托利润表: what the period earned and cost, book by book, and how its surplus became money. Pure.

Refuses (by its proofs) a surplus that is not the change of the accumulated one, or that the funds do not
bear out. Income is what was paid, costs are what was paid or accrued: see the notes of 信托资产负债表.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from custody.ledger.chart import BOOK_TITLES
from reporting.statements.bank import uncovered_alert
from reporting.statements.common import (
    BOOKS,
    FUNDS,
    PRIOR,
    SIGNATURES,
    account_title,
    added,
    book_columns,
    book_row,
    by_book,
    detail_note,
    entries_proofs,
    negated,
    paired_row,
    section_row,
    subtitles,
)
from reporting.statements.facts import NOTHING, Figures, Span, prior_note
from reporting.statements.flow import SELDOM, Amounts
from reporting.statements.position import (
    CLAIMS,
    EARNED,
    LIABILITIES,
    SPENT,
    Position,
    PositionFacts,
    basis_notes,
    positions,
)
from reporting.statements.report import ColumnKind, ColumnSpec, Proof, Report, ReportRow, Style, Table

TITLE = "信托利润表"
MAIN, BRIDGE = "利润表", "结余与资金变动"
_WIDTH = 6
_ALWAYS = frozenset({"property_fee", "parking", "advertising", "interest", "budget_spending"})


@dataclass(frozen=True, slots=True)
class Surplus:
    """One span's income and costs by kind, positive in the sense of their names; one amount a book."""

    income: dict[str, Amounts]
    costs: dict[str, Amounts]

    @property
    def earned(self) -> Amounts:
        """Income in all."""
        return added(*self.income.values())

    @property
    def spent(self) -> Amounts:
        """Costs in all."""
        return added(*self.costs.values())

    @property
    def left(self) -> Amounts:
        """The surplus: income less costs."""
        return added(self.earned, negated(self.spent))


def surplus_of(figures: Figures, what: str = "net") -> Surplus:
    """The surplus of one span, or with ``year_to_date`` of the calendar year up to its end."""
    return Surplus(
        income={kind: negated(by_book(figures, what, kind)) for kind in EARNED},
        costs={kind: by_book(figures, what, kind) for kind in SPENT},
    )


@dataclass(frozen=True, slots=True)
class _Page:
    """The three spans side by side: the period, the one before, the year so far."""

    now: Surplus
    before: Surplus | None
    year: Surplus

    def row(self, label: str, pick: Callable[[Surplus], Amounts], style: Style = Style.PLAIN) -> ReportRow:
        """One figure in both books and in all, then in the period before and in the year."""
        year = sum(pick(self.year), NOTHING)
        return paired_row(label, pick, self.now, self.before, year, width=_WIDTH, style=style)

    def shown(self, kind: str) -> bool:
        """Whether a kind has a row: always, or because it moved in a span that the page shows."""
        spans = (self.now, self.year, *([self.before] if self.before else []))
        moved = any(any((each.income | each.costs)[kind]) for each in spans)
        return moved or kind in _ALWAYS or account_title(kind) not in SELDOM


def surplus_statement(facts: PositionFacts, before: tuple[Span, Figures] | None) -> Report:
    """The profit statement as a Report; ``before``: the span before with its figures. InvariantBroken."""
    page = surplus_page(facts, before)
    began, ended = positions(facts.ledger, facts.transferred)
    heading = facts.ledger.heading
    return Report(
        title=TITLE,
        estate=heading.estate,
        subtitles=subtitles(heading),
        sheets=(
            surplus_table(facts, page, began, ended, before),
            bridge_table(facts, page.now, began, ended),
        ),
        produced_at=heading.produced_at,
        headlines=(
            ("本期收入", sum(page.now.earned, NOTHING)),
            ("本期费用", sum(page.now.spent, NOTHING)),
            ("本期结余", sum(page.now.left, NOTHING)),
            ("期末累计结余", sum(ended.surplus, NOTHING)),
        ),
        signatures=SIGNATURES,
    )


def surplus_page(facts: PositionFacts, before: tuple[Span, Figures] | None) -> _Page:
    """The spans of the page."""
    figures = facts.ledger.figures
    return _Page(
        now=surplus_of(figures),
        before=surplus_of(before[1]) if before else None,
        year=surplus_of(figures, "year_to_date"),
    )


def surplus_table(
    facts: PositionFacts, page: _Page, began: Position, ended: Position, before: tuple[Span, Figures] | None
) -> Table:
    """利润表: income and costs by kind, the surplus, and what it makes of the accumulated one."""
    heading = facts.ledger.heading
    books = zip(BOOKS, began.surplus, page.now.left, ended.surplus, strict=True)
    return Table(
        MAIN,
        book_columns(ColumnSpec(PRIOR, ColumnKind.MONEY), ColumnSpec("本年累计", ColumnKind.MONEY)),
        tuple(_rows(page, began, ended)),
        proofs=(
            *(
                Proof(f"{BOOK_TITLES[book]}：期初累计结余 + 本期结余 = 期末累计结余", opening + left, closing)
                for book, opening, left, closing in books
            ),
            *entries_proofs(facts.ledger),
        ),
        notes=(
            prior_note(heading, before[0] if before else None),
            *basis_notes(facts),
            "结余归全体业主，留存于信托，不向任何人分配。本年累计自当年 1 月 1 日（移交当年自移交日）起。",
            detail_note(heading),
        ),
        alerts=uncovered_alert(facts.bank, heading.span),
    )


def _rows(page: _Page, began: Position, ended: Position) -> Iterator[ReportRow]:
    yield section_row("一、信托收入", width=_WIDTH)
    for kind in EARNED:
        if page.shown(kind):
            label = f"  减：{account_title(kind)}" if kind == "refund" else f"  {account_title(kind)}"
            yield page.row(label, _income(kind))
    yield page.row("信托收入合计", lambda each: each.earned, Style.TOTAL)
    yield section_row("二、信托费用", width=_WIDTH)
    for kind in SPENT:
        if page.shown(kind):
            yield page.row(f"  {account_title(kind)}", _cost(kind))
    yield page.row("信托费用合计", lambda each: each.spent, Style.TOTAL)
    yield page.row("三、本期结余", lambda each: each.left, Style.TOTAL)
    yield book_row("四、期初累计结余", began.surplus, width=_WIDTH, style=Style.OPENING)
    yield book_row("五、期末累计结余", ended.surplus, width=_WIDTH, style=Style.TOTAL)


def _income(kind: str) -> Callable[[Surplus], Amounts]:
    return lambda each: each.income[kind]


def _cost(kind: str) -> Callable[[Surplus], Amounts]:
    return lambda each: each.costs[kind]


def bridge_table(facts: PositionFacts, now: Surplus, began: Position, ended: Position) -> Table:
    """Why the surplus is not the change of the money: what is owed, what is to be cleared up."""
    columns = book_columns()
    wide = len(columns)
    owed = {kind: added(ended.liabilities[kind], negated(began.liabilities[kind])) for kind in LIABILITIES}
    claims = {kind: added(began.assets[kind], negated(ended.assets[kind])) for kind in CLAIMS}
    corpus = added(ended.corpus, negated(began.corpus))
    transfers = added(ended.transfers, negated(began.transfers))
    funds = by_book(facts.ledger.figures, "net", *FUNDS)
    rows = [book_row("本期结余", now.left, width=wide, style=Style.OPENING)]
    rows += [book_row(f"  加：{account_title(kind)}净增加", owed[kind], width=wide) for kind in LIABILITIES]
    rows += [
        book_row(f"  减：{account_title(kind)}净增加", claims[kind], width=wide)
        for kind in CLAIMS
        if any(claims[kind])
    ]
    rows += [
        book_row(f"  加：{label}", amounts, width=wide)
        for label, amounts in (("实收信托变动", corpus), ("账间划转（依决议）", transfers))
        if any(amounts)
    ]
    rows.append(book_row("本期资金净变动", funds, width=wide, style=Style.TOTAL))
    reached = added(now.left, *owed.values(), *claims.values(), corpus, transfers)
    proofs = tuple(
        Proof(f"{BOOK_TITLES[book]}：结余调整为资金净变动", left, right)
        for book, left, right in zip(BOOKS, reached, funds, strict=True)
    )
    return Table(
        BRIDGE,
        columns,
        tuple(rows),
        proofs=proofs,
        notes=("资金为银行存款、存放款项与在途收款之和，与同一期间《信托资金收支表》的资金净变动相同。",),
    )
