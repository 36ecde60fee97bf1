"""The journal as pages leaf through it: newest first by sequence, an entry whole, what the books hold now.

Refuses to look at another fund's entries (NotFound for a sequence the fund has not reached) and never writes.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import LiteralString

from django.db import connection
from django.utils.translation import gettext as _

from custody.kernel.errors import NotFound
from custody.ledger.chart import BOOK_TITLES, KINDS, Book

ENTRIES_A_PAGE = 50

# What an entry moved is the sum of its debits; who undid it is found over the index of reversals.
_PAGE: LiteralString = """
SELECT e.sequence, e.effective_on, e.recorded_at, e.template, e.memo, e.source, e.reverses,
       (SELECT r.sequence FROM custody_entry r WHERE r.fund_id = e.fund_id AND r.reverses = e.sequence),
       (SELECT sum(l.amount) FROM custody_line l
         WHERE l.fund_id = e.fund_id AND l.sequence = e.sequence AND l.amount > 0),
       (SELECT array_agg(DISTINCT a.kind) FROM custody_line l JOIN custody_account a ON a.id = l.account_id
         WHERE l.fund_id = e.fund_id AND l.sequence = e.sequence)
  FROM custody_entry e
 WHERE e.fund_id = %(fund)s AND e.sequence < %(before)s
 ORDER BY e.sequence DESC LIMIT %(most)s
"""
_FOLLOWING: LiteralString = _PAGE.replace("e.sequence < %(before)s", "e.sequence > %(after)s").replace(
    "e.sequence DESC", "e.sequence"
)
_WHOLE: LiteralString = """
SELECT e.sequence, e.effective_on, e.recorded_at, e.template, e.memo, e.source, e.reverses,
       (SELECT r.sequence FROM custody_entry r WHERE r.fund_id = e.fund_id AND r.reverses = e.sequence),
       e.key, u.full_name, u.username, e.chain, a.book, a.kind, a.code, l.amount
  FROM custody_entry e
  JOIN custody_operator u ON u.id = e.actor_id
  JOIN custody_line l ON l.fund_id = e.fund_id AND l.sequence = e.sequence
  JOIN custody_account a ON a.id = l.account_id
 WHERE e.fund_id = %(fund)s AND e.sequence = %(sequence)s
 ORDER BY l.line_no
"""
# What is posted now, less what is dated after the day; holds as they stand.
_BOOKS: LiteralString = """
SELECT h.fund_id, h.sequence, h.chain, a.book, a.kind, sum(b.posted - later.amount), sum(b.held)
  FROM custody_ledger_head h
  LEFT JOIN custody_account a ON a.fund_id = h.fund_id
       AND a.kind IN ('cash', 'placement', 'in_transit', 'suspense', 'unexplained')
  LEFT JOIN custody_balance b ON b.account_id = a.id
 CROSS JOIN LATERAL (SELECT coalesce(sum(l.amount), 0) AS amount FROM custody_line l
                      WHERE l.account_id = a.id AND l.effective_on > %(on)s) later
 WHERE h.fund_id = ANY (%(funds)s)
 GROUP BY h.fund_id, h.sequence, h.chain, a.book, a.kind
"""
_BOOKED: LiteralString = """
SELECT a.fund_id, l.effective_on, sum(l.amount)
  FROM custody_account a
  JOIN custody_line l ON l.account_id = a.id AND l.effective_on > %(from_on)s AND l.effective_on <= %(to_on)s
 WHERE a.fund_id = ANY (%(funds)s) AND a.kind = 'cash'
 GROUP BY a.fund_id, l.effective_on
"""
_SHORT: LiteralString = """
SELECT a.fund_id, a.book, b.held - b.posted
  FROM custody_account a JOIN custody_balance b ON b.account_id = a.id
 WHERE a.fund_id = ANY (%(funds)s) AND a.kind = 'cash' AND b.posted < b.held
 ORDER BY a.fund_id, a.book
"""


@dataclass(frozen=True, slots=True)
class EntryRow:
    """An entry in one line: ``amount`` is its debits in yuan, ``touched`` the titles of its accounts."""

    sequence: int
    effective_on: date
    recorded_at: datetime
    template: str
    memo: str
    source: str
    reverses: int | None
    undone_by: int | None
    amount: Decimal
    touched: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WholeLine:
    """One signed line: book and account in words, yuan, debit positive."""

    book: str
    account: str
    code: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class WholeEntry:
    """Everything an entry says; ``chain`` is the digest there."""

    sequence: int
    effective_on: date
    recorded_at: datetime
    template: str
    memo: str
    source: str
    reverses: int | None
    undone_by: int | None
    key: str
    recorded_by: str
    chain: str
    lines: tuple[WholeLine, ...]


@dataclass(frozen=True, slots=True)
class BookOnDay:
    """What one book of a fund holds, in yuan: cash posted and held, placed, in transit, in suspense, open."""

    book: str
    title: str
    cash: Decimal
    held: Decimal
    placed: Decimal
    in_transit: Decimal
    suspense: Decimal
    unexplained: Decimal

    @property
    def available(self) -> Decimal:
        """Cash that nothing is promised from."""
        return self.cash - self.held


def entries_before(fund_id: int, before: int | None = None) -> list[EntryRow]:
    """A page of the fund's entries under ``before`` (None: the newest), and one more if there are more."""
    return _rows(_PAGE, {"fund": fund_id, "before": before or 2**62, "most": ENTRIES_A_PAGE + 1})


