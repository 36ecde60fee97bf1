"""Who opened, downloaded and issued what: one page for everybody whom it names.

Refuses the funds of others, and a firm what others looked at.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from custody.models import OrganisationKind
from custody.permits.looking import accesses
from custody.web.visits import page, visit_of

ROWS_A_PAGE = 50


@require_GET
@page(
    OrganisationKind.TRUSTEE,
    OrganisationKind.PROVIDER,
    OrganisationKind.COMMITTEE,
    OrganisationKind.PROTECTOR,
    OrganisationKind.REGULATOR,
)
def access_log(request: HttpRequest) -> HttpResponse:
    """The visitor's funds' records, newest first."""
    visit = visit_of(request)
    after = request.GET.get("after", "")
    rows = (
        accesses(
            visit.person,
            visit.organisation,
            visit.funds,
            after=int(after) if after.isdecimal() and len(after) < 19 else None,
            most=ROWS_A_PAGE + 1,
        )
        if visit.organisation
        else []
    )
    more = rows[ROWS_A_PAGE - 1].number if len(rows) > ROWS_A_PAGE else 0
    return render(request, "access/log.html", {"rows": rows[:ROWS_A_PAGE], "after": more})
