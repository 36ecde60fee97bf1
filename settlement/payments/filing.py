"""Telling the bank: released settlements become one filed batch of a fund, its bytes fixed before it leaves.

Refuses anyone but the trust company's people, settlements of two funds, a fund with an open break or with a
file out that no batch made, and a second identifier for a payment the bank has not finally refused.
"""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction
from django.utils.timezone import localdate, localtime
from django.utils.translation import gettext as _

from custody.deeds.accounts import paying_account
from custody.deeds.funds import lock_fund
from custody.files import archive
from custody.kernel.errors import Conflict, NotFound, Rejected
from custody.kernel.invariants import InvariantBroken
from custody.kernel.money import ZERO
from custody.ledger import restores
from custody.models import BankAccount, Document, Fund, Operator
from custody.money_in import breaks
from custody.permits.acts import Act
from custody.permits.asking import ask
from settlement.decisions.release import refuse_void_keys
from settlement.decisions.stays import refuse_stayed
from settlement.models import PayeeAccount, PaymentBatch, PaymentOrder, Settlement
from settlement.moves import advance, locked
from settlement.payments import sending
from settlement.payments.gateways.pain001 import Batch, render
from settlement.payments.rendering import UNNAMED, named, party, transfer
from settlement.states import TITLES, State
from settlement.tasks import send_payment_batch


@transaction.atomic
def instruct(
    *, fund_id: int, settlement_ids: Sequence[int], execute_on: date, actor: Operator, at: datetime
) -> PaymentBatch:
    """File released settlements of one fund as one batch; the file leaves after the commit.

    Errors: Forbidden (not the trust company's), NotFound, Rejected (none asked, a day gone by,
    ``break-open``), Conflict (not released, keys that no longer stand, ``outbox-knows-more``,
    ``restore-open``).
    """
    ask(Act.INSTRUCT_PAYMENTS, fund_id=fund_id, actor=actor, on=localdate(at))
    if not settlement_ids:
        raise Rejected(_("没有要支付的发票"), code="batch-empty")
    if execute_on < localdate(at):
        raise Rejected(_("付款日期 %(execute_on)s 已过"), code="execute-too-early", execute_on=execute_on)
    fund = lock_fund(Fund.objects.get(pk=fund_id))
    breaks.refuse_release(fund_id)
    sending.refuse_strangers(fund)
    restores.refuse_shut(fund_id)
    chosen = [_released(fund_id, pk, at) for pk in sorted(set(settlement_ids))]
    identified = [(each, next_identifier(each)) for each in chosen]
    debtor = debtor_account(fund_id, localdate(at))
    refuse_another_debtor(chosen, debtor)
    filed = named(
        Batch(
            message_id=UNNAMED,
            created_at=localtime(at),
            execute_on=execute_on,
            debtor=party(debtor),
            transfers=tuple(
                transfer(each, payee_of(each), each.total, identifier) for each, identifier in identified
            ),
        ),
        fund_code=fund.code,
    )
    batch = keep_batch(filed, fund=fund, debtor=debtor, actor=actor, at=at)
    for each, identifier in identified:
        file_order(batch, each, identifier)
        advance(each, each.instruct, actor=actor, at=at, reason=filed.message_id)
    transaction.on_commit(lambda: send_payment_batch.send(batch.pk), robust=True)
    return batch


def keep_batch(
    filed: Batch, *, fund: Fund, debtor: BankAccount, actor: Operator, at: datetime, out: bool = False
) -> PaymentBatch:
    """The batch on record, and its bytes among the fund's papers; ``out`` when the bank has them already.

    When it left is the vault's to say.
    """
    content = render(filed)
    document = archive.keep(
        fund=fund,
        kind=Document.Kind.PAYMENT,
        name=f"{filed.message_id}.xml",
        content=content,
        actor=actor,
        at=at,
    )
    return PaymentBatch.objects.create(
        fund=fund,
        message_id=filed.message_id,
        execute_on=filed.execute_on,
        content=content,
        content_sha256=document.sha256,
        document=document,
        debtor_account=debtor,
        debtor_number=filed.debtor.account,
        debtor_holder=filed.debtor.holder,
        debtor_bank_name=filed.debtor.bank_name,
        order_count=len(filed.transfers),
        total=sum((each.amount for each in filed.transfers), ZERO),
        created_by=actor,
        created_at=filed.created_at,
        adopted_at=at if out else None,
    )


def _released(fund_id: int, settlement_id: int, at: datetime) -> Settlement:
    """The settlement under lock, released, of this fund, with both keys standing on what it says now."""
    settlement = locked(settlement_id)
    if settlement.fund_id != fund_id:
        raise NotFound(_("该信托没有这张发票的结算"), settlement=settlement_id)
    if settlement.state != State.RELEASED:
        raise Conflict(
            _("发票 %(number)s 现为「%(state_title)s」，只有已放款的可以下达付款指令"),
            code="state-moved-on",
            number=settlement.number,
            settlement=settlement_id,
            state=settlement.state,
            state_title=TITLES[State(settlement.state)],
        )
    refuse_void_keys(settlement)
    refuse_stayed(settlement, at)
    return settlement


def file_order(batch: PaymentBatch, settlement: Settlement, end_to_end_id: str) -> PaymentOrder:
    """The next attempt at paying the settlement, in this batch, under the bank's identifier."""
    return PaymentOrder.objects.create(
        batch=batch,
        settlement=settlement,
        fund_id=settlement.fund_id,
        end_to_end_id=end_to_end_id,
        payee_account=payee_of(settlement),
        amount=settlement.total,
        attempt=1 + settlement.orders.count(),
    )


def next_identifier(settlement: Settlement) -> str:
    """The invoice and which order for it this is, at any estate: the bank tells a retry from the first."""
    before = PaymentOrder.objects.filter(end_to_end_id__startswith=f"{settlement.number}-").count()
    return f"{settlement.number}-{before + 1}"


def debtor_account(fund_id: int, on: date) -> BankAccount:
    """The account the fund pays from on ``on``, as ``settlement_debtor`` has it."""
    account = paying_account(fund_id, on)
    if account is None:
        raise NotFound(_("该信托尚未登记专户"), fund=fund_id)
    return account


def refuse_another_debtor(chosen: Sequence[Settlement], debtor: BankAccount) -> None:
    """What was keyed for another account of ours is keyed anew: one file pays from one account."""
    for each in chosen:
        if each.debtor_account_id != debtor.pk:
            raise Conflict(
                _("发票 %(number)s 的付款账户已变更，请撤回放款后退回重新申报"),
                code="debtor-not-current",
                number=each.number,
                settlement=each.pk,
            )


def payee_of(settlement: Settlement) -> PayeeAccount:
    """A verified settlement has one; its absence is our own bug."""
    if settlement.payee_account is None:
        raise InvariantBroken("a released settlement has a payee account")
    return settlement.payee_account
