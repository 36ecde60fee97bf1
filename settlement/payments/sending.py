"""Handing filed batches to the bank's channel: each as the same bytes, however often it is asked for.

Refuses to send anything that is not filed, bytes that are not what the batch's orders make, an order that no
longer waits for the bank, one whose keys no longer stand, and anything of a fund whose outbox holds what
the database does not know. A message only hints, the batch row says whether the file is out.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from custody.kernel.durable import retrying
from custody.kernel.errors import Conflict, DomainError, NotFound
from custody.models import Fund
from settlement.decisions.release import refuse_void_keys
from settlement.models import OrderOutcome, PaymentBatch, PaymentOrder
from settlement.payments.gateways import BankChannel, File
from settlement.payments.gateways.files import FileChannel
from settlement.payments.gateways.pain001 import render
from settlement.payments.rendering import stated_by

UNSENT_MINUTES = 5
SILENT_DAYS = 3
STRANGERS_SHOWN_MAX = 5
_log = structlog.get_logger(__name__)


def channel() -> BankChannel:
    """The channel payment files leave by."""
    return FileChannel(settings.BANK_OUTBOX)


@transaction.atomic
def send_batch(*, batch_id: int, at: datetime) -> bool:
    """Hand the batch's file to the channel, unless it is out; answers whether it was handed over now.

    Killed half-way, the next call writes the same file again, or finds it out. Errors: NotFound; Conflict
    (``order-ended``, ``key-void``, ``batch-differs``, ``outbox-knows-more``, ``payment-already-out``);
    OSError from the channel.
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
    file = File(fund_code=batch.fund.code, message_id=batch.message_id, content=bytes(batch.content))
    if not channel().holds(file):
        refuse_strangers(batch.fund)
        _refuse_to_leave(batch)
        channel().deliver(file)
    batch.sent_at = at
    batch.save(update_fields=["sent_at"])
    return True


def refuse_strangers(fund: Fund) -> None:
    """Conflict (``outbox-knows-more``) when a file of the fund is out that no batch on record made.

    So it is after a database is restored to an earlier moment: what the bank has been asked since is unknown
    here, and paying on would pay twice. The outbox is read first, so a batch filed meanwhile is no stranger.
    """
    out = channel().out(fund.code)
    known = PaymentBatch.objects.filter(fund=fund, message_id__in=out).values_list("message_id", flat=True)
    strangers = sorted(out.difference(known))
    if strangers:
        raise Conflict(
            _("发件箱中有数据库不认识的付款文件 %(files)s，查明之前不再付款"),
            code="outbox-knows-more",
            files="、".join(strangers[:STRANGERS_SHOWN_MAX]),
            count=len(strangers),
        )


def _refuse_to_leave(batch: PaymentBatch) -> None:
    """Conflict unless each order still waits, its keys stand, and its orders make the very bytes kept.

    The orders stay locked until the batch is marked sent: nobody ends one while its file leaves.
    """
    orders = (
        batch.orders.select_for_update(of=("self",), no_key=True).select_related("settlement").order_by("pk")
    )
    for order in orders:
        if order.outcome != OrderOutcome.PENDING:
            raise Conflict(
                _(
                    "付款批次 %(batch)s 中发票 %(number)s 的付款已登记为「%(outcome)s」，该文件不再送出，"
                    "其余付款请向银行查明"
                ),
                code="order-ended",
                batch=batch.message_id,
                number=order.settlement.number,
                outcome=OrderOutcome(order.outcome).label,
            )
        refuse_void_keys(order.settlement)
    stated = stated_by(batch)
    if (stated.message_id, render(stated)) != (batch.message_id, bytes(batch.content)):
        raise Conflict(
            _("付款文件 %(batch)s 与其付款指令重新生成的文件不一致，不予送出"),
            code="batch-differs",
            batch=batch.message_id,
        )


def unsent(at: datetime, *, minutes: int = UNSENT_MINUTES) -> list[PaymentBatch]:
    """Filed batches whose file should have left by now, oldest first; none that waits for nothing more."""
    late = at - timedelta(minutes=minutes)
    alive = PaymentOrder.objects.filter(
        batch=OuterRef("pk"), outcome__in=[OrderOutcome.PENDING, OrderOutcome.UNKNOWN]
    )
    waiting = PaymentBatch.objects.filter(Exists(alive), sent_at__isnull=True, created_at__lte=late)
    return list(waiting.order_by("pk"))


def _log_kept(batch: PaymentBatch, why: str) -> None:
    _log.warning("payment batch not delivered", batch=batch.message_id, failure=why)


def sweep(
    *, at: datetime, minutes: int = UNSENT_MINUTES, kept: Callable[[PaymentBatch, str], None] = _log_kept
) -> list[int]:
    """Send what a lost message left behind; answers the batches sent.

    A batch that does not leave stops no other: ``kept`` is told why, and the next sweep tries again.
    """
    sent = []
    for batch in unsent(at, minutes=minutes):
        try:
            if retrying(partial(send_batch, batch_id=batch.pk, at=at)):
                sent.append(batch.pk)
        except (OSError, DomainError) as failure:
            kept(batch, str(failure))
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
