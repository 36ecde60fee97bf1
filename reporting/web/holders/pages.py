"""What was handed out of a trust, for its committee and protector. Refuses every other fund's papers."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from custody.models import OrganisationKind
from custody.web.visits import page, visit_of
from reporting.reading.handed_rows import handed_out
from reporting.statements.named_periods import Period
from reporting.web.papers import downloaded

ROWS_A_PAGE = 50


@require_GET
@page(OrganisationKind.COMMITTEE, OrganisationKind.PROTECTOR)
def handed_statements(request: HttpRequest) -> HttpResponse:
    """The newest first, by cursor."""
    visit = visit_of(request)
    after = request.GET.get("after", "")
    number = int(after) if after.isascii() and after.isdigit() and len(after) < 19 else None
    rows = handed_out(visit.funds, after=number, most=ROWS_A_PAGE + 1)
    shown = [(row, Period(row.from_on, row.to_on)) for row in rows[:ROWS_A_PAGE]]
    more = rows[ROWS_A_PAGE - 1].pk if len(rows) > ROWS_A_PAGE else 0
    return render(request, "holders/statements.html", {"rows": shown, "after": more})


@require_GET
@page(OrganisationKind.COMMITTEE, OrganisationKind.PROTECTOR)
def handed_statement(request: HttpRequest, code: str, sha256: str) -> HttpResponse:
    """One paper, as a file."""
    visit = visit_of(request)
    return downloaded(visit, visit.fund(code), sha256)
