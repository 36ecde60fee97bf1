"""How funds stand with their banks, many at once: through which day the bank speaks, and whether they agree.

One query whatever their number. Refuses nothing and writes nothing.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import LiteralString

from django.db import connection

_STANDINGS: LiteralString = """
SELECT f.id, f.code, e.name, e.households, greatest(p.through, l.booked_on), l.balance, d.difference,
       d.difference IS DISTINCT FROM 0 AND d.difference IS NOT NULL OR custody_break_open(f.id)
  FROM custody_fund f JOIN custody_estate e ON e.id = f.estate_id
 CROSS JOIN LATERAL (SELECT custody_bank_difference(f.id) AS difference) d
  LEFT JOIN LATERAL (
    SELECT max(b.to_on) AS through FROM custody_bankperiod b WHERE b.fund_id = f.id) p ON true
  LEFT JOIN LATERAL (
    SELECT max(n.booked_on) AS booked_on, sum(n.balance) AS balance FROM custody_bankaccount a
     CROSS JOIN LATERAL (SELECT b.booked_on, b.balance FROM custody_bankline b
                          WHERE b.account_id = a.id ORDER BY b.position DESC LIMIT 1) n
     WHERE a.fund_id = f.id) l ON true
 WHERE f.id = ANY(%s)
 ORDER BY f.code
"""


@dataclass(frozen=True, slots=True)
class BankStanding:
    """A fund beside its bank: ``through`` the last day the bank speaks of, None before its first word.

    ``balance`` is the bank's newest, ``difference`` that less the books' cash; yuan. ``broken``: they differ,
    or a break is open.
    """

    fund_id: int
    code: str
    name: str
    households: int
    through: date | None
    balance: Decimal | None
    difference: Decimal | None
    broken: bool

    @property
    def proved(self) -> bool:
        """Bank and books agree, and nothing is left to be found out."""
        return self.through is not None and not self.broken


def bank_standings(fund_ids: Collection[int]) -> list[BankStanding]:
    """Each fund's standing, by code."""
    with connection.cursor() as cursor:
        cursor.execute(_STANDINGS, (list(fund_ids),))
        return [BankStanding(*row) for row in cursor.fetchall()]
