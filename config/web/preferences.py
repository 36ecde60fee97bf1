"""How a person likes to read: Chinese or English, type size, light or dark; kept in cookies of this site.

Refuses any value not listed: the page stays as it was.
"""

from collections.abc import Callable, Mapping

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import translation

CHOICES: Mapping[str, tuple[str, ...]] = {
    "lang": ("zh-hans", "en"),
    "size": ("standard", "large", "huge"),
    "theme": ("auto", "light", "dark"),
}
YEAR_SECONDS = 365 * 24 * 3600


class Preferences:
    """Middleware: ``?size=large`` is remembered and the same page shown again without it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """As Django calls it."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Remember what was asked, or answer in the language preferred."""
        asked = {name: request.GET[name] for name in CHOICES if request.GET.get(name) in CHOICES[name]}
        if asked and request.method == "GET":
            return _remembered(request, asked)
        translation.activate(chosen(request)["lang"])
        response = self.get_response(request)
        response.headers.setdefault("Content-Language", translation.get_language() or "zh-hans")
        return response


def chosen(request: HttpRequest) -> dict[str, str]:
    """What this browser prefers, by name; the first choice where it said nothing."""
    told = {name: request.COOKIES.get(name, "") for name in CHOICES}
    return {name: told[name] if told[name] in choices else choices[0] for name, choices in CHOICES.items()}


def preferred(request: HttpRequest) -> dict[str, object]:
    """For templates: ``reads``, and ``switches``, the query that turns each to its next choice."""
    reads = chosen(request)
    following = {
        name: choices[(choices.index(reads[name]) + 1) % len(choices)] for name, choices in CHOICES.items()
    }
    return {"reads": reads, "switches": following}


def _remembered(request: HttpRequest, asked: dict[str, str]) -> HttpResponse:
    left = request.GET.copy()
    for name in asked:
        del left[name]
    response = HttpResponseRedirect(f"{request.path}?{left.urlencode()}" if left else request.path)
    for name, value in asked.items():
        response.set_cookie(
            name,
            value,
            max_age=YEAR_SECONDS,
            samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
        )
    return response