def entries_after(fund_id: int, after: int) -> list[EntryRow]:
    """A page of the fund's entries after a sequence, oldest first, and one more if there are more."""
    return _rows(_FOLLOWING, {"fund": fund_id, "after": after, "most": ENTRIES_A_PAGE + 1})


def _rows(query: LiteralString, at: dict[str, int]) -> list[EntryRow]:
    with connection.cursor() as cursor:
        cursor.execute(query, at)
        rows = cursor.fetchall()
    return [
        EntryRow(
            number, on, at, template, memo, source, reverses, undone_by, amount,
            tuple(KINDS[kind].title for kind in kinds or ()),
        )
        for number, on, at, template, memo, source, reverses, undone_by, amount, kinds in rows
    ]  # fmt: skip


def whole_entry(fund_id: int, sequence: int) -> WholeEntry:
    """The entry with its lines. NotFound."""
    with connection.cursor() as cursor:
        cursor.execute(_WHOLE, {"fund": fund_id, "sequence": sequence})
        rows = cursor.fetchall()
    if not rows:
        raise NotFound(_("没有第 %(sequence)s 笔分录"), fund=fund_id, sequence=sequence)
    (number, on, at, template, memo, source, reverses, undone_by, key, name, username, chain, *_line) = rows[
        0
    ]
    lines = [
        WholeLine(BOOK_TITLES[Book(book)], KINDS[kind].title, code, amount)
        for *_said, book, kind, code, amount in rows
    ]
    return WholeEntry(
        number, on, at, template, memo, source, reverses, undone_by, key, name or username,
        bytes(chain).hex(), tuple(lines),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class FundBooks:
    """Both books on a day, and the present head: how many entries, and the chain there."""

    sequence: int
    chain: str
    books: tuple[BookOnDay, ...]

    @property
    def cash(self) -> Decimal:
        """What both books say is at the bank."""
        return sum((each.cash for each in self.books), Decimal(0))

    @property
    def in_transit(self) -> Decimal:
        """What is on its way to the bank."""
        return sum((each.in_transit for each in self.books), Decimal(0))


def books_on(fund_ids: Collection[int], on: date) -> dict[int, FundBooks]:
    """Both books of each fund at the end of a day; the work does not grow with the history before it."""
    with connection.cursor() as cursor:
        cursor.execute(_BOOKS, {"funds": list(fund_ids), "on": on})
        rows = cursor.fetchall()
    found = {(fund, book, kind): (posted, held) for fund, _at, _chain, book, kind, posted, held in rows}
    heads = {fund: (sequence, bytes(chain).hex()) for fund, sequence, chain, *_rest in rows}
    nothing = (Decimal(0), Decimal(0))

    def book_of(fund_id: int, book: Book) -> BookOnDay:
        def of(kind: str) -> tuple[Decimal, Decimal]:
            return found.get((fund_id, book.value, kind), nothing)

        cash, held = of("cash")
        return BookOnDay(
            book.value, BOOK_TITLES[book], cash, held, of("placement")[0], of("in_transit")[0],
            -of("suspense")[0], of("unexplained")[0],
        )  # fmt: skip

    return {
        fund_id: FundBooks(*heads.get(fund_id, (0, "")), tuple(book_of(fund_id, book) for book in Book))
        for fund_id in fund_ids
    }


def booked_by_day(fund_ids: Collection[int], after: date, to_on: date) -> dict[tuple[int, date], Decimal]:
    """What moved on each fund's cash, by day after ``after``; a day without is absent."""
    with connection.cursor() as cursor:
        cursor.execute(_BOOKED, {"funds": list(fund_ids), "from_on": after, "to_on": to_on})
        return {(fund, day): amount for fund, day, amount in cursor.fetchall()}


def short_books(fund_ids: Collection[int]) -> list[tuple[int, str, Decimal]]:
    """(fund, book, yuan missing) where the bank took what was promised: nothing of ours does."""
    with connection.cursor() as cursor:
        cursor.execute(_SHORT, {"funds": list(fund_ids)})
        return list(cursor.fetchall())
