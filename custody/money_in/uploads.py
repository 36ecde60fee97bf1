"""Files handed in on a page: recognised, rehearsed, confirmed, and taken in by the importers' own services.

The row's state is the truth and a message only a hint: a run claims the row, imports, and says what came of
it; it returns quietly where another has the row. A run that died is taken up again after a minute, and every
import finds itself done. Refuses a confirmation of what was not rehearsed without a fault.
"""

import hashlib
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from django.db import connection, connections, transaction
from django.db.models import Q
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from custody.files import progress
from custody.files.faults import Refused, grouped
from custody.files.intake import Handed
from custody.files.outcomes import Outcome
from custody.kernel.errors import Conflict, DomainError, NotFound
from custody.models import Document, Fund, Operator, Upload, UploadState
from custody.money_in.bank_statements import import_statements
from custody.money_in.channel import import_channel_detail
from custody.money_in.public_revenue import import_public_revenue
from custody.permits import attempts
from custody.permits.acts import Act
from custody.permits.asking import ask

Kind = Document.Kind
ACTS: Mapping[str, Act] = {
    Kind.BANK: Act.IMPORT_BANK_STATEMENT,
    Kind.CHANNEL: Act.IMPORT_CHANNEL_DETAIL,
    Kind.REVENUE: Act.IMPORT_PUBLIC_REVENUE,
}
# What no other kind of file has among its column names.
TELLING = {Kind.CHANNEL: ("订单号", "商户订单号", "交易订单号"), Kind.REVENUE: ("批次", "批次号")}
ROWS_LOOKED_AT = 30
NAME_MAX = 255
TOLD_MAX = 200  # faults and notes kept; the sentence after them says how many more
DIED_AFTER = timedelta(minutes=1)
TOLD_EVERY_SECONDS = 0.5
CLAIMS = {UploadState.WAITING: UploadState.READING, UploadState.CONFIRMED: UploadState.TAKING}


@dataclass(frozen=True, slots=True)
class _Claim:
    """An upload that this run has to itself: read only, or taken in."""

    upload: Upload
    taking: bool
    at: datetime


def recognised(handed: Handed) -> Document.Kind:
    """What a file is, by its column names; a bank's statement where nothing says otherwise."""
    try:
        sheets = handed.table().sheets
    except Refused:
        return Kind.BANK  # a message of the bank's, or no file at all: its reader says what is wrong
    cells = {
        "".join(str(cell).split())
        for sheet in sheets
        for row in sheet.rows[:ROWS_LOOKED_AT]
        for cell in row
        if cell is not None
    }
    return next((kind for kind, names in TELLING.items() if cells & set(names)), Kind.BANK)


@transaction.atomic
def hand_in_file(
    *,
    ticket: uuid.UUID,
    fund: Fund,
    handed: Handed,
    kind: str,
    actor: Operator,
    at: datetime,
    at_once: bool = False,
) -> Upload:
    """Keep the bytes, to be rehearsed; the same ticket of the same person is the same upload.

    ``at_once``: to be taken in without a rehearsal, as a program asks; the import refuses it whole or not.

    Errors: Forbidden, NotFound (somebody else's ticket).
    """
    known = Upload.objects.filter(ticket=ticket).first()
    if known is not None:
        if (known.handed_by_id, known.fund_id) != (actor.pk, fund.pk):
            raise NotFound(_("没有这份上传"))
        return known
    chosen = Kind(kind) if kind in ACTS else recognised(handed)
    ask(ACTS[chosen], fund_id=fund.pk, actor=actor, on=localdate(at))
    return Upload.objects.create(
        ticket=ticket, fund=fund, kind=chosen, name=handed.name[:NAME_MAX], content=handed.content,
        sha256=hashlib.sha256(handed.content).hexdigest(), size=len(handed.content), handed_by=actor,
        handed_at=at, moved_at=at, confirmed_by=actor if at_once else None,
        state=UploadState.CONFIRMED if at_once else UploadState.WAITING,
    )  # fmt: skip


@transaction.atomic
def confirm_upload(*, upload_id: int, actor: Operator, at: datetime) -> Upload:
    """Say that what was rehearsed shall be taken in; said again, nothing more. Forbidden, Conflict."""
    row = Upload.objects.select_for_update(of=("self",)).select_related("fund").get(pk=upload_id)
    ask(ACTS[row.kind], fund_id=row.fund_id, actor=actor, on=localdate(at))
    if row.state in (UploadState.CONFIRMED, UploadState.TAKING, UploadState.TAKEN):
        return row
    if row.state != UploadState.REHEARSED:
        raise Conflict(
            _("「%(name)s」现为「%(state)s」，试读无误后才能确认"), code="upload-not-rehearsed",
            name=row.name, state=UploadState(row.state),
        )  # fmt: skip
    row.state, row.confirmed_by, row.moved_at = UploadState.CONFIRMED, actor, _now()
    row.reached = row.total = 0
    row.save(update_fields=["state", "confirmed_by", "moved_at", "reached", "total"])
    return row


