"""What the fund owes for being served and kept: the provider's remuneration, trustee and custody fees.

Accruals are journal entries brought up to the figure the deed gives; a late item adds a further entry and
never edits one. Refuses performance pay without a signed score, overlapping fee periods, days not yet over.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from djmoney.money import Money

from custody.deeds import terms
from custody.deeds.funds import lock_fund
from custody.deeds.terms import Term
from custody.kernel.accrual import DayCharge, accrued, average, decimal_of
from custody.kernel.errors import Conflict, NotFound, Rejected
from custody.kernel.money import ZERO, exact, yuan
from custody.ledger import door, reads, references
from custody.ledger.cash import daily_cash
from custody.ledger.entries import AccountRef, Entry, Line, credit, debit, entry
from custody.ledger.periods import open_day
from custody.models import Fund, Operator
from custody.permits.acts import Act
from custody.permits.asking import ask
from settlement.fees.measures import base_amount, first_of, last_of
from settlement.fees.remuneration import (
    Assessed,
    MonthRemuneration,
    assess,
    factor_for,
    parse_base,
    parse_tiers,
    remunerate,
)
from settlement.models import Assessment

_BOOK = "operating"


@dataclass(frozen=True, slots=True)
class Accrual:
    """A pair of accounts: ``cost`` is debited, ``owed`` credited, by entries named ``template``."""

    template: str
    cost: str
    owed: str


PERFORMANCE = Accrual("performance_accrued", "performance_fee", "performance_withheld")
TRUSTEE_FEE = Accrual("trustee_fee_accrued", "trustee_fee", "trustee_fee_payable")
CUSTODY_FEE = Accrual("custody_fee_accrued", "custody_fee", "custody_fee_payable")


@dataclass(frozen=True, slots=True)
class CustodyFees:
    """A period's trustee and custody fee, and the average daily trust cash behind them, in yuan."""

    trustee_fee: Money
    custody_fee: Money
    average_daily_cash: Money


# ------------------------------------------------------------------------------------- remuneration


def remuneration_of(fund_id: int, month: date) -> MonthRemuneration:
    """Base and performance fee of one month under the terms in force on its first day. Reads only.

    Errors: NotFound (a term or the budget is missing), Rejected (a term cannot be read).
    """
    first = first_of(month)
    base = parse_base(terms.term(fund_id, Term.REMUNERATION_BASE, first))
    return remunerate(
        base.kind,
        base_amount(fund_id, base, first),
        base_rate=terms.rate_on(fund_id, Term.BASE_RATE, first),
        performance_rate=terms.rate_on(fund_id, Term.PERFORMANCE_RATE, first),
    )


@transaction.atomic
def accrue_performance(*, fund_id: int, month: date, actor: Operator, at: datetime) -> Money:
    """Withhold the month's performance fee, up to what its base gives now; answers the month's total in yuan.

    A second call posts only what late items changed. Errors: Rejected while the month runs; Conflict when
    the quarter was settled on another figure.
    """
    ask(Act.ACCRUE_FEES, fund_id=fund_id, actor=actor, on=localdate(at))
    first, last = first_of(month), last_of(month)
    _require_over(last, at)
    fund = _locked(fund_id)
    target = remuneration_of(fund_id, first).performance
    source = f"accrual:performance:{first:%Y-%m}"
    missing = target - _owed(fund_id, PERFORMANCE, source)
    if missing != ZERO and _settled(fund_id, first.year, _quarter_of(first)):
        raise Conflict(
            _("%(month)s 所在季度的绩效已结算，其后到达的款项不再改变绩效（相差 %(difference)s 元）"),
            code="quarter-settled",
            month=f"{first:%Y-%m}",
            difference=missing.amount,
        )
    _bring_to(fund, PERFORMANCE, source, target, on=last, memo=f"{first:%Y-%m} 绩效酬金", actor=actor, at=at)
    return target


