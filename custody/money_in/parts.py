"""The parts of a receipt as people found them, and which of them stand. Takes back, never rewrites."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Sum

from custody.kernel.money import yuan
from custody.models import BankLine, Identification, Operator

PROPERTY_FEE = "property_fee"


@dataclass(frozen=True, slots=True)
class StandingPart:
    """``amount`` yuan of a line found to be a unit's fee of ``month``, or another ``income``."""

    line_id: int
    income: str
    unit_id: int | None
    month: date | None
    document_id: int | None
    amount: Decimal


def standing_parts(**of: object) -> list[StandingPart]:
    """What stands among the rows that ``of`` chooses, in the order it was found."""
    rows = (
        Identification.objects.filter(**of)
        .values_list("line_id", "income", "unit_id", "month", "document_id")
        .annotate(total=Sum("amount"))
        .order_by("line_id", "unit_id", "month", "income", "document_id")
    )
    return [StandingPart(*row) for row in rows if row[-1]]


def take_back(line: BankLine, by: Operator, reason: str) -> Sequence[StandingPart]:
    """Set a row against every part of the line that stands; answers those. The caller books it."""
    parts = standing_parts(line=line)
    for each in parts:
        Identification.objects.create(
            line=line,
            fund_id=line.fund_id,
            income=each.income,
            unit_id=each.unit_id,
            month=each.month,
            document_id=each.document_id,
            amount=yuan(-each.amount),
            reason=reason[:300],
            identified_by=by,
        )
    return parts
