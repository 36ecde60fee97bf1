"""Which login the application starts under, and what it says when it does not."""

import os
import subprocess
import sys
from collections.abc import Iterator

import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command

from config.database import connection_settings
from tests import server
from tests.architecture.source import ROOT
from tests.custody.ledger.raw import run as sql

KEY = "a-key-of-this-test-alone-0123456789-abcdefghijklmnopqrstuvwxyz"
PRODUCTION = {
    "DEBUG": "0",
    "SECRET_KEY": KEY,
    "ALLOWED_HOSTS": "desk.example",
    "DJANGO_SETTINGS_MODULE": "config.settings",
}


def manage(*arguments: str, address: str, **more: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=server.environment(address, **PRODUCTION) | more,
        capture_output=True,
        text=True,
        check=False,
    )


def started(done: "subprocess.CompletedProcess[str]") -> bool:
    return (done.returncode, done.stderr) == (0, "")


def refused(done: "subprocess.CompletedProcess[str]", said: str) -> bool:
    return (done.returncode, done.stderr.count("\n")) == (2, 1) and said in done.stderr


@pytest.fixture
def login(committed_db: None) -> Iterator[str]:
    """A login that is a member of ``trust_app`` and of nothing else."""
    name = f"desk_{os.getpid()}"
    sql("owner", f"CREATE ROLE {name} LOGIN IN ROLE trust_app")
    yield name
    sql("owner", f"DROP OWNED BY {name}")
    sql("owner", f"DROP ROLE {name}")


def as_login(name: str) -> str:
    """This run's database, as this login."""
    said = server.words()
    return f"postgresql://{name}@/{said['dbname']}?host={said['host']}&port={said.get('port', '5432')}"


def test_a_login_that_is_the_application_and_nothing_else_starts(login: str) -> None:
    assert started(manage("verify_ledger", "--journal-only", address=as_login(login)))


def test_the_owners_own_login_is_refused(committed_db: None) -> None:
    assert refused(manage("verify_ledger", "--journal-only", address=server.url()), "所有者")


def test_the_owners_login_is_let_through_where_debug_was_asked_for(committed_db: None) -> None:
    assert started(manage("verify_ledger", "--journal-only", address=server.url(), DEBUG="1"))


def test_a_login_that_owns_a_table_is_refused(login: str) -> None:
    sql("owner", "CREATE TABLE custody_novelty (id int)")
    sql("owner", f"ALTER TABLE custody_novelty OWNER TO {login}")
    done = manage("verify_ledger", "--journal-only", address=as_login(login))
    sql("owner", "DROP TABLE custody_novelty")

    assert refused(done, "拥有数据表")


def test_a_login_that_can_become_the_owner_is_refused(login: str) -> None:
    """Behind a role in between, and without inheriting: SET ROLE would lead there."""
    owner = server.words()["user"]
    between = f"between_{os.getpid()}"
    sql("owner", f"CREATE ROLE {between} IN ROLE {owner}")
    sql("owner", f"ALTER ROLE {login} NOINHERIT")
    sql("owner", f"GRANT {between} TO {login}")
    done = manage("verify_ledger", "--journal-only", address=as_login(login))
    sql("owner", f"DROP ROLE {between}")

    assert refused(done, "能成为其所有者")


@pytest.mark.parametrize("power", ["SUPERUSER", "CREATEROLE", "CREATEDB", "REPLICATION", "BYPASSRLS"])
def test_a_login_with_powers_over_the_server_is_refused(login: str, power: str) -> None:
    sql("owner", f"ALTER ROLE {login} {power}")

    assert refused(manage("verify_ledger", "--journal-only", address=as_login(login)), "特权")


def test_a_login_with_a_grant_of_its_own_is_refused(login: str) -> None:
    sql("owner", f"GRANT UPDATE (amount) ON custody_bankline TO {login}")

    assert refused(manage("verify_ledger", "--journal-only", address=as_login(login)), "不在清单上")


def test_a_login_of_two_roles_is_refused(login: str) -> None:
    sql("owner", f"GRANT trust_vault TO {login}")

    assert refused(manage("verify_ledger", "--journal-only", address=as_login(login)), "不在清单上")


