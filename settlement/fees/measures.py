"""What remuneration is measured on: a month's income, budget or approved work, each in yuan.

Refuses a year without a budget. Reads only; the rates and the arithmetic are settlement.fees.remuneration's.
"""

from calendar import monthrange
from datetime import date

from djmoney.money import Money

from custody.kernel.errors import NotFound
from custody.kernel.money import ZERO, allocate, yuan
from custody.ledger import reads
from custody.ledger.chart import KINDS, Section
from settlement.fees.remuneration import BaseTerm, RemunerationBase
from settlement.models import BudgetLine
from settlement.selectors import approved_service_total

COLLECTED_KINDS = ("property_fee", "parking", "advertising")
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


def income_of(fund_id: int, kinds: tuple[str, ...], month: date) -> Money:
    """Net credits of these income kinds effective in the month, in yuan; what the bank reversed nets out."""
    return yuan(-reads.net_of(fund_id, kinds, first_of(month), last_of(month)))


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
        raise NotFound("该年度尚无预算,请先登记年度预算", code="budget-missing", fund=fund_id, year=year)
    return lines


def _twelfth(lines: list[BudgetLine], month: date) -> Money:
    total = sum((line.annual_amount for line in lines), ZERO)
    return allocate(total, [1] * MONTHS)[month.month - 1]


def _pays_remuneration(line: BudgetLine) -> bool:
    return line.code.upper() == REMUNERATION_CODE or REMUNERATION_WORD in line.name
