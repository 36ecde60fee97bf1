"""Which heads still wait for the day's anchor, and what the journal says of entries that left the house.

Refuses to write: the door anchors.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal

from django.db import connections
from django.utils.timezone import make_aware

_WAITING = """
SELECT h.fund_id FROM custody_ledger_head h
 WHERE h.sequence > 0
   AND NOT EXISTS (SELECT FROM custody_anchor a
                    WHERE a.fund_id = h.fund_id
                      AND (a.sequence = h.sequence AND a.chain = h.chain
                           OR a.purpose = %s AND a.anchored_at >= %s))
 ORDER BY h.fund_id LIMIT %s
"""


_BOOKED = """
SELECT e.sequence, e.effective_on, e.chain,
       (SELECT coalesce(sum(l.amount), 0)
          FROM custody_line l JOIN custody_account a ON a.id = l.account_id
          JOIN custody_account_kind k ON k.code = a.kind AND k.section = 'funds'
         WHERE l.fund_id = e.fund_id AND l.sequence = e.sequence)
  FROM custody_entry e WHERE e.fund_id = %s AND e.sequence = ANY (%s)
"""


@dataclass(frozen=True, slots=True)
class AsBooked:
    """An entry as the journal has it now: day, chain value, what it did to the trust's funds in yuan."""

    on: date
    chain: bytes
    moved: Decimal


def as_booked(fund_id: int, sequences: Collection[int], *, using: str) -> dict[int, AsBooked]:
    """These entries of a fund; one that is not there is not."""
    with connections[using].cursor() as cursor:
        cursor.execute(_BOOKED, (fund_id, list(sequences)))
        rows = cursor.fetchall()
    return {sequence: AsBooked(on, bytes(chain), moved) for sequence, on, chain, moved in rows}


def unanchored(*, purpose: str, on: date, count_max: int, using: str) -> list[int]:
    """Funds whose head is in no anchor and that have none for this purpose since ``on`` began, in order."""
    since = make_aware(datetime.combine(on, time.min))
    with connections[using].cursor() as cursor:
        cursor.execute(_WAITING, (purpose, since, count_max))
        return [int(fund_id) for (fund_id,) in cursor.fetchall()]
