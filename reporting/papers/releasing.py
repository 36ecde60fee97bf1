"""Hands a statement out: the file in one piece, and the chain head it leaves the house with.

Refuses half a file: the bytes are complete under a temporary name before the real one exists.
"""

import os
import tempfile
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from django.db import transaction

from custody.ledger import door, reads


def hand_out(*, content: bytes, out: Path, fund_id: int, purpose: str, at: datetime) -> bool:
    """Write ``content`` to ``out`` and anchor the ledger's head for ``purpose``.

    Answers whether a new anchor was made: none when the head is the one last anchored for this purpose.
    Neither happens without the other. OSError when the file cannot be written.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=out.parent, prefix=f".{out.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        with transaction.atomic():
            anchored = _anchor_if_moved(fund_id, purpose, at)
            Path(name).replace(out)
    finally:
        with suppress(FileNotFoundError):
            Path(name).unlink()
    return anchored


def _anchor_if_moved(fund_id: int, purpose: str, at: datetime) -> bool:
    if reads.is_anchored(fund_id, purpose):
        return False
    door.anchor(fund_id=fund_id, purpose=purpose, at=at)
    return True
