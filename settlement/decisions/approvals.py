"""The two decisions on a verified invoice: the committee approves, the trust company releases.

Refuses the payee's people, one person or organisation for both keys, a payee account that is not the
present usable one, a payment that waits by the protector's word, money that is not there (approval holds
the total or nothing happens), and a release while money of the fund left without a known reason.
"""

from datetime import datetime

from django.db import transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from custody import keys
from custody.deeds.accounts import paying_account
from custody.kernel.errors import Conflict, Rejected
from custody.ledger import door, references, restores
from custody.models import Key, Operator, OrganisationKind
from custody.money_in import breaks
from custody.permits.acts import Act
from custody.permits.asking import ask
from settlement.decisions import payees
from settlement.decisions.stays import refuse_stayed
from settlement.decisions.subjects import SETTLEMENT
from settlement.models import Settlement
from settlement.moves import advance, locked, locked_after_fund
from settlement.states import TITLES, State


@transaction.atomic
def approve(*, settlement_id: int, actor: Operator, at: datetime) -> Settlement:
    """Turn the committee's key on this content and hold the total on the book's cash.

    The same person again changes nothing. Errors: Forbidden, Conflict (state moved on), Rejected (payee),
    InsufficientFunds; then nothing is written, the key included.
    """
    settlement = locked(settlement_id)
    if settlement.state == State.APPROVED and _turned_by(settlement, Key.APPROVE, actor):
        return settlement
    _expect(settlement, State.VERIFIED)
    refuse_stayed(settlement, at)
    _check_payee(settlement, at)
    _turn(settlement, Key.APPROVE, actor, at)
    cash = door.open_account(fund_id=settlement.fund_id, book=settlement.book, kind="cash")
    settlement.hold_id = door.hold(
        cash,
        settlement.total,
        key=_hold_key(settlement),
        reason=f"发票 {settlement.number} 审批待付",
        actor_id=actor.pk,
        at=at,
    )
    return advance(settlement, settlement.approve, actor=actor, at=at, changed=["hold_id"])


@transaction.atomic
def release(*, settlement_id: int, actor: Operator, at: datetime) -> Settlement:
    """Turn the trust company's key on the same content. The same person again changes nothing.

    Errors: Forbidden; Conflict (state moved on, or the content is no longer what was approved); Rejected
    (payee; ``break-open`` while money of the fund left without a known reason). While a restore waits to be
    reopened, lost keys are turned again over a break: nothing is filed on them before it is.
    """
    settlement = locked_after_fund(settlement_id)
    if settlement.state == State.RELEASED and _turned_by(settlement, Key.RELEASE, actor):
        return settlement
    _expect(settlement, State.APPROVED)
    refuse_stayed(settlement, at)
    if not keys.stands(SETTLEMENT, settlement.pk, Key.APPROVE):
        raise Conflict(
            _("发票 %(number)s 审批后内容已变，审批失效，请重新审批"),
            code="key-void",
            number=settlement.number,
            settlement=settlement.pk,
        )
    if restores.waiting_restore(settlement.fund_id) is None:
        breaks.refuse_release(settlement.fund_id)
    _check_payee(settlement, at)
    _turn(settlement, Key.RELEASE, actor, at)
    return advance(settlement, settlement.release, actor=actor, at=at)


@transaction.atomic
def withdraw(*, settlement_id: int, actor: Operator, reason: str, at: datetime) -> Settlement:
    """Take back the key of the actor's organisation before the bank is instructed.

    The committee's goes back to verified and frees the money; the trust company's back to approved.
    Errors: Forbidden, Conflict, Rejected (no reason).
    """
    settlement = locked(settlement_id)
    organisation = ask(Act.WITHDRAW_KEY, fund_id=settlement.fund_id, actor=actor, on=localdate(at))
    _say_why(reason)
    if organisation.kind == OrganisationKind.TRUSTEE:
        _expect(settlement, State.RELEASED)
        _take_back(settlement, {Key.RELEASE}, actor, at, reason)
        return advance(settlement, settlement.approve, actor=actor, at=at, reason=reason)
    _expect(settlement, State.APPROVED, State.RELEASED)
    _take_back(settlement, {Key.APPROVE, Key.RELEASE}, actor, at, reason)
    _free(settlement, actor, at)
    return advance(settlement, settlement.verify, actor=actor, at=at, reason=reason, changed=["hold_id"])


@transaction.atomic
def reject(*, settlement_id: int, actor: Operator, reason: str, at: datetime) -> Settlement:
    """Refuse an invoice for good, as a keyholder; frees held money. Errors: Forbidden, Conflict, Rejected."""
    settlement = locked(settlement_id)
    ask(Act.REJECT_INVOICE, fund_id=settlement.fund_id, actor=actor, on=localdate(at))
    _say_why(reason)
    _expect(settlement, State.VERIFIED, State.APPROVED)
    _take_back(settlement, {Key.APPROVE}, actor, at, reason)
    _free(settlement, actor, at)
    return advance(settlement, settlement.reject, actor=actor, at=at, reason=reason, changed=["hold_id"])


