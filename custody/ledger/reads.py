"""The journal's reader: nothing outside this folder touches its tables. Opens no account, writes nothing.

What is not there reads as nothing: a fund without an entry, an account never used. Refuses to name an entry
that the fund has not reached. Statements read by ``history``, daily cash by ``cash``, proofs by ``proof``.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import TruncMonth
from django.utils.translation import gettext as _
from djmoney.money import Money

from custody.kernel.errors import NotFound
from custody.kernel.money import yuan
from custody.ledger.entries import AccountRef, Entry, Line
from custody.models import Anchor, Balance, HoldOutcome, JournalEntry, JournalLine, LedgerHead


@dataclass(frozen=True, slots=True)
class AccountBalance:
    """``posted`` debit-positive, ``held`` set aside, ``available`` = posted − held; all yuan."""

    posted: Money
    held: Money

    @property
    def available(self) -> Money:
        """What may still be promised."""
        return self.posted - self.held


@dataclass(frozen=True, slots=True)
class Head:
    """Where a fund's journal stands: its newest sequence, the chain there, the last closed day."""

    sequence: int
    chain: bytes
    closed_through: date | None


@dataclass(frozen=True, slots=True)
class AnchoredHead:
    """How many entries the fund had when its head left the house, and when that was."""

    sequence: int
    at: datetime


@dataclass(frozen=True, slots=True)
class SourceTotal:
    """What entries of one source moved on an account, debit positive in yuan, and how many they were."""

    amount: Decimal
    entries: int


def head_of(fund_id: int) -> Head | None:
    """The fund's head; None for a fund without a ledger."""
    row = LedgerHead.objects.filter(fund_id=fund_id).first()
    return None if row is None else Head(row.sequence, bytes(row.chain), row.closed_through)


def last_sequence(fund_id: int) -> int:
    """How many entries the fund's journal holds."""
    head = head_of(fund_id)
    return 0 if head is None else head.sequence


def last_anchors(fund_id: int, prefix: str) -> dict[str, AnchoredHead]:
    """The last head that left the house for each purpose beginning with ``prefix``."""
    rows = Anchor.objects.filter(fund_id=fund_id, purpose__startswith=prefix).order_by("pk")
    return {row.purpose: AnchoredHead(row.sequence, row.anchored_at) for row in rows}


def is_anchored(fund_id: int, purpose: str) -> bool:
    """Whether the last head that left the house for this purpose is the present one."""
    last = Anchor.objects.filter(fund_id=fund_id, purpose=purpose).order_by("-pk").first()
    head = head_of(fund_id)
    return last is not None and head is not None and bytes(last.chain) == head.chain


def balance_or_nothing(fund_id: int, *, book: str, kind: str, code: str = "") -> AccountBalance:
    """Posted and held on one account, nothing if it was never opened."""
    row = Balance.objects.filter(
        account__fund_id=fund_id, account__book=book, account__kind=kind, account__code=code
    ).first()
    return (
        AccountBalance(yuan(0), yuan(0)) if row is None else AccountBalance(yuan(row.posted), yuan(row.held))
    )


def cash_beside(fund: str, book: str) -> dict[str, Subquery]:
    """``cash_posted`` and ``cash_held`` of the book, to annotate rows whose columns name fund and book."""
    rows = Balance.objects.filter(
        account__fund_id=OuterRef(fund), account__book=OuterRef(book), account__kind="cash"
    )
    return {"cash_posted": Subquery(rows.values("posted")), "cash_held": Subquery(rows.values("held"))}


def recorded_entry(fund_id: int, sequence: int) -> Entry:
    """The entry as it was posted. NotFound for a sequence the fund has not reached."""
    stored = JournalEntry.objects.filter(fund_id=fund_id, sequence=sequence).first()
    if stored is None:
        raise NotFound(_("没有第 %(sequence)s 笔分录"), fund=fund_id, sequence=sequence)
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


def sequence_of(fund_id: int, key: str) -> int | None:
    """The entry recorded under ``key``, if there is one."""
    return JournalEntry.objects.filter(fund_id=fund_id, key=key).values_list("sequence", flat=True).first()


