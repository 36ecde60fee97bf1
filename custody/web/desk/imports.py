"""导入: a file is dropped, recognised, rehearsed; what would come of it is read before it is confirmed.

Refuses (404) an upload of a fund the visitor does not see. Small files are read in the request, others by a
worker; what a worker left lying is taken up here.
"""

import uuid

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from custody.kernel.errors import DomainError, Forbidden, Rejected
from custody.models import OrganisationKind, Upload, UploadState
from custody.money_in import uploads
from custody.proofs.day_proofs import proofs_on
from custody.web.cursors import before_of
from custody.web.handed import handed_file
from custody.web.tasks import run_upload_later
from custody.web.visits import Visit, page, visit_of

UPLOADS_A_PAGE = 30
FUNDS_SHOWN = 20
READ_AT_ONCE_BYTES = 64 * 1024
MOVING = (UploadState.WAITING, UploadState.READING, UploadState.CONFIRMED, UploadState.TAKING)


@require_http_methods(["GET", "POST"])
@page(OrganisationKind.TRUSTEE)
def imports_list(request: HttpRequest) -> HttpResponse:
    """The form and what was handed in; POST ``ticket``, ``fund``, ``kind`` (or none), ``file``."""
    visit = visit_of(request)
    if request.method == "GET":
        return _listed(request)
    try:
        ticket = uuid.UUID(request.POST.get("ticket", ""))
    except ValueError as error:
        raise BadRequest from error
    fund = visit.fund(request.POST.get("fund", ""))
    try:
        handed = handed_file(request, "file")
        if handed is None:
            raise Rejected(_("请选一个文件"), code="file-missing")
        row = uploads.hand_in_file(
            ticket=ticket, fund=fund, handed=handed, kind=request.POST.get("kind", ""), actor=visit.person,
            at=visit.at,
        )  # fmt: skip
    except Forbidden:
        raise
    except DomainError as refusal:
        return _listed(request, refusal.title)
    _run(row)
    return redirect("upload", number=row.pk)


@require_GET
@page(OrganisationKind.TRUSTEE)
def upload_page(request: HttpRequest, number: int) -> HttpResponse:
    """Where it stands, what came of it, and what to do next."""
    visit = visit_of(request)
    row = _upload(visit, number)
    return render(
        request,
        "desk/upload.html",
        {
            "row": row,
            "moving": row.state in MOVING,
            "died": uploads.died(row, visit.at),
            "may": visit.may(uploads.ACTS[row.kind]),
        },
    )


@require_POST
@page(OrganisationKind.TRUSTEE)
def upload_confirm(request: HttpRequest, number: int) -> HttpResponse:
    """Take in what was rehearsed."""
    visit = visit_of(request)
    row = _upload(visit, number)
    try:
        row = uploads.confirm_upload(upload_id=row.pk, actor=visit.person, at=visit.at)
    except Forbidden:
        raise
    except DomainError as refusal:
        messages.error(request, refusal.title)
    else:
        _run(row)
    return redirect("upload", number=number)


@require_POST
@page(OrganisationKind.TRUSTEE)
def upload_resume(request: HttpRequest, number: int) -> HttpResponse:
    """Go on with what a worker left lying."""
    uploads.run_upload(_upload(visit_of(request), number).pk)
    return redirect("upload", number=number)


def _run(row: Upload) -> None:
    if row.size <= READ_AT_ONCE_BYTES:
        uploads.run_upload(row.pk)
    else:
        run_upload_later.send(row.pk)


def _upload(visit: Visit, number: int) -> Upload:
    rows = Upload.objects.defer("content").select_related("fund__estate", "handed_by", "confirmed_by")
    found = rows.filter(pk=number, fund__in=visit.funds).first() if number < 2**62 else None
    if found is None:
        raise Http404
    return found


def _listed(request: HttpRequest, wrong: str = "") -> HttpResponse:
    visit = visit_of(request)
    rows = Upload.objects.defer("content").filter(fund__in=visit.funds).select_related("fund", "handed_by")
    before = before_of(request)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows.order_by("-pk")[: UPLOADS_A_PAGE + 1])
    shown = found[:UPLOADS_A_PAGE]
    proofs = sorted(proofs_on(visit.funds, visit.on), key=lambda each: each.covered_on or each.fund.opened_on)
    return render(
        request,
        "desk/imports.html",
        {
            "rows": shown,
            "before": shown[-1].pk if len(found) > UPLOADS_A_PAGE else None,
            "proofs": proofs[:FUNDS_SHOWN],
            "kinds": [(kind, uploads.Kind(kind).label) for kind in uploads.ACTS],
            "may": any(visit.may(act) for act in uploads.ACTS.values()),
            "asked": request.POST.get("fund") or request.GET.get("fund", ""),
            "wrong": wrong,
        },
        status=422 if wrong else 200,
    )
