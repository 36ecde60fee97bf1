"""The arithmetic of a quarter's remuneration, month by month, as it stands today. Reads only.

Refuses (NotFound, Rejected) what the deed does not say, or says so that nobody can read it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from custody.deeds import terms
from custody.deeds.terms import Term
from settlement.fees.measures import base_amounts
from settlement.fees.remuneration import (
    Assessed,
    MonthRemuneration,
    assess,
    factor_for,
    parse_base,
    parse_tiers,
    remunerate,
)
from settlement.models import Assessment

MONTHS_OF_A_QUARTER = 3


@dataclass(frozen=True, slots=True)
class MonthSum:
    """One month: its rates as fractions of one, and what they make of the base, in yuan."""

    month: date
    base_rate: Decimal
    performance_rate: Decimal
    made: MonthRemuneration


@dataclass(frozen=True, slots=True)
class QuarterSum:
    """A quarter's months begun so far; ``assessed`` once there is a score of a whole quarter."""

    months: tuple[MonthSum, ...]
    score: int | None
    assessed_by: str
    assessed: Assessed | None


def quarter_sum(fund_id: int, year: int, quarter: int, today: date) -> QuarterSum:
    """The months of the quarter that have begun by ``today``, under the terms of each one's first day."""
    firsts = months_of(year, quarter)
    begun = [month for month in firsts if month <= today]
    said = terms.agreed(fund_id)
    bases = {month: parse_base(said.text(Term.REMUNERATION_BASE, month)) for month in begun}
    amounts = base_amounts(fund_id, bases)
    months = []
    for month in begun:
        base_rate, performance_rate = (
            said.rate(Term.BASE_RATE, month),
            said.rate(Term.PERFORMANCE_RATE, month),
        )
        made = remunerate(
            bases[month].kind, amounts[month], base_rate=base_rate, performance_rate=performance_rate
        )
        months.append(MonthSum(month, base_rate, performance_rate, made))
    row = Assessment.objects.filter(fund_id=fund_id, year=year, quarter=quarter).first()
    assessed = None
    if row is not None and len(months) == MONTHS_OF_A_QUARTER:
        factor = factor_for(row.score, parse_tiers(said.text(Term.PERFORMANCE_TIERS, firsts[0])))
        assessed = assess([each.made.performance for each in months], factor)
    return QuarterSum(tuple(months), row.score if row else None, row.assessed_by if row else "", assessed)


def months_of(year: int, quarter: int) -> Sequence[date]:
    """The first days of a quarter's months."""
    return [date(year, MONTHS_OF_A_QUARTER * quarter - back, 1) for back in (2, 1, 0)]
