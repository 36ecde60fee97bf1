"""A receipt nobody recognised is paid back to the account it came from: proposed, two keys, held for.

Refuses another account than the bank's line names, part of a receipt, a receipt that is not in suspense or is
promised back already, both keys in one hand, and any release while a break of the fund is open. Filing it
with the bank is the payments' room.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db import transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from custody import keys
from custody.deeds.funds import lock_fund
from custody.files import archive
from custody.files.intake import Handed
from custody.kernel.errors import Conflict, NotFound, Rejected
from custody.kernel.money import yuan
from custody.ledger import door, references, restores
from custody.models import BankLine, Document, Fund, Key, LineKind, Operator, Payback
from custody.money_in import breaks, explanations
from custody.permits.acts import Act
from custody.permits.asking import ask


class PaybackState(StrEnum):
    """Where a payback stands. Initial: proposed; final: reversed, failed, cancelled."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    RELEASED = "released"
    INSTRUCTED = "instructed"
    PAID = "paid"
    REVERSED = "reversed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def label(self) -> str:
        """The state in words."""
        return str(_LABELS[self])


_LABELS = {
    PaybackState.PROPOSED: gettext_lazy("已申请"),
    PaybackState.APPROVED: gettext_lazy("已审批"),
    PaybackState.RELEASED: gettext_lazy("已放款"),
    PaybackState.INSTRUCTED: gettext_lazy("已指令"),
    PaybackState.PAID: gettext_lazy("已退还"),
    PaybackState.REVERSED: gettext_lazy("已退汇"),
    PaybackState.FAILED: gettext_lazy("退还失败"),
    PaybackState.CANCELLED: gettext_lazy("已取消"),
}
PAYBACK_MOVES: Mapping[PaybackState, frozenset[PaybackState]] = {
    PaybackState.PROPOSED: frozenset({PaybackState.APPROVED, PaybackState.CANCELLED}),
    PaybackState.APPROVED: frozenset({PaybackState.RELEASED, PaybackState.CANCELLED}),
    PaybackState.RELEASED: frozenset({PaybackState.INSTRUCTED, PaybackState.CANCELLED}),
    PaybackState.INSTRUCTED: frozenset({PaybackState.PAID, PaybackState.FAILED}),
    PaybackState.PAID: frozenset({PaybackState.REVERSED}),
    PaybackState.REVERSED: frozenset(),
    PaybackState.FAILED: frozenset(),
    PaybackState.CANCELLED: frozenset(),
}
PROMISED = (PaybackState.APPROVED, PaybackState.RELEASED, PaybackState.INSTRUCTED, PaybackState.PAID)
OVER = (PaybackState.REVERSED, PaybackState.FAILED, PaybackState.CANCELLED)


@dataclass(frozen=True, slots=True)
class PayerAccount:
    """Where a receipt came from. ``number`` and ``holder`` only where the bank's line gives none."""

    bank_name: str
    clearing_number: str = ""
    number: str = ""
    holder: str = ""


@transaction.atomic
def propose_payback(
    *, line: BankLine, to: PayerAccount, reason: str, evidence: Handed | None, actor: Operator, at: datetime
) -> Payback:
    """Ask for the receipt to be paid back whole; one asked for already is answered.

    Errors: Forbidden; Conflict (``not-in-suspense``); Rejected (``payback-refused``) with every reason.
    """
    ask(Act.PROPOSE_PAYBACK, fund_id=line.fund_id, actor=actor, on=localdate(at))
    lock_fund(line.fund)
    known = Payback.objects.filter(line=line).exclude(state__in=OVER).first()
    if known is not None:
        return known
    refuse_elsewhere(line)
    faults = list(_faults(line, to, reason, evidence))
    if faults:
        raise Rejected(_("不能这样退还：%(reasons)s"), code="payback-refused", reasons=faults)
    paper = None
    if evidence is not None:
        paper = archive.keep(
            fund=line.fund, kind=Document.Kind.EVIDENCE, name=evidence.name, content=evidence.content,
            actor=actor, at=at,
        )  # fmt: skip
    return Payback.objects.create(
        line=line,
        fund=line.fund,
        amount=yuan(line.amount.amount),
        holder=line.counterparty_name or to.holder,
        number=line.counterparty_account or to.number,
        bank_name=to.bank_name.strip(),
        clearing_number=to.clearing_number.strip(),
        document=paper,
        reason=reason.strip(),
        proposed_by=actor,
    )


@transaction.atomic
def approve_payback(*, payback_id: int, actor: Operator, at: datetime) -> Payback:
    """Turn the owners' committee's key and set the money aside.

    Errors: NotFound, Forbidden, Conflict, InsufficientFunds (then the key was not turned either).
    """
    payback = locked_payback(payback_id)
    if payback.state == PaybackState.APPROVED and keys.stands(keys.PAYBACK, payback.pk, Key.APPROVE):
        return payback
    check_move(payback, PaybackState.APPROVED)
    refuse_elsewhere(payback.line)
    _turn(payback, Key.APPROVE, actor, at)
    cash = door.open_account(fund_id=payback.fund_id, book="operating", kind="cash")
    name = references.cite("payback", payback.line.account.number, payback.line.position, payback.pk)
    payback.hold_id = door.hold(
        cash, payback.amount, key=f"{name}:hold", reason=_("待确认款项待退还"), actor_id=actor.pk, at=at
    )
    payback.state = PaybackState.APPROVED
    payback.save(update_fields=["state", "hold_id"])
    return payback


