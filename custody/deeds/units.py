"""An estate's units as they are on a day: each by its newest fact by then, with what it owes a month.

Refuses to know a unit before its first fact, or once it is merged or pulled down, unless asked for those too.
"""

from dataclasses import dataclass
from datetime import date

from djmoney.money import Money

from custody.kernel.money import exact
from custody.models import UnitFact


@dataclass(frozen=True, slots=True)
class BilledUnit:
    """A unit and what it owes a month: area × price, half up to the fen. ``id`` is the unit's."""

    id: int
    building: int
    entrance: int
    room: str
    owner_name: str
    monthly_fee: Money

    @property
    def address(self) -> str:
        """The short spelling: building-entrance-room."""
        return f"{self.building}-{self.entrance}-{self.room}"


def billed_units(fund_id: int, on: date, *, gone_too: bool = False) -> list[BilledUnit]:
    """Every unit of the fund as it is on ``on``, by address. ``gone_too``: what is no more, as last."""
    rows = sorted(
        facts_on(fund_id, on, gone_too=gone_too),
        key=lambda each: (each.unit.building, each.unit.entrance, each.unit.room),
    )
    return [
        BilledUnit(
            each.unit_id, each.unit.building, each.unit.entrance, each.unit.room, each.owner_name,
            exact(each.area * each.monthly_price),
        )
        for each in rows
    ]  # fmt: skip


def facts_on(fund_id: int, on: date, *, gone_too: bool = False) -> list[UnitFact]:
    """What is true of every unit on ``on``, by unit, each with its unit at hand."""
    newest = (
        UnitFact.objects.filter(fund_id=fund_id, valid_from__lte=on)
        .order_by("unit_id", "-valid_from")
        .distinct("unit_id")
        .select_related("unit")
    )
    return [each for each in newest if gone_too or not each.ended_as]


def days_of_change(fund_id: int) -> list[date]:
    """The days from which some unit's facts differ, the latest first."""
    days = UnitFact.objects.filter(fund_id=fund_id).order_by("-valid_from")
    return list(days.values_list("valid_from", flat=True).distinct())


def owners_until(fund_id: int, on: date) -> set[str]:
    """Everybody who owned a unit up to ``on``."""
    known = UnitFact.objects.filter(fund_id=fund_id, valid_from__lte=on)
    return set(known.values_list("owner_name", flat=True))
