"""What the house refuses, as a page: the service's sentence, and what the reader can do next.

Refuses to say more than a service said: a fault nobody foresaw shows a number, and is logged under it.
"""

import uuid
from collections.abc import Callable

import structlog
from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _

from custody.files.faults import Refused
from custody.kernel.errors import Conflict, DomainError, Forbidden, NotFound

STATUS: tuple[tuple[type[DomainError], int], ...] = ((Forbidden, 403), (Conflict, 409))
_log = structlog.get_logger(__name__)


class Refusals:
    """Middleware: what a page raised becomes a page, the same whether or not DEBUG is on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """As Django calls it."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Nothing to do on the way in."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse:
        """The page for whatever a view raised."""
        if isinstance(error, Http404 | NotFound):
            return not_here(request)
        if isinstance(error, PermissionDenied):
            return not_allowed(request)
        if isinstance(error, BadRequest | SuspiciousOperation):
            return bad_request(request)
        if isinstance(error, DomainError):
            status = next((code for kind, code in STATUS if isinstance(error, kind)), 422)
            return refusal_page(request, status, error.title)
        if isinstance(error, Refused):
            return refusal_page(request, 422, "\n".join(str(fault) for fault in error.faults))
        return failure(request, error)


def refusal_page(request: HttpRequest, status: int, sentence: str) -> HttpResponse:
    """One sentence, whole, with the status that machines read."""
    return render(request, "refusal.html", {"status": status, "sentence": sentence}, status=status)


def not_here(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: the same page and the same words for what is not there and for what is not theirs."""
    return refusal_page(request, 404, _("没有这一页，或不归您看"))


def nowhere(request: HttpRequest) -> HttpResponse:
    """An address nothing answers: the page it lacks a slash for, or 404."""
    if request.method == "GET" and not request.path.endswith("/"):
        try:
            found = resolve(f"{request.path}/")
        except Resolver404:
            found = None
        if found is not None and found.func is not nowhere:
            query = request.META.get("QUERY_STRING", "")
            return HttpResponseRedirect(f"{request.path}/{'?' if query else ''}{query}")
    return not_here(request)


def not_allowed(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403."""
    return refusal_page(request, 403, _("您没有办理这一事项的权限"))


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400."""
    return refusal_page(request, 400, _("这个请求读不懂，没有任何改动"))


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 of a form that is older than the session, or comes from another site."""
    return refusal_page(request, 403, _("这张表单已过期或来自别处，没有任何改动，请回到原页重新打开"))


def failure(request: HttpRequest, error: Exception | None = None) -> HttpResponse:
    """500: a number to tell us; transactions that were open have been rolled back."""
    number = uuid.uuid4().hex[:8]
    _log.error("page failed", number=number, path=request.path, exc_info=error)
    said = _("出错了，编号 %(number)s。这一步没有完成，请把编号告诉系统管理员") % {"number": number}
    return refusal_page(request, 500, said)
