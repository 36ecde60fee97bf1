"""Settlements as a list: tabs by whose turn it is, filters, and pages by cursor. Writes nothing.

What waits comes oldest first, what is over newest first. A page costs the same whatever lies beyond it: it
counts no further than ``COUNTED_MAX``, and looks for hints in the next ``LOOKED_MAX`` invoices alone.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, LiteralString

from django.db import connection
from django.db.models import F, Func, OuterRef, QuerySet, Subquery, TextField
from django.db.models.functions import Collate, Reverse

from custody.models import Approval, Key
from settlement.decisions.subjects import SETTLEMENT
from settlement.evidence.alike import hints_of
from settlement.evidence.claimed import BudgetPosition, Claim, budget_positions, claims_of
from settlement.evidence.panel import named_by
from settlement.models import Settlement, SettlementLine
from settlement.states import State

PAGE_ROWS = 40
LOOKED_MAX = 200  # invoices whose hints a page reads
COUNTED_MAX = 1000  # of a state: more are so many and more
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
HINTED = (Tab.RELEASE, Tab.COMMITTEE)  # where hints still help

# Index entries fund by fund, until there are too many to count on; a book is '' for any.
_COUNTS: LiteralString = """
SELECT a.state, a.book, (
    SELECT count(*) FROM (
        SELECT FROM unnest(%(funds)s::bigint[]) AS f (id)
         CROSS JOIN LATERAL (
            (SELECT FROM settlement_settlement s
              WHERE a.book = '' AND s.fund_id = f.id AND s.state = a.state ORDER BY s.book LIMIT %(most)s)
             UNION ALL
            (SELECT FROM settlement_settlement s
              WHERE a.book <> '' AND s.fund_id = f.id AND s.state = a.state AND s.book = a.book
              LIMIT %(most)s)) x
         LIMIT %(most)s) y)
  FROM unnest(%(states)s::text[], %(books)s::text[]) AS a (state, book)
"""


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


@dataclass(frozen=True, slots=True)
class Counts:
    """How many stand in each tab, and in the tab asked for by book; exact up to ``COUNTED_MAX`` a state."""

    tabs: Mapping[Tab, int]
    books: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Hinted:
    """Of the first invoices of a list: how many have hints and how many none; ``more`` if others follow."""

    flagged: int
    plain: int
    more: bool


@dataclass(frozen=True, slots=True)
class ListedPage:
    """One page of a list; ``after`` the cursor of the next, None at the end.

    ``hinted`` on the first page of a list that has hints, None elsewhere.
    """

    rows: list[ListedSettlement]
    after: int | None
    hinted: Hinted | None


def count_by_turn(fund_ids: Collection[int], tab: Tab, books: Collection[str] = ()) -> Counts:
    """How many settlements of these funds stand in each tab, and in ``tab`` by these books."""
    asked = [(state.value, "") for state in State]
    asked += [(state.value, book) for state in STATES[tab] for book in books]
    states, of = zip(*asked, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(
            _COUNTS,
            {"funds": list(fund_ids), "states": list(states), "books": list(of), "most": COUNTED_MAX + 1},
        )
        found = {(state, book): int(count) for state, book, count in cursor.fetchall()}
    return Counts(
        {each: sum(found[state.value, ""] for state in STATES[each]) for each in Tab},
        {book: sum(found[state.value, book] for state in STATES[tab]) for book in books},
    )


def as_counted(count: int) -> str:
    """A count as a page shows it: exact up to ``COUNTED_MAX``."""
    return str(count) if count <= COUNTED_MAX else f"{COUNTED_MAX}+"


def listed_page(asked: ListAsked) -> ListedPage:
    """One page, and where the next begins."""
    rows, hints, hinted, after = _chosen(asked)
    ids = [each.pk for each in rows]
    claims, turned = claims_of(ids), _first_keys(ids)
    listed = [
        ListedSettlement(each, claims.get(each.pk, ()), turned.get(each.pk), hints.get(each.pk, ()))
        for each in rows
    ]
    return ListedPage(listed, after, hinted)


def _chosen(
    asked: ListAsked,
) -> tuple[list[Settlement], Mapping[int, Sequence[str]], Hinted | None, int | None]:
    """The page's settlements, the hints of those looked at, how many have one, and the next cursor."""
    if asked.tab not in HINTED:
        rows = list(_ordered(asked)[: PAGE_ROWS + 1])
        return rows[:PAGE_ROWS], {}, None, rows[PAGE_ROWS - 1].pk if len(rows) > PAGE_ROWS else None
    ids = list(_ordered(asked).values_list("pk", flat=True)[: LOOKED_MAX + 1])
    looked, more = ids[:LOOKED_MAX], len(ids) > LOOKED_MAX
    hints = hints_of(looked)
    kept = [pk for pk in looked if asked.flagged is None or asked.flagged is (pk in hints)]
    after = looked[-1] if more else None
    if len(kept) > PAGE_ROWS:
        kept, after = kept[:PAGE_ROWS], kept[PAGE_ROWS - 1]
    hinted = Hinted(len(hints), len(looked) - len(hints), more) if asked.after is None else None
    return list(_with_digest(Settlement.objects.filter(pk__in=kept)).order_by("pk")), hints, hinted, after


