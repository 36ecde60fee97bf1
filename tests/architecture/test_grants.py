"""Every table × role × privilege in the database is a line of one list; what nobody classified fails."""

from collections.abc import Iterator

import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from config import grants
from tests.custody.ledger.raw import refused, run

pytestmark = pytest.mark.usefixtures("committed_db")

FACTS = (
    "custody_bankline", "custody_bankaccount", "custody_fund", "custody_estate", "custody_unit",
    "custody_deedterm", "custody_document", "settlement_budgetline", "settlement_payeeaccount",
)  # fmt: skip
DENIED = "42501"


def standing() -> set[grants.Grant]:
    return grants.found(connections["owner"])


@pytest.fixture
def in_passing() -> Iterator[None]:
    """What a test changes in the catalogue is undone through the command."""
    yield
    call_command("grant_roles", verbosity=0, stdout=open("/dev/null", "w"))  # noqa: PTH123, SIM115


def test_what_the_roles_may_do_is_the_list_and_nothing_else() -> None:
    assert grants.unlike_the_list(connections["owner"]) == []


def test_every_table_is_classified_and_every_line_of_the_list_is_there() -> None:
    assert grants.strangers(grants.catalogue(connections["owner"])) == []


def test_a_table_nobody_classified_is_named() -> None:
    run("owner", "CREATE TABLE custody_novelty (id int)")
    try:
        assert grants.strangers(grants.catalogue(connections["owner"])) == ["public.custody_novelty"]
        with pytest.raises(CommandError, match="custody_novelty"):
            call_command("grant_roles")
        assert not [each for each in standing() if each.name == "public.custody_novelty"]
    finally:
        run("owner", "DROP TABLE custody_novelty")


@pytest.mark.parametrize("role", grants.ROLES)
def test_a_grant_nobody_listed_is_named_and_taken_back(role: str, in_passing: None) -> None:
    run("owner", f"GRANT UPDATE (amount), DELETE ON custody_bankline TO {role}")
    run("owner", f"GRANT EXECUTE ON FUNCTION custody_counted TO {role}")

    told = grants.unlike_the_list(connections["owner"])
    call_command("grant_roles", verbosity=0)

    assert told == [
        f"+ DELETE ON TABLE public.custody_bankline / {role}",
        f"+ EXECUTE ON FUNCTION public.custody_counted(p_text text) / {role}",
        f"+ UPDATE (amount) ON TABLE public.custody_bankline / {role}",
    ]
    assert grants.unlike_the_list(connections["owner"]) == []


def test_a_grant_by_default_is_named_and_taken_back(in_passing: None) -> None:
    run("owner", "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT UPDATE ON TABLES TO trust_app")

    told = grants.unlike_the_list(connections["owner"])
    call_command("grant_roles", verbosity=0)

    assert told == ["+ UPDATE ON DEFAULT public / trust_app"]
    assert grants.unlike_the_list(connections["owner"]) == []


def test_a_grant_that_was_lost_is_given_again(in_passing: None) -> None:
    run("owner", "REVOKE SELECT ON custody_fund FROM trust_reader")

    call_command("grant_roles", verbosity=0)

    assert grants.unlike_the_list(connections["owner"]) == []


def test_a_function_made_later_is_nobodys_to_call() -> None:
    run("owner", "CREATE FUNCTION custody_novelty() RETURNS int LANGUAGE sql AS 'SELECT 1'")
    try:
        with refused(state=DENIED, using="default"):
            run("default", "SELECT custody_novelty()")
    finally:
        run("owner", "DROP FUNCTION custody_novelty()")


@pytest.mark.parametrize("table", FACTS)
def test_facts_are_updated_by_none_of_the_roles(table: str) -> None:
    verbs = {"UPDATE", "DELETE", "TRUNCATE"}
    assert [g for g in standing() if g.name == f"public.{table}" and g.privilege in verbs] == []


def test_no_role_may_choose_the_number_of_a_row() -> None:
    there = grants.catalogue(connections["owner"])
    numbered = {(table, name) for table, columns in there.tables.items() for name in columns if columns[name]}
    assert [g for g in standing() if g.privilege == "INSERT" and (g.name, g.column) in numbered] == []
    with refused(state=DENIED, using="default"):
        run("default", "INSERT INTO custody_resolution (id, reference, resolved_on, title, fund_id)"
                       " VALUES (1, 'x', '2025-07-01', 'x', 1)")  # fmt: skip


def test_the_reader_writes_nothing_and_sees_no_password() -> None:
    reads = [each for each in standing() if each.role == "trust_reader"]
    assert {each.privilege for each in reads} == {"SELECT", "USAGE", "EXECUTE"}
    with refused(state=DENIED):
        run("owner", "SET LOCAL ROLE trust_reader")
        run("owner", "SELECT password FROM custody_operator")


def test_the_migrations_record_is_the_owners() -> None:
    with refused(state=DENIED, using="default"):
        run("default", "SELECT FROM django_migrations")


def test_the_application_locks_a_fund_it_may_not_change() -> None:
    with refused(state=DENIED, using="default"):
        run("default", "SELECT FROM custody_fund FOR NO KEY UPDATE")
    run("default", "SELECT custody_lock_fund(0)")
