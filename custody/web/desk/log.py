"""操作记录: which keys were turned and taken back, and who was refused what; nothing of it can be changed.

Refuses (by not showing) what concerns other companies' trusts.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from custody.models import Approval, OrganisationKind, RefusedAttempt
from custody.permits.acts import Act
from custody.queue.keyed_subjects import kinds
from custody.web.cursors import before_of
from custody.web.desk.log_tabs import log_tabs
from custody.web.visits import page, visit_of

RECORDS_A_PAGE = 50


@require_GET
@page(OrganisationKind.TRUSTEE)
def key_log(request: HttpRequest) -> HttpResponse:
    """Keys, the last turned first."""
    visit, before = visit_of(request), before_of(request)
    rows = Approval.objects.filter(fund__in=visit.funds).select_related(
        "fund", "operator", "organisation", "withdrawal__operator"
    )
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows.order_by("-pk")[: RECORDS_A_PAGE + 1])
    shown, known = found[:RECORDS_A_PAGE], kinds()
    titled = [
        (each, str(known[each.subject_kind].title) if each.subject_kind in known else each.subject_kind)
        for each in shown
    ]
    more = shown[-1].pk if len(found) > RECORDS_A_PAGE else None
    return render(request, "desk/log_keys.html", {"rows": titled, "before": more, "tabs": log_tabs("log")})


@require_GET
@page(OrganisationKind.TRUSTEE)
def refusal_log(request: HttpRequest) -> HttpResponse:
    """Refused attempts on the visitor's trusts, the last first."""
    visit, before = visit_of(request), before_of(request)
    rows = RefusedAttempt.objects.filter(fund__in=visit.funds).select_related("fund", "operator")
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows.order_by("-pk")[: RECORDS_A_PAGE + 1])
    shown = found[:RECORDS_A_PAGE]
    titles = {each.value: str(each.label) for each in Act}
    titled = [(each, titles.get(each.act, each.act)) for each in shown]
    more = shown[-1].pk if len(found) > RECORDS_A_PAGE else None
    return render(
        request, "desk/log_refusals.html", {"rows": titled, "before": more, "tabs": log_tabs("log_refusals")}
    )