@transaction.atomic
def release_payback(*, payback_id: int, actor: Operator, at: datetime) -> Payback:
    """Turn the trust company's key. Errors as ``approve_payback``; Rejected (``break-open``).

    While a restore waits to be reopened, lost keys are turned again over a break: nothing is filed on them.
    """
    payback = locked_payback(payback_id)
    if payback.state == PaybackState.RELEASED and keys.stands(keys.PAYBACK, payback.pk, Key.RELEASE):
        return payback
    check_move(payback, PaybackState.RELEASED)
    refuse_elsewhere(payback.line)
    if restores.waiting_restore(payback.fund_id) is None:
        breaks.refuse_release(payback.fund_id)
    _turn(payback, Key.RELEASE, actor, at)
    payback.state = PaybackState.RELEASED
    payback.save(update_fields=["state"])
    return payback


@transaction.atomic
def cancel_payback(*, payback_id: int, reason: str, actor: Operator, at: datetime) -> Payback:
    """Call it off before it is filed: keys are taken back, its hold let go; the money is in suspense.

    A second call changes nothing. Errors: NotFound, Forbidden, Conflict once filed.
    """
    payback = locked_payback(payback_id)
    if payback.state == PaybackState.CANCELLED:
        return payback
    check_move(payback, PaybackState.CANCELLED)
    ask(Act.CANCEL_PAYBACK, fund_id=payback.fund_id, actor=actor, on=localdate(at))
    keys.withdraw_all(
        kind=keys.PAYBACK, subject_id=payback.pk, keys=set(Key), actor=actor, at=at, reason=reason
    )
    if payback.hold_id is not None:
        door.release_hold(fund_id=payback.fund_id, hold_id=payback.hold_id, actor_id=actor.pk, at=at)
    payback.state = PaybackState.CANCELLED
    payback.save(update_fields=["state"])
    return payback


def promised_back(fund_id: int) -> set[int]:
    """Lines whose money is promised back: the rules are not asked about them."""
    rows = Payback.objects.filter(fund_id=fund_id, state__in=PROMISED)
    return set(rows.values_list("line_id", flat=True))


def refuse_elsewhere(line: BankLine) -> None:
    """Conflict (``not-in-suspense``) for a receipt that was found to be something, or that went back."""
    kind = LineKind(explanations.newest_explanations(line.fund_id).get(line=line).kind)
    if kind is not LineKind.SUSPENSE:
        raise Conflict(
            _("第%(number)s笔流水是「%(kind)s」，只有待确认款项可以退还"), code="not-in-suspense",
            number=line.position, kind=kind,
        )  # fmt: skip


def locked_payback(payback_id: int) -> Payback:
    """The payback under lock, behind its fund's. NotFound."""
    for fund in Fund.objects.filter(paybacks=payback_id):
        lock_fund(fund)
    payback = (
        Payback.objects.select_for_update(of=("self",), no_key=True)
        .select_related("line__account", "fund")
        .filter(pk=payback_id)
        .first()
    )
    if payback is None:
        raise NotFound(_("没有编号为 %(payback)s 的退还"), payback=payback_id)
    return payback


def check_move(payback: Payback, target: PaybackState) -> None:
    """Conflict unless the payback may come to be ``target`` from where it stands."""
    if target not in PAYBACK_MOVES[PaybackState(payback.state)]:
        raise Conflict(
            _("退还 %(payback)s 现为「%(state)s」，不能这样操作"), code="illegal-move",
            payback=payback.pk, state=PaybackState(payback.state),
        )  # fmt: skip


def _turn(payback: Payback, which: Key, actor: Operator, at: datetime) -> None:
    keys.turn(
        kind=keys.PAYBACK, subject_id=payback.pk, fund_id=payback.fund_id, which=which, actor=actor, at=at,
        maker_id=payback.proposed_by_id,
    )  # fmt: skip


def _faults(line: BankLine, to: PayerAccount, reason: str, evidence: Handed | None) -> list[str]:
    """Everything that speaks against paying the line back like this."""
    said = [
        (not reason.strip(), _("请写明退还的理由")),
        (not to.bank_name.strip(), _("请写明付款人的开户行")),
        (
            bool(line.counterparty_account) and to.number not in ("", line.counterparty_account),
            _("只能退还到来款账户"),
        ),
        (
            not (line.counterparty_account and line.counterparty_name.strip()) and evidence is None,
            _("银行未写明来款账户，须附凭据"),
        ),
        (not (line.counterparty_account or to.number), _("请写明来款账户的账号")),
        (not (line.counterparty_name.strip() or to.holder.strip()), _("请写明来款账户的户名")),
    ]
    return [sentence for wrong, sentence in said if wrong]
