"""Settlements as a list: tabs by whose turn it is, filters, and pages by cursor. Writes nothing.

What waits comes oldest first, what is over newest first. A page costs the same whatever lies beyond it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from django.db.models import Count, Exists, F, Func, OuterRef, Q, QuerySet, Subquery, Sum, TextField

from custody.models import Approval, Key
from settlement.decisions.subjects import SETTLEMENT
from settlement.evidence.claimed import BudgetPosition, Claim, budget_positions, claims_of
from settlement.evidence.panel import named_by
from settlement.models import Settlement, SettlementLine
from settlement.states import State

PAGE_ROWS = 40
YUAN_MAX = Decimal(10) ** 16  # what a column of money holds


class Tab(StrEnum):
    """Whose turn it is."""

    RELEASE = "release"
    COMMITTEE = "committee"
    BANK = "bank"
    PAID = "paid"
    RETURNED = "returned"
    ALL = "all"


STATES: Mapping[Tab, tuple[State, ...]] = {
    Tab.RELEASE: (State.APPROVED,),
    Tab.COMMITTEE: (State.VERIFIED,),
    Tab.BANK: (State.RELEASED, State.INSTRUCTED, State.UNKNOWN, State.FAILED),
    Tab.PAID: (State.PAID,),
    Tab.RETURNED: (State.RETURNED,),
    Tab.ALL: tuple(State),
}
WAITING = (Tab.RELEASE, Tab.COMMITTEE, Tab.BANK)


@dataclass(frozen=True, slots=True)
class ListAsked:
    """What a list is asked for: ``flagged`` None for both; ``q`` a number or its end, a work order, a sum."""

    tab: Tab
    fund_ids: tuple[int, ...]
    book: str = ""
    flagged: bool | None = None
    q: str = ""
    after: int | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """How many settlements stand in a state and book, and their sum in yuan."""

    state: State
    book: str
    count: int
    total: Decimal


@dataclass(frozen=True, slots=True)
class FirstKey:
    """The committee's key as the list shows it."""

    who: str
    organisation: str
    given_at: datetime


@dataclass(frozen=True, slots=True)
class ListedSettlement:
    """One row: the settlement (with ``digest``), what it is for, its tightest budget line, key and hints."""

    settlement: Settlement
    claims: Sequence[Claim]
    first_key: FirstKey | None
    hints: Sequence[str]

    @property
    def named(self) -> str:
        """What it is for."""
        return named_by(list(self.claims))

    @property
    def cited(self) -> str:
        """The first work order or period it cites."""
        return self.claims[0].cited if self.claims else ""

    @property
    def budget(self) -> BudgetPosition | None:
        """The budget line with the least left."""
        return min(budget_positions(self.claims), key=lambda each: each.left, default=None)


def count_by_state(fund_ids: Collection[int]) -> list[Counted]:
    """How many settlements of these funds stand where, by state and book."""
    rows = Settlement.objects.filter(fund_id__in=list(fund_ids)).values_list("state", "book")
    counted = rows.annotate(count=Count("pk"), total=Sum("total")).order_by("state", "book")
    return [Counted(State(state), book, count, total) for state, book, count, total in counted]


def listed_page(
    asked: ListAsked, hints: Mapping[int, Sequence[str]]
) -> tuple[list[ListedSettlement], int | None]:
    """One page and the cursor of the next, None at the end. ``hints`` are those of what waits."""
    rows = list(_ordered(asked, hints)[: PAGE_ROWS + 1])
    more = len(rows) > PAGE_ROWS
    rows = rows[:PAGE_ROWS]
    ids = [each.pk for each in rows]
    claims, turned = claims_of(ids), _first_keys(ids)
    listed = [
        ListedSettlement(each, claims.get(each.pk, ()), turned.get(each.pk), hints.get(each.pk, ()))
        for each in rows
    ]
    return listed, rows[-1].pk if more else None


def with_neighbours(rows: QuerySet[Settlement], fund_ids: Collection[int]) -> QuerySet[Settlement]:
    """Each settlement with ``before`` and ``behind``: the next one of these funds in the same state."""
    same = Settlement.objects.filter(state=OuterRef("state"), fund_id__in=list(fund_ids)).order_by()
    return rows.annotate(
        before=Subquery(same.filter(pk__lt=OuterRef("pk")).order_by("-pk").values("pk")[:1]),
        behind=Subquery(same.filter(pk__gt=OuterRef("pk")).order_by("pk").values("pk")[:1]),
    )


def _ordered(asked: ListAsked, hints: Mapping[int, Sequence[str]]) -> QuerySet[Settlement]:
    oldest_first = asked.tab in WAITING
    rows = Settlement.objects.filter(fund_id__in=list(asked.fund_ids))
    if asked.tab is not Tab.ALL:
        rows = rows.filter(state__in=[state.value for state in STATES[asked.tab]])
    if asked.book:
        rows = rows.filter(book=asked.book)
    if asked.flagged is not None:
        rows = rows.filter(pk__in=list(hints)) if asked.flagged else rows.exclude(pk__in=list(hints))
    if asked.q:
        rows = rows.filter(_found(asked.q))
    if asked.after is not None:
        rows = rows.filter(pk__gt=asked.after) if oldest_first else rows.filter(pk__lt=asked.after)
    digest = Func(F("pk"), function="settlement_content", output_field=TextField())
    return (
        rows.select_related("fund__estate", "payee_account")
        .annotate(digest=digest)
        .order_by("pk" if oldest_first else "-pk")
    )


def _found(q: str) -> Q:
    cites = SettlementLine.objects.filter(settlement=OuterRef("pk"), cited=q)
    found = Q(number=q) | Q(number__endswith=q) | Q(Exists(cites))
    try:
        amount = Decimal(q.replace(",", ""))
    except InvalidOperation:
        return found
    return found | Q(total=amount) if amount.is_finite() and abs(amount) < YUAN_MAX else found


def _first_keys(settlement_ids: Sequence[int]) -> dict[int, FirstKey]:
    keys = Approval.objects.filter(
        subject_kind=SETTLEMENT,
        subject_id__in=settlement_ids,
        key=Key.APPROVE,
        withdrawal__isnull=True,
        signed__public_key__revocation__isnull=True,
    ).select_related("operator", "organisation")
    return {
        each.subject_id: FirstKey(
            each.operator.full_name or each.operator.username, each.organisation.name, each.given_at
        )
        for each in keys.order_by("pk")
    }
