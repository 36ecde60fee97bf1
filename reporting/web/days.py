"""A period as addresses carry it. Refuses (404) what names no days."""

from datetime import date

from reporting.statements.named_periods import SLUG, Period, period_named


class PeriodConverter:
    """``2025``, ``2025Q3``, ``2025-09`` or ``2025-07-04_2025-08-02`` in an address."""

    regex = SLUG

    def to_python(self, value: str) -> Period:
        """ValueError, which is 404, for no period."""
        return period_named(value)

    def to_url(self, value: Period) -> str:
        """Its name."""
        return value.slug


class DigestConverter:
    """A SHA-256 in an address, as 64 small hexadecimal digits."""

    regex = "[0-9a-f]{64}"

    def to_python(self, value: str) -> str:
        """As it stands."""
        return value

    def to_url(self, value: str) -> str:
        """As it stands."""
        return value


class MonthConverter:
    """``2025-09`` in an address: the month's first day."""

    regex = r"\d{4}-(?:0[1-9]|1[0-2])"

    def to_python(self, value: str) -> date:
        """ValueError, which is 404, for the year nought."""
        return date.fromisoformat(f"{value}-01")

    def to_url(self, value: date) -> str:
        """Its name."""
        return f"{value:%Y-%m}"
