"""What the committee may do besides turning its key: refuse for good, or take back what it turned.

Refuses nothing itself: the services do. A kind without a service to end it waits until who made
it withdraws it.
"""

from collections.abc import Callable, Mapping

from custody import keys
from custody.models import Key
from custody.queue.keyed_subjects import Hand, kinds
from settlement.decisions import approvals
from settlement.decisions.subjects import SETTLEMENT


def _cancel(kind: str) -> Callable[[Hand, str], object]:
    """Where calling the thing off is what taking a key back does."""

    def call_off(hand: Hand, reason: str) -> None:
        kinds()[kind].take_back(hand, reason)

    return call_off


DECLINES: Mapping[str, Callable[[Hand, str], object]] = {
    SETTLEMENT: lambda hand, reason: approvals.reject(
        settlement_id=hand.subject_id, actor=hand.person, reason=reason, at=hand.at
    ),
    keys.PLACEMENT: _cancel(keys.PLACEMENT),
    keys.PAYBACK: _cancel(keys.PAYBACK),
}


def decline(kind: str, hand: Hand, reason: str) -> None:
    """Refuse the subject for good. KeyError where no service does; errors of the service."""
    DECLINES[kind](hand, reason)


def key_taken_back(kind: str, hand: Hand, reason: str) -> None:
    """Withdraw the committee's key. Errors of the service."""
    kinds()[kind].take_back(Hand(hand.subject_id, Key.APPROVE, hand.person, hand.at), reason)