def with_neighbours(rows: QuerySet[Settlement], fund_ids: Collection[int]) -> QuerySet[Settlement]:
    """Each settlement with ``before`` and ``behind``: the next one of these funds in the same state."""
    same = Settlement.objects.filter(state=OuterRef("state"), fund_id__in=list(fund_ids)).order_by()
    return rows.annotate(
        before=Subquery(same.filter(pk__lt=OuterRef("pk")).order_by("-pk").values("pk")[:1]),
        behind=Subquery(same.filter(pk__gt=OuterRef("pk")).order_by("pk").values("pk")[:1]),
    )


def _ordered(asked: ListAsked) -> QuerySet[Settlement]:
    oldest_first = asked.tab in WAITING
    rows = Settlement.objects.filter(fund_id__in=list(asked.fund_ids))
    if asked.tab is not Tab.ALL:
        rows = rows.filter(state__in=[state.value for state in STATES[asked.tab]])
    if asked.book:
        rows = rows.filter(book=asked.book)
    if asked.q:
        rows = rows.filter(pk__in=_found(asked))
    if asked.after is not None:
        rows = rows.filter(pk__gt=asked.after) if oldest_first else rows.filter(pk__lt=asked.after)
    # What waits is little, and found by its state; by the key alone all that is over would be passed first.
    return _with_digest(rows).order_by(F("pk") + 0 if oldest_first else "-pk")


def _with_digest(rows: QuerySet[Settlement]) -> QuerySet[Settlement]:
    digest = Func(F("pk"), function="settlement_content", output_field=TextField())
    return rows.select_related("fund__estate", "payee_account").annotate(digest=digest)


def _found(asked: ListAsked) -> QuerySet[Any, int]:
    """The settlements that ``q`` names, each way over its own index."""
    cites = SettlementLine.objects.filter(cited=asked.q).values_list("settlement_id", flat=True)
    backwards = Settlement.objects.annotate(backwards=Collate(Reverse("number"), "C"))
    ends = backwards.filter(backwards__startswith=asked.q[::-1])
    ways: list[QuerySet[Any, int]] = [ends.values_list("pk", flat=True), cites]
    try:
        amount = Decimal(asked.q.replace(",", ""))
    except InvalidOperation:
        amount = Decimal("NaN")
    if amount.is_finite() and abs(amount) < YUAN_MAX:
        worth = Settlement.objects.filter(fund_id__in=list(asked.fund_ids), total=amount)
        ways.append(worth.values_list("pk", flat=True))
    return ways[0].union(*ways[1:])


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
