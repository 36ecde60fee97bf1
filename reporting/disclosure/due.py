"""What is to be published and by when: months by the deed's day of the next month, quarters on the board.

Reads only. Refuses to forgive: a month that was never published stays overdue, and one that was is due again
once the journal holds something in it that owners have not seen.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.db import connection
from django.utils.timezone import localdate

from custody.deeds.terms import PUBLISH_BY_DAY_DEFAULT, Agreed, Term
from custody.models import DeedTerm, Fund
from reporting.models import Publication, PublicationKind
from reporting.statements.named_periods import Period, calendar_month, quarter_of

_RUNNING = {PublicationKind.MONTH: calendar_month, PublicationKind.BOARD: quarter_of}


@dataclass(frozen=True, slots=True)
class Due:
    """Days to be published by ``due_on``. ``newest``: the last edition, None while there is none.

    ``unseen``: entries of these days that it does not hold. ``on``: the day it is asked on.
    """

    fund: Fund
    kind: PublicationKind
    period: Period
    due_on: date
    newest: Publication | None
    unseen: int
    on: date

    @property
    def open(self) -> bool:
        """Whether something is to be done."""
        return self.newest is None or self.unseen > 0

    @property
    def overdue(self) -> bool:
        """Whether it should have been done by now."""
        return self.open and self.on > self.due_on


def dues_of(funds: Sequence[Fund], on: date) -> list[Due]:
    """Every month and quarter of these funds that is over, newest first, with what is unseen in each."""
    unseen = _unseen([fund.pk for fund in funds])
    terms = _terms([fund.pk for fund in funds])
    found = []
    for each in _of_funds(funds, on):
        later = unseen.get((each.fund.pk, each.period.to_on))
        of_month = each.kind == PublicationKind.MONTH and later is not None
        found.append(_again(each, terms[each.fund.pk], *later) if of_month and later else each)
    return found


def overdue_and_due(funds: Collection[Fund], on: date) -> list[Due]:
    """What was never published of these funds and is over, oldest first; three queries however many."""
    return [each for each in reversed(list(_of_funds(list(funds), on))) if each.newest is None]


def running_month(fund: Fund, on: date) -> Due:
    """The month that ``on`` lies in, which is to be published once it is over."""
    period = calendar_month(on)
    by = publish_by(_terms([fund.pk])[fund.pk], period)
    return Due(fund, PublicationKind.MONTH, period, by, None, 0, on)


def publish_by(terms: Agreed, period: Period) -> date:
    """The day by which a period is published: the deed's day of the month after it, or the 10th."""
    following = period.to_on + timedelta(days=1)
    return following.replace(day=terms.days(Term.PUBLISH_BY_DAY, following, PUBLISH_BY_DAY_DEFAULT))


def _again(due: Due, terms: Agreed, count: int, since: datetime) -> Due:
    """The same, to be published again by the day that follows the month in which the first of it came."""
    by = publish_by(terms, calendar_month(localdate(since)))
    return replace(due, due_on=max(by, due.due_on), unseen=count)


def _of_funds(funds: Sequence[Fund], on: date) -> Iterator[Due]:
    """Newest periods first, fund by fund."""
    numbers = [fund.pk for fund in funds]
    newest = _newest(numbers)
    terms = _terms(numbers)
    for fund in funds:
        for kind, running in _RUNNING.items():
            period = running(on).before
            while period.to_on >= fund.opened_on:
                days = Period(max(period.from_on, fund.opened_on), period.to_on)
                yield Due(fund, kind, days, publish_by(terms[fund.pk], days),
                          newest.get((fund.pk, kind, days.to_on)), 0, on)  # fmt: skip
                period = period.before


def _newest(funds: Sequence[int]) -> dict[tuple[int, str, date], Publication]:
    rows = Publication.objects.filter(fund_id__in=funds).defer("says", "changed").order_by("edition")
    return {(row.fund_id, row.kind, row.to_on): row for row in rows}


def _terms(funds: Sequence[int]) -> dict[int, Agreed]:
    rows: dict[int, list[tuple[str, date, str]]] = defaultdict(list)
    asked = DeedTerm.objects.filter(fund_id__in=funds, term=Term.PUBLISH_BY_DAY)
    for fund_id, term, since, value in asked.values_list("fund_id", "term", "effective_from", "value"):
        rows[fund_id].append((term, since, value))
    return {fund_id: Agreed(fund_id, tuple(rows[fund_id])) for fund_id in funds}


def _unseen(funds: Sequence[int]) -> dict[tuple[int, date], tuple[int, datetime]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT f.id, u.to_on, u.entries, u.since FROM unnest(%s::bigint[]) AS f (id)"
            " CROSS JOIN LATERAL reporting_unseen(f.id) u",
            [list(funds)],
        )
        return {(fund, to_on): (count, since) for fund, to_on, count, since in cursor.fetchall()}
