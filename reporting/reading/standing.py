"""How estates stand today, as a supervisor looks at many: money, what is unclear, what waits. Reads only.

Refuses a judgement: what stops payments is the database's own word (``custody_break_open``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, LiteralString

from django.db import connection

from custody.ledger.cash import cash_held
from custody.models import Fund
from settlement.states import State

_WAITING = [
    State.VERIFIED, State.APPROVED, State.RELEASED, State.INSTRUCTED, State.UNKNOWN, State.FAILED,
]  # fmt: skip
_STANDING: LiteralString = """
SELECT f.id, custody_break_open(f.id), custody_bank_difference(f.id),
       (SELECT max(b.booked_on) FROM custody_bankline b WHERE b.fund_id = f.id),
       x.unclear, x.unclear_total, x.unclear_since, x.unexplained, x.unexplained_total, x.unexplained_since,
       s.waiting, s.waiting_total,
       (SELECT h.at FROM reporting_handout h WHERE h.fund_id = f.id ORDER BY h.id DESC LIMIT 1)
  FROM unnest(%s::bigint[]) AS f (id)
  CROSS JOIN LATERAL (
       SELECT count(*) FILTER (WHERE e.kind = 'suspense') AS unclear,
              coalesce(sum(b.amount) FILTER (WHERE e.kind = 'suspense'), 0) AS unclear_total,
              min(b.booked_on) FILTER (WHERE e.kind = 'suspense') AS unclear_since,
              count(*) FILTER (WHERE e.kind = 'unexplained') AS unexplained,
              coalesce(sum(abs(b.amount)) FILTER (WHERE e.kind = 'unexplained'), 0) AS unexplained_total,
              min(b.booked_on) FILTER (WHERE e.kind = 'unexplained') AS unexplained_since
         FROM custody_lineexplanation e JOIN custody_bankline b ON b.id = e.line_id
        WHERE e.fund_id = f.id AND e.kind IN ('suspense', 'unexplained')
          AND NOT EXISTS (
              SELECT FROM custody_lineexplanation n WHERE n.line_id = e.line_id AND n.id > e.id)) x
  CROSS JOIN LATERAL (
       SELECT count(*) AS waiting, coalesce(sum(s.total), 0) AS waiting_total
         FROM settlement_settlement s WHERE s.fund_id = f.id AND s.state = ANY (%s)) s
"""


@dataclass(frozen=True, slots=True)
class Lying:
    """How many bank lines of one sort lie there, how much in yuan, since which day."""

    count: int
    total: Decimal
    since: date | None


@dataclass(frozen=True, slots=True)
class Standing:
    """One estate today. ``cash`` is trust cash with placements; ``difference`` bank less book, None without
    a bank line; ``waiting`` verified invoices not yet paid; ``issued_at`` when a statement last left.
    """

    fund: Fund
    cash: Decimal
    blocked: bool
    difference: Decimal | None
    last_line_on: date | None
    unclear: Lying
    unexplained: Lying
    waiting: Lying
    issued_at: datetime | None

    @property
    def agrees(self) -> bool:
        """Whether bank and books say the same."""
        return self.difference == 0

    @property
    def needs_a_look(self) -> bool:
        """Whether anything of it does."""
        return self.blocked or not self.agrees or self.unclear.count > 0


def standings(funds: Sequence[Fund]) -> list[Standing]:
    """Each of these funds, in their order; two queries however many."""
    numbers = [fund.pk for fund in funds]
    cash = cash_held(numbers)
    with connection.cursor() as cursor:
        cursor.execute(_STANDING, [numbers, [str(state) for state in _WAITING]])
        rows = {row[0]: row for row in cursor.fetchall()}
    return [_standing(fund, cash.get(fund.pk, Decimal(0)), rows[fund.pk]) for fund in funds]


def _standing(fund: Fund, cash: Decimal, row: tuple[Any, ...]) -> Standing:
    _id, blocked, difference, last_line_on, *lying, waiting, waiting_total, issued_at = row
    return Standing(
        fund=fund,
        cash=cash,
        blocked=blocked,
        difference=difference,
        last_line_on=last_line_on,
        unclear=Lying(*lying[:3]),
        unexplained=Lying(*lying[3:]),
        waiting=Lying(waiting, waiting_total, None),
        issued_at=issued_at,
    )
