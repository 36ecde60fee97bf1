"""A batch the bank was handed, its report on it, and its statement that goes on: short verbs for tests."""

from datetime import UTC, date, datetime

from django.db import transaction

from custody.bank.explaining import follow_statements
from custody.files.intake import Handed
from custody.files.outcomes import Outcome
from settlement.models import PaymentBatch, PaymentOrder
from settlement.payments import sending
from settlement.payments.status_reports import import_payment_status
from tests.settlement.desk import AT, Provider, fresh
from tests.settlement.payments.reports import Said, report

LATER = datetime(2025, 8, 10, 2, 0, tzinfo=UTC)
IN_TIME, BEYOND = date(2025, 8, 8), date(2025, 8, 9)  # three days after the 5th, and the day after them


def sent(desk: Provider, *amounts: str) -> PaymentBatch:
    """Released, filed and handed to the bank on 4 August, to be paid on the 5th."""
    batch = desk.instructed(*(desk.released(amount) for amount in amounts or ("1000",)))
    sending.send_batch(batch_id=batch.pk, at=AT)
    return PaymentBatch.objects.get(pk=batch.pk)


def order_of(batch: PaymentBatch) -> PaymentOrder:
    return batch.orders.select_related("settlement").order_by("pk")[0]


def state(batch: PaymentBatch) -> tuple[str, str]:
    """Where the batch's first settlement stands, and its order."""
    order = order_of(batch)
    return fresh(order.settlement).state, order.outcome


def take(desk: Provider, content: bytes, at: datetime = AT, dry_run: bool = False) -> Outcome:
    return import_payment_status(
        fund=desk.at.fund, path=Handed("status.xml", content), actor=desk.at.actor, at=at, dry_run=dry_run
    )


def refusing(batch: PaymentBatch, words: str = "") -> bytes:
    return report(batch.message_id, Said(order_of(batch).end_to_end_id, words=words))


def goes_on(desk: Provider, on: date, at: datetime = LATER) -> None:
    """The bank's statement goes on with a receipt of this day."""
    desk.bank_line("5", "", account="", name="路人", on=on)
    with transaction.atomic():
        follow_statements(fund=desk.at.fund, actor=desk.at.actor, at=at)
