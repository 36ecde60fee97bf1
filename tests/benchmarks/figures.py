"""What a benchmark says: a median with its spread, beside an aim and a ratio."""

import statistics
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure; ``ratio`` compares with the bare minimum of the same round."""

    name: str
    unit: str
    value: float
    spread: tuple[float, float]
    limit: str = ""
    ratio: float | None = None
    ratio_spread: tuple[float, float] | None = None


def summary(values: list[float]) -> tuple[float, tuple[float, float]]:
    """Median, and the smallest and largest."""
    return statistics.median(values), (min(values), max(values))
