"""The notation of each deed term's value, and how clerks spell it: 实收收入 for COLLECTED_INCOME, 12%.

What is stored is the notation that ``custody.deeds.terms`` and the fee rules compute with. Refuses, with a
ValueError saying what was expected, a value nobody could compute with. No database.
"""

import re
from collections.abc import Callable

from django.utils.translation import gettext as _

from custody.deeds.terms import AVERAGE_DAILY_BALANCE, CARRIED, NOT_CARRIED, TITLES, Term
from custody.deeds.tiers import read_tiers, write_tiers
from custody.files.tables import counted, half_width, money, one_of, rate
from custody.kernel.words import told

FIXED = "FIXED"
MONTHS_MAX = 120
DAYS_MAX = 60  # of money in transit or in suspense, of a stay, on a notice board
DAY_OF_MONTH_MAX = 28  # the last that February always has

# The best spelling of each first; 收入 or 支出 alone could mean two things.
_BASES = one_of(
    {
        "实收收入": "COLLECTED_INCOME", "按实收收入": "COLLECTED_INCOME", "实收": "COLLECTED_INCOME",
        "COLLECTED_INCOME": "COLLECTED_INCOME",
        "应收收入": "RECOGNISED_INCOME", "按应收收入": "RECOGNISED_INCOME", "应收": "RECOGNISED_INCOME",
        "RECOGNISED_INCOME": "RECOGNISED_INCOME",
        "批准预算": "APPROVED_BUDGET", "经批准的预算": "APPROVED_BUDGET", "按预算": "APPROVED_BUDGET",
        "APPROVED_BUDGET": "APPROVED_BUDGET",
        "批准支出": "APPROVED_EXPENDITURE", "经批准的支出": "APPROVED_EXPENDITURE",
        "APPROVED_EXPENDITURE": "APPROVED_EXPENDITURE",
    }
)  # fmt: skip
_FIXED_WORDS = ("fixed", "固定", "固定金额")
_FEE_BASIS = one_of(
    dict.fromkeys((AVERAGE_DAILY_BALANCE, "日均", "日平均余额", "每日平均余额"), AVERAGE_DAILY_BALANCE)
)
_DAY_COUNTS = one_of(
    {
        spelling.format(days): f"ACT/{days}"
        for days in (365, 360)
        for spelling in ("ACT/{}", "实际天数/{}", "实际/{}", "{}", "{}天")
    }
)
_CARRY = one_of({"结转下期": CARRIED, "结转": CARRIED, "不结转": NOT_CARRIED})
_PRODUCT_WORDS = ("存款", "存单", "债", "国库券", "货币")


def base_notation(value: str) -> str:
    """实收收入 … or 固定：8.6万元, which is the base of one month."""
    kind, colon, amount = half_width(value).partition(":")
    if kind.strip().lower() in _FIXED_WORDS and colon:
        return f"{FIXED}:{money(amount)}"
    try:
        return str(_BASES(value))
    except ValueError:
        choices = [*_BASES.choices, _("固定：月金额")]
        raise ValueError(told(_("应为其中之一：%(choices)s"), choices=choices)) from None


def rate_notation(value: str) -> str:
    """A rate as a plain fraction: 0.12."""
    return format(rate(value).normalize(), "f")


def tiers_notation(value: str) -> str:
    """Tiers from the highest score down: 90:1.00;80:0.50;0:0.00."""
    return write_tiers(read_tiers(value))


def months_notation(value: str) -> str:
    """Whole months: 2 or 2个月."""
    months = counted("个月", "月")(value)
    if not 0 <= months <= MONTHS_MAX:
        raise ValueError(told(_("应为 0 至 %(most)s 的整数月数"), most=MONTHS_MAX))
    return str(months)


def products_notation(value: str) -> str:
    """Products with ; between, each of a family we know."""
    names = [name.strip() for name in re.split("[;,、]", half_width(value)) if name.strip()]
    strange = [name for name in names if not any(word in name for word in _PRODUCT_WORDS)]
    if not names or strange:
        raise ValueError(told(_("应为分号分隔的投资品种，不认识：%(names)s"), names=strange or [_("（空）")]))
    return ";".join(names)


def days_notation(value: str) -> str:
    """Whole days: 10 or 10天."""
    days = counted("天", "日")(value)
    if not 1 <= days <= DAYS_MAX:
        raise ValueError(told(_("应为 1 至 %(most)s 的整数天数"), most=DAYS_MAX))
    return str(days)


def day_of_month_notation(value: str) -> str:
    """A day that every month has: 10 or 10日."""
    day = counted("日", "号")(value)
    if not 1 <= day <= DAY_OF_MONTH_MAX:
        raise ValueError(told(_("应为 1 至 %(most)s 的整数日"), most=DAY_OF_MONTH_MAX))
    return str(day)


def carry_notation(value: str) -> str:
    """结转下期 or 不结转."""
    return str(_CARRY(value))


def amount_notation(value: str) -> str:
    """An amount of yuan, not below zero: 300.00."""
    amount = money(value)
    if amount < 0:
        raise ValueError(_("应为不小于零的金额"))
    return f"{amount:.2f}"


def fee_basis_notation(value: str) -> str:
    """What trustee and custody fees are charged on."""
    return str(_FEE_BASIS(value))


def day_count_notation(value: str) -> str:
    """ACT/365 or ACT/360."""
    return str(_DAY_COUNTS(value))


NOTATIONS: dict[Term, Callable[[str], str]] = {
    Term.REMUNERATION_BASE: base_notation,
    Term.BASE_RATE: rate_notation,
    Term.PERFORMANCE_RATE: rate_notation,
    Term.PERFORMANCE_TIERS: tiers_notation,
    Term.TRUSTEE_FEE_RATE: rate_notation,
    Term.CUSTODY_FEE_RATE: rate_notation,
    Term.FEE_BASIS: fee_basis_notation,
    Term.DAY_COUNT: day_count_notation,
    Term.LIQUIDITY_FLOOR_MONTHS: months_notation,
    Term.PERMITTED_PLACEMENTS: products_notation,
    Term.BANK_CHARGE_CAP: amount_notation,
    Term.IN_TRANSIT_DAYS: days_notation,
    Term.STAY_DAYS: days_notation,
    Term.REFUND_CARRY: carry_notation,
    Term.SUSPENSE_DAYS: days_notation,
    Term.PUBLISH_BY_DAY: day_of_month_notation,
    Term.BOARD_DAYS: days_notation,
}
TERMS_BY_TITLE: dict[str, Term] = {title: term for term, title in TITLES.items()}
