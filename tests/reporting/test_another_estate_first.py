"""The same estate's quarter in two databases, one of which opened another estate first: the same papers.

ReportRow ids differ between the two; not a byte of what leaves the house may.
"""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.db import connections

from tests import server
from tests.packs.estate_maker import make_pack

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.long
NAMES = ("alone", "second")


def run(database: str, out: Path, *arguments: str) -> None:
    """A command of ours in its own process, on one of the two databases."""
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=server.environment(server.url(database), BANK_OUTBOX=str(out / "outbox")),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def papers(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Path]]:
    """The folder of statements each database gave out."""
    made = tmp_path_factory.mktemp("two")
    make_pack(made / "pack", seed=4909, quarter="2025Q4", base="COLLECTED_INCOME")
    make_pack(made / "other", seed=4910, quarter="2025Q4", base="COLLECTED_INCOME")
    databases = {name: f"{connections['owner'].settings_dict['NAME']}_{name}" for name in NAMES}
    with psycopg.connect(**server.words("postgres"), autocommit=True) as admin:
        for name, database in databases.items():
            admin.execute(f'CREATE DATABASE "{database}"'.encode())
            run(database, made / name, "migrate", "--database", "owner")
            with psycopg.connect(**server.words(database)) as owner:  # so both were recorded at one instant
                owner.execute("INSERT INTO custody_clock (ahead, told) VALUES ('0', true)")
            if name == "second":
                run(
                    database,
                    made / name,
                    "replay_pack",
                    str(made / "other"),
                    "--out",
                    str(made / "elsewhere"),
                )
            run(database, made / name, "replay_pack", str(made / "pack"), "--out", str(made / name))
        yield {name: made / name for name in NAMES}
        for database in databases.values():
            admin.execute(f'DROP DATABASE "{database}" WITH (FORCE)'.encode())


@pytest.mark.parametrize("title", ["信托资金收支表", "费用分配表", "保值增值报告"])
def test_an_estate_opened_first_changes_nothing_of_the_papers_of_another(
    papers: dict[str, Path], title: str
) -> None:
    first, second = (next(papers[name].glob(f"{title}-*.xlsx")) for name in NAMES)

    assert first.name == second.name
    assert first.read_bytes() == second.read_bytes()
