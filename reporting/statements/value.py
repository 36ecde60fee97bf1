"""保值增值报告: what idle money earned in a period that is over, and how that is measured. Pure.

Refuses to look forward: it states what was realised and compares with the listed demand rate, nothing more
(信托公司不得承诺收益).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from custody.kernel.accrual import decimal_of, deposit_income
from custody.kernel.money import rounded
from custody.ledger.chart import BOOK_TITLES, Book
from reporting.statements.common import (
    BOOKS,
    FUNDS,
    PRIOR,
    SIGNATURES,
    account_title,
    added,
    book_columns,
    by_book,
    day_text,
    detail_note,
    entries_proofs,
    negated,
    paired_row,
    percent,
    section_row,
    subtitles,
)
from reporting.statements.facts import NOTHING, Figures, prior_note
from reporting.statements.rates import DAYS_IN_YEAR, SOURCE, demand_rate
from reporting.statements.report import ColumnKind, ColumnSpec, Proof, Report, ReportRow, Style, Table
from reporting.statements.returns import (
    CHARGED,
    EARNED,
    TRUST_CASH,
    YEAR_DAYS,
    PlacementFact,
    Returns,
    ValueFacts,
    daily_balances,
    measured,
)

TITLE = "保值增值报告"
CONTRIBUTIONS = ("property_fee", "parking", "advertising", "grant", "other_income", "refund")
_SPENDING = (
    ("预算支出", ("budget_spending",)),
    ("收款手续费", ("channel_fee",)),
    ("待查付款", ("unexplained",)),
    ("司法扣划", ("judicial",)),
    ("待追回款", ("recoverable",)),
    (
        "支付各项报酬与费用",
        (
            "trustee_fee", "trustee_fee_payable", "custody_fee", "custody_fee_payable", "performance_fee",
            "performance_withheld", "performance_payable",
        ),
    ),
)  # fmt: skip
_WIDTH = 5

Amounts = tuple[Decimal, ...]
Lines = tuple[tuple[str, Amounts], ...]


def value_statement(facts: ValueFacts) -> Report:
    """The value-preservation statement as a Report; InvariantBroken if a proof fails."""
    returns = measured(facts)
    ledger = facts.ledger
    return Report(
        title=TITLE,
        estate=ledger.heading.estate,
        subtitles=subtitles(ledger.heading),
        sheets=(
            _flow_table(facts),
            _returns_table(facts, returns),
            _placements_table(facts),
        ),
        produced_at=ledger.heading.produced_at,
        headlines=(
            ("期初资金", ledger.total("opening", kinds=FUNDS)),
            ("资金净收益", returns.net),
            ("日均资金", returns.average_cash),
            ("同额活期利息", returns.demand_interest),
            ("期末资金", ledger.total("closing", kinds=FUNDS)),
        ),
        signatures=SIGNATURES,
    )


@dataclass(frozen=True, slots=True)
class _Flow:
    """The page's figures over one span, one amount a book, positive in the sense of their names."""

    opening: Amounts
    receipts: tuple[tuple[str, Amounts], ...]
    spending: tuple[tuple[str, Amounts], ...]
    earned: tuple[tuple[str, Amounts], ...]
    charged: tuple[tuple[str, Amounts], ...]
    closing: Amounts

    @property
    def expected(self) -> Amounts:
        """What opening and flow give for the closing."""
        return added(
            self.opening, _total(self.receipts), negated(_total(self.spending)), _total(self.earned),
            negated(_total(self.charged)),
        )  # fmt: skip


def _total(lines: Sequence[tuple[str, Amounts]]) -> Amounts:
    return added((NOTHING,) * len(BOOKS), *(amounts for _, amounts in lines))


def _flow_of(figures: Figures) -> _Flow:
    receipts = [(account_title(kind), negated(by_book(figures, "net", kind))) for kind in CONTRIBUTIONS]
    receipts.append(("待确认款项净增加", negated(by_book(figures, "net", "suspense"))))
    receipts.append(("实收信托与账间划转", added(
        negated(by_book(figures, "net", "corpus", "book_transfer")),
        tuple(figures.transferred(book) for book in BOOKS),
    )))  # fmt: skip
    return _Flow(
        opening=by_book(figures, "opening", *FUNDS),
        receipts=tuple(receipts),
        spending=tuple((label, by_book(figures, "net", *kinds)) for label, kinds in _SPENDING),
        earned=tuple((account_title(kind), negated(by_book(figures, "net", kind))) for kind in EARNED),
        charged=tuple((account_title(kind), by_book(figures, "net", kind)) for kind in CHARGED),
        closing=by_book(figures, "closing", *FUNDS),
    )


