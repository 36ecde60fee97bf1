"""待确认款项: receipts nobody recognised, the oldest first, whose they may be, and what a clerk finds.

Refuses a line of a fund the visitor does not see (404), and writes through the services alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from custody.kernel.errors import DomainError, Forbidden
from custody.kernel.words import told
from custody.ledger.chart import KINDS
from custody.models import Fund, LineKind, OrganisationKind
from custody.money_in.candidates import Candidate, Findings, searched
from custody.money_in.collected import Months
from custody.money_in.identifying import OTHER_INCOMES, undo_identification
from custody.money_in.notes import note_line
from custody.money_in.roster import folded_name, owners_named
from custody.money_in.waiting_lines import ROWS_A_PAGE, DeskLine, desk_line, desk_lines
from custody.permits.acts import Act
from custody.web.desk.found import record_finding, said_of
from custody.web.visits import Visit, page, visit_of

SHOWN_MAX = 6  # candidates; a receipt with more is nobody's in particular
MONTHS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Cell:
    """One month of a candidate's record: yuan received, and other receipts in suspense that may be its."""

    month: date
    paid: Decimal
    due: bool
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """A candidate as the page offers it; ``same_name`` None where the bank names nobody."""

    candidate: Candidate
    value: str
    same_name: bool | None
    record: tuple[Cell, ...]


@require_GET
@page(OrganisationKind.TRUSTEE)
def suspense_list(request: HttpRequest) -> HttpResponse:
    """The list, its first receipt open beside it."""
    visit = visit_of(request)
    rows = desk_lines(_asked(request, visit), LineKind.SUSPENSE, visit.on, after=request.GET.get("after", ""))
    return _shown(request, rows, rows[0] if rows else None)


@require_GET
@page(OrganisationKind.TRUSTEE)
def identified_list(request: HttpRequest) -> HttpResponse:
    """What people found receipts to be, the newest first."""
    visit = visit_of(request)
    after = request.GET.get("after", "")
    rows = desk_lines(_asked(request, visit), LineKind.IDENTIFIED, visit.on, after=after, newest_first=True)
    shown = rows[:ROWS_A_PAGE]
    return render(
        request,
        "desk/identified.html",
        {"rows": shown, "after": shown[-1].after if len(rows) > ROWS_A_PAGE else ""},
    )


@require_http_methods(["GET", "POST"])
@page(OrganisationKind.TRUSTEE)
def suspense_line(request: HttpRequest, line_id: int) -> HttpResponse:
    """One receipt; POST ``do`` = ``note`` or ``find``, and what was found."""
    visit = visit_of(request)
    rows = desk_lines(_asked(request, visit), LineKind.SUSPENSE, visit.on, after=request.GET.get("after", ""))
    item = next((each for each in rows if each.line.pk == line_id), None) or _line(visit, line_id)
    if request.method == "GET":
        return _shown(request, rows, item)
    try:
        if request.POST.get("do") == "note":
            note_line(line=item.line, text=request.POST.get("why", ""), actor=visit.person, at=visit.at)
            messages.success(request, _("已备注"))
        else:
            messages.success(request, record_finding(item.line, said_of(request), visit))
    except Forbidden:
        raise
    except DomainError as refusal:
        return _shown(request, rows, item, refusal)
    following = desk_lines(_asked(request, visit), LineKind.SUSPENSE, visit.on, after=item.after)
    query = request.META.get("QUERY_STRING", "")
    address = reverse("suspense_line", args=[following[0].line.pk]) if following else reverse("suspense")
    return redirect(f"{address}?{query}" if query else address)


@require_POST
@page(OrganisationKind.TRUSTEE)
def undo_line(request: HttpRequest, line_id: int) -> HttpResponse:
    """POST ``reason``: what was found is taken back, and the money is in suspense again."""
    visit = visit_of(request)
    item = _line(visit, line_id)
    try:
        undo_identification(
            line=item.line, reason=request.POST.get("reason", ""), actor=visit.person, at=visit.at
        )
    except Forbidden:
        raise
    except DomainError as refusal:
        return _shown(request, [], item, refusal)
    messages.success(request, _("认领已撤销，这笔钱又在待确认里"))
    return redirect("suspense_line", line_id=line_id)


