"""The vault with its own login alone, as production runs it: hinted at or not, killed or not, it delivers."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connections
from pytest_django import Settings

from custody.vault import inbox
from settlement.models import PaymentBatch
from settlement.tasks import send_payment_batch
from tests import server
from tests.config.test_logins import PRODUCTION, as_login
from tests.custody.ledger.raw import run
from tests.faults.test_payments_worker import PATIENCE_SECONDS, ROOT, within_patience
from tests.settlement.desk import Provider, make_provider

pytestmark = [pytest.mark.usefixtures("committed_db"), pytest.mark.kill]


@pytest.fixture
def desk(settings: Settings, tmp_path: Path, committed_db: None) -> Provider:
    settings.BANK_OUTBOX = tmp_path
    return make_provider()


@pytest.fixture
def login(committed_db: None) -> Iterator[str]:
    """A login that is a member of ``trust_vault`` and of nothing else."""
    name = f"vault_{os.getpid()}"
    run("owner", f"CREATE ROLE {name} LOGIN IN ROLE trust_vault")
    yield name
    run("owner", f"DROP OWNED BY {name}")
    run("owner", f"DROP ROLE {name}")


@contextmanager
def vault(login: str, outbox: Path) -> Iterator["subprocess.Popen[str]"]:
    """The process, once it has said that it answers; ended afterwards, by its own id."""
    environment = server.environment(
        "", **PRODUCTION, DATABASE_VAULT_URL=as_login(login), BANK_OUTBOX=str(outbox)
    )
    del environment["DATABASE_URL"]
    process = subprocess.Popen(
        [sys.executable, "manage.py", "run_vault"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline()
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(PATIENCE_SECONDS)
        assert process.stdout is not None
        process.stdout.close()


def left(batch: PaymentBatch, outbox: Path) -> bool:
    """Out, byte for byte, and on record as out."""

    def sent() -> bool:
        return PaymentBatch.objects.get(pk=batch.pk).sent_at is not None

    files = (
        [path.read_bytes() for path in outbox.rglob(f"{batch.message_id}.xml")]
        if within_patience(sent)
        else []
    )
    return files == [bytes(batch.content)]


def test_with_its_own_login_alone_it_delivers_what_waits_and_what_comes(
    desk: Provider, login: str, tmp_path: Path
) -> None:
    waiting = desk.instructed(desk.released())
    with vault(login, tmp_path):
        assert left(waiting, tmp_path)
        assert left(desk.instructed(desk.released("20")), tmp_path)  # nobody hints


def test_hinted_at_twice_it_delivers_once(
    desk: Provider, login: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "answers_here", lambda: False)
    with vault(login, tmp_path):
        batch = desk.instructed(desk.released())
        send_payment_batch(batch.pk)
        send_payment_batch(batch.pk)
        assert left(batch, tmp_path)


def test_killed_over_a_file_it_delivers_it_once_when_it_is_back(
    desk: Provider, login: str, tmp_path: Path
) -> None:
    batch = desk.instructed(desk.released())
    with connections["owner"].cursor() as cursor, vault(login, tmp_path) as process:
        cursor.execute("BEGIN")
        cursor.execute("SELECT FROM settlement_paymentorder WHERE batch_id = %s FOR UPDATE", [batch.pk])
        cursor.execute("SELECT pg_backend_pid()")
        holder = cursor.fetchone()[0]

        def blocked() -> object:
            count = "SELECT count(*) FROM pg_stat_activity WHERE %s = ANY (pg_blocking_pids(pid))"
            return run("default", count, [holder])[0][0]

        reached = within_patience(blocked)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(PATIENCE_SECONDS)
        cursor.execute("ROLLBACK")
    assert reached
    assert not list(tmp_path.rglob("*.xml"))

    with vault(login, tmp_path):
        assert left(batch, tmp_path)
