"""What a firm's pages show, as typed rows: its own invoices, its workbooks, the work it may still invoice.

A firm's own is what it is to be paid for, and what its people handed in under a seller nobody knew. Refuses
to know any fund but those it is given.
"""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, F, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum
from django.http import Http404, HttpRequest

from custody.models import Fund
from custody.web.visits import Visit
from settlement.models import (
    OrderOutcome,
    PaymentOrder,
    Settlement,
    SettlementLine,
    SettlementMove,
    Submission,
    SubmissionState,
    WorkOrder,
)
from settlement.selectors import present_lines, with_claims
from settlement.states import TITLES, State

RECENT_MAX = 10
PAGE_ROWS = 50
AFTER_DIGITS_MAX = 19
# Whose turn it is, as the firm sees it: a name, and the states that stand for it.
TURNS: dict[str, frozenset[State]] = {
    "yours": frozenset({State.DRAFT, State.RETURNED}),
    "committee": frozenset({State.SUBMITTED, State.VERIFIED}),
    "trustee": frozenset({State.APPROVED, State.FAILED}),
    "bank": frozenset({State.RELEASED, State.INSTRUCTED, State.UNKNOWN}),
    "paid": frozenset({State.PAID}),
    "ended": frozenset({State.REVERSED, State.REJECTED, State.CANCELLED}),
}


@dataclass(frozen=True, slots=True)
class Pile:
    """How many of a firm's invoices wait at one turn, and what they come to in yuan."""

    turn: str
    count: int
    total: Decimal


@dataclass(frozen=True, slots=True)
class Listed:
    """One invoice in a list; ``total`` in yuan, ``why`` it waits for the firm."""

    pk: int
    fund: str
    number: str
    issued_on: date
    total: Decimal
    state: str
    turn: str
    why: list[str]


@dataclass(frozen=True, slots=True)
class WorkSummary:
    """Accepted work of some funds: how many orders may still be invoiced, and the sums behind it in yuan."""

    count: int
    accepted: Decimal
    claimed: Decimal

    @property
    def left(self) -> Decimal:
        """What may still be invoiced."""
        return self.accepted - self.claimed


def own_invoices(visit: Visit, funds: Collection[Fund]) -> QuerySet[Settlement]:
    """The visitor's firm's invoices in these funds."""
    organisation = visit.organisation
    handed_in = Q(provider__isnull=True, submitted_by__memberships__organisation=organisation)
    rows = Settlement.objects.filter(fund__in=funds)
    by_hand = Settlement.objects.filter(handed_in, fund__in=funds).values("pk")
    return rows.filter(Q(provider=organisation) | Q(provider__isnull=True, pk__in=by_hand))


def piles_of(visit: Visit, funds: Collection[Fund]) -> dict[str, Pile]:
    """The firm's invoices by whose turn it is; every turn is there."""
    found = {
        row["state"]: row
        for row in own_invoices(visit, funds)
        .order_by()
        .values("state")
        .annotate(count=Count("pk"), total=Sum("total"))
    }
    return {
        turn: Pile(
            turn,
            sum(found[state]["count"] for state in states if state in found),
            sum((found[state]["total"] for state in states if state in found), Decimal(0)),
        )
        for turn, states in TURNS.items()
    }


def with_reasons(rows: QuerySet[Settlement]) -> QuerySet[Settlement]:
    """The invoices with ``why``: the sentences of their last return, one a line."""
    returns = SettlementMove.objects.filter(settlement=OuterRef("pk"), target=State.RETURNED.value)
    return rows.annotate(why=Subquery(returns.order_by("-step").values("reason")[:1]))


def own_submission(visit: Visit, submission_id: uuid.UUID) -> Submission:
    """A workbook that the visitor's firm handed in. Http404 for any other."""
    row = (
        Submission.objects.select_related("fund__estate", "document", "handed_in_by", "taken_by")
        .filter(pk=submission_id, provider=visit.organisation, fund__in=visit.funds)
        .first()
    )
    if row is None:
        raise Http404
    return row


def recent_submissions(visit: Visit) -> list[Submission]:
    """The firm's last workbooks, the latest first."""
    rows = Submission.objects.filter(provider=visit.organisation, fund__in=visit.funds)
    return list(rows.select_related("document", "fund").order_by("-handed_in_at")[:RECENT_MAX])


