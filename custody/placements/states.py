"""The placement machine's states and legal moves, as data; the database holds the same table.

Refuses nothing itself: a move that is not here does not exist for either.
"""

from collections.abc import Mapping
from enum import StrEnum


class PlacementState(StrEnum):
    """Where a placement stands. Initial: ordered; final: returned, cancelled."""

    ORDERED = "ordered"
    APPROVED = "approved"
    RELEASED = "released"
    PLACED = "placed"
    RETURNED = "returned"
    CANCELLED = "cancelled"


PLACEMENT_MOVES: Mapping[PlacementState, frozenset[PlacementState]] = {
    PlacementState.ORDERED: frozenset({PlacementState.APPROVED, PlacementState.CANCELLED}),
    PlacementState.APPROVED: frozenset({PlacementState.RELEASED, PlacementState.CANCELLED}),
    PlacementState.RELEASED: frozenset({PlacementState.PLACED, PlacementState.CANCELLED}),
    PlacementState.PLACED: frozenset({PlacementState.RETURNED}),
    PlacementState.RETURNED: frozenset(),
    PlacementState.CANCELLED: frozenset(),
}
