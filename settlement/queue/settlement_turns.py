"""What waits for a person where the provider is paid, and a person's whole queue over all rooms.

Refuses nothing and writes nothing.
"""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from functools import partial

from django.db.models import Max
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from custody import keys
from custody.kernel.words import told
from custody.models import Approval, Fund, Key, Operator, VaultNote
from custody.permits.acts import Act
from custody.queue.custody_turns import custody_turns
from custody.queue.further_turns import further_turns
from custody.queue.waiting_items import KEY_ACTS, Waiting, seat_of, start_of
from custody.vault.hindrances import troubles
from settlement.decisions import payees, questions
from settlement.decisions.subjects import PAYEE, REFUSAL, RETURN, SETTLEMENT
from settlement.models import OrderOutcome, PayeeAccount, PaymentBatch, Refusal, Settlement
from settlement.payments import sending, unnamed_returns
from settlement.queue.acceptance_subject import acceptance_turns
from settlement.queue.fee_turns import fee_turns
from settlement.queue.payback_subject import payback_turns
from settlement.states import TITLES, State

# Where a settlement waits for a person, and for whose act. The other states end, or wait for the bank.
STEPS = {
    State.DRAFT: Act.SUBMIT_INVOICE,
    State.RETURNED: Act.SUBMIT_INVOICE,
    State.VERIFIED: Act.TURN_FIRST_KEY,
    State.APPROVED: Act.TURN_SECOND_KEY,
    State.RELEASED: Act.INSTRUCT_PAYMENTS,
    State.UNKNOWN: Act.RECORD_OUTCOME,
    State.FAILED: Act.RETRY_PAYMENT,
}
BATCH = "payment_batch"


def queue_of(person: Operator, at: datetime, *, among: Collection[str] | None = None) -> list[Waiting]:
    """Everything that waits for this person, oldest first: over all their funds, or those of these codes."""
    seat = seat_of(person, localdate(at))
    if seat is None:
        return []
    funds = [fund for fund in seat.funds if among is None or fund.code in among]
    items = [
        item
        for fund in funds
        for item in (*custody_turns(fund, at), *settlement_turns(fund, at), *further_turns(fund, at))
    ]
    return seat.mine(items)


def settlement_turns(fund: Fund, at: datetime) -> list[Waiting]:
    """Everything of this fund's payments that waits for somebody's act, in no order."""
    return [
        *payback_turns(fund), *_settlements(fund), *_payees(fund, at), *_refusals(fund), *_returns(fund),
        *_unsent(fund), *_silent(fund, at), *fee_turns(fund, at), *_questions(fund), *acceptance_turns(fund),
    ]  # fmt: skip


def _settlements(fund: Fund) -> Iterator[Waiting]:
    rows = Settlement.objects.filter(fund=fund, state__in=[state.value for state in STEPS])
    for row in rows.annotate(since=Max("moves__moved_at")).order_by("pk"):
        state = State(row.state)
        turned = keys.standing(SETTLEMENT, row.pk) if state is State.APPROVED else []
        yield Waiting(
            fund=fund.code,
            act=STEPS[state],
            kind=SETTLEMENT,
            number=row.number,
            what=told(_("发票 %(number)s「%(state)s」"), number=row.number, state=TITLES[state]),
            since=row.since,
            amount=row.total.amount,
            not_by=_hands(row.submitted_by_id if state in (State.VERIFIED, State.APPROVED) else None, turned),
        )


def _hands(maker_id: int | None, turned: list[Approval]) -> frozenset[int]:
    """Who may turn no further key: the maker, and whoever turned one."""
    return frozenset({each.operator_id for each in turned} | ({maker_id} if maker_id else set()))


def _payees(fund: Fund, at: datetime) -> Iterator[Waiting]:
    """Changed accounts: the keys they lack, and while they cool off, that a key may still be taken back."""
    for row in PayeeAccount.objects.filter(fund=fund, handover=False).order_by("pk"):
        content = keys.content_digest_of(PAYEE, row.pk)
        standing = [each for each in keys.standing(PAYEE, row.pk) if each.content_sha256 == content]
        turned = {each.key: each for each in standing}
        said = {"holder": row.holder, "account": row.number}
        made = partial(Waiting, fund=fund.code, kind=PAYEE, number=str(row.pk))
        for which in keys.HELD_BY.keys() - turned.keys():
            what = told(_("收款账户变更 %(holder)s %(account)s，待%(key)s"), key=Key(which).label, **said)
            since = max((each.given_at for each in standing), default=start_of(row.usable_from))
            yield made(act=KEY_ACTS[which], what=what, since=since, not_by=_hands(None, standing))
        usable_on = payees.usable_since(row.pk)
        if usable_on is not None and usable_on > localdate(at):
            what = told(
                _("收款账户变更 %(holder)s %(account)s 自 %(on)s 起可用，此前可撤回密码"),
                on=usable_on,
                **said,
            )
            since = max(each.given_at for each in standing)
            yield made(act=Act.WITHDRAW_KEY, what=what, since=since)


