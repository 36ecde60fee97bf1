"""费用分配表: what each party gets of the remuneration base, and what the trustee and the bank accrue. Pure.

Refuses shares that do not sum to the base. Figures recomputed from the deed stand beside what the ledger
accrued; a difference (a late receipt, an accrual not yet run) is stated, never smoothed.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from reporting.statements.common import (
    PRIOR,
    SIGNATURES,
    detail_note,
    entries_proofs,
    percent,
    ratio,
    subtitles,
)
from reporting.statements.facts import NOTHING, LedgerFacts, prior_note
from reporting.statements.paper_words import base_title
from reporting.statements.report import ColumnKind, ColumnSpec, Proof, Report, ReportRow, Style, Table

TITLE = "费用分配表"
BASE, PERFORMANCE = "base_remuneration", "performance_remuneration"
_NOT_YET = "重算数与账面计提之差，待补计提"


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
    """What the fee split is made from. ``before``: the same of the span before; where it is None though the
    trust was there, ``no_before`` says why.
    """

    ledger: LedgerFacts
    months: tuple[MonthFact, ...]
    assessments: tuple[AssessmentFact, ...]
    payments: tuple[PaymentFact, ...]
    custody: tuple[CustodyFact, ...]
    before: "FeeFacts | None" = None
    no_before: str = ""


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
        ),
        produced_at=heading.produced_at,
        headlines=(
            ("酬金基数", _sum(facts, "base")),
            ("基础酬金", _sum(facts, "base_fee")),
            ("绩效酬金计提", _sum(facts, "performance")),
            ("酬金已付", paid),
            *((each.label, each.fee) for each in facts.custody),
        ),
        signatures=(*SIGNATURES[:-1], "物业服务人（章）：", SIGNATURES[-1]),
    )


def _sum(facts: FeeFacts, what: str) -> Decimal:
    amounts: list[Decimal] = [getattr(month, what) for month in facts.months]
    return sum(amounts, NOTHING)


def _prior_note(facts: FeeFacts) -> str:
    if facts.no_before:
        return f"上期无法重算，上期栏为空：{facts.no_before}。"
    return prior_note(facts.ledger.heading, facts.before.ledger.heading.span if facts.before else None)


_SUMMED = ("base", "base_fee", "performance", "accrued", "remainder")


def _totals_row(label: str, facts: FeeFacts | None, style: Style) -> ReportRow:
    base, base_fee, performance, accrued, remainder = (
        _sum(facts, name) if facts else None for name in _SUMMED
    )
    return ReportRow((label, None, base, None, base_fee, None, performance, accrued, remainder), style)


def _months_table(facts: FeeFacts) -> Table:
    money, rate = ColumnKind.MONEY, ColumnKind.RATE
    rows = [
        ReportRow((
            f"{m.month:%Y-%m}", base_title(m.base_kind), m.base, m.base_rate, m.base_fee,
            m.performance_rate, m.performance, m.accrued, m.remainder,
        ))
        for m in facts.months
    ]  # fmt: skip
    rows.append(_totals_row("合计", facts, Style.TOTAL))
    rows.append(_totals_row(PRIOR, facts.before, Style.PLAIN))
    return Table(
        "分月酬金",
        (
            ColumnSpec("月份"), ColumnSpec("酬金基数口径"), ColumnSpec("酬金基数", money),
            ColumnSpec("基础酬金率", rate), ColumnSpec("基础酬金", money), ColumnSpec("绩效酬金率", rate),
            ColumnSpec("绩效酬金（重算）", money), ColumnSpec("绩效酬金（账面计提）", money),
            ColumnSpec("留作服务支出", money),
        ),
        tuple(rows),
        proofs=(
            *_months_proofs(facts),
            *(_months_proofs(facts.before, of="上期") if facts.before else ()),
            *entries_proofs(facts.ledger),
        ),
        notes=(
            _prior_note(facts),
            "基础酬金、绩效酬金各按月以费率乘基数，四舍五入到分；按该月首日有效的条款。",
            "以收入为基数的，只计银行已确认到账的收入；退款超出当月收入的部分，除条款另有约定外冲减以后月份的基数。",
            detail_note(facts.ledger.heading),
        ),
    )  # fmt: skip


def _months_proofs(facts: FeeFacts, *, of: str = "") -> tuple[Proof, Proof]:
    base, base_fee, performance, accrued, remainder = (_sum(facts, name) for name in _SUMMED)
    return (
        Proof(f"{of}基础酬金 + 绩效酬金 + 留作服务支出 = 酬金基数", base_fee + performance + remainder, base),
        Proof(f"{of}绩效酬金重算数 = 账面计提数", performance, accrued, strict=False, note=_NOT_YET),
    )


def _settled(facts: FeeFacts) -> list[AssessmentFact]:
    """Assessments of quarters that lie whole in the period."""
    months = {m.month for m in facts.months}
    return [a for a in facts.assessments if a.months <= months]


def _shares(facts: FeeFacts) -> tuple[tuple[str, str, Decimal], ...]:
    """Who gets what of the base: (party, what, yuan)."""
    settled = _settled(facts)
    payable = sum((a.payable for a in settled), NOTHING)
    lapsed = sum((a.lapsed for a in settled), NOTHING)
    return (
        ("物业服务人", "基础酬金", _sum(facts, "base_fee")),
        ("物业服务人", "绩效酬金（考核应付）", payable),
        ("小区（业主共有）", "绩效酬金（考核未达，退回）", lapsed),
        ("暂扣", "绩效酬金（待考核）", _sum(facts, "performance") - payable - lapsed),
        ("小区（业主共有）", "留作服务支出", _sum(facts, "remainder")),
    )


def _shares_table(facts: FeeFacts) -> Table:
    money, rate = ColumnKind.MONEY, ColumnKind.RATE
    settled, shares, base = _settled(facts), _shares(facts), _sum(facts, "base")
    before = [amount for _, _, amount in _shares(facts.before)] if facts.before else [None] * len(shares)
    rows = [
        ReportRow((party, what, amount, ratio(amount, base), earlier))
        for (party, what, amount), earlier in zip(shares, before, strict=True)
    ]
    proofs = [_shares_proof(facts)]
    if facts.before is not None:
        proofs.append(_shares_proof(facts.before, of="上期"))
    total = sum((amount for _, _, amount in shares), NOTHING)
    prior = sum((amount for amount in before if amount is not None), NOTHING) if facts.before else None
    rows.append(ReportRow(("合计", "酬金基数", total, ratio(total, base), prior), Style.TOTAL))
    return Table(
        "分配",
        (
            ColumnSpec("归属"), ColumnSpec("项目"), ColumnSpec("金额", money), ColumnSpec("占基数", rate),
            ColumnSpec("上期金额", money),
        ),
        tuple(rows),
        proofs=tuple(proofs),
        notes=(
            _prior_note(facts),
            *(_assessed_note(a, listed=a in settled) for a in facts.assessments),
            *(() if facts.assessments else ("本期没有已结算的考核，绩效酬金全部暂扣。",)),
        ),
    )  # fmt: skip


def _shares_proof(facts: FeeFacts, *, of: str = "") -> Proof:
    total = sum((amount for _, _, amount in _shares(facts)), NOTHING)
    claim = f"{of}基础酬金 + 绩效应付 + 退回 + 暂扣 + 留作服务支出 = 酬金基数"
    return Proof(claim, total, _sum(facts, "base"))


def _assessed_note(fact: AssessmentFact, *, listed: bool) -> str:
    note = (
        f"{fact.year} 年第 {fact.quarter} 季度考核 {fact.score} 分，系数 {fact.factor}："
        f"计提 {fact.accrued:,.2f}，应付 {fact.payable:,.2f}，退回 {fact.lapsed:,.2f} 元"
    )
    return note if listed else f"{note}（该季度不全在本期内，未列入上表）"


def _payments_table(facts: FeeFacts) -> Table:
    """Due, paid, unpaid of each remuneration at the period's end."""
    money = ColumnKind.MONEY
    due: list[tuple[str, str, Decimal, tuple[PaymentFact, ...]]] = []
    for m in facts.months:
        mine = tuple(p for p in facts.payments if p.basis == BASE and p.month == m.month)
        due.append((f"{m.month:%Y-%m}", "基础酬金", m.base_fee, mine))
    for a in _settled(facts):
        mine = tuple(p for p in facts.payments if p.basis == PERFORMANCE and p.month in a.months)
        due.append((f"{a.year} Q{a.quarter}", "绩效酬金", a.payable, mine))
    figures = [_payment_figures(each[2], each[3]) for each in due]
    rows = [
        ReportRow((period, what, *amounts, _invoices(payments)))
        for (period, what, _, payments), amounts in zip(due, figures, strict=True)
    ]
    sums = [sum(column, NOTHING) for column in zip(*figures, strict=True)]
    rows.append(ReportRow(("合计", None, *sums, None), Style.TOTAL))
    return Table(
        "酬金支付",
        (
            ColumnSpec("期间"), ColumnSpec("项目"), ColumnSpec("应付", money), ColumnSpec("期末已付", money),
            ColumnSpec("期末未付", money), ColumnSpec("其中已审批待付", money), ColumnSpec("发票与付款日"),
        ),
        tuple(rows),
        proofs=(Proof("应付 = 已付 + 未付", sums[0], sums[1] + sums[2]),),
        notes=("已付以截止日（含）前的付款分录为准；已审批待付指业委会已审批、银行尚未付出。",),
    )  # fmt: skip


