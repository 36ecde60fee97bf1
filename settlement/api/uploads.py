"""Files a program hands in: what the bank says, accepted work, a firm's workbook of invoices.

Refuses a kind that the program's organisation does not hand in (404), as pages and commands do the rest. A
file of invoices or work is judged in the request; the bank's then or by a worker, to be asked for again.
"""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Annotated, Any, Literal, cast

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Field, File, Form, Router, Schema
from ninja.files import UploadedFile

from custody.api.answering import HEADER, Written, answered
from custody.api.callers import Caller, caller_of, shown_to
from custody.api.problems import ProblemFault
from custody.api.shapes import Cursor, Paged, Yuan, as_yuan, linked, page_of
from custody.files.intake import Handed
from custody.files.limits import SIZE_BYTES_MAX
from custody.files.outcomes import Outcome
from custody.kernel.errors import Rejected
from custody.models import Fund, KeptAnswer, OrganisationKind, Upload, UploadState
from custody.money_in import uploads
from custody.web.tasks import run_upload_later
from settlement.invoices.found import faults_in, judged_in
from settlement.invoices.handing_in import confirm_submission, hand_in_workbook
from settlement.models import Submission, SubmissionState
from settlement.work.importing import import_work

router = Router(tags=["uploads"])
UPLOADS_A_PAGE = 50
READ_AT_ONCE_BYTES = 64 * 1024
OPERATION = "uploads"
OF_KIND = {
    OrganisationKind.TRUSTEE: frozenset(uploads.ACTS),
    OrganisationKind.COMMITTEE: frozenset({"work"}),
    OrganisationKind.PROVIDER: frozenset({"invoices"}),
}
STATES = {
    SubmissionState.FAULTY: UploadState.REFUSED,
    SubmissionState.JUDGED: UploadState.REHEARSED,
    SubmissionState.TAKEN: UploadState.TAKEN,
}
Kind = Literal["bank", "channel", "revenue", "work", "invoices"]
Id = Annotated[str, Field(pattern="^[0-9a-f-]{1,36}$")]


@dataclass(frozen=True, slots=True)
class _Asked:
    """One file on its way; ``name`` follows from the key, so that the same key is the same upload."""

    caller: Caller
    fund: Fund
    handed: Handed
    name: uuid.UUID
    kind: Kind
    rehearse: bool

    @property
    def by(self) -> dict[str, Any]:
        """Who acts, and when."""
        return {"actor": self.caller.visit.person, "at": self.caller.visit.at}


class CountOut(Schema):
    """How many of what."""

    what: str
    count: int


class VerdictOut(Schema):
    """What became of one item of the file, and why; ``total`` in yuan where it is an invoice."""

    item: str
    became: str
    reasons: list[str]
    total: Yuan | None = None


class UploadOut(Schema):
    """A file handed in. ``state``: waiting, reading, rehearsed, confirmed, taking, taken or refused."""

    id: str
    fund: str
    kind: Kind
    name: str
    sha256: str
    state: str
    handed_at: dt.datetime
    counts: list[CountOut] = []
    verdicts: list[VerdictOut] = []
    notes: list[str] = []
    faults: list[ProblemFault] = []


@router.post("/funds/{code}/uploads", response={202: UploadOut})
@shown_to(*OF_KIND)
def hand_in_upload(
    request: HttpRequest,
    code: str,
    kind: Form[Kind],
    file: File[UploadedFile],
    rehearse: bool = False,  # noqa: FBT001, FBT002 (ninja reads the query by it)
) -> HttpResponse:
    """Hand in a file; with ``rehearse=true`` everything is checked and nothing taken."""
    caller = caller_of(request)
    fund = caller.visit.fund(code)
    if kind not in OF_KIND[OrganisationKind(caller.visit.kind)]:
        raise Http404
    asked = _Asked(caller, fund, _handed(file), _name(request, caller), kind, rehearse)
    said = {"kind": kind, "rehearse": rehearse, "fund": code, "file": asked.handed.content}
    takes = {"invoices": _invoices, "work": _work}.get(kind, _lines)
    return answered(request, OPERATION, said, lambda _caller: takes(asked), fund=code)


@router.get("/funds/{code}/uploads", response=Paged[UploadOut])
@shown_to(*OF_KIND)
def read_uploads(
    request: HttpRequest, response: HttpResponse, code: str, after: Cursor = 0
) -> Paged[UploadOut]:
    """What your programs handed in, the newest first."""
    caller = caller_of(request)
    fund = caller.visit.fund(code)
    rows = KeptAnswer.objects.filter(
        operator=caller.visit.person, operation=OPERATION, location__startswith=_where(fund, "")
    )
    if after:
        rows = rows.filter(pk__lt=after)
    shown, more = page_of(list(rows.order_by("-pk")[: UPLOADS_A_PAGE + 1]), UPLOADS_A_PAGE)
    items = [_now(caller, fund, each) for each in shown]
    return Paged[UploadOut](items=items, next=linked(request, response, shown[-1].pk if more else None))


