"""Which day a late item is booked on. Refuses to reach into a closed period or before the trust began."""

from datetime import date, timedelta

from custody.models import Fund, LedgerHead


def open_day(fund: Fund, day: date) -> date:
    """``day``, or the first open day after it when its period is closed or before the trust's first."""
    return max(day, first_open_day(fund))


def late_note(note: str, booked_on: date, on: date) -> str:
    """``note``, saying so when the day was closed and the item is booked later; at most 300 characters."""
    if on == booked_on:
        return note[:300]
    return f"{note};{booked_on} 所在期间已关闭,记入 {on}".removeprefix(";")[:300]


def first_open_day(fund: Fund) -> date:
    """The first day a posting may be dated: after the last closed one, never before ``opened_on``."""
    closed = LedgerHead.objects.values_list("closed_through", flat=True).get(fund_id=fund.pk)
    return fund.opened_on if closed is None else max(fund.opened_on, closed + timedelta(days=1))
