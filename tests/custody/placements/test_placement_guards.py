"""What the database refuses about placements by itself, tried in SQL as application and as owner."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import psycopg
import pytest
from django.db import Error, connections, transaction

from custody.models import Operator, Organisation, Placement
from custody.placements import orders
from custody.placements.states import PLACEMENT_MOVES, PlacementState
from tests import signing
from tests.custody.placements.builders import (
    ORDERED_AT,
    bank_line,
    book,
    lose_money,
    ordered,
    placing_fund,
    released,
)
from tests.factories import TestFund, make_operator

pytestmark = pytest.mark.usefixtures("committed_db")

ROLES = pytest.mark.parametrize("role", ["default", "owner"])


@contextmanager
def refused_by(constraint: str) -> Iterator[None]:
    """The block must be refused by exactly this named guard."""
    with pytest.raises(Error) as refused:
        yield
    cause = refused.value.__cause__
    assert isinstance(cause, psycopg.Error)
    assert cause.diag.constraint_name == constraint


@contextmanager
def refused_to(role: str, constraint: str) -> Iterator[None]:
    """The application is not granted the column; whoever is meets the named guard."""
    if role == "owner":
        with refused_by(constraint):
            yield
        return
    with pytest.raises(Error) as refused:
        yield
    assert isinstance(refused.value.__cause__, psycopg.errors.InsufficientPrivilege)


def run(role: str, query: str, *arguments: Any) -> None:
    with transaction.atomic(using=role), connections[role].cursor() as cursor:
        cursor.execute(query, arguments)


def turn(
    role: str, test: TestFund, placement: Placement, key: str, person: Operator, organisation: Organisation
) -> None:
    run(
        role,
        "INSERT INTO custody_approval (fund_id, subject_kind, subject_id, key, operator_id, organisation_id,"
        " content_sha256, given_at, signed_id)"
        " VALUES (%s, 'placement', %s, %s, %s, %s, custody_placement_content(%s), %s, %s)",
        test.fund.pk,
        placement.pk,
        key,
        person.pk,
        organisation.pk,
        placement.pk,
        ORDERED_AT,
        signing.mark_present(person, organisation.pk, "placement", placement.pk, key),
    )


def hold_for(test: TestFund, placement: Placement) -> None:
    """The hold that approval would have placed, so that only the keys are missing."""
    from custody.ledger import door

    placement.hold_id = door.hold(
        test.account("cash", book="maintenance"),
        placement.principal,
        key=f"p{placement.pk}",
        reason="",
        actor_id=test.actor.pk,
        at=ORDERED_AT,
    )
    placement.save(update_fields=["hold_id"])


def test_the_database_allows_exactly_the_moves_we_declare() -> None:
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT source, target FROM custody_state_move WHERE machine = 'placement'")
        stored = set(cursor.fetchall())
    assert stored == {
        (str(source), str(target)) for source, targets in PLACEMENT_MOVES.items() for target in targets
    }


def test_every_placement_state_is_reachable() -> None:
    reached, frontier = set(), {PlacementState.ORDERED}
    while frontier:
        reached |= frontier
        frontier = {target for source in frontier for target in PLACEMENT_MOVES[source]} - reached
    assert reached == set(PlacementState)


@ROLES
def test_a_move_that_skips_a_step_is_refused(role: str) -> None:
    placement = ordered(placing_fund())
    with refused_by("state_move_is_legal"):
        run(role, "UPDATE custody_placement SET state = 'placed' WHERE id = %s", placement.pk)


@ROLES
def test_no_placement_is_born_released(role: str) -> None:
    placement = ordered(placing_fund())
    with refused_by("state_begins_at_the_start"):
        run(
            role,
            "INSERT INTO custody_placement (fund_id, book, product, principal, principal_currency, state,"
            " ordered_on, ordered_by_id) SELECT fund_id, book, product, principal, principal_currency,"
            " 'released', ordered_on, ordered_by_id FROM custody_placement WHERE id = %s",
            placement.pk,
        )


@ROLES
def test_approval_without_the_committees_key_is_refused(role: str) -> None:
    test = placing_fund()
    placement = ordered(test)
    hold_for(test, placement)
    with refused_by("placement_needs_its_first_key"):
        run(role, "UPDATE custody_placement SET state = 'approved' WHERE id = %s", placement.pk)


@ROLES
def test_approval_without_a_hold_is_refused(role: str) -> None:
    test = placing_fund()
    placement = ordered(test)
    turn(role, test, placement, "approve", test.committee_key, test.committee)
    with refused_by("placement_promised_is_held"):
        run(role, "UPDATE custody_placement SET state = 'approved' WHERE id = %s", placement.pk)


@ROLES
def test_release_on_one_key_is_refused(role: str) -> None:
    test = placing_fund()
    placement = ordered(test)
    orders.approve(placement_id=placement.pk, actor=test.committee_key, at=ORDERED_AT)
    with refused_by("placement_needs_two_keys"):
        run(role, "UPDATE custody_placement SET state = 'released' WHERE id = %s", placement.pk)


@ROLES
def test_the_committees_person_does_not_turn_the_trustees_key(role: str) -> None:
    test = placing_fund()
    placement = ordered(test)
    orders.approve(placement_id=placement.pk, actor=test.committee_key, at=ORDERED_AT)
    with refused_by("key_held_by_its_organisation"):
        turn(role, test, placement, "release", test.committee_key, test.committee)


@ROLES
def test_a_key_in_another_organisations_name_is_refused(role: str) -> None:
    test = placing_fund()
    placement = ordered(test)
    orders.approve(placement_id=placement.pk, actor=test.committee_key, at=ORDERED_AT)
    with refused_by("key_by_a_party_to_the_deed"):
        turn(role, test, placement, "release", test.committee_key, test.trustee)


@ROLES
def test_the_payees_people_turn_no_key(role: str) -> None:
    test = placing_fund()
    placement = ordered(test)
    with refused_by("key_held_by_its_organisation"):
        turn(role, test, placement, "approve", make_operator(test.provider), test.provider)


@ROLES
@pytest.mark.parametrize(
    "change",
    [
        "principal = 1",
        "product = '国债'",
        "book = 'operating'",
        "ordered_on = '2025-01-01'",
    ],
)
def test_what_was_approved_does_not_change(role: str, change: str) -> None:
    test = placing_fund()
    placement = released(test)
    with refused_to(role, "placement_stays_as_ordered"):
        run(role, f"UPDATE custody_placement SET {change} WHERE id = %s", placement.pk)


@ROLES
def test_the_rate_of_what_was_approved_does_not_change(role: str) -> None:
    placement = released(placing_fund())
    change = "annual_rate = 0.9"
    with refused_by("placement_stays_as_ordered"):
        run(role, f"UPDATE custody_placement SET {change} WHERE id = %s", placement.pk)


@ROLES
def test_placed_without_a_bank_line_is_refused(role: str) -> None:
    placement = released(placing_fund())
    with refused_by("placement_out_has_a_line"):
        run(role, "UPDATE custody_placement SET state = 'placed' WHERE id = %s", placement.pk)


@ROLES
def test_placed_on_a_line_of_another_amount_is_refused(role: str) -> None:
    test = placing_fund()
    placement = released(test)
    line = bank_line(test, "-199999", "转七天通知存款", date(2025, 7, 16))
    with refused_by("placement_leaves_in_full"):
        run(
            role,
            "UPDATE custody_placement SET state = 'placed', placed_line_id = %s WHERE id = %s",
            line.pk,
            placement.pk,
        )


@ROLES
def test_placed_on_another_funds_line_is_refused(role: str) -> None:
    placement = released(placing_fund())
    line = bank_line(placing_fund(), "-200000", "转七天通知存款", date(2025, 7, 16))
    with refused_by("placement_out_of_its_fund"):
        run(
            role,
            "UPDATE custody_placement SET state = 'placed', placed_line_id = %s WHERE id = %s",
            line.pk,
            placement.pk,
        )


@ROLES
def test_income_that_the_bank_did_not_pay_is_refused(role: str) -> None:
    test = placing_fund()
    placement = released(test)
    book(test, bank_line(test, "-200000", "转七天通知存款", date(2025, 7, 16)))
    line = bank_line(test, "200385", "通知存款本息", date(2025, 9, 17))
    with refused_by("placement_returns_in_full"):
        run(
            role,
            "UPDATE custody_placement SET state = 'returned', returned_line_id = %s, income = 386"
            " WHERE id = %s",
            line.pk,
            placement.pk,
        )


@ROLES
def test_the_move_table_is_append_only(role: str) -> None:
    with pytest.raises(Error, match=r"append-only|permission denied"):
        run(role, "DELETE FROM custody_state_move WHERE machine = 'placement'")


@pytest.mark.parametrize("query", ["DELETE FROM custody_placement", "TRUNCATE custody_placement"])
def test_the_application_deletes_no_placement(query: str) -> None:
    with pytest.raises(Error, match="permission denied"):
        run("default", query)


def test_a_withdrawn_key_releases_nothing() -> None:
    test = placing_fund()
    placement = ordered(test)
    orders.approve(placement_id=placement.pk, actor=test.committee_key, at=ORDERED_AT)
    turn("default", test, placement, "release", test.trustee_key, test.trustee)
    run(
        "default",
        "INSERT INTO custody_approvalwithdrawal (approval_id, operator_id, reason, withdrawn_at)"
        " SELECT id, operator_id, 'x', given_at FROM custody_approval WHERE subject_kind = 'placement'"
        " AND subject_id = %s AND key = 'approve'",
        placement.pk,
    )
    with refused_by("placement_needs_two_keys"):
        run("default", "UPDATE custody_placement SET state = 'released' WHERE id = %s", placement.pk)


@ROLES
def test_nothing_is_released_over_an_open_break(role: str) -> None:
    test = placing_fund()
    placement = ordered(test)
    orders.approve(placement_id=placement.pk, actor=test.committee_key, at=ORDERED_AT)
    turn("default", test, placement, "release", test.trustee_key, test.trustee)
    lose_money(test)
    with refused_by("no_release_over_an_open_break"):
        run(role, "UPDATE custody_placement SET state = 'released' WHERE id = %s", placement.pk)
