"""What stands behind each payment of the period: invoice, budget line, accepted work, bank line.

Refuses to trust a settlement's present state: the journal says what was paid, the settlement only why.
"""

from collections.abc import Iterable
from decimal import Decimal

from reporting.reading.facts import LedgerFacts
from reporting.reading.ledger_rows import Cut
from reporting.statements.fund import PaidLine
from settlement.models import PaymentOrder, SettlementLine
from settlement.models.settlements import Basis

_SOURCE = "settlement:"


def paid_lines(cut: Cut, ledger: LedgerFacts) -> tuple[PaidLine, ...]:
    """One row per invoice line of every settlement entry of the period; negative where it was undone."""
    entries: dict[int, tuple[int, Decimal]] = {}
    for line in ledger.lines:
        if line.kind == "budget_spending" and line.source.startswith(_SOURCE):
            settlement_id = int(line.source.removeprefix(_SOURCE))
            _, spent = entries.get(line.sequence, (settlement_id, Decimal(0)))
            entries[line.sequence] = (settlement_id, spent + line.amount)
    invoices = _invoice_lines(cut, {settlement_id for settlement_id, _ in entries.values()})
    banked = _bank_lines(cut, invoices)
    dates = {line.sequence: line.effective_on for line in ledger.lines}
    return tuple(
        PaidLine(
            sequence=sequence,
            paid_on=dates[sequence],
            payee=row.settlement.seller,
            invoice=row.settlement.number,
            budget_code=row.budget_code,
            basis=str(Basis(row.basis).label),
            cited=row.cited,
            amount=row.amount.amount if spent > 0 else -row.amount.amount,
            bank_line=banked.get(settlement_id, ""),
        )
        for sequence, (settlement_id, spent) in entries.items()
        for row in invoices.get(settlement_id, ())
    )


def _invoice_lines(cut: Cut, settlement_ids: Iterable[int]) -> dict[int, list[SettlementLine]]:
    """The lines of each settlement's last revision, the one that was paid."""
    rows = (
        SettlementLine.objects.filter(fund_id=cut.fund_id, settlement_id__in=list(settlement_ids))
        .select_related("settlement")
        .order_by("settlement_id", "line_no")
    )
    found: dict[int, list[SettlementLine]] = {}
    for row in rows:
        if row.revision == row.settlement.revision:
            found.setdefault(row.settlement_id, []).append(row)
    return found


def _bank_lines(cut: Cut, settlement_ids: Iterable[int]) -> dict[int, str]:
    orders = PaymentOrder.objects.filter(
        fund_id=cut.fund_id, settlement_id__in=list(settlement_ids), bank_line__isnull=False
    ).order_by("attempt")
    return {
        settlement_id: f"bankline:{bank_line_id}"
        for settlement_id, bank_line_id in orders.values_list("settlement_id", "bank_line_id")
    }
