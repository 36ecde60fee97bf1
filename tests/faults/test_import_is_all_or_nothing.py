"""An import killed at its worst moment leaves nothing behind, and the same command afterwards does it all.

The child is stopped by a lock this test holds, so it dies inside its transaction, every time.
"""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from custody.models import BankLine, ChannelOrder, Document, Estate, Fund, JournalEntry, RevenueLine
from tests import factories, server
from tests.custody.money_in.packs import TRUSTEE, Pack, copy_pack, onboarded

pytestmark = [pytest.mark.usefixtures("committed_db"), pytest.mark.kill]

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 30


def child(*arguments: str) -> "subprocess.Popen[bytes]":
    """A command of ours in its own process, on this run's database."""
    return subprocess.Popen(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=server.environment(server.url()),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@contextmanager
def nobody_writes(table: str) -> Iterator[psycopg.Connection]:
    """Hold a table so that the first row anybody adds to it has to wait."""
    with psycopg.connect(**server.words()) as connection:
        connection.execute(f"LOCK TABLE {table} IN SHARE MODE")
        yield connection
        connection.rollback()


def waiting_for(connection: psycopg.Connection, process: "subprocess.Popen[bytes]") -> int:
    """The server process of the child, once it waits for our lock.

    Asked on a second connection: inside one transaction PostgreSQL shows the sessions of its first look.
    """
    blocked = "SELECT pid FROM pg_stat_activity WHERE %s = ANY (pg_blocking_pids(pid))"
    deadline = time.monotonic() + PATIENCE_SECONDS
    with psycopg.connect(**server.words(), autocommit=True) as watcher:
        while time.monotonic() < deadline:
            row = watcher.execute(blocked, [connection.info.backend_pid]).fetchone()
            if row is not None:
                return int(row[0])
            assert process.poll() is None, "the child ended before it could be killed"
            time.sleep(0.05)
    process.kill()
    raise AssertionError("the child never reached the lock")


def gone(server_pid: int) -> None:
    """Wait until the server has noticed that its client is dead."""
    with psycopg.connect(**server.words(), autocommit=True) as connection:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            if not connection.execute("SELECT FROM pg_stat_activity WHERE pid = %s", [server_pid]).fetchall():
                return
            time.sleep(0.05)
    raise AssertionError("the killed child's session is still there")


def killed(table: str, *arguments: str) -> None:
    """Run a command until it is about to write ``table``, and kill it there."""
    with nobody_writes(table) as connection:
        process = child(*arguments)
        server_pid = waiting_for(connection, process)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    gone(server_pid)


@dataclass(frozen=True)
class Traces:
    """Everything an import can leave in one fund."""

    entries: int
    lines: int
    orders: int
    revenue: int
    files: int


def traces(fund: Fund) -> Traces:
    return Traces(
        JournalEntry.objects.filter(fund_id=fund.pk).count(),
        BankLine.objects.filter(fund=fund).count(),
        ChannelOrder.objects.filter(fund=fund).count(),
        RevenueLine.objects.filter(fund=fund).count(),
        Document.objects.filter(fund=fund).count(),
    )


CASES = [
    ("custody_entry", "import_bank_statement", "bank-2025-07.xlsx"),
    ("custody_lineexplanation", "import_bank_statement", "bank-2025-07.xlsx"),
    ("custody_channelorder", "import_channel_detail", "channel-2025-07.csv"),
    ("custody_revenueline", "import_public_revenue", "public-revenue.xlsx"),
]


@pytest.fixture
def pack(tmp_path: Path) -> Pack:
    return copy_pack(tmp_path / "pack")


@pytest.mark.parametrize(("table", "command", "name"), CASES)
def test_a_killed_import_leaves_nothing_and_can_be_run_again(
    pack: Pack, table: str, command: str, name: str
) -> None:
    fund, actor = onboarded(pack)
    before = traces(fund)
    arguments = (command, "--fund", fund.code, "--actor", actor.username, str(pack.path(name)))

    killed(table, *arguments)
    after_the_kill = traces(fund)
    again = child(*arguments).wait()

    assert after_the_kill == before
    assert again == 0
    assert traces(fund).files == before.files + 1


def test_a_killed_onboarding_leaves_no_estate_and_can_be_run_again(pack: Pack) -> None:
    desk = factories.desk_of(TRUSTEE)
    arguments = ("onboard_estate", "--actor", desk.username, str(pack.path("estate.xlsx")))

    killed("settlement_budgetline", *arguments)
    left = Estate.objects.filter(code=pack.code).count()
    again = child(*arguments).wait()

    assert (left, again) == (0, 0)
    factories.MADE.append(Fund.objects.get(code=pack.code).pk)
