"""The order in which a pack's quarter happened: dated steps, each a plain call into the services.

Refuses nothing; it only decides which day each file would have reached the desk.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True, order=True)
class Moment:
    """A day and the hour within it, so that steps of one day keep their order."""

    on: date
    hour: int

    @property
    def at(self) -> datetime:
        """The instant, Shanghai time."""
        return datetime.combine(self.on, time(self.hour), SHANGHAI)


@dataclass(frozen=True, slots=True)
class Step:
    """What happens at a moment. ``run`` answers a sentence for the story, or None without news."""

    moment: Moment
    title: str
    run: Callable[[datetime], str | None]


def months_from(opened_on: date) -> list[date]:
    """First days of the three months that begin with the opening month."""
    first = opened_on.replace(day=1)
    months = [first]
    while len(months) < 3:
        months.append(next_month(months[-1]))
    return months


def next_month(first: date) -> date:
    """The first day of the following month."""
    return (first.replace(day=28) + timedelta(days=4)).replace(day=1)


def in_order(steps: Iterable[Step]) -> list[Step]:
    """Steps by moment; equal moments keep the order given."""
    return sorted(steps, key=lambda step: step.moment)
