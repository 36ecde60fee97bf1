"""Whether a day in a file can be: not after today in Shanghai, not before the trust. Refuses nothing."""

from datetime import date, datetime

from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from custody.kernel.words import told
from custody.models import Fund


def day_problem(fund: Fund, day: date, at: datetime) -> str:
    """What is wrong with money moving on ``day`` in a file read ``at``, and the remedy; empty if nothing."""
    if day < fund.opened_on:
        early = _("早于期初日期 %(opened_on)s，期初以前的收支已含在期初余额中，请删去本行")
        return told(early, opened_on=fund.opened_on)
    return future_problem(day, at)


def future_problem(day: date, at: datetime) -> str:
    """What is wrong with a deed done on ``day`` in a file read ``at``, and the remedy; empty if nothing."""
    today = localdate(at)
    late = _("晚于今天 %(today)s，尚未发生的不能导入；请更正日期，或到期后再导入")
    return told(late, today=today) if day > today else ""
