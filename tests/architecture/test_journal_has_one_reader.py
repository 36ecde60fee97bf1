"""The journal's tables are written and read in ``custody/ledger`` alone: nobody else names them."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
TABLES = re.compile(
    r"custody_(entry|line|account|balance|ledger_head|hold|hold_outcome|anchor|period_close)\b"
)
MODELS = {"JournalEntry", "JournalLine", "LedgerHead", "Account", "Balance", "Hold", "HoldOutcome", "Anchor"}
THE_JOURNALS_OWN = ("custody/ledger/", "custody/models/", "/migrations/")


def elsewhere() -> list[Path]:
    """Every source outside the ledger's folder, its models and the migrations."""
    paths = [
        path
        for app in ("custody", "settlement", "reporting", "config")
        for path in (ROOT / app).rglob("*.py")
    ]
    return [path for path in paths if not any(own in path.as_posix() for own in THE_JOURNALS_OWN)]


def names_the_journal(text: str) -> set[str]:
    """The journal's tables and models that this source names."""
    imported = {
        alias.name
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("custody.models")
        for alias in node.names
    }
    return (imported & MODELS) | {found.group() for found in TABLES.finditer(text)}


@pytest.mark.parametrize("path", elsewhere(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_journal_is_read_in_its_own_folder_only(path: Path) -> None:
    assert names_the_journal(path.read_text(encoding="utf-8")) == set()


def test_the_search_finds_a_model_and_a_table() -> None:
    bad = "from custody.models import JournalLine\nQUERY = 'SELECT FROM custody_balance'"
    assert names_the_journal(bad) == {"JournalLine", "custody_balance"}
