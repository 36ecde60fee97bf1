"""Reads deed terms: what the owners had agreed on a given day. Refuses a day on which nothing was agreed.

A term's value is text in the term's own notation; the typed readers below are the only places that parse it.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from django.utils.translation import gettext as _

from custody.kernel.errors import NotFound, Rejected
from custody.kernel.words import worded
from custody.models import DeedTerm


class Term(StrEnum):
    """The terms a deed states."""

    REMUNERATION_BASE = "remuneration_base"
    BASE_RATE = "base_rate"
    PERFORMANCE_RATE = "performance_rate"
    PERFORMANCE_TIERS = "performance_tiers"
    TRUSTEE_FEE_RATE = "trustee_fee_rate"
    CUSTODY_FEE_RATE = "custody_fee_rate"
    FEE_BASIS = "fee_basis"
    DAY_COUNT = "day_count"
    LIQUIDITY_FLOOR_MONTHS = "liquidity_floor_months"
    PERMITTED_PLACEMENTS = "permitted_placements"


TITLES = {
    Term.REMUNERATION_BASE: "酬金基数",
    Term.BASE_RATE: "基础酬金率",
    Term.PERFORMANCE_RATE: "绩效酬金率",
    Term.PERFORMANCE_TIERS: "绩效档位",
    Term.TRUSTEE_FEE_RATE: "信托报酬年费率",
    Term.CUSTODY_FEE_RATE: "保管费年费率",
    Term.FEE_BASIS: "计费基础",
    Term.DAY_COUNT: "计息天数",
    Term.LIQUIDITY_FLOOR_MONTHS: "流动性底线月数",
    Term.PERMITTED_PLACEMENTS: "允许投资品种",
}
DAYS_IN_YEAR = {"ACT/365": 365, "ACT/360": 360}
AVERAGE_DAILY_BALANCE = "日均余额"


def term(fund_id: int, code: str, on: date) -> str:
    """The term's text in force on the day ``on``. NotFound, saying what to record, when none is."""
    row = (
        DeedTerm.objects.filter(fund_id=fund_id, term=str(code), effective_from__lte=on)
        .order_by("-effective_from")
        .first()
    )
    if row is None:
        raise NotFound(
            _("信托条款「%(named)s」在 %(on)s 尚未约定，请登记一条生效日期不晚于该日的条款"),
            code="term-not-agreed",
            fund=fund_id,
            term=str(code),
            named=TITLES[Term(code)],
            on=on,
        )
    return row.value


def rate_on(fund_id: int, code: str, on: date) -> Decimal:
    """A rate as a fraction of one: 0.12 is 12 %. Rejected unless it lies between 0 and 1."""
    text = term(fund_id, code, on)
    return _rate(text, fund_id=fund_id, code=code)


def rates_by_day(fund_id: int, code: str, days: list[date]) -> list[Decimal]:
    """The rate in force on each of ``days`` (ascending), read once. Errors as ``rate_on``."""
    return [_rate(text, fund_id=fund_id, code=code) for text in _texts_by_day(fund_id, code, days)]


def days_in_year(fund_id: int, on: date) -> int:
    """The divisor of an annual rate (计息天数): 365 or 360."""
    return _days_in_year(term(fund_id, Term.DAY_COUNT, on), fund_id)


def days_in_year_by_day(fund_id: int, days: list[date]) -> list[int]:
    """The divisor in force on each of ``days`` (ascending), read once."""
    return [_days_in_year(text, fund_id) for text in _texts_by_day(fund_id, Term.DAY_COUNT, days)]


def liquidity_floor_months(fund_id: int, on: date) -> int:
    """How many months of budget must stay available as cash (流动性底线)."""
    text = term(fund_id, Term.LIQUIDITY_FLOOR_MONTHS, on).strip()
    if not (text.isascii() and text.isdigit()):
        raise _unreadable(fund_id, Term.LIQUIDITY_FLOOR_MONTHS, text, _("整数月数，例如 2"))
    return int(text)


def permitted_placements(fund_id: int, on: date) -> tuple[str, ...]:
    """The products idle cash may be placed in, in the order the deed names them."""
    text = term(fund_id, Term.PERMITTED_PLACEMENTS, on)
    names = text.replace("；", ";").replace("、", ";").split(";")
    return tuple(name.strip() for name in names if name.strip())


def require_average_daily_basis(fund_id: int, on: date) -> None:
    """Rejected when the deed charges trustee and custody fees on anything but average daily cash."""
    text = term(fund_id, Term.FEE_BASIS, on).strip()
    if text != AVERAGE_DAILY_BALANCE:
        raise _unreadable(fund_id, Term.FEE_BASIS, text, AVERAGE_DAILY_BALANCE)


def _texts_by_day(fund_id: int, code: str, days: list[date]) -> Iterator[str]:
    """The term's text on each ascending day, from one query."""
    if not days:
        return
    current = term(fund_id, code, days[0])
    changes = list(
        DeedTerm.objects.filter(
            fund_id=fund_id, term=str(code), effective_from__gt=days[0], effective_from__lte=days[-1]
        )
        .order_by("-effective_from")
        .values_list("effective_from", "value")
    )
    for day in days:
        while changes and changes[-1][0] <= day:
            current = changes.pop()[1]
        yield current


def _rate(text: str, *, fund_id: int, code: str) -> Decimal:
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        raise _unreadable(fund_id, code, text, _("0 到 1 之间的小数")) from None
    if not value.is_finite() or not 0 <= value <= 1:
        raise _unreadable(fund_id, code, text, _("0 到 1 之间的小数"))
    return value


def _days_in_year(text: str, fund_id: int) -> int:
    days = DAYS_IN_YEAR.get(text.strip().upper())
    if days is None:
        raise _unreadable(fund_id, Term.DAY_COUNT, text, worded(DAYS_IN_YEAR))
    return days


def _unreadable(fund_id: int, code: str, found: str, expected: str) -> Rejected:
    return Rejected(
        _("信托条款「%(named)s」的取值「%(found)s」无法识别，应为：%(expected)s"),
        code="term-unreadable",
        fund=fund_id,
        term=str(code),
        named=TITLES[Term(code)],
        found=found,
        expected=expected,
    )
