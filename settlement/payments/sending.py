"""Handing filed batches to the bank's channel: each as the same bytes, however often it is asked for.

Refuses to send anything that is not filed; a message only hints, the batch row says whether the file is out.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

import structlog
from django.conf import settings
from django.db import transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from custody.kernel.durable import retrying
from custody.kernel.errors import DomainError, NotFound
from settlement.models import OrderOutcome, PaymentBatch, PaymentOrder
from settlement.payments.gateways import BankChannel
from settlement.payments.gateways.files import FileChannel

UNSENT_MINUTES = 5
SILENT_DAYS = 3
_log = structlog.get_logger(__name__)


def channel() -> BankChannel:
    """The channel payment files leave by."""
    return FileChannel(settings.BANK_OUTBOX)


@transaction.atomic
def send_batch(*, batch_id: int, at: datetime) -> bool:
    """Hand the batch's file to the channel, unless it is out; answers whether it was handed over now.

    Killed half-way, the next call writes the same file again. Errors: NotFound; OSError from the channel.
    """
    batch = (
        PaymentBatch.objects.select_for_update(of=("self",), no_key=True)
        .select_related("fund")
        .filter(pk=batch_id)
        .first()
    )
    if batch is None:
        raise NotFound(_("没有这个付款批次"), batch=batch_id)
    if batch.sent_at is not None:
        return False
    channel().deliver(fund_code=batch.fund.code, message_id=batch.message_id, content=bytes(batch.content))
    batch.sent_at = at
    batch.save(update_fields=["sent_at"])
    return True


def unsent(at: datetime, *, minutes: int = UNSENT_MINUTES) -> list[PaymentBatch]:
    """Filed batches whose file should have left by now, oldest first."""
    late = at - timedelta(minutes=minutes)
    return list(PaymentBatch.objects.filter(sent_at__isnull=True, created_at__lte=late).order_by("pk"))


def sweep(*, at: datetime, minutes: int = UNSENT_MINUTES) -> list[int]:
    """Send what a lost message left behind; answers the batches sent. A failing one waits for the next."""
    sent = []
    for batch in unsent(at, minutes=minutes):
        try:
            if retrying(partial(send_batch, batch_id=batch.pk, at=at)):
                sent.append(batch.pk)
        except (OSError, DomainError) as failure:
            _log.warning("payment batch not delivered", batch=batch.message_id, failure=str(failure))
    return sent


@dataclass(frozen=True, slots=True)
class Silent:
    """An order the bank has said nothing about for longer than it should."""

    settlement_id: int
    number: str
    end_to_end_id: str
    execute_on: date


def silent(at: datetime, *, days: int = SILENT_DAYS) -> list[Silent]:
    """Orders still pending ``days`` after their day: somebody must ask the bank."""
    orders = PaymentOrder.objects.filter(
        outcome=OrderOutcome.PENDING, batch__execute_on__lt=localdate(at) - timedelta(days=days)
    ).select_related("batch", "settlement")
    return [
        Silent(each.settlement_id, each.settlement.number, each.end_to_end_id, each.batch.execute_on)
        for each in orders.order_by("pk")
    ]
