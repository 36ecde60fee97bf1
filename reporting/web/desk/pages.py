"""Statements at the desk: issued, listed, taken. Refuses anybody but the trust company's people."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from custody.kernel.errors import DomainError, Forbidden
from custody.kernel.words import told
from custody.models import OrganisationKind
from custody.permits.acts import Act
from custody.web.visits import Visit, page, visit_of
from reporting.exporting import Asked
from reporting.models import PaperFormat
from reporting.papers.forms import file_name
from reporting.reading.handed_rows import handed_out
from reporting.statements.named_periods import Period, ended_periods, quarter_of
from reporting.web.desk.forms import StatementForm
from reporting.web.papers import downloaded, issued_for

ROWS_A_PAGE = 50


@require_http_methods(["GET", "POST"])
@page(OrganisationKind.TRUSTEE)
def statements(request: HttpRequest) -> HttpResponse:
    """What was issued, newest first, and the form that issues; the same statement twice is one paper."""
    visit = visit_of(request)
    if request.method == "GET":
        return _listed(request, visit, StatementForm(visit.funds, initial=_offered(request, visit)))
    form = StatementForm(visit.funds, request.POST)
    if not form.is_valid():
        return _listed(request, visit, form, status=422)
    said = form.cleaned_data
    fund = visit.fund(said["fund"])
    asked = Asked(fund.code, said["kind"], said["from_on"], said["to_on"], said["known_at"])
    try:
        handout = issued_for(visit, asked, PaperFormat(said["form"]))
    except Forbidden:
        raise
    except DomainError as refusal:
        return _listed(request, visit, form, wrong=refusal.title, status=422)
    name = file_name(asked, PaperFormat(handout.format))
    messages.success(
        request, told(_("已出具%(name)s，链头 #%(sequence)s"), name=name, sequence=handout.sequence)
    )
    return redirect("statements")


@require_GET
@page(OrganisationKind.TRUSTEE)
def statement_paper(request: HttpRequest, code: str, sha256: str) -> HttpResponse:
    """One paper, as a file."""
    visit = visit_of(request)
    return downloaded(visit, visit.fund(code), sha256)


def _offered(request: HttpRequest, visit: Visit) -> Mapping[str, Any]:
    """The last quarter that is over, or the days of the address."""
    last = quarter_of(visit.on).before
    return {
        "fund": request.GET.get("fund", ""),
        "kind": request.GET.get("kind", ""),
        "from_on": request.GET.get("from", last.from_on.isoformat()),
        "to_on": request.GET.get("to", last.to_on.isoformat()),
    }


def _listed(
    request: HttpRequest, visit: Visit, form: StatementForm, *, wrong: str = "", status: int = 200
) -> HttpResponse:
    after = request.GET.get("after", "")
    chosen = [fund for fund in visit.funds if fund.code == request.GET.get("fund")] or visit.funds
    number = int(after) if after.isdecimal() and len(after) < 19 else None
    rows = handed_out(chosen, after=number, most=ROWS_A_PAGE + 1)
    opened_on = min((fund.opened_on for fund in chosen), default=visit.on)
    facts = {
        "form": form,
        "wrong": wrong,
        "rows": [(row, Period(row.from_on, row.to_on)) for row in rows[:ROWS_A_PAGE]],
        "after": rows[ROWS_A_PAGE - 1].pk if len(rows) > ROWS_A_PAGE else 0,
        "periods": list(ended_periods(opened_on, visit.on)),
        "may_issue": visit.may(Act.ISSUE_STATEMENT),
    }
    return render(request, "desk/statements.html", facts, status=status)
