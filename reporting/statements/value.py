"""保值增值报告: what idle money earned in a period that is over, and how that is measured. Pure.

Refuses to look forward: it states what was realised and compares with the listed demand rate, nothing more
(信托公司不得承诺收益).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from custody.kernel.accrual import average, decimal_of, deposit_income
from custody.kernel.money import rounded
from custody.ledger.chart import BOOK_TITLES, Book
from reporting.reading.facts import LedgerFacts
from reporting.statements.common import (
    BOOKS,
    FUNDS,
    NOTHING,
    account_title,
    added,
    book_columns,
    book_row,
    by_book,
    day_text,
    detail_table,
    negated,
    percent,
    ratio,
    section_row,
    subtitles,
)
from reporting.statements.rates import DAYS_IN_YEAR, SOURCE, demand_rate
from reporting.statements.report import ColumnKind, ColumnSpec, Proof, Report, Row, Style, Table

TITLE = "保值增值报告"
TRUST_CASH = ("cash", "placement")
RETURNS = ("interest", "placement_income", "bank_charge")
EARNED = ("interest", "placement_income")
CONTRIBUTIONS = ("property_fee", "parking", "advertising", "grant")
_SPENDING = (
    ("预算支出", ("budget_spending",)),
    ("收款手续费", ("channel_fee",)),
    ("待查付款", ("unexplained",)),
    (
        "支付各项报酬与费用",
        (
            "trustee_fee", "trustee_fee_payable", "custody_fee", "custody_fee_payable", "performance_fee",
            "performance_withheld", "performance_payable",
        ),
    ),
)  # fmt: skip
_WIDTH = 4
_YEAR = 365


@dataclass(frozen=True, slots=True)
class PlacementFact:
    """One placement as it stood at the period's end; ``back_on`` None while it was still out. Yuan."""

    product: str
    book: str
    principal: Decimal
    out_on: date
    back_on: date | None
    annual_rate: Decimal | None
    income: Decimal | None


@dataclass(frozen=True, slots=True)
class ValueFacts:
    """What the report is made from. ``daily``: net of trust cash and returns on days that have any."""

    ledger: LedgerFacts
    daily: Mapping[date, Mapping[str, Decimal]]
    placements: tuple[PlacementFact, ...]


@dataclass(frozen=True, slots=True)
class Returns:
    """The measured figures: yuan, and fractions a year. A rate is None when nothing was held."""

    days: int
    average_cash: Decimal
    earned: Decimal
    charged: Decimal
    realised: Decimal | None
    dietz: Decimal | None
    dietz_base: Decimal
    demand_interest: Decimal

    @property
    def net(self) -> Decimal:
        """Income − bank charges, yuan."""
        return self.earned - self.charged


def value_statement(facts: ValueFacts) -> Report:
    """The value-preservation statement as a Report; InvariantBroken if a proof fails."""
    returns = measured(facts)
    ledger = facts.ledger
    return Report(
        title=TITLE,
        estate=ledger.heading.estate,
        subtitles=subtitles(ledger.heading),
        sheets=(
            _flow_table(ledger, returns),
            _returns_table(facts, returns),
            _placements_table(facts),
            detail_table(ledger),
        ),
        produced_at=ledger.heading.produced_at,
        headlines=(
            ("期初资金", ledger.total("opening", kinds=FUNDS)),
            ("资金净收益", returns.net),
            ("日均资金", returns.average_cash),
            ("同额活期利息", returns.demand_interest),
            ("期末资金", ledger.total("closing", kinds=FUNDS)),
        ),
    )


def measured(facts: ValueFacts) -> Returns:
    """Average, realised and money-weighted return of the period, each rounded once."""
    heading = facts.ledger.heading
    balances = daily_balances(facts)
    earned = NOTHING - facts.ledger.total("net", kinds=EARNED)
    charged = facts.ledger.total("net", kinds=("bank_charge",))
    average_cash = rounded(average([amount for _, amount in balances]))
    base = _dietz_base(facts)
    annual = Decimal(_YEAR) / heading.days
    demand = sum((Fraction(amount) * Fraction(demand_rate(on)) for on, amount in balances), Fraction(0))
    return Returns(
        days=heading.days,
        average_cash=average_cash,
        earned=earned,
        charged=charged,
        realised=ratio((earned - charged) * annual, average_cash),
        dietz=ratio((earned - charged) * annual, base) if base > 0 else None,
        dietz_base=base,
        demand_interest=rounded(decimal_of(demand / DAYS_IN_YEAR)),
    )


