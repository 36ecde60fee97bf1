"""Whose money is it: finds the unit a text names, in the spellings people use, else the one with that payer.

Refuses to guess: two units in one text, or a name that two units share, match nothing.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−~～〜﹣－_/", "-"))
_DIGITS = {digit: value for value, digit in enumerate("零一二三四五六七八九")}
_ONES = "[一二三四五六七八九]"
_CHINESE_NUMBER = re.compile(f"({_ONES}?十{_ONES}?|{_ONES})(?=栋|幢|座|号楼|单元)")
_IDLE_SPACE = re.compile(r"(?<![0-9])\s+|\s+(?![0-9])")
_CO_OWNERS = re.compile("[、,，/;；]")
_BUILDING = "(?:栋|幢|座|号楼|#楼?|楼)"
_ENTRANCE = "(?:单元|门)"
_ROOM = "0*([1-9][0-9]{1,3}[a-z]?)(?![0-9])"
_THREE_PARTS = (
    re.compile(f"(?<![0-9-])0*([1-9][0-9]{{0,2}})-0*([1-9][0-9]?)-{_ROOM}"),
    re.compile(f"(?<![0-9-])0*([1-9][0-9]{{0,2}}){_BUILDING}-?0*([1-9][0-9]?)(?:{_ENTRANCE}-?|-){_ROOM}"),
    re.compile(f"(?<![0-9-])0*([1-9][0-9]{{0,2}})-0*([1-9][0-9]?){_ENTRANCE}-?{_ROOM}"),
)
_TWO_PARTS = re.compile(f"(?<![0-9-])0*([1-9][0-9]{{0,2}}){_BUILDING}-?{_ROOM}")

Address = tuple[int, int, str]
_Key = TypeVar("_Key")


def folded_text(text: str) -> str:
    """Stated normalisation of free text: NFKC, one kind of dash, lower case, 五栋 as 5栋.

    Spaces go, except between two digits, where they part two numbers.
    """
    folded = unicodedata.normalize("NFKC", text).translate(_DASHES).lower()
    return _CHINESE_NUMBER.sub(_arabic, _IDLE_SPACE.sub("", folded))


def folded_name(name: str) -> str:
    """Stated normalisation of names: NFKC, no spaces at all (also inside), lower case."""
    before, folded = None, name
    while folded != before:  # taking a space out can bring two characters together that compose
        before, folded = folded, "".join(unicodedata.normalize("NFKC", folded).split()).lower()
    return folded


def owners_named(owner_name: str) -> set[str]:
    """The owners a roster's cell names (张三、李四), folded."""
    return {folded_name(part) for part in _CO_OWNERS.split(owner_name)}


def _arabic(match: re.Match[str]) -> str:
    tens, ten, ones = match.group(1).rpartition("十")
    if not ten:
        return str(_DIGITS[ones])
    return str((_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[ones] if ones else 0))


@dataclass(frozen=True, slots=True)
class Household:
    """A unit of the roster as matching knows it; ``id`` is the unit's."""

    id: int
    building: int
    entrance: int
    room: str
    owner_name: str


@dataclass(frozen=True, slots=True)
class Match:
    """``unit_id`` None when nothing matched; ``why`` then says so where a clerk should know."""

    unit_id: int | None
    why: str = ""


@dataclass(slots=True)
class Roster:
    """An estate's units, indexed for matching. ``None`` in an index marks what two units share."""

    households: Iterable[Household]
    _by_address: dict[Address, int | None] = field(default_factory=dict)
    _by_room: dict[tuple[int, str], int | None] = field(default_factory=dict)
    _by_name: dict[str, int | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for unit in self.households:
            room = folded_text(unit.room).lstrip("0")
            _index(self._by_address, (unit.building, unit.entrance, room), unit.id)
            _index(self._by_room, (unit.building, room), unit.id)
            for name in owners_named(unit.owner_name):
                _index(self._by_name, name, unit.id)

    def by_address(self, text: str) -> Match:
        """The one unit of the roster that ``text`` names, if it names exactly one."""
        named = self.named(text)
        if len(named) > 1:
            return Match(None, "附言写了不止一套房屋")
        return Match(named.pop()) if named else Match(None)

    def named(self, text: str) -> set[int]:
        """Every unit of the roster that ``text`` names."""
        return {unit_id for unit_id in self._named(folded_text(text)) if unit_id is not None}

    def by_name(self, name: str) -> Match:
        """The unit of the only owner with this name."""
        key = folded_name(name)
        if not key or key not in self._by_name:
            return Match(None)
        unit_id = self._by_name[key]
        return Match(unit_id, "" if unit_id is not None else f"同名业主不止一户：{name.strip()}")

    def find(self, text: str, payer_name: str) -> Match:
        """By address; by the payer's name only when the text names no address at all.

        An address nobody knows beside a name everybody knows is a contradiction for a clerk to settle.
        """
        found = self.by_address(text)
        if found.unit_id is not None or found.why:
            return found
        if any(pattern.search(folded_text(text)) for pattern in _THREE_PARTS):
            return Match(None, "附言的房号不在业主名册")
        return self.by_name(payer_name)

    def _named(self, text: str) -> Iterator[int | None]:
        for pattern in _THREE_PARTS:
            for building, entrance, room in pattern.findall(text):
                yield self._by_address.get((int(building), int(entrance), room))
        for building, room in _TWO_PARTS.findall(text):
            yield self._by_room.get((int(building), room))


def _index(index: dict[_Key, int | None], key: _Key, unit_id: int) -> None:
    index[key] = None if key in index else unit_id
