"""Days of the log for tests: keys of their own, a clock that is moved on, and put back."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import cache
from io import StringIO
from pathlib import Path

from django.core.management import CommandError, call_command

from reporting.models import LogDay
from reporting.transparency.day_closing import Closer, close_days
from reporting.transparency.log_keys import log_keys_in, make_log_keys
from tests.custody.ledger.raw import run

ORIGIN = "trust.example/log"
TABLES = (
    "reporting_logday",
    "reporting_logfundday",
    "reporting_logentry",
    "reporting_logpaper",
    "reporting_logstamp",
)


@cache
def keys(folder: Path) -> Path:
    """A folder with keys, made once."""
    make_log_keys(folder / "log-keys")
    return folder / "log-keys"


def closer(folder: Path) -> Closer:
    """Who closes days in tests."""
    signer, secret = log_keys_in(keys(folder))
    return Closer(ORIGIN, signer, secret)


@contextmanager
def days_later(days: int = 1) -> Iterator[None]:
    """Within the block it is ``days`` days after the last day that can be closed by now; then as it stood."""
    before = run("owner", "SELECT ahead, told FROM custody_clock")
    today = run("owner", "SELECT (custody_now() AT TIME ZONE 'Asia/Shanghai')::date")[0][0]
    last = LogDay.objects.order_by("number").last()
    ahead = max(last.ended_on + timedelta(1), today) - today if last else timedelta(0)
    run("owner", "UPDATE custody_clock SET ahead = ahead + %s", [ahead + timedelta(days)])
    try:
        yield
    finally:
        run("owner", "UPDATE custody_clock SET ahead = %s", [before[0][0]])


def closed(folder: Path, days: int = 1) -> list[LogDay]:
    """What closing does ``days`` days later."""
    with days_later(days):
        return list(close_days(closer(folder)))


def told(*arguments: str | Path) -> tuple[str, list[str]]:
    """What ``verify_heads`` says, and what it finds; nothing is said where it refuses."""
    out, err = StringIO(), StringIO()
    with suppress(CommandError):
        call_command("verify_heads", *map(str, arguments), stdout=out, stderr=err)
    return out.getvalue(), err.getvalue().splitlines()


@contextmanager
def rewritten(*statements: tuple[str, Sequence[object]]) -> Iterator[None]:
    """What only the tables' owner can do: past every guard, for the block's time."""
    kept = {table: run("owner", f"SELECT * FROM {table}") for table in TABLES}
    with unguarded():
        for statement, parameters in statements:
            run("owner", statement, parameters)
    try:
        yield
    finally:
        with unguarded():
            for table in reversed(TABLES):
                run("owner", f"DELETE FROM {table}")
            for table in TABLES:
                for row in kept[table]:
                    run("owner", f"INSERT INTO {table} VALUES ({','.join(['%s'] * len(row))})", row)


@contextmanager
def unguarded() -> Iterator[None]:
    """No trigger of the log's tables fires within."""
    for table in TABLES:
        run("owner", f"ALTER TABLE {table} DISABLE TRIGGER USER")
    try:
        yield
    finally:
        for table in TABLES:
            run("owner", f"ALTER TABLE {table} ENABLE TRIGGER USER")
