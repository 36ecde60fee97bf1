"""What the database's own catalogue says about the guards: nothing was forgotten, nothing stands open."""

import pytest

from custody.ledger.chart import KINDS
from tests.custody.ledger.raw import JOURNAL, MOVING, run

pytestmark = pytest.mark.usefixtures("committed_db")

DOOR = (
    "ledger_open_fund", "ledger_open_account", "ledger_post", "ledger_post_many", "ledger_hold",
    "ledger_release_hold", "ledger_anchor", "ledger_close_period",
)  # fmt: skip
UPDATE, DELETE, TRUNCATE = 16, 8, 32


def test_the_chart_in_python_is_the_chart_in_the_database() -> None:
    rows = run("default", "SELECT code, section, guard FROM custody_account_kind")
    assert {(kind.code, kind.section.value, kind.guard) for kind in KINDS.values()} == set(rows)


@pytest.mark.parametrize("table", JOURNAL)
def test_every_journal_table_has_the_append_only_trigger_always_on(table: str) -> None:
    rows = run(
        "owner",
        "SELECT t.tgtype, t.tgenabled FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid"
        " WHERE t.tgrelid = %s::regclass AND p.proname = 'custody_append_only'",
        (table,),
    )
    wanted = DELETE | TRUNCATE if table in MOVING else UPDATE | DELETE | TRUNCATE
    assert [(kinds & (UPDATE | DELETE | TRUNCATE), enabled) for kinds, enabled in rows] == [(wanted, "A")]


def test_no_function_with_its_owners_rights_is_open_to_the_public() -> None:
    rows = run(
        "owner",
        "SELECT DISTINCT p.proname FROM pg_proc p,"
        " aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a"
        " WHERE p.prosecdef AND p.pronamespace = 'public'::regnamespace AND a.grantee = 0",
    )
    assert rows == []


@pytest.mark.parametrize("function", DOOR)
def test_the_application_may_use_the_door(function: str) -> None:
    allowed = "SELECT has_function_privilege('trust_app', oid, 'EXECUTE') FROM pg_proc WHERE proname = %s"
    rows = run("owner", allowed, (function,))
    assert rows == [(True,)]


def test_every_function_with_its_owners_rights_has_a_fixed_search_path() -> None:
    rows = run(
        "owner",
        "SELECT proname FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace"
        " AND NOT coalesce('search_path=public, pg_temp' = ANY (proconfig), false)",
    )
    assert rows == []


def test_every_guard_has_a_fixed_search_path() -> None:
    rows = run(
        "owner",
        "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
        " AND prolang = (SELECT oid FROM pg_language WHERE lanname = 'plpgsql')"
        " AND NOT coalesce('search_path=public, pg_temp' = ANY (proconfig), false)",
    )
    assert rows == []


def test_the_application_may_delete_sessions_and_second_factors_alone() -> None:
    rows = run(
        "owner",
        "SELECT relname FROM pg_class, unnest(ARRAY['DELETE', 'TRUNCATE', 'TRIGGER']) AS verb"
        " WHERE relkind IN ('r', 'p', 'v') AND relnamespace = 'public'::regnamespace"
        " AND has_table_privilege('trust_app', oid, verb) ORDER BY relname",
    )
    assert [row[0] for row in rows] == ["django_cache", "django_session", "mfa_authenticator"]


@pytest.mark.parametrize("table", JOURNAL)
def test_the_application_may_only_read_the_journal(table: str) -> None:
    rows = run(
        "owner",
        "SELECT verb FROM unnest(ARRAY['DELETE', 'TRUNCATE', 'TRIGGER']) AS verb"
        " WHERE has_table_privilege('trust_app', %s, verb)"
        " UNION ALL SELECT verb FROM unnest(ARRAY['INSERT', 'UPDATE', 'REFERENCES']) AS verb"
        " WHERE has_any_column_privilege('trust_app', %s, verb)",
        (table, table),
    )
    assert rows == []


def test_the_application_role_is_nobody_special() -> None:
    powers = "rolsuper, rolcreaterole, rolcreatedb, rolbypassrls, rolreplication"
    rows = run("owner", f"SELECT {powers} FROM pg_roles WHERE rolname = 'trust_app'")
    assert rows == [(False, False, False, False, False)]


def test_the_application_creates_nothing_in_the_schema() -> None:
    assert run("owner", "SELECT has_schema_privilege('trust_app', 'public', 'CREATE')") == [(False,)]


def test_the_application_cannot_switch_the_triggers_off() -> None:
    asked = "SELECT has_parameter_privilege('trust_app', 'session_replication_role', 'SET')"
    assert run("owner", asked) == [(False,)]


def test_every_foreign_key_of_the_journal_is_enforced() -> None:
    rows = run(
        "owner",
        "SELECT conname FROM pg_constraint WHERE contype IN ('f', 'c')"
        " AND conrelid::regclass::text = ANY (%s) AND NOT convalidated",
        (list(JOURNAL),),
    )
    assert rows == []
