"""Hands a statement out: the file in one piece, and the chain head it leaves the house with.

Refuses half a file: the bytes are complete under a temporary name before the real one exists.
"""

from datetime import datetime
from pathlib import Path

from django.db import transaction

from custody.kernel.durable import write_whole
from custody.ledger import door
from custody.models import Anchor, LedgerHead


def hand_out(*, content: bytes, out: Path, fund_id: int, purpose: str, at: datetime) -> bool:
    """Write ``content`` to ``out`` and anchor the ledger's head for ``purpose``.

    Answers whether a new anchor was made: none when the head is the one last anchored for this purpose.
    Neither happens without the other. OSError when the file cannot be written.
    """
    with transaction.atomic():
        anchored = _anchor_if_moved(fund_id, purpose, at)
        write_whole(out, content, mode=0o644)
    return anchored


def _anchor_if_moved(fund_id: int, purpose: str, at: datetime) -> bool:
    last = Anchor.objects.filter(fund_id=fund_id, purpose=purpose).order_by("-pk").first()
    head = LedgerHead.objects.filter(fund_id=fund_id).first()
    if last is not None and head is not None and bytes(last.chain) == bytes(head.chain):
        return False
    door.anchor(fund_id=fund_id, purpose=purpose, at=at)
    return True
