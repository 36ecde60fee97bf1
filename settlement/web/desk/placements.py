"""存放: idle cash placed, state by state, over every trust of the visitor: ordered, called off, signed.

Orders nothing that the deed or the year's budget forbids: the services refuse, with every fault. Refuses an
order of a fund the visitor does not see as one that is not there.
"""

import re
import uuid
from decimal import Decimal

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from custody.kernel.errors import DomainError, Forbidden, Rejected
from custody.kernel.money import yuan
from custody.kernel.words import told
from custody.ledger.chart import BOOK_TITLES, Book
from custody.models import OrganisationKind, Placement
from custody.permits.acts import Act
from custody.placements import orders
from custody.placements.mandate import FAMILIES
from custody.placements.states import PLACEMENT_MOVES, PlacementState
from custody.web.cursors import before_of
from custody.web.visits import Visit, page, visit_of
from settlement.fees.measures import monthly_budget

ORDERS_A_PAGE = 50
KEY_DIGITS = 12
NUMBER = re.compile(r"[0-9]{1,14}(\.[0-9]{1,2})?")
PERCENT = Decimal(100)


@require_GET
@page(OrganisationKind.TRUSTEE)
def placements_page(request: HttpRequest) -> HttpResponse:
    """The orders, the newest first; ``?state=`` one state alone."""
    return _listed(request)


@require_POST
@page(OrganisationKind.TRUSTEE)
def placement_order(request: HttpRequest) -> HttpResponse:
    """POST ``ticket`` (a uuid), ``fund``, ``book``, ``product``, ``principal``, ``rate`` (%, or none)."""
    visit, post = visit_of(request), request.POST
    try:
        ticket = uuid.UUID(post.get("ticket", ""))
    except ValueError as error:
        raise BadRequest from error
    fund = visit.fund(post.get("fund", ""))
    try:
        row = orders.order(
            fund=fund,
            book=_book(post.get("book", "")),
            product=post.get("product", "").strip()[:20],
            principal=yuan(_number(post.get("principal", ""), "principal")),
            annual_rate=_rate(post.get("rate", "").strip()),
            ordered_on=visit.on,
            monthly_budget=monthly_budget(fund.pk, visit.on),
            key=f"CF-{ticket.hex[:KEY_DIGITS]}",
            actor=visit.person,
            at=visit.at,
        )
    except Forbidden:
        raise
    except DomainError as refusal:
        return _listed(request, refusal)
    said = _("存放指令 %(number)s：%(product)s %(principal)s 元，待两把密码")
    messages.success(request, told(said, number=row.order_key, product=row.product, principal=row.principal))
    return redirect("placements")


@require_POST
@page(OrganisationKind.TRUSTEE)
def placement_cancel(request: HttpRequest, number: int) -> HttpResponse:
    """POST ``reason``: the order is called off, its keys and its hold with it."""
    visit = visit_of(request)
    row = Placement.objects.filter(pk=number, fund__in=visit.funds).first() if number < 2**62 else None
    if row is None:
        raise Http404
    reason = request.POST.get("reason", "").strip()[:300]
    try:
        if not reason:
            raise Rejected(_("请说明理由"), code="reason-missing")
        orders.cancel(placement_id=row.pk, reason=reason, actor=visit.person, at=visit.at)
    except Forbidden:
        raise
    except DomainError as refusal:
        return _listed(request, refusal, row.pk)
    messages.success(request, told(_("存放指令 %(number)s 已撤销，占用的款项已释放"), number=row.order_key))
    return redirect("placements")


def _listed(request: HttpRequest, refusal: DomainError | None = None, of: int | None = None) -> HttpResponse:
    visit = visit_of(request)
    state, before = request.GET.get("state", ""), before_of(request)
    rows = Placement.objects.filter(fund__in=visit.funds).select_related(
        "fund__estate", "ordered_by", "placed_line", "returned_line"
    )
    if state in [each.value for each in PlacementState]:
        rows = rows.filter(state=state)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows.order_by("-pk")[: ORDERS_A_PAGE + 1])
    shown = found[:ORDERS_A_PAGE]
    return render(
        request,
        "desk/placements.html",
        {
            "rows": [(each, PlacementState(each.state), _may_cancel(visit, each)) for each in shown],
            "before": shown[-1].pk if len(found) > ORDERS_A_PAGE else None,
            "state": state,
            "states": list(PlacementState),
            "holds_key": visit.may(Act.TURN_SECOND_KEY),
            "may_order": visit.may(Act.ORDER_PLACEMENT),
            "books": [(book.value, BOOK_TITLES[book]) for book in Book],
            "families": FAMILIES,
            "said": request.POST,
            "wrong": _why(refusal),
            "field": refusal.facts.get("field", "") if refusal else "",
            "of": of,
        },
        status=422 if refusal else 200,
    )


def _may_cancel(visit: Visit, row: Placement) -> bool:
    moves = PLACEMENT_MOVES[PlacementState(row.state)]
    return visit.may(Act.CANCEL_PLACEMENT) and PlacementState.CANCELLED in moves


def _why(refusal: DomainError | None) -> list[str]:
    """Every fault on a line of its own; the sentence itself where the service names but one."""
    if refusal is None:
        return []
    return [str(each) for each in refusal.facts.get("reasons", ())] or [refusal.title]


def _book(said: str) -> Book:
    if said not in set(Book):
        raise Rejected(_("请选账本"), code="book-missing", field="book")
    return Book(said)


def _number(said: str, field: str) -> Decimal:
    """A plain number of at most two decimals, commas allowed. Rejected."""
    plain = said.strip().replace(",", "").replace("，", "")
    if not NUMBER.fullmatch(plain):
        raise Rejected(
            _("「%(said)s」应为数字，至多两位小数"), code="not-a-number", said=said[:40], field=field
        )
    return Decimal(plain)


def _rate(said: str) -> Decimal | None:
    return _number(said.removesuffix("%"), "rate") / PERCENT if said else None
