"""Which day a late item is booked on. Refuses to reach into a closed period or before the trust began."""

from datetime import date, timedelta

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
