"""Files as evidence: found again by digest, recorded once. Refuses nothing; the table refuses twins."""

from datetime import datetime
from pathlib import Path

from django.db import transaction

from custody.models import Fund, Operator, SourceFile


def found_file(*, fund: Fund, kind: str, sha256: str) -> SourceFile | None:
    """The file of these very bytes, if this fund imported it for this purpose before."""
    return SourceFile.objects.filter(fund=fund, kind=kind, sha256=sha256).first()


def record_file(
    *, fund: Fund, kind: str, path: Path, sha256: str, row_count: int, actor: Operator, at: datetime
) -> SourceFile:
    """Put the file on record, in the transaction that imports it."""
    return SourceFile.objects.create(
        fund=fund,
        kind=kind,
        name=path.name[:255],
        sha256=sha256,
        size=path.stat().st_size,
        row_count=row_count,
        imported_at=at,
        imported_by=actor,
    )


def lock_fund(fund: Fund) -> Fund:
    """Imports into one fund queue here, so two at once cannot store one line twice. Needs a transaction."""
    return Fund.objects.select_for_update(of=("self",), no_key=True).get(pk=fund.pk)


def undo_dry_run(*, dry_run: bool) -> None:
    """Roll the present transaction back at its end if everything so far was only a rehearsal."""
    if dry_run:
        transaction.set_rollback(True)
