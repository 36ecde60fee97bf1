"""A database for one run of a program beside the tests: migrated, used, dropped."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def throw_away_database() -> Iterator[None]:
    """A migrated database of its own, dropped afterwards; child processes find it by DATABASE_URL."""
    import django
    from django.conf import settings

    django.setup()
    from django.core.management import call_command
    from django.db import connections

    name = f"bench_{uuid.uuid4().hex[:8]}"
    owner = connections["owner"]
    with owner.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
    original = owner.settings_dict["NAME"]
    connections.close_all()
    for alias in connections:
        settings.DATABASES[alias]["NAME"] = connections[alias].settings_dict["NAME"] = name
    host, port, user = (owner.settings_dict[key] for key in ("HOST", "PORT", "USER"))
    password = owner.settings_dict["PASSWORD"]
    os.environ["DATABASE_URL"] = f"postgresql://{user}:{password}@/{name}?host={host}" + (
        f"&port={port}" if port else ""
    )
    try:
        call_command("migrate", database="owner", verbosity=0)
        yield
    finally:
        connections.close_all()
        for alias in connections:
            connections[alias].settings_dict["NAME"] = original
        with owner.cursor() as cursor:
            cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")
