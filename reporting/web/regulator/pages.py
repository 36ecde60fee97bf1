"""Oversight: a supervisor's estates, and the papers of any days. Refuses anybody but a regulator's people.

Whoever opens an estate's page or takes a paper is on record, and reads that record there.
"""

from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from custody.kernel.errors import DomainError, Forbidden, Rejected
from custody.kernel.words import told
from custody.ledger.cash import cash_held
from custody.models import Access, Fund, OrganisationKind
from custody.permits.acts import Act
from custody.permits.asking import parties_of
from custody.permits.looking import accesses
from custody.web.access.pages import access_log
from custody.web.visits import Visit, page, visit_of
from reporting.exporting import Asked
from reporting.models import PaperFormat, StatementKind
from reporting.reading.handed_rows import packs_of, papers_of
from reporting.reading.standing import standings
from reporting.statements.named_periods import Period, ended_periods, quarter_of
from reporting.web.papers import downloaded, in_house_language, issued_for, looked_at, pack_downloaded

FUNDS_A_PAGE = 50
LOOKS_SHOWN = 8
WHOLE_MONTHS_ONLY = StatementKind.FEE_SPLIT


@require_GET
@page(OrganisationKind.REGULATOR)
def oversight(request: HttpRequest) -> HttpResponse:
    """The estates of the visitor's jurisdiction, by code, as they stand today."""
    visit = visit_of(request)
    rest = [fund for fund in visit.funds if fund.code > request.GET.get("after", "")]
    rows = standings(rest[:FUNDS_A_PAGE])
    facts = {
        "rows": rows,
        "after": rest[FUNDS_A_PAGE - 1].code if len(rest) > FUNDS_A_PAGE else "",
        "cash": sum(cash_held([fund.pk for fund in visit.funds]).values()),
        "looks": sum(row.needs_a_look for row in rows),
        "unclear": sum(row.unclear.total for row in rows),
        "period": quarter_of(visit.on).before,
    }
    return render(request, "regulator/oversight.html", facts)


@require_GET
@page(OrganisationKind.REGULATOR)
def oversight_fund(request: HttpRequest, code: str) -> HttpResponse:
    """Led to the days asked for by ``from`` and ``to``, or to the last quarter that is over."""
    visit = visit_of(request)
    fund = visit.fund(code)
    asked = (request.GET.get("from", ""), request.GET.get("to", ""))
    period = quarter_of(visit.on).before
    if any(asked):
        try:
            period = Period(*map(date.fromisoformat, asked))
        except ValueError:
            messages.error(request, _("起止日写作 YYYY-MM-DD，止日不早于起日"))
    return redirect("oversight_period", code=fund.code, period=period)


@require_http_methods(["GET", "POST"])
@page(OrganisationKind.REGULATOR)
def oversight_period(request: HttpRequest, code: str, period: Period) -> HttpResponse:
    """An estate over some days: its papers, what needs a look, who looked. POST has a paper made."""
    visit = visit_of(request)
    fund = visit.fund(code)
    if request.method == "POST":
        return _issued(request, visit, fund, period)
    with in_house_language():
        looked_at(visit, fund, Access.OPENED, period.title)
    return _shown(request, visit, fund, period)


@require_GET
@page(OrganisationKind.REGULATOR)
def oversight_paper(request: HttpRequest, code: str, sha256: str) -> HttpResponse:
    """One paper, as a file."""
    visit = visit_of(request)
    return downloaded(visit, visit.fund(code), sha256)


@require_GET
@page(OrganisationKind.REGULATOR)
def oversight_pack(request: HttpRequest, code: str, period: Period) -> HttpResponse:
    """The newest signed pack of these days, as a file; led back where none was issued."""
    visit = visit_of(request)
    fund = visit.fund(code)
    pack = pack_downloaded(visit, fund, period)
    if pack is None:
        messages.error(request, _("这个期间还没有出具过资料包；请受托人用 issue_pack 出具"))
        return redirect("oversight_period", code=fund.code, period=period)
    return pack


@require_GET
@page(OrganisationKind.REGULATOR)
def oversight_log(request: HttpRequest) -> HttpResponse:
    """Who looked at the jurisdiction's estates."""
    return access_log(request)


def _issued(request: HttpRequest, visit: Visit, fund: Fund, period: Period) -> HttpResponse:
    said = request.POST
    try:
        if said.get("kind") not in StatementKind.values or said.get("form") not in PaperFormat.values:
            raise Rejected(_("请选一种报表和一种格式"), code="no-such-paper")
        asked = Asked(fund.code, said["kind"], period.from_on, period.to_on)
        handout = issued_for(visit, asked, PaperFormat(said["form"]))
    except Forbidden:
        raise
    except DomainError as refusal:
        return _shown(request, visit, fund, period, wrong=refusal.title)
    done = told(
        _("已出具%(kind)s（%(form)s）"), kind=handout.get_kind_display(), form=handout.get_format_display()
    )
    messages.success(request, done)
    return redirect(reverse("oversight_period", args=[fund.code, period]))


def _shown(request: HttpRequest, visit: Visit, fund: Fund, period: Period, wrong: str = "") -> HttpResponse:
    papers = papers_of(fund, period)
    newest = papers[0].newest
    organisation = visit.organisation
    facts = {
        "fund": fund,
        "period": period,
        "trustee": parties_of(fund, OrganisationKind.TRUSTEE, visit.on)[:1],
        "papers": [row for row in papers if period.months or row.kind is not WHOLE_MONTHS_ONLY],
        "newest": newest,
        "packs": packs_of(fund, period),
        "may_issue": visit.may(Act.ISSUE_STATEMENT) and fund.opened_on <= period.from_on <= visit.on,
        "before": period.before if period.before.from_on >= fund.opened_on else None,
        "standing": standings([fund])[0],
        "periods": list(ended_periods(fund.opened_on, visit.on)),
        "looks": accesses(visit.person, organisation, [fund], most=LOOKS_SHOWN) if organisation else [],
        "wrong": wrong,
    }
    return render(request, "regulator/period.html", facts, status=422 if wrong else 200)
