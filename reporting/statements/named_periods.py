"""The days of a statement as people name them: a month, a quarter, a year, or any first and last day. Pure.

Refuses (ValueError) a name that is none of these, and a last day before the first.
"""

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from custody.kernel.words import told

SLUG = r"\d{4}(?:Q[1-4]|-\d{2}(?:-\d{2}_\d{4}-\d{2}-\d{2})?)?"
_QUARTERS = {1: "一", 2: "二", 3: "三", 4: "四"}


@dataclass(frozen=True, slots=True)
class Period:
    """First and last day, both included."""

    from_on: date
    to_on: date

    def __post_init__(self) -> None:
        if self.to_on < self.from_on:
            raise ValueError("a period ends after it begins")

    @property
    def months(self) -> int:
        """How many whole months it is; 0 when it begins or ends within one."""
        if self.from_on.day != 1 or (self.to_on + timedelta(days=1)).day != 1:
            return 0
        return 12 * (self.to_on.year - self.from_on.year) + self.to_on.month - self.from_on.month + 1

    @property
    def slug(self) -> str:
        """2025, 2025Q3, 2025-09 or 2025-07-04_2025-08-02: as addresses and files name it."""
        year, month = self.from_on.year, self.from_on.month
        if self.months == 12 and month == 1:
            return f"{year}"
        if self.months == 3 and month % 3 == 1:
            return f"{year}Q{(month + 2) // 3}"
        return f"{year}-{month:02}" if self.months == 1 else f"{self.from_on}_{self.to_on}"

    @property
    def title(self) -> str:
        """As a heading says it: 2025年第三季度, Q3 2025; 2025年9月, 2025-09."""
        year, month, chinese = self.from_on.year, self.from_on.month, get_language() != "en"
        if self.months == 12 and month == 1:
            return told(_("%(year)s年度"), year=year)
        if self.months == 3 and month % 3 == 1:
            quarter = (month + 2) // 3
            said = _("%(year)s年第%(quarter)s季度")
            return told(said, year=year, quarter=_QUARTERS[quarter] if chinese else quarter)
        if self.months == 1:
            return told(_("%(year)s年%(month)s月"), year=year, month=month if chinese else f"{month:02}")
        return told(_("%(from_on)s至%(to_on)s"), from_on=self.from_on, to_on=self.to_on)

    @property
    def before(self) -> "Period":
        """The one of the same length that ends the day before: whole months before whole months."""
        last = self.from_on - timedelta(days=1)
        if not self.months:
            return Period(last - (self.to_on - self.from_on), last)
        at = 12 * self.from_on.year + self.from_on.month - 1 - self.months
        return Period(date(at // 12, at % 12 + 1, 1), last)


def period_named(slug: str) -> Period:
    """The period an address names. ValueError."""
    if not re.fullmatch(SLUG, slug):
        raise ValueError("no such period")
    first, _mark, last = slug.partition("_")
    if last:
        return Period(date.fromisoformat(first), date.fromisoformat(last))
    year = int(slug[:4])
    if "Q" in slug:
        return _months(year, 3 * int(slug[-1]) - 2, 3)
    return _months(year, int(slug[5:]), 1) if "-" in slug else _months(year, 1, 12)


def calendar_month(day: date) -> Period:
    """The month a day lies in."""
    return _months(day.year, day.month, 1)


def quarter_of(day: date) -> Period:
    """The quarter a day lies in."""
    return _months(day.year, 3 * ((day.month - 1) // 3) + 1, 3)


def year_of(day: date) -> Period:
    """The calendar year a day lies in."""
    return _months(day.year, 1, 12)


def ended_periods(opened_on: date, on: date) -> Iterator[Period]:
    """Years, quarters and months over by ``on`` that lie within the trust's life, newest first of each."""
    for first, most in ((year_of(on), 3), (quarter_of(on), 4), (calendar_month(on), 6)):
        period = first.before
        for _each in range(most):
            if period.from_on < opened_on:
                break
            yield period
            period = period.before


def _months(year: int, month: int, count: int) -> Period:
    last = 12 * year + month - 1 + count - 1
    end_year, end_month = last // 12, last % 12 + 1
    return Period(
        date(year, month, 1), date(end_year, end_month, calendar.monthrange(end_year, end_month)[1])
    )
