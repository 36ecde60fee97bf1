"""Heads kept outside the house: a file a restore does not take back, written by one command, read by another.

A file of lines ``fund,sequence,chain,kept_at``: the fund's code, how many entries it had, the hexadecimal
digest there, when that was. Refuses a line that says less or other, naming it.
"""

import csv
import io
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from custody.kernel.errors import Rejected
from custody.ledger.restores import Restore
from custody.models import Fund, LedgerHead

COLUMNS = ("fund", "sequence", "chain", "kept_at")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_NUMBER = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class KeptHead:
    """Where a fund's journal stood at an instant, as somebody outside remembers it."""

    fund_code: str
    sequence: int
    chain: bytes
    kept_at: datetime


def present_heads(funds: Collection[Fund], *, at: datetime) -> list[KeptHead]:
    """The heads of these funds as they stand, by the funds' codes."""
    heads = LedgerHead.objects.in_bulk([fund.pk for fund in funds])
    return [
        KeptHead(fund.code, heads[fund.pk].sequence, bytes(heads[fund.pk].chain), at)
        for fund in sorted(funds, key=lambda fund: fund.code)
        if fund.pk in heads
    ]


def without_lost(heads: Iterable[KeptHead], restores: Collection[Restore]) -> list[KeptHead]:
    """The heads a fund's journal must still have: not those that a restore, reopened since, took with it."""
    return [
        head
        for head in heads
        if not any(
            each.reopened and head.sequence > each.sequence and head.kept_at < each.found_at
            for each in restores
        )
    ]


def heads_written(heads: Iterable[KeptHead]) -> bytes:
    """The file of these heads."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(COLUMNS)
    for head in heads:
        lines.writerow((head.fund_code, head.sequence, head.chain.hex(), head.kept_at.isoformat()))
    return text.getvalue().encode()


def heads_read(content: bytes, *, name: str) -> list[KeptHead]:
    """The heads of a file called ``name``. Errors: Rejected, naming the line."""
    try:
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise Rejected(
            _("%(file)s 不是链首清单，请用 export_heads 写出"), code="heads-unreadable", file=name
        ) from error
    if not rows or tuple(rows[0]) != COLUMNS:
        raise Rejected(_("%(file)s 不是链首清单，请用 export_heads 写出"), code="heads-unreadable", file=name)
    return [_head(row, name, number) for number, row in enumerate(rows[1:], start=2) if row]


def _head(row: list[str], name: str, number: int) -> KeptHead:
    """One line as a head; Rejected when it is none."""
    if len(row) == len(COLUMNS) and _NUMBER.fullmatch(row[1]) and _DIGEST.fullmatch(row[2]):
        kept_at = _instant(row[3])
        if row[0] and kept_at is not None:
            return KeptHead(row[0], int(row[1]), bytes.fromhex(row[2]), kept_at)
    raise Rejected(
        _("%(file)s 第 %(row)s 行应依次为小区编码、分录数、64 位摘要和带时区的时点"),
        code="heads-unreadable",
        file=name,
        row=number,
    )


def _instant(text: str) -> datetime | None:
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None
