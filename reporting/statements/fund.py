"""信托资金收支表: opening funds, receipts, payments by budget line, closing funds, each book by itself.

Pure: facts in, Report out. Refuses (by its proofs) figures that do not add up or that leave an entry out.
What is accrued but not yet paid stands beside the flow, never in it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from reporting.statements.backing import PaidLine, detail_table, paid_table, pending_table
from reporting.statements.bank import bank_table, uncovered_alert
from reporting.statements.common import (
    ACCRUALS,
    FUNDS,
    PRIOR,
    SIGNATURES,
    account_title,
    added,
    book_columns,
    book_row,
    by_book,
    negated,
    paired_row,
    ratio,
    section_row,
    subtitles,
)
from reporting.statements.facts import (
    NOTHING,
    BankRecord,
    BudgetFact,
    Evidence,
    Figures,
    LedgerFacts,
    PendingItem,
    Span,
    prior_note,
)
from reporting.statements.flow import SELDOM, Amounts, Flow, budget_lines, flow_of, flow_proofs
from reporting.statements.open_matters import (
    OPEN_SHEET,
    UNCONFIRMED,
    OpenMatters,
    open_table,
    unconfirmed_income,
)
from reporting.statements.report import Cell, ColumnKind, ColumnSpec, Proof, Report, ReportRow, Style, Table

TITLE = "信托资金收支表"
MAIN = "收支表"
_WIDTH = 8
_OWED = ("performance_withheld", "performance_payable", "trustee_fee_payable", "custody_fee_payable")


@dataclass(frozen=True, slots=True)
class FundFacts:
    """What the fund statement is made from. ``before``: the span before, None when there was no trust."""

    ledger: LedgerFacts
    budget: tuple[BudgetFact, ...]
    evidence: Mapping[int, tuple[Evidence, str]]
    bank: tuple[BankRecord, ...]
    pending: tuple[PendingItem, ...]
    open: OpenMatters
    paid: tuple[PaidLine, ...] = ()
    before: tuple[Span, Figures] | None = None


@dataclass(frozen=True, slots=True)
class _Pages:
    """The flow of the period, that of the one before if there was one, and the budget beside them."""

    now: Flow
    before: Flow | None
    annual: Mapping[str, Decimal]
    to_date: Mapping[str, Decimal]

    @property
    def flows(self) -> tuple[Flow, ...]:
        """The spans that the page shows."""
        return (self.now,) if self.before is None else (self.now, self.before)

    def row(
        self, label: str, pick: Callable[[Flow], Amounts], *budget: Cell, style: Style = Style.PLAIN
    ) -> ReportRow:
        """One figure in both books, in all, and in the period before; then the budget's columns."""
        return paired_row(label, pick, self.now, self.before, *budget, width=_WIDTH, style=style)


def fund_statement(facts: FundFacts) -> Report:
    """The fund statement as a Report; InvariantBroken if a proof fails."""
    pages = _pages(facts)
    flow, heading = pages.now, facts.ledger.heading
    return Report(
        title=TITLE,
        estate=heading.estate,
        subtitles=subtitles(heading),
        sheets=(
            _main(facts, pages),
            bank_table(facts.ledger, facts.bank),
            open_table(facts.ledger, facts.open, facts.pending, facts.bank),
            _accrued(facts.ledger, facts.before),
            pending_table(facts.ledger, facts.pending),
            paid_table(facts.ledger, facts.paid, facts.budget),
            detail_table(facts.ledger, facts.evidence, facts.budget),
        ),
        produced_at=heading.produced_at,
        headlines=(
            ("期初资金", sum(flow.opening, NOTHING)),
            ("本期收入", sum(flow.received, NOTHING)),
            ("待确认净增", sum(flow.pending, NOTHING)),
            ("本期支出", sum(flow.paid, NOTHING)),
            ("期末资金", sum(flow.closing, NOTHING)),
        ),
        signatures=SIGNATURES,
    )


def _pages(facts: FundFacts) -> _Pages:
    figures = facts.ledger.figures
    before = facts.before[1] if facts.before else None
    lines = budget_lines(facts.budget, figures, *([before] if before else []))
    annual = {row.code: row.annual for row in facts.budget}
    return _Pages(
        now=flow_of(figures, lines),
        before=flow_of(before, lines) if before else None,
        annual=annual,
        to_date={code: _year_to_date(figures, code) for code in annual},
    )


