"""The tables of settlement, grouped by what they hold. Refuses business rules: services and SQL hold them."""

from settlement.models.budget import Assessment, BudgetLine, PayeeAccount, WorkOrder
from settlement.models.payments import OrderOutcome, PaymentBatch, PaymentOrder, Refusal
from settlement.models.settlements import Basis, Settlement, SettlementLine, SettlementMove

__all__ = [
    "Assessment",
    "Basis",
    "BudgetLine",
    "OrderOutcome",
    "PayeeAccount",
    "PaymentBatch",
    "PaymentOrder",
    "Refusal",
    "Settlement",
    "SettlementLine",
    "SettlementMove",
    "WorkOrder",
]
