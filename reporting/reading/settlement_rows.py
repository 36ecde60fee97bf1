"""What stands behind each payment of the period: invoice, budget line, accepted work, bank line.

Refuses to trust a settlement's present state: the journal says what was paid, the settlement only why.
"""

from collections.abc import Iterable
from decimal import Decimal

from custody.ledger import references
from reporting.reading.facts import LedgerFacts
from reporting.reading.ledger_rows import Cut
from reporting.statements.fund import PaidLine
from settlement.models import PaymentOrder, SettlementLine
from settlement.models.settlements import Basis


def paid_lines(cut: Cut, ledger: LedgerFacts) -> tuple[PaidLine, ...]:
    """One row per invoice line of every settlement entry of the period; negative where it was undone."""
    entries: dict[int, tuple[str, Decimal]] = {}
    for line in ledger.lines:
        kind, number = references.cited(line.source)
        if line.kind == "budget_spending" and kind == references.SETTLEMENT:
            _, spent = entries.get(line.sequence, (number, Decimal(0)))
            entries[line.sequence] = (number, spent + line.amount)
    invoices = _invoice_lines(cut, {number for number, _ in entries.values()})
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
            bank_line=banked.get(number, ""),
        )
        for sequence, (number, spent) in entries.items()
        for row in invoices.get(number, ())
    )


def _invoice_lines(cut: Cut, numbers: Iterable[str]) -> dict[str, list[SettlementLine]]:
    """The lines of each invoice's last revision, the one that was paid."""
    rows = (
        SettlementLine.objects.filter(fund_id=cut.fund_id, settlement__number__in=list(numbers))
        .select_related("settlement")
        .order_by("settlement_id", "line_no")
    )
    found: dict[str, list[SettlementLine]] = {}
    for row in rows:
        if row.revision == row.settlement.revision:
            found.setdefault(row.settlement.number, []).append(row)
    return found


def _bank_lines(cut: Cut, numbers: Iterable[str]) -> dict[str, str]:
    orders = (
        PaymentOrder.objects.filter(
            fund_id=cut.fund_id, settlement__number__in=list(numbers), bank_line__isnull=False
        )
        .select_related("settlement", "bank_line__account")
        .order_by("attempt")
    )
    return {
        order.settlement.number: references.bank_line(order.bank_line)
        for order in orders
        if order.bank_line is not None
    }
