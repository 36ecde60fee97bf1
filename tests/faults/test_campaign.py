"""The campaign of faults: a few of its runs, and proof that it notices what it looks for."""

import random
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_django import Settings

from settlement.models import PaymentBatch
from tests import server
from tests.faults.campaign import story

ROOT = Path(__file__).parents[2]


@pytest.fixture
def told(settings: Settings, tmp_path: Path, committed_db: None) -> story.Story:
    """A story that went well as far as the sending."""
    settings.BANK_OUTBOX = tmp_path / "outbox"
    told = story.begin(random.Random(1), tmp_path / "outbox")
    for name, act in told.acts():
        act()
        if name == "send":
            break
    return told


def test_a_story_told_to_its_end_has_no_fault(told: story.Story) -> None:
    for _name, act in list(told.acts())[-2:]:
        act()

    assert told.faults() == []


def test_a_payment_the_bank_never_made_is_noticed(told: story.Story) -> None:
    names = [fault.partition(":")[0] for fault in told.faults()]

    assert names == ["state", "cash", "held", "entries", "bank lines"]


def test_a_file_sent_twice_is_noticed(told: story.Story) -> None:
    folder = told.outbox / told.desk.at.fund.code
    batch = PaymentBatch.objects.get(fund=told.desk.at.fund)
    (folder / "again.xml").write_bytes(bytes(batch.content))

    assert any(fault.startswith("files") for fault in told.faults())


def test_the_campaign_runs_from_the_shell_and_counts_what_it_did() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "tests.faults.campaign", "--runs", "2", "--seed", "7"],
        cwd=ROOT,
        env=server.environment(server.url("postgres")),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ended.stdout.splitlines()[-1] == "2 runs, 0 wrong"
