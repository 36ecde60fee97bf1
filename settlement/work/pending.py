"""What was handed in and waits for the committee's signature, by the work or quarter it names."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from settlement.models import AcceptanceRow
from settlement.work.accepting import waiting_acceptances

Facts = dict[str, Any]
Named = tuple[str, str]  # which sheet, and the work order's number or the quarter


@dataclass(frozen=True)
class Pending:
    """The rows that wait, each by what it names."""

    rows: Mapping[Named, AcceptanceRow]

    @classmethod
    def of(cls, fund_id: int) -> "Pending":
        """What waits in this fund."""
        waiting = [each.pk for each in waiting_acceptances(fund_id)]
        rows = AcceptanceRow.objects.filter(acceptance_id__in=waiting)
        return cls({(each.what, each.named): each for each in rows})

    def acceptance_of(self, named: Named) -> int:
        """The number of the acceptance a row waits in."""
        return self.rows[named].acceptance_id

    def unchanged(self, handed: Mapping[Named, Facts]) -> set[Named]:
        """Which of ``handed`` wait in just these words; none of an acceptance the file takes the place of."""
        replaced = {
            row.acceptance_id
            for named, facts in handed.items()
            if (row := self.rows.get(named)) is not None and row.facts != facts
        }
        return {
            named
            for named in handed
            if (row := self.rows.get(named)) is not None and row.acceptance_id not in replaced
        }