def run_upload(upload_id: int) -> None:
    """Rehearse or take in what waits for that; quietly nothing where another run has it or it is done.

    Must stand outside a transaction: how far it is shows while it runs.
    """
    claim = _claimed(upload_id)
    if claim is None:
        return
    with ThreadPoolExecutor(1) as teller, progress.watched_by(_watcher(teller, upload_id)):
        state, outcome, faults = _import(claim)
        teller.submit(_close)
    Upload.objects.filter(pk=upload_id, state=claim.upload.state).update(
        state=state, outcome=outcome, faults=faults, moved_at=_now()
    )


def died(upload: Upload, at: datetime) -> bool:
    """Whether a run of it stopped in the middle, or no run has begun for a minute."""
    over = upload.state in (UploadState.REHEARSED, UploadState.TAKEN, UploadState.REFUSED)
    return not over and at - upload.moved_at > DIED_AFTER


@transaction.atomic
def _claimed(upload_id: int) -> _Claim | None:
    row = (
        Upload.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("fund", "handed_by", "confirmed_by")
        .filter(Q(state__in=list(CLAIMS)) | Q(state__in=list(CLAIMS.values())), pk=upload_id)
        .first()
    )
    at = _now()
    if row is None or (row.state in CLAIMS.values() and at - row.moved_at <= DIED_AFTER):
        return None
    row.state = CLAIMS.get(UploadState(row.state), UploadState(row.state))
    row.moved_at = at
    row.save(update_fields=["state", "moved_at"])
    return _Claim(row, row.state == UploadState.TAKING, at)


def _import(claim: _Claim) -> tuple[UploadState, dict[str, Any], list[str]]:
    """The import in one transaction; what came of it as the row keeps it."""
    row = claim.upload
    actor = row.confirmed_by if claim.taking and row.confirmed_by else row.handed_by
    handed = Handed(row.name, bytes(row.content))
    try:
        with attempts.on_record(username=actor.username, fund=row.fund.code):
            outcome = _IMPORTS[row.kind](row.fund, handed, actor=actor, at=claim.at, dry_run=not claim.taking)
    except Refused as refusal:
        told = [str(group) for group in grouped(refusal.faults)]
        return UploadState.REFUSED, {}, _few(told)
    except DomainError as refusal:
        return UploadState.REFUSED, {}, [refusal.title]
    return UploadState.TAKEN if claim.taking else UploadState.REHEARSED, _kept(outcome), []


def _kept(outcome: Outcome) -> dict[str, Any]:
    """An outcome as sentences: counts by what they count, what became of each file, notes."""
    return {
        "already_done": outcome.already_done,
        "counts": [[str(code.label), count] for code, count in outcome.counts.items()],
        "verdicts": [[each.item, str(each.code.label), list(each.reasons)] for each in outcome.verdicts],
        "notes": _few([str(each) for each in outcome.notes]),
    }


def _few(told: list[str]) -> list[str]:
    left = len(told) - TOLD_MAX
    return told if left <= 0 else [*told[:TOLD_MAX], _("另有 %(count)s 条未列出") % {"count": left}]


def _watcher(teller: ThreadPoolExecutor, upload_id: int) -> progress.Watcher:
    """Tells at most twice a second how far it is, over a connection of its own."""
    last = 0.0

    def watch(done: int, total: int) -> None:
        nonlocal last
        if monotonic() - last >= TOLD_EVERY_SECONDS:
            last = monotonic()
            teller.submit(_tell, upload_id, done, total)

    return watch


def _tell(upload_id: int, done: int, total: int) -> None:
    Upload.objects.filter(pk=upload_id).update(reached=done, total=total, moved_at=_now())


def _close() -> None:
    connections.close_all()


def _now() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT custody_now()")
        instant: datetime = cursor.fetchone()[0]
    return instant


def _bank(fund: Fund, handed: Handed, **by: Any) -> Outcome:
    return import_statements(fund=fund, paths=[handed], **by)


def _channel(fund: Fund, handed: Handed, **by: Any) -> Outcome:
    return import_channel_detail(fund=fund, paths=[handed], **by)


def _revenue(fund: Fund, handed: Handed, **by: Any) -> Outcome:
    return import_public_revenue(fund=fund, path=handed, **by)


_IMPORTS: dict[str, Callable[..., Outcome]] = {
    Kind.BANK: _bank,
    Kind.CHANNEL: _channel,
    Kind.REVENUE: _revenue,
}
