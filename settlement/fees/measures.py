"""What remuneration is measured on: a month's income, budget or approved work, each in yuan.

Refuses a year without a budget. Reads only; the rates and the arithmetic are settlement.fees.remuneration's.
"""

from calendar import monthrange
from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _
from djmoney.money import Money

from custody.deeds import terms
from custody.kernel.errors import NotFound
from custody.kernel.money import ZERO, allocate, yuan
from custody.ledger import reads, references
from custody.ledger.chart import KINDS, Section
from custody.models import ChannelOrder
from settlement.fees.remuneration import BaseTerm, RemunerationBase
from settlement.models import BudgetLine
from settlement.selectors import approved_service_total

COLLECTED_KINDS = ("property_fee", "parking", "advertising", "refund")  # what was given back lessens it
# Until charges are billed, income is recognised when collected; support and earnings of cash never count.
RECOGNISED_KINDS = tuple(
    kind.code
    for kind in KINDS.values()
    if kind.section is Section.INCOME and kind.code not in {"grant", "interest", "placement_income"}
)
REMUNERATION_CODE = "REM"
REMUNERATION_WORD = "酬金"
MONTHS = 12


def first_of(month: date) -> date:
    """The first day of ``month``."""
    return month.replace(day=1)


def last_of(month: date) -> date:
    """The last day of ``month``."""
    return month.replace(day=monthrange(month.year, month.month)[1])


def base_amount(fund_id: int, base: BaseTerm, month: date) -> Money:
    """The month's remuneration base in yuan, by the kind the deed names. May be below zero after refunds."""
    match base.kind:
        case RemunerationBase.FIXED:
            return base.fixed if base.fixed is not None else ZERO
        case RemunerationBase.COLLECTED_INCOME:
            return income_of(fund_id, COLLECTED_KINDS, month)
        case RemunerationBase.RECOGNISED_INCOME:
            return income_of(fund_id, RECOGNISED_KINDS, month)
        case RemunerationBase.APPROVED_BUDGET:
            return service_budget(fund_id, month)
        case RemunerationBase.APPROVED_EXPENDITURE:
            return approved_expenditure(fund_id, month)


def base_amounts(fund_id: int, bases: Mapping[date, BaseTerm]) -> dict[date, Money]:
    """``base_amount`` of several months, by their first days; income is read once for all."""
    found: dict[date, Money] = {}
    for kind, kinds in (
        (RemunerationBase.COLLECTED_INCOME, COLLECTED_KINDS),
        (RemunerationBase.RECOGNISED_INCOME, RECOGNISED_KINDS),
    ):
        months = [month for month, base in bases.items() if base.kind is kind]
        if months:
            found |= incomes_of(fund_id, kinds, months)
    return found | {
        month: base_amount(fund_id, base, month) for month, base in bases.items() if month not in found
    }


def income_of(fund_id: int, kinds: tuple[str, ...], month: date) -> Money:
    """The month's income of these kinds that the bank confirmed, in yuan, less what was given back.

    A merchant's order counts, by the day it was paid, once a bank line settled it. What refunds and reversals
    take beyond a month's income is carried against the next base, unless the deed says otherwise.
    """
    return incomes_of(fund_id, kinds, [month])[first_of(month)]


def incomes_of(fund_id: int, kinds: tuple[str, ...], months: Collection[date]) -> dict[date, Money]:
    """``income_of`` each of the months, by its first day, the journal read once."""
    wanted = {first_of(month) for month in months}
    confirmed = _confirmed_by_month(fund_id, kinds, last_of(max(wanted)))
    carried = Decimal(0)
    found: dict[date, Money] = {}
    for each in sorted({*confirmed, *wanted}):
        base = confirmed.get(each, Decimal(0)) + carried
        below = min(base, Decimal(0))
        if below and not terms.carries_refunds(fund_id, each):
            below = Decimal(0)
        if each in wanted:
            found[each] = yuan(base - below)
        if each in confirmed:
            carried = below
    return found


def _confirmed_by_month(fund_id: int, kinds: tuple[str, ...], last: date) -> dict[date, Decimal]:
    """Net credits by month, without those of orders that no bank line settled."""
    waiting = ChannelOrder.objects.filter(fund_id=fund_id, bank_line__isnull=True)
    sources = [
        references.cite(references.ORDER, number) for number in waiting.values_list("order_number", flat=True)
    ]
    every = reads.net_by_month(fund_id, kinds, last)
    in_transit = reads.net_by_month(fund_id, kinds, last, sources=sources) if sources else {}
    return {month: in_transit.get(month, Decimal(0)) - total for month, total in every.items()}


def service_budget(fund_id: int, month: date) -> Money:
    """The month's twelfth of the year's budget for services, remuneration aside; twelve sum to the year."""
    lines = [line for line in _budget(fund_id, month.year) if not _pays_remuneration(line)]
    return _twelfth(lines, month)


def monthly_budget(fund_id: int, month: date) -> Money:
    """The month's twelfth of the whole budget, remuneration included: what the liquidity floor counts."""
    return _twelfth(_budget(fund_id, month.year), month)


def approved_expenditure(fund_id: int, month: date) -> Money:
    """That month's service invoices approved or further, paid yet or not, remuneration itself excluded."""
    return yuan(approved_service_total(fund_id, first_of(month)))


def _budget(fund_id: int, year: int) -> list[BudgetLine]:
    lines = list(BudgetLine.objects.filter(fund_id=fund_id, year=year))
    if not lines:
        raise NotFound(
            _("%(year)s 年度尚无预算，请先登记年度预算"), code="budget-missing", fund=fund_id, year=year
        )
    return lines


def _twelfth(lines: list[BudgetLine], month: date) -> Money:
    total = sum((line.annual_amount for line in lines), ZERO)
    return allocate(total, [1] * MONTHS)[month.month - 1]


def _pays_remuneration(line: BudgetLine) -> bool:
    return line.code.upper() == REMUNERATION_CODE or REMUNERATION_WORD in line.name
