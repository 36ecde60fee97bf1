"""How a settlement changes state: fetched under lock, moved once, saved, and the step put on record.

Refuses a move the table of states does not hold, and a settlement that is not there.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from django.utils.translation import gettext as _
from django_fsm import TransitionNotAllowed

from custody.deeds.funds import lock_fund
from custody.kernel.errors import Conflict, NotFound
from custody.models import Fund, Operator
from settlement.models import Settlement, SettlementMove
from settlement.states import TITLES, State


def locked(settlement_id: int) -> Settlement:
    """The settlement under its row lock; discard it when the transaction fails. NotFound."""
    settlement = (
        Settlement.objects.select_for_update(of=("self",), no_key=True).filter(pk=settlement_id).first()
    )
    if settlement is None:
        raise NotFound(_("没有这张发票的结算"), settlement=settlement_id)
    return settlement


def locked_after_fund(settlement_id: int) -> Settlement:
    """As ``locked``, behind the fund's lock: no import of the fund can open a break meanwhile. NotFound."""
    fund = Fund.objects.filter(settlements=settlement_id).first()
    if fund is not None:
        lock_fund(fund)
    return locked(settlement_id)


def advance(
    settlement: Settlement,
    transition: Callable[[], None],
    *,
    actor: Operator,
    at: datetime,
    reason: str = "",
    changed: Sequence[str] = (),
) -> Settlement:
    """Make one legal move of a locked settlement, save it with ``changed`` fields, record the step.

    Conflict when the state has moved on.
    """
    source = str(settlement.state)
    try:
        transition()
    except TransitionNotAllowed as refusal:
        raise Conflict(
            _("发票 %(number)s 现为「%(state_title)s」，不能这样操作"),
            code="state-moved-on",
            number=settlement.number,
            state_title=TITLES[State(source)],
            settlement=settlement.pk,
            state=source,
        ) from refusal
    settlement.save(update_fields=["state", *changed])
    record(settlement, source=source, actor=actor, at=at, reason=reason)
    return settlement


def record(settlement: Settlement, *, source: str, actor: Operator, at: datetime, reason: str = "") -> None:
    """Put one step of the history on record; ``source`` is empty for the birth."""
    SettlementMove.objects.create(
        settlement=settlement,
        fund_id=settlement.fund_id,
        step=SettlementMove.objects.filter(settlement=settlement).count() + 1,
        source=source,
        target=str(settlement.state),
        actor=actor,
        moved_at=at,
        reason=reason,
    )
