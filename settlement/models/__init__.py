"""The tables of settlement, grouped by what they hold. Refuses business rules: services and SQL hold them."""

from settlement.models.acceptances import Acceptance, AcceptanceRow
from settlement.models.budget import Assessment, BudgetLine, PayeeAccount, WorkOrder
from settlement.models.notices import (
    Notice,
    NoticeAttempt,
    NoticeChoice,
    NoticeKind,
    NoticeMatter,
    NoticeMode,
)
from settlement.models.payments import (
    OrderOutcome,
    PaybackOrder,
    PaymentBatch,
    PaymentOrder,
    Refusal,
    ReturnTie,
)
from settlement.models.settlements import Basis, Settlement, SettlementLine, SettlementMove
from settlement.models.stays import Question, Reply, Stay, StayLifted
from settlement.models.submissions import Submission, SubmissionState

__all__ = [
    "Acceptance",
    "AcceptanceRow",
    "Assessment",
    "Basis",
    "BudgetLine",
    "Notice",
    "NoticeAttempt",
    "NoticeChoice",
    "NoticeKind",
    "NoticeMatter",
    "NoticeMode",
    "OrderOutcome",
    "PaybackOrder",
    "PayeeAccount",
    "PaymentBatch",
    "PaymentOrder",
    "Question",
    "Refusal",
    "Reply",
    "ReturnTie",
    "Settlement",
    "SettlementLine",
    "SettlementMove",
    "Stay",
    "StayLifted",
    "Submission",
    "SubmissionState",
    "WorkOrder",
]
