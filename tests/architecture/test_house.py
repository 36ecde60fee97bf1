"""The house's rules, read off the source: what no reviewer should have to look for."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, name, of_the_tests, sources

FUNCTION_LINES_MAX = 50
MODULE_LINES_MAX = 400
SQL_FUNCTION_LINES_MAX = 60
SQL_FUNCTION = re.compile(
    r"^CREATE (?:OR REPLACE )?(?:FUNCTION|PROCEDURE)\s+(?P<name>[\w.]+)"
    r".*?\$(?P<tag>\w*)\$.*?\$(?P=tag)\$[^;]*;",
    re.M | re.S | re.I,
)

BANNED = {
    r"\bfloat\(": "money is Decimal",
    r"\bdatetime\.now\(|\bdate\.today\(": "time arrives as an argument; commands use django.utils.timezone",
    r"\brefresh_from_db\(": "fetch again under lock",
    r"\.update\([^)]*state\s*=": "move through the state machine",
    r"on_delete=(models\.)?CASCADE": "PROTECT what money refers to",
    r"\b(TODO|FIXME|XXX)\b": "finish it",
    r"^\s*print\(": "self.stdout or the log",
    r"\bSERIALIZABLE\b": "locks are explicit here",
}
CLOCKS = ("management/commands", "tasks.py", "console/importing.py", "replay/waiting.py")


def faults_in(text: str) -> Iterator[str]:
    """Banned words with what to do instead."""
    for number, line in enumerate(text.splitlines(), 1):
        for pattern, remedy in BANNED.items():
            if re.search(pattern, line):
                yield f"line {number}: {line.strip()} — {remedy}"


@pytest.mark.parametrize("path", sources(), ids=name)
def test_a_module_says_nothing_the_house_has_banned(path: Path) -> None:
    assert list(faults_in(path.read_text())) == []


@pytest.mark.parametrize("path", sources(), ids=name)
def test_a_module_opens_with_what_it_is_for(path: Path) -> None:
    if path.name == "__init__.py" and len(path.read_text().splitlines()) < 2:
        return
    assert ast.get_docstring(ast.parse(path.read_text()))


@pytest.mark.parametrize("path", [*sources(), *of_the_tests()], ids=name)
def test_functions_and_modules_stay_small(path: Path) -> None:
    text = path.read_text()
    long = [
        f"{node.name}: {node.end_lineno - node.lineno + 1} lines"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno >= FUNCTION_LINES_MAX
    ]
    assert (long, text.count("\n") <= MODULE_LINES_MAX) == ([], True)


@pytest.mark.parametrize("path", [each for each in sources() if "management" in each.parts], ids=name)
def test_commands_go_by_the_databases_clock(path: Path) -> None:
    assert "timezone.now()" not in path.read_text()


@pytest.mark.parametrize("path", sources(), ids=name)
def test_only_edges_read_the_clock(path: Path) -> None:
    if any(edge in path.as_posix() for edge in CLOCKS):
        return
    assert "timezone.now()" not in path.read_text()


def test_the_search_for_banned_words_finds_them() -> None:
    bad = "x = float(y)\nrow.refresh_from_db()\nRows.objects.update(state='paid')\n    print(x)"

    assert len(list(faults_in(bad))) == 4


def test_every_service_takes_its_facts_by_name() -> None:
    positional = [
        f"{name(path)}: {node.name}"
        for path in sources()
        if {"custody", "settlement"} & set(path.parts)
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef)
        and not node.name.startswith("_")
        and {"actor", "at"} <= {argument.arg for argument in node.args.args}
        and "explain" not in node.name
    ]
    assert positional == []


@pytest.mark.parametrize("app", ["custody", "settlement", "reporting"])
def test_every_file_of_sql_is_run_by_one_migration(app: str) -> None:
    folder = ROOT / app / "migrations"
    named = [
        subject
        for path in folder.glob("0*.py")
        for block in re.findall(r"for subject in \(([^)]*)\)", path.read_text())
        for subject in re.findall(r'"(\w+)"', block)
    ]
    assert sorted(named) == sorted(path.stem for path in (folder / "sql").glob("*.sql"))


@pytest.mark.parametrize("path", sorted(ROOT.glob("*/migrations/sql/*.sql")), ids=name)
def test_functions_of_the_database_stay_small(path: Path) -> None:
    long = {
        found["name"]: found[0].count("\n") + 1
        for found in SQL_FUNCTION.finditer(path.read_text())
        if found[0].count("\n") >= SQL_FUNCTION_LINES_MAX
    }
    assert long == {}


def test_the_search_for_functions_of_the_database_finds_them_all() -> None:
    for path in ROOT.glob("*/migrations/sql/*.sql"):
        text = path.read_text()
        created = re.findall(r"^CREATE (?:OR REPLACE )?(?:FUNCTION|PROCEDURE)", text, re.M | re.I)
        assert (path.name, len(list(SQL_FUNCTION.finditer(text)))) == (path.name, len(created))


@pytest.mark.parametrize("app", ["custody", "settlement"])
def test_migrations_are_numbered_without_holes(app: str) -> None:
    numbers = sorted(int(path.name[:4]) for path in (ROOT / app / "migrations").glob("0*.py"))
    assert numbers == list(range(1, len(numbers) + 1))


def cited() -> list[tuple[str, str]]:
    """(file, test) pairs that docs/properties.md names; an empty test means the whole file."""
    found, last = [], ""
    for file, test in re.findall(r"`([\w/]+\.py)?(?:::(\w+))?`", (ROOT / "docs/properties.md").read_text()):
        if (not Path(file).name.startswith("test_") and file) or not (file or test):
            continue
        last = file or last
        found.append((last, test))
    return found


def located(file: str) -> Path | None:
    """Where a file of the table lies."""
    choices = (ROOT / "tests" / file, ROOT / "tests" / "custody" / file)
    return next((path for path in choices if path.exists()), None)


@pytest.mark.parametrize(("file", "test"), cited())
def test_what_the_table_of_properties_names_exists(file: str, test: str) -> None:
    path = located(file)
    assert path is not None
    assert not test or f"def {test}(" in path.read_text()
