"""The digest of what owners were shown: SHA-256 over canonical JSON, so that anybody can compute it again.

Canonical: keys in order, no blanks, UTF-8 as it is, amounts as text. Refuses nothing.
"""

import json
from collections.abc import Iterable
from hashlib import sha256
from typing import Any


def canonical(value: Any) -> bytes:
    """The one spelling of a value."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def published_digest(says: Any, entries: Iterable[Any], documents: Iterable[Any]) -> str:
    """Of one publication: what its page says, then each entry by number and each paper by digest."""
    whole = {"says": says, "entries": list(entries), "documents": list(documents)}
    return sha256(canonical(whole)).hexdigest()
