"""When what waits is urgent, and whom it is raised to when it goes on waiting. Pure but for the calendar.

What blocks a fund is urgent at once. A key is urgent after working days, for every keyholder whose turn it
is; what has a day of its own (a question, money the deed wants identified) from that day. Each is raised
later, to the first of a table's that anybody sits at.
"""

from collections.abc import Mapping
from datetime import date
from enum import IntEnum

from django.conf import settings
from django.utils.timezone import localdate

from custody.models import OrganisationKind, Role
from custody.permits.acts import Act
from custody.queue.waiting_items import KEY_ACTS, Waiting

Audience = tuple[OrganisationKind, frozenset[Role]]

BLOCKING = frozenset({"unexplained", "in_transit", "bank_difference", "broken_file"})
PAYING = frozenset({Act.INSTRUCT_PAYMENTS, Act.RECORD_OUTCOME, Act.RETRY_PAYMENT})
KEYS = frozenset(KEY_ACTS.values())
BLOCKED_DAYS = 2  # working days after which what blocks a fund, or holds up a payment, is raised

_PROTECTOR: Audience = (
    OrganisationKind.PROTECTOR, frozenset({Role.MAKER, Role.CHECKER, Role.KEYHOLDER})
)  # fmt: skip
_CHECKERS: Audience = (OrganisationKind.TRUSTEE, frozenset({Role.CHECKER}))
_KEYHOLDERS: Audience = (OrganisationKind.TRUSTEE, frozenset({Role.KEYHOLDER}))
_WATCHED: Mapping[Act, tuple[Audience, ...]] = {
    Act.TURN_FIRST_KEY: (_PROTECTOR, _CHECKERS, _KEYHOLDERS),
    Act.ANSWER_QUESTION: (_PROTECTOR, _CHECKERS, _KEYHOLDERS),
}


class Rung(IntEnum):
    """How far a matter has come: it waits, it is urgent, it is raised."""

    WAITS = 0
    URGENT = 1
    RAISED = 2


def step_of(item: Waiting, today: date) -> Rung:
    """Where the matter stands on a day."""
    if item.due_on is not None:
        return Rung(min((item.due_on <= today) + (item.due_on < today), Rung.RAISED))
    waited = settings.WORK_CALENDAR.worked_since(localdate(item.since), today)
    if item.kind in BLOCKING:
        return Rung.RAISED if waited >= BLOCKED_DAYS else Rung.URGENT
    if item.act in KEYS:
        return Rung(min(waited // settings.NOTICE_KEY_DAYS, Rung.RAISED))
    if item.act in PAYING:
        return Rung(min(waited, BLOCKED_DAYS))
    return Rung.WAITS


def raised_to(act: Act) -> tuple[Audience, ...]:
    """Whom it is raised to, the first choice first: all of the first at which anybody of the fund sits."""
    return _WATCHED.get(act, (_CHECKERS, _KEYHOLDERS))


def matter_of(item: Waiting) -> str:
    """The matter by its natural name: what begins to wait again is another."""
    return f"{item.fund}|{item.act}|{item.kind}|{item.number}|{localdate(item.since)}"[:200]
