"""Cells that hold one of a few words, or a number of something counted; a template shows the same choices.

Refuses, with a ValueError saying what was expected, any other word and any figure nobody would count.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from custody.files import spellings
from custody.kernel.words import told

Cell = str | int | Decimal | date | None


@dataclass(frozen=True, slots=True)
class NumberOf:
    """Reads a whole number that may carry one of ``units``."""

    units: tuple[str, ...] = ()

    def __call__(self, cell: Cell) -> int:
        """The number; 6万 of anything counted is refused, for nobody counts so exactly."""
        if isinstance(cell, int) and abs(cell) < 10**spellings.DIGITS_MAX:
            return cell
        value = None if isinstance(cell, date) else spellings.whole_in(str(cell), self.units)
        if value is None:
            unit = self.units[0] if self.units else ""
            raise ValueError(told(_("应为整数，如 1%(unit)s"), unit=unit))
        return value


@dataclass(frozen=True, slots=True, eq=False)
class OneOf:
    """Reads one of a few words; ``meanings`` gives the value of each spelling, the best spelling first."""

    meanings: Mapping[str, object]

    @property
    def choices(self) -> tuple[str, ...]:
        """The best spelling of each value, in the order they were given."""
        best: dict[int, str] = {}
        values = list(self.meanings.values())
        for word, value in self.meanings.items():
            best.setdefault(values.index(value), word)
        return tuple(best.values())

    def __call__(self, cell: Cell) -> object:
        """The value the word stands for, in either width and any case, spaces aside."""
        wanted = spellings.folded_word(str(cell))
        for word, value in self.meanings.items():
            if spellings.folded_word(word) == wanted:
                return value
        raise ValueError(told(_("应为其中之一：%(choices)s"), choices=self.choices))
