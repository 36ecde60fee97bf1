"""A replay seats its own keyholders: it runs with DEBUG on, on a database whose funds a replay made."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from config.replay.cast import desk_of, funds_of_others
from custody.models import RefusedAttempt
from tests import factories
from tests.architecture.source import ROOT
from tests.custody.money_in.packs import PACK
from tests.custody.money_in.small import AT, TRUSTEE, estate_sheets, item, write_estate
from tests.factories import make_fund


def known_commands(**environment: str) -> str:
    return subprocess.run(
        [sys.executable, "manage.py", "help", "--commands"],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def test_the_command_is_unknown_with_debug_off() -> None:
    assert "replay_pack" not in known_commands(DEBUG="0", SECRET_KEY="x" * 60)


def test_the_command_is_known_with_debug_on() -> None:
    assert "replay_pack" in known_commands(DEBUG="1")


@pytest.mark.usefixtures("committed_db")
def test_it_refuses_a_database_with_a_fund_that_no_replay_made(tmp_path: Path) -> None:
    make_fund()

    with pytest.raises(CommandError, match="不是重放建立的") as refused:
        call_command("replay_pack", str(PACK), "--out", str(tmp_path), stdout=io.StringIO())
    assert refused.value.returncode == 2
    assert RefusedAttempt.objects.filter(code="funds-of-others").exists()


@pytest.mark.usefixtures("committed_db")
def test_a_fund_taken_on_by_a_replays_desk_is_no_other(tmp_path: Path) -> None:
    from custody.models import Fund
    from settlement.contracts.taking_on import onboard_estate

    sheets = estate_sheets()
    onboard_estate(path=write_estate(tmp_path / "estate.xlsx", sheets), actor=desk_of(TRUSTEE), at=AT)
    code = item(sheets, "小区", "小区编码")[1]
    factories.MADE.append(Fund.objects.get(code=code).pk)

    assert code not in funds_of_others()
    assert make_fund().fund.code in funds_of_others()