@pytest.mark.parametrize(
    "change",
    [
        "GRANT UPDATE (amount) ON custody_bankline TO trust_app",
        "GRANT DELETE ON custody_line TO PUBLIC",
        "REVOKE SELECT ON custody_line FROM trust_app",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT UPDATE ON TABLES TO trust_app",
    ],
)
@pytest.mark.parametrize("debug", ["0", "1"])
def test_roles_that_are_not_as_listed_name_the_remedy(login: str, change: str, debug: str) -> None:
    sql("owner", change)
    try:
        done = manage("verify_ledger", "--journal-only", address=as_login(login), DEBUG=debug)
    finally:
        call_command("grant_roles", verbosity=0)

    assert refused(done, "manage.py grant_roles")
    assert started(manage("verify_ledger", "--journal-only", address=as_login(login)))


def test_with_debug_off_the_owners_connection_is_there_for_migrate_and_grant_roles_alone(login: str) -> None:
    asked = "from django.db import connections; print(sorted(connections))"
    for command in ("migrate", "grant_roles"):
        done = manage(command, address=as_login(login), DATABASE_OWNER_URL=server.url())
        assert done.returncode == 0, done.stderr
    shell = manage("shell", "-v0", "-c", asked, address=as_login(login), DATABASE_OWNER_URL=server.url())
    assert shell.stdout.strip() == "['default']"


def test_the_deployment_check_is_clean(login: str) -> None:
    done = manage("check", "--deploy", "--fail-level", "WARNING", address=as_login(login))

    assert (done.returncode, done.stderr) == (0, ""), done.stderr


def test_debug_is_off_unless_asked_for(login: str) -> None:
    asked = "from django.conf import settings; print(settings.DEBUG)"
    environment = server.environment(as_login(login), **PRODUCTION)
    del environment["DEBUG"]
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "-v0", "-c", asked],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.stdout.strip() == "False"


def test_there_is_no_secret_key_by_default() -> None:
    assert refused(manage("check", address="postgresql://u@h/db", SECRET_KEY=""), "SECRET_KEY")


@pytest.mark.parametrize(
    "url",
    [
        "mysql://u:hunter2@h/db",
        "u:hunter2@h/db",
        "hunter2",
        "postgresql://u:hun@ter2@h/db",
        "postgresql://u:ter2/x@h/db",
        "postgresql://u:12/ter2@h/db",
        "postgresql://u:12?ter2@h/db",
        "postgresql://u:12?sslmode=ter2@h/db",
        "postgresql://u:ter2#@h:port/db",
        "postgresql://u:ter2",
        "postgresql://u@h:ter2/db",
        "postgresql://u@h/db?password=ter2&no_such_option=1",
        "postgresql://u:ter2%@h/db",
        "postgresql://u@corp:ter2@h/db",
    ],
)
def test_no_refusal_prints_a_piece_of_the_password(url: str) -> None:
    with pytest.raises(ImproperlyConfigured) as refusal:
        connection_settings(url)
    assert "ter2" not in str(refusal.value)
    assert refusal.value.__cause__ is None
    assert refusal.value.__suppress_context__ or refusal.value.__context__ is None
    assert "ter2" not in manage("verify_ledger", "--journal-only", address=url).stderr


def test_a_server_that_does_not_answer_is_told_without_the_password() -> None:
    done = manage(
        "verify_ledger", "--journal-only", address="postgresql://u:hunter2@127.0.0.1:1/db?password=hunter2"
    )

    assert refused(done, "连不上数据库")
    assert "ter2" not in done.stderr


def test_the_logins_of_the_readers_and_the_vault_are_no_application(committed_db: None) -> None:
    name = f"reads_{os.getpid()}"
    sql("owner", f"CREATE ROLE {name} LOGIN IN ROLE trust_reader")
    try:
        done = manage("verify_ledger", "--journal-only", address=as_login(name))
    finally:
        sql("owner", f"DROP ROLE {name}")

    assert refused(done, "trust_app")


def test_psycopg_is_told_the_password_it_was_given() -> None:
    assert connection_settings("postgresql://u:p%40%2F%3F@h/db")["PASSWORD"] == "p@/?"
    assert psycopg.conninfo.conninfo_to_dict("postgresql://u:p%40@h/db")["password"] == "p@"
