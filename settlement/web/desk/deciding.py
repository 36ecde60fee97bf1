"""What the desk may do to an invoice besides turning a key: each a service, a verb, and where it is open.

Refuses nothing itself: the services do, with their sentence.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from custody.models import Key, Operator
from custody.permits.acts import Act
from custody.queue.keyed_subjects import Hand, kinds
from custody.web.visits import Visit
from settlement.decisions import approvals
from settlement.decisions.subjects import SETTLEMENT
from settlement.invoices import submission
from settlement.models import Settlement
from settlement.payments import answers
from settlement.states import State

Do = Callable[[Settlement, str, Operator, datetime], object]


@dataclass(frozen=True, slots=True)
class Decision:
    """One act on an invoice in ``states``: its verb, what the reason's field asks for, what is said after."""

    name: str
    act: Act
    states: frozenset[State]
    verb: Promise | str
    asks: Promise | str
    done: Promise | str
    do: Do

    @property
    def wants_reason(self) -> bool:
        """Whether the service asks for a reason or evidence."""
        return bool(self.asks)


def _take_back(row: Settlement, reason: str, person: Operator, at: datetime) -> None:
    kinds()[SETTLEMENT].take_back(Hand(row.pk, Key.RELEASE, person, at), reason)


DECISIONS = (
    Decision(
        "withdraw", Act.WITHDRAW_KEY, frozenset({State.RELEASED}),
        _("撤回放款"), _("撤回理由"), _("第二把密码已撤回，款项仍为这张发票占用"), _take_back,
    ),
    Decision(
        "reject", Act.REJECT_INVOICE, frozenset({State.VERIFIED, State.APPROVED}),
        _("否决"), _("否决理由，物业看得到"), _("发票已否决，占用的款项已释放"),
        lambda row, reason, person, at: approvals.reject(
            settlement_id=row.pk, reason=reason, actor=person, at=at
        ),
    ),
    Decision(
        "send_back", Act.SEND_BACK_INVOICE, frozenset({State.VERIFIED}),
        _("退回更正"), _("退回理由，物业看得到"), _("发票已退回物业"),
        lambda row, reason, person, at: submission.send_back(
            settlement_id=row.pk, reason=reason, actor=person, at=at
        ),
    ),
    Decision(
        "retry", Act.RETRY_PAYMENT, frozenset({State.FAILED}),
        _("重付"), "", _("已备好重付，等付款文件"),
        lambda row, _reason, person, at: answers.retry(settlement_id=row.pk, actor=person, at=at),
    ),
    Decision(
        "reconsider", Act.RECONSIDER_PAYMENT, frozenset({State.FAILED}),
        _("重新决定"), _("重新决定的理由"), _("两把密码已收回，等业委会重新审批"),
        lambda row, reason, person, at: approvals.reconsider(
            settlement_id=row.pk, reason=reason, actor=person, at=at
        ),
    ),
    Decision(
        "unknown", Act.RECORD_OUTCOME, frozenset({State.INSTRUCTED}),
        _("登记结果未知"), _("银行没有明确答复的情形"), _("已登记为结果未知，款项继续占用，不会重付"),
        lambda row, reason, person, at: answers.mark_unknown(
            settlement_id=row.pk, reason=reason, actor=person, at=at
        ),
    ),
    Decision(
        "failed", Act.RECORD_OUTCOME, frozenset({State.INSTRUCTED, State.UNKNOWN}),
        _("报告银行拒付"), _("银行的回执或报文"), _("拒付报告已登记，等另一位持钥人确认"),
        lambda row, reason, person, at: answers.report_failed(
            settlement_id=row.pk, evidence=reason, actor=person, at=at
        ),
    ),
    Decision(
        "cancel", Act.CANCEL_INVOICE, frozenset({State.RETURNED, State.VERIFIED, State.FAILED}),
        _("作废"), _("作废理由"), _("发票已作废"),
        lambda row, reason, person, at: approvals.cancel(
            settlement_id=row.pk, reason=reason, actor=person, at=at
        ),
    ),
)  # fmt: skip


# What several invoices may be decided at once, and where each ends.
BULK = {"reject": State.REJECTED, "send_back": State.RETURNED}


def decisions_open(state: State, visit: Visit) -> list[Decision]:
    """What the visitor's role permits where the invoice stands."""
    return [each for each in DECISIONS if state in each.states and visit.may(each.act)]


def decision_named(name: str) -> Decision | None:
    """The decision of this name."""
    return next((each for each in DECISIONS if each.name == name), None)


def bulk_decisions(states: Collection[State], visit: Visit) -> list[Decision]:
    """What the visitor's role permits on several invoices at once, of those in these states."""
    return [
        each for each in DECISIONS if each.name in BULK and each.states & set(states) and visit.may(each.act)
    ]
