"""Invoices as a program states, follows and corrects them; what decides about one is its verification.

Refuses other firms' invoices (404), a number that is on record, and to change one that is not returned. An
invoice stated as JSON is kept as those bytes: they are the evidence, as a workbook is.
"""

import datetime as dt
import json
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Any, Literal

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Field, Router, Schema
from pydantic import AfterValidator, ConfigDict

from custody.api.answering import Written, answered
from custody.api.callers import Caller, caller_of, shown_to
from custody.api.shapes import Cursor, Paged, Said, Yuan, as_yuan, linked, page_of
from custody.deeds.funds import lock_fund
from custody.files import archive
from custody.kernel.errors import Conflict, Rejected
from custody.models import Document, Fund, OrganisationKind
from settlement.invoices import submission, verification
from settlement.invoices.invoice_file import LINE_NO_MAX
from settlement.invoices.submission import StatedInvoice, StatedLine
from settlement.models import Basis, Settlement
from settlement.states import TITLES, State
from settlement.web.firm.reads import lines_of, own_invoices, with_reasons

router = Router(tags=["invoices"])
INVOICES_A_PAGE = 50
FIRM = OrganisationKind.PROVIDER
EVERYBODY = tuple(kind for kind in OrganisationKind if kind != OrganisationKind.ASSEMBLY)
StateName = Literal[
    "draft", "submitted", "returned", "verified", "approved", "released", "instructed", "unknown", "failed",
    "paid", "reversed", "rejected", "cancelled",
]  # fmt: skip
Amount = Annotated[Decimal, Field(gt=0, lt=10**13, decimal_places=2, examples=["18333.33"])]
Name = Annotated[Said, Field(min_length=1, max_length=200)]
Code = Annotated[str, Field(pattern="^[0-9A-Za-z-]{1,40}$")]
Cited = Annotated[Said, Field(min_length=1, max_length=40)]


class LineIn(Schema):
    """One line: what it is for, by budget code, and the work order or month it cites."""

    line_no: Annotated[int, Field(ge=1, le=LINE_NO_MAX)]
    budget_code: Annotated[Code, Field(max_length=20)]
    basis: Basis
    cited: Cited
    amount: Amount


def _numbered_once(lines: list[LineIn]) -> list[LineIn]:
    """ValueError for a line number that comes twice."""
    if any(count > 1 for count in Counter(each.line_no for each in lines).values()):
        raise ValueError("a line number comes twice")
    return lines


Lines = Annotated[list[LineIn], Field(min_length=1, max_length=200), AfterValidator(_numbered_once)]


class CorrectionIn(Schema):
    """What a returned invoice says instead."""

    model_config = ConfigDict(extra="forbid")
    issued_on: dt.date
    total: Amount
    seller: Name
    buyer: Name
    lines: Lines


class InvoiceIn(CorrectionIn):
    """One digital invoice (数电票), tax included."""

    fund: Code
    number: Code


class ResubmissionIn(Schema):
    """``seen``: the revision you looked at."""

    seen: Annotated[int, Field(ge=1, le=2**31 - 1)]


class DuplicateAnswerIn(ResubmissionIn):
    """Why an invoice alike in payee, amount and date is no duplicate."""

    answer: Annotated[Said, Field(min_length=1)]


class InvoiceLineOut(Schema):
    """One line as the firm wrote it."""

    line_no: int
    budget_code: str
    basis: str
    cited: str
    amount: Yuan


class InvoiceOut(Schema):
    """Where one invoice stands; ``reasons`` are those of its last return, while it is returned."""

    id: int
    fund: str
    number: str
    issued_on: dt.date
    total: Yuan
    seller: str
    buyer: str
    book: str
    state: str
    state_title: str
    revision: int
    reasons: list[str]


class WholeInvoiceOut(InvoiceOut):
    """With its lines."""

    lines: list[InvoiceLineOut]


