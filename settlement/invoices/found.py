"""What reading a firm's workbook found, as JSON beside its bytes, and read back as the values it was.

Refuses nothing: what is kept is what an import answered, in the language it was told in.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from custody.files.faults import Fault
from custody.files.intake import Handed
from custody.files.outcomes import Outcome, Verdict
from settlement.invoices.importing import COMES_BACK, Came
from settlement.invoices.invoice_file import read_invoices

PAYABLE, WRITTEN = frozenset({Came.VERIFIED}), frozenset({Came.VERIFIED, Came.RETURNED})


@dataclass(frozen=True, slots=True)
class Judged:
    """One invoice of the workbook: its number, total in yuan where it could be read, what became of it."""

    number: str
    row: int | None
    total: Decimal | None
    came: Came
    reasons: tuple[str, ...]

    @property
    def comes_back(self) -> bool:
        """Whether the firm has something to do about it."""
        return self.came in COMES_BACK


def has_faults_of_form(outcome: Outcome) -> bool:
    """Whether some cell could not be read, or belongs to no invoice: then nothing of the file is written."""
    told = sum(len(verdict.reasons) for verdict in outcome.verdicts)
    held_back = any(verdict.code is Came.HELD_BACK for verdict in outcome.verdicts)
    return held_back or len(outcome.faults) > told


def as_found(outcome: Outcome, totals: Mapping[int | None, Decimal]) -> dict[str, Any]:
    """The outcome as JSON; ``totals`` in yuan by the row of 发票 they stand in."""
    return {
        "verdicts": [
            {
                "number": each.item,
                "row": each.row,
                "came": str(each.code.value),
                "reasons": list(each.reasons),
                "total": str(totals[each.row]) if each.row in totals else None,
            }
            for each in outcome.verdicts
        ],
        "faults": [fault.as_dict() for fault in outcome.faults],
    }


def totals_in(handed: Handed, today: date) -> dict[int | None, Decimal]:
    """What each invoice of the workbook says it comes to, by its row; without those that cannot be read."""
    read = read_invoices(handed.table(), today=today, through=None)
    return {each.row: each.stated.total for each in read.invoices if "total" not in each.unread}


def judged_in(found: Mapping[str, Any]) -> list[Judged]:
    """Every invoice, in file order."""
    return [
        Judged(
            each["number"],
            each["row"],
            None if each["total"] is None else Decimal(each["total"]),
            Came(each["came"]),
            tuple(each["reasons"]),
        )
        for each in found["verdicts"]
    ]


def faults_in(found: Mapping[str, Any]) -> tuple[Fault, ...]:
    """Every fault and reason, in file order."""
    return tuple(Fault(**each) for each in found["faults"])


def outcome_in(found: Mapping[str, Any]) -> Outcome:
    """The outcome it was, for the return sheet."""
    verdicts = tuple(Verdict(each.number, each.came, each.reasons, each.row) for each in judged_in(found))
    return Outcome(already_done=False, verdicts=verdicts, faults=faults_in(found))