@router.get("/funds/{code}/uploads/{upload}", response=UploadOut)
@shown_to(*OF_KIND)
def read_upload(request: HttpRequest, code: str, upload: Id) -> UploadOut:
    """Where a file stands, and what came of it; what a worker left lying is taken up again."""
    caller = caller_of(request)
    fund = caller.visit.fund(code)
    kept = KeptAnswer.objects.filter(
        operator=caller.visit.person, operation=OPERATION, location=_where(fund, upload)
    ).first()
    if kept is None:
        raise Http404
    return _now(caller, fund, kept)


def _name(request: HttpRequest, caller: Caller) -> uuid.UUID:
    key = request.headers.get(HEADER, "")
    return uuid.uuid5(uuid.NAMESPACE_URL, f"{caller.visit.person.pk}:{key}")


def _handed(file: UploadedFile) -> Handed:
    """The file's bytes, read whole. Rejected for none, and for more than the house takes in."""
    name, content = str(file.name).replace("\x00", ""), file.read(SIZE_BYTES_MAX + 1)
    if not content or len(content) > SIZE_BYTES_MAX:
        raise Rejected(
            _("文件是空的，或超过 %(most)s 字节"), code="file-size", most=SIZE_BYTES_MAX, field="file"
        )
    return Handed(name, content)


def _where(fund: Fund, upload: object) -> str:
    return f"/api/v1/funds/{fund.code}/uploads/{upload}"


def _written(fund: Fund, body: UploadOut, run: Upload | None = None) -> Written:
    after = None if run is None else lambda: _run(run)
    return Written(202, body, _where(fund, body.id), after)


def _lines(asked: _Asked) -> Written:
    """What the bank, a channel or the firm's revenue says."""
    row = uploads.hand_in_file(
        ticket=asked.name, fund=asked.fund, handed=asked.handed, kind=asked.kind,
        at_once=not asked.rehearse, **asked.by,
    )  # fmt: skip
    return _written(asked.fund, _upload(asked.fund, row), row)


def _invoices(asked: _Asked) -> Written:
    """A workbook of invoices: judged, and taken where every cell could be read."""
    row = hand_in_workbook(submission_id=asked.name, fund=asked.fund, handed=asked.handed, **asked.by)
    if not asked.rehearse and row.state == SubmissionState.JUDGED:
        row = confirm_submission(submission_id=row.pk, **asked.by)
    return _written(asked.fund, _submission(asked.fund, row))


def _work(asked: _Asked) -> Written:
    """Accepted work and scores: taken whole or refused whole."""
    outcome = import_work(fund=asked.fund, path=asked.handed, dry_run=asked.rehearse, **asked.by)
    body = UploadOut(
        id=str(asked.name), fund=asked.fund.code, kind="work", name=asked.handed.name,
        sha256=asked.handed.sha256, handed_at=asked.caller.visit.at,
        state=UploadState.REHEARSED if asked.rehearse else UploadState.TAKEN, **_told(outcome),
    )  # fmt: skip
    return _written(asked.fund, body)


def _told(outcome: Outcome) -> dict[str, Any]:
    return {
        "counts": [CountOut(what=str(code.label), count=count) for code, count in outcome.counts.items()],
        "verdicts": [
            VerdictOut(item=each.item, became=str(each.code.value), reasons=list(each.reasons))
            for each in outcome.verdicts
        ],
        "notes": [str(each) for each in outcome.notes],
    }


def _run(row: Upload) -> None:
    if row.size <= READ_AT_ONCE_BYTES:
        uploads.run_upload(row.pk)
    else:
        run_upload_later.send(row.pk)


def _now(caller: Caller, fund: Fund, kept: KeptAnswer) -> UploadOut:
    """The upload as it stands now; of work, what was answered then is what there is."""
    then = UploadOut.model_validate_json(kept.body)
    if then.kind == "invoices":
        return _submission(fund, Submission.objects.select_related("document").get(pk=then.id))
    if then.kind == "work":
        return then
    row = Upload.objects.defer("content").get(pk=then.id)
    if uploads.died(row, caller.visit.at):
        uploads.run_upload(row.pk)
        row = Upload.objects.defer("content").get(pk=then.id)
    return _upload(fund, row)


def _upload(fund: Fund, row: Upload) -> UploadOut:
    said = row.outcome
    return UploadOut(
        id=str(row.pk), fund=fund.code, kind=cast(Kind, row.kind), name=row.name, sha256=row.sha256,
        state=row.state, handed_at=row.handed_at,
        counts=[CountOut(what=what, count=count) for what, count in said.get("counts", [])],
        verdicts=[
            VerdictOut(item=item, became=became, reasons=reasons)
            for item, became, reasons in said.get("verdicts", [])
        ],
        notes=said.get("notes", []), faults=[ProblemFault(expected=each) for each in row.faults],
    )  # fmt: skip


def _submission(fund: Fund, row: Submission) -> UploadOut:
    verdicts = [
        VerdictOut(
            item=each.number, became=each.came.value, reasons=list(each.reasons),
            total=None if each.total is None else as_yuan(each.total),
        )
        for each in judged_in(row.found)
    ]  # fmt: skip
    return UploadOut(
        id=str(row.pk), fund=fund.code, kind="invoices", name=row.document.name, sha256=row.document.sha256,
        state=STATES[SubmissionState(row.state)], handed_at=row.handed_in_at, verdicts=verdicts,
        faults=[ProblemFault.model_validate(each.as_dict()) for each in faults_in(row.found)],
    )  # fmt: skip
