"""How long money has lain unidentified, in days since the bank booked it. Pure; refuses nothing.

``limit`` is the days the deed gives a clerk (``suspense_days``), fewer than ``LONG_DAYS``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from custody.kernel.words import told
from custody.money_in.explanations import UnidentifiedMoney

LONG_DAYS = 90
VERY_LONG_DAYS = 180


@dataclass(frozen=True, slots=True)
class AgeBucket:
    """How many items are ``label`` old, and their sum in yuan, in + and out −."""

    label: str
    count: int
    amount: Decimal


def age_days(item: UnidentifiedMoney, today: date) -> int:
    """Days since the item's day."""
    return (today - item.on).days


def is_late(item: UnidentifiedMoney, today: date, limit: int) -> bool:
    """Whether it should have been identified by now."""
    return age_days(item, today) > limit


def age_buckets(items: Sequence[UnidentifiedMoney], today: date, limit: int) -> list[AgeBucket]:
    """Counts and sums by age, the youngest first; empty buckets too."""
    edges = (-1, limit, LONG_DAYS, VERY_LONG_DAYS)
    found = []
    for at, over in enumerate(edges):
        upto = edges[at + 1] if at + 1 < len(edges) else None
        inside = [
            item
            for item in items
            if over < max(age_days(item, today), 0) and (upto is None or age_days(item, today) <= upto)
        ]
        label = (
            told(_("%(over)s 天以上"), over=over)
            if upto is None
            else told(_("%(first)s–%(last)s 天"), first=over + 1, last=upto)
        )
        found.append(AgeBucket(label, len(inside), sum((item.amount for item in inside), Decimal(0))))
    return found
