"""Which days are worked: Monday to Friday, but for the public holidays and the weekends worked instead.

Pure. Refuses (ValueError) a table with a day that is none, outside its year, or both closed and worked.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

SATURDAY = 5


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """``closed`` and ``worked`` days of the ``years`` a notice is known for; in others weekends alone."""

    closed: frozenset[date] = frozenset()
    worked: frozenset[date] = frozenset()
    years: frozenset[int] = frozenset()

    def works(self, day: date) -> bool:
        """Whether the day is worked."""
        return day in self.worked or (day.weekday() < SATURDAY and day not in self.closed)

    def knows(self, day: date) -> bool:
        """Whether the day's year is in the table."""
        return day.year in self.years

    def after(self, day: date) -> date:
        """The first working day after this one."""
        following = day + timedelta(days=1)
        while not self.works(following):
            following += timedelta(days=1)
        return following

    def worked_since(self, day: date, today: date) -> int:
        """Working days after ``day`` up to and with ``today``; 0 where today is not later."""
        return sum(self.works(day + timedelta(days=n)) for n in range(1, (today - day).days + 1))


def calendar_read(text: str) -> WorkCalendar:
    """The calendar of a TOML text: a table a year, each with ``closed`` and ``worked``. ValueError."""
    closed: set[date] = set()
    worked: set[date] = set()
    years: set[int] = set()
    for year, table in tomllib.loads(text).items():
        days = {
            name: {day for each in table.get(name, ()) for day in _days(each)}
            for name in ("closed", "worked")
        }
        if any(day.year != int(year) for found in days.values() for day in found):
            raise ValueError(f"a day outside {year}")
        if days["closed"] & days["worked"]:
            raise ValueError(f"closed and worked: {min(days['closed'] & days['worked'])}")
        closed |= days["closed"]
        worked |= days["worked"]
        years.add(int(year))
    return WorkCalendar(frozenset(closed), frozenset(worked), frozenset(years))


def _days(said: str) -> Iterator[date]:
    """One day, or first/last with both."""
    first, _slash, last = said.partition("/")
    day, end = date.fromisoformat(first), date.fromisoformat(last or first)
    while day <= end:
        yield day
        day += timedelta(days=1)
