"""Tests are typed like the rest: the checker reads them, and no module of ours is left alone."""

import tomllib

from tests.architecture.source import ROOT

OURS = ("config", "custody", "reporting", "settlement", "tests", "manage")


def named(modules: str | list[str]) -> list[str]:
    """The patterns of an override, which may be written as one or as a list."""
    return [modules] if isinstance(modules, str) else modules


def test_no_module_of_ours_is_left_alone() -> None:
    mypy = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mypy"]
    silent = [
        name
        for each in mypy["overrides"]
        if each.get("ignore_errors") or each.get("follow_imports") in ("skip", "silent")
        for name in named(each["module"])
    ]
    assert [name for name in silent if name == "*" or name.split(".")[0] in OURS] == []
    assert (mypy["strict"], mypy.get("ignore_errors", False)) == (True, False)


def test_no_file_of_ours_asks_to_be_left_alone() -> None:
    asks = "# mypy: " + "ignore"
    files = [path for folder in OURS[:-1] for path in (ROOT / folder).rglob("*.py")]
    assert [str(path.relative_to(ROOT)) for path in files if asks in path.read_text()] == []


def test_the_checker_reads_the_tests() -> None:
    rules = (ROOT / "Makefile").read_text()
    assert "$(BIN)/mypy $(ROOMS) tests manage.py" in rules
