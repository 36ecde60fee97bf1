"""What time earns or costs, in full precision: pure functions over days, amounts and annual rates.

Nothing is rounded here: a caller rounds a whole period's figure once with custody.kernel.money.
Refuses negative rates.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext
from fractions import Fraction

from custody.kernel.invariants import invariant

_DIGITS = 60
DEPOSIT_DAYS_IN_YEAR = 360


@dataclass(frozen=True, slots=True)
class DayCharge:
    """One day's amount in yuan, its annual rate (0.003 = 0.3 %) and the days of the year it divides by."""

    on: date
    amount: Decimal
    annual_rate: Decimal
    days_in_year: int

    def __post_init__(self) -> None:
        invariant(self.annual_rate >= 0, "a rate is never negative")
        invariant(self.days_in_year > 0, "a year has days")


def accrued(days: Iterable[DayCharge]) -> Fraction:
    """Σ amount × rate ÷ days in year, exact in yuan, so any partition of the days adds up to the whole."""
    total = Fraction(0)
    for day in days:
        total += Fraction(day.amount) * Fraction(day.annual_rate) / day.days_in_year
    return total


def deposit_income(principal: Decimal, annual_rate: Decimal, from_on: date, to_on: date) -> Fraction:
    """Income in yuan of a deposit from ``from_on`` until ``to_on``: principal × rate × days ÷ 360, exact."""
    invariant(to_on >= from_on, "a deposit ends on or after the day it begins")
    days = (to_on - from_on).days
    return Fraction(principal) * Fraction(annual_rate) * days / DEPOSIT_DAYS_IN_YEAR


def average(amounts: Sequence[Decimal]) -> Decimal:
    """The mean of a non-empty series, in full precision."""
    invariant(amounts, "an average needs at least one day")
    return decimal_of(sum((Fraction(amount) for amount in amounts), Fraction(0)) / len(amounts))


def decimal_of(value: Fraction) -> Decimal:
    """An exact value as a Decimal of 60 digits, ready for custody.kernel.money to round once."""
    with localcontext() as context:
        context.prec = _DIGITS
        return Decimal(value.numerator) / Decimal(value.denominator)
