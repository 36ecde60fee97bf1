"""Nothing dead stands about: what a module names is read, or is a service that waits for its page."""

import ast
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, name, sources

# Read by Django, or named by it in a text.
SETTINGS = ("config/settings.py", "config/urls.py", "config/wsgi.py", "config/catalogue.py")
BY_DJANGO = {
    "Adapter",
    "Bounded",
    "Preferences",
    "Refusals",
    "Sessions",
    "bad_request",
    "preferred",
    "stale_form",
    "urlpatterns",
    "Command",
    "ConfigConfig",
    "CustodyConfig",
    "DocumentStorage",
    "MailCourier",
    "OwnerMigrates",
    "ReportingConfig",
    "SessionStore",
    "SettlementConfig",
}


def read_in(path: Path) -> Iterator[str]:
    """Every name a module reads: as a name, or after a dot."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr


@cache
def read_by_the_house() -> Counter[str]:
    return Counter(each for path in sources() for each in read_in(path))


@cache
def read_by_the_tests() -> Counter[str]:
    return Counter(each for path in (ROOT / "tests").rglob("*.py") for each in read_in(path))


def _registers(decorator: ast.expr) -> bool:
    """Whether it makes a function known to templates, or an operation of the API."""
    return ast.unparse(decorator).startswith(("register.", "router."))


def named_in(path: Path) -> Iterator[tuple[str, bool]]:
    """What a module names at its top, and whether it is a public function."""
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.FunctionDef) and any(_registers(each) for each in node.decorator_list):
            continue
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name, isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
        elif isinstance(node, ast.Assign):
            yield from ((each.id, False) for each in node.targets if isinstance(each, ast.Name))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id, False


@pytest.mark.parametrize("path", sources(), ids=name)
def test_what_a_module_names_is_read(path: Path) -> None:
    """A public function may wait for its page or command, if a test shows what it does."""
    if name(path) in SETTINGS:
        return
    dead = [
        each
        for each, public in named_in(path)
        if not each.startswith("__")
        and each not in BY_DJANGO
        and not read_by_the_house()[each]
        and not (public and read_by_the_tests()[each])
    ]
    assert dead == []