@router.get("/invoices", response=Paged[InvoiceOut])
@shown_to(*EVERYBODY)
def read_invoices_page(
    request: HttpRequest,
    response: HttpResponse,
    fund: str = "",
    state: StateName | None = None,
    after: Cursor = 0,
) -> Paged[InvoiceOut]:
    """The newest first; a firm reads its own."""
    visit = caller_of(request).visit
    rows = visible_invoices(caller_of(request), [visit.fund(fund)] if fund else list(visit.funds))
    if state is not None:
        rows = rows.filter(state=state)
    if after:
        rows = rows.filter(pk__lt=after)
    shown, more = page_of(list(rows.order_by("-pk")[: INVOICES_A_PAGE + 1]), INVOICES_A_PAGE)
    following = linked(request, response, shown[-1].pk if more else None)
    return Paged[InvoiceOut](items=[InvoiceOut(**_facts(each)) for each in shown], next=following)


@router.get("/invoices/{number}", response=WholeInvoiceOut)
@shown_to(*EVERYBODY)
def read_invoice(request: HttpRequest, number: Code, fund: str = "") -> WholeInvoiceOut:
    """One invoice; ``fund`` where two estates have the number."""
    return _whole(_found(caller_of(request), number, fund))


@router.post("/invoices", response={201: WholeInvoiceOut})
@shown_to(FIRM)
def state_invoice(request: HttpRequest, said: InvoiceIn) -> HttpResponse:
    """State a new invoice: verified, or returned with every reason."""
    fund = caller_of(request).visit.fund(said.fund)

    def write(caller: Caller) -> Written:
        _refuse_ahead(said, caller)
        lock_fund(fund)
        verification.lock_numbers([said.number])
        if Settlement.objects.filter(fund=fund, number=said.number).exists():
            raise Conflict(_("发票 %(number)s 已在案"), code="invoice-known", number=said.number)
        row = submission.submit_invoice(
            fund=fund, invoice=_stated(said, said.number), source_file=_kept(caller, fund, said.number, said),
            actor=caller.visit.person, at=caller.visit.at,
        )  # fmt: skip
        return Written(201, _again(row), f"/api/v1/invoices/{row.number}?fund={fund.code}")

    return answered(request, "invoices", said.model_dump(mode="json"), write, fund=fund.code)


@router.post("/invoices/{number}/corrections", response={201: WholeInvoiceOut})
@shown_to(FIRM)
def correct_invoice_again(
    request: HttpRequest, number: Code, said: CorrectionIn, fund: str = ""
) -> HttpResponse:
    """State a returned invoice anew; a new revision of its lines is judged."""

    def act(caller: Caller, row: Settlement) -> Settlement:
        _refuse_ahead(said, caller)
        return submission.correct_invoice(
            settlement_id=row.pk, invoice=_stated(said, number),
            source_file=_kept(caller, row.fund, number, said), actor=caller.visit.person, at=caller.visit.at,
        )  # fmt: skip

    return _acted(request, number, fund, "corrections", said, act)


@router.post("/invoices/{number}/resubmissions", response={201: WholeInvoiceOut})
@shown_to(FIRM)
def resubmit_returned(
    request: HttpRequest, number: Code, said: ResubmissionIn, fund: str = ""
) -> HttpResponse:
    """Have a returned invoice judged again as stated, on what is known now."""

    def act(caller: Caller, row: Settlement) -> Settlement:
        return submission.resubmit(
            settlement_id=row.pk, seen=said.seen, actor=caller.visit.person, at=caller.visit.at
        )

    return _acted(request, number, fund, "resubmissions", said, act)


