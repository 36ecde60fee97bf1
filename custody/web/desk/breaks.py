"""待查付款: what stops a fund's releases, what each blocks, what ends it, and what people say it is.

Refuses a line of a fund the visitor does not see (404); an explanation books nothing until two keys stand on
it.
"""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from custody.kernel.errors import DomainError, Forbidden, Rejected
from custody.kernel.words import told
from custody.models import BreakExplanation, ChannelOrder, LineKind, OrganisationKind
from custody.money_in.break_proposals import ACCOUNTS, propose_explanation, propose_void, withdraw_explanation
from custody.money_in.explanations import OPEN_KINDS, line_called
from custody.money_in.open_breaks import late_orders_of, other_breaks, proposals_on
from custody.money_in.waiting_lines import ROWS_A_PAGE, DeskLine, desk_line, desk_lines
from custody.permits.acts import Act
from custody.web.handed import handed_file
from custody.web.visits import Visit, page, visit_of

OTHERS_SHOWN = 100


@require_GET
@page(OrganisationKind.TRUSTEE)
def breaks_list(request: HttpRequest) -> HttpResponse:
    """Everything that stops releases: lines the oldest first, then what is no line."""
    return _listed(request)


@require_POST
@page(OrganisationKind.TRUSTEE)
def order_void(request: HttpRequest, number: int) -> HttpResponse:
    """POST ``reason`` and ``paper``: that a merchant order never reached the bank, for two keys."""
    visit = visit_of(request)
    order = ChannelOrder.objects.filter(pk=number, fund__in=visit.funds).first() if number < 2**62 else None
    if order is None:
        raise Http404
    try:
        paper = handed_file(request, "paper")
        if paper is None:
            raise Rejected(_("查明须附凭据"), code="paper-missing", field="paper")
        row = propose_void(
            order_id=order.pk, reason=request.POST.get("reason", ""), paper=paper, actor=visit.person,
            at=visit.at,
        )  # fmt: skip
    except Forbidden:
        raise
    except DomainError as refusal:
        return _listed(request, refusal.title, order.pk)
    messages.success(request, told(_("查明建议 %(proposal)s，待两把密码"), proposal=row.pk))
    return redirect("breaks")


@require_http_methods(["GET", "POST"])
@page(OrganisationKind.TRUSTEE)
def break_line(request: HttpRequest, line_id: int) -> HttpResponse:
    """One line; POST ``kind``, ``reason``, ``paper`` and, of a refund, ``gives_back``: a proposal."""
    visit = visit_of(request)
    item = _line(visit, line_id)
    if request.method == "GET":
        return _shown(request, item)
    try:
        row = _proposed(request, visit, item)
    except Forbidden:
        raise
    except DomainError as refusal:
        return _shown(request, item, refusal)
    messages.success(request, told(_("查明建议 %(proposal)s，待两把密码"), proposal=row.pk))
    return redirect("break_line", line_id=line_id)


@require_POST
@page(OrganisationKind.TRUSTEE)
def break_withdraw(request: HttpRequest, line_id: int, number: int) -> HttpResponse:
    """POST ``reason``: a proposal on this line is taken back, and its keys with it."""
    visit = visit_of(request)
    item = _line(visit, line_id)
    if number >= 2**62 or not BreakExplanation.objects.filter(pk=number, line_id=line_id).exists():
        raise Http404
    try:
        withdraw_explanation(
            explanation_id=number, reason=request.POST.get("reason", ""), actor=visit.person, at=visit.at
        )
    except Forbidden:
        raise
    except DomainError as refusal:
        return _shown(request, item, refusal)
    messages.success(request, _("查明建议已撤回"))
    return redirect("break_line", line_id=line_id)


def _listed(request: HttpRequest, wrong: str = "", of: int | None = None) -> HttpResponse:
    visit = visit_of(request)
    code = request.GET.get("fund", "")
    funds = [visit.fund(code)] if code else visit.funds
    rows = desk_lines(funds, LineKind.UNEXPLAINED, visit.on, after=request.GET.get("after", ""))
    shown, others = rows[:ROWS_A_PAGE], other_breaks(funds)
    return render(
        request,
        "desk/breaks.html",
        {
            "rows": shown,
            "after": shown[-1].after if len(rows) > ROWS_A_PAGE else "",
            "others": others[:OTHERS_SHOWN],
            "left": len(others[OTHERS_SHOWN:]),
            "late": late_orders_of(funds),
            "may": visit.may(Act.EXPLAIN_BREAK),
            "holds_key": visit.may(Act.TURN_SECOND_KEY),
            "said": request.POST,
            "wrong": wrong,
            "of": of,
        },
        status=422 if wrong else 200,
    )


def _proposed(request: HttpRequest, visit: Visit, item: DeskLine) -> BreakExplanation:
    kind, back = request.POST.get("kind", ""), request.POST.get("gives_back", "").strip()
    if kind not in LineKind.values:
        raise Rejected(_("请写明款项的种类"), code="kind-missing", field="kind")
    paper = handed_file(request, "paper")
    if paper is None:
        raise Rejected(_("查明须附凭据"), code="paper-missing", field="paper")
    return propose_explanation(
        line_id=item.line.pk,
        kind=LineKind(kind),
        reason=request.POST.get("reason", ""),
        paper=paper,
        gives_back_id=line_called(item.fund.pk, back).pk if back else None,
        actor=visit.person,
        at=visit.at,
    )


def _line(visit: Visit, line_id: int) -> DeskLine:
    found = desk_line(visit.funds, line_id, visit.on) if line_id < 2**62 else None
    if found is None:
        raise Http404
    return found


def _shown(request: HttpRequest, item: DeskLine, refusal: DomainError | None = None) -> HttpResponse:
    visit = visit_of(request)
    context = {
        "item": item,
        "open": item.kind in OPEN_KINDS,
        "blocks": item.kind is LineKind.UNEXPLAINED,
        "proposals": proposals_on(item.line.pk),
        "kinds": [(kind, kind.label) for kind in ACCOUNTS],
        "may": visit.may(Act.EXPLAIN_BREAK),
        "holds_key": visit.may(Act.TURN_SECOND_KEY),
        "said": request.POST,
        "wrong": refusal.title if refusal else "",
        "field": refusal.facts.get("field", "") if refusal else "",
    }
    return render(request, "desk/break.html", context, status=422 if refusal else 200)
