"""docs/threats.md names tests that are there, and every claim in its tables names one."""

import re
from pathlib import Path

import pytest

from tests.architecture.source import ROOT

PAGE = (ROOT / "docs/threats.md").read_text()
CITED = re.compile(r"`([\w/]+\.py)?(?:::(\w+))`")


def rows() -> list[list[str]]:
    """Every row of the tables as its cells, heads left out."""
    lines = [line for line in PAGE.splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    return [each for each in cells if not each[0].startswith("could ")]


def cited(cell: str) -> list[tuple[str, str]]:
    """File and test of each citation; one without a file is of the file before it."""
    found, file = [], ""
    for named, test in CITED.findall(cell):
        file = named or file
        found.append((file, test))
    return found


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_every_claim_names_a_test_that_is_there(row: list[str]) -> None:
    assert len(row) == 3
    assert cited(row[2])
    for file, test in cited(row[2]):
        path: Path = ROOT / "tests" / file
        assert path.exists(), file
        assert f"def {test}(" in path.read_text(), test


def test_what_nothing_stops_is_said() -> None:
    assert re.findall(r"^## (What nothing stops|Open)$", PAGE, re.M) == ["What nothing stops", "Open"]


def test_a_citation_without_a_file_is_of_the_file_before_it() -> None:
    assert cited("`a/b.py::test_x`, `::test_y`") == [("a/b.py", "test_x"), ("a/b.py", "test_y")]
