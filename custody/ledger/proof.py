"""Proves a fund's journal again from what is stored, without asking the code that wrote it.

Reads in one snapshot, streaming; never writes. Refuses to trust: chain, sums, balances, holds, head and
anchors are each recomputed here from the lines, and the first broken entry is named first.
"""

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db import DataError, connections, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from custody.kernel.words import told
from custody.ledger.chart import KINDS
from custody.ledger.claims import CLAIMS
from custody.ledger.encoding import ENCODERS, GENESIS, Names, StoredEntry, StoredLine, link
from custody.models import (
    Account,
    Anchor,
    Balance,
    Fund,
    Hold,
    JournalEntry,
    JournalLine,
    LedgerHead,
    Operator,
)

_CHUNK = 5000
CHECKPOINT_ENTRIES = 20_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One claim that does not hold. ``sequence`` is the entry concerned, None when it is the whole fund."""

    fund_id: int
    sequence: int | None
    claim: str
    detail: str

    def __str__(self) -> str:
        where = _("账本") if self.sequence is None else told(_("第 %(at)s 笔分录"), at=self.sequence)
        return f"{where} {CLAIMS[self.claim]} ({self.detail})"


@dataclass(frozen=True, slots=True)
class Stood:
    """Where a proof stands: the last entry checked, the chain there, each account's sum up to there."""

    sequence: int
    chain: bytes
    posted: dict[int, Decimal]


def verify_fund(
    fund_id: int,
    *,
    using: str = "default",
    progress: Callable[[int], None] | None = None,
    outside: Iterable[tuple[int, bytes]] = (),
    stood: Stood | None = None,
    reached: Callable[[Stood, list[Finding]], None] | None = None,
) -> list[Finding]:
    """Everything that does not hold for this fund, the first broken entry first; an empty list is a proof.

    ``using`` names the connection; ``progress`` is told how many entries were checked; ``outside`` are heads
    (sequence, chain) that were kept outside the database. ``stood`` resumes behind the entry an interrupted
    proof had reached; ``reached`` is told where this one stands, and what it has found so far.
    """
    with _one_snapshot(using):
        walk = _Walk(fund_id, using, stood=stood or Stood(0, GENESIS, {}))
        for sequence, head in outside:
            walk.outside.setdefault(sequence, set()).add(head)
        try:
            walk.prepare()
            with closing(_entries_with_lines(walk)) as stored:
                for checked, (entry, chain, lines) in enumerate(stored, 1):
                    walk.check(entry, chain, lines)
                    if progress is not None and checked % 1000 == 0:
                        progress(checked)
                    if reached is not None and checked % CHECKPOINT_ENTRIES == 0:
                        reached(Stood(walk.last, walk.chain, dict(walk.posted)), list(walk.findings))
            walk.finish()
        except DataError as unreadable:
            walk.note(_first_unreadable(walk), "every stored value can be read", unreadable)
    return sorted(walk.findings, key=lambda f: (f.sequence is None, f.sequence or 0))


_UNREADABLE = """
SELECT min(sequence) FROM (
    SELECT sequence FROM custody_entry
     WHERE fund_id = %(fund)s AND NOT (effective_on BETWEEN '0001-01-01' AND '9999-12-31'
                                       AND recorded_at BETWEEN '0001-01-02' AND '9999-12-30')
    UNION ALL SELECT sequence FROM custody_line
     WHERE fund_id = %(fund)s AND effective_on NOT BETWEEN '0001-01-01' AND '9999-12-31') AS beyond
"""


def _first_unreadable(walk: "_Walk") -> int | None:
    """The first entry with a date no calendar here reaches; None when it is not in the entries."""
    with connections[walk.using].cursor() as cursor:
        cursor.execute(_UNREADABLE, {"fund": walk.fund_id})
        found: int | None = cursor.fetchone()[0]
    return found


