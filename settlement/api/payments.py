"""How invoices are paid, as a program follows it: history, returns, payment orders and the bank's answers.

Refuses a settlement that is not the caller's to see (404). Nothing here approves or releases: a key is a
signature of a person's device.
"""

import datetime as dt
from typing import Annotated, Any, Literal

from django.http import Http404, HttpRequest, HttpResponse
from ninja import Field, Router, Schema

from custody.api.answering import Written, answered
from custody.api.callers import Caller, caller_of, shown_to
from custody.api.shapes import Cursor, Number, Paged, Said, Yuan, as_yuan, linked, page_of
from custody.models import OrganisationKind
from settlement.api.invoices import EVERYBODY, visible_invoices
from settlement.evidence.happenings import timeline
from settlement.invoices import submission
from settlement.models import PaymentOrder, Settlement, WorkOrder
from settlement.payments import answers
from settlement.web.firm.reads import page_of_work

router = Router(tags=["payments"])
ORDERS_A_PAGE = 50
TRUSTEE = OrganisationKind.TRUSTEE
EndToEnd = Annotated[str, Field(pattern="^[0-9A-Za-z-]{1,35}$")]


class StepOut(Schema):
    """One thing that happened; people are named by their organisation, to the trust company by name too."""

    at: dt.datetime
    kind: str
    what: str
    title: str
    organisation: str
    who: str | None
    words: str | None


class TimelineOut(Schema):
    """Everything on record of one settlement, oldest first."""

    id: int
    number: str
    state: str
    steps: list[StepOut]


class ReturnIn(Schema):
    """Why it goes back to the firm."""

    reason: Annotated[Said, Field(min_length=1)]


class MovedOut(Schema):
    """Where a settlement stands after the write."""

    id: int
    number: str
    state: str


class OrderOut(Schema):
    """One payment in a file to the bank; ``paid_on`` the day of the bank's line."""

    end_to_end_id: str
    fund: str
    settlement: int
    number: str
    message_id: str
    attempt: int
    amount: Yuan
    execute_on: dt.date
    sent_at: dt.datetime | None
    outcome: str
    paid_on: dt.date | None


class OutcomeIn(Schema):
    """What the bank answered: it refused for good (a second person confirms), or nobody knows."""

    outcome: Literal["failed", "unknown"]
    evidence: Annotated[Said, Field(min_length=1)]


class WorkOut(Schema):
    """One work order as the committee judged it; ``left`` may still be invoiced."""

    id: int
    fund: str
    number: str
    description: str
    budget_code: str
    completed_on: dt.date
    accepted_on: dt.date
    accepted: bool
    amount: Yuan
    claimed: Yuan
    left: Yuan


@router.get("/work-orders", response=Paged[WorkOut])
@shown_to(*EVERYBODY)
def read_work_orders(
    request: HttpRequest, response: HttpResponse, fund: str = "", after: Cursor = 0
) -> Paged[WorkOut]:
    """Work that was judged, the latest recorded first; it is handed in as an upload of kind ``work``."""
    visit = caller_of(request).visit
    rows, following = page_of_work([visit.fund(fund)] if fund else list(visit.funds), after or None)
    items = [_work(each) for each in rows]
    return Paged[WorkOut](items=items, next=linked(request, response, following))


@router.get("/settlements/{number}/timeline", response=TimelineOut)
@shown_to(*EVERYBODY)
def read_timeline(request: HttpRequest, number: Number) -> TimelineOut:
    """What happened to a settlement (an invoice's ``id``), from its birth to the bank's line."""
    caller = caller_of(request)
    row = _settlement(caller, number)
    steps = [
        StepOut(
            at=each.at, kind=each.kind.value, what=each.what, title=each.title,
            organisation=each.organisation, who=each.who if caller.whole else None,
            words=each.words if caller.whole else None,
        )
        for each in timeline(row.pk)
    ]  # fmt: skip
    return TimelineOut(id=row.pk, number=row.number, state=row.state, steps=steps)


