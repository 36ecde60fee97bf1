"""The only place that rounds or divides money. Refuses floats and any currency but the yuan.

Amounts are ``Money`` in CNY with two decimals (fen). Rounding is half up (四舍五入).
"""

from collections.abc import Sequence
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

from djmoney.money import Money

from custody.kernel.invariants import invariant

CURRENCY = "CNY"
FEN = Decimal("0.01")


def yuan(amount: Decimal | int | str) -> Money:
    """An exact amount in yuan; ValueError if it has more than two decimals or is not finite."""
    if isinstance(amount, float):
        raise TypeError("money is never a float")
    value = Decimal(amount)
    if not value.is_finite() or value != value.quantize(FEN):
        raise ValueError(f"not an amount in fen: {amount}")
    return Money(value.quantize(FEN), CURRENCY)


ZERO = yuan(0)


def rounded(value: Decimal) -> Decimal:
    """Round half up to the fen."""
    return value.quantize(FEN, rounding=ROUND_HALF_UP)


def exact(value: Decimal) -> Money:
    """A computed value, rounded half up to the fen, as Money."""
    return Money(rounded(value), CURRENCY)


def allocate(total: Money, weights: Sequence[Decimal | int]) -> list[Money]:
    """Split ``total`` by ``weights`` with largest remainder, so the parts sum to the whole exactly.

    Ties go to the earlier part. ValueError when weights are empty, negative or all zero.
    """
    parts = [Decimal(weight) for weight in weights]
    whole = sum(parts, Decimal(0))
    if not parts or min(parts) < 0 or whole == 0:
        raise ValueError("weights must be non-negative and not all zero")
    fen = int(total.amount.scaleb(2))
    shares = [Decimal(fen) * part / whole for part in parts]
    floors = [int(share.to_integral_value(rounding=ROUND_DOWN)) for share in shares]
    left = fen - sum(floors)
    step = 1 if left >= 0 else -1
    by_remainder = sorted(range(len(parts)), key=lambda i: (-abs(shares[i] - floors[i]), i))
    for index in by_remainder[: abs(left)]:
        floors[index] += step
    invariant(sum(floors) == fen, "allocation loses nothing")
    return [yuan(Decimal(floor).scaleb(-2)) for floor in floors]
