"""A real restore: this run's database copied at one moment, and put back from the copy at a later one."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.db import connections

from tests import server


class Snapshot:
    """A copy of the whole database, as a backup would be."""

    def __init__(self, name: str) -> None:
        self.name = name

    def restore(self) -> None:
        """Throw the database away and put the copy in its place: what was committed since is gone."""
        own = str(connections["owner"].settings_dict["NAME"])
        with _alone() as cursor:
            cursor.execute(f'DROP DATABASE "{own}" WITH (FORCE)'.encode())
            cursor.execute(f'CREATE DATABASE "{own}" TEMPLATE "{self.name}"'.encode())


@contextmanager
def snapshot() -> Iterator[Snapshot]:
    """Copy the database now; the copy is dropped afterwards."""
    own = str(connections["owner"].settings_dict["NAME"])
    made = Snapshot(f"copy_{uuid.uuid4().hex[:8]}")
    with _alone() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", [own]
        )
        cursor.execute(f'CREATE DATABASE "{made.name}" TEMPLATE "{own}"'.encode())
    try:
        yield made
    finally:
        with _alone() as cursor:
            cursor.execute(f'DROP DATABASE "{made.name}" WITH (FORCE)'.encode())


@contextmanager
def _alone() -> Iterator[psycopg.Cursor]:
    """A session beside the database itself, and none of ours in it."""
    connections.close_all()
    with psycopg.connect(**server.words("postgres"), autocommit=True) as connection:
        yield connection.cursor()
    connections.close_all()
