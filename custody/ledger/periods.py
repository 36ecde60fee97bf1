"""Which day a late item is booked on, and how the closed day has moved.

Refuses to reach into a closed period or before the trust began.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection
from django.utils.translation import gettext as _

from custody.kernel.words import told
from custody.ledger import reads
from custody.models import Fund


def open_day(fund: Fund, day: date) -> date:
    """``day``, or the first open day after it when its period is closed or before the trust's first."""
    return max(day, first_open_day(fund))


def late_note(note: str, booked_on: date, on: date) -> str:
    """``note``, saying so when the day was closed and the item is booked later; at most 300 characters."""
    if on == booked_on:
        return note[:300]
    late = told(_("%(booked_on)s 所在期间已关闭，记入 %(on)s"), booked_on=booked_on, on=on)
    return (f"{note}；{late}" if note else late)[:300]


def first_open_day(fund: Fund) -> date:
    """The first day a posting may be dated: after the last closed one, never before ``opened_on``."""
    head = reads.head_of(fund.pk)
    closed = None if head is None else head.closed_through
    return fund.opened_on if closed is None else max(fund.opened_on, closed + timedelta(days=1))


@dataclass(frozen=True, slots=True)
class PeriodMove:
    """The fund was closed through ``closed_through`` and no further from the instant ``at``, as proposed."""

    proposal_id: int
    closed_through: date
    at: datetime


def period_moves(fund_id: int) -> list[PeriodMove]:
    """Every closing and reopening of the fund, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT proposal_id, closed_through, closed_at FROM custody_period_close"
            " WHERE fund_id = %s ORDER BY id",
            (fund_id,),
        )
        return [PeriodMove(*row) for row in cursor.fetchall()]


def shut_at(fund_id: int, through: date, *, known_at: datetime | None = None) -> datetime | None:
    """When every day through ``through`` was last closed, as known at an instant; None while one is open."""
    shut = None
    for move in period_moves(fund_id):
        if known_at is not None and move.at > known_at:
            break
        if move.closed_through < through:
            shut = None
        elif shut is None:
            shut = move.at
    return shut


def last_entry_through(fund_id: int, through: date) -> int:
    """The newest entry dated on that day or before it, as the guards see it; 0 for none."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT custody_last_entry_through(%s, %s)", (fund_id, through))
        return int(cursor.fetchone()[0])