def _asked(request: HttpRequest, visit: Visit) -> Sequence[Fund]:
    """The funds the list is of: the one asked for, or all the visitor sees. Http404."""
    code = request.GET.get("fund", "")
    return [visit.fund(code)] if code else visit.funds


def _line(visit: Visit, line_id: int) -> DeskLine:
    found = desk_line(visit.funds, line_id, visit.on)
    if found is None:
        raise Http404
    return found


def _is_late(item: DeskLine, today: date) -> bool:
    """Whether the deed's days are over for the item."""
    return (today - item.line.booked_on).days > item.late_after_days


def _shown(
    request: HttpRequest, rows: list[DeskLine], item: DeskLine | None, refusal: DomainError | None = None
) -> HttpResponse:
    visit = visit_of(request)
    shown = rows[:ROWS_A_PAGE]
    looked = _looked(shown, item)
    open_now = item is not None and item.kind is LineKind.SUSPENSE
    context = {
        "rows": [(each, looked.candidates.get(each.line.pk, ())) for each in shown],
        "after": shown[-1].after if len(rows) > ROWS_A_PAGE else "",
        "item": item,
        "late": item is not None and _is_late(item, visit.on),
        "choices": _choices(shown, item, looked) if item is not None and open_now else [],
        "owner": item is not None and item.line.pk in looked.owners,
        "account_known": item is not None and item.line.pk in looked.accounts,
        "incomes": [(kind, KINDS[kind].title) for kind in OTHER_INCOMES],
        "may": open_now and visit.may(Act.IDENTIFY_RECEIPT),
        "may_pay_back": visit.may(Act.PROPOSE_PAYBACK),
        "said": request.POST,
        "wrong": refusal.title if refusal else "",
        "field": refusal.facts.get("field", "") if refusal else "",
    }
    return render(request, "desk/suspense.html", context, status=422 if refusal else 200)


def _looked(rows: Sequence[DeskLine], item: DeskLine | None) -> Findings:
    """What is known of the item and of the rows of its fund: other funds' rosters stay closed."""
    if item is None or item.kind is not LineKind.SUSPENSE:
        return Findings({}, frozenset(), frozenset(), {})
    lines = {each.line.pk: each.line for each in rows if each.fund.pk == item.fund.pk}
    lines[item.line.pk] = item.line
    return searched(item.fund.pk, list(lines.values()))


def _choices(rows: Sequence[DeskLine], item: DeskLine, looked: Findings) -> list[Choice]:
    found = looked.candidates.get(item.line.pk, ())[:SHOWN_MAX]
    payer = folded_name(item.line.counterparty_name)
    return [
        Choice(
            each,
            f"{each.unit.address}|{each.months[0]:%Y-%m}|{len(each.months)}",
            payer in owners_named(each.unit.owner_name) if payer else None,
            _record(rows, item, each, looked),
        )
        for each in found
    ]


def _record(
    rows: Sequence[DeskLine], item: DeskLine, candidate: Candidate, looked: Findings
) -> tuple[Cell, ...]:
    """The candidate's month and those before it, none before the trust began."""
    last, began = candidate.months[-1], item.fund.opened_on.replace(day=1)
    months = [_months_before(last, ago) for ago in range(MONTHS_SHOWN - 1, -1, -1)]
    paid: Months = looked.paid.get(candidate.unit.id, {})
    others = [each for each in rows if each.line.pk != item.line.pk]
    return tuple(
        Cell(
            month,
            paid.get(month, Decimal(0)),
            month in candidate.months,
            tuple(_also(each) for each in others if _may_be(each, candidate, month, looked)),
        )
        for month in months
        if month >= began or month in candidate.months
    )


def _also(other: DeskLine) -> str:
    said = _("另有一笔待确认 %(amount)s，%(payer)s")
    return told(said, amount=other.line.amount.amount, payer=other.line.counterparty_name)


def _may_be(other: DeskLine, candidate: Candidate, month: date, looked: Findings) -> bool:
    those = looked.candidates.get(other.line.pk, ())
    return any(each.unit.id == candidate.unit.id and month in each.months for each in those)


def _months_before(month: date, ago: int) -> date:
    index = month.year * 12 + month.month - 1 - ago
    return date(index // 12, index % 12 + 1, 1)
