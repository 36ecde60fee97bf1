"""The bank's reports as evidence: each refusal on record is what its kept report says, at its place.

Refuses to write. Asked by the proof of the ledger, and before a payment called failed by such a report is
made again.
"""

from collections.abc import Iterator

from django.db import connections
from django.utils.translation import gettext as _

from custody.files import archive
from custody.files.faults import Refused
from custody.kernel.errors import Conflict, DomainError
from custody.kernel.words import told
from custody.models import Fund
from settlement.models import PaymentOrder, Refusal
from settlement.payments.gateways.pain002 import read_status_report
from settlement.payments.status_reports import evidence_of


def status_refusals(fund: Fund, after: int, using: str) -> Iterator[tuple[int, list[str]]]:
    """Each refusal read from a report, beyond ``after`` by its number, with what does not hold of it."""
    rows = Refusal.objects.using(using).filter(fund=fund, document__isnull=False, pk__gt=after)
    for refusal in rows.select_related("document", "order__batch").order_by("pk").iterator():
        yield refusal.pk, list(_faults_of(refusal))


def refuse_unproved_failures(order: PaymentOrder, *, using: str) -> None:
    """Conflict (``refusal-unproved``) when an earlier attempt failed by nothing that can be shown.

    By a second person's key, or by a report whose kept bytes say so, read again now.
    """
    for before in order.settlement.orders.filter(attempt__lt=order.attempt).order_by("attempt"):
        if _keyed(before.pk, using):
            continue
        told_of = before.refusals.filter(document__isnull=False).select_related("document", "order__batch")
        if not any(not list(_faults_of(each)) for each in told_of):
            raise Conflict(
                _("付款 %(payment)s 登记为失败，而存档的银行报告并不这样说，不再付第二次"),
                code="refusal-unproved",
                payment=before.end_to_end_id,
            )


def _faults_of(refusal: Refusal) -> Iterator[str]:
    document, order = refusal.document, refusal.order
    if document is None:
        return
    try:
        report = read_status_report(archive.bytes_of(document), name=document.name)
    except (DomainError, Refused) as problem:
        yield told(_("银行报告「%(file)s」无法重读：%(why)s"), file=document.name, why=problem)
        return
    said = {each.place: each for each in report.of(order.end_to_end_id)}
    found = said.get(refusal.place or 0)
    if (
        report.original_id != order.batch.message_id
        or found is None
        or not all(each.refused for each in said.values())
        or found.amount not in (None, order.amount.amount)
        or evidence_of(found, document) != refusal.evidence
    ):
        yield told(
            _("付款 %(payment)s 登记的拒付，银行报告「%(file)s」里没有"),
            payment=order.end_to_end_id, file=document.name,
        )  # fmt: skip


def _keyed(order_id: int, using: str) -> bool:
    """Whether a second person's key stands on a report that the bank refused the order."""
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT settlement_refusal_stands(%s)", (order_id,))
        return bool(cursor.fetchone()[0])
