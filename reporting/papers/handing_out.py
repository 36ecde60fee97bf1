"""Hands a statement out: its bytes kept, the chain head it leaves with, the record that it left, the file.

Refuses half a file (the bytes are complete under a temporary name before the real one exists), and to make
the folder it was told to write into.
"""

import os
from datetime import datetime
from pathlib import Path

from django.db import transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from custody.deeds.funds import lock_fund
from custody.files import archive
from custody.kernel.durable import write_whole
from custody.kernel.errors import NotFound, Rejected
from custody.ledger import door, reads
from custody.models import Access, Document, Fund, Operator
from custody.permits.acts import Act
from custody.permits.asking import ask
from custody.permits.looking import note_access
from custody.proofs.reissuing import statement_purpose
from reporting.models import Handout
from reporting.papers.forms import Paper


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


@transaction.atomic
def hand_out(*, fund: Fund, paper: Paper, actor: Operator, at: datetime, out: Path | None = None) -> Handout:
    """Keep the paper, anchor the ledger's head for it, and put on record that it left; the same bytes, once.

    Written to ``out`` where one is named; nothing happens without the rest. Errors: Forbidden; as
    ``require_place``; OSError when the disk refuses.
    """
    organisation = ask(Act.ISSUE_STATEMENT, fund_id=fund.pk, actor=actor, on=localdate(at))
    if out is not None:
        require_place(out)
    lock_fund(fund)
    asked = paper.asked
    sequence, chain = _anchored(fund.pk, statement_purpose(asked.kind, asked.from_on, asked.to_on), at)
    document = archive.keep(
        fund=fund,
        kind=Document.Kind.STATEMENT,
        name=paper.name,
        content=paper.content,
        actor=actor,
        at=at,
        retention=archive.statement_retention(asked.from_on, asked.to_on),
    )
    handout, made = Handout.objects.get_or_create(
        document=document,
        defaults={
            "fund": fund,
            "sha256": document.sha256,
            "kind": asked.kind,
            "from_on": asked.from_on,
            "to_on": asked.to_on,
            "known_at": asked.known_at,
            "format": paper.form,
            "sequence": sequence,
            "chain": chain,
            "says": paper.says,
            "at": at,
            "by": actor,
        },
    )
    if made:
        note_access(
            fund_id=fund.pk, what=Access.ISSUED, about=paper.name, actor=actor, organisation=organisation
        )
    if out is not None:
        write_whole(out, paper.content, mode=0o644)
    return handout


def _anchored(fund_id: int, purpose: str, at: datetime) -> tuple[int, str]:
    """The ledger's present head, anchored for this purpose now unless it is the one last anchored for it."""
    head = reads.head_of(fund_id)
    if head is not None and reads.is_anchored(fund_id, purpose):
        return head.sequence, head.chain.hex()
    return door.anchor(fund_id=fund_id, purpose=purpose, at=at)
