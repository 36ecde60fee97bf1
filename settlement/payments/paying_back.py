"""Paying a released payback through the same channel as any payment, and what the bank says of it.

Refuses one whose keys no longer stand, a fund with an open break or with a file out that no batch made, and a
bank's refusal that only one person speaks of. A line of another amount or account stays unexplained.
"""

import re
from collections.abc import Sequence
from datetime import date, datetime
from hashlib import sha256

from django.db import transaction
from django.utils.timezone import localdate, localtime
from django.utils.translation import gettext as _

from custody import keys
from custody.bank.explaining import Explained
from custody.deeds.funds import lock_fund
from custody.kernel.errors import Conflict, Rejected
from custody.kernel.invariants import InvariantBroken
from custody.kernel.money import ZERO
from custody.kernel.words import told
from custody.ledger import door, postings, reads, references, restores
from custody.ledger.periods import open_day
from custody.models import BankLine, Fund, Key, LineExplanation, LineKind, Operator, Payback
from custody.money_in import breaks, explanations
from custody.money_in.explanations import line_cited
from custody.money_in.paybacks import PaybackState, check_move, locked_payback, refuse_elsewhere
from custody.money_in.receipts import said
from custody.money_in.roster import folded_text
from custody.permits.acts import Act
from custody.permits.asking import ask
from settlement.invoices.verification import spaceless
from settlement.models import PaybackOrder, PaymentBatch
from settlement.payments import bank_lines, sending
from settlement.payments.filing import debtor_account, keep_batch
from settlement.payments.gateways.pain001 import Batch
from settlement.payments.rendering import UNNAMED, named, party, payback_transfer
from settlement.tasks import send_payment_batch

NAMED = re.compile(r"tk[0-9]{8}-[0-9a-f]{12}-[0-9]{1,4}(?![0-9])")


@transaction.atomic
def instruct_paybacks(
    *, fund_id: int, payback_ids: Sequence[int], execute_on: date, actor: Operator, at: datetime
) -> PaymentBatch:
    """File released paybacks of one fund as one batch; the file leaves after the commit.

    Errors: Forbidden, NotFound, Rejected (none asked, a day gone by, ``break-open``), Conflict (not released,
    ``key-void``, ``outbox-knows-more``, ``restore-open``).
    """
    ask(Act.INSTRUCT_PAYMENTS, fund_id=fund_id, actor=actor, on=localdate(at))
    if not payback_ids:
        raise Rejected(_("没有要支付的退还"), code="batch-empty")
    if execute_on < localdate(at):
        raise Rejected(_("付款日期 %(execute_on)s 已过"), code="execute-too-early", execute_on=execute_on)
    fund = lock_fund(Fund.objects.get(pk=fund_id))
    breaks.refuse_release(fund_id)
    sending.refuse_strangers(fund)
    restores.refuse_shut(fund_id)
    chosen = [(each, payback_identifier(each)) for each in map(released_payback, sorted(set(payback_ids)))]
    debtor = debtor_account(fund_id, localdate(at))
    filed = named(
        Batch(
            message_id=UNNAMED,
            created_at=localtime(at),
            execute_on=execute_on,
            debtor=party(debtor),
            transfers=tuple(payback_transfer(each, identifier) for each, identifier in chosen),
        ),
        fund_code=fund.code,
    )
    batch = keep_batch(filed, fund=fund, debtor=debtor, actor=actor, at=at)
    for each, identifier in chosen:
        file_payback(batch, each, identifier)
    transaction.on_commit(lambda: send_payment_batch.send(batch.pk), robust=True)
    return batch


def file_payback(batch: PaymentBatch, payback: Payback, end_to_end_id: str) -> PaybackOrder:
    """The payback's order in this batch, under the bank's identifier; from here the payback is instructed."""
    order = PaybackOrder.objects.create(
        batch=batch, payback=payback, fund_id=payback.fund_id, end_to_end_id=end_to_end_id
    )
    payback.state = PaybackState.INSTRUCTED
    payback.save(update_fields=["state"])
    return order


