"""What was to come in: the roster's fees month by month, and what the firm declared of public revenue.

Refuses a later version of a batch than was known when the period was closed. Never writes.
"""

from decimal import Decimal

from custody.deeds.units import billed_units
from custody.models import Fund, RevenueLine
from reporting.reading.gathering import cut_before, figures, ledger_facts
from reporting.reading.ledger_rows import Cut, known_until
from reporting.statements.facts import NOTHING, Span
from reporting.statements.income_sources import ExpectedFees, IncomeFacts


def income_facts(fund: Fund, cut: Cut) -> IncomeFacts:
    """All of it; one snapshot is the caller's to hold."""
    before = cut_before(fund, cut)
    return IncomeFacts(
        ledger=ledger_facts(fund, cut),
        fees=tuple(_fees(cut.fund_id, month) for month in cut.span.months()),
        declared=_declared(cut),
        before=(before.span, figures(before)) if before else None,
    )


def _fees(fund_id: int, month: Span) -> ExpectedFees:
    units = billed_units(fund_id, month.from_on)
    return ExpectedFees(month, len(units), sum((unit.monthly_fee.amount for unit in units), NOTHING))


def _declared(cut: Cut) -> dict[str, Decimal]:
    """Each source's lines received in the period, of every batch the newest version known."""
    rows = RevenueLine.objects.filter(fund_id=cut.fund_id)
    known = known_until(cut)
    if known is not None:
        rows = rows.filter(source_file__kept_at__lte=known)
    lines = list(rows.order_by("source_file__kept_at", "source_file_id"))
    newest = {line.batch: line.source_file_id for line in lines}
    declared: dict[str, Decimal] = {}
    for line in lines:
        if newest[line.batch] == line.source_file_id and cut.from_on <= line.received_on <= cut.to_on:
            declared[line.source] = declared.get(line.source, NOTHING) + line.amount.amount
    return declared
