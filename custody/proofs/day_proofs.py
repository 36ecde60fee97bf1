"""The proof of a day over many funds: what the bank shows, what the books hold, and what stands between.

Refuses nothing and writes nothing; the work does not grow with the history before the days asked for. A day
that the bank's files do not reach proves nothing, whatever the figures are.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import LiteralString

from django.db import connection

from custody.ledger.browsing import FundBooks, booked_by_day, books_on
from custody.models import Fund

# Of each account the newest line by the day; and how far the bank's files reach.
_BANK: LiteralString = """
SELECT f.id, bank.balance, broken.count, broken.oldest,
       least(greatest(heard.last_on, stated.last_on), %(on)s), heard.first_on
  FROM custody_fund f
 CROSS JOIN LATERAL (
    SELECT sum(x.balance) AS balance
      FROM custody_bankaccount k
     CROSS JOIN LATERAL (SELECT b.balance FROM custody_bankline b
                          WHERE b.account_id = k.id AND b.booked_on <= %(on)s
                          ORDER BY b.position DESC LIMIT 1) x
     WHERE k.fund_id = f.id) bank
 CROSS JOIN LATERAL (
    SELECT count(*) AS count, min(b.booked_on) AS oldest
      FROM custody_lineexplanation x JOIN custody_bankline b ON b.id = x.line_id
     WHERE x.fund_id = f.id AND x.kind = 'unexplained' AND b.booked_on <= %(on)s
       AND NOT EXISTS (SELECT FROM custody_lineexplanation n
                        WHERE n.line_id = x.line_id AND n.id > x.id)) broken
 CROSS JOIN LATERAL (
    SELECT min(b.booked_on) AS first_on, max(b.booked_on) AS last_on
      FROM custody_bankline b WHERE b.fund_id = f.id) heard
 CROSS JOIN LATERAL (
    SELECT max(p.to_on) AS last_on FROM custody_bankperiod p WHERE p.fund_id = f.id) stated
 WHERE f.id = ANY (%(funds)s)
"""
_BANKED: LiteralString = """
SELECT b.fund_id, b.booked_on, sum(b.amount)
  FROM custody_bankline b
 WHERE b.fund_id = ANY (%(funds)s) AND b.booked_on > %(from_on)s AND b.booked_on <= %(to_on)s
 GROUP BY b.fund_id, b.booked_on
"""


@dataclass(frozen=True, slots=True)
class DayProof:
    """One fund on one day, in yuan; ``bank`` None before the bank's first line.

    ``breaks``: lines booked by then that are unexplained today, the oldest of ``oldest_on``. ``covered_on``
    is the last day up to this one that the bank's files speak of, ``first_on`` that of the bank's first line.
    """

    fund: Fund
    on: date
    bank: Decimal | None
    books: FundBooks
    breaks: int
    oldest_on: date | None
    covered_on: date | None
    first_on: date | None

    @property
    def difference(self) -> Decimal | None:
        """The bank's less the books'."""
        return None if self.bank is None else self.bank - self.book

    @property
    def book(self) -> Decimal:
        """What the books say is at the bank."""
        return self.books.cash

    @property
    def covered(self) -> bool:
        """Whether the bank's files reach this day."""
        return self.covered_on == self.on

    @property
    def failing(self) -> bool:
        """Whether bank and books differ, or money left without a known reason."""
        return bool(self.difference) or self.breaks > 0

    @property
    def proven(self) -> bool:
        """Bank = book, nothing unexplained, and the bank has spoken of the day."""
        return self.bank is not None and self.covered and not self.failing

    @property
    def break_age_days(self) -> int:
        """How old the oldest break is on this day."""
        return (self.on - self.oldest_on).days if self.oldest_on else 0


@dataclass(frozen=True, slots=True)
class DayOfAll:
    """One day over all funds: how many are proven, how many differ or have a break, how many lack a file."""

    on: date
    proven: int
    failing: int
    silent: int


def proofs_on(funds: Collection[Fund], on: date) -> list[DayProof]:
    """One row a fund: those that fail first, then those the bank is silent on, then the rest by code."""
    by_id = {fund.pk: fund for fund in funds}
    books = books_on(list(by_id), on)
    with connection.cursor() as cursor:
        cursor.execute(_BANK, {"funds": list(by_id), "on": on})
        found = [
            DayProof(by_id[fund], on, bank, books[fund], count, oldest, covered, first)
            for fund, bank, count, oldest, covered, first in cursor.fetchall()
        ]
    return sorted(found, key=lambda each: (not each.failing, each.covered, each.fund.code))


def days_back(funds: Collection[Fund], last: date, count: int) -> list[DayOfAll]:
    """The ``count`` days up to ``last``, the newest first. A fund counts from its first day on."""
    first = last - timedelta(days=count - 1)
    ends = proofs_on(funds, last)
    booked = booked_by_day([fund.pk for fund in funds], first, last)
    banked = _banked([fund.pk for fund in funds], first, last)
    days = [last - timedelta(days=ago) for ago in range(count)]
    told: dict[date, list[int]] = {day: [0, 0, 0] for day in days}
    for end in ends:
        difference, first_on = end.difference or Decimal(0), end.first_on or date.max
        for day in days:
            if day < end.fund.opened_on:
                break
            unsaid = day < first_on or end.covered_on is None or day > end.covered_on
            broken = bool(difference and day >= first_on) or (
                end.oldest_on is not None and end.oldest_on <= day
            )
            told[day][1 if broken else 2 if unsaid else 0] += 1
            at = (end.fund.pk, day)
            difference -= banked.get(at, Decimal(0)) - booked.get(at, Decimal(0))
    return [DayOfAll(day, *told[day]) for day in days]


def _banked(fund_ids: Collection[int], after: date, to_on: date) -> dict[tuple[int, date], Decimal]:
    with connection.cursor() as cursor:
        cursor.execute(_BANKED, {"funds": list(fund_ids), "from_on": after, "to_on": to_on})
        return {(fund, day): amount for fund, day, amount in cursor.fetchall()}
