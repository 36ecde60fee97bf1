"""A firm hands in its invoices: a workbook up, read, judged and confirmed; the empty one to fill in.

Refuses to let anybody type into a page what belongs in the file: the file is the evidence.
"""

import uuid

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from custody.files.faults import Refused
from custody.files.intake import Handed
from custody.files.limits import SIZE_BYTES_MAX
from custody.kernel.errors import Conflict, DomainError, Forbidden, NotFound
from custody.models import Fund, OrganisationKind
from custody.permits import attempts
from custody.permits.acts import Act
from custody.web.visits import Visit, page, visit_of
from settlement.blanks import Blank, blank_workbook, prefilled_invoices
from settlement.invoices.found import PAYABLE, WRITTEN, Judged, faults_in, judged_in, outcome_in
from settlement.invoices.handing_in import confirm_submission, hand_in_workbook, handed_workbook
from settlement.invoices.invoice_file import INVOICES, LINES
from settlement.invoices.return_sheet import return_sheet
from settlement.models import Submission, SubmissionState
from settlement.web.firm.reads import (
    own_invoices,
    own_submission,
    piles_of,
    recent_submissions,
    work_summary,
)
from settlement.web.firm.sheets import shown_sheets, summed_up

FIRM = OrganisationKind.PROVIDER
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
JUDGED_SHOWN_MAX = 50  # of those that come back, and of the others
SHEETS = (INVOICES, LINES)
BLANKS = {Blank.INVOICES, Blank.WORK}


@require_http_methods(["GET", "POST"])
@page(FIRM)
def submit_invoices(request: HttpRequest) -> HttpResponse:
    """The upload; POST ``submission`` (a uuid), ``fund`` and ``file``: 302 to what was found in it."""
    visit = visit_of(request)
    if request.method == "GET":
        return _upload_page(request, visit)
    try:
        submission_id = uuid.UUID(request.POST.get("submission", ""))
    except ValueError as error:
        raise BadRequest from error
    fund = visit.fund(request.POST.get("fund", ""))
    file = request.FILES.get("file")
    if file is None:
        wrong = _("没有收到文件，或文件超过 %(limit)s MB；请选一份 .xlsx 工作簿再传")
        return _upload_page(request, visit, (wrong % {"limit": SIZE_BYTES_MAX >> 20},))
    handed = Handed(file.name or "", file.read(SIZE_BYTES_MAX + 1))
    try:
        with attempts.on_record(username=visit.person.username, fund=fund.code):
            made = hand_in_workbook(
                submission_id=submission_id, fund=fund, handed=handed, actor=visit.person, at=visit.at
            )
    except Refused as refusal:
        return _upload_page(request, visit, tuple(fault.expected for fault in refusal.faults), fund)
    except (Forbidden, NotFound):
        raise
    except DomainError as refusal:
        return _upload_page(request, visit, (refusal.title,), fund)
    return redirect("firm_submission", submission_id=made.pk)


def _upload_page(
    request: HttpRequest, visit: Visit, wrong: tuple[str, ...] = (), fund: Fund | None = None
) -> HttpResponse:
    chosen = fund or _asked_fund(request, visit)
    return render(
        request,
        "firm/submit.html",
        {
            "wrong": wrong,
            "funds": visit.funds,
            "fund": chosen,
            "may": visit.may(Act.SUBMIT_INVOICE),
            "recent": recent_submissions(visit),
            "work": work_summary(visit.funds),
            "piles": piles_of(visit, visit.funds),
            "most_mb": SIZE_BYTES_MAX >> 20,
        },
        status=422 if wrong else 200,
    )


def _asked_fund(request: HttpRequest, visit: Visit) -> Fund | None:
    """The fund the address or the form names, else the first."""
    code = request.POST.get("fund") or request.GET.get("fund")
    if code:
        return visit.fund(code)
    return visit.funds[0] if visit.funds else None


@require_GET
@page(FIRM)
def show_submission(request: HttpRequest, submission_id: uuid.UUID) -> HttpResponse:
    """Every fault in the rendered sheet, the judgement on each invoice, and what to do next."""
    return _submission_page(request, own_submission(visit_of(request), submission_id))


