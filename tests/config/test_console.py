"""What goes wrong around a command is one sentence and an exit code, never a traceback."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db.utils import OperationalError, ProgrammingError

from config import console, embedded
from config.database import connection_settings

ROOT = Path(__file__).parents[2]


def raising(error: BaseException) -> Any:
    def execute(argv: list[str]) -> None:
        raise error

    return execute


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (KeyboardInterrupt(), 130, "已中断"),
        (ImproperlyConfigured("坏"), 2, "设置有误：坏"),
        (OperationalError("no route\nmore"), 2, "连不上数据库：no route"),
    ],
)
def test_trouble_around_a_command_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: Any, code: int, said: str
) -> None:
    monkeypatch.setattr(console, "execute_from_command_line", raising(error))

    assert console.run(["manage.py"]) == code
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1


def test_a_database_without_tables_is_told_the_remedy(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    error = ProgrammingError("relation missing")
    error.__cause__ = psycopg.errors.UndefinedTable("relation missing")
    monkeypatch.setattr(console, "execute_from_command_line", raising(error))

    assert console.run(["manage.py"]) == 2
    assert "migrate --database owner" in capsys.readouterr().err


def test_a_reader_that_leaves_early_is_no_trouble() -> None:
    command = f"{sys.executable} manage.py help --commands | true; echo ${{PIPESTATUS[0]}}"

    ended = subprocess.run(
        ["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )

    assert (ended.stdout.strip() in {"0", "141"}, ended.stderr) == (True, "")


def test_our_own_bugs_still_show_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console, "execute_from_command_line", raising(ZeroDivisionError()))

    with pytest.raises(ZeroDivisionError):
        console.run(["manage.py"])


@pytest.mark.parametrize("url", ["garbage", "mysql://u:secret@h/x"])
def test_a_url_that_is_not_postgresql_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="postgresql") as refusal:
        connection_settings(url)

    assert "secret" not in str(refusal.value)


def test_a_wrong_url_ends_a_real_command_in_one_line() -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "verify_ledger"],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": "mysql://h/x"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_a_checkout_in_a_path_with_spaces_keeps_its_data_elsewhere(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))

    folder = embedded._data_folder(Path("/some where/小区"))

    assert " " not in str(folder)
    assert folder.parent.is_dir()


def test_a_checkout_in_a_plain_path_keeps_its_data_with_it(tmp_path: Path) -> None:
    assert embedded._data_folder(tmp_path / "小区") == tmp_path / "小区" / "var" / "postgres"