@router.post("/invoices/{number}/duplicate-answers", response={201: WholeInvoiceOut})
@shown_to(FIRM)
def answer_that_it_is_none(
    request: HttpRequest, number: Code, said: DuplicateAnswerIn, fund: str = ""
) -> HttpResponse:
    """Say why it is no duplicate; it is judged again."""

    def act(caller: Caller, row: Settlement) -> Settlement:
        return submission.answer_duplicate(
            settlement_id=row.pk, answer=said.answer, seen=said.seen, actor=caller.visit.person,
            at=caller.visit.at,
        )  # fmt: skip

    return _acted(request, number, fund, "duplicate-answers", said, act)


def visible_invoices(caller: Caller, funds: list[Fund]) -> QuerySet[Settlement]:
    """The invoices of these funds: a firm's own, to everybody else all."""
    mine = caller.visit.kind == FIRM
    rows = own_invoices(caller.visit, funds) if mine else Settlement.objects.filter(fund__in=funds)
    return with_reasons(rows).select_related("fund")


def _found(caller: Caller, number: str, fund: str) -> Settlement:
    funds = [caller.visit.fund(fund)] if fund else list(caller.visit.funds)
    row = visible_invoices(caller, funds).filter(number=number).order_by("-pk").first()
    if row is None:
        raise Http404
    return row


def _acted(
    request: HttpRequest,
    number: str,
    fund: str,
    operation: str,
    said: Schema,
    act: Callable[[Caller, Settlement], Settlement],
) -> HttpResponse:
    """One act on a returned invoice, done once under its key."""
    row = _found(caller_of(request), number, fund)

    def write(caller: Caller) -> Written:
        body = _again(act(caller, row))
        return Written(201, body, f"/api/v1/invoices/{row.number}?fund={row.fund.code}")

    content = {"number": number, "fund": row.fund.code} | said.model_dump(mode="json")
    return answered(request, operation, content, write, fund=row.fund.code)


def _refuse_ahead(said: CorrectionIn, caller: Caller) -> None:
    if said.issued_on > caller.visit.on:
        raise Rejected(_("开票日期 %(on)s 还没有到"), code="day-ahead", on=said.issued_on, field="issued_on")


def _stated(said: CorrectionIn, number: str) -> StatedInvoice:
    lines = tuple(
        StatedLine(each.line_no, each.budget_code, Basis(each.basis), each.cited, each.amount)
        for each in said.lines
    )
    return StatedInvoice(number, said.issued_on, said.total, said.seller, said.buyer, lines)


def _kept(caller: Caller, fund: Fund, number: str, said: CorrectionIn) -> Document:
    """The statement itself, byte for byte as it is read."""
    content = json.dumps(
        {"number": number} | said.model_dump(mode="json"), ensure_ascii=False, sort_keys=True, indent=1
    ).encode()
    return archive.keep(
        fund=fund, kind=Document.Kind.INVOICES, name=f"{number}.json", content=content,
        actor=caller.visit.person, at=caller.visit.at,
    )  # fmt: skip


def _again(row: Settlement) -> WholeInvoiceOut:
    """As it stands after a write, with the reasons of this very return."""
    return _whole(with_reasons(Settlement.objects.filter(pk=row.pk)).select_related("fund").get())


def _facts(row: Any) -> dict[str, Any]:
    state = State(row.state)
    return {
        "id": row.pk,
        "fund": row.fund.code,
        "number": row.number,
        "issued_on": row.issued_on,
        "total": as_yuan(row.total.amount),
        "seller": row.seller,
        "buyer": row.buyer,
        "book": row.book,
        "state": state.value,
        "state_title": str(TITLES[state]),
        "revision": row.revision,
        "reasons": (row.why or "").splitlines() if state is State.RETURNED else [],
    }


def _whole(row: Settlement) -> WholeInvoiceOut:
    lines = [
        InvoiceLineOut(
            line_no=each.line_no, budget_code=each.budget_code, basis=each.basis, cited=each.cited,
            amount=as_yuan(each.amount.amount),
        )
        for each in lines_of(row)
    ]  # fmt: skip
    return WholeInvoiceOut(**_facts(row), lines=lines)
