"""Where the money is kept: turns DATABASE_URL (or its absence) into Django's connections.

Three connections to one database: ``default`` works as the role ``trust_app``, ``vault`` as
``trust_vault``, each of which may do what grants.toml says; ``owner`` owns the tables. The last two are
there only where they are asked for. Refuses any URL that is not PostgreSQL, or that libpq would read
otherwise than it was meant, and never tells any part of it.
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

APP_ROLE, VAULT_ROLE = "trust_app", "trust_vault"
# Executions after which psycopg prepares a statement unasked. Django's default, None, also forbids those that
# ask for it, as the ledger's door does.
NEVER_OF_ITSELF = 2**31


def databases(root: Path, *, owner: bool, demonstration: bool = False) -> dict[str, dict[str, Any]]:
    """Django's DATABASES for this process; the owner's and the vault's connections where they are asked for.

    ``DATABASE_URL`` is the application's connection; ``DATABASE_OWNER_URL`` (default: the same) is used for
    migrations and grants; ``DATABASE_VAULT_URL`` is the vault's, and belongs to its own unit alone, where
    the application's need not be known. A server's login is a member of its role alone. ``demonstration``
    lets one process be all of them.
    """
    vault_url = os.environ.get("DATABASE_VAULT_URL")
    url = os.environ.get("DATABASE_URL") or (not demonstration and vault_url)
    owner_url = os.environ.get("DATABASE_OWNER_URL") or url
    if not url or not owner_url:
        server = embedded_server(root)
        url, vault_url, owner_url = server.app_url, server.vault_url, server.owner_url
    role = VAULT_ROLE if url == vault_url else APP_ROLE
    made = {"default": _working_as(role, url)}
    if owner:
        made["owner"] = connection_settings(owner_url)
        made["default"]["TEST"] = {"MIRROR": "owner"}
    if vault_url or demonstration:
        made["vault"] = _working_as(VAULT_ROLE, vault_url or url)
        made["vault"]["TEST"] = {"MIRROR": "owner"}
    return made


def _working_as(role: str, url: str) -> dict[str, Any]:
    """A connection that is this role from its first statement on."""
    settings = connection_settings(url)
    asked = settings["OPTIONS"].get("options", "")
    settings["OPTIONS"] = {**settings["OPTIONS"], "options": f"{asked} -c role={role}".strip()}
    return settings


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
