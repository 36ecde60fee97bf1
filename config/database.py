"""Where the money is kept: turns DATABASE_URL (or its absence) into Django's connections.

Two connections to one database: ``default`` works as the role ``trust_app``, which may do what grants.toml
says; ``owner`` owns the tables, and is there only where it is asked for. Refuses any URL that is not
PostgreSQL, or that libpq would read otherwise than it was meant, and never tells any part of it.
"""

import os
import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
from django.core.exceptions import ImproperlyConfigured
from psycopg.conninfo import conninfo_to_dict

from config.early_words import gettext as _
from config.embedded import embedded_server

APP_ROLE = "trust_app"
# Executions after which psycopg prepares a statement unasked. Django's default, None, also forbids those that
# ask for it, as the ledger's door does.
NEVER_OF_ITSELF = 2**31


def databases(root: Path, *, owner: bool) -> dict[str, dict[str, Any]]:
    """Django's DATABASES for this process, the owner's connection among them where it is asked for.

    ``DATABASE_URL`` is the application's connection; ``DATABASE_OWNER_URL`` (default: the same) is used
    for migrations and grants. A server's login for the application is a member of ``trust_app`` alone.
    """
    url = os.environ.get("DATABASE_URL")
    owner_url = os.environ.get("DATABASE_OWNER_URL") or url
    if not url or not owner_url:
        server = embedded_server(root, app_role=APP_ROLE)
        url, owner_url = server.app_url, server.owner_url
    default = connection_settings(url)
    asked = default["OPTIONS"].get("options", "")
    default["OPTIONS"] = {**default["OPTIONS"], "options": f"{asked} -c role={APP_ROLE}".strip()}
    if not owner:
        return {"default": default}
    default["TEST"] = {"MIRROR": "owner"}
    return {"default": default, "owner": connection_settings(owner_url)}


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
    """The URL's parts by libpq's names; ImproperlyConfigured, never telling any part of the URL.

    A password with a bare ``@ / ? #`` would put its rest into the host, the port or an option, and from there
    into what libpq says of them: one ``@``, before the path, and ports of digits are asked for.
    """
    scheme, _colon, rest = url.partition("://")
    where = re.split("[/?]", rest)[0]
    told: dict[str, str] = {}
    if scheme in {"postgres", "postgresql"} and rest.count("@") == where.count("@") <= 1 and "#" not in rest:
        with suppress(psycopg.ProgrammingError):
            told = {name: str(value) for name, value in conninfo_to_dict(url).items()}
    if not told or not re.fullmatch(r"[0-9,]*", told.get("port", "")):
        raise ImproperlyConfigured(
            _(
                "DATABASE_URL 读不懂，请按 postgresql://用户:密码@主机:端口/库名 填写，"
                "用户和密码中的 @ / ? # % 等字符写成 %40 一类编码"
            )
        )
    return told
