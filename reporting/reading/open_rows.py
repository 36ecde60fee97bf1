"""What is open at the end of a period: merchant orders no bank line confirmed, broken bank files. Reads only.

Refuses what came later: as the books stood at the end of ``to_on``, and of files what was known when the
period was closed, so that a closed period's answer stays.
"""

from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import LiteralString

from django.db import connection
from django.db.models import Q

from custody.ledger import history
from custody.models import ChannelOrder, LineExplanation, LineKind
from reporting.reading.ledger_rows import Cut, known_until
from reporting.statements.facts import NOTHING, Span
from reporting.statements.open_matters import OpenMatters, OrderDay

_ALLOWED: LiteralString = """
SELECT custody_in_transit_days(%s, d.paid_on) FROM unnest(%s::date[]) WITH ORDINALITY AS d (paid_on, place)
 ORDER BY d.place
"""
# Those that began by to_on and were waited for at the instant, or are now where none is said.
_BROKEN: LiteralString = """
SELECT f.first_on, f.last_on FROM custody_broken_file f
 WHERE f.fund_id = %(fund)s AND f.first_on <= %(to_on)s
   AND (%(at)s::timestamptz IS NULL OR f.seen_at <= %(at)s::timestamptz)
   AND NOT EXISTS (
       SELECT FROM custody_broken_file_replaced r
        WHERE r.broken_id = f.id AND (%(at)s::timestamptz IS NULL OR r.replaced_at <= %(at)s::timestamptz))
 ORDER BY f.first_on, f.id
"""


def open_matters(cut: Cut) -> OpenMatters:
    """All of it; the caller holds the snapshot."""
    orders = _unconfirmed(cut)
    return OpenMatters(
        days=tuple(_days(cut, orders)),
        orders=frozenset(order.entry_sequence for order in orders),
        broken=_broken(cut),
    )


def _unconfirmed(cut: Cut) -> list[ChannelOrder]:
    """Orders whose entry stood at the end of ``to_on``, and which no standing entry of the bank's settled."""
    paid = ChannelOrder.objects.filter(fund_id=cut.fund_id, paid_on__lte=cut.to_on)
    lumps = LineExplanation.objects.filter(
        line__in=paid.filter(bank_line__isnull=False).order_by().values("bank_line").distinct(),
        kind=LineKind.MERCHANT_LUMP,
    )
    booked = dict(lumps.values_list("entry_sequence", "line_id"))
    settled = {booked[sequence] for sequence in history.standing_entries(cut, booked)}
    later = set(booked.values()) - settled
    waiting = list(paid.filter(Q(bank_line__isnull=True) | Q(bank_line__in=later)).order_by("paid_on", "pk"))
    stood = history.standing_entries(cut, {order.entry_sequence for order in waiting})
    return [order for order in waiting if order.entry_sequence in stood]


def _days(cut: Cut, orders: list[ChannelOrder]) -> list[OrderDay]:
    by_day: dict[date, list[Decimal]] = defaultdict(list)
    for order in orders:
        by_day[order.paid_on].append(order.amount.amount)
    return [
        OrderDay(on, len(amounts), sum(amounts, NOTHING), allowed)
        for (on, amounts), allowed in zip(by_day.items(), _allowed(cut, list(by_day)), strict=True)
    ]


def _allowed(cut: Cut, days: list[date]) -> list[int]:
    """How many days orders paid on each of ``days`` may be on their way to the bank."""
    with connection.cursor() as cursor:
        cursor.execute(_ALLOWED, [cut.fund_id, days])
        return [allowed for (allowed,) in cursor.fetchall()]


def _broken(cut: Cut) -> tuple[Span, ...]:
    """The days of each broken file that waited to be replaced, without its name."""
    with connection.cursor() as cursor:
        cursor.execute(_BROKEN, {"fund": cut.fund_id, "to_on": cut.to_on, "at": known_until(cut)})
        return tuple(Span(*days) for days in cursor.fetchall())
