"""What a home page promises: which days come next, and by when the deed has them published."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection
from django.utils.timezone import localdate

from custody.models import Fund
from custody.queue.waiting_items import start_of
from custody.templatetags.paper import in_month
from reporting.disclosure.due import Due, overdue_and_due, running_month
from reporting.models import PublicationKind
from reporting.statements.named_periods import calendar_month


@dataclass(frozen=True, slots=True)
class Promise:
    """Months not shown yet, oldest first: (in words, due on, overdue); ``since``: midnight today."""

    months: tuple[tuple[str, date, bool], ...]
    since: datetime

    @property
    def as_text(self) -> str:
        """All of it, for a digest."""
        return repr(self.months)


def promise_of(fund: Fund) -> Promise:
    """Today by the database's clock: what was never published, and the month that runs."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT custody_now()")
        today = localdate(cursor.fetchone()[0])
    waiting = [each for each in overdue_and_due([fund], today) if each.kind == PublicationKind.MONTH]
    waiting.append(running_month(fund, today))
    months = [(_called(each, today), each.due_on, each.overdue) for each in waiting]
    return Promise(tuple(months), start_of(today))


def _called(due: Due, today: date) -> str:
    """The month by itself this year, with its year before."""
    month = due.period.to_on
    return in_month(month) if month.year == today.year else calendar_month(month).title
