"""The protector's watch: invoices on their way with the same evidence as the committee's, to ask and to stay.

Turns no key. Refuses anybody but a protector's people, and an invoice of a foreign fund as one that is not
there; shows what a service refuses where it was asked.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_date
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from custody.kernel.errors import DomainError, Rejected
from custody.models import Fund, OrganisationKind
from custody.permits import attempts
from custody.permits.acts import Act
from custody.web.visits import Visit, page, visit_of
from settlement.decisions import questions, stays
from settlement.evidence.listing import (
    ListAsked,
    ListedSettlement,
    Tab,
    as_counted,
    count_by_turn,
    listed_page,
)
from settlement.evidence.watched import Watched, watched_among
from settlement.models import Settlement
from settlement.states import TITLES, State
from settlement.web.committee.cards import invoice_card, name_of
from settlement.web.shapes import SHAPES

PROTECTOR = OrganisationKind.PROTECTOR
WATCHED_TABS = {
    Tab.COMMITTEE: gettext_lazy("待业委会"), Tab.RELEASE: gettext_lazy("待放款"),
    Tab.BANK: gettext_lazy("待银行"), Tab.PAID: gettext_lazy("已支付"), Tab.ALL: gettext_lazy("全部"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class WatchTab:
    """One tab: its name, title and how many are in it, as counted."""

    name: str
    title: Promise | str
    count: str
    here: bool


@dataclass(frozen=True, slots=True)
class WatchRow:
    """A listed invoice, with what the protector said of it."""

    listed: ListedSettlement
    watched: Watched

    @property
    def name(self) -> str:
        """What it is for, and of which month."""
        return name_of(self.listed.claims)

    @property
    def state_title(self) -> str:
        """Where its paying stands."""
        return str(TITLES[State(self.listed.settlement.state)])

    @property
    def shape(self) -> str:
        """The class of the state's tag."""
        return SHAPES.get(State(self.listed.settlement.state), "")


@require_GET
@page(PROTECTOR)
def watch(request: HttpRequest) -> HttpResponse:
    """GET ``state`` (a tab), ``after``: invoices of the protector's funds, by whose turn it is."""
    visit = visit_of(request)
    tab, after = _tab(request), request.GET.get("after", "")
    if after and not (after.isascii() and after.isdigit() and len(after) < 19):
        raise Http404
    funds = tuple(each.pk for each in visit.funds)
    counts = count_by_turn(funds, tab)
    listed = listed_page(ListAsked(tab, funds, after=int(after) if after else None))
    said = watched_among([each.settlement.pk for each in listed.rows], visit.on)
    tabs = [
        WatchTab(each.value, title, as_counted(counts.tabs[each]), each is tab)
        for each, title in WATCHED_TABS.items()
    ]
    rows = [WatchRow(each, said[each.settlement.pk]) for each in listed.rows]
    return render(request, "protector/watch.html", {"tabs": tabs, "rows": rows, "after": listed.after})


@require_GET
@page(PROTECTOR)
def watch_item(request: HttpRequest, code: str, number: str) -> HttpResponse:
    """One invoice with all its evidence, what was asked and answered, and the stay."""
    return _item_page(request, code, number)


@require_POST
@page(PROTECTOR)
def ask_about(request: HttpRequest, code: str, number: str) -> HttpResponse:
    """POST ``text``: asked once, 302 to the invoice; 422 with why not."""

    def do(row: Settlement, visit: Visit, said: str) -> None:
        questions.ask_question(settlement_id=row.pk, text=said, actor=visit.person, at=visit.at)

    return _act(request, (code, number), "ask", do, _("质询已发出，等信托公司或物业答复"))


@require_POST
@page(PROTECTOR)
def stay_item(request: HttpRequest, code: str, number: str) -> HttpResponse:
    """POST ``text`` (the reason) and ``until`` (a day): it waits, 302 to the invoice; 422 with why not."""

    def do(row: Settlement, visit: Visit, said: str) -> None:
        until = _day(request.POST.get("until", ""))
        stays.place_stay(settlement_id=row.pk, until=until, reason=said, actor=visit.person, at=visit.at)

    return _act(request, (code, number), "stay", do, _("已暂缓，期满或解除之前不放款"))


@require_POST
@page(PROTECTOR)
def lift_item(request: HttpRequest, code: str, number: str) -> HttpResponse:
    """POST ``text`` (the reason): the stay is lifted, 302 to the invoice; 422 with why not."""

    def do(row: Settlement, visit: Visit, said: str) -> None:
        stays.lift_stay(settlement_id=row.pk, reason=said, actor=visit.person, at=visit.at)

    return _act(request, (code, number), "lift", do, _("暂缓已解除"))


def _act(
    request: HttpRequest,
    named: tuple[str, str],
    asked: str,
    do: Callable[[Settlement, Visit, str], None],
    done: str,
) -> HttpResponse:
    visit = visit_of(request)
    code, number = named
    row = _invoice(visit.fund(code), number)
    try:
        with attempts.on_record(username=visit.person.username, fund=code):
            do(row, visit, request.POST.get("text", "").strip())
    except DomainError as refusal:
        return _item_page(request, code, number, asked=asked, wrong=refusal.title)
    messages.success(request, done)
    return redirect("watch_item", code=code, number=number)


def _item_page(
    request: HttpRequest, code: str, number: str, asked: str = "", wrong: str = ""
) -> HttpResponse:
    visit = visit_of(request)
    fund = visit.fund(code)
    card = invoice_card(visit, fund, number)
    days = stays.stay_days(fund.pk, visit.on)
    may_stay = visit.may(Act.PLACE_STAY) and card.panel is not None and card.panel.state in stays.WAITING
    shown = {
        "card": card,
        "days": days,
        "last": visit.on + timedelta(days=days),
        "may_ask": visit.may(Act.ASK_QUESTION),
        "may_stay": may_stay and card.watched is not None and card.watched.stay is None,
        "may_lift": visit.may(Act.LIFT_STAY) and card.watched is not None and card.watched.stands,
        "text_max": questions.TEXT_MAX,
        "asked": asked,
        "wrong": wrong,
        "said": request.POST.get("text", ""),
        "until": request.POST.get("until", ""),
    }
    return render(request, "protector/item.html", shown, status=422 if wrong else 200)


def _invoice(fund: Fund, number: str) -> Settlement:
    row = Settlement.objects.filter(fund=fund, number=number).first()
    if row is None:
        raise Http404
    return row


def _tab(request: HttpRequest) -> Tab:
    name = request.GET.get("state", Tab.COMMITTEE.value)
    if name not in {each.value for each in WATCHED_TABS}:
        raise Http404
    return Tab(name)


def _day(text: str) -> date:
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    if day is None:
        raise Rejected(_("请选暂缓到哪一天"), code="day-missing")
    return day
