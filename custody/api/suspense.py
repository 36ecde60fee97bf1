"""Money nobody recognised, and what people found a receipt to be, as a program reads it.

Refuses (404) all but the trust company's programs: the payers are residents. Saying what a receipt is stays
with people; the database refuses a machine there.
"""

import datetime as dt

from django.http import Http404, HttpRequest, HttpResponse
from ninja import Router, Schema

from custody.api.callers import caller_of, shown_to
from custody.api.shapes import Number, Yuan, as_yuan, linked, page_of
from custody.models import Identification, LineKind, OrganisationKind
from custody.money_in.waiting_lines import ROWS_A_PAGE, DeskLine, desk_line, desk_lines

router = Router(tags=["suspense"])


class SuspenseOut(Schema):
    """One bank line; ``line`` is its number, ``why`` the rules left it open, ``late`` by the deed."""

    line: int
    fund: str
    booked_on: dt.date
    amount: Yuan
    payer: str
    memo: str
    kind: str
    why: str
    note: str
    late: bool


class SuspensePage(Schema):
    """Oldest first; ``next`` is what ``after`` takes."""

    items: list[SuspenseOut]
    next: str | None


class PartOut(Schema):
    """A part of a receipt as somebody found it: a unit's month, or another income; taken back is negative."""

    income: str
    unit: str | None
    month: dt.date | None
    amount: Yuan
    reason: str
    by: str
    at: dt.datetime


class IdentificationsOut(Schema):
    """What people found one receipt to be."""

    line: int
    amount: Yuan
    parts: list[PartOut]


@router.get("/suspense", response=SuspensePage)
@shown_to(OrganisationKind.TRUSTEE)
def read_suspense(
    request: HttpRequest, response: HttpResponse, fund: str = "", after: str = ""
) -> SuspensePage:
    """Receipts in suspense, the oldest first."""
    visit = caller_of(request).visit
    funds = [visit.fund(fund)] if fund else visit.funds
    shown, more = page_of(desk_lines(funds, LineKind.SUSPENSE, visit.on, after=after), ROWS_A_PAGE)
    following = linked(request, response, shown[-1].after if more else None)
    return SuspensePage(items=[_line(each, visit.on) for each in shown], next=following)


@router.get("/suspense/{line}/identifications", response=IdentificationsOut)
@shown_to(OrganisationKind.TRUSTEE)
def read_identifications(request: HttpRequest, line: Number) -> IdentificationsOut:
    """What was found of one receipt, each with whoever found it."""
    visit = caller_of(request).visit
    item = desk_line(visit.funds, line, visit.on)
    if item is None:
        raise Http404
    rows = Identification.objects.filter(line=item.line).select_related("unit", "identified_by")
    parts = [
        PartOut(
            income=each.income, unit=each.unit.address if each.unit else None, month=each.month,
            amount=as_yuan(each.amount.amount), reason=each.reason,
            by=each.identified_by.full_name or each.identified_by.username, at=each.identified_at,
        )
        for each in rows.order_by("pk")
    ]  # fmt: skip
    return IdentificationsOut(line=item.line.pk, amount=as_yuan(item.line.amount.amount), parts=parts)


def _line(item: DeskLine, on: dt.date) -> SuspenseOut:
    line = item.line
    return SuspenseOut(
        line=line.pk, fund=item.fund.code, booked_on=line.booked_on, amount=as_yuan(line.amount.amount),
        payer=line.counterparty_name, memo=line.memo, kind=item.kind.value, why=item.why,
        note=item.left_note, late=(on - line.booked_on).days > item.late_after_days,
    )  # fmt: skip
