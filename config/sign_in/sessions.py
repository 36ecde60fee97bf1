"""How long a session lasts, and that it began with a second factor. By the machine's clock, never the books'.

Refuses a session that began over nine hours ago, and every page but signing in to whoever has not shown a
second factor. Half an hour without a page ends a session by itself (SESSION_COOKIE_AGE).
"""

import time
from collections.abc import Callable

from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

BEGAN, SEEN = "began", "seen"
WORKING_DAY_SECONDS = 9 * 3600
REMEMBERED_EVERY_SECONDS = 5 * 60
OWNERS = "/e/"
OPEN_TO_ALL = ("/account/", "/static/", "/verify/")
BUT_NOT = ("/account/notices/",)  # where letters go is changed by whoever has shown both factors


class Sessions:
    """Middleware; stands after authentication."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """As Django calls it."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """End it, lead to the second factor, or go on; owners' pages look at no session."""
        if request.path.startswith(OWNERS):
            return self.get_response(request)
        if request.user.is_authenticated:
            now = int(time.time())
            if now - request.session.setdefault(BEGAN, now) > WORKING_DAY_SECONDS:
                logout(request)
                return redirect("account_login")
            if now - request.session.get(SEEN, 0) > REMEMBERED_EVERY_SECONDS:
                request.session[SEEN] = now
            open_to_all = request.path.startswith(OPEN_TO_ALL) and not request.path.startswith(BUT_NOT)
            if not open_to_all and not second_factor_shown(request):
                return redirect("mfa_index")
        return self.get_response(request)


def second_factor_shown(request: HttpRequest) -> bool:
    """Whether this session began with a code or a passkey."""
    methods = request.session.get(AUTHENTICATION_METHODS_SESSION_KEY, [])
    return any(each.get("method") == "mfa" for each in methods)
