"""Which deposits the bank's lines show: what left for one, what came back, and the rate that implies.

A pack carries no deposit ticket, so the replay's order is written from the bank's own lines; the rate is
the one under which the bank paid its interest. Refuses to guess a rate for a deposit still out.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from custody.bank.reading import StatementLine
from custody.models import LineKind
from custody.money_in.rules import read_kind
from custody.placements.mandate import FAMILIES, family_of, unspaced

DAYS_IN_YEAR = 360
RATE_STEP = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Deposit:
    """A deposit as the bank shows it. ``principal`` in yuan; ``annual_rate`` 0.011 = 1.1 %, None if open."""

    out_on: date
    principal: Decimal
    product: str
    annual_rate: Decimal | None


def deposits_in(lines: Iterable[StatementLine]) -> list[Deposit]:
    """Deposits in the order they left, each with the first later return that covers its principal."""
    ordered = sorted(lines, key=lambda line: line.booked_on)
    returns = [line for line in ordered if _kind(line) == LineKind.PLACEMENT_BACK]
    found = []
    for line in ordered:
        if _kind(line) != LineKind.PLACEMENT_OUT:
            continue
        principal = -line.amount
        back = next((r for r in returns if r.booked_on > line.booked_on and r.amount >= principal), None)
        if back is not None:
            returns.remove(back)
        found.append(Deposit(line.booked_on, principal, _product(line), _rate(line, back)))
    return found


def _kind(line: StatementLine) -> LineKind | None:
    return read_kind(text=f"{line.summary} {line.memo}", amount=line.amount)


def _product(line: StatementLine) -> str:
    """The product the memo names (转七天通知存款 → 七天通知存款), at least its family."""
    named = unspaced(line.memo).removeprefix("转")
    if family_of(named):
        return named
    return next((family for family in FAMILIES if family in unspaced(f"{line.summary}{line.memo}")), named)


def _rate(out: StatementLine, back: StatementLine | None) -> Decimal | None:
    if back is None:
        return None
    days = (back.booked_on - out.booked_on).days
    return ((back.amount + out.amount) * DAYS_IN_YEAR / (-out.amount * days)).quantize(RATE_STEP)
