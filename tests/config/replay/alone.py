"""Tests share a database with other tests' funds; a replay runs only on a database of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from django.db import connections

COMMAND = "config.replay.management.commands.replay_pack"


@contextmanager
def among_no_others() -> Iterator[None]:
    """As if no fund stood there but those a replay made; afterwards the tests' clock stands as it stood."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT ahead, told FROM custody_clock")
        before = cursor.fetchall()
        try:
            with patch(f"{COMMAND}.funds_of_others", return_value=[]):
                yield
        finally:
            cursor.execute("DELETE FROM custody_clock")
            for row in before:
                cursor.execute("INSERT INTO custody_clock (ahead, told) VALUES (%s, %s)", row)
