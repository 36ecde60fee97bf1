"""Where the money is kept: turns DATABASE_URL (or its absence) into Django's connections.

Two connections to one database: ``default`` works as the role ``trust_app``, which may not write the
journal except through its functions; ``owner`` owns the tables and runs migrations. Refuses any URL
that is not PostgreSQL.
"""

import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from config.embedded import embedded_server

APP_ROLE = "trust_app"


def databases(root: Path) -> dict[str, dict[str, Any]]:
    """Django's DATABASES for this process.

    ``DATABASE_URL`` is the application's connection; ``DATABASE_OWNER_URL`` (default: the same) is used
    for migrations. A server's login for the application should be a member of ``trust_app`` and nothing else.
    """
    url = os.environ.get("DATABASE_URL")
    owner_url = os.environ.get("DATABASE_OWNER_URL") or url
    if not url or not owner_url:
        server = embedded_server(root, app_role=APP_ROLE)
        url, owner_url = server.app_url, server.owner_url
    owner = connection_settings(owner_url)
    default = connection_settings(url)
    default["OPTIONS"] = {**default["OPTIONS"], "options": f"-c role={APP_ROLE}"}
    default["TEST"] = {"MIRROR": "owner"}
    return {"default": default, "owner": owner}


def connection_settings(url: str) -> dict[str, Any]:
    """One connection's settings from a ``postgresql://user:password@host:port/name?host=/socket`` URL."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured(f"DATABASE_URL 应为 postgresql://…,而不是 {url.split('@')[-1]!r}")
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "postgres",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "OPTIONS": query,
        "CONN_MAX_AGE": 60,
        "ATOMIC_REQUESTS": False,
    }
