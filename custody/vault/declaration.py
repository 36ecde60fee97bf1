"""What a keyholder's device signs: a list of subjects, each by kind, number, key and digest, in ASCII.

Format, lines ended by LF, nothing else anywhere::

    trust-declaration-1
    person zhang@committee
    at 2026-03-01T08:15:00Z
    nonce 6f1e…(32 hex digits)
    settlement 12 approve 9d2c…(64 hex digits)

Refuses any other bytes than those it would write itself: one meaning has one text.
"""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

TITLE = "trust-declaration-1"
MAX_LINES = 500
MAX_NUMBER = 2**63 - 1  # of a row
_LINE = re.compile(r"([a-z_]{1,20}) (-?[1-9][0-9]{0,18}) (approve|release) ([0-9a-f]{64})")
SIGNED_NAME = re.compile(r"[!-~]{1,150}")
_AT = "%Y-%m-%dT%H:%M:%SZ"
_HEAD = 4


@dataclass(frozen=True, slots=True, order=True)
class Signed:
    """One key on one subject: ``number`` is its row, ``content_sha256`` 64 hex digits of what it says."""

    kind: str
    number: int
    key: str
    content_sha256: str

    def __str__(self) -> str:
        """As the device signs it."""
        return f"{self.kind} {self.number} {self.key} {self.content_sha256}"


@dataclass(frozen=True, slots=True)
class Declaration:
    """Who turns which keys; ``at`` whole seconds UTC, ``nonce`` 32 hex digits that are used once."""

    person: str
    at: datetime
    subjects: tuple[Signed, ...]
    nonce: str = field(default_factory=lambda: secrets.token_hex(16))

    @property
    def text(self) -> str:
        """What is signed, as ASCII."""
        said = f"{self.at.astimezone(UTC):{_AT}}"
        return "\n".join(
            [
                TITLE,
                f"person {self.person}",
                f"at {said}",
                f"nonce {self.nonce}",
                *map(str, self.subjects),
                "",
            ]
        )


def declared(person: str, at: datetime, subjects: Sequence[Signed]) -> Declaration:
    """A fresh declaration. ValueError for a person, a list or a subject that has no such text."""
    made = Declaration(person, at.astimezone(UTC).replace(microsecond=0), tuple(subjects))
    if read(made.text) != made:
        raise ValueError("a declaration is read as it was written")
    return made


def read(text: str) -> Declaration:
    """The declaration this text is. ValueError for anything else, none or over 500 subjects included."""
    lines = text.split("\n")
    if len(lines) < _HEAD + 2 or len(lines) > _HEAD + 1 + MAX_LINES or lines[0] != TITLE or lines[-1]:
        raise ValueError("not a declaration")
    subjects = []
    for line in lines[_HEAD:-1]:
        found = _LINE.fullmatch(line)
        if found is None or abs(int(found[2])) > MAX_NUMBER:
            raise ValueError("a subject is a kind, a number, a key and a digest")
        subjects.append(Signed(found[1], int(found[2]), found[3], found[4]))
    made = Declaration(
        _after("person ", lines[1]),
        datetime.strptime(_after("at ", lines[2]), _AT).replace(tzinfo=UTC),
        tuple(subjects),
        _after("nonce ", lines[3]),
    )
    if not (
        SIGNED_NAME.fullmatch(made.person) and re.fullmatch("[0-9a-f]{32}", made.nonce) and made.text == text
    ):
        raise ValueError("not as a declaration is written")
    if len({(each.kind, each.number, each.key) for each in subjects}) < len(subjects):
        raise ValueError("a key is turned once in a declaration")
    return made


def _after(word: str, line: str) -> str:
    if not line.startswith(word):
        raise ValueError(f"no line «{word.strip()}»")
    return line.removeprefix(word)