@transaction.atomic
def cancel(*, settlement_id: int, actor: Operator, reason: str, at: datetime) -> Settlement:
    """Call off an invoice before approval, or one the bank finally refused; held money is freed.

    Allowed to whoever submitted it and to the trust company's people. Errors: Forbidden, Conflict, Rejected.
    """
    settlement = locked(settlement_id)
    own = actor.pk == settlement.submitted_by_id and settlement.state != State.FAILED
    act = Act.SUBMIT_INVOICE if own else Act.CANCEL_INVOICE
    ask(act, fund_id=settlement.fund_id, actor=actor, on=localdate(at))
    _say_why(reason)
    _expect(settlement, State.DRAFT, State.SUBMITTED, State.RETURNED, State.VERIFIED, State.FAILED)
    _take_back(settlement, {Key.APPROVE, Key.RELEASE}, actor, at, reason)
    _free(settlement, actor, at)
    return advance(settlement, settlement.cancel, actor=actor, at=at, reason=reason, changed=["hold_id"])


@transaction.atomic
def reconsider(*, settlement_id: int, actor: Operator, reason: str, at: datetime) -> Settlement:
    """Have a finally refused payment decided anew: keys taken back, money freed. Errors as cancel."""
    settlement = locked(settlement_id)
    ask(Act.RECONSIDER_PAYMENT, fund_id=settlement.fund_id, actor=actor, on=localdate(at))
    _say_why(reason)
    _expect(settlement, State.FAILED)
    _take_back(settlement, {Key.APPROVE, Key.RELEASE}, actor, at, reason)
    _free(settlement, actor, at)
    return advance(settlement, settlement.verify, actor=actor, at=at, reason=reason, changed=["hold_id"])


def _turn(settlement: Settlement, which: Key, actor: Operator, at: datetime) -> None:
    keys.turn(
        kind=SETTLEMENT,
        subject_id=settlement.pk,
        fund_id=settlement.fund_id,
        which=which,
        actor=actor,
        at=at,
        maker_id=settlement.submitted_by_id,
    )


def _turned_by(settlement: Settlement, which: Key, actor: Operator) -> bool:
    content = keys.content_digest_of(SETTLEMENT, settlement.pk)
    return any(
        each.key == which and each.operator_id == actor.pk and each.content_sha256 == content
        for each in keys.standing(SETTLEMENT, settlement.pk)
    )


def _take_back(settlement: Settlement, which: set[Key], actor: Operator, at: datetime, reason: str) -> None:
    keys.withdraw_all(
        kind=SETTLEMENT, subject_id=settlement.pk, keys=which, actor=actor, at=at, reason=reason
    )


def _free(settlement: Settlement, actor: Operator, at: datetime) -> None:
    """Release the settlement's hold, if it has one."""
    if settlement.hold_id is not None:
        door.release_hold(fund_id=settlement.fund_id, hold_id=settlement.hold_id, actor_id=actor.pk, at=at)
        settlement.hold_id = None


def _hold_key(settlement: Settlement) -> str:
    """One hold an approval: the history's length tells a second approval from a retried first."""
    return references.cite(references.SETTLEMENT, settlement.number, "hold", settlement.moves.count())


def _expect(settlement: Settlement, *states: State) -> None:
    if settlement.state not in states:
        raise Conflict(
            _("发票 %(number)s 现为「%(stands)s」，不能这样操作"),
            code="state-moved-on",
            number=settlement.number,
            stands=TITLES[State(settlement.state)],
            settlement=settlement.pk,
            state=settlement.state,
        )


def _check_payee(settlement: Settlement, at: datetime) -> None:
    """Both accounts are the ones in use today; a changed one is taken up by returning the invoice."""
    paying = paying_account(settlement.fund_id, localdate(at))
    if paying is None or settlement.debtor_account_id != paying.pk:
        raise Rejected(
            _("发票 %(number)s 的付款账户已变更，请退回后重新申报"),
            code="debtor-not-current",
            number=settlement.number,
            settlement=settlement.pk,
        )
    if settlement.provider_id is None or settlement.payee_account_id != payees.current(
        fund_id=settlement.fund_id, organisation_id=settlement.provider_id, on=localdate(at)
    ):
        raise Rejected(
            _("发票 %(number)s 的收款账户已变更，或变更后两把密码未满 %(days)s 天尚不可用，请退回后重新申报"),
            code="payee-not-current",
            number=settlement.number,
            days=payees.cooling_off_days(),
            settlement=settlement.pk,
        )


def _say_why(reason: str) -> None:
    if not reason.strip():
        raise Rejected(_("请说明理由"), code="reason-missing")