@transaction.atomic
def fix_assessment(*, fund_id: int, year: int, quarter: int, actor: Operator, at: datetime) -> Assessed:
    """Make the quarter's withheld performance payable by its score's factor; the rest lapses to the estate.

    Months not yet accrued are accrued first. Once per quarter: a second call answers the same. The tiers are
    those in force on the quarter's first day. Errors: Rejected without a signed score.
    """
    ask(Act.ACCRUE_FEES, fund_id=fund_id, actor=actor, on=localdate(at))
    fund = _locked(fund_id)
    assessment = Assessment.objects.filter(fund_id=fund_id, year=year, quarter=quarter).first()
    if assessment is None:
        raise Rejected(
            _("%(year)s 年第 %(quarter)s 季度尚无签署的考核得分，绩效酬金不得支付"),
            code="assessment-missing",
            year=year,
            quarter=quarter,
        )
    months = [date(year, 3 * quarter - offset, 1) for offset in (2, 1, 0)]
    factor = factor_for(assessment.score, parse_tiers(terms.term(fund_id, Term.PERFORMANCE_TIERS, months[0])))
    settled = _settled(fund_id, year, quarter)
    if settled:
        return _settled_as(settled, factor)
    accruals = [accrue_performance(fund_id=fund_id, month=month, actor=actor, at=at) for month in months]
    result = assess(accruals, factor)
    if result.accrued > ZERO:
        door.post(
            _assessed_entry(fund_id, result, assessment, on=open_day(fund, last_of(months[-1]))),
            key=_settlement_key(year, quarter),
            actor_id=actor.pk,
            at=at,
        )
    return result


def performance_paid(*, fund_id: int, amount: Money, on: date, memo: str, source: str) -> Entry:
    """The entry that ends an accrued performance fee once its invoice is paid as spending; not posted."""
    lines = (
        debit(_account(fund_id, "performance_payable"), amount),
        credit(_account(fund_id, "performance_fee"), amount),
    )
    return entry("performance_paid", on, lines, memo=memo, source=source)


def _assessed_entry(fund_id: int, result: Assessed, assessment: Assessment, *, on: date) -> Entry:
    """Withheld money becomes payable or lapses back into the estate's own."""
    lines = [debit(_account(fund_id, "performance_withheld"), result.accrued)]
    if result.payable > ZERO:
        lines.append(credit(_account(fund_id, "performance_payable"), result.payable))
    if result.lapsed > ZERO:
        lines.append(credit(_account(fund_id, "performance_fee"), result.lapsed))
    memo = f"{assessment.year}年第{assessment.quarter}季度绩效 得分{assessment.score} 系数{result.factor}"
    return entry("performance_assessed", on, lines, memo=memo, source=assessment_source(assessment))


def assessment_source(assessment: Assessment) -> str:
    """How entries cite a quarter's signed score."""
    return references.cite(references.ASSESSMENT, f"{assessment.year}Q{assessment.quarter}")


def is_assessed(fund_id: int, year: int, quarter: int) -> bool:
    """Whether the quarter's score has decided what of the withheld performance fee is payable."""
    return bool(_settled(fund_id, year, quarter))


def _settled(fund_id: int, year: int, quarter: int) -> dict[str, Decimal]:
    """What the quarter's settling moved on each kind of account; empty before it."""
    return reads.amounts_of(fund_id, _settlement_key(year, quarter))


def _settled_as(moved: dict[str, Decimal], factor: Decimal) -> Assessed:
    """What was settled, read back from its entry; Conflict when the factor no longer gives it."""
    result = assess([yuan(moved["performance_withheld"])], factor)
    if result.payable != yuan(-moved.get("performance_payable", Decimal(0))):
        raise Conflict(
            _("绩效已按其他系数结算，现在的系数为 %(factor_now)s"),
            code="settled-otherwise",
            factor_now=factor,
        )
    return result


def _settlement_key(year: int, quarter: int) -> str:
    return f"accrual:performance:{year}Q{quarter}:assessed"


def _quarter_of(day: date) -> int:
    return (day.month - 1) // 3 + 1


# ---------------------------------------------------------------------------- trustee and custody fee


def custody_fees_of(fund_id: int, from_on: date, to_on: date) -> CustodyFees:
    """The period's fees on end-of-day trust cash, each rounded half up once, from the ledger. Reads only.

    Errors: NotFound or Rejected for terms; Rejected for a reversed period.
    """
    days = daily_cash(fund_id, from_on, to_on)
    terms.require_average_daily_basis(fund_id, from_on)
    return CustodyFees(
        trustee_fee=_fee(fund_id, Term.TRUSTEE_FEE_RATE, days),
        custody_fee=_fee(fund_id, Term.CUSTODY_FEE_RATE, days),
        average_daily_cash=exact(average([amount for _, amount in days])),
    )


