"""费用分配表: what each party gets of the remuneration base, and what the trustee and the bank accrue. Pure.

Refuses shares that do not sum to the base. Figures recomputed from the deed stand beside what the ledger
accrued; a difference (a late receipt, an accrual not yet run) is stated, never smoothed.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from reporting.reading.facts import LedgerFacts
from reporting.statements.common import NOTHING, detail_table, percent, ratio, subtitles
from reporting.statements.report import ColumnKind, ColumnSpec, Proof, Report, Row, Style, Table
from reporting.statements.wording import base_title

TITLE = "费用分配表"
BASE, PERFORMANCE = "base_remuneration", "performance_remuneration"
_NOT_YET = "重算数与账面计提之差,待补计提"


@dataclass(frozen=True, slots=True)
class MonthFact:
    """One month's remuneration by the deed, and ``accrued``: the performance the ledger withheld. Yuan."""

    month: date
    base_kind: str
    base: Decimal
    base_rate: Decimal
    base_fee: Decimal
    performance_rate: Decimal
    performance: Decimal
    remainder: Decimal
    accrued: Decimal


@dataclass(frozen=True, slots=True)
class AssessmentFact:
    """A quarter's score and what became of its withheld performance. Yuan; ``factor`` 0 to 1."""

    year: int
    quarter: int
    score: int
    factor: Decimal
    accrued: Decimal
    payable: Decimal
    lapsed: Decimal

    @property
    def months(self) -> frozenset[date]:
        """First days of the quarter's months."""
        return frozenset(date(self.year, 3 * self.quarter - back, 1) for back in (2, 1, 0))


@dataclass(frozen=True, slots=True)
class PaymentFact:
    """One invoiced remuneration at the period's end: paid on a day, approved and under way, or neither."""

    month: date
    basis: str
    invoice: str
    amount: Decimal
    paid_on: date | None
    approved: bool


@dataclass(frozen=True, slots=True)
class CustodyFact:
    """Trustee or custody fee: recomputed on daily cash, and what the ledger accrued in the period. Yuan."""

    kind: str
    label: str
    annual_rate: Decimal
    rate_changes: bool
    days_in_year: int
    daily_total: Decimal
    average_cash: Decimal
    fee: Decimal
    accrued: Decimal


@dataclass(frozen=True, slots=True)
class FeeFacts:
    """What the fee split is made from."""

    ledger: LedgerFacts
    months: tuple[MonthFact, ...]
    assessments: tuple[AssessmentFact, ...]
    payments: tuple[PaymentFact, ...]
    custody: tuple[CustodyFact, ...]


def fee_split(facts: FeeFacts) -> Report:
    """The fee split as a Report; InvariantBroken if a proof fails."""
    heading = facts.ledger.heading
    paid = sum((p.amount for p in facts.payments if p.paid_on), NOTHING)
    return Report(
        title=TITLE,
        estate=heading.estate,
        subtitles=subtitles(heading),
        sheets=(
            _months_table(facts),
            _shares_table(facts),
            _payments_table(facts),
            _custody_table(facts),
            detail_table(facts.ledger),
        ),
        produced_at=heading.produced_at,
        headlines=(
            ("酬金基数", _sum(facts, "base")),
            ("基础酬金", _sum(facts, "base_fee")),
            ("绩效酬金计提", _sum(facts, "performance")),
            ("酬金已付", paid),
            *((each.label, each.fee) for each in facts.custody),
        ),
    )


def _sum(facts: FeeFacts, what: str) -> Decimal:
    amounts: list[Decimal] = [getattr(month, what) for month in facts.months]
    return sum(amounts, NOTHING)


