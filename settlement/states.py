"""Every settlement state and legal move, as data: django-fsm reads it here, the database holds the same rows.

Refuses nothing itself; a move that is not in ``MOVES`` does not exist for either.
"""

from enum import StrEnum

from django.utils.translation import gettext_lazy as _


class State(StrEnum):
    """Where the paying of one invoice stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    VERIFIED = "verified"
    APPROVED = "approved"
    RELEASED = "released"
    INSTRUCTED = "instructed"
    UNKNOWN = "unknown"
    FAILED = "failed"
    PAID = "paid"
    REVERSED = "reversed"
    REJECTED = "rejected"
    CANCELLED = "cancelled"


TITLES = {
    State.DRAFT: _("草稿"),
    State.SUBMITTED: _("已申报"),
    State.RETURNED: _("已退回"),
    State.VERIFIED: _("已核验"),
    State.APPROVED: _("已审批"),
    State.RELEASED: _("已放款"),
    State.INSTRUCTED: _("已指令"),
    State.UNKNOWN: _("结果未知"),
    State.FAILED: _("付款失败"),
    State.PAID: _("已支付"),
    State.REVERSED: _("已退汇"),
    State.REJECTED: _("已否决"),
    State.CANCELLED: _("已撤销"),
}

INITIAL = State.DRAFT

MOVES: dict[State, frozenset[State]] = {
    State.DRAFT: frozenset({State.SUBMITTED, State.CANCELLED}),
    State.SUBMITTED: frozenset({State.VERIFIED, State.RETURNED, State.CANCELLED}),
    State.RETURNED: frozenset({State.SUBMITTED, State.CANCELLED}),
    State.VERIFIED: frozenset({State.APPROVED, State.RETURNED, State.REJECTED, State.CANCELLED}),
    # A withdrawn first key takes the claim back to verified; its hold is released.
    State.APPROVED: frozenset({State.RELEASED, State.VERIFIED, State.REJECTED}),
    # A withdrawn second key goes back one step, a withdrawn first key two.
    State.RELEASED: frozenset({State.INSTRUCTED, State.APPROVED, State.VERIFIED}),
    State.INSTRUCTED: frozenset({State.PAID, State.FAILED, State.UNKNOWN}),
    # Only bank evidence ends an unknown outcome.
    State.UNKNOWN: frozenset({State.PAID, State.FAILED}),
    # The bank refused for good: pay again under a new bank identifier, decide anew, or give up.
    State.FAILED: frozenset({State.RELEASED, State.VERIFIED, State.CANCELLED}),
    State.PAID: frozenset({State.REVERSED}),
    State.REVERSED: frozenset(),
    State.REJECTED: frozenset(),
    State.CANCELLED: frozenset(),
}

# States in which an invoice's lines count against accepted work and budget.
CLAIMING = frozenset(
    {
        State.VERIFIED,
        State.APPROVED,
        State.RELEASED,
        State.INSTRUCTED,
        State.UNKNOWN,
        State.FAILED,
        State.PAID,
    }
)
# States in which the invoice's facts may still be corrected.
OPEN = frozenset({State.DRAFT, State.RETURNED})
# States in which a digital invoice's number is taken, at every estate.
NUMBER_TAKEN = CLAIMING | {State.REVERSED}


def sources_of(target: State) -> list[str]:
    """The states from which ``target`` can be reached in one move."""
    return [source.value for source, targets in MOVES.items() if target in targets]
