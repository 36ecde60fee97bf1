"""What is hashed of an entry, in Python, without asking the code that wrote it: docs/hash-chain.md.

Every reference stands by what it is, each text behind its length. Refuses (KeyError) what has no name.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256

GENESIS = bytes(32)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY_ZERO = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class StoredLine:
    """One line as stored; ``amount`` in yuan, debit positive."""

    line_no: int
    account_id: int
    effective_on: date
    amount: Decimal


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """One entry as stored, without its chain."""

    fund_id: int
    sequence: int
    template: str
    effective_on: date
    recorded_at: datetime
    actor_id: int
    key: str
    memo: str
    source: str
    reverses: int | None
    line_count: int
    hash_version: int


@dataclass(frozen=True, slots=True)
class Names:
    """What the content calls things: the fund's code, people by name, accounts as book:kind:code."""

    fund: str
    people: Mapping[int, str]
    accounts: Mapping[int, str]


def encoded_v2(entry: StoredEntry, lines: Iterable[StoredLine], names: Names) -> bytes:
    """The content that is hashed, as docs/hash-chain.md tells it; KeyError for what has no name."""
    elapsed = entry.recorded_at - _EPOCH
    micros = (elapsed.days * 86_400 + elapsed.seconds) * 1_000_000 + elapsed.microseconds
    parts = (
        f"v2|{_counted(names.fund)}{entry.sequence}",
        f"{(entry.effective_on - _DAY_ZERO).days}",
        f"{micros}",
        f"{_counted(names.people[entry.actor_id])}{'-' if entry.reverses is None else entry.reverses}",
        f"{entry.line_count}",
        "".join([f"{_counted(names.accounts[line.account_id])}{line.amount:.2f}," for line in lines]),
        "".join(map(_counted, (entry.template, entry.key, entry.memo, entry.source))),
    )
    return "|".join(parts).encode()


def _counted(text: str) -> str:
    """A text behind its length in octets: whatever it holds, where it ends is known."""
    return f"{len(text.encode())}:{text}"


ENCODERS: dict[int, Callable[[StoredEntry, Iterable[StoredLine], Names], bytes]] = {2: encoded_v2}


def link(previous: bytes, content: bytes) -> bytes:
    """The chain value after ``content``."""
    return sha256(previous + content).digest()
