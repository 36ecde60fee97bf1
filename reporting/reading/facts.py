"""Everything a statement needs, read once from one snapshot and frozen: the only I/O behind a statement.

Refuses a period that begins before the handover or ends before it begins. For a period that is closed in
the ledger nothing gathered here can change later.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import NamedTuple

from django.utils import timezone

from custody.kernel.errors import Rejected
from custody.models import BankAccount, BankLine, Fund, LineExplanation, Unit
from reporting.reading import ledger_rows
from reporting.reading.ledger_rows import Cut, DetailLine, EntryRange, Movement, OpenItem
from reporting.statements.wording import cover_in, covered
from settlement.models import BudgetLine

PENDING = ("suspense", "unexplained")


@dataclass(frozen=True, slots=True)
class Heading:
    """Who and when: what heads every sheet."""

    estate: str
    fund_code: str
    product_code: str
    from_on: date
    to_on: date
    known_at: datetime | None
    entries: EntryRange

    @property
    def days(self) -> int:
        """Calendar days of the period."""
        return (self.to_on - self.from_on).days + 1

    @property
    def produced_at(self) -> datetime:
        """The ledger's last moment in the statement; the period's end when it holds no entry."""
        return self.entries.head_recorded_at or timezone.make_aware(datetime.combine(self.to_on, time()))


@dataclass(frozen=True, slots=True)
class BudgetRow:
    """One budget line of the year of ``to_on``; ``annual`` in yuan."""

    code: str
    name: str
    book: str
    annual: Decimal


@dataclass(frozen=True, slots=True)
class BankPosition:
    """What the bank says the fund holds at the end of ``to_on``; ``through`` is its last line's day."""

    balance: Decimal
    through: date


@dataclass(frozen=True, slots=True)
class PendingItem:
    """An open receipt or payment, the payer's name already covered; ``note`` is the clerk's."""

    item: OpenItem
    party: str
    memo: str
    note: str


class Evidence(NamedTuple):
    """For a detail line's source: the other party (covered) and the entry's memo with names covered."""

    party: str
    memo: str


@dataclass(frozen=True, slots=True)
class LedgerFacts:
    """The journal's part of every statement."""

    heading: Heading
    movements: tuple[Movement, ...]
    lines: tuple[DetailLine, ...]
    evidence: Mapping[int, Evidence]
    budget: tuple[BudgetRow, ...]

    def total(self, what: str, *, kinds: Iterable[str], book: str | None = None) -> Decimal:
        """Σ of one Movement attribute over accounts of these kinds, in one book or both; debit positive."""
        chosen = frozenset(kinds)
        amounts: list[Decimal] = [
            getattr(m, what) for m in self.movements if m.kind in chosen and (book is None or m.book == book)
        ]
        return sum(amounts, Decimal("0.00"))

    def transferred(self, book: str) -> Decimal:
        """What entries of template book_transfer left in this book without a balancing line in it."""
        amounts = [x.amount for x in self.lines if x.template == "book_transfer" and x.book == book]
        return sum(amounts, Decimal("0.00"))


def cut_of(fund: Fund, from_on: date, to_on: date, known_at: datetime | None = None) -> Cut:
    """The period as asked, if the fund has one like it."""
    if to_on < from_on:
        raise Rejected("期间的截止日早于起始日", code="period-reversed", from_on=from_on, to_on=to_on)
    if from_on < fund.opened_on:
        raise Rejected(
            "期间早于信托移交日,移交前的收支不在本账", code="period-before-handover",
            from_on=from_on, opened_on=fund.opened_on,
        )  # fmt: skip
    return Cut(fund.pk, from_on, to_on, known_at)


def ledger_facts(fund: Fund, cut: Cut) -> LedgerFacts:
    """Balances, lines, entry range and the parties behind them; one snapshot is the caller's to hold."""
    moved = ledger_rows.movements(cut)
    lines = ledger_rows.detail_lines(cut)
    heading = Heading(
        estate=fund.estate.name,
        fund_code=fund.code,
        product_code=fund.product_code,
        from_on=cut.from_on,
        to_on=cut.to_on,
        known_at=cut.known_at,
        entries=ledger_rows.entry_range(cut, moved, lines),
    )
    memos = {line.sequence: (line.source, line.memo) for line in lines}
    return LedgerFacts(heading, moved, lines, _evidence(cut, memos), _budget_rows(cut))


def _evidence(cut: Cut, memos: Mapping[int, tuple[str, str]]) -> dict[int, Evidence]:
    """Each entry's other party and memo, people covered."""
    parties = ledger_rows.parties(cut, {source for source, _ in memos.values()})
    people = _people(cut, parties)
    shown = {source: covered(name) for source, name in parties.items()}
    return {
        sequence: Evidence(shown.get(source, ""), cover_in(memo, people))
        for sequence, (source, memo) in memos.items()
    }


def _people(cut: Cut, parties: Mapping[str, str]) -> set[str]:
    """Names no sheet may spell out: the roster's and every payer's that is not an organisation."""
    roster = set(Unit.objects.filter(fund_id=cut.fund_id).values_list("owner_name", flat=True))
    return roster | {name for name in parties.values() if covered(name) != name}


def _budget_rows(cut: Cut) -> tuple[BudgetRow, ...]:
    """The budget of the year in which the period ends."""
    rows = BudgetLine.objects.filter(fund_id=cut.fund_id, year=cut.to_on.year).order_by("-book", "pk")
    return tuple(BudgetRow(row.code, row.name, row.book, row.annual_amount.amount) for row in rows)


def bank_position(cut: Cut) -> BankPosition | None:
    """The bank's own balance at the end of ``to_on`` over all the fund's accounts.

    None while an account has no line up to then: nothing to compare with is not zero.
    """
    total, through = Decimal("0.00"), None
    for account in BankAccount.objects.filter(fund_id=cut.fund_id).order_by("pk"):
        lines = BankLine.objects.filter(account=account)
        if cut.known_at is not None:
            lines = lines.filter(source_file__imported_at__lte=cut.known_at)
        last = lines.filter(booked_on__lte=cut.to_on).order_by("-position").first()
        if last is None:
            return None
        total += last.balance.amount
        through = max(through or last.booked_on, last.booked_on)
    return BankPosition(total, through) if through else None


def pending_items(cut: Cut) -> tuple[PendingItem, ...]:
    """What is still to be identified at the end of ``to_on``, oldest first, payers covered."""
    items = ledger_rows.open_items(cut, PENDING)
    parties = ledger_rows.parties(cut, {item.source for item in items})
    notes: dict[int, str] = {}
    explanations = LineExplanation.objects.filter(
        fund_id=cut.fund_id, entry_sequence__in=[item.sequence for item in items]
    )
    for sequence, note in explanations.order_by("-pk").values_list("entry_sequence", "note"):
        notes[sequence] = note
    people = _people(cut, parties)
    return tuple(
        PendingItem(
            item=item,
            party=covered(parties.get(item.source, "")),
            memo=cover_in(item.memo, people),
            note=cover_in(notes.get(item.sequence, ""), people),
        )
        for item in items
    )
