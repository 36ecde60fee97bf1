"""Hands a statement out: the file in one piece, and the chain head it leaves the house with.

Refuses half a file (the bytes are complete under a temporary name before the real one exists), and to make
the folder it was told to write into.
"""

import os
from datetime import datetime
from pathlib import Path

from django.db import transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from custody.files import archive
from custody.kernel.durable import write_whole
from custody.kernel.errors import NotFound, Rejected
from custody.ledger import door, reads
from custody.models import Document, Fund, Operator, Retention
from custody.permits.acts import Act
from custody.permits.asking import ask


def require_place(out: Path) -> None:
    """Nothing, if a file can stand at ``out``. Errors: NotFound (no such folder), Rejected (no right)."""
    if not out.parent.is_dir():
        raise NotFound(
            _("没有这个文件夹：%(folder)s；请先建好文件夹，或改写 --out"),
            code="folder-missing",
            folder=out.parent,
        )
    if out.is_dir():
        raise Rejected(
            _("%(out)s 是文件夹；--out 应写到文件名，例如 %(example)s"), code="folder-not-file",
            out=out, example=out / "statement.xlsx",
        )  # fmt: skip
    if not os.access(out.parent, os.W_OK | os.X_OK):
        raise Rejected(
            _("没有写入文件夹 %(folder)s 的权限；请换一个文件夹，或请管理员授权"), code="folder-not-writable",
            folder=out.parent,
        )  # fmt: skip


def hand_out(
    *,
    content: bytes,
    out: Path,
    fund: Fund,
    purpose: str,
    retention: Retention,
    actor: Operator,
    at: datetime,
) -> bool:
    """Write ``content`` to ``out``, keep it, and anchor the ledger's head for ``purpose``.

    Answers whether a new anchor was made: none when the head is the one last anchored for this purpose.
    Neither happens without the other. Errors: Forbidden; as ``require_place``; OSError when the disk refuses.
    """
    ask(Act.ISSUE_STATEMENT, fund_id=fund.pk, actor=actor, on=localdate(at))
    require_place(out)
    with transaction.atomic():
        anchored = _anchor_if_moved(fund.pk, purpose, at)
        archive.keep(
            fund=fund,
            kind=Document.Kind.STATEMENT,
            name=out.name,
            content=content,
            actor=actor,
            at=at,
            retention=retention,
        )
        write_whole(out, content, mode=0o644)
    return anchored


def _anchor_if_moved(fund_id: int, purpose: str, at: datetime) -> bool:
    if reads.is_anchored(fund_id, purpose):
        return False
    door.anchor(fund_id=fund_id, purpose=purpose, at=at)
    return True