def _refusals(fund: Fund) -> Iterator[Waiting]:
    """Reports that the bank refused, which a second person has not confirmed."""
    open_ones = [OrderOutcome.PENDING, OrderOutcome.UNKNOWN]
    rows = Refusal.objects.filter(fund=fund, order__outcome__in=open_ones)
    for row in rows.select_related("order__settlement").order_by("pk"):
        yield Waiting(
            fund=fund.code,
            act=Act.TURN_SECOND_KEY,
            kind=REFUSAL,
            number=str(row.pk),
            what=told(
                _("发票 %(number)s 报称银行拒付：%(evidence)s"),
                number=row.order.settlement.number,
                evidence=row.evidence,
            ),
            since=row.reported_at,
            amount=row.order.amount.amount,
            not_by=frozenset({row.reported_by_id}),
        )


def _returns(fund: Fund) -> Iterator[Waiting]:
    """Credits said to be a payment come back, which a second person has not confirmed."""
    for row in unnamed_returns.open_returns(fund.pk):
        yield Waiting(
            fund=fund.code,
            act=Act.TURN_SECOND_KEY,
            kind=RETURN,
            number=str(row.pk),
            what=told(
                _("第%(position)s笔流水认定为发票 %(number)s 退汇：%(reason)s"),
                position=row.line.position, number=row.order.settlement.number, reason=row.reason,
            ),
            since=row.reported_at,
            amount=row.line.amount.amount,
            not_by=frozenset({row.reported_by_id}),
        )  # fmt: skip


def _unsent(fund: Fund) -> Iterator[Waiting]:
    """Filed batches whose file has not left."""
    waiting = [OrderOutcome.PENDING, OrderOutcome.UNKNOWN]
    found = PaymentBatch.objects.filter(fund=fund, sent_at__isnull=True, orders__outcome__in=waiting)
    rows = list(found.defer("content").distinct().order_by("pk"))
    why = troubles(VaultNote.Kind.PAYMENT_FILE, [each.pk for each in rows]) if rows else {}
    for row in rows:
        yield Waiting(
            fund=fund.code,
            act=Act.INSTRUCT_PAYMENTS,
            kind=BATCH,
            number=row.message_id,
            what=_unsent_told(row.message_id, why.get(row.pk)),
            since=row.created_at,
            amount=row.total.amount,
            next_command="sweep_payments",
        )


def _unsent_told(message_id: str, why: str | None) -> str:
    if why is None:
        return told(_("付款文件 %(batch)s 尚未送出"), batch=message_id)
    return told(_("付款文件 %(batch)s 尚未送出：%(why)s"), batch=message_id, why=why)


def _questions(fund: Fund) -> Iterator[Waiting]:
    """What the protector asked and nobody has answered."""
    for row in questions.open_questions(fund.pk):
        yield Waiting(
            fund=fund.code,
            act=Act.ANSWER_QUESTION,
            kind="question",
            number=str(row.pk),
            what=told(
                _("质询发票 %(number)s：%(text)s，请在 %(on)s 前答复"),
                number=row.settlement.number,
                text=row.text,
                on=row.answer_by,
            ),
            since=row.asked_at,
            due_on=row.answer_by,
        )


def _silent(fund: Fund, at: datetime) -> Iterator[Waiting]:
    """Payments the bank has said nothing about for longer than it should."""
    for each in sending.silent(at, fund_id=fund.pk):
        yield Waiting(
            fund=fund.code,
            act=Act.RECORD_OUTCOME,
            kind="payment_order",
            number=each.number,
            what=told(_("发票 %(number)s 已指令，银行尚无回音"), number=each.number),
            since=start_of(each.execute_on + timedelta(days=1)),
            amount=each.amount,
        )
