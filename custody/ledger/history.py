"""The journal's history for statements: rows of one fund, one query each, along the line-history index.

Refuses to look at another fund's accounts and never writes. Amounts are yuan, debit positive.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, LiteralString

from django.db import connection, transaction

Rows = list[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class JournalPart:
    """Which part of a fund's journal is asked for.

    ``from_on`` to ``to_on`` by effective date, both included; with ``known_at``, only what the ledger had
    recorded by that instant.
    """

    fund_id: int
    from_on: date
    to_on: date
    known_at: datetime | None = None


@contextmanager
def snapshot() -> Iterator[None]:
    """Read everything of one statement from one state of the database, even while others post.

    Inside a caller's transaction it joins it.
    """
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield


# The clause on known_at keeps to what was recorded by then; without an instant the planner drops it.
_MOVEMENTS: LiteralString = """
SELECT a.book, a.kind, a.code, h.opening, h.debited, h.credited, h.year_to_date, h.last_sequence
  FROM custody_account a
 CROSS JOIN LATERAL (
    SELECT coalesce(sum(l.amount) FILTER (WHERE l.effective_on < %(from_on)s), 0) AS opening,
           coalesce(sum(l.amount) FILTER (WHERE l.effective_on >= %(from_on)s AND l.amount > 0), 0)
               AS debited,
           coalesce(-sum(l.amount) FILTER (WHERE l.effective_on >= %(from_on)s AND l.amount < 0), 0)
               AS credited,
           coalesce(sum(l.amount) FILTER (WHERE l.effective_on >= %(year_on)s), 0) AS year_to_date,
           coalesce(max(l.sequence), 0) AS last_sequence
      FROM custody_line l
     WHERE l.account_id = a.id AND l.effective_on <= %(to_on)s
       AND (%(known_at)s::timestamptz IS NULL OR EXISTS (
               SELECT FROM custody_entry k WHERE k.fund_id = l.fund_id AND k.sequence = l.sequence
                  AND k.recorded_at <= %(known_at)s::timestamptz))) h
 WHERE a.fund_id = %(fund_id)s
 ORDER BY a.book DESC, a.kind, a.code
"""

# OFFSET 0 keeps each account's lines on their own index, however much history other funds have.
_DETAIL: LiteralString = """
SELECT x.sequence, x.line_no, x.effective_on, a.book, a.kind, a.code, x.amount, e.template, e.memo, e.source
  FROM custody_account a
 CROSS JOIN LATERAL (
    SELECT l.fund_id, l.sequence, l.line_no, l.effective_on, l.amount FROM custody_line l
     WHERE l.account_id = a.id AND l.effective_on BETWEEN %(from_on)s AND %(to_on)s
       AND (%(known_at)s::timestamptz IS NULL OR EXISTS (
               SELECT FROM custody_entry k WHERE k.fund_id = l.fund_id AND k.sequence = l.sequence
                  AND k.recorded_at <= %(known_at)s::timestamptz)) OFFSET 0) x
  JOIN custody_entry e ON e.fund_id = %(fund_id)s AND e.sequence = x.sequence
 WHERE a.fund_id = %(fund_id)s
 ORDER BY x.effective_on, x.sequence, x.line_no
"""

_BY_SOURCE: LiteralString = """
SELECT a.book, a.kind, e.source, min(x.effective_on), min(x.sequence), sum(x.amount),
       (array_agg(e.memo ORDER BY x.sequence))[1]
  FROM custody_account a
 CROSS JOIN LATERAL (
    SELECT l.fund_id, l.sequence, l.effective_on, l.amount FROM custody_line l
     WHERE l.account_id = a.id AND l.effective_on <= %(to_on)s
       AND (%(known_at)s::timestamptz IS NULL OR EXISTS (
               SELECT FROM custody_entry k WHERE k.fund_id = l.fund_id AND k.sequence = l.sequence
                  AND k.recorded_at <= %(known_at)s::timestamptz)) OFFSET 0) x
  JOIN custody_entry e ON e.fund_id = %(fund_id)s AND e.sequence = x.sequence
 WHERE a.fund_id = %(fund_id)s AND a.kind = ANY (%(kinds)s)
 GROUP BY a.book, a.kind, e.source
HAVING sum(x.amount) <> 0
 ORDER BY 4, 5, 1, 2, 3
