"""A public page's answer: rendered for nobody in particular, kept by its publication.

Refuses a session, a token and any cookie of its own: the same address and preferences give the same bytes, so
that anybody may keep them. What differs by preference (language, type size, colours) is in the ETag.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse
from django.template.loader import get_template
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import http_date
from django.utils.translation import get_language

PAGES_KEPT = 512
FRESH_SECONDS = 60
TEMPLATES = Path(__file__).parents[2] / "templates" / "owners"
CHOICES = {"size": ("standard", "large", "huge"), "theme": ("auto", "light", "dark")}

K = TypeVar("K")
V = TypeVar("V")
Says = Callable[[], Mapping[str, Any]]


def page_answer(
    request: HttpRequest, template: str, *, known_by: tuple[object, ...], at: datetime, says: Says
) -> HttpResponse:
    """The page that ``template`` makes of what ``says`` answers; asked only where nobody knows it yet.

    ``known_by``: everything the page depends on beside its address; ``at``: when that was published.
    """
    reads = reads_of(request)
    etag = _etag(_house(), request.get_full_path(), *known_by, *reads.values())
    made = _kept(etag, lambda: _rendered(template, {**says(), "reads": reads, "address": request.path}))
    return kept_by_anybody(HttpResponse(made), etag, at)


def kept_by_anybody(answer: HttpResponse, etag: str, at: datetime) -> HttpResponse:
    """The answer with what caches need to know."""
    answer["ETag"] = etag
    answer["Last-Modified"] = http_date(at.timestamp())
    answer["Cache-Control"] = f"public, max-age={FRESH_SECONDS}"
    patch_vary_headers(answer, ("Cookie",))
    return answer


def file_answer(
    request: HttpRequest, *, digest: str, at: datetime, content_type: str, content: Callable[[], bytes]
) -> HttpResponse:
    """A file known by its digest, which never changes."""
    etag = f'"{digest}"'
    answer = get_conditional_response(request, etag=etag, last_modified=int(at.timestamp()))
    if answer is None:
        answer = HttpResponse(content(), content_type=content_type)
    return kept_by_anybody(answer, etag, at)


def reads_of(request: HttpRequest) -> dict[str, str]:
    """Language, type size and colours, as the cookies of ``config.web.preferences`` say."""
    told = {name: request.COOKIES.get(name, "") for name in CHOICES}
    reads = {name: told[name] if told[name] in choices else choices[0] for name, choices in CHOICES.items()}
    return {"lang": get_language() or "", **reads}


def _rendered(template: str, context: dict[str, Any]) -> bytes:
    text: str = get_template(template).render(context)
    return text.encode()


def _kept(etag: str, make: Callable[[], bytes]) -> bytes:
    """The page of this ETag, made once a process while it is among the newest."""
    found = _pages().get(etag)
    if found is None:
        found = make()
        keep_newest(_pages(), etag, found)
    return found


def keep_newest(kept: dict[K, V], key: K, value: V) -> None:
    """Put it last; of more than ``PAGES_KEPT`` the first goes."""
    kept.pop(key, None)
    if len(kept) >= PAGES_KEPT:
        kept.pop(next(iter(kept)), None)
    kept[key] = value


@cache
def _pages() -> dict[str, bytes]:
    return {}


@lru_cache(maxsize=1)
def _house() -> str:
    """Which words and shapes this house's pages have now."""
    read = sha256()
    for file in sorted(TEMPLATES.glob("*.html")):
        read.update(file.read_bytes())
    return read.hexdigest()[:12]


def _etag(*facts: object) -> str:
    return f'"{sha256(repr(facts).encode()).hexdigest()[:32]}"'
