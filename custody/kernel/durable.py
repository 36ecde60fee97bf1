"""Writes that are whole or not at all, whatever dies: a file on the disk, and a write whose answer was lost.

Refuses to ask a write again inside a transaction, which would keep only half of it.
"""

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import psycopg
from django.db import DEFAULT_DB_ALIAS, OperationalError, connections

from custody.kernel.invariants import invariant

T = TypeVar("T")

ATTEMPTS_MAX = 5
PAUSE_SECONDS = 0.5  # doubled after every attempt: 7.5 seconds in all, a planned switchover's length
_GONE = ("08", "57P")  # SQLSTATE classes: connection failures, a server that is told to stop


def write_whole(place: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Write ``content`` in a hidden folder of its own, flush it to the disk, rename it to ``place``.

    Whoever collects files from ``place``'s folder sees whole ones only, even after this process was killed.
    OSError when it could not be done: then ``place`` is as it was, and nothing lies beside it.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    room = Path(tempfile.mkdtemp(dir=place.parent, prefix=".unfinished-"))
    part = room / place.name
    try:
        with part.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.chmod(mode)
        part.replace(place)
    finally:
        part.unlink(missing_ok=True)
        room.rmdir()
    flush_folder(place.parent)


def flush_folder(folder: Path) -> None:
    """Make a rename in ``folder`` itself durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def retrying(
    write: Callable[[], T],
    *,
    attempts: int = ATTEMPTS_MAX,
    pause_seconds: float = PAUSE_SECONDS,
    using: str = DEFAULT_DB_ALIAS,
) -> T:
    """The answer of ``write``, asked again on a new connection as often as the connection was lost.

    ``write`` must be idempotent: it carries its key, or finds by the row's state that it is done, since the
    lost answer may have been "done". Errors: whatever ``write`` raises; the last loss after ``attempts``.
    """
    connection = connections[using]
    invariant(not connection.in_atomic_block, "a lost answer is asked for again outside any transaction")
    for attempt in range(1, attempts):
        try:
            return write()
        except OperationalError as error:
            if not connection_lost(error):
                raise
            connection.close()
            time.sleep(pause_seconds * 2 ** (attempt - 1))
    return write()


def connection_lost(error: OperationalError) -> bool:
    """Whether the error means that nobody heard the answer, rather than that the answer was no."""
    cause = error.__cause__
    sqlstate = (cause.sqlstate if isinstance(cause, psycopg.Error) else None) or ""
    return not sqlstate or sqlstate.startswith(_GONE)
