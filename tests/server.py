"""The server and the database of this test run, for programs that are started beside the tests."""

import os
from typing import Any

from django.db import connections


def words(database: str = "") -> dict[str, Any]:
    """Libpq's words for a database on this run's server, as its owner: this run's own unless one is named."""
    settings = connections["owner"].settings_dict
    names = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    said = {word: str(settings[name]) for word, name in names.items() if settings[name]}
    return said | ({"dbname": database} if database else {})


def url(database: str = "") -> str:
    """The same as a DATABASE_URL."""
    said = words(database)
    login = f"{said['user']}:{said['password']}" if "password" in said else said["user"]
    where = f":{said['port']}" if "port" in said else ""
    return f"postgresql://{login}@{where}/{said['dbname']}?host={said.get('host', '')}"


def environment(address: str, **more: str) -> dict[str, str]:
    """What a program of ours is started with to work on the database at ``address``."""
    kept = {name: value for name, value in os.environ.items() if name != "DATABASE_OWNER_URL"}
    return kept | {"DATABASE_URL": address} | more
