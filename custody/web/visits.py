"""Who is visiting, for whom, and which funds they may see: the one place where pages are scoped.

Refuses (404, the same as for what is not there) whoever is of another kind than the page is for, and any fund
the visitor's organisation is no party to that day. Being a superuser changes nothing.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.timezone import localdate

from custody.models import Fund, Membership, Operator, Organisation, OrganisationKind, Role
from custody.permits import attempts
from custody.permits.asking import acting_now, funds_of

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


@dataclass(frozen=True, slots=True)
class Visit:
    """A signed-in person on a page, at the database's instant; ``membership`` None who acts for nobody."""

    person: Operator
    at: datetime
    membership: Membership | None
    acts: frozenset[str]
    funds: tuple[Fund, ...]

    @property
    def on(self) -> date:
        """The day at Shanghai."""
        return localdate(self.at)

    @property
    def organisation(self) -> Organisation | None:
        """Whom the person acts for."""
        return self.membership.organisation if self.membership else None

    @property
    def kind(self) -> str:
        """The organisation's kind; empty for nobody."""
        return self.membership.organisation.kind if self.membership else ""

    def fund(self, code: str) -> Fund:
        """The fund of this code, among those the visitor may see. Http404."""
        found = next((each for each in self.funds if each.code == code), None)
        if found is None:
            raise Http404
        return found

    def may(self, act: str) -> bool:
        """Whether the person's role permits the act, where they are a party."""
        return act in self.acts


def visible_to(membership: Membership | None, on: date) -> tuple[Fund, ...]:
    """The funds a member may see on a day: those to whose deed their organisation is a party."""
    return tuple(funds_of(membership.organisation, on)) if membership else ()


def visit_of(request: HttpRequest) -> Visit:
    """Who is visiting; read once a request. The person must be signed in."""
    known = getattr(request, "_visit", None)
    if known is None:
        known = visit_by(cast(Operator, request.user))
        request._visit = known  # type: ignore[attr-defined]
    return cast(Visit, known)


def visit_by(person: Operator) -> Visit:
    """The visit of this person now: for whom they act today, and what that shows them."""
    acting = acting_now(person)
    funds = visible_to(acting.membership, localdate(acting.at))
    return Visit(person, acting.at, acting.membership, acting.acts, funds)


def page(
    *kinds: OrganisationKind, roles: Collection[Role] = ()
) -> Callable[[View[P]], Callable[Concatenate[HttpRequest, P], HttpResponse]]:
    """A page for people of these kinds of organisation, and of these roles where any are named.

    Whoever is not signed in is led there and back. What a service forbids is put on record.
    """

    def decorate(view: View[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            visit = visit_of(request)
            if visit.kind not in kinds or (roles and _role(visit) not in roles):
                raise Http404
            code: Any = kwargs.get("code")
            with attempts.on_record(username=visit.person.username, fund=code):
                return view(request, *args, **kwargs)

        guarded.audience = (frozenset(kinds), frozenset(roles))  # type: ignore[attr-defined]
        return guarded

    return decorate


def _role(visit: Visit) -> str:
    return visit.membership.role if visit.membership else ""
