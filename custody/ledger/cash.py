"""Trust cash day by day: bank balance plus principal placed, both books, as the ledger dates it.

Money in transit is not trust cash until the bank has it. Refuses a period that ends before it begins.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from django.db import connection
from django.utils.translation import gettext as _

from custody.kernel.accrual import average
from custody.kernel.errors import Rejected
from custody.kernel.money import rounded

# Walks back from today's stored balance, so the cost follows the days asked for and later, not all history.
_DAILY = """
WITH held AS MATERIALIZED (
    SELECT b.account_id, b.posted FROM custody_account a JOIN custody_balance b ON b.account_id = a.id
     WHERE a.fund_id = %(fund)s AND a.kind IN ('cash', 'placement')
), moved AS MATERIALIZED (
    SELECT l.effective_on, sum(l.amount) AS amount
      FROM held JOIN custody_line l ON l.account_id = held.account_id AND l.effective_on >= %(from_on)s
     GROUP BY l.effective_on
), opening AS (
    SELECT coalesce((SELECT sum(posted) FROM held), 0)
         - coalesce((SELECT sum(amount) FROM moved), 0) AS amount
)
SELECT day::date,
       (SELECT amount FROM opening) + coalesce(sum(moved.amount) OVER (ORDER BY day), 0)
  FROM generate_series(%(from_on)s::date::timestamp, %(to_on)s::date::timestamp, interval '1 day') AS day
  LEFT JOIN moved ON moved.effective_on = day::date
 ORDER BY day
"""

_HELD = """
SELECT a.fund_id, sum(b.posted) FROM custody_account a JOIN custody_balance b ON b.account_id = a.id
 WHERE a.fund_id = ANY (%s) AND a.kind IN ('cash', 'placement') GROUP BY a.fund_id
"""


def cash_held(fund_ids: Sequence[int]) -> dict[int, Decimal]:
    """Trust cash of each fund as it stands now, in yuan; a fund without any account is left out."""
    with connection.cursor() as cursor:
        cursor.execute(_HELD, [list(fund_ids)])
        return dict(cursor.fetchall())


def daily_cash(fund_id: int, from_on: date, to_on: date) -> list[tuple[date, Decimal]]:
    """End-of-day trust cash in yuan for every day from ``from_on`` through ``to_on``."""
    if to_on < from_on:
        raise Rejected(
            _("期间的截止日 %(to_on)s 早于起始日 %(from_on)s"),
            code="period-reversed",
            from_on=from_on,
            to_on=to_on,
        )
    with connection.cursor() as cursor:
        cursor.execute(_DAILY, {"fund": fund_id, "from_on": from_on, "to_on": to_on})
        return [(day, Decimal(amount)) for day, amount in cursor.fetchall()]


def average_daily_cash(fund_id: int, from_on: date, to_on: date) -> Decimal:
    """Average of the end-of-day trust cash in yuan, rounded half up once to the fen."""
    return rounded(average([amount for __, amount in daily_cash(fund_id, from_on, to_on)]))
