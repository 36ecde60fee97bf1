"""The locks, as any pip must read them: every package and every extra that is asked for is pinned."""

import re
from importlib import metadata
from pathlib import Path

import pytest
from packaging.markers import UndefinedEnvironmentName
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.architecture.source import ROOT

LOCKS = sorted(ROOT.glob("requirements*.txt"))
PIN = re.compile(r"^(?P<name>[\w.-]+)(?:\[(?P<extras>[\w., -]+)\])?==(?P<version>[^\s;\\]+)", re.M)
Pins = dict[str, tuple[str, frozenset[str]]]


def pins(lock: Path) -> Pins:
    """name → (version, extras) of one lock."""
    return {
        canonicalize_name(found["name"]): (
            found["version"],
            frozenset(canonicalize_name(each) for each in re.findall(r"[^, ]+", found["extras"] or "")),
        )
        for found in PIN.finditer(lock.read_text())
    }


def asked_by(name: str, extras: frozenset[str]) -> list[Requirement]:
    """What an installed package asks for here, with those of its extras that are pinned."""
    wanted = [Requirement(text) for text in metadata.requires(name) or []]
    return [each for each in wanted if any(holds(each, extra) for extra in extras or {""})]


def holds(asked: Requirement, extra: str) -> bool:
    """Whether its marker is true on this machine, under one extra."""
    try:
        return asked.marker is None or asked.marker.evaluate({"extra": extra})
    except UndefinedEnvironmentName:
        return False


def missing_from(pinned: Pins) -> list[str]:
    """Requirements of pinned packages that the lock does not pin in full."""
    found = []
    for name, (_, extras) in pinned.items():
        for asked in asked_by(name, extras):
            have = pinned.get(canonicalize_name(asked.name))
            if have is None or not {canonicalize_name(each) for each in asked.extras} <= have[1]:
                found.append(f"{name} asks for {asked}")
    return found


def installed(pinned: Pins) -> Pins:
    """Of a lock for every platform, what is installed on this one."""
    here = {canonicalize_name(each.metadata["Name"]) for each in metadata.distributions()}
    return {name: pin for name, pin in pinned.items() if name in here}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_every_package_and_extra_that_a_pinned_package_asks_for_is_pinned(lock: Path) -> None:
    assert missing_from(installed(pins(lock))) == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_every_package_and_extra_that_we_ask_for_is_pinned(lock: Path) -> None:
    asked = [
        Requirement(line)
        for line in lock.with_suffix(".in").read_text().splitlines()
        if line and not line.startswith(("#", "-r"))
    ]
    pinned = pins(lock)
    assert [
        str(each)
        for each in asked
        if not {canonicalize_name(extra) for extra in each.extras} <= pinned[canonicalize_name(each.name)][1]
    ] == []


def test_both_locks_pin_the_same_releases() -> None:
    runtime, dev = pins(ROOT / "requirements.txt"), pins(ROOT / "requirements-dev.txt")
    assert {name: pin[0] for name, pin in runtime.items()} == {name: dev[name][0] for name in runtime}


def test_the_search_finds_an_extra_that_the_lock_strips() -> None:
    stripped = pins(ROOT / "requirements-dev.txt")
    stripped["coverage"] = (stripped["coverage"][0], frozenset())

    assert any("coverage" in each for each in missing_from(installed(stripped)))


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_the_lock_names_no_index(lock: Path) -> None:
    assert "://" not in lock.read_text()
    assert "index-url" not in lock.read_text()
