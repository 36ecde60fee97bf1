"""Which database a process talks to, and what it says when that one cannot be used."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connection, connections

from config.database import connection_settings, databases
from tests.factories import make_fund
from tests.server import environment

ROOT = Path(__file__).parents[2]


def test_several_hosts_and_any_option_of_libpq_are_read() -> None:
    url = "postgresql://u:p%40ss@one:5432,two:5433/trust?target_session_attrs=read-write&connect_timeout=3"

    read = connection_settings(url)

    assert (read["HOST"], read["PORT"]) == ("one,two", "5432,5433")
    assert (read["USER"], read["PASSWORD"], read["NAME"]) == ("u", "p@ss", "trust")
    assert (read["OPTIONS"]["target_session_attrs"], read["OPTIONS"]["connect_timeout"]) == (
        "read-write", "3",
    )  # fmt: skip


def test_hosts_may_stand_in_the_query_too() -> None:
    assert connection_settings("postgresql://u@/trust?host=one,two")["HOST"] == "one,two"


def test_a_url_libpq_cannot_read_is_refused_without_its_password() -> None:
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL 读不懂") as refusal:
        connection_settings("postgresql://u:secret@h/db?no_such_option=1")

    assert "secret" not in str(refusal.value)


def test_options_of_the_url_stand_beside_the_applications_role(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://u@h/db?options=-c%20work_mem%3D8MB")

    read = databases(tmp_path, owner=True)

    assert read["default"]["OPTIONS"]["options"] == "-c work_mem=8MB -c role=trust_app"
    assert read["owner"]["OPTIONS"]["options"] == "-c work_mem=8MB"


# -------------------------------------------------------------------------- with a server, in earnest


def server() -> tuple[str, str, str]:
    """Login, host and port of this run's server."""
    current = connections["owner"].settings_dict
    login = f"{current['USER']}:{current['PASSWORD']}" if current["PASSWORD"] else current["USER"]
    return login, current["HOST"], current["PORT"] or "5432"


def url(name: str = "", *, options: str = "", before: str = "") -> str:
    """The URL of a database on this run's server, behind another host ``before`` it."""
    login, host, port = server()
    hosts, ports = (f"{before},{host}", f"1,{port}") if before else (host, port)
    name = name or connections["owner"].settings_dict["NAME"]
    return f"postgresql://{login}@/{name}?host={hosts}&port={ports}{options}"


def run(address: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment(address),
        capture_output=True,
        text=True,
        check=False,
    )


def refused_in_one_line(done: "subprocess.CompletedProcess[str]", said: str) -> bool:
    return (done.returncode, done.stderr.count("\n")) == (2, 1) and said in done.stderr


def test_a_host_that_is_gone_is_passed_over_for_one_that_may_be_written(committed_db: None) -> None:
    address = url(before="127.0.0.1", options="&target_session_attrs=read-write")

    done = run(address, "verify_ledger", "--journal-only")

    assert (done.returncode, done.stderr) == (0, "")


def test_a_server_that_is_gone_is_one_sentence() -> None:
    done = run("postgresql://u@127.0.0.1:1/db", "verify_ledger")

    assert refused_in_one_line(done, "连不上数据库：")


@pytest.mark.parametrize("asked", ["", "&target_session_attrs=read-write"])
def test_a_server_that_may_not_be_written_is_one_sentence(committed_db: None, asked: str) -> None:
    """Met at the first write, or already at the door when the URL asks for a server to write on."""
    address = url(options=f"&options=-c%20default_transaction_read_only%3Don{asked}")

    done = run(address, "migrate", "--database", "owner", "custody", "zero")

    assert refused_in_one_line(done, "数据库只读")


def test_the_doors_statements_are_prepared_and_no_others(committed_db: None) -> None:
    connection.close()
    make_fund()
    with connection.cursor() as cursor:
        for _ in range(10):
            cursor.execute("SELECT 'asked often'")
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        prepared = [row[0] for row in cursor.fetchall()]

    assert prepared
    assert all("ledger_" in statement for statement in prepared)


@pytest.fixture
def another(committed_db: None) -> Iterator[str]:
    """An empty database on this run's server."""
    name = f"test_other_{os.getpid()}"
    with psycopg.connect(url(), autocommit=True) as owner:
        owner.execute(f"CREATE DATABASE {name}".encode())
        yield name
        owner.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def migrated_by(name: str, *migrations: tuple[str, str]) -> None:
    """Django's own record of what was applied, as a database of before holds it."""
    with psycopg.connect(url(name)) as owner:
        owner.execute(
            "CREATE TABLE django_migrations (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,"
            " app varchar(255), name varchar(255), applied timestamptz DEFAULT now())"
        )
        for migration in migrations:
            owner.execute("INSERT INTO django_migrations (app, name) VALUES (%s, %s)", migration)


def tables(name: str) -> list[str]:
    with psycopg.connect(url(name)) as owner:
        return [
            row[0] for row in owner.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        ]


OLD = [("custody", "0001_initial"), ("custody", "0002_ledger"), ("custody", "0020_placement_evidence")]


def test_a_database_of_the_old_numbering_is_told_make_clean_and_left_alone(another: str) -> None:
    migrated_by(another, *OLD, ("settlement", "0004_open_breaks"))

    done = run(url(another), "migrate", "--database", "owner")

    assert refused_in_one_line(done, "make clean")
    assert tables(another) == ["django_migrations"]


def test_a_database_of_a_newer_program_is_never_told_to_be_thrown_away(another: str) -> None:
    migrated_by(another, ("custody", "0001_initial"), ("custody", "0002_guards"), ("custody", "0999_later"))

    done = run(url(another), "migrate", "--database", "owner")

    assert refused_in_one_line(done, "0999_later")
    assert "make clean" not in done.stderr
    assert tables(another) == ["django_migrations"]


def test_a_database_of_this_program_is_migrated(committed_db: None) -> None:
    try:
        call_command("migrate", database="owner", verbosity=0)
    except CommandError as refusal:
        pytest.fail(str(refusal))