def _flow_table(facts: ValueFacts) -> Table:
    ledger = facts.ledger
    now = _flow_of(ledger.figures)
    before = _flow_of(facts.before.ledger.figures) if facts.before else None
    proofs = [*_flow_proofs(now), Proof("各来源收益之和 = 资金收益", sum(_total(now.earned), NOTHING),
                                        measured(facts).earned)]  # fmt: skip
    if before is not None:
        proofs += _flow_proofs(before, of="上期")
        ended, began = sum(before.closing, NOTHING), sum(now.opening, NOTHING)
        proofs.append(Proof("上期期末资金 = 本期期初资金", ended, began))
    return Table(
        "资金变动",
        book_columns(ColumnSpec(PRIOR, ColumnKind.MONEY)),
        tuple(_flow_rows(facts, now, before)),
        proofs=(*proofs, *entries_proofs(ledger)),
        notes=(_prior_note(facts), detail_note(ledger.heading)),
    )


def _flow_rows(facts: ValueFacts, now: _Flow, before: _Flow | None) -> list[ReportRow]:
    def row(label: str, pick: Callable[[_Flow], Amounts], style: Style = Style.PLAIN) -> ReportRow:
        return paired_row(label, pick, now, before, width=_WIDTH, style=style)

    def block(label: str, pick: Callable[[_Flow], Lines]) -> list[ReportRow]:
        return [
            section_row(label, width=_WIDTH),
            *(row(f"  {name}", _nth(pick, at)) for at, (name, _) in enumerate(pick(now))),
            row(f"{label[2:]}合计", lambda flow: _total(pick(flow)), Style.TOTAL),
        ]

    return [
        row("一、期初资金", lambda flow: flow.opening, Style.OPENING),
        *block("二、缴入", lambda flow: flow.receipts),
        *block("三、支出", lambda flow: flow.spending),
        *block("四、资金收益", lambda flow: flow.earned),
        *block("五、银行扣收", lambda flow: flow.charged),
        row(
            "资金净收益（四 − 五）",
            lambda flow: added(_total(flow.earned), negated(_total(flow.charged))),
            Style.TOTAL,
        ),
        row("六、期末资金", lambda flow: flow.closing, Style.TOTAL),
        *_closing_rows(facts),
        row(
            "勾稽：一 + 二 − 三 + 四 − 五 − 六",
            lambda flow: added(flow.expected, negated(flow.closing)),
            Style.PROOF,
        ),
    ]


def _closing_rows(facts: ValueFacts) -> Iterator[ReportRow]:
    """Where the closing funds are."""
    now, before = facts.ledger.figures, facts.before.ledger.figures if facts.before else None
    for kind in FUNDS:
        yield paired_row(f"  其中：{account_title(kind)}", _closing(kind), now, before, width=_WIDTH)


def _nth(pick: Callable[[_Flow], Lines], at: int) -> Callable[[_Flow], Amounts]:
    return lambda flow: pick(flow)[at][1]


def _closing(kind: str) -> Callable[[Figures], Amounts]:
    return lambda figures: by_book(figures, "closing", kind)


def _flow_proofs(flow: _Flow, *, of: str = "") -> list[Proof]:
    return [
        Proof(f"{of}{BOOK_TITLES[book]}：期初 + 缴入 − 支出 + 收益 − 银行扣收 = 期末", left, right)
        for book, left, right in zip(BOOKS, flow.expected, flow.closing, strict=True)
    ]


def _prior_note(facts: ValueFacts) -> str:
    return prior_note(facts.ledger.heading, facts.before.ledger.heading.span if facts.before else None)


def _returns_table(facts: ValueFacts, returns: Returns) -> Table:
    money, rate = ColumnKind.MONEY, ColumnKind.RATE
    heading = facts.ledger.heading
    balances = daily_balances(facts)
    before = measured(facts.before) if facts.before else None
    total = sum((amount for _, amount in balances), NOTHING)
    return Table(
        "收益率",
        (
            ColumnSpec("指标"), ColumnSpec("金额", money), ColumnSpec("年化", rate),
            ColumnSpec("上期金额", money), ColumnSpec("上期年化", rate),
            ColumnSpec("算法", ColumnKind.TEXT, 48),
        ),
        tuple(_return_rows(facts, returns, before)),
        proofs=(
            Proof(
                "逐日资金的末日 = 期末银行存款 + 存放款项",
                balances[-1][1],
                facts.ledger.total("closing", kinds=TRUST_CASH),
            ),
            Proof("日均资金 = 逐日之和 ÷ 天数", returns.average_cash, rounded(total / returns.days)),
        ),
        notes=(
            _prior_note(facts),
            f"期间 {heading.from_on} 至 {heading.to_on} 共 {returns.days} 天，首尾两日都计。均为已实现数。",
            f"活期利率来源：{SOURCE}，按日取当日有效利率。",
        ),
    )  # fmt: skip


