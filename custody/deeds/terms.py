"""Reads deed terms: what the owners had agreed on a given day. Refuses a day on which nothing was agreed.

A term's value is text in the term's own notation; the typed readers below are the only places that parse it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
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
    BANK_CHARGE_CAP = "bank_charge_cap"
    IN_TRANSIT_DAYS = "in_transit_days"
    REFUND_CARRY = "refund_carry"
    STAY_DAYS = "stay_days"
    SUSPENSE_DAYS = "suspense_days"
    PUBLISH_BY_DAY = "publish_by_day"
    BOARD_DAYS = "board_days"


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
    Term.BANK_CHARGE_CAP: "每月银行收费上限",
    Term.IN_TRANSIT_DAYS: "在途收款期限",
    Term.REFUND_CARRY: "退款结转",
    Term.STAY_DAYS: "监察人暂缓天数",
    Term.SUSPENSE_DAYS: "待确认款项期限",
    Term.PUBLISH_BY_DAY: "每月公布日",
    Term.BOARD_DAYS: "公示天数",
}
# A deed may be silent on these; docs/limits.md says what holds then.
OPTIONAL = frozenset(
    {
        Term.BANK_CHARGE_CAP, Term.IN_TRANSIT_DAYS, Term.REFUND_CARRY, Term.STAY_DAYS, Term.SUSPENSE_DAYS,
        Term.PUBLISH_BY_DAY, Term.BOARD_DAYS,
    }
)  # fmt: skip
SUSPENSE_DAYS_DEFAULT = 30  # by then a clerk should know
PUBLISH_BY_DAY_DEFAULT = 10  # of the month after, as Hangzhou asks of committees (2019)
BOARD_DAYS_DEFAULT = 30  # twice what the same city asks for
CARRIED, NOT_CARRIED = "结转下期", "不结转"
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
        raise _not_agreed(fund_id, code, on)
    return row.value


def _not_agreed(fund_id: int, code: str, on: date) -> NotFound:
    return NotFound(
        _("信托条款「%(named)s」在 %(on)s 尚未约定，请登记一条生效日期不晚于该日的条款"),
        code="term-not-agreed",
        fund=fund_id,
        term=str(code),
        named=TITLES[Term(code)],
        on=on,
    )


@dataclass(frozen=True, slots=True)
class Agreed:
    """Every term of a fund with the days it began, read at once; asked as ``term`` and ``rate_on`` are."""

    fund_id: int
    rows: tuple[tuple[str, date, str], ...]

    def text(self, code: str, on: date) -> str:
        """The term's text in force on the day ``on``. NotFound."""
        begun = self._begun(code, on)
        if begun is None:
            raise _not_agreed(self.fund_id, code, on)
        return begun

    def days(self, code: Term, on: date, default: int) -> int:
        """A number of days, or a day of the month; ``default`` where the deed is silent. Rejected."""
        text = self._begun(code, on)
        return default if text is None else _whole_days(text, self.fund_id, code)

    def _begun(self, code: str, on: date) -> str | None:
        return max(
            ((since, text) for name, since, text in self.rows if name == code and since <= on),
            default=(on, None),
        )[1]

    def rate(self, code: str, on: date) -> Decimal:
        """A rate as a fraction of one. Errors as ``rate_on``."""
        return _rate(self.text(code, on), fund_id=self.fund_id, code=code)


def agreed(fund_id: int) -> Agreed:
    """All the terms of a fund, from one query."""
    rows = DeedTerm.objects.filter(fund_id=fund_id).values_list("term", "effective_from", "value")
    return Agreed(fund_id, tuple(rows))


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


def carries_refunds(fund_id: int, on: date) -> bool:
    """Whether what refunds take beyond a month's income lessens the next base; it does unless agreed not."""
    rows = DeedTerm.objects.filter(fund_id=fund_id, term=Term.REFUND_CARRY, effective_from__lte=on)
    text = rows.order_by("-effective_from").values_list("value", flat=True).first() or CARRIED
    if text not in (CARRIED, NOT_CARRIED):
        raise _unreadable(fund_id, Term.REFUND_CARRY, text, worded((CARRIED, NOT_CARRIED)))
    return text == CARRIED


def suspense_days(fund_id: int, on: date) -> int:
    """Days after which money nobody identified is late, as agreed on ``on``."""
    rows = DeedTerm.objects.filter(fund_id=fund_id, term=Term.SUSPENSE_DAYS, effective_from__lte=on)
    return suspense_days_said(
        fund_id, rows.order_by("-effective_from").values_list("value", flat=True).first()
    )


def suspense_days_said(fund_id: int, text: str | None) -> int:
    """What such a term says, where its text is at hand already; the default where the deed is silent."""
    return SUSPENSE_DAYS_DEFAULT if text is None else _whole_days(text, fund_id, Term.SUSPENSE_DAYS)


def _whole_days(text: str, fund_id: int, code: Term) -> int:
    if not (text.isascii() and text.isdigit()):
        raise _unreadable(fund_id, code, text, _("整数天数，例如 30"))
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
