"""Edges between the rooms that import-linter cannot see, since it knows modules and not names or SQL."""

import ast
import re
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, name, sources

JOURNAL = {
    node.name
    for node in ast.parse((ROOT / "custody/models/journal.py").read_text()).body
    if isinstance(node, ast.ClassDef)
}
TABLES = re.compile(
    r"\bcustody_(?:entry|line|account|balance|ledger_head|hold|hold_outcome|anchor|account_kind)\b"
)
LEDGER = ("custody/ledger/", "custody/models/")
ANCHORING = {"anchor", "AnchorPurpose"}


def named_from(path: Path, module: str) -> set[str]:
    """The names a module takes from another by ``from module import …``."""
    return {
        alias.name
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module == module
        for alias in node.names
    }


def taken_of(path: Path, module: str) -> set[str]:
    """What a module uses of ``module``, whether it imports names or the module itself."""
    package, _, leaf = module.rpartition(".")
    if leaf not in named_from(path, package):
        return named_from(path, module)
    return named_from(path, module) | {
        node.attr
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == leaf
    }


def texts_of(path: Path) -> list[str]:
    """Every literal text of a module but its docstrings."""
    tree = ast.parse(path.read_text())
    told = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told
    ]


@pytest.mark.parametrize("path", sources(), ids=name)
def test_the_journals_tables_are_opened_by_the_ledger_alone(path: Path) -> None:
    if name(path).startswith(LEDGER):
        return
    models = JOURNAL & (named_from(path, "custody.models") | named_from(path, "custody.models.journal"))
    tables = {found for text in texts_of(path) for found in TABLES.findall(text)}
    assert (sorted(models), sorted(tables)) == ([], [])


@pytest.mark.parametrize(
    "path", [path for path in sources() if name(path).startswith("reporting/")], ids=name
)
def test_reporting_takes_of_the_door_only_the_anchor(path: Path) -> None:
    assert taken_of(path, "custody.ledger.door") <= ANCHORING


def test_the_search_finds_the_journals_tables() -> None:
    assert TABLES.findall("SELECT FROM custody_balance, custody_balances") == ["custody_balance"]


def test_the_search_sees_through_both_ways_of_importing() -> None:
    papers = [path for path in sources() if name(path).startswith("reporting/papers/")]
    assert "post_many" in taken_of(ROOT / "custody/money_in/recording.py", "custody.ledger.door")
    assert any("anchor" in taken_of(path, "custody.ledger.door") for path in papers)