@router.post("/settlements/{number}/returns", response={201: MovedOut})
@shown_to(TRUSTEE)
def return_settlement(request: HttpRequest, number: Number, said: ReturnIn) -> HttpResponse:
    """Send a verified invoice back to the firm."""
    row = _settlement(caller_of(request), number)

    def write(caller: Caller) -> Written:
        now = submission.send_back(
            settlement_id=row.pk, reason=said.reason, actor=caller.visit.person, at=caller.visit.at
        )
        body = MovedOut(id=now.pk, number=now.number, state=now.state)
        return Written(201, body, f"/api/v1/settlements/{now.pk}/timeline")

    return answered(request, "returns", {"id": number, "reason": said.reason}, write, fund=row.fund.code)


@router.get("/payment-orders", response=Paged[OrderOut])
@shown_to(TRUSTEE, OrganisationKind.PROTECTOR, OrganisationKind.REGULATOR)
def read_orders(
    request: HttpRequest, response: HttpResponse, fund: str = "", after: Cursor = 0
) -> Paged[OrderOut]:
    """Payments asked of the bank, the newest first."""
    visit = caller_of(request).visit
    rows = PaymentOrder.objects.filter(fund__in=[visit.fund(fund)] if fund else list(visit.funds))
    if after:
        rows = rows.filter(pk__lt=after)
    rows = rows.select_related("batch", "fund", "settlement", "bank_line").order_by("-pk")
    shown, more = page_of(list(rows[: ORDERS_A_PAGE + 1]), ORDERS_A_PAGE)
    following = linked(request, response, shown[-1].pk if more else None)
    return Paged[OrderOut](items=[_order(each) for each in shown], next=following)


@router.get("/payment-orders/{e2e}", response=OrderOut)
@shown_to(TRUSTEE, OrganisationKind.PROTECTOR, OrganisationKind.REGULATOR)
def read_order(request: HttpRequest, e2e: EndToEnd) -> OrderOut:
    """One payment by the identifier the bank was given."""
    return _order(_asked_order(caller_of(request), e2e))


@router.post("/payment-orders/{e2e}/outcomes", response={201: OrderOut})
@shown_to(TRUSTEE)
def record_order_outcome(request: HttpRequest, e2e: EndToEnd, said: OutcomeIn) -> HttpResponse:
    """Put on record what the bank answered, with what shows it. That it paid is the bank's line to say."""
    order = _asked_order(caller_of(request), e2e)

    def write(caller: Caller) -> Written:
        on: dict[str, Any] = {"settlement_id": order.settlement_id, "actor": caller.visit.person}
        if said.outcome == "unknown":
            answers.mark_unknown(reason=said.evidence, at=caller.visit.at, **on)
        else:
            answers.report_failed(evidence=said.evidence, at=caller.visit.at, **on)
        return Written(201, _order(_asked_order(caller, e2e)), f"/api/v1/payment-orders/{e2e}")

    content = {"e2e": e2e} | said.model_dump(mode="json")
    return answered(request, "outcomes", content, write, fund=order.fund.code)


def _settlement(caller: Caller, number: int) -> Settlement:
    row = visible_invoices(caller, list(caller.visit.funds)).filter(pk=number).first()
    if row is None:
        raise Http404
    return row


def _asked_order(caller: Caller, e2e: str) -> PaymentOrder:
    rows = PaymentOrder.objects.select_related("batch", "fund", "settlement", "bank_line")
    row = rows.filter(end_to_end_id=e2e, fund__in=caller.visit.funds).first()
    if row is None:
        raise Http404
    return row


def _order(row: PaymentOrder) -> OrderOut:
    return OrderOut(
        end_to_end_id=row.end_to_end_id, fund=row.fund.code, settlement=row.settlement_id,
        number=row.settlement.number, message_id=row.batch.message_id, attempt=row.attempt,
        amount=as_yuan(row.amount.amount), execute_on=row.batch.execute_on, sent_at=row.batch.sent_at,
        outcome=row.outcome, paid_on=row.bank_line.booked_on if row.bank_line else None,
    )  # fmt: skip


def _work(row: WorkOrder) -> WorkOut:
    said = row.__dict__
    return WorkOut(
        id=row.pk, fund=row.fund.code, number=row.number, description=row.description,
        budget_code=row.budget_line.code, completed_on=row.completed_on, accepted_on=row.accepted_on,
        accepted=row.accepted, amount=as_yuan(row.amount.amount), claimed=as_yuan(said["claimed"]),
        left=as_yuan(said["left"]),
    )  # fmt: skip