@contextmanager
def _one_snapshot(using: str) -> Iterator[None]:
    """All reads see one moment; inside a caller's transaction its own view is used."""
    outermost = not connections[using].in_atomic_block
    with transaction.atomic(using=using):
        if outermost:
            with connections[using].cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def _entries_with_lines(
    walk: "_Walk",
) -> Generator[tuple[StoredEntry, bytes, list[StoredLine]], None, None]:
    """Entries in order, each with its lines; lines without an entry become findings.

    Both cursors are closed here, whatever happens: one left to the garbage collector is closed in the midst
    of another query of this connection, and waits for its lock for ever.
    """
    of_fund = {"fund_id": walk.fund_id, "sequence__gt": walk.stood.sequence}
    columns = ("sequence", "line_no", "account_id", "effective_on", "amount")
    lines = JournalLine.objects.using(walk.using).filter(**of_fund).order_by("sequence", "line_no")
    entries = JournalEntry.objects.using(walk.using).filter(**of_fund).order_by("sequence")
    with (
        closing(_streamed(lines.values_list(*columns))) as line_rows,
        closing(_streamed(entries.values_list(*StoredEntry.__slots__, "chain"))) as entry_rows,
    ):
        yield from _paired(walk, entry_rows, groupby(line_rows, key=itemgetter(0)))


def _streamed(rows: "QuerySet[Any, Any]") -> Generator[Any, None, None]:
    """Rows through a cursor of the server's, a few thousand at a time."""
    yield from rows.iterator(_CHUNK)


def _paired(
    walk: "_Walk", entries: Iterable[Any], grouped: Iterator[tuple[int, Iterator[Any]]]
) -> Iterator[tuple[StoredEntry, bytes, list[StoredLine]]]:
    """Each entry beside the lines of its sequence."""
    pending = next(grouped, None)
    for *values, chain in entries:
        entry = StoredEntry(*values)
        while pending is not None and pending[0] < entry.sequence:
            walk.note(pending[0], "a line belongs to an entry", "lines without an entry")
            pending = next(grouped, None)
        lines: list[StoredLine] = []
        if pending is not None and pending[0] == entry.sequence:
            lines = [StoredLine(*row[1:]) for row in pending[1]]
            pending = next(grouped, None)
        yield entry, bytes(chain), lines
    while pending is not None:
        walk.note(pending[0], "a line belongs to an entry", "lines without an entry")
        pending = next(grouped, None)


