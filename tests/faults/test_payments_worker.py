"""The worker as an operator starts it: it sends what waits; what it was killed over, the sweep sends."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connections
from pytest_django import Settings

from settlement.models import PaymentBatch
from settlement.payments import sending
from tests import server
from tests.settlement.desk import AT, make_provider

pytestmark = [pytest.mark.usefixtures("committed_db"), pytest.mark.kill]
ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 30


@contextmanager
def worker(outbox: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A worker process on this run's database; ended afterwards, by its own id."""
    command = [sys.executable, "-m", "dramatiq", "config.worker", "--processes", "1", "--threads", "1"]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=server.environment(server.url(), BANK_OUTBOX=str(outbox)),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(PATIENCE_SECONDS)


def within_patience(holds: Callable[[], object]) -> bool:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.1)
    return False


def test_a_worker_started_later_sends_what_waits(settings: Settings, tmp_path: Path) -> None:
    settings.BANK_OUTBOX = tmp_path
    desk = make_provider()
    batch = desk.instructed(desk.released())

    with worker(tmp_path):
        sent = within_patience(lambda: PaymentBatch.objects.get(pk=batch.pk).sent_at)

    assert sent
    assert (tmp_path / desk.at.fund.code / f"{batch.message_id}.xml").read_bytes() == bytes(batch.content)


def test_a_worker_killed_over_a_batch_leaves_it_to_the_sweep(settings: Settings, tmp_path: Path) -> None:
    settings.BANK_OUTBOX = tmp_path
    desk = make_provider()
    batch = desk.instructed(desk.released())
    with connections["owner"].cursor() as cursor, worker(tmp_path) as process:
        cursor.execute("BEGIN")
        cursor.execute("SELECT FROM settlement_paymentbatch WHERE id = %s FOR UPDATE", [batch.pk])
        cursor.execute("SELECT pg_backend_pid()")
        holder = cursor.fetchone()[0]

        def blocked() -> object:
            with connections["default"].cursor() as watching:
                watching.execute(
                    "SELECT count(*) FROM pg_stat_activity WHERE %s = ANY (pg_blocking_pids(pid))", [holder]
                )
                return watching.fetchone()[0]

        reached = within_patience(blocked)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(PATIENCE_SECONDS)
        cursor.execute("ROLLBACK")
    assert reached

    sending.sweep(at=AT + timedelta(hours=1))

    files = list((tmp_path / desk.at.fund.code).glob("*.xml"))
    assert [path.read_bytes() for path in files] == [bytes(batch.content)]
    assert PaymentBatch.objects.get(pk=batch.pk).sent_at is not None
