"""One settlement with all its evidence, and the decision beside it. The trust company's people alone.

Never turns a key: the button opens a signing list. Refuses an invoice of a foreign fund as one that is not
there, and shows what a service refuses where it was asked.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from cn2an import an2cn
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from custody.kernel.errors import DomainError
from custody.kernel.words import told
from custody.ledger.chart import BOOK_TITLES, Book
from custody.models import Key, OrganisationKind
from custody.permits import attempts
from custody.permits.acts import Act
from custody.web.seen import mark_seen
from custody.web.visits import Visit, page, visit_of
from settlement.decisions.subjects import SETTLEMENT
from settlement.evidence.checks import Check, checks_of
from settlement.evidence.happenings import Happening, HistoryStep, standing_seal
from settlement.evidence.listing import with_neighbours
from settlement.evidence.may_turn import why_not
from settlement.evidence.panel import EvidencePanel, panel_of, settlements_with_standing
from settlement.evidence.watched import Watched, watched_beside
from settlement.models import Settlement
from settlement.payments.cut_offs import next_cut_off
from settlement.states import TITLES, State
from settlement.web.charts import Bar, month_chart, month_label
from settlement.web.desk.deciding import Decision, decision_named, decisions_open
from settlement.web.shapes import SHAPES

AHEAD = (State.APPROVED, State.RELEASED, State.INSTRUCTED, State.PAID)
ALIKE_SHOWN = 3
MONTHS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Review:
    """The review page of one invoice for one visitor; ``why`` is empty where they may turn the key now."""

    evidence: EvidencePanel
    watched: Watched
    checks: list[Check]
    first: HistoryStep | None
    second: HistoryStep | None
    why: str
    holds_key: bool
    decisions: list[Decision]
    ahead: list[str]
    before: int | None
    behind: int | None

    @property
    def settlement(self) -> Settlement:
        """The invoice."""
        return self.evidence.settlement

    @property
    def waits_for_release(self) -> bool:
        """Whether the second key is what it waits for."""
        return self.evidence.state is State.APPROVED

    @property
    def state_title(self) -> str:
        """Its state in words."""
        return str(TITLES[self.evidence.state])

    @property
    def shape(self) -> str:
        """The class of the state's tag."""
        return SHAPES.get(self.evidence.state, "")

    @property
    def failed_checks(self) -> int:
        """How many of the ten did not pass."""
        return sum(not each.passed for each in self.checks)

    @property
    def capitals(self) -> str:
        """The amount in Chinese capitals."""
        return str(an2cn(f"{self.settlement.total.amount:.2f}", "rmb"))

    @property
    def book_title(self) -> str:
        """The book it is paid from."""
        book = self.settlement.book
        return BOOK_TITLES[Book(book)] if book in set(Book) else ""

    @property
    def held(self) -> bool:
        """Whether money is set aside for it."""
        return self.settlement.hold_id is not None

    @property
    def returned_for(self) -> list[str]:
        """Why it was last returned, one sentence each."""
        moves = [each for each in self.evidence.steps if each.kind is Happening.MOVE]
        last = moves[-1] if moves else None
        return last.said.splitlines() if last is not None and last.what == State.RETURNED else []


@require_GET
@page(OrganisationKind.TRUSTEE)
def settlement_review(request: HttpRequest, number: int) -> HttpResponse:
    """GET: the evidence and the decision; whoever opens it has seen it."""
    return _page(request, number)


@require_POST
@page(OrganisationKind.TRUSTEE)
def decide_settlement(request: HttpRequest, number: int) -> HttpResponse:
    """POST ``decision`` and ``reason``: done once, 302 to the invoice; refused, the page says why (422)."""
    visit = visit_of(request)
    row = settlement_for(visit, number)
    decision = decision_named(request.POST.get("decision", ""))
    if decision is None:
        raise Http404
    reason = request.POST.get("reason", "").strip()
    try:
        with attempts.on_record(username=visit.person.username):
            decision.do(row, reason, visit.person, visit.at)
    except DomainError as refusal:
        return _page(request, number, asked=decision.name, reason=reason, wrong=refusal.title)
    messages.success(request, str(decision.done))
    return redirect("settlement", number=number)


def settlement_for(visit: Visit, number: int) -> Settlement:
    """The settlement with its standing, among the visitor's funds. Http404."""
    mine = [each.pk for each in visit.funds]
    rows = with_neighbours(settlements_with_standing(visit.on).filter(fund__in=mine), mine)
    found = rows.filter(pk=number).first()
    if found is None:
        raise Http404
    return found


def _page(
    request: HttpRequest, number: int, asked: str = "", reason: str = "", wrong: str = ""
) -> HttpResponse:
    visit = visit_of(request)
    review = _review(visit, panel_of(settlement_for(visit, number)))
    mark_seen(request, SETTLEMENT, number, review.evidence.standing.digest)
    return render(
        request,
        "desk/review.html",
        {
            "review": review,
            "cut_off": next_cut_off(visit.at),
            "evidence": review.evidence,
            "settlement": review.settlement,
            "alike": review.evidence.likeness.others[:ALIKE_SHOWN],
            "chart": _months(review.evidence),
            "asked": asked,
            "reason": reason,
            "wrong": wrong,
            "closed": wrong and asked not in {each.name for each in review.decisions},
        },
        status=422 if wrong else 200,
    )


def _review(visit: Visit, evidence: EvidencePanel) -> Review:
    row: Any = evidence.settlement
    state = evidence.state
    watched = watched_beside(row, visit.on)
    ahead = AHEAD[AHEAD.index(state) + 1 :] if state in AHEAD else ()
    return Review(
        evidence=evidence,
        watched=watched,
        checks=checks_of(evidence),
        first=standing_seal(evidence.steps, Key.APPROVE),
        second=standing_seal(evidence.steps, Key.RELEASE),
        why=why_not(Key.RELEASE, evidence, visit.person, visit.acts),
        holds_key=visit.may(Act.TURN_SECOND_KEY),
        decisions=decisions_open(state, visit),
        ahead=[str(TITLES[each]) for each in (AHEAD if state is State.VERIFIED else ahead)],
        before=row.before,
        behind=row.behind,
    )


def _months(evidence: EvidencePanel) -> SafeString:
    """What the same seller claimed on the same code, a bar a month, beside a twelfth of the year's budget."""
    row = evidence.settlement
    sums: dict[date, Decimal] = {row.issued_on.replace(day=1): row.total.amount}
    for each in evidence.likeness.others:
        if each.same_code:
            month = each.issued_on.replace(day=1)
            sums[month] = sums.get(month, Decimal(0)) + each.total
    months = [each for each in sorted(sums) if each <= row.issued_on][-MONTHS_SHOWN:]
    here = row.issued_on.replace(day=1)
    monthly = evidence.budgets[0].use.annual / 12 if len(evidence.budgets) == 1 else None
    title = told(
        _("同一销售方、同一科目每月申报：%(months)s"),
        months=[f"{month_label(each)} {sums[each]:,.2f}" for each in months],
    )
    bars = [Bar(month_label(each), sums[each], each == here) for each in months]
    return month_chart(bars, monthly, _("月均预算"), title)
