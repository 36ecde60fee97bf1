"""The firm's first page and its work: what waits for it, what it was paid, what it may still invoice.

Refuses anybody but a property firm's people. Nobody here accepts work: that is the committee's.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from custody.models import OrganisationKind
from custody.permits.acts import Act
from custody.web.visits import page, visit_of
from settlement.web.firm.reads import (
    RECENT_MAX,
    after_in,
    page_of_work,
    paid_lately,
    piles_of,
    returned_ones,
    unconfirmed,
    work_summary,
)

FIRM = OrganisationKind.PROVIDER


@require_GET
@page(FIRM)
def portal(request: HttpRequest) -> HttpResponse:
    """What waits for the firm, what waits for others, and what the bank paid it last."""
    visit = visit_of(request)
    piles = piles_of(visit, visit.funds)
    waiting = unconfirmed(visit)
    return render(
        request,
        "firm/home.html",
        {
            "returned": returned_ones(visit, RECENT_MAX),
            "waiting": waiting,
            "jobs": piles["yours"].count + len(waiting),
            "piles": piles,
            "paid": paid_lately(visit, RECENT_MAX),
            "work": work_summary(visit.funds),
            "may": visit.may(Act.SUBMIT_INVOICE),
        },
    )


@require_GET
@page(FIRM)
def list_work(request: HttpRequest) -> HttpResponse:
    """Work and what is invoiced of it; ``?fund=`` one trust's, ``?after=`` the last row seen."""
    visit = visit_of(request)
    code = request.GET.get("fund", "")
    funds = [visit.fund(code)] if code else list(visit.funds)
    rows, following = page_of_work(funds, after_in(request))
    return render(
        request,
        "firm/work.html",
        {"rows": rows, "following": following, "code": code, "work": work_summary(funds)},
    )
