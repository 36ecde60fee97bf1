"""The vault hands filed batches to the bank's channel: each as the same bytes, however often it is asked for.

Works over the vault's connection alone: only its login may say, in the batch row, that a file is out. Refuses
to send anything that is not filed, bytes that are not what the batch's orders make, an order that no longer
waits for the bank, one whose keys no longer stand or were signed by nobody, a batch adopted as out that is
not, and anything of a fund whose outbox holds what the database does not know. A message only hints.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial

import structlog
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.models import Exists, OuterRef
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from custody import keys
from custody.deeds.funds import lock_fund
from custody.kernel.durable import retrying
from custody.kernel.errors import Conflict, DomainError, NotFound
from custody.keys import proving
from custody.ledger import door, restores
from custody.models import Fund
from custody.money_in.paybacks import PaybackState
from custody.vault.marking import VAULT
from settlement.decisions.release import refuse_void_keys
from settlement.decisions.subjects import SETTLEMENT
from settlement.models import OrderOutcome, PaybackOrder, PaymentBatch, PaymentOrder
from settlement.payments.gateways import BankChannel, File
from settlement.payments.gateways.files import FileChannel
from settlement.payments.gateways.pain001 import render
from settlement.payments.rendering import stated_by
from settlement.payments.status_proof import refuse_unproved_failures

UNSENT_MINUTES = 5
SILENT_DAYS = 3
STRANGERS_SHOWN_MAX = 5
_log = structlog.get_logger(__name__)


def channel() -> BankChannel:
    """The channel payment files leave by."""
    return FileChannel(settings.BANK_OUTBOX)


@transaction.atomic(using=VAULT)
def send_batch(*, batch_id: int, at: datetime) -> bool:
    """Hand the batch's file to the channel, unless it is out; answers whether it was handed over now.

    The fund's head is anchored with it. Killed half-way, the next call writes the same file again, or finds
    it out. Errors: NotFound; Conflict (``order-ended``, ``key-void``, ``key-unproved``, ``refusal-unproved``,
    ``batch-differs``, ``adopted-not-out``, ``outbox-knows-more``, ``restore-open``, ``payment-already-out``);
    OSError from the channel.
    """
    batch = (
        PaymentBatch.objects.using(VAULT)
        .select_for_update(of=("self",), no_key=True)
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
        refuse_strangers(batch.fund, using=VAULT)
        restores.refuse_shut(batch.fund_id, using=VAULT)
        _refuse_to_leave(batch)
        channel().deliver(file)
    door.anchor(fund_id=batch.fund_id, purpose=batch.message_id, at=at, using=VAULT)
    batch.sent_at = at
    batch.save(using=VAULT, update_fields=["sent_at"])
    return True


def strange_files(fund: Fund, *, using: str = DEFAULT_DB_ALIAS) -> list[str]:
    """The message ids of the fund's files that are out and that no batch on record made, in order."""
    out = channel().out(fund.code)
    batches = PaymentBatch.objects.using(using).filter(fund=fund, message_id__in=out)
    return sorted(out.difference(batches.values_list("message_id", flat=True)))


def refuse_strangers(fund: Fund, *, using: str = DEFAULT_DB_ALIAS) -> None:
    """Conflict (``outbox-knows-more``) when a file of the fund is out that no batch on record made.

    So it is after a database is restored to an earlier moment: what the bank has been asked since is unknown
    here, and paying on would pay twice. The outbox is read first, so a batch filed meanwhile is no stranger.
    """
    strangers = strange_files(fund, using=using)
    if strangers:
        raise Conflict(
            _("发件箱中有数据库不认识的付款文件 %(files)s，用 adopt_after_restore 认领之前不再付款"),
            code="outbox-knows-more",
            files="、".join(strangers[:STRANGERS_SHOWN_MAX]),
            count=len(strangers),
        )


def _refuse_to_leave(batch: PaymentBatch) -> None:
    """Conflict unless each order still waits, its keys stand, and its orders make the very bytes kept.

    The orders stay locked until the batch is marked sent: nobody ends one while its file leaves. A payback's
    writers wait for its fund's lock.
    """
    if batch.adopted_at is not None:
        raise Conflict(
            _("付款批次 %(batch)s 是恢复后认领的，发件箱中却没有该文件，不予送出"),
            code="adopted-not-out",
            batch=batch.message_id,
        )
    with connections[VAULT].cursor() as cursor:
        cursor.execute("SELECT settlement_lock_orders(%s)", (batch.pk,))
    for order in batch.orders.select_related("settlement").order_by("pk"):
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
        refuse_void_keys(order.settlement, using=VAULT)
        proving.refuse_unproved(SETTLEMENT, order.settlement_id, using=VAULT)
        refuse_unproved_failures(order, using=VAULT)
    for paid_back in batch.payback_orders.order_by("pk"):
        lock_fund(batch.fund, using=VAULT)
        refuse_void_payback(paid_back.payback_id, using=VAULT)
        proving.refuse_unproved(keys.PAYBACK, paid_back.payback_id, using=VAULT)
    stated = stated_by(batch)
    if (stated.message_id, render(stated)) != (batch.message_id, bytes(batch.content)):
        raise Conflict(
            _("付款文件 %(batch)s 与其付款指令重新生成的文件不一致，不予送出"),
            code="batch-differs",
            batch=batch.message_id,
        )


def refuse_void_payback(payback_id: int, *, using: str = DEFAULT_DB_ALIAS) -> None:
    """Conflict (``key-void``) unless both keys stand on what the payback says now.

    A refusal by the bank that somebody reported is part of that: its file does not leave then.
    """
    if not all(keys.stands(keys.PAYBACK, payback_id, which, using=using) for which in keys.HELD_BY):
        raise Conflict(_("退还 %(payback)s 的两把密码已失效，不予付款"), code="key-void", payback=payback_id)


def unsent(
    at: datetime, *, minutes: int = UNSENT_MINUTES, using: str = DEFAULT_DB_ALIAS
) -> list[PaymentBatch]:
    """Filed batches whose file should have left by now, oldest first; none that waits for nothing more."""
    late = at - timedelta(minutes=minutes)
    alive = PaymentOrder.objects.filter(
        batch=OuterRef("pk"), outcome__in=[OrderOutcome.PENDING, OrderOutcome.UNKNOWN]
    )
    back = PaybackOrder.objects.filter(batch=OuterRef("pk"), payback__state=PaybackState.INSTRUCTED)
    waiting = PaymentBatch.objects.using(using).filter(
        Exists(alive) | Exists(back), sent_at__isnull=True, created_at__lte=late
    )
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
    for batch in unsent(at, minutes=minutes, using=VAULT):
        try:
            if retrying(partial(send_batch, batch_id=batch.pk, at=at), using=VAULT):
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
    amount: Decimal


def silent(at: datetime, *, days: int = SILENT_DAYS, fund_id: int | None = None) -> list[Silent]:
    """Orders still pending ``days`` after their day: somebody must ask the bank. Of one fund, or of all."""
    orders = PaymentOrder.objects.filter(
        outcome=OrderOutcome.PENDING, batch__execute_on__lt=localdate(at) - timedelta(days=days)
    ).select_related("batch", "settlement")
    if fund_id is not None:
        orders = orders.filter(fund_id=fund_id)
    return [
        Silent(
            each.settlement_id,
            each.settlement.number,
            each.end_to_end_id,
            each.batch.execute_on,
            each.amount.amount,
        )
        for each in orders.order_by("pk")
    ]