def _year_to_date(figures: Figures, code: str) -> Decimal:
    spent = (m.year_to_date for m in figures.movements if m.kind == "budget_spending" and m.code == code)
    return sum(spent, NOTHING)


def _main(facts: FundFacts, pages: _Pages) -> Table:
    heading = facts.ledger.heading
    before = facts.before[0] if facts.before else None
    columns = book_columns(
        ColumnSpec(PRIOR, ColumnKind.MONEY),
        ColumnSpec("全年预算", ColumnKind.MONEY),
        ColumnSpec("本年累计支出", ColumnKind.MONEY),
        ColumnSpec("预算执行率", ColumnKind.RATE),
    )
    return Table(
        MAIN,
        columns,
        tuple(_main_rows(facts, pages)),
        proofs=_proofs(facts, pages),
        notes=(prior_note(heading, before), *_notes(facts.ledger)),
        alerts=uncovered_alert(facts.bank, heading.span),
    )


def _main_rows(facts: FundFacts, pages: _Pages) -> list[ReportRow]:
    rows = [*_funds_rows(facts, "一、期初资金", "opening", Style.OPENING)]
    rows.append(section_row("二、本期收入（毛额）", width=_WIDTH))
    for at, (label, _) in enumerate(pages.now.receipts):
        if not (label in SELDOM and _idle(pages, _receipt(at))):
            rows.append(pages.row(f"  {label}", _receipt(at)))
    rows.append(pages.row("本期收入合计", lambda flow: flow.received, style=Style.TOTAL))
    rows += _confirmed_rows(facts, pages.now)
    rows.append(pages.row("三、待确认款项净增加", lambda flow: flow.pending, style=Style.TOTAL))
    rows.append(section_row("四、本期支出", width=_WIDTH))
    rows += _payment_rows(pages)
    if any(any(flow.transfers) or any(flow.corpus) for flow in pages.flows):
        rows.append(section_row("不属收支的变动", width=_WIDTH))
        rows.append(pages.row("  账间划转（依决议）", lambda flow: flow.transfers))
        rows.append(pages.row("  实收信托变动", lambda flow: flow.corpus))
    rows.append(pages.row("五、本期资金净变动", lambda flow: flow.net, style=Style.TOTAL))
    rows += _funds_rows(facts, "六、期末资金", "closing", Style.TOTAL)
    rows.append(pages.row("勾稽：期初 + 净变动 − 期末", _gap, style=Style.PROOF))
    return rows


def _confirmed_rows(facts: FundFacts, flow: Flow) -> list[ReportRow]:
    """Of the income above, what the bank had not confirmed by the end, and what it had; none where all is."""
    waiting = unconfirmed_income(facts.ledger, facts.open)
    if not any(waiting):
        return []
    confirmed = added(flow.received, negated(waiting))
    return [
        book_row(f"  其中：{UNCONFIRMED}", waiting, width=_WIDTH, style=Style.ALERT),
        book_row("银行已确认的收入", confirmed, width=_WIDTH, style=Style.TOTAL),
    ]


def _idle(pages: _Pages, pick: Callable[[Flow], Amounts]) -> bool:
    """Whether a figure is nothing in every span that the page shows."""
    return not any(any(pick(flow)) for flow in pages.flows)


def _receipt(at: int) -> Callable[[Flow], Amounts]:
    return lambda flow: flow.receipts[at][1]


def _payment(at: int) -> Callable[[Flow], Amounts]:
    return lambda flow: flow.payments[at][2]


def _gap(flow: Flow) -> Amounts:
    return added(flow.opening, flow.net, negated(flow.closing))


def _payment_rows(pages: _Pages) -> list[ReportRow]:
    """By budget line with its budget, then costs and fees; a seldom one that was nothing is left out."""
    rows = []
    for at, (label, code, _) in enumerate(pages.now.payments):
        if label in SELDOM and _idle(pages, _payment(at)):
            continue
        budget: tuple[Cell, ...] = ()
        if code in pages.annual:
            annual, to_date = pages.annual[code], pages.to_date[code]
            budget = (annual, to_date, ratio(to_date, annual))
        rows.append(pages.row(f"  {label}", _payment(at), *budget))
    whole, used = sum(pages.annual.values(), NOTHING), sum(pages.to_date.values(), NOTHING)
    of_budget = (whole, used, ratio(used, whole))
    rows.append(pages.row("本期支出合计", lambda flow: flow.paid, *of_budget, style=Style.TOTAL))
    return rows


