"""A public page for many at once: its answer kept a few seconds, before anything is asked of the database.

What was published or withheld shows at the latest when those seconds are over. Refuses to keep anything but a
page that was found, and never more than ``PAGES_KEPT`` of them.
"""

from collections.abc import Callable
from functools import cache, wraps
from time import monotonic
from typing import Concatenate, NamedTuple, ParamSpec

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import parse_http_date

from reporting.web.owners.answering import keep_newest, reads_of

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


class HeldPage(NamedTuple):
    """A page's octets and headers, and until when by the process's clock they are as good as new."""

    until: float
    content: bytes
    headers: dict[str, str]


def for_everybody(view: View[P]) -> View[P]:
    """The view, asked once in ``settings.PUBLIC_PAGES_KEPT_SECONDS`` for an address and preferences."""

    @wraps(view)
    def answered(request: HttpRequest, /, *args: P.args, **named: P.kwargs) -> HttpResponse:
        key = request.get_full_path(), *reads_of(request).values()
        kept = _answers().get(key)
        if kept is None or kept.until <= monotonic():
            answer = view(request, *args, **named)
            if answer.status_code != 200 or not answer["Content-Type"].startswith("text/html"):
                return answer
            kept = HeldPage(
                monotonic() + settings.PUBLIC_PAGES_KEPT_SECONDS, answer.content, dict(answer.items())
            )
            keep_newest(_answers(), key, kept)
        answer = HttpResponse(kept.content, headers=kept.headers)
        return get_conditional_response(
            request, kept.headers["ETag"], parse_http_date(kept.headers["Last-Modified"]), answer
        ) or answer  # fmt: skip

    return answered


@cache
def _answers() -> dict[tuple[str, ...], HeldPage]:
    return {}
