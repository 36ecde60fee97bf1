"""What the log is made of, octet by octet, version 1: entries as shown, a fund's day, a day (docs/verify.md).

Pure. An entry's leaf is salted, so that nobody guesses what a leaf without its entry says; an entry's place
in the journal's chain is shown only as a commitment, which ``opening`` opens for who may see it.
"""

import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any

from reporting.transparency.merkle import leaf_of, root_of

VERSION = "v1"
SALT_OCTETS = 16


@dataclass(frozen=True, slots=True)
class Secret:
    """The one secret behind every salt; 32 octets that only whoever closes the log's days can read."""

    octets: bytes

    def salt(self, fund: str, sequence: int) -> bytes:
        """What an entry's leaf is salted with: 16 octets."""
        return self._of_fund(fund, f"leaf|{fund}|{sequence}")

    def opening(self, fund: str, sequence: int) -> bytes:
        """What opens the commitment to the entry's place in the chain: 16 octets."""
        return self._of_fund(fund, f"chain|{fund}|{sequence}")

    def _of_fund(self, fund: str, purpose: str) -> bytes:
        of_fund = hmac.digest(self.octets, f"fund|{fund}".encode(), "sha256")
        return hmac.digest(of_fund, purpose.encode(), "sha256")[:SALT_OCTETS]


def commitment(opening: bytes, chain: bytes) -> str:
    """The commitment to a chain value, in hex."""
    return sha256(opening + chain).hexdigest()


def as_canonical(shown: Mapping[str, Any]) -> str:
    """What a page shows of an entry, as one text: JSON, keys sorted, no spaces, Chinese as it is."""
    return json.dumps(shown, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def entry_leaf(salt: bytes, canonical: str) -> bytes:
    """The leaf of an entry as it was shown."""
    return leaf_of(salt + canonical.encode())


def paper_leaf(digest: str) -> bytes:
    """The leaf of an issued paper: over the 32 octets of its SHA-256, given in hex."""
    return leaf_of(bytes.fromhex(digest))


@dataclass(frozen=True, slots=True)
class FundDay:
    """What one fund published on one day: how many entries, first and last, papers; both roots in hex."""

    fund: str
    on: date
    entries: int
    first: int
    last: int
    papers: int
    entries_root: str
    papers_root: str

    @property
    def text(self) -> str:
        """As it is hashed; a fund's code stands behind its length in octets."""
        return (
            f"{VERSION}|{len(self.fund.encode())}:{self.fund}|{self.on}|{self.entries}|{self.first}"
            f"|{self.last}|{self.papers}|{self.entries_root}|{self.papers_root}"
        )

    @property
    def leaf(self) -> bytes:
        """In the day's tree."""
        return leaf_of(self.text.encode())


def fund_day(
    fund: str, on: date, sequences: Sequence[int], entries: Sequence[bytes], papers: Sequence[bytes]
) -> FundDay:
    """The fund's day over its leaves in order; ``sequences`` of the entries, nought where there is none."""
    return FundDay(
        fund=fund,
        on=on,
        entries=len(entries),
        first=min(sequences, default=0),
        last=max(sequences, default=0),
        papers=len(papers),
        entries_root=root_of(entries).hex(),
        papers_root=root_of(papers).hex(),
    )


def closed_day_text(on: date, funds: int, root: str) -> str:
    """A day as it is hashed: how many funds, and in hex the root over theirs, by their codes' octets."""
    return f"{VERSION}|{on}|{funds}|{root}"


def day_leaf(on: date, funds: int, root: str) -> bytes:
    """The day's leaf in the log of days."""
    return leaf_of(closed_day_text(on, funds, root).encode())
