"""What the public log had signed by a day or a moment, for papers to carry. Never writes."""

from datetime import date, datetime

from reporting.models import LogDay
from reporting.statements.facts import LoggedHead


def head_of_day(on: date, known_at: datetime | None = None) -> LoggedHead | None:
    """The head of one day; None while it is not closed, or was not by ``known_at``."""
    found = LogDay.objects.filter(ended_on=on)
    return _head(found.first() if known_at is None else found.filter(closed_at__lte=known_at).first())


def newest_head_by(moment: datetime) -> LoggedHead | None:
    """The newest head closed by then; None before the first."""
    return _head(LogDay.objects.filter(closed_at__lte=moment).order_by("number").last())


def _head(day: LogDay | None) -> LoggedHead | None:
    return None if day is None else LoggedHead(day.number, day.ended_on, day.log_root)