def _payment_figures(due: Decimal, payments: tuple[PaymentFact, ...]) -> tuple[Decimal, ...]:
    """Due, paid, unpaid, and of that approved."""
    paid = sum((p.amount for p in payments if p.paid_on), NOTHING)
    approved = sum((p.amount for p in payments if p.approved and not p.paid_on), NOTHING)
    return due, paid, due - paid, approved


def _invoices(payments: tuple[PaymentFact, ...]) -> str:
    return "；".join(f"{p.invoice} {p.paid_on.isoformat() if p.paid_on else '未付'}" for p in payments)


def _custody_table(facts: FeeFacts) -> Table:
    money = ColumnKind.MONEY
    before = {c.kind: c.fee for c in facts.before.custody} if facts.before else {}
    rows = [
        ReportRow((
            c.label, c.average_cash, c.annual_rate, c.fee, c.accrued, before.get(c.kind), _formula(c),
            *_owed(facts, c.kind),
        ))
        for c in facts.custody
    ]  # fmt: skip
    fees = sum((c.fee for c in facts.custody), NOTHING)
    accrued = sum((c.accrued for c in facts.custody), NOTHING)
    owed = [_owed(facts, c.kind) for c in facts.custody]
    paid = sum((each[0] for each in owed), NOTHING)
    left = sum((each[1] for each in owed), NOTHING)
    prior = sum(before.values(), NOTHING) if facts.before else None
    rows.append(ReportRow(("合计", None, None, fees, accrued, prior, None, paid, left), Style.TOTAL))
    proofs = [Proof("应计重算数 = 账面计提数", fees, accrued, strict=False, note=_NOT_YET)]
    if facts.before is not None and prior is not None:
        posted = sum((c.accrued for c in facts.before.custody), NOTHING)
        proofs.append(Proof("上期应计重算数 = 账面计提数", prior, posted, strict=False, note=_NOT_YET))
    return Table(
        "信托报酬与保管费",
        (
            ColumnSpec("项目"), ColumnSpec("日均资金", money), ColumnSpec("年费率", ColumnKind.RATE),
            ColumnSpec("应计（重算）", money), ColumnSpec("账面计提", money),
            ColumnSpec("上期应计（重算）", money), ColumnSpec("算法", ColumnKind.TEXT, 48),
            ColumnSpec("本期支付或转出", money), ColumnSpec("期末未付", money),
        ),
        tuple(rows),
        proofs=tuple(proofs),
        notes=(
            _prior_note(facts),
            "资金为每日终了的银行存款与存放本金；按日累计、全程不舍入，期末一次四舍五入到分。",
        ),
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
