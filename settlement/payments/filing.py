"""Telling the bank: released settlements become one filed batch of a fund, resent only as the same bytes.

Refuses anyone but the trust company's people, settlements of two funds, a fund with an open break, and a
second identifier for a payment the bank has not finally refused. A message only hints; the batch row says
whether the file is out.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256

import structlog
from django.conf import settings
from django.db import transaction
from django.utils.timezone import localdate, localtime

from custody import keys
from custody.deeds.funds import lock_fund
from custody.files import archive
from custody.kernel.errors import Conflict, DomainError, NotFound, Rejected
from custody.kernel.invariants import InvariantBroken
from custody.models import BankAccount, Document, Fund, Operator, OrganisationKind
from custody.money_in import breaks
from settlement.decisions.subjects import SETTLEMENT
from settlement.models import Basis, OrderOutcome, PayeeAccount, PaymentBatch, PaymentOrder, Settlement
from settlement.moves import advance, locked, locked_after_fund
from settlement.payments.gateways import BankChannel
from settlement.payments.gateways.files import FileChannel
from settlement.payments.gateways.pain001 import Batch, Party, Transfer, render
from settlement.selectors import present_lines
from settlement.states import State

UNSENT_MINUTES = 5
SILENT_DAYS = 3
UNNAMED = "PT"
_log = structlog.get_logger(__name__)


@transaction.atomic
def instruct(
    *, fund_id: int, settlement_ids: Sequence[int], execute_on: date, actor: Operator, at: datetime
) -> PaymentBatch:
    """File released settlements of one fund as one batch; the file leaves after the commit.

    Errors: Forbidden (not the trust company's), NotFound, Rejected (none asked, a day gone by,
    ``break-open``), Conflict (not released, or keys that no longer stand).
    """
    keys.acting_for(fund_id, actor, OrganisationKind.TRUSTEE, localdate(at))
    if not settlement_ids:
        raise Rejected("没有要支付的发票", code="batch-empty")
    if execute_on < localdate(at):
        raise Rejected("付款日期已过", code="execute-too-early", execute_on=execute_on)
    fund = lock_fund(Fund.objects.get(pk=fund_id))
    breaks.refuse_release(fund_id)
    chosen = [_released(fund_id, pk) for pk in sorted(set(settlement_ids))]
    identified = [(each, _end_to_end_id(each)) for each in chosen]
    filed = named(
        Batch(
            message_id=UNNAMED,
            created_at=localtime(at),
            execute_on=execute_on,
            debtor=_debtor(fund_id),
            transfers=tuple(_transfer(each, identifier) for each, identifier in identified),
        ),
        fund_code=fund.code,
    )
    content = render(filed)
    batch = PaymentBatch.objects.create(
        fund=fund,
        message_id=filed.message_id,
        execute_on=execute_on,
        content=content,
        content_sha256=sha256(content).hexdigest(),
        created_by=actor,
        created_at=at,
    )
    archive.keep(
        fund=fund,
        kind=Document.Kind.PAYMENT,
        name=f"{filed.message_id}.xml",
        content=content,
        actor=actor,
        at=at,
    )
    for each, identifier in identified:
        _order(batch, each, identifier)
        advance(each, each.instruct, actor=actor, at=at, reason=filed.message_id)
    transaction.on_commit(lambda: _enqueue(batch.pk), robust=True)
    return batch


def _released(fund_id: int, settlement_id: int) -> Settlement:
    """The settlement under lock, released, of this fund, with both keys standing on what it says now."""
    settlement = locked(settlement_id)
    if settlement.fund_id != fund_id:
        raise NotFound("该信托没有这张发票的结算", settlement=settlement_id)
    if settlement.state != State.RELEASED:
        raise Conflict(
            f"发票 {settlement.number} 尚未放款或已下达指令",
            code="state-moved-on",
            settlement=settlement_id,
            state=settlement.state,
        )
    if not all(keys.stands(SETTLEMENT, settlement_id, key) for key in keys.HELD_BY):
        raise Conflict("审批后内容已变,两把密码失效", code="key-void", settlement=settlement_id)
    return settlement


def _order(batch: PaymentBatch, settlement: Settlement, end_to_end_id: str) -> PaymentOrder:
    return PaymentOrder.objects.create(
        batch=batch,
        settlement=settlement,
        fund_id=settlement.fund_id,
        end_to_end_id=end_to_end_id,
        payee_account=_payee(settlement),
        amount=settlement.total,
        attempt=1 + settlement.orders.count(),
    )


def _end_to_end_id(settlement: Settlement) -> str:
    """The invoice and which order for it this is, at any estate: the bank tells a retry from the first."""
    before = PaymentOrder.objects.filter(end_to_end_id__startswith=f"{settlement.number}-").count()
    return f"{settlement.number}-{before + 1}"


def named(batch: Batch, *, fund_code: str) -> Batch:
    """The batch called after its day and all that its file says: no other file, in any database, is.

    Twenty-seven characters; the digest also covers the fund and the microsecond of filing.
    """
    facts = f"{fund_code}|{batch.created_at.astimezone(UTC).isoformat()}|".encode()
    digest = sha256(facts + render(replace(batch, message_id=UNNAMED))).hexdigest()
    return replace(batch, message_id=f"PT{batch.execute_on:%Y%m%d}-{digest[:16]}")


def _debtor(fund_id: int) -> Party:
    account = BankAccount.objects.filter(fund_id=fund_id).order_by("pk").first()
    if account is None:
        raise NotFound("该信托尚未登记专户", fund=fund_id)
    return Party(account.holder, account.number, account.bank_name)


def _transfer(settlement: Settlement, end_to_end_id: str) -> Transfer:
    payee = _payee(settlement)
    return Transfer(
        end_to_end_id=end_to_end_id,
        amount=settlement.total,
        creditor=Party(payee.holder, payee.number, payee.bank_name, payee.clearing_number),
        remittance=remittance(settlement),
    )


def _payee(settlement: Settlement) -> PayeeAccount:
    """A verified settlement has one; its absence is our own bug."""
    if settlement.payee_account is None:
        raise InvariantBroken("a released settlement has a payee account")
    return settlement.payee_account


def remittance(settlement: Settlement) -> str:
    """What the bank's line will carry: the invoice number, then the work orders and periods it pays."""
    cited = [
        f"{line.period_month:%Y-%m}" if line.basis != Basis.WORK_ORDER and line.period_month else line.cited
        for line in present_lines().filter(settlement=settlement).order_by("line_no")
    ]
    return " ".join([settlement.number, *dict.fromkeys(cited)])