def _months_table(facts: FeeFacts) -> Table:
    money, rate = ColumnKind.MONEY, ColumnKind.RATE
    rows = [
        Row((
            f"{m.month:%Y-%m}", base_title(m.base_kind), m.base, m.base_rate, m.base_fee,
            m.performance_rate, m.performance, m.accrued, m.remainder,
        ))
        for m in facts.months
    ]  # fmt: skip
    totals = {name: _sum(facts, name) for name in ("base", "base_fee", "performance", "accrued", "remainder")}
    rows.append(Row((
        "合计", None, totals["base"], None, totals["base_fee"], None, totals["performance"],
        totals["accrued"], totals["remainder"],
    ), Style.TOTAL))  # fmt: skip
    return Table(
        "分月酬金",
        (
            ColumnSpec("月份"), ColumnSpec("酬金基数口径"), ColumnSpec("酬金基数", money),
            ColumnSpec("基础酬金率", rate), ColumnSpec("基础酬金", money), ColumnSpec("绩效酬金率", rate),
            ColumnSpec("绩效酬金(重算)", money), ColumnSpec("绩效酬金(账面计提)", money),
            ColumnSpec("留作服务支出", money),
        ),
        tuple(rows),
        proofs=(
            Proof("基础酬金 + 绩效酬金 + 留作服务支出 = 酬金基数",
                  totals["base_fee"] + totals["performance"] + totals["remainder"], totals["base"]),
            Proof("绩效酬金重算数 = 账面计提数", totals["performance"], totals["accrued"], strict=False,
                  note=_NOT_YET),
        ),
        notes=("基础酬金、绩效酬金各按月以费率乘基数,四舍五入到分;按该月首日有效的条款。",),
    )  # fmt: skip


def _shares_table(facts: FeeFacts) -> Table:
    money, rate = ColumnKind.MONEY, ColumnKind.RATE
    months = {m.month for m in facts.months}
    settled = [a for a in facts.assessments if a.months <= months]
    payable = sum((a.payable for a in settled), NOTHING)
    lapsed = sum((a.lapsed for a in settled), NOTHING)
    base, base_fee, remainder = (_sum(facts, name) for name in ("base", "base_fee", "remainder"))
    withheld = _sum(facts, "performance") - payable - lapsed
    shares: tuple[tuple[str, str, Decimal], ...] = (
        ("物业服务人", "基础酬金", base_fee),
        ("物业服务人", "绩效酬金(考核应付)", payable),
        ("小区(业主共有)", "绩效酬金(考核未达,退回)", lapsed),
        ("暂扣", "绩效酬金(待考核)", withheld),
        ("小区(业主共有)", "留作服务支出", remainder),
    )
    rows = [Row((party, what, amount, ratio(amount, base))) for party, what, amount in shares]
    total = sum((amount for _, _, amount in shares), NOTHING)
    rows.append(Row(("合计", "酬金基数", total, ratio(total, base)), Style.TOTAL))
    return Table(
        "分配",
        (ColumnSpec("归属"), ColumnSpec("项目"), ColumnSpec("金额", money), ColumnSpec("占基数", rate)),
        tuple(rows),
        proofs=(Proof("基础酬金 + 绩效应付 + 退回 + 暂扣 + 留作服务支出 = 酬金基数", total, base),),
        notes=tuple(_assessed_note(a, listed=a in settled) for a in facts.assessments)
        or ("本期没有已结算的考核,绩效酬金全部暂扣。",),
    )


def _assessed_note(fact: AssessmentFact, *, listed: bool) -> str:
    note = (
        f"{fact.year} 年第 {fact.quarter} 季度考核 {fact.score} 分,系数 {fact.factor}:"
        f"计提 {fact.accrued:,.2f},应付 {fact.payable:,.2f},退回 {fact.lapsed:,.2f} 元"
    )
    return note if listed else f"{note}(该季度不全在本期内,未列入上表)"


