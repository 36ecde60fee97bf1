"""Where the money is kept: turns DATABASE_URL (or its absence) into Django's connections.

Two connections to one database: ``default`` works as the role ``trust_app``, which may not write the
journal except through its functions; ``owner`` owns the tables and runs migrations. Refuses any URL
that is not PostgreSQL.
"""

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
from django.core.exceptions import ImproperlyConfigured
from psycopg.conninfo import conninfo_to_dict

from config.early_words import gettext as _
from config.embedded import embedded_server

APP_ROLE = "trust_app"
# Executions after which psycopg prepares a statement unasked. Django's default, None, also forbids those that
# ask for it, as the ledger's door does.
NEVER_OF_ITSELF = 2**31


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
    asked = default["OPTIONS"].get("options", "")
    default["OPTIONS"] = {**default["OPTIONS"], "options": f"{asked} -c role={APP_ROLE}".strip()}
    default["TEST"] = {"MIRROR": "owner"}
    return {"default": default, "owner": owner}


def connection_settings(url: str) -> dict[str, Any]:
    """One connection's settings from a ``postgresql://`` URL, as libpq reads it: several hosts, any option.

    ``postgresql://user@one:5432,two:5432/name?target_session_attrs=read-write`` finds the server that may be
    written, before and after a switchover. A connection is asked whether it still stands once a message or
    request, before its first use.
    """
    told = _told(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": told.pop("dbname", "postgres"),
        "USER": told.pop("user", ""),
        "PASSWORD": told.pop("password", ""),
        "HOST": told.pop("host", ""),
        "PORT": told.pop("port", ""),
        "OPTIONS": {"prepare_threshold": NEVER_OF_ITSELF, **told},
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": False,
    }


def _told(url: str) -> dict[str, str]:
    """The URL's parts by libpq's names; ImproperlyConfigured, never telling the password."""
    if urlsplit(url).scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured(
            _("DATABASE_URL 应为 postgresql://…，而不是 %(url)s") % {"url": url.rsplit("@", 1)[-1]}
        )
    try:
        return {name: str(value) for name, value in conninfo_to_dict(url).items()}
    except psycopg.ProgrammingError as error:
        raise ImproperlyConfigured(
            _("DATABASE_URL 读不懂，请按 postgresql://用户:密码@主机:端口/库名 填写")
        ) from error