def unconfirmed(visit: Visit) -> list[Submission]:
    """The firm's workbooks that wait to be confirmed, the latest first."""
    waiting = Submission.objects.filter(
        provider=visit.organisation, fund__in=visit.funds, state=SubmissionState.JUDGED
    )
    return list(waiting.select_related("document", "fund").order_by("-handed_in_at")[:RECENT_MAX])


def work_summary(funds: Collection[Fund]) -> WorkSummary:
    """The accepted work of these funds that is not wholly invoiced."""
    orders = with_claims(WorkOrder.objects.filter(fund__in=funds, accepted=True))
    found = orders.filter(claimed__lt=F("amount")).aggregate(
        count=Count("pk"), accepted=Sum("amount"), taken=Sum("claimed")
    )
    return WorkSummary(found["count"], found["accepted"] or Decimal(0), found["taken"] or Decimal(0))


def page_of_work(funds: Collection[Fund], after: int | None) -> tuple[list[WorkOrder], int | None]:
    """A page of work, the latest recorded first, each with ``claimed``, and where the next page begins."""
    rows = WorkOrder.objects.filter(fund__in=funds).select_related("fund", "budget_line")
    if after is not None:
        rows = rows.filter(pk__lt=after)
    found = list(with_claims(rows).order_by("-pk")[: PAGE_ROWS + 1])
    for each in found:
        each.left = each.amount.amount - each.claimed if each.accepted else Decimal(0)
    following = found[PAGE_ROWS - 1].pk if len(found) > PAGE_ROWS else None
    return found[:PAGE_ROWS], following


def after_in(request: HttpRequest) -> int | None:
    """Where a list goes on: ``?after=`` the number of the last row seen. Http404 for anything else."""
    after = request.GET.get("after", "")
    if not after:
        return None
    if not (after.isascii() and after.isdigit() and len(after) < AFTER_DIGITS_MAX):
        raise Http404
    return int(after)


def turn_of(state: State) -> str:
    """Whose turn it is while an invoice stands in ``state``."""
    return next(turn for turn, states in TURNS.items() if state in states)


def page_of_invoices(
    visit: Visit, funds: Collection[Fund], turn: str, after: int | None
) -> tuple[list[Listed], int | None]:
    """A page of the firm's invoices, the latest first, and where the next begins; None at the end."""
    rows = with_reasons(own_invoices(visit, funds)).select_related("fund")
    if turn:
        rows = rows.filter(state__in=[state.value for state in TURNS[turn]])
    if after is not None:
        rows = rows.filter(pk__lt=after)
    found = list(rows.order_by("-pk")[: PAGE_ROWS + 1])
    following = found[PAGE_ROWS - 1].pk if len(found) > PAGE_ROWS else None
    return [as_listed(each) for each in found[:PAGE_ROWS]], following


def as_listed(row: Settlement) -> Listed:
    """One invoice as lists show it."""
    state = State(row.state)
    why = (getattr(row, "why", None) or "").splitlines() if state in TURNS["yours"] else []
    return Listed(
        row.pk,
        row.fund.code,
        row.number,
        row.issued_on,
        row.total.amount,
        str(TITLES[state]),
        turn_of(state),
        why,
    )


def lines_of(row: Settlement) -> list[SettlementLine]:
    """The lines of its present revision with the work they cite."""
    lines = present_lines().filter(settlement=row).select_related("work_order", "budget_line")
    return list(lines.order_by("line_no"))


def returned_ones(visit: Visit, most: int) -> list[Listed]:
    """What waits for the firm, the longest first."""
    states = [state.value for state in TURNS["yours"]]
    rows = with_reasons(own_invoices(visit, visit.funds).filter(state__in=states)).select_related("fund")
    return [as_listed(each) for each in rows.order_by("pk")[:most]]


def paid_lately(visit: Visit, most: int) -> list[PaymentOrder]:
    """What the bank paid the firm last, with the bank's line and ``settlement.present``, what it was for."""
    rows = PaymentOrder.objects.filter(
        outcome=OrderOutcome.SETTLED, settlement__provider=visit.organisation, fund__in=visit.funds
    )
    lines = present_lines().select_related("work_order").order_by("line_no")
    rows = rows.select_related("settlement", "fund", "bank_line", "payee_account").prefetch_related(
        Prefetch("settlement__lines", queryset=lines, to_attr="present")
    )
    return list(rows.order_by("-pk")[:most])
