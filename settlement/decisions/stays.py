"""The protector has one payment wait (暂缓), with a reason and for days the deed grants.

Refuses whoever is no protector of the fund, a payment the bank has been asked for, days beyond the deed's,
and a second stay on the same settlement. Placing the same stay again changes nothing.
"""

from datetime import date, datetime

from django.db import connection, transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from custody.kernel.errors import Conflict, NotFound, Rejected
from custody.models import Operator
from custody.permits.acts import Act
from custody.permits.asking import ask
from settlement.models import Settlement, Stay, StayLifted
from settlement.moves import locked
from settlement.states import TITLES, State

WAITING = (State.VERIFIED, State.APPROVED, State.RELEASED)


@transaction.atomic
def place_stay(*, settlement_id: int, until: date, reason: str, actor: Operator, at: datetime) -> Stay:
    """Have the settlement wait through ``until``. Errors: Forbidden, Rejected, Conflict."""
    settlement = locked(settlement_id)
    on = localdate(at)
    ask(Act.PLACE_STAY, fund_id=settlement.fund_id, actor=actor, on=on)
    _say_why(reason)
    known = Stay.objects.filter(settlement=settlement).first()
    if known is not None and (known.until, known.reason) == (until, reason):
        return known
    if known is not None:
        raise Conflict(
            _("发票 %(number)s 已暂缓过一次，不能再次暂缓"), code="stayed-before", number=settlement.number
        )
    if settlement.state not in WAITING:
        raise Conflict(
            _("发票 %(number)s 现为「%(stands)s」，不能暂缓"),
            code="state-moved-on",
            number=settlement.number,
            stands=TITLES[State(settlement.state)],
        )
    most = stay_days(settlement.fund_id, on)
    if not on <= until or (until - on).days > most:
        raise Rejected(
            _("信托条款允许监察人暂缓 %(most)s 天，%(until)s 不在其内"),
            code="stay-too-long",
            most=most,
            until=until,
        )
    return Stay.objects.create(
        fund_id=settlement.fund_id,
        settlement=settlement,
        reason=reason,
        until=until,
        placed_by=actor,
        placed_at=at,
    )


@transaction.atomic
def lift_stay(*, settlement_id: int, reason: str, actor: Operator, at: datetime) -> StayLifted:
    """Let the payment go on before its day; twice changes nothing. Errors: NotFound, Forbidden, Rejected."""
    settlement = locked(settlement_id)
    ask(Act.LIFT_STAY, fund_id=settlement.fund_id, actor=actor, on=localdate(at))
    stay = Stay.objects.filter(settlement=settlement).select_related("lifted").first()
    if stay is None:
        raise NotFound(_("发票 %(number)s 没有暂缓"), number=settlement.number)
    known = StayLifted.objects.filter(stay=stay).first()
    if known is not None:
        return known
    _say_why(reason)
    return StayLifted.objects.create(stay=stay, reason=reason, lifted_by=actor, lifted_at=at)


def stay_of(settlement_id: int, on: date) -> Stay | None:
    """The stay that has the settlement wait on this day."""
    standing = Stay.objects.filter(settlement_id=settlement_id, until__gte=on, lifted__isnull=True)
    return standing.select_related("placed_by").first()


def refuse_stayed(settlement: Settlement, at: datetime) -> None:
    """Conflict (``stayed``) while the settlement waits by the protector's word."""
    stay = stay_of(settlement.pk, localdate(at))
    if stay is not None:
        raise Conflict(
            _("发票 %(number)s 由监察人暂缓至 %(until)s：%(reason)s"),
            code="stayed",
            number=settlement.number,
            until=stay.until,
            reason=stay.reason,
        )


def stay_days(fund_id: int, on: date) -> int:
    """Days for which the deed lets a payment wait; 0 where it is silent."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT settlement_stay_days(%s, %s)", (fund_id, on))
        return int(cursor.fetchone()[0])


def _say_why(reason: str) -> None:
    if not reason.strip():
        raise Rejected(_("请说明理由"), code="reason-missing")
