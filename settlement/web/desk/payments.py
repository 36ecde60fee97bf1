"""Payment files: what waits to be filed, what was filed, and what the bank made of it.

Filing takes what was released and shown, no more. Refuses a file of a foreign fund as one that is not there.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from custody.kernel.errors import DomainError, NotFound
from custody.kernel.words import told
from custody.models import Fund, OrganisationKind, VaultNote
from custody.permits import attempts
from custody.permits.acts import Act
from custody.vault.hindrances import troubles
from custody.web.visits import Visit, page, visit_of
from settlement.models import OrderOutcome, PaybackOrder, PaymentBatch, PaymentOrder, Settlement
from settlement.payments import filing
from settlement.payments.cut_offs import cut_off_reached, next_cut_off
from settlement.states import State

BATCHES_A_PAGE = 40
ORDERS_A_PAGE = 80
FILED_AT_ONCE = 200
OUTCOME_SHAPES = {
    OrderOutcome.PENDING: "now", OrderOutcome.SETTLED: "ok", OrderOutcome.FAILED: "bad",
    OrderOutcome.UNKNOWN: "warn",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ToFile:
    """What one fund has released and not filed, oldest first: at most one file's worth."""

    fund: Fund
    rows: list[Settlement]

    @property
    def total(self) -> Decimal:
        """Their sum in yuan."""
        return sum((each.total.amount for each in self.rows), Decimal(0))


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One order with the look of its outcome."""

    order: PaymentOrder

    @property
    def shape(self) -> str:
        """The class of its tag."""
        return OUTCOME_SHAPES[OrderOutcome(self.order.outcome)]


@require_GET
@page(OrganisationKind.TRUSTEE)
def payments_list(request: HttpRequest) -> HttpResponse:
    """GET ``after``: what waits to be filed, and a page of files, newest first."""
    return _list(request)


@require_POST
@page(OrganisationKind.TRUSTEE)
def file_payments(request: HttpRequest, code: str) -> HttpResponse:
    """POST ``settlement`` (what was shown) and ``on``: one file, 302 to it; refused whole where one moved."""
    visit = visit_of(request)
    fund = visit.fund(code)
    shown = [each for each in request.POST.getlist("settlement") if each.isascii() and each.isdigit()]
    try:
        execute_on = date.fromisoformat(request.POST.get("on", ""))
    except ValueError:
        return _list(request, code=code, wrong=_("付款日期应写作年-月-日，例如 2025-10-09"))
    try:
        with attempts.on_record(username=visit.person.username, fund=code):
            batch = filing.instruct(
                fund_id=fund.pk,
                settlement_ids=[int(each) for each in shown[:FILED_AT_ONCE] if len(each) < 19],
                execute_on=execute_on,
                actor=visit.person,
                at=visit.at,
            )
    except NotFound:
        raise
    except DomainError as refusal:
        return _list(request, code=code, wrong=refusal.title)
    said = _("已合成付款文件：%(count)s笔，%(total)s元")
    messages.success(request, told(said, count=batch.order_count, total=f"{batch.total.amount:,.2f}"))
    return redirect("payment", message_id=batch.message_id)


@require_GET
@page(OrganisationKind.TRUSTEE)
def payment_file(request: HttpRequest, message_id: str) -> HttpResponse:
    """One file with its orders; GET ``after`` for those behind."""
    visit = visit_of(request)
    mine = PaymentBatch.objects.filter(fund__in=[each.pk for each in visit.funds])
    batch = mine.select_related("fund__estate", "created_by").filter(message_id=message_id).first()
    if batch is None:
        raise Http404
    orders = list(
        PaymentOrder.objects.filter(batch=batch, pk__gt=_cursor(request) or 0)
        .select_related("settlement", "payee_account", "bank_line")
        .order_by("pk")[: ORDERS_A_PAGE + 1]
    )
    back = PaybackOrder.objects.filter(batch=batch).select_related("payback").order_by("pk")[:ORDERS_A_PAGE]
    return render(
        request,
        "desk/payment.html",
        {
            "batch": batch,
            "held": troubles(VaultNote.Kind.PAYMENT_FILE, [] if batch.sent_at else [batch.pk]).get(batch.pk),
            "orders": [OrderLine(each) for each in orders[:ORDERS_A_PAGE]],
            "paybacks": list(back),
            "after": orders[ORDERS_A_PAGE - 1].pk if len(orders) > ORDERS_A_PAGE else None,
        },
    )


def _list(request: HttpRequest, code: str = "", wrong: str = "") -> HttpResponse:
    visit = visit_of(request)
    ids = [each.pk for each in visit.funds]
    after = _cursor(request)
    batches = PaymentBatch.objects.filter(fund__in=ids).select_related("fund__estate").defer("content")
    if after is not None:
        batches = batches.filter(pk__lt=after)
    counted = {
        outcome.value: Count("orders", filter=Q(orders__outcome=outcome.value)) for outcome in OrderOutcome
    }
    rows = list(batches.annotate(**counted).order_by("-pk")[: BATCHES_A_PAGE + 1])
    unsent = [each.pk for each in rows if each.sent_at is None]
    return render(
        request,
        "desk/payments.html",
        {
            "waiting": _to_file(visit) if after is None else [],
            "batches": rows[:BATCHES_A_PAGE],
            "held": troubles(VaultNote.Kind.PAYMENT_FILE, unsent) if unsent else {},
            "after": rows[BATCHES_A_PAGE - 1].pk if len(rows) > BATCHES_A_PAGE else None,
            "files": visit.may(Act.INSTRUCT_PAYMENTS),
            "cut_off": next_cut_off(visit.at),
            "reached": cut_off_reached(visit.at),
            "asked": code,
            "wrong": wrong,
        },
        status=422 if wrong else 200,
    )


def _to_file(visit: Visit) -> list[ToFile]:
    released = Settlement.objects.filter(
        fund__in=[each.pk for each in visit.funds], state=State.RELEASED.value
    )
    groups: dict[int, ToFile] = {}
    for each in released.select_related("fund__estate").order_by("pk")[:FILED_AT_ONCE]:
        groups.setdefault(each.fund_id, ToFile(each.fund, [])).rows.append(each)
    return list(groups.values())


def _cursor(request: HttpRequest) -> int | None:
    after = request.GET.get("after", "")
    return int(after) if after.isascii() and after.isdigit() and len(after) < 19 else None