@transaction.atomic
def accrue_custody_fees(
    *, fund_id: int, from_on: date, to_on: date, actor: Operator, at: datetime
) -> CustodyFees:
    """Accrue both fees of the period on its last day, up to what the ledger gives now.

    A second call posts only what late items changed. Errors: Rejected while the period runs; Conflict when
    it overlaps a period already accrued.
    """
    ask(Act.ACCRUE_FEES, fund_id=fund_id, actor=actor, on=localdate(at))
    _require_over(to_on, at)
    fund = _locked(fund_id)
    fees = custody_fees_of(fund_id, from_on, to_on)
    span = f"{from_on}:{to_on}"
    for name, accrual, target in (
        ("trustee_fee", TRUSTEE_FEE, fees.trustee_fee),
        ("custody_fee", CUSTODY_FEE, fees.custody_fee),
    ):
        _refuse_overlap(fund_id, accrual, f"accrual:{name}:", from_on, to_on)
        _bring_to(
            fund,
            accrual,
            f"accrual:{name}:{span}",
            target,
            on=to_on,
            memo=f"{from_on} 至 {to_on} 按日均余额计提",
            actor=actor,
            at=at,
        )
    return fees


def _fee(fund_id: int, code: Term, cash: Sequence[tuple[date, Decimal]]) -> Money:
    days = [on for on, _ in cash]
    rates = terms.rates_by_day(fund_id, code, days)
    divisors = terms.days_in_year_by_day(fund_id, days)
    charges = (
        DayCharge(on, amount, rate, divisor)
        for (on, amount), rate, divisor in zip(cash, rates, divisors, strict=True)
    )
    return exact(decimal_of(accrued(charges)))


def _refuse_overlap(fund_id: int, accrual: Accrual, prefix: str, from_on: date, to_on: date) -> None:
    """Conflict when another accrued period shares a day with this one."""
    asked = f"{prefix}{from_on}:{to_on}"
    accrued = reads.totals_by_source(fund_id, book=_BOOK, kind=accrual.owed, prefix=prefix)
    for source, total in accrued.items():
        if source == asked:
            continue
        first, last = (date.fromisoformat(text) for text in source.removeprefix(prefix).split(":"))
        if first <= to_on and from_on <= last and total.amount != 0:
            raise Conflict(
                _("计费期间 %(from_on)s 至 %(to_on)s 与已计提的 %(first)s 至 %(last)s 重叠"),
                code="period-overlaps",
                from_on=from_on,
                to_on=to_on,
                first=first,
                last=last,
            )


# ---------------------------------------------------------------------------------------- accruals


def _bring_to(
    fund: Fund,
    accrual: Accrual,
    source: str,
    target: Money,
    *,
    on: date,
    memo: str,
    actor: Operator,
    at: datetime,
) -> None:
    """Post what is missing between the accrual recorded under ``source`` and ``target``, either way."""
    fund_id = fund.pk
    missing = target - _owed(fund_id, accrual, source)
    if missing == ZERO:
        return
    earlier = _under(fund_id, accrual, source).entries
    lines = (
        Line(_account(fund_id, accrual.cost), missing.amount),
        Line(_account(fund_id, accrual.owed), -missing.amount),
    )
    door.post(
        entry(accrual.template, open_day(fund, on), lines, memo=memo, source=source),
        key=f"{source}:{earlier + 1}" if earlier else source,
        actor_id=actor.pk,
        at=at,
    )


def _owed(fund_id: int, accrual: Accrual, source: str) -> Money:
    """What entries of ``source`` have accrued so far, net of reversals, in yuan."""
    return yuan(-_under(fund_id, accrual, source).amount)


def _under(fund_id: int, accrual: Accrual, source: str) -> reads.SourceTotal:
    """What exactly this source moved on what is owed."""
    moved = reads.totals_by_source(fund_id, book=_BOOK, kind=accrual.owed, prefix=source)
    return moved.get(source, reads.SourceTotal(Decimal(0), 0))


def _account(fund_id: int, kind: str) -> AccountRef:
    return door.open_account(fund_id=fund_id, book=_BOOK, kind=kind)


def _locked(fund_id: int) -> Fund:
    """The fund under lock: one accrual of it at a time."""
    fund = Fund.objects.filter(pk=fund_id).first()
    if fund is None:
        raise NotFound(_("没有编号为 %(fund)s 的信托"), fund=fund_id)
    return lock_fund(fund)


def _require_over(last_on: date, at: datetime) -> None:
    if last_on > localdate(at):
        raise Rejected(
            _("期间到 %(through)s 才结束，今天是 %(today)s，尚未结束的期间不能计提"),
            code="period-not-over",
            through=last_on,
            today=localdate(at),
        )
