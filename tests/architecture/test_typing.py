"""Tests are typed like the rest: the list of those that are not yet only shrinks."""

import tomllib

from tests.architecture.source import ROOT

UNTYPED_MAX = 48


def untyped() -> list[str]:
    """Modules whose errors mypy is told to leave alone."""
    overrides = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mypy"]["overrides"]
    return [name for each in overrides if each.get("ignore_errors") for name in each["module"]]


def test_the_list_of_untyped_tests_only_shrinks() -> None:
    assert len(untyped()) <= UNTYPED_MAX


def test_only_tests_are_on_the_list_and_each_exists() -> None:
    gone = [name for name in untyped() if not (ROOT / name.replace(".", "/")).with_suffix(".py").exists()]
    assert (gone, [name for name in untyped() if not name.startswith("tests.")]) == ([], [])


def test_the_checker_reads_the_tests() -> None:
    rules = (ROOT / "Makefile").read_text()
    assert "$(BIN)/mypy $(ROOMS) tests manage.py" in rules
