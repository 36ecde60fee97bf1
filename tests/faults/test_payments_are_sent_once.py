"""Killed between release and file, or between file and confirmation: nothing doubled, nothing lost.

The child patches one function to end its own process at the worst moment; our code has no such hook.
"""

import signal
import subprocess
import sys
import textwrap
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from settlement.models import PaymentBatch
from settlement.payments import sending
from tests import server
from tests.settlement.desk import AT, PAY_ON, Provider, fresh, make_provider

pytestmark = [pytest.mark.usefixtures("committed_db"), pytest.mark.kill]
ROOT = Path(__file__).parents[2]
LATER = AT + timedelta(hours=1)
DYING = """
import os, signal
import django
django.setup()
from datetime import UTC, datetime, date
from custody.models import Operator
from custody.kernel import durable
from settlement.payments import filing, sending
def die(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)
AT = datetime.fromisoformat({at!r})
"""


@pytest.fixture
def desk(settings: Settings, tmp_path: Path, committed_db: None) -> Provider:
    settings.BANK_OUTBOX = tmp_path
    return make_provider()


def dies(outbox: Path, script: str) -> None:
    """Run the script in its own process on this run's database; it kills itself."""
    ended = subprocess.run(
        [sys.executable, "-c", DYING.format(at=AT.isoformat()) + textwrap.dedent(script)],
        cwd=ROOT,
        env=server.environment(
            server.url(), BANK_OUTBOX=str(outbox), DJANGO_SETTINGS_MODULE="config.settings"
        ),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr


def filed(desk: Provider, outbox: Path) -> list[Path]:
    return sorted((outbox / desk.at.fund.code).glob("*.xml"))


def instruct(desk: Provider, settlement: Any, dying: str) -> str:
    return f"""
    {dying} = die
    actor = Operator.objects.get(pk={desk.at.actor.pk})
    filing.instruct(
        fund_id={desk.at.fund.pk}, settlement_ids=[{settlement.pk}],
        execute_on=date.fromisoformat('{PAY_ON}'),
        actor=actor, at=AT,
    )
    """


@pytest.mark.parametrize("moment", ["filing.render", "filing.advance", "filing.file_order"])
def test_killed_while_filing_nothing_happened(desk: Provider, tmp_path: Path, moment: str) -> None:
    settlement = desk.released()

    dies(tmp_path, instruct(desk, settlement, moment))

    assert fresh(settlement).state == "released"
    assert not PaymentBatch.objects.filter(fund=desk.at.fund).exists()
    desk.instructed(fresh(settlement))
    assert PaymentBatch.objects.filter(fund=desk.at.fund).count() == 1


def test_killed_after_filing_before_the_message_the_sweep_sends_it(desk: Provider, tmp_path: Path) -> None:
    settlement = desk.released()
    dies(tmp_path, instruct(desk, settlement, "filing.send_payment_batch.send"))
    assert (fresh(settlement).state, filed(desk, tmp_path)) == ("instructed", [])

    sending.sweep(at=LATER)

    assert len(filed(desk, tmp_path)) == 1


@pytest.mark.parametrize("moment", ["durable.tempfile.mkdtemp", "durable.os.fsync", "durable.Path.replace"])
def test_killed_while_writing_no_part_of_a_file_is_left_in_its_place(
    desk: Provider, tmp_path: Path, moment: str
) -> None:
    batch = desk.instructed(desk.released())

    dies(tmp_path, f"{moment} = die\nsending.send_batch(batch_id={batch.pk}, at=AT)")

    assert filed(desk, tmp_path) == []
    sending.sweep(at=LATER)
    assert [path.read_bytes() for path in filed(desk, tmp_path)] == [bytes(batch.content)]


def test_killed_between_file_and_confirmation_the_same_file_stands_once(
    desk: Provider, tmp_path: Path
) -> None:
    batch = desk.instructed(desk.released())
    dies(tmp_path, f"durable.flush_folder = die\nsending.send_batch(batch_id={batch.pk}, at=AT)")
    before = filed(desk, tmp_path)
    assert PaymentBatch.objects.get(pk=batch.pk).sent_at is None

    sending.sweep(at=LATER)

    assert filed(desk, tmp_path) == before
    assert [path.read_bytes() for path in before] == [bytes(batch.content)]
    assert PaymentBatch.objects.get(pk=batch.pk).sent_at == LATER


def test_swept_twice_nothing_is_sent_twice(desk: Provider, tmp_path: Path) -> None:
    batch = desk.instructed(desk.released())

    first, second = sending.sweep(at=LATER), sending.sweep(at=LATER)

    assert (batch.pk in first, batch.pk in second) == (True, False)


def test_a_file_of_other_bytes_under_the_name_is_never_replaced(desk: Provider, tmp_path: Path) -> None:
    from custody.kernel.errors import Conflict

    batch = desk.instructed(desk.released())
    folder = tmp_path / desk.at.fund.code
    folder.mkdir()
    (folder / f"{batch.message_id}.xml").write_bytes(b"other")

    with pytest.raises(Conflict):
        sending.send_batch(batch_id=batch.pk, at=AT)

    assert PaymentBatch.objects.get(pk=batch.pk).sent_at is None
