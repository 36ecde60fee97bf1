"""Reads of single journal entries. Refuses entries that do not exist; never writes."""

from custody.kernel.errors import NotFound
from custody.ledger.entries import AccountRef, Entry, Line
from custody.models import JournalEntry, JournalLine


def recorded_entry(fund_id: int, sequence: int) -> Entry:
    """The entry as it was posted. NotFound for a sequence the fund has not reached."""
    stored = JournalEntry.objects.filter(fund_id=fund_id, sequence=sequence).first()
    if stored is None:
        raise NotFound("没有这笔分录", fund=fund_id, sequence=sequence)
    lines = (
        JournalLine.objects.filter(fund_id=fund_id, sequence=sequence)
        .order_by("line_no")
        .values_list("account_id", "amount")
    )
    return Entry(
        template=stored.template,
        effective_on=stored.effective_on,
        lines=tuple(Line(AccountRef(fund_id, account_id), amount) for account_id, amount in lines),
        memo=stored.memo,
        source=stored.source,
        reverses=stored.reverses,
    )


def standing_by_key(fund_id: int, prefix: str) -> list[int]:
    """Sequences, newest first, of entries whose key starts with ``prefix`` and that nothing reversed."""
    reversed_ones = JournalEntry.objects.filter(fund_id=fund_id, reverses__isnull=False)
    return list(
        JournalEntry.objects.filter(fund_id=fund_id, key__startswith=prefix, reverses__isnull=True)
        .exclude(sequence__in=reversed_ones.values("reverses"))
        .order_by("-sequence")
        .values_list("sequence", flat=True)
    )
