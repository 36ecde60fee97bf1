"""What the firm earns for itself: base and performance remuneration of a quarter, sum by sum.

Refuses to show a figure without what it was made of: base, rate, score and factor stand beside it.
"""

import re
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from custody.kernel.errors import DomainError
from custody.models import Fund, OrganisationKind
from custody.web.visits import Visit, page, visit_of
from settlement.fees.quarters import QuarterSum, months_of, quarter_sum
from settlement.fees.remuneration import RemunerationBase
from settlement.models import Basis, SettlementLine
from settlement.selectors import present_lines
from settlement.states import TITLES, State
from settlement.web.firm.reads import turn_of

BASES = {
    RemunerationBase.COLLECTED_INCOME: _("实收收入"),
    RemunerationBase.RECOGNISED_INCOME: _("应收收入"),
    RemunerationBase.APPROVED_BUDGET: _("批准预算的月份额"),
    RemunerationBase.APPROVED_EXPENDITURE: _("审批过的支出"),
    RemunerationBase.FIXED: _("固定金额"),
}
_QUARTER = re.compile(r"(20\d\d)Q([1-4])", re.ASCII)


@require_GET
@page(OrganisationKind.PROVIDER)
def show_fees(request: HttpRequest) -> HttpResponse:
    """``?fund=`` one trust's, ``?quarter=2025Q3``; without it the quarter of last month."""
    visit = visit_of(request)
    code = request.GET.get("fund", "")
    fund = visit.fund(code) if code else visit.funds[0] if visit.funds else None
    year, quarter = _asked_quarter(request, visit.on)
    firsts = months_of(year, quarter)
    if firsts[0] > visit.on:
        raise Http404
    found, wrong = _found(fund, year, quarter, visit.on)
    months = found.months if found else ()
    before = firsts[0] - timedelta(days=1)
    after = (firsts[-1] + timedelta(days=31)).replace(day=1)
    return render(
        request,
        "firm/fees.html",
        {
            "fund": fund,
            "year": year,
            "quarter": quarter,
            "wrong": wrong,
            "months": [(each, BASES[each.made.base_kind]) for each in months],
            "found": found,
            "accrued": sum((each.made.performance.amount for each in months), Decimal(0)),
            "earned": sum((each.made.base_fee.amount for each in months), Decimal(0)),
            "invoiced": _invoiced(visit, fund, firsts) if fund else [],
            "before": _named(before),
            "after": _named(after) if after <= visit.on else "",
        },
    )


def _found(fund: Fund | None, year: int, quarter: int, on: date) -> tuple[QuarterSum | None, str]:
    """The arithmetic, or the sentence why there is none."""
    if fund is None:
        return None, ""
    try:
        return quarter_sum(fund.pk, year, quarter, on), ""
    except DomainError as refusal:
        return None, refusal.title


def _asked_quarter(request: HttpRequest, on: date) -> tuple[int, int]:
    asked = request.GET.get("quarter", "")
    if not asked:
        asked = _named(on.replace(day=1) - timedelta(days=1))
    matched = _QUARTER.fullmatch(asked)
    if matched is None:
        raise Http404
    return int(matched[1]), int(matched[2])


def _named(day: date) -> str:
    return f"{day.year}Q{(day.month + 2) // 3}"


def _invoiced(visit: Visit, fund: Fund, firsts: Sequence[date]) -> list[tuple[SettlementLine, str, str]]:
    """What the firm invoiced of the quarter's remuneration, with where each invoice stands."""
    lines = present_lines().filter(
        fund=fund, period_month__in=firsts, settlement__provider=visit.organisation
    )
    lines = lines.exclude(basis=Basis.WORK_ORDER)
    return [
        (line, str(TITLES[State(line.settlement.state)]), turn_of(State(line.settlement.state)))
        for line in lines.select_related("settlement").order_by("period_month", "basis", "pk")
    ]
