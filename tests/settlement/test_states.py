"""Settlement states: one table of moves, held three times, saying the same."""

import pytest
from django.db import connection

from settlement.models import Settlement
from settlement.states import INITIAL, MOVES, NUMBER_TAKEN, State

pytestmark = pytest.mark.usefixtures("committed_db")


def declared() -> set[tuple[str, str]]:
    return {(source.value, target.value) for source, targets in MOVES.items() for target in targets}


def test_the_database_allows_exactly_the_moves_we_declare() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT source, target FROM custody_state_move WHERE machine = 'settlement'")
        allowed = set(cursor.fetchall())

    assert allowed == declared()


def test_the_model_transitions_are_exactly_the_moves_we_declare() -> None:
    field = Settlement._meta.get_field("state")

    transitions = {(t.source, t.target) for t in field.get_all_transitions(Settlement)}

    assert transitions == declared()


def test_every_state_can_be_reached() -> None:
    reached, fresh = {INITIAL}, {INITIAL}
    while fresh:
        fresh = set().union(*(MOVES[state] for state in fresh)) - reached
        reached |= fresh

    assert reached == set(State)


def test_a_number_is_taken_in_the_states_the_index_names() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_indexdef('invoice_once_across_estates'::regclass)")
        definition = cursor.fetchone()[0]

    assert {state for state in State if f"'{state.value}'" in definition} == set(NUMBER_TAKEN)
