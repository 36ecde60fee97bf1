"""Several invoices refused or sent back for one reason: check page, a transaction a row, report.

Refuses what the visitor does not see as what is not there. A batch is named by the page: sent twice it shows
its report, and a row that somebody else moved on says so and holds up no other.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from custody.kernel.errors import DomainError
from custody.models import OrganisationKind
from custody.permits import attempts
from custody.web.visits import Visit, page, visit_of
from settlement.models import Settlement
from settlement.web.desk.deciding import BULK, Decision, decision_named

ROWS_MAX = 100
KEPT = 5  # batches whose report a session remembers
SESSION = "bulk"
REASON_MAX = 300


@dataclass(frozen=True, slots=True)
class Told:
    """One invoice of the batch, and why nothing became of it; empty for done."""

    row: Settlement
    said: str


@require_POST
@page(OrganisationKind.TRUSTEE)
def bulk_open(request: HttpRequest) -> HttpResponse:
    """POST ``do``, ``list`` (a uuid), ``item`` (FUND|settlement|NUMBER, many): 302 to the check page."""
    visit = visit_of(request)
    try:
        batch = uuid.UUID(request.POST.get("list", ""))
    except ValueError as error:
        raise BadRequest from error
    name = request.POST.get("do", "")
    if name not in BULK:
        raise BadRequest
    asked = list(dict.fromkeys(request.POST.getlist("item")))
    if not 0 < len(asked) <= ROWS_MAX:
        messages.error(request, _("请选要办的发票，一次至多100张"))
        return redirect("settlements")
    numbers = [_named(visit, each) for each in asked]
    kept = request.session.get(SESSION, {})
    kept.setdefault(str(batch), {"do": name, "rows": numbers})
    request.session[SESSION] = dict(list(kept.items())[-KEPT:])
    return redirect("settlements_bulk", batch=batch)


@require_http_methods(["GET", "POST"])
@page(OrganisationKind.TRUSTEE)
def bulk_decide(request: HttpRequest, batch: uuid.UUID) -> HttpResponse:
    """GET: the check page until it is done, its report afterwards. POST ``reason``: done, row by row."""
    visit = visit_of(request)
    found = request.session.get(SESSION, {}).get(str(batch))
    decision = decision_named(found["do"]) if found else None
    if found is None or decision is None:
        raise Http404
    rows = _rows(visit, found["rows"])
    if "said" in found:
        return _report(request, decision, rows, found["said"])
    reason = request.POST.get("reason", "").strip()[:REASON_MAX]
    if request.method == "GET" or not reason:
        return _check_page(request, batch, decision, rows)
    found["said"] = {str(each.pk): _done(visit, decision, each, reason) for each in rows}
    request.session.modified = True
    return redirect("settlements_bulk", batch=batch)


def _done(visit: Visit, decision: Decision, row: Settlement, reason: str) -> str:
    """Why nothing became of it; empty when it was done, or had been by this very press."""
    try:
        with attempts.on_record(username=visit.person.username, fund=row.fund.code):
            decision.do(row, reason, visit.person, visit.at)
    except DomainError as refusal:
        ended = Settlement.objects.filter(pk=row.pk, state=BULK[decision.name]).exists()
        return "" if ended else refusal.title
    return ""


def _check_page(
    request: HttpRequest, batch: uuid.UUID, decision: Decision, rows: Sequence[Settlement]
) -> HttpResponse:
    empty = request.method == "POST"
    return render(
        request,
        "desk/bulk_check.html",
        {
            "batch": batch,
            "decision": decision,
            "rows": rows,
            "open": sum(each.state in decision.states for each in rows),
            "total": _sum(rows),
            "wrong": _("请说明理由") if empty else "",
        },
        status=422 if empty else 200,
    )


def _report(
    request: HttpRequest, decision: Decision, rows: Sequence[Settlement], said: dict[str, Any]
) -> HttpResponse:
    told = [Told(each, str(said.get(str(each.pk), ""))) for each in rows]
    done = [each.row for each in told if not each.said]
    return render(
        request,
        "desk/bulk_report.html",
        {
            "decision": decision,
            "done": done,
            "refused": [each for each in told if each.said],
            "total": _sum(done),
        },
    )


def _named(visit: Visit, item: str) -> int:
    """The settlement an item names. Http404."""
    code, kind, number = [*item.split("|", 2), "", ""][:3]
    row = Settlement.objects.filter(fund=visit.fund(code), number=number[:64]).first()
    if row is None or kind != "settlement":
        raise Http404
    return row.pk


def _rows(visit: Visit, numbers: Sequence[int]) -> list[Settlement]:
    """The batch's invoices among what the visitor sees today."""
    found = Settlement.objects.filter(pk__in=list(numbers), fund__in=visit.funds)
    return list(found.select_related("fund__estate", "payee_account").order_by("pk"))


def _sum(rows: Sequence[Settlement]) -> Decimal:
    return sum((each.total.amount for each in rows), Decimal(0))
