"""A function of SQL is read at one sight: sixty lines at most, from CREATE to its closing $$."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
LINES_MAX = 60
FUNCTION = re.compile(r"^CREATE (?:FUNCTION|PROCEDURE) (\w+).*?\$\$.*?\$\$;?$", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(
    "path", sorted(ROOT.glob("*/migrations/sql/*.sql")), ids=lambda path: path.relative_to(ROOT).as_posix()
)
def test_no_function_of_sql_is_longer_than_a_screen(path: Path) -> None:
    functions = FUNCTION.finditer(path.read_text(encoding="utf-8"))
    lengths = {found[1]: found.group().count("\n") + 1 for found in functions}
    assert {name: lines for name, lines in lengths.items() if lines > LINES_MAX} == {}
