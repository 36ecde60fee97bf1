"""The log of settlements: who moved which invoice from state to state, when and why; only added to.

Refuses (by not showing) what concerns other companies' trusts.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from custody.models import OrganisationKind
from custody.web.cursors import before_of
from custody.web.desk.log_tabs import log_tabs
from custody.web.visits import page, visit_of
from settlement.models import SettlementMove
from settlement.states import TITLES, State

MOVES_A_PAGE = 50


@require_GET
@page(OrganisationKind.TRUSTEE)
def move_log(request: HttpRequest) -> HttpResponse:
    """Moves, the last first."""
    visit, before = visit_of(request), before_of(request)
    rows = SettlementMove.objects.filter(fund__in=visit.funds).select_related("settlement", "fund", "actor")
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows.order_by("-pk")[: MOVES_A_PAGE + 1])
    shown = found[:MOVES_A_PAGE]
    titled = [
        (each, TITLES[State(each.source)] if each.source else "", TITLES[State(each.target)])
        for each in shown
    ]
    more = shown[-1].pk if len(found) > MOVES_A_PAGE else None
    return render(
        request, "trusts/moves.html", {"rows": titled, "before": more, "tabs": log_tabs("log_moves")}
    )
