"""A trust's budget by year and line, and the accounts its payees are paid to, each with its keys.

Refuses (404) a fund the visitor's company is no party to; a payee account is shown whole to the desk alone.
"""

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BigIntegerField, F, Func, OuterRef, Value
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from custody.models import Approval, Document, Fund, OrganisationKind
from custody.permits.acts import Act
from custody.web.desk.fund_tabs import tabs_of
from custody.web.desk.sources import Source
from custody.web.visits import page, visit_of
from settlement.decisions.subjects import PAYEE
from settlement.models import BudgetLine, PayeeAccount, Settlement
from settlement.selectors import budget_of_year

YEAR_DIGITS = 4
PAYEES_SHOWN = 200


@require_GET
@page(OrganisationKind.TRUSTEE)
def fund_budget(request: HttpRequest, code: str) -> HttpResponse:
    """One year, ``?year=``; the present one otherwise."""
    visit = visit_of(request)
    fund, said = visit.fund(code), request.GET.get("year", "")
    year = int(said) if said.isascii() and said.isdigit() and len(said) == YEAR_DIGITS else visit.on.year
    years = BudgetLine.objects.filter(fund=fund).order_by("year").values_list("year", flat=True).distinct()
    context = {
        "fund": fund,
        "year": year,
        "years": list(years),
        "rows": budget_of_year(fund.pk, year),
        "tabs": tabs_of(fund, "fund_budget"),
    }
    return render(request, "trusts/budget.html", context)


@require_GET
@page(OrganisationKind.TRUSTEE)
def fund_payees(request: HttpRequest, code: str) -> HttpResponse:
    """Every account on record, the newest first, and which is in use today."""
    visit = visit_of(request)
    fund = visit.fund(code)
    turned = Approval.objects.filter(
        subject_kind=PAYEE, subject_id=OuterRef("pk"), withdrawal__isnull=True,
        signed__public_key__revocation__isnull=True,
    ).order_by("pk")  # fmt: skip
    rows = PayeeAccount.objects.filter(fund=fund).select_related("organisation", "resolution", "source_file")
    rows = rows.annotate(
        signed=ArraySubquery(turned.values("operator__username")),
        current=Func(
            F("fund_id"), F("organisation_id"), Value(visit.on), function="settlement_payee_current",
            output_field=BigIntegerField(),
        ),
    )  # fmt: skip
    context = {
        "fund": fund,
        "rows": rows.order_by("-pk")[:PAYEES_SHOWN],
        "holds_key": visit.may(Act.TURN_SECOND_KEY),
        "tabs": tabs_of(fund, "fund_payees"),
    }
    return render(request, "trusts/payees.html", context)


def invoice_behind(fund: Fund, number: str) -> Source | None:
    """The invoice an entry cites, and the file it came in."""
    rows = Settlement.objects.filter(fund=fund, number=number).select_related("source_file")
    row = rows.order_by("-pk").first()
    if row is None:
        return None
    paper: Document | None = row.source_file
    detail = f"{row.number} {row.seller} {row.total.amount:,.2f}"
    return Source(_("发票"), detail, reverse("settlement", args=[row.pk]), paper)
