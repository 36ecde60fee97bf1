"""What many funds' journals hold at once: one query whatever their number. Opens no account, writes nothing.

A fund without an entry reads as nothing. Sums nothing over funds: each stands by itself.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import LiteralString

from django.db import connection

_BOOKS: LiteralString = """
SELECT a.fund_id, h.sequence, h.closed_through, a.book,
       coalesce(sum(b.posted) FILTER (WHERE a.kind = 'cash'), 0),
       coalesce(sum(b.held) FILTER (WHERE a.kind = 'cash'), 0),
       coalesce(sum(b.posted) FILTER (WHERE a.kind = 'placement'), 0)
  FROM custody_account a
  JOIN custody_balance b ON b.account_id = a.id
  JOIN custody_ledger_head h ON h.fund_id = a.fund_id
 WHERE a.fund_id = ANY(%s) AND a.kind IN ('cash', 'placement')
 GROUP BY a.fund_id, h.sequence, h.closed_through, a.book
 ORDER BY a.fund_id, a.book DESC
"""

# As custody.ledger.cash: back from today's stored balances, so the cost follows the days asked for.
_DAILY: LiteralString = """
WITH held AS MATERIALIZED (
    SELECT a.fund_id, b.account_id, b.posted
      FROM custody_account a JOIN custody_balance b ON b.account_id = a.id
     WHERE a.fund_id = ANY(%(funds)s) AND a.kind IN ('cash', 'placement')
), moved AS MATERIALIZED (
    SELECT held.fund_id, l.effective_on, sum(l.amount) AS amount
      FROM held JOIN custody_line l ON l.account_id = held.account_id AND l.effective_on >= %(from_on)s
     GROUP BY held.fund_id, l.effective_on
), opening AS (
    SELECT f.fund_id, f.posted - coalesce((
               SELECT sum(m.amount) FROM moved m WHERE m.fund_id = f.fund_id), 0) AS amount
      FROM (SELECT fund_id, sum(posted) AS posted FROM held GROUP BY fund_id) f
)
SELECT o.fund_id, day::date,
       o.amount + coalesce(sum(m.amount) OVER (PARTITION BY o.fund_id ORDER BY day), 0)
  FROM opening o
 CROSS JOIN generate_series(%(from_on)s::date::timestamp, %(to_on)s::date::timestamp, interval '1 day') AS day
  LEFT JOIN moved m ON m.fund_id = o.fund_id AND m.effective_on = day::date
 ORDER BY o.fund_id, day
"""


@dataclass(frozen=True, slots=True)
class BookCash:
    """One book's cash: ``posted`` at the bank, ``held`` of it for payments, ``placed`` beside it; yuan."""

    book: str
    posted: Decimal
    held: Decimal
    placed: Decimal

    @property
    def available(self) -> Decimal:
        """What may still be promised."""
        return self.posted - self.held


@dataclass(frozen=True, slots=True)
class FundCash:
    """A fund's books, operating first; how many entries its journal holds, and its last closed day."""

    entries: int = 0
    closed_through: date | None = None
    books: tuple[BookCash, ...] = ()

    @property
    def total(self) -> Decimal:
        """Trust cash: at the bank and placed."""
        return sum((each.posted + each.placed for each in self.books), Decimal(0))


def cash_of_funds(fund_ids: Collection[int]) -> dict[int, FundCash]:
    """Each fund's cash by book; a fund without an account is not in it."""
    books: dict[int, list[BookCash]] = defaultdict(list)
    heads: dict[int, tuple[int, date | None]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_BOOKS, (list(fund_ids),))
        for fund_id, sequence, closed, *row in cursor.fetchall():
            heads[fund_id] = (sequence, closed)
            books[fund_id].append(BookCash(*row))
    return {fund_id: FundCash(*heads[fund_id], tuple(held)) for fund_id, held in books.items()}


def daily_cash_of_funds(
    fund_ids: Collection[int], from_on: date, to_on: date
) -> dict[int, list[tuple[date, Decimal]]]:
    """End-of-day trust cash in yuan of each fund, for every day from ``from_on`` through ``to_on``."""
    days: dict[int, list[tuple[date, Decimal]]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_DAILY, {"funds": list(fund_ids), "from_on": from_on, "to_on": to_on})
        for fund_id, day, amount in cursor.fetchall():
            days[fund_id].append((day, Decimal(amount)))
    return days