def _funds_rows(facts: FundFacts, label: str, what: str, style: Style) -> list[ReportRow]:
    now, before = facts.ledger.figures, facts.before[1] if facts.before else None

    def row(text: str, *kinds: str, style: Style = Style.PLAIN) -> ReportRow:
        return paired_row(
            text, lambda figures: by_book(figures, what, *kinds), now, before, width=_WIDTH, style=style
        )

    return [
        section_row(label, width=_WIDTH),
        *(row(f"  {account_title(kind)}", kind) for kind in FUNDS),
        row(f"{label[2:]}合计", *FUNDS, style=style),
    ]


def _proofs(facts: FundFacts, pages: _Pages) -> tuple[Proof, ...]:
    ledger = facts.ledger
    every = sum((line.amount for line in ledger.lines), NOTHING)
    proofs = [
        *flow_proofs(pages.now, ledger.figures),
        Proof("本期全部分录借贷之和 = 0", every, NOTHING),
        Proof(
            "期末资金 = 银行存款 + 存放款项 + 在途收款",
            sum(pages.now.closing, NOTHING),
            sum((ledger.total("closing", kinds=(kind,)) for kind in FUNDS), NOTHING),
        ),
    ]
    if facts.before is not None and pages.before is not None:
        proofs += flow_proofs(pages.before, facts.before[1], of="上期")
        ended, began = sum(pages.before.closing, NOTHING), sum(pages.now.opening, NOTHING)
        proofs.append(Proof("上期期末资金 = 本期期初资金", ended, began))
    return tuple(proofs)


def _notes(ledger: LedgerFacts) -> tuple[str, ...]:
    owed = NOTHING - ledger.total("closing", kinds=_OWED)
    return (
        f"{UNCONFIRMED}不是收入，在收入合计之下列出，逐日见「{OPEN_SHEET}」。",
        "收入按付款人付款日、以毛额列示；收款手续费单列为支出。存放的本金转出转回不是收支。",
        f"期末已计提未支付 {owed:,.2f} 元，见「已计提未支付」，尚未动用资金，不在本表收支内。",
        "预算栏为截止日所在年度的全年预算，与移交以来当年累计支出。账面与银行的核对见「银行核对」。",
        f"核验：manage.py verify_ledger --fund {ledger.heading.fund_code} 重算账链。",
        "公开日志每天的日头，任何人可在 /log/ 核对。",
    )


def _accrued(ledger: LedgerFacts, before: tuple[Span, Figures] | None) -> Table:
    """Owed but unpaid: what each payable began with, took on, gave up and still is; and was a span ago."""
    money = ColumnKind.MONEY
    rows, totals, earlier = [], [NOTHING, NOTHING, NOTHING, NOTHING], NOTHING
    for kind in _OWED:
        of = (kind,)
        amounts = (
            NOTHING - ledger.total("opening", kinds=of),
            ledger.total("credited", kinds=of),
            ledger.total("debited", kinds=of),
            NOTHING - ledger.total("closing", kinds=of),
        )
        totals = [total + amount for total, amount in zip(totals, amounts, strict=True)]
        taken_on = before[1].total("credited", kinds=of) if before else None
        earlier += taken_on or NOTHING
        rows.append(ReportRow((account_title(kind), *amounts, taken_on)))
    rows.append(ReportRow(("合计", *totals, earlier if before else None), Style.TOTAL))
    cost = sum((ledger.total("closing", kinds=(kind,)) for kind in ACCRUALS if kind not in _OWED), NOTHING)
    return Table(
        "已计提未支付",
        (
            ColumnSpec("项目"),
            ColumnSpec("期初", money),
            ColumnSpec("本期计提或转入", money),
            ColumnSpec("本期支付、转出或退回", money),
            ColumnSpec("期末", money),
            ColumnSpec("上期计提或转入", money),
        ),
        tuple(rows),
        proofs=(Proof("期初 + 转入 − 转出 = 期末", totals[0] + totals[1] - totals[2], totals[3]),),
        notes=(
            f"自信托成立累计计入费用的信托报酬、保管费与绩效酬金 {cost:,.2f} 元。",
            "考核未达档位的暂扣部分退回小区，列为转出。",
        ),
    )
