"""The list of settlements by whose turn it is, a row's evidence on the spot. For the trust company alone.

Refuses a fund or an invoice the visitor's organisation is no party to as one that is not there.
"""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import F, Func, TextField
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from custody.ledger.chart import BOOK_TITLES, Book
from custody.models import Fund, OrganisationKind
from custody.permits.acts import Act
from custody.web.seen import has_seen, mark_seen
from custody.web.visits import Visit, page, visit_of
from settlement.decisions.subjects import SETTLEMENT
from settlement.evidence.alike import likeness_of
from settlement.evidence.claimed import budget_positions, claims_of, work_positions
from settlement.evidence.listing import (
    HINTED,
    STATES,
    Counts,
    ListAsked,
    ListedSettlement,
    Tab,
    as_counted,
    count_by_turn,
    listed_page,
)
from settlement.evidence.watched import watched_among
from settlement.models import Settlement
from settlement.states import TITLES as STATE_TITLES
from settlement.states import State
from settlement.web.desk.deciding import bulk_decisions
from settlement.web.shapes import SHAPES

CHIPS_MAX = 8
CURSOR_DIGITS_MAX = 18
TITLES: dict[Tab, Promise | str] = {
    Tab.RELEASE: _("待放款"),
    Tab.COMMITTEE: _("待业委会"),
    Tab.BANK: _("待银行"),
    Tab.PAID: _("已支付"),
    Tab.RETURNED: _("已退回"),
    Tab.ALL: _("全部"),
}
SAID: dict[Tab, Promise | str] = {
    Tab.RELEASE: _("两把密码都转过，钱才离开信托。这里是第一把已转、等第二把的。"),
    Tab.COMMITTEE: _("核验都已通过，等业委会转第一把密码。"),
    Tab.BANK: _("两把密码都已转动：等付款文件送出，或等银行的答复。"),
    Tab.PAID: _("银行流水已经证明付出的。"),
    Tab.RETURNED: _("退回物业更正的，理由都写在里面。"),
    Tab.ALL: _("所有的发票。"),
}


@dataclass(frozen=True, slots=True)
class TabLink:
    """One tab: its name, title and how many are in it, as counted."""

    name: str
    title: Promise | str
    count: str
    here: bool


@dataclass(frozen=True, slots=True)
class SettlementRow:
    """A listed settlement; whether the visitor has looked at its evidence, and may pick it from here."""

    row: ListedSettlement
    seen: bool
    picks: bool

    @property
    def state(self) -> State:
        """Where its paying stands."""
        return State(self.row.settlement.state)

    @property
    def state_title(self) -> str:
        """Its state in words."""
        return str(STATE_TITLES[self.state])

    @property
    def shape(self) -> str:
        """The class of the state's tag."""
        return SHAPES.get(self.state, "")


@require_GET
@page(OrganisationKind.TRUSTEE)
def settlements_list(request: HttpRequest) -> HttpResponse:
    """GET ``state`` (a tab), ``fund``, ``book``, ``flagged`` (1, 0), ``q``, ``after``: a page of the list."""
    visit = visit_of(request)
    asked = _asked(request, visit)
    counts = count_by_turn(asked.fund_ids, asked.tab, list(Book))
    listed = listed_page(asked)
    signing = asked.tab is Tab.RELEASE and visit.may(Act.TURN_SECOND_KEY)
    refusing = bulk_decisions(STATES[asked.tab], visit) if asked.tab in HINTED else []
    return render(
        request,
        "desk/settlements.html",
        {
            "asked": asked,
            "said": SAID[asked.tab],
            "tabs": [
                TabLink(tab.value, title, as_counted(counts.tabs[tab]), tab is asked.tab)
                for tab, title in TITLES.items()
            ],
            "rows": [_shown(request, each, signing=signing, picking=bool(refusing)) for each in listed.rows],
            "after": listed.after,
            "funds": _chips(visit),
            "books": _books(counts),
            "hinted": listed.hinted,
            "hinting": asked.tab in HINTED,
            "signing": signing,
            "refusing": refusing,
            "picking": signing or bool(refusing),
            "total": sum((each.settlement.total.amount for each in listed.rows), Decimal(0)),
            "fund": request.GET.get("fund", ""),
        },
    )


@require_GET
@page(OrganisationKind.TRUSTEE)
def settlement_evidence(request: HttpRequest, number: int) -> HttpResponse:
    """A row's evidence as part of the list: invoice, acceptance, budget, and why to look."""
    visit = visit_of(request)
    row = _settlement(visit, number)
    claims = claims_of([row.pk])[row.pk]
    mark_seen(request, SETTLEMENT, row.pk, row.digest)  # type: ignore[attr-defined]
    return render(
        request,
        "desk/evidence.html",
        {
            "settlement": row,
            "claims": claims,
            "works": work_positions(claims),
            "budgets": budget_positions(claims),
            "likeness": likeness_of(row.pk),
            "watched": watched_among([row.pk], visit.on)[row.pk],
        },
    )


def _settlement(visit: Visit, number: int) -> Settlement:
    """The settlement with its digest, among the visitor's funds. Http404."""
    rows = Settlement.objects.filter(fund__in=[each.pk for each in visit.funds])
    digest = Func(F("pk"), function="settlement_content", output_field=TextField())
    found = rows.annotate(digest=digest).select_related("fund", "payee_account").filter(pk=number).first()
    if found is None:
        raise Http404
    return found


def _asked(request: HttpRequest, visit: Visit) -> ListAsked:
    """What the address asks for; what it spells wrong is left out. Http404 for a foreign fund."""
    get = request.GET
    tab = get.get("state", "")
    code, after = get.get("fund", ""), get.get("after", "")
    funds = [visit.fund(code)] if code else visit.funds
    plain = after.isascii() and after.isdigit() and len(after) <= CURSOR_DIGITS_MAX
    return ListAsked(
        tab=Tab(tab) if tab in set(Tab) else Tab.RELEASE,
        fund_ids=tuple(each.pk for each in funds),
        book=get["book"] if get.get("book") in set(Book) else "",
        flagged={"1": True, "0": False}.get(get.get("flagged", "")),
        q=get.get("q", "").replace("\x00", "").strip()[:40],
        after=int(after) if plain else None,
    )


def _books(counts: Counts) -> list[tuple[str, str, str]]:
    return [(book.value, BOOK_TITLES[book], as_counted(counts.books[book])) for book in Book]


def _chips(visit: Visit) -> list[Fund]:
    """The visitor's funds, where they are few enough to show."""
    return list(visit.funds) if 1 < len(visit.funds) <= CHIPS_MAX else []


def _shown(request: HttpRequest, row: ListedSettlement, *, signing: bool, picking: bool) -> SettlementRow:
    settlement = row.settlement
    return SettlementRow(
        row,
        seen=has_seen(request, SETTLEMENT, settlement.pk, settlement.digest),  # type: ignore[attr-defined]
        picks=settlement.submitted_by_id != visit_of(request).person.pk if signing else picking,
    )
