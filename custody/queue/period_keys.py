"""Keys on the closing and reopening of days: called by the proposal's number, shown whole."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from custody.kernel.errors import NotFound
from custody.models import PeriodAct, PeriodProposal
from custody.proofs import closing
from custody.queue.keyed_subjects import Shown, Subject, register


def register_period() -> None:
    """Make the kind known, once the house starts."""
    register(
        Subject(
            closing.PERIOD, gettext_lazy("关账与重开"), proposal_numbered, _proposal,
            lambda hand: closing.turn_period_key(
                proposal_id=hand.subject_id, which=hand.which, actor=hand.person, at=hand.at
            ),
            lambda hand, reason: closing.withdraw_period_key(
                proposal_id=hand.subject_id, actor=hand.person, reason=reason, at=hand.at
            ),
        )
    )  # fmt: skip


def proposal_numbered(fund_id: int, number: str) -> int:
    """The proposal of this number, as ``close_period`` told it. NotFound."""
    plain = number if number.isascii() and number.isdigit() and len(number) < 19 else "0"
    row = PeriodProposal.objects.filter(fund_id=fund_id, pk=int(plain)).first()
    if row is None:
        raise NotFound(_("没有编号为 %(proposal)s 的关账或重开提议"), proposal=number)
    return row.pk


def _proposal(proposal_id: int) -> Shown:
    row = PeriodProposal.objects.select_related("proposed_by").get(pk=proposal_id)
    return [
        (_("编号"), str(row.pk)),
        (_("事项"), str(PeriodAct(row.act).label)),
        (_("此后关闭到"), row.through.isoformat()),
        (_("此前关闭到"), _("无") if row.closed_before is None else row.closed_before.isoformat()),
        (_("其间最后一笔分录"), str(row.last_entry)),
        (_("理由"), row.reason or _("无")),
        (_("提议人"), row.proposed_by.username),
    ]
