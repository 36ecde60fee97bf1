"""A firm's invoices: the list by whose turn it is, and one of them with its reasons, remedies and history.

Refuses other firms' invoices (404), and to change what an invoice says: a corrected workbook does.
"""

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from custody.kernel.errors import Conflict, DomainError, Forbidden, NotFound
from custody.models import OrganisationKind
from custody.permits import attempts
from custody.permits.acts import Act
from custody.web.visits import Visit, page, visit_of
from settlement.decisions import approvals
from settlement.evidence.watched import watched_among
from settlement.invoices import submission, verification
from settlement.models import Settlement
from settlement.states import OPEN, TITLES, State
from settlement.web.firm.history import happened_in, history_of, payment_of, way_of
from settlement.web.firm.reads import (
    TURNS,
    after_in,
    lines_of,
    own_invoices,
    page_of_invoices,
    piles_of,
    turn_of,
    with_reasons,
)

FIRM = OrganisationKind.PROVIDER
CALLED_OFF = OPEN | {State.SUBMITTED, State.VERIFIED}


@require_GET
@page(FIRM)
def list_invoices(request: HttpRequest) -> HttpResponse:
    """``?turn=`` whose turn it is, ``?fund=`` one trust's, ``?after=`` the number of the last row seen."""
    visit = visit_of(request)
    turn, code = request.GET.get("turn", ""), request.GET.get("fund", "")
    if turn and turn not in TURNS:
        raise Http404
    funds = [visit.fund(code)] if code else list(visit.funds)
    rows, following = page_of_invoices(visit, funds, turn, after_in(request))
    piles = piles_of(visit, funds)
    return render(
        request,
        "firm/invoices.html",
        {
            "rows": rows,
            "following": following,
            "turn": turn,
            "code": code,
            "piles": piles,
            "every": sum(each.count for each in piles.values()),
        },
    )


@require_GET
@page(FIRM)
def show_invoice(request: HttpRequest, pk: int) -> HttpResponse:
    """One invoice: where it stands, why, what ends it, what it claims and how it went."""
    return _invoice_page(request, _own(visit_of(request), pk))


@require_POST
@page(FIRM)
def answer_invoice(request: HttpRequest, pk: int) -> HttpResponse:
    """POST ``answer`` and ``seen`` (a revision): why it is no duplicate; it is judged again."""
    visit = visit_of(request)
    row = _own(visit, pk)
    answer, seen = request.POST.get("answer", ""), _seen(request)
    return _done(
        request,
        row,
        lambda: submission.answer_duplicate(
            settlement_id=row.pk, answer=answer, seen=seen, actor=visit.person, at=visit.at
        ),
    )


@require_POST
@page(FIRM)
def resubmit_invoice_again(request: HttpRequest, pk: int) -> HttpResponse:
    """POST ``seen`` (a revision): judged again as stated, on what is known now."""
    visit = visit_of(request)
    row, seen = _own(visit, pk), _seen(request)
    return _done(
        request,
        row,
        lambda: submission.resubmit(settlement_id=row.pk, seen=seen, actor=visit.person, at=visit.at),
    )


@require_POST
@page(FIRM)
def call_off_invoice(request: HttpRequest, pk: int) -> HttpResponse:
    """POST ``reason``: called off by whoever handed it in, before anybody turned a key."""
    visit = visit_of(request)
    row, reason = _own(visit, pk), request.POST.get("reason", "")
    return _done(
        request,
        row,
        lambda: approvals.cancel(settlement_id=row.pk, reason=reason, actor=visit.person, at=visit.at),
    )


def _own(visit: Visit, pk: int) -> Settlement:
    rows = own_invoices(visit, visit.funds).select_related("fund__estate", "payee_account", "source_file")
    row = with_reasons(rows).filter(pk=pk).first()
    if row is None:
        raise Http404
    return row


def _seen(request: HttpRequest) -> int:
    try:
        return int(request.POST.get("seen", ""))
    except ValueError as error:
        raise BadRequest from error


def _done(request: HttpRequest, row: Settlement, act: Callable[[], Settlement]) -> HttpResponse:
    """What was asked for, once, and where the invoice stands now; refused, the same page says why."""
    visit = visit_of(request)
    try:
        with attempts.on_record(username=visit.person.username, fund=row.fund.code):
            now = State(act().state)
    except (Forbidden, NotFound):
        raise
    except DomainError as refusal:
        status = 409 if isinstance(refusal, Conflict) else 422
        return _invoice_page(request, _own(visit, row.pk), refusal.title, status)
    if now is State.VERIFIED:
        messages.success(request, _("核验通过，等业委会审批"))
    elif now is State.RETURNED:
        messages.warning(request, _("再核验了一遍，还不能付，理由在下面"))
    else:
        messages.success(request, _("这张发票已撤销，工单可以重新申报"))
    return redirect("firm_invoice", pk=row.pk)


def _invoice_page(request: HttpRequest, row: Settlement, wrong: str = "", status: int = 200) -> HttpResponse:
    visit = visit_of(request)
    state = State(row.state)
    moves = history_of(row)
    mine = row.submitted_by_id == visit.person.pk
    may = visit.may(Act.SUBMIT_INVOICE)
    return render(
        request,
        "firm/invoice.html",
        {
            "row": row,
            "wrong": wrong,
            "state": TITLES[state],
            "turn": turn_of(state),
            "open": state in OPEN,
            "reasons": (getattr(row, "why", None) or "").splitlines() if state in OPEN else [],
            "alike": verification.alike(row) if state in OPEN else [],
            "lines": lines_of(row),
            "steps": happened_in(moves),
            "way": way_of(state, moves),
            "payments": payment_of(row),
            "watched": watched_among([row.pk], visit.on)[row.pk],
            "may": may,
            "may_cancel": may and mine and state in CALLED_OFF,
            "answer_most": submission.ANSWER_LENGTH_MAX,
        },
        status=status,
    )
