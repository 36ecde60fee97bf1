"""What the bank answers to a payment: paid is the bank line's to say; here stand no answer, no, and again.

Refuses anyone but the trust company's people, an answer without evidence, one on a payment that does not
await it, and a refusal by the bank that only one person speaks of.
"""

from datetime import datetime

from django.db import transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from custody import keys
from custody.kernel.errors import Conflict, NotFound, Rejected
from custody.models import Key, Operator
from custody.money_in import breaks
from custody.permits.acts import Act
from custody.permits.asking import ask
from settlement.decisions.release import refuse_void_keys
from settlement.decisions.subjects import REFUSAL
from settlement.models import OrderOutcome, PaymentOrder, Refusal, Settlement
from settlement.moves import advance, locked, locked_after_fund
from settlement.states import TITLES, State, sources_of


@transaction.atomic
def mark_unknown(*, settlement_id: int, reason: str, actor: Operator, at: datetime) -> Settlement:
    """Nobody knows whether the bank paid. The hold stays; bank evidence ends this.

    Errors as ``report_failed``: a payment already lost sight of is a Conflict too.
    """
    settlement, order = _awaiting(State.UNKNOWN, settlement_id, actor, at, reason)
    order.outcome = OrderOutcome.UNKNOWN
    order.evidence = reason[:300]
    order.save(update_fields=["outcome", "evidence"])
    return advance(settlement, settlement.lose_sight, actor=actor, at=at, reason=reason)


@transaction.atomic
def report_failed(*, settlement_id: int, evidence: str, actor: Operator, at: datetime) -> Refusal:
    """Say that the bank finally refused, as ``evidence`` (its message or receipt) shows. Nothing moves yet.

    The same said again by the same person is the report already there.
    Errors: Forbidden (not the trust company's), Rejected (no evidence), Conflict (not awaiting the bank).
    """
    settlement, order = _awaiting(State.FAILED, settlement_id, actor, at, evidence)
    said = {"order": order, "fund_id": settlement.fund_id, "evidence": evidence[:300], "reported_by": actor}
    return Refusal.objects.filter(**said).first() or Refusal.objects.create(**said, reported_at=at)


@transaction.atomic
def confirm_failed(*, refusal_id: int, actor: Operator, at: datetime) -> Settlement:
    """A second person's key on the report: the payment has failed. The hold stays for a retry.

    Errors: NotFound, Forbidden (no keyholder of the trust company, or who reported it), Conflict (not
    awaiting the bank any more).
    """
    refusal = Refusal.objects.select_related("order").filter(pk=refusal_id).first()
    if refusal is None:
        raise NotFound(_("没有编号为 %(refusal)s 的拒付报告"), refusal=refusal_id)
    settlement, order = _awaiting(State.FAILED, refusal.order.settlement_id, actor, at, refusal.evidence)
    if order.pk != refusal.order_id:
        raise Conflict(
            _("拒付报告 %(refusal)s 说的不是现在这次付款"),
            code="refusal-of-another-order",
            refusal=refusal.pk,
        )
    keys.turn(
        kind=REFUSAL,
        subject_id=refusal.pk,
        fund_id=refusal.fund_id,
        which=Key.RELEASE,
        actor=actor,
        at=at,
        maker_id=refusal.reported_by_id,
    )
    order.outcome = OrderOutcome.FAILED
    order.evidence = refusal.evidence
    order.save(update_fields=["outcome", "evidence"])
    return advance(settlement, settlement.fail, actor=actor, at=at, reason=refusal.evidence)


@transaction.atomic
def retry(*, settlement_id: int, actor: Operator, at: datetime) -> Settlement:
    """Make a finally refused payment ready to be instructed again under a new bank identifier.

    Errors: Forbidden; Conflict when it did not fail or its keys no longer stand; Rejected (``break-open``).
    """
    settlement = locked_after_fund(settlement_id)
    ask(Act.RETRY_PAYMENT, fund_id=settlement.fund_id, actor=actor, on=localdate(at))
    if settlement.state != State.FAILED:
        raise Conflict(
            _("发票 %(number)s 现为「%(state_title)s」，只有付款失败的可以重付"),
            code="state-moved-on",
            number=settlement.number,
            state=settlement.state,
            state_title=TITLES[State(settlement.state)],
        )
    refuse_void_keys(settlement)
    breaks.refuse_release(settlement.fund_id)
    return advance(settlement, settlement.release, actor=actor, at=at, reason=_("重付"))


def _awaiting(
    target: State, settlement_id: int, actor: Operator, at: datetime, said: str
) -> tuple[Settlement, PaymentOrder]:
    """The settlement under lock and its open order, for the trust company's people with something to show.

    Only from where ``target`` may be reached: the order moves first, and the database lets it move once.
    """
    settlement = locked(settlement_id)
    ask(Act.RECORD_OUTCOME, fund_id=settlement.fund_id, actor=actor, on=localdate(at))
    if not said.strip():
        raise Rejected(_("请写明银行的凭据或理由"), code="evidence-missing")
    if settlement.state not in sources_of(target):
        raise Conflict(
            _("发票 %(number)s 现为「%(state_title)s」，不能登记为「%(target_title)s」"),
            code="state-moved-on",
            number=settlement.number,
            state=settlement.state,
            state_title=TITLES[State(settlement.state)],
            target_title=TITLES[target],
        )
    order = PaymentOrder.objects.select_for_update(of=("self",), no_key=True).get(
        settlement=settlement, outcome__in=[OrderOutcome.PENDING, OrderOutcome.UNKNOWN]
    )
    return settlement, order
