"""A payback as keys are turned on it: shown whole; the trust company's key also confirms a bank's refusal."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from custody import keys
from custody.kernel.errors import NotFound
from custody.kernel.words import told
from custody.models import Approval, Fund, Key, Payback
from custody.money_in.explanations import line_cited
from custody.money_in.paybacks import PaybackState, approve_payback, cancel_payback, release_payback
from custody.permits.acts import Act
from custody.queue.keyed_subjects import Hand, Shown, Subject, register
from custody.queue.waiting_items import Waiting
from settlement.payments import paying_back

_STEPS = {
    PaybackState.PROPOSED: Act.TURN_FIRST_KEY,
    PaybackState.APPROVED: Act.TURN_SECOND_KEY,
    PaybackState.RELEASED: Act.INSTRUCT_PAYMENTS,
}


def register_payback() -> None:
    """Make the kind known, once the house starts."""
    register(
        Subject(
            keys.PAYBACK, gettext_lazy("退还来款"), payback_numbered, _shown, _turn,
            lambda hand, reason: cancel_payback(
                payback_id=hand.subject_id, actor=hand.person, reason=reason, at=hand.at
            ),
            amount=lambda row: Payback.objects.get(pk=row).amount.amount,
        )
    )  # fmt: skip


def payback_numbered(fund_id: int, number: str) -> int:
    """The payback of this number, as ``propose_payback`` told it. NotFound."""
    plain = number.isascii() and number.isdigit() and len(number) < 19
    row = Payback.objects.filter(fund_id=fund_id, pk=int(number) if plain else 0).first()
    if row is None:
        raise NotFound(_("没有编号为 %(payback)s 的退还"), payback=number)
    return row.pk


def payback_turns(fund: Fund) -> Iterator[Waiting]:
    """Paybacks that wait for a person's act."""
    rows = Payback.objects.filter(fund=fund).exclude(state__in=[PaybackState.CANCELLED, PaybackState.FAILED])
    for row in rows.order_by("pk"):
        act = Act.TURN_SECOND_KEY if row.evidence else _STEPS.get(PaybackState(row.state))
        if act is None or (row.evidence and row.state != PaybackState.INSTRUCTED):
            continue
        maker = row.reported_by_id if row.evidence else row.proposed_by_id
        turned = Approval.objects.filter(
            subject_kind=keys.PAYBACK, subject_id=row.pk, withdrawal__isnull=True
        ).values_list("operator_id", flat=True)
        hands = set() if act is Act.INSTRUCT_PAYMENTS else {maker, *([] if row.evidence else turned)}
        yield Waiting(
            fund=fund.code,
            act=act,
            kind=keys.PAYBACK,
            number=str(row.pk),
            what=told(
                _("退还来款 %(holder)s「%(state)s」%(evidence)s"), holder=row.holder,
                state=PaybackState(row.state), evidence=row.evidence,
            ),
            since=row.proposed_at,
            amount=row.amount.amount,
            not_by=frozenset(each for each in hands if each is not None),
        )  # fmt: skip


def _shown(payback_id: int) -> Shown:
    row = Payback.objects.select_related("line__source_file", "proposed_by", "document").get(pk=payback_id)
    return [
        (_("编号"), str(row.pk)),
        (_("状态"), PaybackState(row.state).label),
        (_("来款"), line_cited(row.line)),
        (_("金额"), f"{row.amount.amount:,.2f}"),
        (_("收款账户"), f"{row.holder} {row.number} {row.bank_name} {row.clearing_number}".rstrip()),
        (_("凭据"), row.document.name if row.document else _("无")),
        (_("理由"), row.reason),
        (_("申请人"), row.proposed_by.username),
        (_("银行凭据"), row.evidence or _("无")),
    ]


def _turn(hand: Hand) -> object:
    if hand.which == Key.APPROVE:
        return approve_payback(payback_id=hand.subject_id, actor=hand.person, at=hand.at)
    if Payback.objects.filter(pk=hand.subject_id).exclude(evidence="").exists():
        return paying_back.confirm_payback_failed(payback_id=hand.subject_id, actor=hand.person, at=hand.at)
    return release_payback(payback_id=hand.subject_id, actor=hand.person, at=hand.at)