def daily_balances(facts: ValueFacts) -> list[tuple[date, Decimal]]:
    """End-of-day trust cash (bank + placed) for each day of the period."""
    heading = facts.ledger.heading
    balance = facts.ledger.total("opening", kinds=TRUST_CASH)
    days = []
    for offset in range(heading.days):
        on = heading.from_on + timedelta(days=offset)
        moved = facts.daily.get(on, {})
        balance += sum((moved.get(kind, NOTHING) for kind in TRUST_CASH), NOTHING)
        days.append((on, balance))
    return days


def _dietz_base(facts: ValueFacts) -> Decimal:
    """Opening + Σ flow × (days left, its own day included) ÷ days: the capital at work, to the fen.

    A flow is the day's change of trust cash that is not its return; both are counted at the day's end, as
    the bank charges interest.
    """
    heading = facts.ledger.heading
    weighted = Fraction(facts.ledger.total("opening", kinds=TRUST_CASH))
    for on, moved in facts.daily.items():
        flow = sum((moved.get(kind, NOTHING) for kind in (*TRUST_CASH, *RETURNS)), NOTHING)
        weighted += Fraction(flow) * ((heading.to_on - on).days + 1) / heading.days
    return rounded(decimal_of(weighted))


def _flow_table(ledger: LedgerFacts, returns: Returns) -> Table:
    opening, closing = by_book(ledger, "opening", *FUNDS), by_book(ledger, "closing", *FUNDS)
    receipts = [(account_title(kind), negated(by_book(ledger, "net", kind))) for kind in CONTRIBUTIONS]
    receipts.append(("待确认款项净增加", negated(by_book(ledger, "net", "suspense"))))
    receipts.append(("实收信托与账间划转", added(
        negated(by_book(ledger, "net", "corpus", "book_transfer")),
        tuple(ledger.transferred(book) for book in BOOKS),
    )))  # fmt: skip
    spending = [(label, by_book(ledger, "net", *kinds)) for label, kinds in _SPENDING]
    earned = [(account_title(kind), negated(by_book(ledger, "net", kind))) for kind in EARNED]
    charged = by_book(ledger, "net", "bank_charge")
    rows = [book_row("一、期初资金", opening, width=_WIDTH, style=Style.OPENING)]
    paid_in = _block(rows, "二、缴入", receipts)
    paid_out = _block(rows, "三、支出", spending)
    income = _block(rows, "四、资金收益", earned)
    rows.append(book_row("五、银行手续费", charged, width=_WIDTH, style=Style.TOTAL))
    rows.append(
        book_row("资金净收益(四 − 五)", added(income, negated(charged)), width=_WIDTH, style=Style.TOTAL)
    )
    rows.append(book_row("六、期末资金", closing, width=_WIDTH, style=Style.TOTAL))
    rows += [
        book_row(f"  其中:{account_title(kind)}", by_book(ledger, "closing", kind), width=_WIDTH)
        for kind in FUNDS
    ]
    expected = added(opening, paid_in, negated(paid_out), income, negated(charged))
    rows.append(
        book_row("勾稽:一 + 二 − 三 + 四 − 五 − 六", added(expected, negated(closing)), width=_WIDTH,
                 style=Style.PROOF)
    )  # fmt: skip
    proofs = [
        Proof(f"{BOOK_TITLES[book]}:期初 + 缴入 − 支出 + 收益 − 手续费 = 期末", left, right)
        for book, left, right in zip(BOOKS, expected, closing, strict=True)
    ]
    proofs.append(Proof("各来源收益之和 = 资金收益", sum(income, NOTHING), returns.earned))
    return Table("资金变动", book_columns(), tuple(rows), proofs=tuple(proofs))