@dataclass(slots=True)
class _Walk:
    """One pass over a fund's journal: what must be remembered between entries, and what was found."""

    fund_id: int
    using: str
    stood: Stood = field(default_factory=lambda: Stood(0, GENESIS, {}))
    findings: list[Finding] = field(default_factory=list)
    last: int = 0
    chain: bytes = GENESIS
    names: Names = field(default_factory=lambda: Names("", {}, {}))
    books: dict[int, str] = field(default_factory=dict)
    kinds: dict[int, str] = field(default_factory=dict)
    posted: dict[int, Decimal] = field(default_factory=dict)
    held: dict[int, Decimal] = field(default_factory=dict)
    anchors: dict[int, set[bytes]] = field(default_factory=dict)
    outside: dict[int, set[bytes]] = field(default_factory=dict)
    settled: dict[int, list[tuple[int, int, Decimal]]] = field(default_factory=dict)
    reversed_by: dict[int, int] = field(default_factory=dict)

    def note(self, sequence: int | None, claim: str, detail: object) -> None:
        """Remember that ``claim`` does not hold."""
        self.findings.append(Finding(self.fund_id, sequence, claim, str(detail)))

    def prepare(self) -> None:
        """Load what is small: accounts, anchors and holds; and take up where the last proof stood."""
        accounts = Account.objects.using(self.using).filter(fund_id=self.fund_id)
        called = {}
        for pk, book, kind, code in accounts.values_list("id", "book", "kind", "code"):
            self.books[pk], self.kinds[pk], called[pk] = book, kind, f"{book}:{kind}:{code}"
            self.posted[pk] = self.held[pk] = Decimal(0)
        fund = Fund.objects.using(self.using).filter(pk=self.fund_id).values_list("code", flat=True).first()
        people = dict(Operator.objects.using(self.using).values_list("pk", "username"))
        self.names = Names(fund or "", people, called)
        anchors = Anchor.objects.using(self.using).filter(fund_id=self.fund_id)
        for sequence, chain in anchors.values_list("sequence", "chain"):
            self.anchors.setdefault(sequence, set()).add(bytes(chain))
        self._prepare_holds()
        self.last, self.chain = self.stood.sequence, self.stood.chain
        self.posted.update(self.stood.posted)
        for checked in (self.anchors, self.outside, self.settled):
            for sequence in [each for each in checked if 0 < each <= self.last]:
                checked.pop(sequence)

    def _prepare_holds(self) -> None:
        holds = Hold.objects.using(self.using).filter(fund_id=self.fund_id)
        columns = ("id", "account_id", "amount", "ending__outcome", "ending__sequence", "ending__fund_id")
        row: tuple[Any, ...]
        for row in holds.values_list(*columns).iterator(_CHUNK):
            pk, account_id, amount, outcome, sequence, outcome_fund = row
            if account_id not in self.held:
                self.note(None, "a hold is on its fund's account", f"#{pk}")
            elif outcome is None:
                self.held[account_id] += amount
            elif outcome_fund != self.fund_id:
                self.note(sequence, "a hold ends in its own fund", f"#{pk}")
            elif outcome == "settled":
                self.settled.setdefault(sequence, []).append((pk, account_id, amount))

    def check(self, entry: StoredEntry, chain: bytes, lines: list[StoredLine]) -> None:
        """Every claim about one entry."""
        if entry.sequence != self.last + 1:
            self.note(entry.sequence, "sequences have no gap", self.last)
        self._check_lines(entry, lines)
        self._check_chain(entry, chain, lines)
        if self.anchors.pop(entry.sequence, {chain}) != {chain}:
            self.note(entry.sequence, "an anchor agrees with the chain", chain.hex())
        if self.outside.pop(entry.sequence, {chain}) != {chain}:
            self.note(entry.sequence, "a head kept outside agrees with the chain", chain.hex())
        for hold_id, account_id, amount in self.settled.pop(entry.sequence, ()):
            if not any(line.account_id == account_id and line.amount == -amount for line in lines):
                self.note(entry.sequence, "a hold is settled by exactly its amount", f"#{hold_id}")
        if entry.reverses is not None:
            self._check_reversal(entry, lines, entry.reverses)
        self.last, self.chain = entry.sequence, chain

    def _check_chain(self, entry: StoredEntry, chain: bytes, lines: list[StoredLine]) -> None:
        encode = ENCODERS.get(entry.hash_version)
        if encode is None:
            self.note(entry.sequence, "the encoding is a known one", f"v{entry.hash_version}")
            return
        try:
            content = encode(entry, lines, self.names)
        except KeyError as nameless:
            self.note(entry.sequence, "what the content names is known", f"#{nameless}")
            return
        if link(self.chain, content) != chain:
            self.note(entry.sequence, "the chain follows from the content", chain.hex())

    def _check_lines(self, entry: StoredEntry, lines: list[StoredLine]) -> None:
        numbers = [line.line_no for line in lines]
        if len(lines) < 2 or numbers != list(range(1, entry.line_count + 1)):
            self.note(entry.sequence, "the entry has exactly its lines", f"{entry.line_count}: {numbers}")
        total = sum([line.amount for line in lines], Decimal(0))
        if total != 0:
            self.note(entry.sequence, "lines sum to zero", total)
        books = set()
        for line in lines:
            if line.amount == 0:
                self.note(entry.sequence, "a line is never zero", f"#{line.line_no}")
            if line.effective_on != entry.effective_on:
                self.note(entry.sequence, "a line is dated as its entry", f"#{line.line_no}")
            if line.account_id not in self.books:
                self.note(entry.sequence, "accounts are the fund's own", f"#{line.account_id}")
                continue
            books.add(self.books[line.account_id])
            self.posted[line.account_id] += line.amount
        resolved = entry.template == "book_transfer" and entry.source.startswith("resolution:")
        if len(books) > 1 and not resolved:
            self.note(entry.sequence, "an entry keeps to one book", f"{entry.template} {entry.source}")

    def _check_reversal(self, entry: StoredEntry, lines: list[StoredLine], original_at: int) -> None:
        earlier = self.reversed_by.setdefault(original_at, entry.sequence)
        if earlier != entry.sequence:
            self.note(entry.sequence, "an entry is reversed once", f"{original_at}: {earlier}")
        recorded = self._recorded(original_at) if original_at < entry.sequence else None
        if recorded is None:
            self.note(entry.sequence, "a reversal follows its original", original_at)
            return
        original, undone = recorded
        if original.reverses is not None:
            self.note(entry.sequence, "a reversal is not reversed", original_at)
        if entry.effective_on < original.effective_on:
            self.note(entry.sequence, "a reversal is not before its original", original.effective_on)
        if [(x.account_id, -x.amount) for x in lines] != [(x.account_id, x.amount) for x in undone]:
            self.note(entry.sequence, "a reversal mirrors its original", original_at)

    def _recorded(self, sequence: int) -> tuple[StoredEntry, list[StoredLine]] | None:
        """One earlier entry of the fund with its lines."""
        of_fund = {"fund_id": self.fund_id, "sequence": sequence}
        entries = JournalEntry.objects.using(self.using).filter(**of_fund)
        entry = entries.values_list(*StoredEntry.__slots__).first()
        columns = ("line_no", "account_id", "effective_on", "amount")
        lines = JournalLine.objects.using(self.using).filter(**of_fund).order_by("line_no")
        if entry is None:
            return None
        return StoredEntry(*entry), [StoredLine(*row) for row in lines.values_list(*columns)]

    def finish(self) -> None:
        """Claims about the fund as a whole: head, anchors, holds, balances."""
        head = LedgerHead.objects.using(self.using).filter(fund_id=self.fund_id).first()
        if head is None:
            self.note(None, "the fund has a ledger", self.fund_id)
            return
        if head.sequence != self.last:
            missing = None if head.sequence < self.last else self.last + 1
            self.note(missing, "the head is the last entry", f"{head.sequence}, {self.last}")
        if bytes(head.chain) != self.chain:
            self.note(None, "the head carries the last chain", bytes(head.chain).hex())
        self._check_closed(head.closed_through)
        if self.anchors.pop(0, {GENESIS}) != {GENESIS}:
            self.note(None, "an anchor agrees with the chain", 0)
        if self.outside.pop(0, {GENESIS}) != {GENESIS}:
            self.note(None, "a head kept outside agrees with the chain", 0)
        for sequence in self.anchors:
            self.note(sequence, "an anchored entry is still there", self.last)
        for sequence in self.outside:
            self.note(sequence, "an entry whose head was kept outside is still there", self.last)
        for sequence, holds in self.settled.items():
            self.note(sequence, "a hold is settled by an entry", f"#{holds[0][0]}")
        self._check_balances()

    def _check_closed(self, closed_through: date | None) -> None:
        with connections[self.using].cursor() as cursor:
            query = (
                "SELECT closed_through FROM custody_period_close WHERE fund_id = %s ORDER BY id DESC LIMIT 1"
            )
            cursor.execute(query, (self.fund_id,))
            found = cursor.fetchone()
        latest = None if found is None else found[0]
        if latest != closed_through:
            self.note(None, "the closed period is the one on record", f"{closed_through}, {latest}")

    def _taken_by_the_bank(self, row: Balance) -> bool:
        """Whether a cash account stands short by what the bank booked, and nothing of ours."""
        if self.kinds[row.pk] != "cash":
            return False
        with connections[self.using].cursor() as cursor:
            query = "SELECT custody_short_by_the_bank(%s, %s, %s, %s)"
            cursor.execute(query, (self.fund_id, row.pk, row.posted, row.held))
            return bool(cursor.fetchone()[0])

    def _check_balances(self) -> None:
        rows = Balance.objects.using(self.using).filter(fund_id=self.fund_id)
        stored = {row.pk: row for row in rows.order_by("pk")}
        if stored.keys() != self.books.keys():
            self.note(None, "every account has its balance", sorted(stored.keys() ^ self.books.keys()))
        for pk in sorted(stored.keys() & self.books.keys()):
            row, name = stored[pk], f"{self.kinds[pk]} #{pk}"
            if row.posted != self.posted[pk]:
                sums = f"{name}: {row.posted}, {self.posted[pk]}"
                self.note(None, "a balance is the sum of its lines", sums)
            if row.held != self.held[pk]:
                self.note(None, "held is the sum of open holds", f"{name}: {row.held}, {self.held[pk]}")
            guard = KINDS[self.kinds[pk]].guard
            if row.guard != guard:
                self.note(None, "an account is guarded as its kind", f"{name}: {row.guard}")
            available = guard * row.posted - row.held
            if guard and (available.is_nan() or (available < 0 and not self._taken_by_the_bank(row))):
                self.note(None, "no guarded account is short", f"{name}: {available}")
