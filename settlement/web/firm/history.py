"""How one invoice went: each step with its day and reason, the way ahead, and what the bank paid.

Refuses nothing and writes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from settlement.models import PaymentOrder, Settlement, SettlementMove
from settlement.states import TITLES, State

WAY: tuple[tuple[State, Promise | str], ...] = (
    (State.SUBMITTED, _("申报")),
    (State.VERIFIED, _("核验")),
    (State.APPROVED, _("业委会审批")),
    (State.RELEASED, _("信托公司放款")),
    (State.INSTRUCTED, _("送银行")),
    (State.PAID, _("到账")),
)
AT = {State.RETURNED: State.SUBMITTED, State.UNKNOWN: State.INSTRUCTED, State.FAILED: State.RELEASED}
ENDED = frozenset({State.REVERSED, State.REJECTED, State.CANCELLED})


@dataclass(frozen=True, slots=True)
class Happened:
    """One move of the history, and why."""

    at: datetime
    title: str
    who: str
    reasons: list[str]


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of the way: ``mark`` is done, now or todo."""

    title: Promise | str
    mark: str
    at: datetime | None


def history_of(row: Settlement) -> list[SettlementMove]:
    """Every move, the first first."""
    return list(SettlementMove.objects.filter(settlement=row).select_related("actor").order_by("step"))


def happened_in(moves: Sequence[SettlementMove]) -> list[Happened]:
    """The moves in words, the latest first; the birth, which says nothing, is left out."""
    return [
        Happened(
            each.moved_at,
            str(TITLES[State(each.target)]),
            each.actor.full_name or each.actor.username,
            each.reason.splitlines(),
        )
        for each in reversed(moves)
        if each.target != State.DRAFT
    ]


def way_of(state: State, moves: Sequence[SettlementMove]) -> list[Stage]:
    """The stages from handing in to paid; empty for what has ended otherwise."""
    if state in ENDED:
        return []
    reached = AT.get(state, state)
    names = [each for each, _title in WAY]
    last = names.index(reached) if reached in names else -1
    when = {State(each.target): each.moved_at for each in moves}
    return [
        Stage(
            title,
            "done" if number <= last else "now" if number == last + 1 else "todo",
            when.get(each) if number <= last else None,
        )
        for number, (each, title) in enumerate(WAY)
    ]


def payment_of(row: Settlement) -> list[PaymentOrder]:
    """What the bank was asked, each attempt with its outcome and the bank's line."""
    orders = PaymentOrder.objects.filter(settlement=row).select_related("batch", "bank_line", "payee_account")
    return list(orders.order_by("attempt"))
