"""Moves the demonstration's clock, over the owner's connection alone. Refuses an instant without a zone.

The database's clock dates what guards read; a story of another year needs it to stand there. It runs on from
where it is set. The application's login cannot move it, and production has no row in its table.
"""

from datetime import datetime

from django.db import connections

from custody.kernel.invariants import invariant

_SET = (
    "INSERT INTO custody_clock (ahead) VALUES (%(at)s - clock_timestamp())"
    " ON CONFLICT (singleton) DO UPDATE SET ahead = EXCLUDED.ahead, set_at = clock_timestamp()"
)


def set_clock(at: datetime) -> None:
    """``custody_now()`` is ``at`` from now on, and runs."""
    invariant(at.tzinfo is not None, "an instant knows its zone")
    with connections["owner"].cursor() as cursor:
        cursor.execute(_SET, {"at": at})


def real_time() -> None:
    """``custody_now()`` is the server's own clock again."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("DELETE FROM custody_clock")