def released_payback(payback_id: int) -> Payback:
    """The payback under lock, released on keys that stand, its receipt in suspense. NotFound, Conflict."""
    payback = locked_payback(payback_id)
    check_move(payback, PaybackState.INSTRUCTED)
    refuse_elsewhere(payback.line)
    sending.refuse_void_payback(payback.pk)
    return payback


def payback_identifier(payback: Payback) -> str:
    """The receipt and which attempt at paying it back this is, at any estate."""
    line = payback.line
    place = f"{payback.fund.code}|{line.account.number}|{line.position}".encode()
    before = PaybackOrder.objects.filter(payback__line=line).count()
    return f"TK{line.booked_on:%Y%m%d}-{sha256(place).hexdigest()[:12].upper()}-{before + 1}"


# ------------------------------------------------------------------------------------ the bank's answer


@transaction.atomic
def report_payback_failed(*, payback_id: int, evidence: str, actor: Operator, at: datetime) -> Payback:
    """Say that the bank finally refused, as ``evidence`` shows. Nothing moves until a second person's key.

    Errors: NotFound, Forbidden, Rejected (no evidence), Conflict (not awaiting the bank, reported already).
    """
    payback = locked_payback(payback_id)
    ask(Act.RECORD_OUTCOME, fund_id=payback.fund_id, actor=actor, on=localdate(at))
    if not evidence.strip():
        raise Rejected(_("请写明银行的凭据或理由"), code="evidence-missing")
    if (payback.evidence, payback.reported_by_id) == (evidence.strip()[:300], actor.pk):
        return payback
    check_move(payback, PaybackState.FAILED)
    if payback.evidence:
        raise Conflict(
            _("退还 %(payback)s 已有人报告银行拒付，待另一持钥人确认"),
            code="reported-already",
            payback=payback.pk,
        )
    payback.evidence, payback.reported_by = evidence.strip()[:300], actor
    payback.save(update_fields=["evidence", "reported_by"])
    return payback


@transaction.atomic
def confirm_payback_failed(*, payback_id: int, actor: Operator, at: datetime) -> Payback:
    """A second person's key on the report: the payback has failed, its money is free and in suspense.

    Errors: NotFound, Forbidden, Conflict (nothing reported, or no longer awaiting the bank).
    """
    payback = locked_payback(payback_id)
    check_move(payback, PaybackState.FAILED)
    if not payback.evidence or payback.hold_id is None:
        raise Conflict(
            _("退还 %(payback)s 没有待确认的拒付报告"), code="nothing-reported", payback=payback.pk
        )
    keys.turn(
        kind=keys.PAYBACK, subject_id=payback.pk, fund_id=payback.fund_id, which=Key.RELEASE, actor=actor,
        at=at, maker_id=payback.reported_by_id,
    )  # fmt: skip
    door.release_hold(fund_id=payback.fund_id, hold_id=payback.hold_id, actor_id=actor.pk, at=at)
    payback.state = PaybackState.FAILED
    payback.save(update_fields=["state"])
    return payback


def explain_payback(line: BankLine, actor: Operator, at: datetime) -> Explained | None:
    """The line as one of our paybacks, or its return; None when its text names none."""
    found = NAMED.search(folded_text(said(line)))
    order = (
        PaybackOrder.objects.filter(fund_id=line.fund_id, end_to_end_id=found.group().upper())
        .select_related("payback__line__account", "batch")
        .first()
        if found
        else None
    )
    if order is None:
        return None
    if line.amount > ZERO:
        return _sent_back(line, order, at)
    difference = _difference(line, order)
    if difference:
        return bank_lines.left_unexplained(line, difference)
    return _paid(line, order.payback, at)


