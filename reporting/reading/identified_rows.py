"""What people found receipts in suspense to be, by the entry that booked it: whose month, or which income.

Refuses what was found later, or before: an entry is told by the parts it was booked from. Never writes.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Set
from itertools import groupby

from custody.models import Identification, LineExplanation, LineKind
from reporting.reading.ledger_rows import Cut
from reporting.statements.paper_words import identified_as, income_found, unit_found


def found_to_be(cut: Cut, sequences: Set[int]) -> dict[int, str]:
    """Of each of these entries that booked what a person found: unit and month of each part, in words."""
    rows = LineExplanation.objects.filter(fund_id=cut.fund_id, kind=LineKind.IDENTIFIED).order_by("pk")
    booked: dict[int, list[int]] = defaultdict(list)
    for line_id, sequence in rows.values_list("line_id", "entry_sequence"):
        booked[line_id].append(sequence)
    chosen = {line_id for line_id, entries in booked.items() if not sequences.isdisjoint(entries)}
    parts = Identification.objects.filter(line__in=chosen).select_related("unit").order_by("line_id", "pk")
    return {
        sequence: identified_as(each)
        for line_id, of_line in groupby(parts, key=lambda part: part.line_id)
        for sequence, each in zip(booked[line_id], _each_time(of_line), strict=False)
        if sequence in sequences
    }


def _each_time(parts: Iterable[Identification]) -> Iterator[list[str]]:
    """What one line was found to be, each time: the parts between one taking back and the next."""
    for taken_back, those in groupby(parts, key=lambda part: part.amount.amount < 0):
        if not taken_back:
            yield [_told(part) for part in those]


def _told(part: Identification) -> str:
    if part.unit is None or part.month is None:
        return income_found(part.income, part.amount.amount)
    return unit_found(part.unit.address, part.month, part.amount.amount)
