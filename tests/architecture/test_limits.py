"""docs/limits.md says where each limit is decided, and what it is; the code says the same."""

import importlib
import re
from pathlib import Path

import pytest
from django.db import connection

from custody.deeds.terms import TITLES

ROOT = Path(__file__).parents[2]


def tables() -> tuple[list[list[str]], list[list[str]]]:
    """The rows of the two tables, as cells."""
    agreed, _heading, in_code = (ROOT / "docs/limits.md").read_text().partition("## In code")
    return rows_of(agreed), rows_of(in_code)


def rows_of(text: str) -> list[list[str]]:
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines[2:]]


AGREED, IN_CODE = tables()


def modules_naming(name: str, folder: str) -> list[str]:
    """The modules under a folder that set a constant of this name."""
    return [
        path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
        for path in sorted((ROOT / folder).rglob("*.py"))
        if re.search(rf"^{name}\b[^=\n]*=", path.read_text(), re.MULTILINE)
    ]


def test_the_terms_of_the_deed_are_all_in_the_table() -> None:
    assert {term: title for term, title, _what in AGREED} == {
        term.value: title for term, title in TITLES.items()
    }


@pytest.mark.parametrize(
    ("figure", "name", "folder"), [row[1:] for row in IN_CODE if "(" not in row[2]], ids=lambda each: each
)
def test_a_constant_of_the_table_stands_in_one_place_with_that_figure(
    figure: str, name: str, folder: str
) -> None:
    (module,) = modules_naming(name, folder)

    assert getattr(importlib.import_module(module), name) == int(figure)


@pytest.mark.usefixtures("committed_db")
@pytest.mark.parametrize(
    ("figure", "call"), [row[1:3] for row in IN_CODE if "(" in row[2]], ids=lambda each: each
)
def test_a_figure_the_database_holds_is_the_one_of_the_table(figure: str, call: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {call}")
        assert cursor.fetchone()[0] == int(figure)
