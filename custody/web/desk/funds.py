"""The trusts: all of them in a table, one of them whole: what it holds, its proof, its deed, its entries.

Refuses (404) a fund that the visitor's company is no party to, and an entry the fund has not reached.
"""

from datetime import timedelta

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from custody.deeds.terms import TITLES, Term
from custody.ledger.browsing import ENTRIES_A_PAGE, entries_before, whole_entry
from custody.ledger.cash import daily_cash
from custody.models import (
    BankAccount,
    DeedTerm,
    Estate,
    Fund,
    FundParty,
    OrganisationKind,
    Resolution,
)
from custody.proofs.day_proofs import proofs_on
from custody.web.cursors import before_of
from custody.web.desk.fund_tabs import tabs_of
from custody.web.desk.sources import sources_behind
from custody.web.visits import page, visit_of

CHART_DAYS = 92
FUNDS_A_PAGE = 100


@require_GET
@page(OrganisationKind.TRUSTEE)
def funds_list(request: HttpRequest) -> HttpResponse:
    """Every trust the visitor looks after, those that fail their proof first, by cursor over codes."""
    visit = visit_of(request)
    after, said = request.GET.get("after", ""), request.GET.get("q", "").strip()
    chosen = [each for each in visit.funds if each.code > after and said.lower() in each.code.lower()]
    shown = chosen[:FUNDS_A_PAGE]
    estates = Estate.objects.in_bulk([each.estate_id for each in shown])
    rows = [(proof, estates[proof.fund.estate_id]) for proof in proofs_on(shown, visit.on)]
    more = shown[-1].code if len(chosen) > FUNDS_A_PAGE else ""
    return render(request, "desk/funds.html", {"rows": rows, "after": more, "q": said})


@require_GET
@page(OrganisationKind.TRUSTEE)
def fund_page(request: HttpRequest, code: str) -> HttpResponse:
    """One trust: proof, chart, books, parties, accounts."""
    visit = visit_of(request)
    fund = visit.fund(code)
    (proof,) = proofs_on([fund], visit.on)
    last = min(visit.on, proof.covered_on or visit.on)
    first = max(fund.opened_on, last - timedelta(days=CHART_DAYS - 1))
    days = daily_cash(fund.pk, first, last) if first <= last else []
    accounts = list(
        BankAccount.objects.filter(fund=fund).select_related("fund__estate", "end").order_by("pk")
    )
    estate = accounts[0].fund.estate if accounts else Estate.objects.get(pk=fund.estate_id)
    parties = FundParty.objects.filter(fund=fund).select_related("organisation")
    return render(
        request,
        "desk/fund.html",
        {
            "fund": fund,
            "estate": estate,
            "proof": proof,
            "days": days,
            "first": first,
            "last": last,
            "parties": parties.order_by("organisation__kind", "valid_from"),
            "accounts": accounts,
            "tabs": tabs_of(fund, "fund"),
        },
    )


@require_GET
@page(OrganisationKind.TRUSTEE)
def fund_ledger(request: HttpRequest, code: str) -> HttpResponse:
    """The journal, newest first, ``?before=`` by sequence."""
    fund = visit_of(request).fund(code)
    rows = entries_before(fund.pk, before_of(request))
    shown = rows[:ENTRIES_A_PAGE]
    more = shown[-1].sequence if len(rows) > ENTRIES_A_PAGE else None
    return render(
        request,
        "desk/ledger.html",
        {"fund": fund, "rows": shown, "before": more, "tabs": tabs_of(fund, "fund_ledger")},
    )


@require_GET
@page(OrganisationKind.TRUSTEE)
def fund_entry(request: HttpRequest, code: str, sequence: int) -> HttpResponse:
    """One entry to its sources."""
    fund = visit_of(request).fund(code)
    if sequence >= 2**62:
        raise Http404
    entry = whole_entry(fund.pk, sequence)
    return render(
        request,
        "desk/entry.html",
        {
            "fund": fund,
            "entry": entry,
            "sources": sources_behind(fund, entry.source, sequence),
            "tabs": tabs_of(fund, "fund_ledger"),
        },
    )


@require_GET
@page(OrganisationKind.TRUSTEE)
def fund_deed(request: HttpRequest, code: str) -> HttpResponse:
    """What the owners agreed: terms with the days they hold from, and the resolutions behind them."""
    visit = visit_of(request)
    fund = visit.fund(code)
    return render(
        request,
        "desk/deed.html",
        {
            "fund": fund,
            "terms": _terms(fund),
            "resolutions": Resolution.objects.filter(fund=fund)
            .select_related("document")
            .order_by("-pk")[:100],
            "tabs": tabs_of(fund, "fund_deed"),
        },
    )


def _terms(fund: Fund) -> list[tuple[str, list[DeedTerm]]]:
    """Each term in words with its texts, the latest first."""
    rows = DeedTerm.objects.filter(fund=fund).select_related("resolution").order_by("-effective_from", "-pk")
    by_term: dict[str, list[DeedTerm]] = {}
    for each in rows:
        by_term.setdefault(each.term, []).append(each)
    known = {str(term): TITLES[term] for term in Term}
    return [(known[term], by_term[term]) for term in known if term in by_term]
