"""The placement machine's states and legal moves, as data; the database holds the same table.

Refuses nothing itself: a move that is not here does not exist for either.
"""

from collections.abc import Mapping
from enum import StrEnum

from django.utils.translation import gettext_lazy as _


class PlacementState(StrEnum):
    """Where a placement stands. Initial: ordered; final: returned, cancelled."""

    ORDERED = "ordered"
    APPROVED = "approved"
    RELEASED = "released"
    PLACED = "placed"
    RETURNED = "returned"
    CANCELLED = "cancelled"

    @property
    def label(self) -> str:
        """The state in words."""
        return str(_LABELS[self])


_LABELS = {
    PlacementState.ORDERED: _("已下单"),
    PlacementState.APPROVED: _("已审批"),
    PlacementState.RELEASED: _("已放款"),
    PlacementState.PLACED: _("已存放"),
    PlacementState.RETURNED: _("已转回"),
    PlacementState.CANCELLED: _("已取消"),
}


PLACEMENT_MOVES: Mapping[PlacementState, frozenset[PlacementState]] = {
    PlacementState.ORDERED: frozenset({PlacementState.APPROVED, PlacementState.CANCELLED}),
    PlacementState.APPROVED: frozenset({PlacementState.RELEASED, PlacementState.CANCELLED}),
    PlacementState.RELEASED: frozenset({PlacementState.PLACED, PlacementState.CANCELLED}),
    PlacementState.PLACED: frozenset({PlacementState.RETURNED}),
    PlacementState.RETURNED: frozenset(),
    PlacementState.CANCELLED: frozenset(),
}