"""

_DAILY: LiteralString = """
SELECT x.effective_on, a.kind, sum(x.amount)
  FROM custody_account a
 CROSS JOIN LATERAL (
    SELECT l.effective_on, l.amount FROM custody_line l
     WHERE l.account_id = a.id AND l.effective_on BETWEEN %(from_on)s AND %(to_on)s
       AND (%(known_at)s::timestamptz IS NULL OR EXISTS (
               SELECT FROM custody_entry k WHERE k.fund_id = l.fund_id AND k.sequence = l.sequence
                  AND k.recorded_at <= %(known_at)s::timestamptz)) OFFSET 0) x
 WHERE a.fund_id = %(fund_id)s AND a.kind = ANY (%(kinds)s)
 GROUP BY x.effective_on, a.kind
 ORDER BY 1, 2
"""

_TRANSFERS: LiteralString = """
SELECT a.book, sum(x.amount)
  FROM custody_account a
 CROSS JOIN LATERAL (
    SELECT l.fund_id, l.sequence, l.amount FROM custody_line l
     WHERE l.account_id = a.id AND l.effective_on BETWEEN %(from_on)s AND %(to_on)s
       AND (%(known_at)s::timestamptz IS NULL OR EXISTS (
               SELECT FROM custody_entry k WHERE k.fund_id = l.fund_id AND k.sequence = l.sequence
                  AND k.recorded_at <= %(known_at)s::timestamptz)) OFFSET 0) x
  JOIN custody_entry e ON e.fund_id = %(fund_id)s AND e.sequence = x.sequence AND e.template = 'book_transfer'
 WHERE a.fund_id = %(fund_id)s
 GROUP BY a.book
"""

# Of some entries: those that stood at the end of to_on, as known, and that nothing had mirrored by then.
_STANDING: LiteralString = """
SELECT e.sequence FROM custody_entry e
 WHERE e.fund_id = %(fund_id)s AND e.sequence = ANY (%(sequences)s) AND e.effective_on <= %(to_on)s
   AND (%(known_at)s::timestamptz IS NULL OR e.recorded_at <= %(known_at)s::timestamptz)
   AND NOT EXISTS (
       SELECT FROM custody_entry r
        WHERE r.fund_id = e.fund_id AND r.reverses = e.sequence AND r.effective_on <= %(to_on)s
          AND (%(known_at)s::timestamptz IS NULL OR r.recorded_at <= %(known_at)s::timestamptz))
"""

_RECORDED: LiteralString = """
SELECT recorded_at FROM custody_entry WHERE fund_id = %(fund_id)s AND sequence = %(sequence)s
"""


_CHAINS: LiteralString = """
SELECT e.sequence, e.chain FROM custody_entry e
 WHERE e.fund_id = %(fund_id)s AND e.effective_on BETWEEN %(from_on)s AND %(to_on)s
   AND (%(known_at)s::timestamptz IS NULL OR e.recorded_at <= %(known_at)s::timestamptz)
 ORDER BY e.sequence
"""


def movement_rows(part: JournalPart, year_on: date) -> Rows:
    """Each account: book, kind, code, opening, debited, credited, net since ``year_on``, newest sequence."""
    return _rows(_MOVEMENTS, part, year_on=year_on)


def lines(part: JournalPart) -> Rows:
    """Each line: sequence, number, day, book, kind, code, amount, template, memo, source; by day."""
    return _rows(_DETAIL, part)


def open_by_source(part: JournalPart, kinds: Sequence[str]) -> Rows:
    """What ``kinds`` hold by source: book, kind, source, first day, first sequence, amount, first memo."""
    return _rows(_BY_SOURCE, part, kinds=list(kinds))


def daily(part: JournalPart, kinds: Sequence[str]) -> Rows:
    """Day, kind and net of each kind on each day that has one, both books together."""
    return _rows(_DAILY, part, kinds=list(kinds))


def transfer_rows(part: JournalPart) -> Rows:
    """Book and what resolved transfers left in it over the period."""
    return _rows(_TRANSFERS, part)


def standing_entries(part: JournalPart, sequences: Collection[int]) -> set[int]:
    """Of these entries, the ones that stood at the end of ``to_on``: dated by then, and not mirrored."""
    return {sequence for (sequence,) in _rows(_STANDING, part, sequences=list(sequences))}


def recorded_at(part: JournalPart, sequence: int) -> datetime | None:
    """When one entry was recorded; None for none."""
    return next((row[0] for row in _rows(_RECORDED, part, sequence=sequence)), None)


def chain_values(part: JournalPart) -> Rows:
    """Sequence and chain of each entry dated in the days, by sequence."""
    return _rows(_CHAINS, part)


def _rows(query: LiteralString, part: JournalPart, **more: Any) -> list[tuple[Any, ...]]:
    facts = {
        "fund_id": part.fund_id,
        "from_on": part.from_on,
        "to_on": part.to_on,
        "known_at": part.known_at,
        **more,
    }
    with connection.cursor() as cursor:
        cursor.execute(query, facts)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