def _return_rows(facts: ValueFacts, now: Returns, before: Returns | None) -> Iterator[ReportRow]:
    """Each measure with its formula, and beside it what it was in the span before."""
    days = f"{now.days}"
    listed = sorted({demand_rate(on) for on, _ in daily_balances(facts)}, reverse=True)
    rates = "、".join(percent(each) for each in listed)
    formulas = (
        ("日均资金", "average_cash", f"{days} 天每日终了（银行存款 + 存放本金）之和 ÷ {days}"),
        ("资金净收益", "net", "活期利息 + 存放收益 − 银行手续费、利息税与负利息"),
        ("已实现年化收益率", "realised", f"净收益 ÷ 日均资金 × {YEAR_DAYS} ÷ {days}"),
        ("期内投入资金", "dietz_base", f"期初 + Σ 当日净流入 ×（当日起剩余天数 ÷ {days}），收益不计入流入"),
        ("资金加权年化收益率", "dietz", f"修正迪茨法：净收益 ÷ 期内投入资金 × {YEAR_DAYS} ÷ {days}"),
        ("同额活期利息", "demand_interest", f"每日资金 × 活期挂牌利率（{rates}）÷ {DAYS_IN_YEAR} 之和"),
        ("与同额活期利息之差", "over_demand", "资金净收益 − 同额活期利息"),
    )
    for label, what, formula in formulas:
        value, was = getattr(now, what), getattr(before, what) if before else None
        if what in ("realised", "dietz"):
            yield ReportRow((label, None, value, None, was, formula))
        else:
            yield ReportRow((label, value, None, was, None, formula))


def _placements_table(facts: ValueFacts) -> Table:
    money = ColumnKind.MONEY
    rows = [ReportRow(_placement_cells(each, facts.ledger.heading.to_on)) for each in facts.placements]
    placed = sum((p.principal for p in facts.placements), NOTHING)
    out = sum((p.principal for p in facts.placements if p.back_on is None), NOTHING)
    income = sum((p.income or NOTHING for p in facts.placements), NOTHING)
    rows.append(
        ReportRow(("合计", None, placed, None, None, None, None, income, None, None, None), Style.TOTAL)
    )
    return Table(
        "存放明细",
        (
            ColumnSpec("品种"), ColumnSpec("账册"), ColumnSpec("本金", money),
            ColumnSpec("转出日", ColumnKind.DATE), ColumnSpec("转回日", ColumnKind.DATE),
            ColumnSpec("天数", ColumnKind.INT), ColumnSpec("约定年利率", ColumnKind.RATE),
            ColumnSpec("到账收益", money), ColumnSpec("按约定计算", money), ColumnSpec("差额", money),
            ColumnSpec("状态"),
        ),
        tuple(rows),
        proofs=(
            Proof("未转回本金 = 存放款项余额", out, facts.ledger.total("closing", kinds=("placement",)),
                  strict=False, note="存放登记与账面不一致，待查"),
            Proof("期内转回的收益 = 存放收益", _income_within(facts),
                  NOTHING - facts.ledger.total("net", kinds=("placement_income",)),
                  strict=False, note="存放登记与账面不一致，待查"),
        ),
        notes=(f"按约定计算 = 本金 × 年利率 × 天数 ÷ {DAYS_IN_YEAR}；天数算头不算尾。入账以银行实付为准。",),
    )  # fmt: skip


def _income_within(facts: ValueFacts) -> Decimal:
    heading = facts.ledger.heading
    return sum(
        (p.income or NOTHING for p in facts.placements if p.back_on and p.back_on >= heading.from_on), NOTHING
    )


def _placement_cells(each: PlacementFact, to_on: date) -> tuple[str | int | Decimal | date | None, ...]:
    expected = None
    if each.annual_rate is not None and each.back_on is not None:
        exact = deposit_income(each.principal, each.annual_rate, each.out_on, each.back_on)
        expected = rounded(decimal_of(exact))
    variance = each.income - expected if each.income is not None and expected is not None else None
    return (
        each.product,
        BOOK_TITLES[Book(each.book)],
        each.principal,
        each.out_on,
        each.back_on,
        ((each.back_on or to_on) - each.out_on).days,
        each.annual_rate,
        each.income,
        expected,
        variance,
        f"{day_text(each.back_on)} 转回" if each.back_on else "存放中",
    )
