"""Which program is calling: its token, the machine it acts as, and how often it may ask.

Refuses a text that is no token of ours, one revoked or expired, and one whose machine no longer acts for the
organisation that made it. What a token shows is what its machine's organisation is a party to that day.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar, cast

from django.core.cache import cache
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _
from ninja.security import HttpBearer

from custody.kernel.errors import Forbidden
from custody.models import ApiToken, OrganisationKind, Role, TokenScope
from custody.seats.tokens import token_shown
from custody.web.visits import Visit, visit_by

CALLS_A_MINUTE_MAX = 600
MINUTE_SECONDS = 60
LEDGER_READERS = (
    OrganisationKind.TRUSTEE,
    OrganisationKind.COMMITTEE,
    OrganisationKind.PROTECTOR,
    OrganisationKind.REGULATOR,
)
P = ParamSpec("P")
R = TypeVar("R")


class TooManyCalls(Exception):
    """More calls in this minute than a token may make."""


@dataclass(frozen=True, slots=True)
class Caller:
    """A program: the visit of its machine, and the token it showed."""

    visit: Visit
    token: ApiToken

    @property
    def whole(self) -> bool:
        """Whether names and papers are shown whole: to the trust company alone."""
        return self.visit.kind == OrganisationKind.TRUSTEE


class BearerToken(HttpBearer):
    """``Authorization: Bearer pst_…``."""

    def authenticate(self, request: HttpRequest, token: str) -> Caller | None:
        """The caller, or None for 401. Raises TooManyCalls."""
        shown = token_shown(token) if token.isascii() else None
        if shown is None:
            return None
        _count(shown)
        visit = visit_by(shown.operator)
        seated = visit.membership
        if (
            seated is None
            or seated.role != Role.MACHINE
            or seated.organisation_id != shown.organisation_id
            or visit.on >= shown.expires_on
        ):
            return None
        return Caller(visit, shown)


def caller_of(request: HttpRequest) -> Caller:
    """The program that is calling."""
    return cast(Caller, request.auth)  # type: ignore[attr-defined]


def submitting(request: HttpRequest) -> Caller:
    """The program, which may write. Forbidden for a token that only reads."""
    caller = caller_of(request)
    if caller.token.scope != TokenScope.SUBMIT:
        raise Forbidden(_("这把令牌只能读取，不能报送"), code="token-reads-only")
    return caller


def shown_to(
    *kinds: OrganisationKind,
) -> Callable[[Callable[Concatenate[HttpRequest, P], R]], Callable[Concatenate[HttpRequest, P], R]]:
    """A resource for programs of these kinds of organisation; to all others it is not there (Http404)."""

    def decorate(
        operation: Callable[Concatenate[HttpRequest, P], R],
    ) -> Callable[Concatenate[HttpRequest, P], R]:
        @wraps(operation)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> R:
            if caller_of(request).visit.kind not in kinds:
                raise Http404
            return operation(request, *args, **kwargs)

        guarded.audience = frozenset(kinds)  # type: ignore[attr-defined]
        return guarded

    return decorate


def _count(token: ApiToken) -> None:
    """One call more in the minute that runs for this token."""
    name = f"api-calls:{token.pk}"
    if cache.add(name, 1, timeout=MINUTE_SECONDS):
        return
    try:
        calls = cache.incr(name)
    except ValueError:  # the minute ended between the two
        return
    if calls > CALLS_A_MINUTE_MAX:
        raise TooManyCalls
