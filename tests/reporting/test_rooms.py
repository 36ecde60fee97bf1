"""The rooms of reporting keep to themselves: statements know values only, and nothing here posts."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HOUSE = ("config", "custody", "reporting", "settlement")
READS = ("django.db", "django.apps", "psycopg", "custody.models", "settlement.models")
POSTS = re.compile(r"\bdoor\.(post|post_many|hold|release_hold|open_account|open_fund|close_period)\b")


def module_path(name: str) -> Path | None:
    """The file of a module of the house."""
    base = ROOT.joinpath(*name.split("."))
    return next((path for path in (base.with_suffix(".py"), base / "__init__.py") if path.exists()), None)


def imported(path: Path) -> Iterator[str]:
    """Every module a file imports, and every name it takes from one."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{each.name}" for each in node.names)


def reached_from(start: Path) -> dict[str, str]:
    """Every module a file reaches within the house or beyond, each with the module that names it."""
    reached: dict[str, str] = {}
    waiting = [start]
    while waiting:
        path = waiting.pop()
        for name in imported(path):
            if name not in reached:
                reached[name] = path.relative_to(ROOT).as_posix()
                found = module_path(name) if name.split(".")[0] in HOUSE else None
                waiting += [found] if found else []
    return reached


STATEMENTS = sorted((ROOT / "reporting" / "statements").glob("*.py"))


@pytest.mark.parametrize("path", STATEMENTS, ids=lambda path: path.stem)
def test_a_statement_reaches_nothing_that_reads_a_database(path: Path) -> None:
    reached = reached_from(path)

    assert {name: by for name, by in reached.items() if name.startswith(READS)} == {}


@pytest.mark.parametrize("path", STATEMENTS, ids=lambda path: path.stem)
def test_a_statement_knows_neither_reading_nor_papers(path: Path) -> None:
    reached = reached_from(path)

    assert [name for name in reached if name.startswith(("reporting.reading", "reporting.papers"))] == []


def test_the_search_finds_what_reading_reads() -> None:
    assert "custody.models" in reached_from(ROOT / "reporting" / "reading" / "facts.py")


def test_nothing_in_reporting_posts() -> None:
    posting = [
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "reporting").rglob("*.py")
        if POSTS.search(path.read_text())
    ]
    assert posting == []