def _block(
    rows: list[Row], label: str, lines: Sequence[tuple[str, Sequence[Decimal]]]
) -> tuple[Decimal, ...]:
    """A section with its lines and total appended to ``rows``; answers the total."""
    total = added((NOTHING,) * len(BOOKS), *(amounts for _, amounts in lines))
    rows.append(section_row(label, width=_WIDTH))
    rows += [book_row(f"  {name}", amounts, width=_WIDTH) for name, amounts in lines]
    rows.append(book_row(f"{label[2:]}合计", total, width=_WIDTH, style=Style.TOTAL))
    return total


def _returns_table(facts: ValueFacts, returns: Returns) -> Table:
    money, rate = ColumnKind.MONEY, ColumnKind.RATE
    heading = facts.ledger.heading
    balances = daily_balances(facts)
    rates = sorted({(demand_rate(on)) for on, _ in balances}, reverse=True)
    days = f"{returns.days}"
    rows = (
        ("日均资金", returns.average_cash, None, f"{days} 天每日终了(银行存款 + 存放本金)之和 ÷ {days}"),
        ("资金净收益", returns.net, None, "活期利息 + 存放收益 − 银行手续费"),
        ("已实现年化收益率", None, returns.realised, f"净收益 ÷ 日均资金 × {_YEAR} ÷ {days}"),
        ("期内投入资金", returns.dietz_base, None,
         f"期初 + Σ 当日净流入 ×(当日起剩余天数 ÷ {days}),收益不计入流入"),
        ("资金加权年化收益率", None, returns.dietz, f"修正迪茨法:净收益 ÷ 期内投入资金 × {_YEAR} ÷ {days}"),
        ("同额活期利息", returns.demand_interest, None,
         f"每日资金 × 活期挂牌利率({'、'.join(percent(each) for each in rates)})÷ {DAYS_IN_YEAR} 之和"),
        ("与同额活期利息之差", returns.net - returns.demand_interest, None, "资金净收益 − 同额活期利息"),
    )  # fmt: skip
    total = sum((amount for _, amount in balances), NOTHING)
    return Table(
        "收益率",
        (
            ColumnSpec("指标"),
            ColumnSpec("金额", money),
            ColumnSpec("年化", rate),
            ColumnSpec("算法", ColumnKind.TEXT, 48),
        ),
        tuple(Row(cells) for cells in rows),
        proofs=(
            Proof(
                "逐日资金的末日 = 期末银行存款 + 存放款项",
                balances[-1][1],
                facts.ledger.total("closing", kinds=TRUST_CASH),
            ),
            Proof("日均资金 = 逐日之和 ÷ 天数", returns.average_cash, rounded(total / returns.days)),
        ),
        notes=(
            f"期间 {heading.from_on} 至 {heading.to_on} 共 {days} 天,首尾两日都计。均为已实现数。",
            f"活期利率来源:{SOURCE},按日取当日有效利率。",
        ),
    )


def _placements_table(facts: ValueFacts) -> Table:
    money = ColumnKind.MONEY
    rows = [Row(_placement_cells(each, facts.ledger.heading.to_on)) for each in facts.placements]
    placed = sum((p.principal for p in facts.placements), NOTHING)
    out = sum((p.principal for p in facts.placements if p.back_on is None), NOTHING)
    income = sum((p.income or NOTHING for p in facts.placements), NOTHING)
    rows.append(Row(("合计", None, placed, None, None, None, None, income, None, None, None), Style.TOTAL))
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
                  strict=False, note="存放登记与账面不一致,待查"),
            Proof("期内转回的收益 = 存放收益", _income_within(facts),
                  NOTHING - facts.ledger.total("net", kinds=("placement_income",)),
                  strict=False, note="存放登记与账面不一致,待查"),
        ),
        notes=(f"按约定计算 = 本金 × 年利率 × 天数 ÷ {DAYS_IN_YEAR};天数算头不算尾。入账以银行实付为准。",),
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
