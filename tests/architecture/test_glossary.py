"""The glossary, read as a rule: its identifiers exist, and one word has one meaning."""

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, name, sources

Named = ast.FunctionDef | ast.ClassDef
WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z0-9]+|[A-Z]+")


def tables() -> list[list[list[str]]]:
    """The tables of the glossary, each a list of rows of cells, heads left out."""
    found: list[list[list[str]]] = [[]]
    for line in (ROOT / "docs/glossary.md").read_text().splitlines():
        if line.startswith("|"):
            found[-1].append([cell.strip() for cell in line.strip("|").split("|")])
        elif found[-1]:
            found.append([])
    return [table[2:] for table in found if table]


def coded(cell: str) -> list[str]:
    """What a cell says in code."""
    return re.findall(r"`([^`]+)`", cell)


TRUST, MEANINGS, TWICE = tables()
IDENTIFIERS = [each for row in TRUST for each in coded(row[1])]
RESERVED = {word: coded(row[2]) for row in MEANINGS for word in coded(row[0])}
SHARED = {word for row in TWICE for word in coded(row[0])}


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def words(identifier: str) -> tuple[str, ...]:
    """The words an identifier is made of, in small letters."""
    return tuple(each.lower() for each in WORDS.findall(identifier))


def names_given(path: Path) -> Iterator[str]:
    """Every name this module gives to something of its own, its own name included."""
    yield path.stem
    for node in ast.walk(tree(path)):
        if isinstance(node, Named):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


@cache
def everything_named() -> set[tuple[str, ...]]:
    """The words of every name and every text that could be one."""
    named = {words(each) for path in sources() for each in (*path.parts, *names_given(path))}
    for path in sources():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isidentifier():
                named.add(words(node.value))
    return named


def tops(kind: type[ast.FunctionDef] | type[ast.ClassDef]) -> dict[str, list[str]]:
    """Public name → the modules whose top level defines it."""
    found = defaultdict(list)
    for path in sources():
        for node in tree(path).body:
            if isinstance(node, kind) and not node.name.startswith("_"):
                found[node.name].append(name(path))
    return found


def twice(found: dict[str, list[str]]) -> dict[str, list[str]]:
    """What stands in more than one module without leave."""
    return {each: places for each, places in found.items() if len(places) > 1 and each not in SHARED}


@pytest.mark.parametrize("identifier", sorted(set(IDENTIFIERS)))
def test_an_identifier_of_the_glossary_names_something(identifier: str) -> None:
    assert words(identifier) in everything_named()


def test_an_identifier_of_the_glossary_stands_in_one_row() -> None:
    assert {each: count for each, count in Counter(IDENTIFIERS).items() if count > 1} == {}


@pytest.mark.parametrize("word", sorted(RESERVED))
def test_a_word_stands_only_where_it_has_its_meaning(word: str) -> None:
    strays = {
        f"{name(path)}: {each}"
        for path in sources()
        if not any((name(path) + "/").startswith(f"{place}/") for place in RESERVED[word])
        for each in names_given(path)
        if word in words(each)
    }
    assert sorted(strays) == []


def test_which_of_the_two_keys_is_never_called_key() -> None:
    strays = {
        f"{name(path)}: {node.name}"
        for path in sources()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef)
        for argument in (*node.args.args, *node.args.kwonlyargs)
        if argument.arg == "key" and argument.annotation and ast.unparse(argument.annotation) == "Key"
    }
    assert sorted(strays) == []


def test_two_classes_never_have_one_name() -> None:
    assert twice(tops(ast.ClassDef)) == {}


def test_two_public_functions_never_have_one_name() -> None:
    assert twice(tops(ast.FunctionDef)) == {}


def test_two_modules_never_have_one_name() -> None:
    """A room's models are named for its tables; every web/ and api/ has the same parts: they stand apart."""
    found = defaultdict(list)
    for path in sources():
        if (
            not {"web", "api"} & set(path.parts)
            and path.stem != "__init__"
            and path.parent.name not in ("models", "commands", "sign_in")
        ):
            found[path.stem].append(name(path))
    assert twice(found) == {}


def test_words_are_told_apart_in_either_style_of_name() -> None:
    assert [words(each) for each in ("settles_hold", "PayeeAccount", "NO_CHAIN")] == [
        ("settles", "hold"), ("payee", "account"), ("no", "chain"),
    ]  # fmt: skip
