"""A paid order come back under a credit that names no invoice: one person ties it, another's key counts.

Refuses a line that is not open or of another amount, a payment that is not paid, and anybody's word alone: a
payment reversed frees what it paid for to be invoiced anew.
"""

from datetime import datetime

from django.db import transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from custody import keys
from custody.deeds.funds import lock_fund
from custody.files import archive
from custody.files.intake import Handed
from custody.kernel.errors import Conflict, NotFound, Rejected
from custody.models import BankLine, Document, Key, LineExplanation, LineKind, Operator
from custody.money_in import explanations, recording
from custody.money_in.desk import Desk
from custody.permits.acts import Act
from custody.permits.asking import ask
from settlement.decisions.subjects import RETURN
from settlement.models import OrderOutcome, PaymentOrder, ReturnTie, Settlement
from settlement.payments.bank_lines import explain_return
from settlement.states import TITLES, State


@transaction.atomic
def report_return(
    *, settlement_id: int, line_id: int, reason: str, paper: Handed, actor: Operator, at: datetime
) -> ReturnTie:
    """Say that an open credit is this settlement's payment come back; nothing moves yet. Again, the same one.

    Errors: NotFound, Forbidden (not the trust company's), Conflict (the line is not open, nothing was paid),
    Rejected (no reason; another amount or account, or before the payment).
    """
    order, line = _paid_order(settlement_id), _line(line_id)
    ask(Act.RECORD_OUTCOME, fund_id=order.fund_id, actor=actor, on=localdate(at))
    fund = lock_fund(order.fund)
    if not reason.strip():
        raise Rejected(_("请说明理由"), code="reason-missing")
    _open_credit(line)
    paid = order.bank_line
    if paid is None or (line.account_id, line.amount) != (paid.account_id, order.amount) or (
        line.position <= paid.position
    ):  # fmt: skip
        raise Rejected(
            _("第%(position)s笔流水 %(amount)s 不是发票 %(number)s 付款 %(paid)s 其后的全额退回"),
            code="not-the-whole-of-it", position=line.position, amount=line.amount,
            number=order.settlement.number, paid=order.amount,
        )  # fmt: skip
    document = archive.keep(
        fund=fund, kind=Document.Kind.EVIDENCE, name=paper.name, content=paper.content, actor=actor, at=at
    )
    said = {
        "order": order, "fund": fund, "line": line, "reason": reason.strip()[:300], "document": document,
        "reported_by": actor,
    }  # fmt: skip
    return ReturnTie.objects.filter(**said).first() or ReturnTie.objects.create(**said, reported_at=at)


@transaction.atomic
def confirm_return(*, return_id: int, actor: Operator, at: datetime) -> Settlement:
    """A second person's key on the report: the credit is the payment come back, the settlement reversed.

    Errors: NotFound, Forbidden (no keyholder of the trust company, or who reported it), Conflict (the line
    or the payment moved on).
    """
    tie = ReturnTie.objects.select_related("order", "fund").filter(pk=return_id).first()
    if tie is None:
        raise NotFound(_("没有编号为 %(tie)s 的退汇认定"), tie=return_id)
    fund = lock_fund(tie.fund)
    order = _paid_order(tie.order.settlement_id)
    if order.pk != tie.order_id:
        raise Conflict(_("退汇认定 %(tie)s 说的不是现在这次付款"), code="return-of-another-order", tie=tie.pk)
    was = _open_credit(_line(tie.line_id))
    keys.turn(
        kind=RETURN,
        subject_id=tie.pk,
        fund_id=tie.fund_id,
        which=Key.RELEASE,
        actor=actor,
        at=at,
        maker_id=tie.reported_by_id,
    )
    recording.rebook(Desk(fund, actor, at), was, explain_return(was.line, order, actor, at))
    return Settlement.objects.get(pk=order.settlement_id)


def open_returns(fund_id: int) -> list[ReturnTie]:
    """Reports that no second person has confirmed, of lines still open, oldest first."""
    lines = [each.line_id for each in explanations.open_explanations(fund_id)]
    rows = ReturnTie.objects.filter(fund_id=fund_id, line__in=lines)
    return list(rows.select_related("order__settlement", "line", "document", "reported_by").order_by("pk"))


def _paid_order(settlement_id: int) -> PaymentOrder:
    """The order that paid the settlement. NotFound; Conflict unless it is paid."""
    settlement = Settlement.objects.filter(pk=settlement_id).first()
    if settlement is None:
        raise NotFound(_("没有编号为 %(settlement)s 的结算"), settlement=settlement_id)
    if settlement.state != State.PAID:
        raise Conflict(
            _("发票 %(number)s 现为「%(state_title)s」，只有已支付的可以认定退汇"),
            code="state-moved-on", number=settlement.number, state=settlement.state,
            state_title=TITLES[State(settlement.state)],
        )  # fmt: skip
    orders = PaymentOrder.objects.select_related("settlement", "fund", "bank_line")
    return orders.get(settlement=settlement, outcome=OrderOutcome.SETTLED)


def _line(line_id: int) -> BankLine:
    line = BankLine.objects.select_related("fund", "account").filter(pk=line_id).first()
    if line is None:
        raise NotFound(_("没有编号为 %(line)s 的银行流水"), line=line_id)
    return line


def _open_credit(line: BankLine) -> LineExplanation:
    """What speaks for the credit, which nobody has recognised. Conflict when somebody has."""
    newest = explanations.newest_explanations(line.fund_id).select_related("line__fund", "line__account")
    was = newest.filter(line=line).first()
    if was is None or was.kind != LineKind.SUSPENSE:
        raise Conflict(
            _("%(on)s 第%(position)s笔流水已是「%(kind)s」，不待查明"),
            code="line-not-open", on=line.booked_on, position=line.position,
            kind="" if was is None else was.get_kind_display(),
        )  # fmt: skip
    return was
