"""The committee's phone: one decision a screen, in plain words, with what it rests on.

Never turns a key: the button opens a signing list. Refuses anybody but a committee's people, and a subject of
a foreign fund as one that is not there.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from custody import keys
from custody.kernel.errors import DomainError, Rejected
from custody.models import Key, OrganisationKind
from custody.permits import attempts
from custody.permits.acts import Act
from custody.queue.keyed_subjects import Hand, kinds
from custody.web.seen import has_seen, mark_seen
from custody.web.visits import Visit, page, visit_of
from settlement.decisions.subjects import SETTLEMENT
from settlement.queue.first_keys import KeyWaits, first_keys_waiting, keys_turned
from settlement.states import State
from settlement.web.committee.cards import KeyCard, NextWait, card_of, named_waits, next_of
from settlement.web.committee.declining import DECLINES, decline, key_taken_back

COMMITTEE = OrganisationKind.COMMITTEE
NEXT_SHOWN = 2
LOOKED_SHOWN = 40
KEPT_STATES = ("", State.APPROVED, State.RELEASED)


@dataclass(frozen=True, slots=True)
class LookedAt:
    """A row of 「都看过了」: ``seen`` on exactly its present content."""

    named: NextWait
    seen: bool


@dataclass(frozen=True, slots=True)
class Refusing:
    """A form that asks for a reason: its title, the button's verb, and what follows from it."""

    title: Promise | str
    verb: Promise | str
    follows: Promise | str
    done: Promise | str
    act: Callable[[str, Hand, str], None]


DECLINING = Refusing(
    gettext_lazy("不同意"), gettext_lazy("不同意"),
    gettext_lazy("这一项就此作罢，占用的款项释放，理由各方看得到。要再付须重新申报。"),
    gettext_lazy("已否决，理由已告知各方"), decline,
)  # fmt: skip
TAKING_BACK = Refusing(
    gettext_lazy("撤回密码"), gettext_lazy("撤回密码"),
    gettext_lazy("付款文件送出之前可以撤回。撤回后回到等您决定，占用的款项释放。"),
    gettext_lazy("密码已撤回"), key_taken_back,
)  # fmt: skip


@require_GET
@page(COMMITTEE)
def decisions(request: HttpRequest) -> HttpResponse:
    """The oldest of what waits, whole; the next two below it."""
    visit = visit_of(request)
    waits = _waits(visit)
    if not waits.rows:
        return render(request, "committee/nothing.html", {"may_work": visit.may(Act.ACCEPT_WORK)})
    first = waits.rows[0]
    return _shown(request, card_of(visit, waits, first.fund, first.kind, first.number), waits)


@require_GET
@page(COMMITTEE)
def key_item(request: HttpRequest, code: str, kind: str, number: str) -> HttpResponse:
    """One subject, whether it waits or is over."""
    visit = visit_of(request)
    waits = _waits(visit)
    return _shown(request, card_of(visit, waits, visit.fund(code), kind, number), waits)


@require_GET
@page(COMMITTEE)
def sign_together(request: HttpRequest) -> HttpResponse:
    """Whatever was looked at, to be signed together; what was not is a link to it."""
    visit = visit_of(request)
    waits = _waits(visit)
    named = named_waits(waits.rows[:LOOKED_SHOWN])
    digests = keys.content_digests_of((each.wait.kind, each.wait.subject_id) for each in named)
    rows = [
        LookedAt(each, has_seen(request, each.wait.kind, each.wait.subject_id, digest))
        for each, digest in zip(named, digests, strict=True)
    ]
    found = {"rows": rows, "waits": waits, "seen": sum(each.seen for each in rows), "may": _may(visit)}
    return render(request, "committee/looked_at.html", found)


@require_GET
@page(COMMITTEE)
def keys_done(request: HttpRequest) -> HttpResponse:
    """Keys this committee turned, newest first, by cursor."""
    visit = visit_of(request)
    after = request.GET.get("after", "")
    organisation = visit.organisation
    if organisation is None or (after and not (after.isascii() and after.isdigit() and len(after) < 19)):
        raise Http404
    rows, more = keys_turned(organisation.pk, visit.funds, int(after) if after else None)
    return render(request, "committee/done.html", {"rows": rows, "after": more, "kept": KEPT_STATES})


@require_http_methods(["GET", "POST"])
@page(COMMITTEE)
def decline_item(request: HttpRequest, code: str, kind: str, number: str) -> HttpResponse:
    """GET the form, POST ``reason``: refused for good once, 302 to what is next; 422 with the sentence."""
    if kind not in DECLINES:
        raise Http404
    return _refusing(request, DECLINING, (code, kind, number))


@require_http_methods(["GET", "POST"])
@page(COMMITTEE)
def take_back_key(request: HttpRequest, code: str, kind: str, number: str) -> HttpResponse:
    """GET the form, POST ``reason``: the committee's key is taken back, 302 home; 422 with why not."""
    return _refusing(request, TAKING_BACK, (code, kind, number))


def _refusing(request: HttpRequest, what: Refusing, named: tuple[str, str, str]) -> HttpResponse:
    visit = visit_of(request)
    code, kind, number = named
    fund, subject = visit.fund(code), kinds().get(kind)
    if subject is None:
        raise Http404
    hand = Hand(subject.find(fund.pk, number), Key.APPROVE, visit.person, visit.at)
    reason, wrong = request.POST.get("reason", "").strip(), ""
    if request.method == "POST":
        try:
            with attempts.on_record(username=visit.person.username, fund=code):
                if not reason:
                    raise Rejected(_("请说明理由"), code="reason-missing")
                what.act(kind, hand, reason)
        except DomainError as refusal:
            wrong = refusal.title
        else:
            messages.success(request, str(what.done))
            return redirect("keys")
    shown = {
        "what": what, "fund": fund, "kind": kind, "number": number, "title": subject.title,
        "amount": subject.amount(hand.subject_id), "reason": reason, "wrong": wrong,
    }  # fmt: skip
    return render(request, "committee/reason.html", shown, status=422 if wrong else 200)


def _waits(visit: Visit) -> KeyWaits:
    return first_keys_waiting(visit.funds, visit.person.pk)


def _may(visit: Visit) -> bool:
    return visit.may(Act.TURN_FIRST_KEY)


def _shown(request: HttpRequest, card: KeyCard, waits: KeyWaits) -> HttpResponse:
    visit = visit_of(request)
    mark_seen(request, card.kind, card.subject_id, card.digest)
    return render(
        request,
        "committee/decision.html",
        {
            "card": card,
            "waits": waits,
            "next": next_of(waits, card, NEXT_SHOWN),
            "invoice": card.kind == SETTLEMENT,
            "may": _may(visit),
            "may_work": visit.may(Act.ACCEPT_WORK),
            "can_take_back": _may(visit) and card.first is not None and _kept(card),
        },
    )


def _kept(card: KeyCard) -> bool:
    """Whether the key may still be taken back."""
    if card.panel is not None:
        return card.panel.state in KEPT_STATES
    return kinds()[card.kind].withdraw is not None