def _submission_page(request: HttpRequest, row: Submission, wrong: str = "") -> HttpResponse:
    visit = visit_of(request)
    judged, faults = judged_in(row.found), faults_in(row.found)
    faulty = row.state == SubmissionState.FAULTY
    sheets = shown_sheets(handed_workbook(row).table(), faults) if faulty else []
    summary, left = summed_up(sheets, faults if faulty else ())
    back = [each for each in judged if each.comes_back]
    fine = [each for each in judged if not each.comes_back]
    payable = [each for each in judged if each.came in PAYABLE]
    links = _links(visit, row, judged)
    return render(
        request,
        "firm/submission.html",
        {
            "row": row,
            "wrong": wrong,
            "sheets": sheets,
            "summary": summary,
            "left": left,
            "faults": len(faults),
            "clean": sum(sheet.count for sheet in sheets) - _faulty_rows(row),
            "count": len(judged),
            "back": [(each, links.get(each.number)) for each in back[:JUDGED_SHOWN_MAX]],
            "back_count": len(back),
            "fine": [(each, links.get(each.number)) for each in fine[:JUDGED_SHOWN_MAX]],
            "fine_count": len(fine),
            "payable_count": len(payable),
            "payable_total": sum(each.total for each in payable if each.total is not None),
            "news": sum(each.came in WRITTEN for each in judged),
            "may": visit.may(Act.SUBMIT_INVOICE),
            "work": work_summary([row.fund]),
            "piles": piles_of(visit, [row.fund]),
            "sheet_there": len(sheets) == len(SHEETS) or not faulty,
        },
        status=422 if wrong else 200,
    )


def _faulty_rows(row: Submission) -> int:
    """How many rows of the workbook have a fault."""
    return len({(each.sheet, each.row) for each in faults_in(row.found) if each.row is not None})


def _links(visit: Visit, row: Submission, judged: list[Judged]) -> dict[str, int]:
    """The page of each invoice that is on record, by its number."""
    if row.state != SubmissionState.TAKEN:
        return {}
    numbers = [each.number for each in judged]
    found = own_invoices(visit, [row.fund]).filter(number__in=numbers)
    return dict(found.values_list("number", "pk"))


@require_POST
@page(FIRM)
def confirm_invoices(request: HttpRequest, submission_id: uuid.UUID) -> HttpResponse:
    """POST: the workbook's invoices are taken, each judged anew; again, nothing more happens."""
    visit = visit_of(request)
    row = own_submission(visit, submission_id)
    before = row.state
    try:
        with attempts.on_record(username=visit.person.username, fund=row.fund.code):
            row = confirm_submission(submission_id=row.pk, actor=visit.person, at=visit.at)
    except Conflict as refusal:
        return _submission_page(request, own_submission(visit, submission_id), refusal.title)
    if row.state == SubmissionState.FAULTY:
        messages.warning(request, _("确认时再读了一遍，发现要改的地方；什么也没有写入"))
    elif before != SubmissionState.TAKEN:
        taken = [each for each in judged_in(row.found) if each.came in WRITTEN]
        said = ngettext("已申报%(count)s张发票", "已申报%(count)s张发票", len(taken))
        messages.success(request, said % {"count": len(taken)})
    return redirect("firm_submission", submission_id=row.pk)


@require_GET
@page(FIRM)
def marked_workbook(request: HttpRequest, submission_id: uuid.UUID) -> HttpResponse:
    """The firm's own workbook with a comment in every faulty cell."""
    row = own_submission(visit_of(request), submission_id)
    handed = handed_workbook(row)
    try:
        content = return_sheet(handed, outcome_in(row.found))
    except Refused as refusal:  # a sheet is missing: there is no cell to mark
        raise Http404 from refusal
    return _download(content, f"{handed.name.rsplit('.', 1)[0]}-标红.xlsx")


@require_GET
@page(FIRM)
def firm_template(request: HttpRequest, kind: str) -> HttpResponse:
    """An empty workbook of ``?fund=``; that of invoices holds the accepted work nobody invoiced yet."""
    visit = visit_of(request)
    if kind not in BLANKS:
        raise Http404
    fund = _asked_fund(request, visit)
    if fund is None or visit.organisation is None:
        raise Http404
    blank = Blank(kind)
    if blank is Blank.INVOICES:
        content = prefilled_invoices(fund=fund, seller=visit.organisation.name)
    else:
        content = blank_workbook(blank, fund=fund)
    return _download(content, f"{blank.label}-{fund.code}.xlsx")


def _download(content: bytes, name: str) -> HttpResponse:
    """A workbook to keep, never shown in the browser."""
    response = HttpResponse(content, content_type=XLSX)
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response