def _payments_table(facts: FeeFacts) -> Table:
    """Due, paid, unpaid of each remuneration at the period's end."""
    money = ColumnKind.MONEY
    due: list[tuple[str, str, Decimal, tuple[PaymentFact, ...]]] = []
    for m in facts.months:
        mine = tuple(p for p in facts.payments if p.basis == BASE and p.month == m.month)
        due.append((f"{m.month:%Y-%m}", "基础酬金", m.base_fee, mine))
    known = {m.month for m in facts.months}
    for a in facts.assessments:
        if a.months <= known:
            mine = tuple(p for p in facts.payments if p.basis == PERFORMANCE and p.month in a.months)
            due.append((f"{a.year} Q{a.quarter}", "绩效酬金", a.payable, mine))
    figures = [_payment_figures(each[2], each[3]) for each in due]
    rows = [
        Row((period, what, *amounts, _invoices(payments)))
        for (period, what, _, payments), amounts in zip(due, figures, strict=True)
    ]
    sums = [sum(column, NOTHING) for column in zip(*figures, strict=True)]
    rows.append(Row(("合计", None, *sums, None), Style.TOTAL))
    return Table(
        "酬金支付",
        (
            ColumnSpec("期间"), ColumnSpec("项目"), ColumnSpec("应付", money), ColumnSpec("期末已付", money),
            ColumnSpec("期末未付", money), ColumnSpec("其中已审批待付", money), ColumnSpec("发票与付款日"),
        ),
        tuple(rows),
        proofs=(Proof("应付 = 已付 + 未付", sums[0], sums[1] + sums[2]),),
        notes=("已付以截止日(含)前的付款分录为准;已审批待付指业委会已审批、银行尚未付出。",),
    )  # fmt: skip


def _payment_figures(due: Decimal, payments: tuple[PaymentFact, ...]) -> tuple[Decimal, ...]:
    """Due, paid, unpaid, and of that approved."""
    paid = sum((p.amount for p in payments if p.paid_on), NOTHING)
    approved = sum((p.amount for p in payments if p.approved and not p.paid_on), NOTHING)
    return due, paid, due - paid, approved


def _invoices(payments: tuple[PaymentFact, ...]) -> str:
    return ";".join(f"{p.invoice} {p.paid_on.isoformat() if p.paid_on else '未付'}" for p in payments)


def _custody_table(facts: FeeFacts) -> Table:
    money = ColumnKind.MONEY
    rows = [
        Row((c.label, c.average_cash, c.annual_rate, c.fee, c.accrued, _formula(c), *_owed(facts, c.kind)))
        for c in facts.custody
    ]
    fees = sum((c.fee for c in facts.custody), NOTHING)
    accrued = sum((c.accrued for c in facts.custody), NOTHING)
    owed = [_owed(facts, c.kind) for c in facts.custody]
    paid = sum((each[0] for each in owed), NOTHING)
    left = sum((each[1] for each in owed), NOTHING)
    rows.append(Row(("合计", None, None, fees, accrued, None, paid, left), Style.TOTAL))
    return Table(
        "信托报酬与保管费",
        (
            ColumnSpec("项目"), ColumnSpec("日均资金", money), ColumnSpec("年费率", ColumnKind.RATE),
            ColumnSpec("应计(重算)", money), ColumnSpec("账面计提", money),
            ColumnSpec("算法", ColumnKind.TEXT, 48), ColumnSpec("本期支付或转出", money),
            ColumnSpec("期末未付", money),
        ),
        tuple(rows),
        proofs=(Proof("应计重算数 = 账面计提数", fees, accrued, strict=False, note=_NOT_YET),),
        notes=("资金为每日终了的银行存款与存放本金;按日累计、全程不舍入,期末一次四舍五入到分。",),
    )  # fmt: skip


def _formula(fact: CustodyFact) -> str:
    if fact.rate_changes:
        return f"Σ 每日资金 × 当日年费率 ÷ {fact.days_in_year}"
    return (
        f"每日资金之和 {fact.daily_total:,.2f} × {percent(fact.annual_rate)} ÷ {fact.days_in_year}"
        f" = {fact.fee:,.2f}"
    )


def _owed(facts: FeeFacts, kind: str) -> tuple[Decimal, Decimal]:
    """What left the payable in the period, and what it still is at the end."""
    return (
        facts.ledger.total("debited", kinds=(kind,)),
        NOTHING - facts.ledger.total("closing", kinds=(kind,)),
    )
