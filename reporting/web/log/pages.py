"""The log of days for anybody, without signing in: newest head, whole list, an entry's proof, a page to keep.

Refuses (404) the proof of an entry that no closed day holds, as one of a fund that is not there.
"""

from functools import cache
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from custody.models import Fund
from reporting.models import LogDay, LogStamp
from reporting.transparency.day_reads import head_list
from reporting.transparency.day_stamps import signed_head
from reporting.transparency.inclusion import inclusion_proof

DAYS_SHOWN = 30
KEPT_PAGE_SCRIPTS = ("trust/inclusion.js", "trust/verify_file.js")


@require_GET
def day_heads(request: HttpRequest) -> HttpResponse:
    """The newest head, the last days, and how to keep and check them."""
    days = list(LogDay.objects.select_related("stamp").order_by("-number")[:DAYS_SHOWN])
    note = signed_head(days[0]).decode() if days else ""
    return render(request, "log/days.html", {"days": days, "note": note})


@require_GET
def day_head_file(_request: HttpRequest, number: int) -> HttpResponse:
    """head.txt of one day: what its keys signed, with both signatures."""
    return _text(signed_head(_closed_day(number)).decode())


@require_GET
def day_stamp_file(_request: HttpRequest, number: int) -> HttpResponse:
    """head.tsr of one day: a stranger's token over its head.txt. Http404 while it has none."""
    stamp = LogStamp.objects.filter(day=_closed_day(number)).first()
    if stamp is None:
        raise Http404
    answer = HttpResponse(bytes(stamp.token), content_type="application/vnd.etsi.timestamp-token")
    answer["Content-Disposition"] = f'attachment; filename="head-{number}.tsr"'
    return answer


@require_GET
def day_heads_file(_request: HttpRequest) -> HttpResponse:
    """heads.txt: one line a day."""
    return _text(head_list(settings.LOG_ORIGIN).written)


@require_GET
def log_verifier(request: HttpRequest) -> HttpResponse:
    """verify.html: one file that checks proofs and lists from disk; never run from here."""
    answer = render(request, "log/verify_file.html", {"scripts": _scripts()})
    answer["Content-Disposition"] = 'attachment; filename="verify.html"'
    return answer


@require_GET
def entry_proof(_request: HttpRequest, code: str, sequence: int) -> HttpResponse:
    """proof.json of one published entry."""
    fund = Fund.objects.filter(code=code).first()
    proof = inclusion_proof(fund, sequence) if fund else None
    if proof is None:
        raise Http404
    answer = JsonResponse(proof, json_dumps_params={"ensure_ascii": False})
    answer["Cache-Control"] = "public, max-age=3600"
    return answer


def _closed_day(number: int) -> LogDay:
    day = LogDay.objects.filter(number=number).first() if number < 1 << 31 else None
    if day is None:
        raise Http404
    return day


def _text(content: str) -> HttpResponse:
    return HttpResponse(content, content_type="text/plain; charset=utf-8")


@cache
def _scripts() -> str:
    """Both scripts, as one file needs them."""
    return "\n".join(Path(str(finders.find(name))).read_text("utf-8") for name in KEPT_PAGE_SCRIPTS)
