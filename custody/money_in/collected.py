"""Which months of a unit's property fee have come in, as far as the receipts say.

What a person identified says its month. Any other receipt pays the month its text names, else the month it
came in; what exceeds that month's fee pays the months after it. Writes nothing.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import DecimalField, F, QuerySet, Value
from django.db.models.functions import Cast, Concat

from custody.deeds.units import BilledUnit
from custody.models import ChannelOrder, Identification, LineKind
from custody.money_in import explanations
from custody.money_in.roster import folded_text

IDENTIFIED = "identified"
MONTHS_AHEAD_MAX = 120  # a receipt reaches no further; what is left stays with its last month
_STATED = re.compile(
    "(?:(20[0-9]{2})[年-])?(?<![0-9])(1[0-2]|0?[1-9])(?:月?[-至到](?:1[0-2]|0?[1-9]))?月(?!租)"
)

Months = dict[date, Decimal]


@dataclass(frozen=True, slots=True)
class FeeReceipt:
    """Yuan that came in for a unit, from ``month`` (its first day) on."""

    unit_id: int
    month: date
    amount: Decimal


def month_after(month: date) -> date:
    """The first day of the next month."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def fee_month(text: str, on: date) -> date:
    """The month a receipt of the day ``on`` pays: the one its text names (7月物业费), nearest to ``on``."""
    stated = _STATED.search(folded_text(text))
    if stated is None:
        return on.replace(day=1)
    year, month = stated.group(1), int(stated.group(2))
    if year is not None:
        return date(int(year), month, 1)
    nearest = min((on.year - 1, on.year, on.year + 1), key=lambda each: abs(_index(each, month, on)))
    return date(nearest, month, 1)


def _index(year: int, month: int, on: date) -> int:
    return (year - on.year) * 12 + month - on.month


def months_paid(fund_id: int, units: Sequence[BilledUnit]) -> dict[int, Months]:
    """By unit and month, the yuan received; of a month nobody paid nothing. One query."""
    fees = {each.id: each.monthly_fee.amount for each in units}
    paid: dict[int, Months] = {unit_id: defaultdict(Decimal) for unit_id in fees}
    receipts = []
    for how, unit_id, on, text, amount in _came_in(fund_id, list(fees)):
        if how == IDENTIFIED:
            paid[unit_id][on] += amount
        else:
            receipts.append(FeeReceipt(unit_id, fee_month(text, on), amount))
    for each in sorted(receipts, key=lambda receipt: receipt.month):
        _fill(paid[each.unit_id], fees[each.unit_id], each)
    return paid


def _came_in(fund_id: int, unit_ids: list[int]) -> QuerySet[Any, tuple[str, int, date, str, Decimal]]:
    """(how, unit, day, text, yuan): found by people for a month, by the rules, and paid to the merchant."""
    columns = ("how", "unit_id", "day", "text", "yuan")
    people = Identification.objects.filter(fund_id=fund_id, unit_id__in=unit_ids).annotate(
        how=Value(IDENTIFIED), day=F("month"), text=Value(""), yuan=_plain("amount")
    )
    rules = explanations.newest_explanations(fund_id).filter(kind=LineKind.PROPERTY_FEE, unit_id__in=unit_ids)
    banked = rules.annotate(
        how=Value("banked"), day=F("line__booked_on"), yuan=_plain("line__amount"),
        text=Concat("line__summary", Value(" "), "line__memo"),
    )  # fmt: skip
    merchant = ChannelOrder.objects.filter(fund_id=fund_id, unit_id__in=unit_ids)
    ordered = merchant.annotate(how=Value("ordered"), day=F("paid_on"), text=Value(""), yuan=_plain("amount"))
    first, *others = (each.values_list(*columns) for each in (people, banked, ordered))
    return first.union(*others, all=True)


def _plain(field: str) -> Cast:
    """An amount as yuan without its currency."""
    return Cast(field, DecimalField(max_digits=18, decimal_places=2))


def _fill(months: Months, fee: Decimal, receipt: FeeReceipt) -> None:
    """Month by month from the receipt's own, each up to its fee."""
    month, left = receipt.month, receipt.amount
    for _ahead in range(MONTHS_AHEAD_MAX):
        part = min(left, max(fee - months.get(month, Decimal(0)), Decimal(0)))
        if part:
            months[month] += part
        left -= part
        if left <= 0:
            return
        month = month_after(month)
    months[month] += left