def _difference(line: BankLine, order: PaybackOrder) -> str:
    """Why the line is not this payback's payment; empty when it is."""
    payback = order.payback
    about = {"number": order.end_to_end_id}
    if payback.state != PaybackState.INSTRUCTED:
        state = PaybackState(payback.state)
        return told(_("退还 %(number)s 已是「%(state)s」，银行又有付款"), state=state, **about)
    if line.booked_on < localdate(order.batch.created_at):
        return told(_("退还 %(number)s 的付款早于付款指令"), **about)
    if -line.amount != payback.amount:
        return told(
            _("退还 %(number)s 应付 %(due)s 元，银行付出 %(paid)s 元"), due=payback.amount, paid=-line.amount,
            **about,
        )  # fmt: skip
    account = spaceless(line.counterparty_account)
    fits = (
        account == payback.number
        if account
        else spaceless(line.counterparty_name) == spaceless(payback.holder)
    )
    if not fits:
        return told(_("退还 %(number)s 的收款账户与银行付出账户不符"), **about)
    if _newest(payback.line).kind != LineKind.SUSPENSE:
        return told(_("退还 %(number)s 的来款已不在待确认款项"), **about)
    return ""


def _paid(line: BankLine, payback: Payback, at: datetime) -> Explained:
    account = {
        kind: door.open_account(fund_id=line.fund_id, book="operating", kind=kind)
        for kind in ("suspense", "cash")
    }

    def paid(_sequence: int) -> None:
        row = locked_payback(payback.pk)
        check_move(row, PaybackState.PAID)
        row.state, row.paid_line = PaybackState.PAID, line
        row.save(update_fields=["state", "paid_line"])
        _explain_receipt(row, LineKind.PAYBACK, told(_("已退还：%(line)s"), line=line_cited(line)), at)

    return Explained(
        kind=LineKind.PAYBACK,
        entry=postings.suspense_returned(
            suspense=account["suspense"],
            cash=account["cash"],
            amount=payback.amount,
            on=open_day(line.fund, line.booked_on),
            memo=line.memo[:200],
            source=references.bank_line(payback.line),
        ),
        settles_hold=payback.hold_id,
        after=paid,
    )


def _sent_back(line: BankLine, order: PaybackOrder, at: datetime) -> Explained | None:
    """The payback came back whole: its entry is reversed, the receipt is in suspense again."""
    payback = order.payback
    text = spaceless(said(line))
    if payback.state != PaybackState.PAID or payback.amount != line.amount:
        return None
    if not any(word in text for word in bank_lines.SENT_BACK):
        return None
    sequence = reads.settled_by(payback.hold_id or 0)
    if sequence is None:
        raise InvariantBroken("a paid payback's hold was settled by an entry")
    original = reads.recorded_entry(line.fund_id, sequence)
    on = max(open_day(line.fund, line.booked_on), original.effective_on)

    def came_back(_sequence: int) -> None:
        row = locked_payback(payback.pk)
        check_move(row, PaybackState.REVERSED)
        row.state = PaybackState.REVERSED
        row.save(update_fields=["state"])
        note = told(_("退还被退回：%(line)s"), line=line_cited(line))
        _explain_receipt(row, LineKind.SUSPENSE, note, at)

    return Explained(
        kind=LineKind.REVERSAL,
        entry=postings.mirror(original=original, sequence=sequence, on=on, memo=line.memo[:200]),
        note=told(_("退还 %(number)s 退汇"), number=order.end_to_end_id),
        after=came_back,
    )


def _explain_receipt(payback: Payback, kind: LineKind, note: str, at: datetime) -> None:
    """The receipt's own line, still on the entry that took it in."""
    LineExplanation.objects.create(
        line=payback.line, fund_id=payback.fund_id, kind=kind, note=note[:300], explained_at=at,
        entry_sequence=_newest(payback.line).entry_sequence,
    )  # fmt: skip


def _newest(line: BankLine) -> LineExplanation:
    return explanations.newest_explanations(line.fund_id).get(line=line)