def standing_by_key(fund_id: int, prefix: str) -> list[int]:
    """Sequences, newest first, of entries whose key starts with ``prefix`` and that nothing reversed."""
    reversed_ones = JournalEntry.objects.filter(fund_id=fund_id, reverses__isnull=False)
    return list(
        JournalEntry.objects.filter(fund_id=fund_id, key__startswith=prefix, reverses__isnull=True)
        .exclude(sequence__in=reversed_ones.values("reverses"))
        .order_by("-sequence")
        .values_list("sequence", flat=True)
    )


def settled_by(hold_id: int) -> int | None:
    """The entry that settled a hold; None while it is open or when it was released."""
    return HoldOutcome.objects.filter(hold_id=hold_id).values_list("sequence", flat=True).first()


def amounts_of(fund_id: int, key: str) -> dict[str, Decimal]:
    """What the entry under ``key`` moved on each kind of account, debit positive; empty if there is none."""
    lines = JournalLine.objects.filter(fund_id=fund_id, sequence=sequence_of(fund_id, key) or 0)
    return dict(lines.values_list("account__kind").annotate(total=Sum("amount")).order_by())


def totals_by_source(fund_id: int, *, book: str, kind: str, prefix: str) -> dict[str, SourceTotal]:
    """What each source beginning with ``prefix`` moved on one account, reversals netted.

    Found by the account's few lines: the whole journal is never read.
    """
    moved = dict(
        _on(fund_id, [kind], book=book).values_list("sequence").annotate(total=Sum("amount")).order_by()
    )
    entries = JournalEntry.objects.filter(
        fund_id=fund_id, sequence__in=list(moved), source__startswith=prefix
    ).values_list("source", "sequence")
    totals: dict[str, SourceTotal] = {}
    for source, sequence in entries:
        before = totals.get(source, SourceTotal(Decimal(0), 0))
        totals[source] = SourceTotal(before.amount + moved[sequence], before.entries + 1)
    return totals


def net_of(
    fund_id: int, kinds: Collection[str], first: date | None, last: date, *, book: str = "", code: str = ""
) -> Decimal:
    """Net debits of these kinds dated ``first`` (None: ever) to ``last``, in yuan."""
    return _total(_dated(_on(fund_id, kinds, book=book, code=code), first, last))


def net_by_month(
    fund_id: int, kinds: Collection[str], last: date, *, sources: Collection[str] | None = None
) -> dict[date, Decimal]:
    """Net debits of these kinds by the first day of each month up to ``last``; of some sources alone."""
    lines = _dated(_on(fund_id, kinds), None, last)
    if sources is not None:
        entries = JournalEntry.objects.filter(fund_id=fund_id, source__in=list(sources))
        lines = lines.filter(fund_id=fund_id, sequence__in=entries.values("sequence"))
    months = lines.annotate(month=TruncMonth("effective_on")).values_list("month").order_by()
    return dict(months.annotate(total=Sum("amount")))


def debited(fund_id: int, kind: str, first: date, last: date) -> Decimal:
    """The kind's debits alone, dated within the days, in yuan."""
    return _total(_dated(_on(fund_id, [kind]).filter(amount__gt=0), first, last))


def credited(fund_id: int, kind: str, first: date, last: date) -> Decimal:
    """The kind's credits alone, dated within the days, in yuan, positive."""
    return -_total(_dated(_on(fund_id, [kind]).filter(amount__lt=0), first, last))


def total_of_template(fund_id: int, template: str, kind: str) -> Decimal:
    """Net debits of a kind by all entries of one template, in yuan."""
    entries = JournalEntry.objects.filter(fund_id=fund_id, template=template).values("sequence")
    return _total(_on(fund_id, [kind]).filter(sequence__in=entries))


def _on(fund_id: int, kinds: Collection[str], *, book: str = "", code: str = "") -> QuerySet[JournalLine]:
    lines = JournalLine.objects.filter(account__fund_id=fund_id, account__kind__in=list(kinds))
    if book:
        lines = lines.filter(account__book=book)
    return lines.filter(account__code=code) if code else lines


def _dated(lines: QuerySet[JournalLine], first: date | None, last: date) -> QuerySet[JournalLine]:
    lines = lines.filter(effective_on__lte=last)
    return lines if first is None else lines.filter(effective_on__gte=first)


def _total(lines: QuerySet[JournalLine]) -> Decimal:
    total: Decimal | None = lines.aggregate(total=Sum("amount"))["total"]
    return Decimal(0) if total is None else total
