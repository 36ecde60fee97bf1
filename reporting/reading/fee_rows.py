"""What the fee split is made from: remuneration, assessments, what was paid of it, and custody fees.

Refuses a period that is not whole months: remuneration is a month's. Whether something was paid or
approved is judged as of the period's end, from the journal and the settlements' history, both append-only.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _

from custody.deeds import terms
from custody.deeds.terms import Term
from custody.kernel.errors import NotFound, Rejected
from custody.ledger import references
from custody.ledger.cash import daily_cash
from custody.models import Fund
from reporting.reading import ledger_rows
from reporting.reading.gathering import cut_before, ledger_facts
from reporting.reading.ledger_rows import Cut
from reporting.statements.facts import NOTHING, LedgerFacts, SourceBalance, Span
from reporting.statements.fee_split import (
    AssessmentFact,
    CustodyFact,
    FeeFacts,
    MonthFact,
    PaymentFact,
)
from settlement.fees import charges
from settlement.fees.charges import (
    CUSTODY_FEE,
    PERFORMANCE,
    TRUSTEE_FEE,
    custody_fees_of,
    remuneration_of,
)
from settlement.fees.remuneration import factor_for, parse_tiers
from settlement.models import Assessment, SettlementLine, SettlementMove

ASSESSED = "performance_assessed"
_ON_ITS_WAY = frozenset({"approved", "released", "instructed", "unknown", "failed"})
_REMUNERATION = ("base_remuneration", "performance_remuneration")


def fee_facts(fund: Fund, cut: Cut, ledger: LedgerFacts) -> FeeFacts:
    """All of it, from reads only. Errors: Rejected (not whole months; unreadable terms), NotFound (terms)."""
    months = list(whole_months(cut.from_on, cut.to_on))
    if cut.known_at is not None:
        raise Rejected(_("费用分配表按现有资料重算，不能按过去的记账时点出具"), code="known-at-not-offered")
    before, no_before = _before(fund, cut)
    return replace(_of_months(fund, cut, ledger, months), before=before, no_before=no_before)


def _before(fund: Fund, cut: Cut) -> tuple[FeeFacts | None, str]:
    """The whole months before, if the trust had any; else why they cannot be recomputed."""
    earlier = cut_before(fund, cut)
    if earlier is not None and earlier.from_on.day != 1:
        following = (earlier.from_on.replace(day=1) + timedelta(days=32)).replace(day=1)
        earlier = earlier.over(Span(following, earlier.to_on)) if following < earlier.to_on else None
    if earlier is None:
        return None, ""
    months = list(whole_months(earlier.from_on, earlier.to_on))
    try:
        return _of_months(fund, earlier, ledger_facts(fund, earlier), months), ""
    except (NotFound, Rejected) as refusal:
        return None, refusal.title


def _of_months(fund: Fund, cut: Cut, ledger: LedgerFacts, months: list[date]) -> FeeFacts:
    return FeeFacts(
        ledger=ledger,
        months=tuple(_month(fund.pk, month, ledger) for month in months),
        assessments=_assessments(fund.pk, ledger),
        payments=_payments(cut, months),
        custody=_custody(fund.pk, cut, ledger),
    )


def whole_months(from_on: date, to_on: date) -> Iterator[date]:
    """First days of the months of a period that begins on a first and ends on a last day of a month."""
    if from_on.day != 1 or (to_on + timedelta(days=1)).day != 1:
        raise Rejected(
            _("费用分配表须按整月出具，%(from_on)s 至 %(to_on)s 不是整月"), code="period-not-whole-months",
            from_on=from_on, to_on=to_on,
        )  # fmt: skip
    month = from_on
    while month <= to_on:
        yield month
        month = (month + timedelta(days=31)).replace(day=1)


def _month(fund_id: int, month: date, ledger: LedgerFacts) -> MonthFact:
    fees = remuneration_of(fund_id, month)
    source = f"accrual:performance:{month:%Y-%m}"
    return MonthFact(
        month=month,
        base_kind=str(fees.base_kind),
        base=fees.base.amount,
        base_rate=terms.rate_on(fund_id, Term.BASE_RATE, month),
        base_fee=fees.base_fee.amount,
        performance_rate=terms.rate_on(fund_id, Term.PERFORMANCE_RATE, month),
        performance=fees.performance.amount,
        remainder=fees.remainder.amount,
        accrued=_posted(ledger, PERFORMANCE.owed, template=PERFORMANCE.template, source=source),
    )


def _posted(ledger: LedgerFacts, kind: str, *, template: str, source: str = "") -> Decimal:
    """Net credits of one kind by entries of one template (and source) in the period."""
    chosen = (
        line.amount
        for line in ledger.lines
        if line.kind == kind and line.template == template and (not source or line.source == source)
    )
    return NOTHING - sum(chosen, NOTHING)


def _assessments(fund_id: int, ledger: LedgerFacts) -> tuple[AssessmentFact, ...]:
    """Quarters whose withheld performance was settled in the period."""
    sources = {line.source for line in ledger.lines if line.template == ASSESSED}
    rows = Assessment.objects.filter(fund_id=fund_id).order_by("year", "quarter")
    return tuple(_assessment(row, ledger) for row in rows if charges.assessment_source(row) in sources)


def _assessment(row: Assessment, ledger: LedgerFacts) -> AssessmentFact:
    source, first = charges.assessment_source(row), date(row.year, 3 * row.quarter - 2, 1)
    tiers = parse_tiers(terms.term(row.fund_id, Term.PERFORMANCE_TIERS, first))
    return AssessmentFact(
        year=row.year,
        quarter=row.quarter,
        score=row.score,
        factor=factor_for(row.score, tiers),
        accrued=-_posted(ledger, "performance_withheld", template=ASSESSED, source=source),
        payable=_posted(ledger, "performance_payable", template=ASSESSED, source=source),
        lapsed=_posted(ledger, "performance_fee", template=ASSESSED, source=source),
    )


def _payments(cut: Cut, months: Sequence[date]) -> tuple[PaymentFact, ...]:
    """Invoiced remuneration of these months and how far it had come by the end of ``to_on``."""
    spent = {item.source: item for item in ledger_rows.source_balances(cut, ("budget_spending",))}
    lines = [
        line
        for line in SettlementLine.objects.filter(
            fund_id=cut.fund_id, basis__in=_REMUNERATION, period_month__in=list(months)
        )
        .select_related("settlement")
        .order_by("period_month", "settlement_id", "line_no")
        if line.revision == line.settlement.revision
    ]
    states = _states_at(cut.to_on, {line.settlement_id for line in lines})
    return tuple(
        PaymentFact(
            month=line.period_month,
            basis=line.basis,
            invoice=line.settlement.number,
            amount=line.amount.amount,
            paid_on=_first_paid(spent, line.settlement.number),
            approved=states.get(line.settlement_id) in _ON_ITS_WAY,
        )
        for line in lines
        if line.period_month is not None and line.settlement_id in states
    )


def _first_paid(spent: Mapping[str, SourceBalance], number: str) -> date | None:
    """The day of the first entry that paid this invoice; None while none has."""
    found = spent.get(references.cite(references.SETTLEMENT, number))
    return None if found is None else found.first_on


def _states_at(to_on: date, settlement_ids: set[int]) -> dict[int, str]:
    """Each settlement's state at the end of that day, from its history; absent if it did not exist yet."""
    end = timezone.make_aware(datetime.combine(to_on + timedelta(days=1), time()))
    moves = SettlementMove.objects.filter(settlement_id__in=settlement_ids, moved_at__lt=end).order_by("step")
    return dict(moves.values_list("settlement_id", "target"))


def _custody(fund_id: int, cut: Cut, ledger: LedgerFacts) -> tuple[CustodyFact, ...]:
    fees = custody_fees_of(fund_id, cut.from_on, cut.to_on)
    total = sum((amount for _, amount in daily_cash(fund_id, cut.from_on, cut.to_on)), NOTHING)
    return tuple(
        CustodyFact(
            kind=accrual.owed,
            label=label,
            annual_rate=terms.rate_on(fund_id, term, cut.from_on),
            rate_changes=len(set(terms.rates_by_day(fund_id, term, [cut.from_on, cut.to_on]))) > 1,
            days_in_year=terms.days_in_year(fund_id, cut.from_on),
            daily_total=total,
            average_cash=fees.average_daily_cash.amount,
            fee=fee.amount,
            accrued=_posted(ledger, accrual.owed, template=accrual.template),
        )
        for accrual, label, term, fee in (
            (TRUSTEE_FEE, "信托报酬", Term.TRUSTEE_FEE_RATE, fees.trustee_fee),
            (CUSTODY_FEE, "保管费", Term.CUSTODY_FEE_RATE, fees.custody_fee),
        )
    )
