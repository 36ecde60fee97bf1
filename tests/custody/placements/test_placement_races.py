"""Two hands on one placement at the same moment: exactly one moves it (P21)."""

import time
from unittest import mock

import pytest

from custody.kernel.errors import Conflict
from custody.models import Approval, Placement
from custody.placements import orders
from custody.placements.states import PlacementState
from tests.custody.placements.builders import ORDERED_AT, at_once, ordered, placing_fund
from tests.factories import TestFund, make_operator

pytestmark = pytest.mark.usefixtures("committed_db")


def approve_twice(test: TestFund, placement: Placement) -> list[object]:
    """Two committee keyholders approve at once, each pausing between reading the state and moving it."""
    people = [test.committee_key, make_operator(test.committee)]
    check = orders._check_move

    def slowly(placement: Placement, target: PlacementState) -> None:
        check(placement, target)
        time.sleep(0.3)

    with mock.patch.object(orders, "_check_move", slowly):
        return at_once(
            *[
                lambda who=who: orders.approve(placement_id=placement.pk, actor=who, at=ORDERED_AT)
                for who in people
            ]
        )


def keys(placement: Placement) -> int:
    return Approval.objects.filter(subject_kind="placement", subject_id=placement.pk).count()


def test_of_two_approvals_at_once_one_is_refused() -> None:
    test = placing_fund()
    answers = approve_twice(test, ordered(test))
    assert [type(each) for each in answers].count(Conflict) == 1


def test_two_approvals_at_once_turn_one_key() -> None:
    test = placing_fund()
    placement = ordered(test)
    approve_twice(test, placement)
    assert keys(placement) == 1


def test_without_the_lock_both_keys_would_turn() -> None:
    """The negative control: the same race with the row read unlocked."""
    test = placing_fund()
    placement = ordered(test)
    with mock.patch.object(orders, "_locked", lambda pk: Placement.objects.get(pk=pk)):
        approve_twice(test, placement)
    assert keys(placement) == 2
