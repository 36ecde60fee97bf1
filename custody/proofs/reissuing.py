"""Statements handed out that are no longer what the books say of their days, since those were opened again.

Known by the heads anchored for them. Refuses nothing and writes nothing.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from custody.ledger import periods, reads

_PURPOSE = "statement:"
_DAY = r"(\d{4}-\d\d-\d\d)"
_NAMED = re.compile(rf"{_PURPOSE}([a-z-]+):{_DAY}:{_DAY}", re.ASCII)


@dataclass(frozen=True, slots=True)
class OutdatedStatement:
    """A statement's kind and days, whose change was complete when its days were closed again, ``shut_at``."""

    kind: str
    from_on: date
    to_on: date
    shut_at: datetime


def statement_purpose(kind: str, from_on: date, to_on: date) -> str:
    """What the head is anchored for that a statement leaves the house with."""
    return f"{_PURPOSE}{kind}:{from_on}:{to_on}"


def outdated_statements(fund_id: int) -> Iterator[OutdatedStatement]:
    """Each statement whose days were opened again after it left, changed by an entry since, and are shut."""
    moves = periods.period_moves(fund_id)
    for purpose, head in reads.last_anchors(fund_id, _PURPOSE).items():
        named = _NAMED.fullmatch(purpose)
        if named is None:
            continue
        from_on, to_on = date.fromisoformat(named[2]), date.fromisoformat(named[3])
        shut_at = periods.shut_at(fund_id, to_on)
        if (
            shut_at is not None
            and _reopened_since(moves, from_on, to_on, head.at)
            and periods.last_entry_through(fund_id, to_on) > head.sequence
        ):
            yield OutdatedStatement(named[1], from_on, to_on, shut_at)


def _reopened_since(moves: list[periods.PeriodMove], from_on: date, to_on: date, at: datetime) -> bool:
    """Whether one of the days was closed and was opened again after ``at``."""
    closed = None
    for move in moves:
        if (
            closed is not None
            and move.at > at
            and move.closed_through < min(closed, to_on)
            and from_on <= closed
        ):
            return True
        closed = move.closed_through
    return False
