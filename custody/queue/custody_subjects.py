"""What keys are turned on where the money is kept: explanations of open lines, called by their number.

Shown whole: what the digest holds, in words. Refuses nothing itself.
"""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from custody import keys
from custody.kernel.errors import NotFound
from custody.models import BankLine, BreakExplanation, ChannelOrder
from custody.money_in import break_proposals
from custody.queue.keyed_subjects import Shown, Subject, register


def register_explanations() -> None:
    """Make the kind known, once the house starts."""
    register(
        Subject(
            keys.BREAK, gettext_lazy("查明建议"), explanation_numbered, _explanation,
            lambda hand: break_proposals.turn_explanation_key(
                explanation_id=hand.subject_id, which=hand.which, actor=hand.person, at=hand.at
            ),
            lambda hand, reason: break_proposals.withdraw_explanation_key(
                explanation_id=hand.subject_id, reason=reason, actor=hand.person, at=hand.at
            ),
            papers=lambda row: [BreakExplanation.objects.select_related("document").get(pk=row).document],
        )
    )  # fmt: skip


def explanation_numbered(fund_id: int, number: str) -> int:
    """The explanation of this number, as ``explain_break`` told it. NotFound."""
    pk = int(number) if number.isascii() and number.isdigit() and len(number) < 19 else 0
    row = BreakExplanation.objects.filter(fund_id=fund_id, pk=pk).first()
    if row is None:
        raise NotFound(_("没有编号为 %(explanation)s 的查明建议"), explanation=number)
    return row.pk


def _explanation(explanation_id: int) -> Shown:
    rows = BreakExplanation.objects.select_related(
        "line__account", "order", "gives_back", "document", "proposed_by"
    )
    row = rows.get(pk=explanation_id)
    back = row.gives_back
    said = [(_("编号"), str(row.pk)), *_line(row.line), *_order(row.order)]
    if back is not None:
        said.append((_("退还"), f"{back.booked_on} #{back.position} {back.amount.amount:,.2f}"))
    return [
        *said,
        (_("查明为"), row.get_kind_display()),
        (_("理由"), row.reason),
        (_("凭据"), f"{row.document.name} SHA-256 {row.document.sha256}"),
        (_("提出人"), row.proposed_by.username),
    ]


def _line(line: BankLine | None) -> Shown:
    if line is None:
        return []
    return [
        (_("银行流水"), f"{line.account.number} {line.booked_on} #{line.position}"),
        (_("金额"), f"{line.amount.amount:,.2f}"),
        (_("对方"), f"{line.counterparty_name} {line.counterparty_account}".strip()),
        (_("内容"), f"{line.summary} {line.memo}".strip()),
    ]


def _order(order: ChannelOrder | None) -> Shown:
    if order is None:
        return []
    return [
        (_("商户订单"), f"{order.order_number} {order.paid_on}"),
        (_("金额"), f"{order.amount.amount:,.2f}"),
        (_("付款人"), order.payer_name),
    ]