def _enqueue(batch_id: int) -> None:
    """Hint to a worker that a batch waits."""
    from settlement.tasks import send_payment_batch

    send_payment_batch.send(batch_id)


# ------------------------------------------------------------------------------------------- sending


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
        raise NotFound("没有这个付款批次", batch=batch_id)
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
            if send_batch(batch_id=batch.pk, at=at):
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


# ------------------------------------------------------------------------------------------ outcomes


@transaction.atomic
def mark_unknown(*, settlement_id: int, reason: str, actor: Operator, at: datetime) -> Settlement:
    """Nobody knows whether the bank paid. The hold stays; bank evidence ends this. Errors as mark_failed."""
    settlement, order = _instructed(settlement_id, actor, at, reason)
    order.outcome = OrderOutcome.UNKNOWN
    order.evidence = reason[:300]
    order.save(update_fields=["outcome", "evidence"])
    return advance(settlement, settlement.lose_sight, actor=actor, at=at, reason=reason)


@transaction.atomic
def mark_failed(*, settlement_id: int, evidence: str, actor: Operator, at: datetime) -> Settlement:
    """The bank finally refused, as ``evidence`` (its message or receipt) shows. The hold stays for a retry.

    Errors: Forbidden (not the trust company's), Rejected (no evidence), Conflict (not awaiting the bank).
    """
    settlement, order = _instructed(settlement_id, actor, at, evidence)
    order.outcome = OrderOutcome.FAILED
    order.evidence = evidence[:300]
    order.save(update_fields=["outcome", "evidence"])
    return advance(settlement, settlement.fail, actor=actor, at=at, reason=evidence)


@transaction.atomic
def retry(*, settlement_id: int, actor: Operator, at: datetime) -> Settlement:
    """Make a finally refused payment ready to be instructed again under a new bank identifier.

    Errors: Forbidden; Conflict when it did not fail or its keys no longer stand; Rejected (``break-open``).
    """
    settlement = locked_after_fund(settlement_id)
    keys.acting_for(settlement.fund_id, actor, OrganisationKind.TRUSTEE, localdate(at))
    if settlement.state != State.FAILED:
        raise Conflict("只有付款失败的结算可以重付", code="state-moved-on", state=settlement.state)
    if not all(keys.stands(SETTLEMENT, settlement_id, key) for key in keys.HELD_BY):
        raise Conflict("审批后内容已变,两把密码失效", code="key-void", settlement=settlement_id)
    breaks.refuse_release(settlement.fund_id)
    return advance(settlement, settlement.release, actor=actor, at=at, reason="重付")


def _instructed(
    settlement_id: int, actor: Operator, at: datetime, said: str
) -> tuple[Settlement, PaymentOrder]:
    """The settlement under lock and its open order, for the trust company's people with something to show."""
    settlement = locked(settlement_id)
    keys.acting_for(settlement.fund_id, actor, OrganisationKind.TRUSTEE, localdate(at))
    if not said.strip():
        raise Rejected("请写明银行的凭据或理由", code="evidence-missing")
    order = (
        PaymentOrder.objects.select_for_update(of=("self",), no_key=True)
        .filter(settlement=settlement, outcome__in=[OrderOutcome.PENDING, OrderOutcome.UNKNOWN])
        .first()
    )
    if order is None or settlement.state not in {State.INSTRUCTED, State.UNKNOWN}:
        raise Conflict(
            f"发票 {settlement.number} 没有等待银行结果的付款", code="state-moved-on", state=settlement.state
        )
    return settlement, order
