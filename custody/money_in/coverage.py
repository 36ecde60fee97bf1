"""Up to which day the bank's statements of a fund reach, and which days are missing up to an evening.

Refuses to guess: what a file does not state of a quiet day is missing.
"""

from datetime import date, timedelta

from django.db.models import Max

from custody.models import BankLine, BankPeriod, Fund


def covered_through(fund: Fund) -> date:
    """The last day with a line or in a stated period; the day before the trust's first when there is none."""
    line: date | None = BankLine.objects.filter(fund=fund).aggregate(last=Max("booked_on"))["last"]
    stated: date | None = BankPeriod.objects.filter(fund=fund).aggregate(last=Max("to_on"))["last"]
    return max(day for day in (line, stated, fund.opened_on - timedelta(days=1)) if day is not None)


def missing_days(fund: Fund, *, through: date) -> tuple[date, date] | None:
    """First and last day no statement covers, up to ``through``; None when none is missing."""
    first = covered_through(fund) + timedelta(days=1)
    return (first, through) if first <= through else None
