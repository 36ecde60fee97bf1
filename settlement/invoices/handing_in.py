"""A firm hands in a workbook over a page: kept and rehearsed at once, taken when somebody confirms it.

Refuses what is no xlsx workbook, too many invoices or workbooks, and to take one in which a single cell
cannot be read: the firm mends it and hands it in anew. Nothing of an invoice is written before.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from custody.deeds.funds import lock_fund
from custody.files import archive
from custody.files.faults import Refused
from custody.files.intake import Handed
from custody.files.outcomes import Outcome
from custody.kernel.errors import Conflict, Forbidden, NotFound, Rejected
from custody.models import Document, Fund, Operator, Organisation, OrganisationKind
from custody.permits.acts import Act
from custody.permits.asking import ask
from settlement.invoices.found import as_found, has_faults_of_form, totals_in
from settlement.invoices.importing import import_invoices
from settlement.invoices.invoice_file import INVOICES_AT_ONCE_MAX
from settlement.models import Submission, SubmissionState

WORKBOOKS_A_DAY_MAX = 100


def hand_in_workbook(
    *, submission_id: UUID, fund: Fund, handed: Handed, actor: Operator, at: datetime
) -> Submission:
    """Keep the workbook and say what is in it; of its invoices nothing is written.

    The same id with the same bytes is the same submission. Errors: Forbidden; Refused for what is no readable
    workbook (then it is not kept); Rejected for too many; Conflict when the id stands for another file.
    """
    provider = ask(Act.SUBMIT_INVOICE, fund_id=fund.pk, actor=actor, on=localdate(at))
    _expect_a_firm(provider, fund.pk, actor)
    known = _known(submission_id, fund, handed, provider)
    if known is not None:
        return known
    _expect_workbook(handed)
    _expect_few(provider, at)
    state, found = _found(
        handed, at, lambda: import_invoices(fund=fund, path=handed, actor=actor, at=at, dry_run=True)
    )
    with transaction.atomic():
        lock_fund(fund)
        known = _known(submission_id, fund, handed, provider)
        if known is not None:
            return known
        document = archive.keep(
            fund=fund,
            kind=Document.Kind.INVOICES,
            name=handed.name,
            content=handed.content,
            actor=actor,
            at=at,
        )
        return Submission.objects.create(
            id=submission_id,
            fund=fund,
            provider=provider,
            document=document,
            state=state,
            found=found,
            handed_in_by=actor,
            handed_in_at=at,
        )


@transaction.atomic
def confirm_submission(*, submission_id: UUID, actor: Operator, at: datetime) -> Submission:
    """Take the workbook's invoices, each judged anew; once taken, the same again changes nothing.

    When a fault of form has come up meanwhile nothing is taken, and the submission says so.
    Errors: NotFound, Forbidden, Conflict (it still has faults).
    """
    row = (
        Submission.objects.select_for_update(of=("self",), no_key=True)
        .select_related("fund", "document")
        .filter(pk=submission_id)
        .first()
    )
    if row is None:
        raise NotFound(_("没有这次申报"))
    provider = ask(Act.SUBMIT_INVOICE, fund_id=row.fund_id, actor=actor, on=localdate(at))
    if row.provider_id != provider.pk:
        raise NotFound(_("没有这次申报"))
    if row.state == SubmissionState.TAKEN:
        return row
    if row.state == SubmissionState.FAULTY:
        raise Conflict(_("这份工作簿还有要改的地方，请改好后重新上传"), code="submission-faulty")
    handed = handed_workbook(row)
    state, row.found = _found(handed, at, lambda: _taken(row.fund, handed, actor, at))
    row.state = SubmissionState.TAKEN if state == SubmissionState.JUDGED else state
    if row.state == SubmissionState.TAKEN:
        row.taken_by, row.taken_at = actor, at
    row.save(update_fields=["state", "found", "taken_by", "taken_at"])
    return row


def handed_workbook(submission: Submission) -> Handed:
    """The workbook as it was handed in. Errors: NotFound or Conflict when its bytes are gone or damaged."""
    return Handed(submission.document.name, archive.bytes_of(submission.document))


def _expect_a_firm(organisation: Organisation, fund_id: int, actor: Operator) -> None:
    if organisation.kind != OrganisationKind.PROVIDER:
        raise Forbidden(
            _("网上申报由物业企业自己的人办理"),
            code="not-of-that-organisation",
            act=Act.SUBMIT_INVOICE,
            operator=actor.username,
            fund_id=fund_id,
        )


def _known(submission_id: UUID, fund: Fund, handed: Handed, provider: Organisation) -> Submission | None:
    row = Submission.objects.select_related("document").filter(pk=submission_id).first()
    if row is None:
        return None
    same = (row.fund_id, row.provider_id, row.document.sha256) == (fund.pk, provider.pk, handed.sha256)
    if not same:
        raise Conflict(
            _("这一页已经用来上传过别的文件，请重新打开申报页再传"), code="key-reused", field="file"
        )
    return row


def _expect_workbook(handed: Handed) -> None:
    file = handed.table()
    if file.kind != "xlsx":
        raise Rejected(_("请上传 .xlsx 工作簿；其他格式请另存为 .xlsx 后再传"), code="not-a-workbook")


def _expect_few(provider: Organisation, at: datetime) -> None:
    recent = Submission.objects.filter(provider=provider, handed_in_at__gt=at - timedelta(days=1)).count()
    if recent >= WORKBOOKS_A_DAY_MAX:
        raise Rejected(
            _("一天最多上传 %(most)s 份工作簿，请明天再传或联系信托公司"),
            code="too-many-workbooks",
            most=WORKBOOKS_A_DAY_MAX,
        )


def _found(
    handed: Handed, at: datetime, reading: Callable[[], Outcome]
) -> tuple[SubmissionState, dict[str, Any]]:
    """What a reading of the workbook says, refused as a whole or not."""
    try:
        totals = totals_in(handed, localdate(at))
        if len(totals) > INVOICES_AT_ONCE_MAX:
            raise Rejected(
                _("一份工作簿最多 %(most)s 张发票，请分几份上传"),
                code="too-many-invoices",
                most=INVOICES_AT_ONCE_MAX,
            )
        outcome = reading()
    except Refused as refusal:
        return SubmissionState.FAULTY, as_found(Outcome(already_done=False, faults=refusal.faults), {})
    state = SubmissionState.FAULTY if has_faults_of_form(outcome) else SubmissionState.JUDGED
    return state, as_found(outcome, totals)


@transaction.atomic
def _taken(fund: Fund, handed: Handed, actor: Operator, at: datetime) -> Outcome:
    """The import, undone as a whole when a cell cannot be read."""
    outcome = import_invoices(fund=fund, path=handed, actor=actor, at=at)
    if has_faults_of_form(outcome):
        transaction.set_rollback(True)
    return outcome
