"""The drawing of the rooms in docs/architecture.md, compared with the folders and with the contracts."""

import re
import tomllib
from pathlib import Path

import pytest

from tests.architecture.source import APPS, ROOT

DRAWN_ROOT = ("apps.py", "__init__.py")
NO_ROOMS = ("commands", "locale", "__pycache__")
PAGE = (ROOT / "docs/architecture.md").read_text()


def drawn() -> dict[str, str]:
    """Path of each room of the drawing → what it says the room is for."""
    block = re.search(r"```\n(config/.*?)```", PAGE, re.S)
    assert block is not None
    found: dict[str, str] = {}
    above: list[str] = []
    for line in block[1].splitlines():
        entry = re.fullmatch(r"(?P<indent> *)(?P<name>[\w.]+)/?(?: {2,}(?P<told>.*))?", line)
        assert entry is not None, line
        depth = len(entry["indent"]) // 2
        above = [*above[:depth], entry["name"]]
        found["/".join(above)] = (entry["told"] or "").strip()
    return found


def folders() -> set[str]:
    """Every room there is: packages of the four apps, their modules outside a package, folders of tests."""
    rooms = {*APPS, "tests"}
    for app in (*APPS, "tests"):
        rooms |= {
            path.parent.relative_to(ROOT).as_posix()
            for path in (ROOT / app).rglob("*.*")
            if path.suffix in (".py", ".sql") and not set(path.relative_to(ROOT).parts) & set(NO_ROOMS)
        }
    for app in ("custody", "settlement", "reporting"):
        rooms |= {f"{app}/{path.name}" for path in (ROOT / app).glob("*.py") if path.name not in DRAWN_ROOT}
    return {room for room in rooms if room.count("/") < 2 or not room.startswith("tests/")}


def contracts() -> dict[str, list[str]]:
    """The orders import-linter holds: container → its layers, rooms yet to be built left out."""
    held = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    return {
        contract.get("containers", ["the house"])[0]: [
            ", ".join(room for room in re.split(r" [|:] ", layer) if not room.startswith("("))
            for layer in contract["layers"]
            if not re.fullmatch(r"\(\w+\)", layer)
        ]
        for contract in held
        if contract["type"] == "layers" and not contract["layers"][0].count(".")
    }


def test_the_drawing_shows_every_room_and_no_other() -> None:
    assert sorted(drawn()) == sorted(folders())


@pytest.mark.parametrize("room", sorted(drawn()))
def test_the_drawing_says_what_a_room_is_for(room: str) -> None:
    assert drawn()[room]


@pytest.mark.parametrize("house", sorted(contracts()))
def test_the_orders_of_the_page_are_the_contracts(house: str) -> None:
    line = re.search(rf"^- {house}: (.*)$", PAGE, re.M)
    assert line is not None
    assert line[1].split(" → ") == contracts()[house]


def test_what_the_page_names_of_the_source_exists() -> None:
    missing = [
        dotted
        for dotted in re.findall(r"`((?:custody|settlement|reporting|config)(?:\.\w+)+)`", PAGE)
        if not any((ROOT / Path(*dotted.split("."))).with_suffix(end).exists() for end in (".py", ""))
    ]
    assert missing == []
