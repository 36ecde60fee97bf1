"""Closing days of a fund, and opening them again: proposed by the trust company's desk, done by two keys.

Refuses a day that is not over, a move from where the fund no longer stands, and a reopening without a reason.
The second of the two keys, whichever comes last, does it in the same transaction.
"""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from custody import keys
from custody.deeds.funds import lock_fund
from custody.kernel.errors import Conflict, NotFound, Rejected
from custody.ledger import door, periods, reads
from custody.models import Fund, Key, Operator, PeriodAct, PeriodProposal
from custody.permits.acts import Act
from custody.permits.asking import ask

PERIOD = "period"
keys.register_subject(PERIOD, "SELECT custody_period_content(%s)")


@transaction.atomic
def propose_closing(*, fund: Fund, through: date, actor: Operator, at: datetime) -> PeriodProposal:
    """Ask that every day through ``through`` be closed. The same asked again is the proposal already there.

    Errors: Forbidden; Rejected (a day not over); Conflict (closed that far already).
    """
    ask(Act.CLOSE_PERIOD, fund_id=fund.pk, actor=actor, on=localdate(at))
    lock_fund(fund)
    closed = closed_through(fund)
    if through >= localdate(at):
        raise Rejected(
            _("%(through)s 尚未过去，最多关闭到昨天"), code="period-not-over", fund=fund.pk, through=through
        )
    if closed is not None and through <= closed:
        raise Conflict(
            _("会计期间已关闭到 %(closed)s"), code="period-closed-already", fund=fund.pk, closed=closed
        )
    return _proposed(fund, PeriodAct.CLOSE, through, "", actor, at)


@transaction.atomic
def propose_reopening(
    *, fund: Fund, from_on: date, reason: str, actor: Operator, at: datetime
) -> PeriodProposal:
    """Ask that every closed day from ``from_on`` on be opened again, and say why. Again: as the first time.

    Errors: Forbidden; Rejected (no reason); Conflict (that day is open).
    """
    ask(Act.REOPEN_PERIOD, fund_id=fund.pk, actor=actor, on=localdate(at))
    if not reason.strip():
        raise Rejected(_("请说明理由"), code="reason-missing")
    lock_fund(fund)
    closed = closed_through(fund)
    if closed is None or from_on > closed:
        raise Conflict(_("%(on)s 尚未关闭，无须重开"), code="period-open-already", fund=fund.pk, on=from_on)
    return _proposed(fund, PeriodAct.REOPEN, from_on - timedelta(days=1), reason.strip()[:300], actor, at)


@transaction.atomic
def turn_period_key(*, proposal_id: int, which: Key, actor: Operator, at: datetime) -> bool:
    """Turn one of the two keys; answers whether that moved the closed day, which the second of them does.

    Errors: NotFound, Forbidden, Conflict (done already, or the fund has moved on since).
    """
    proposal = _locked(proposal_id)
    keys.turn(
        kind=PERIOD,
        subject_id=proposal.pk,
        fund_id=proposal.fund_id,
        which=which,
        actor=actor,
        at=at,
        maker_id=proposal.proposed_by_id,
    )
    if not all(keys.stands(PERIOD, proposal.pk, key) for key in keys.HELD_BY):
        return False
    door.close_period(proposal_id=proposal.pk, actor_id=actor.pk, at=at)
    return True


@transaction.atomic
def withdraw_period_key(*, proposal_id: int, actor: Operator, reason: str, at: datetime) -> int:
    """Take back the key of the actor's organisation before the other is turned; answers how many were.

    Errors: NotFound, Forbidden, Rejected (no reason), Conflict (done already).
    """
    proposal = _locked(proposal_id)
    organisation = ask(Act.WITHDRAW_KEY, fund_id=proposal.fund_id, actor=actor, on=localdate(at))
    if not reason.strip():
        raise Rejected(_("请说明理由"), code="reason-missing")
    which = next(key for key, kind in keys.HELD_BY.items() if kind == organisation.kind)
    return keys.withdraw_all(
        kind=PERIOD, subject_id=proposal.pk, keys={which}, actor=actor, at=at, reason=reason
    )


def closed_through(fund: Fund) -> date | None:
    """The last closed day; None while every day is open."""
    head = reads.head_of(fund.pk)
    return None if head is None else head.closed_through


def waiting_proposals(fund: Fund) -> list[PeriodProposal]:
    """The proposals that could still be done: from where the fund stands now, oldest first."""
    closed = closed_through(fund)
    done = {move.proposal_id for move in periods.period_moves(fund.pk)}
    rows = PeriodProposal.objects.filter(fund=fund, closed_before=closed).exclude(pk__in=done).order_by("pk")
    return [row for row in rows if row.last_entry == periods.last_entry_through(fund.pk, row.through)]


def _proposed(
    fund: Fund, act: PeriodAct, through: date, reason: str, actor: Operator, at: datetime
) -> PeriodProposal:
    for known in waiting_proposals(fund):
        if (known.act, known.through, known.reason) == (act, through, reason):
            return known
    return PeriodProposal.objects.create(
        fund=fund,
        act=act,
        through=through,
        closed_before=closed_through(fund),
        last_entry=periods.last_entry_through(fund.pk, through),
        reason=reason,
        proposed_by=actor,
        proposed_at=at,
    )


def _locked(proposal_id: int) -> PeriodProposal:
    """The proposal behind its fund's lock, while it can still be done. NotFound, Conflict."""
    proposal = PeriodProposal.objects.select_related("fund").filter(pk=proposal_id).first()
    if proposal is None:
        raise NotFound(_("没有编号为 %(proposal)s 的关账或重开提议"), proposal=proposal_id)
    fund = lock_fund(proposal.fund)
    if proposal not in waiting_proposals(fund):
        raise Conflict(
            _("提议 %(proposal)s 已办理，或其后账本已有变动，请按现状重新提议"),
            code="period-moved-on",
            proposal=proposal_id,
        )
    return proposal
