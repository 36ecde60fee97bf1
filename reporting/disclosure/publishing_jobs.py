"""What of publishing stands on 今日: how many months and quarters wait, the oldest, whether it is late."""

from collections.abc import Sequence
from datetime import date, timedelta

from django.utils.translation import gettext as _

from custody.kernel.words import told
from custody.models import Fund
from custody.permits.acts import Act
from reporting.disclosure.due import overdue_and_due
from settlement.queue.further_jobs import FurtherJob

PAGE = "publishing"


def publishing_jobs(funds: Sequence[Fund], on: date) -> FurtherJob | None:
    """One line over all these funds; None where everything that is over was published."""
    waiting = overdue_and_due(funds, on)
    if not waiting:
        return None
    late = [each for each in waiting if each.overdue]
    first = min(waiting, key=lambda each: each.due_on)
    said = _("最早的是%(period)s，应在 %(on)s 前；其中逾期 %(late)s 项")
    return FurtherJob(
        act=Act.PUBLISH_ACCOUNTS,
        count=len(waiting),
        title=_("待公布的账目"),
        why=told(said, period=first.period.title, on=first.due_on, late=len(late)),
        since=first.period.to_on + timedelta(days=1),
        place=PAGE,
        verb=_("公布"),
        urgent=bool(late),
    )
