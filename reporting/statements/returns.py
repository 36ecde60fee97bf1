"""What idle cash brought over a period that is over: average, realised and money-weighted return. Pure.

Refuses to look forward; every figure is rounded once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from custody.kernel.accrual import average, decimal_of
from custody.kernel.money import rounded
from reporting.statements.common import ratio
from reporting.statements.facts import NOTHING, LedgerFacts
from reporting.statements.rates import DAYS_IN_YEAR, demand_rate

TRUST_CASH = ("cash", "placement")
EARNED = ("interest", "placement_income")
CHARGED = ("bank_charge", "interest_tax", "interest_charged")  # what holding money at the bank cost
RETURNS = (*EARNED, *CHARGED)
YEAR_DAYS = 365


@dataclass(frozen=True, slots=True)
class PlacementFact:
    """One placement as it stood at the period's end; ``back_on`` None while it was still out. Yuan."""

    product: str
    book: str
    principal: Decimal
    out_on: date
    back_on: date | None
    annual_rate: Decimal | None
    income: Decimal | None


@dataclass(frozen=True, slots=True)
class ValueFacts:
    """What the report is made from. ``daily``: net of trust cash and returns on days that have any;
    ``before``: the same of the span before, None when there was no trust.
    """

    ledger: LedgerFacts
    daily: Mapping[date, Mapping[str, Decimal]]
    placements: tuple[PlacementFact, ...]
    before: "ValueFacts | None" = None


@dataclass(frozen=True, slots=True)
class Returns:
    """The measured figures: yuan, and fractions a year. A rate is None when nothing was held."""

    days: int
    average_cash: Decimal
    earned: Decimal
    charged: Decimal
    realised: Decimal | None
    dietz: Decimal | None
    dietz_base: Decimal
    demand_interest: Decimal

    @property
    def net(self) -> Decimal:
        """Income − bank charges, tax on interest and negative interest, yuan."""
        return self.earned - self.charged

    @property
    def over_demand(self) -> Decimal:
        """What the net income is above the same money's demand interest, yuan."""
        return self.net - self.demand_interest


def measured(facts: ValueFacts) -> Returns:
    """Average, realised and money-weighted return of the period, each rounded once."""
    heading = facts.ledger.heading
    balances = daily_balances(facts)
    earned = NOTHING - facts.ledger.total("net", kinds=EARNED)
    charged = facts.ledger.total("net", kinds=CHARGED)
    average_cash = rounded(average([amount for _, amount in balances]))
    base = _dietz_base(facts)
    annual = Decimal(YEAR_DAYS) / heading.days
    demand = sum((Fraction(amount) * Fraction(demand_rate(on)) for on, amount in balances), Fraction(0))
    return Returns(
        days=heading.days,
        average_cash=average_cash,
        earned=earned,
        charged=charged,
        realised=ratio((earned - charged) * annual, average_cash),
        dietz=ratio((earned - charged) * annual, base) if base > 0 else None,
        dietz_base=base,
        demand_interest=rounded(decimal_of(demand / DAYS_IN_YEAR)),
    )


def daily_balances(facts: ValueFacts) -> list[tuple[date, Decimal]]:
    """End-of-day trust cash (bank + placed) for each day of the period."""
    heading = facts.ledger.heading
    balance = facts.ledger.total("opening", kinds=TRUST_CASH)
    days = []
    for offset in range(heading.days):
        on = heading.from_on + timedelta(days=offset)
        moved = facts.daily.get(on, {})
        balance += sum((moved.get(kind, NOTHING) for kind in TRUST_CASH), NOTHING)
        days.append((on, balance))
    return days


def _dietz_base(facts: ValueFacts) -> Decimal:
    """Opening + Σ flow × (days left, its own day included) ÷ days: the capital at work, to the fen.

    A flow is the day's change of trust cash that is not its return; both are counted at the day's end, as
    the bank charges interest.
    """
    heading = facts.ledger.heading
    weighted = Fraction(facts.ledger.total("opening", kinds=TRUST_CASH))
    for on, moved in facts.daily.items():
        flow = sum((moved.get(kind, NOTHING) for kind in (*TRUST_CASH, *RETURNS)), NOTHING)
        weighted += Fraction(flow) * ((heading.to_on - on).days + 1) / heading.days
    return rounded(decimal_of(weighted))
