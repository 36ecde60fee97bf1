"""What entries cite, held against what they cite: bank lines booked whole, sources that exist and agree.

Reads through cursors of the server's, so that memory does not grow with the journal. Refuses to write.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import LiteralString

from django.db import connections

_HANDED_OVER: LiteralString = """
SELECT coalesce(sum(l.amount), 0)
  FROM custody_entry e
  JOIN custody_line l ON l.fund_id = e.fund_id AND l.sequence = e.sequence
  JOIN custody_account a ON a.id = l.account_id AND a.kind = 'cash'
 WHERE e.fund_id = %(fund)s AND e.template = 'handover'
"""
_BOOKED: LiteralString = """
SELECT k.number, b.position, b.amount, m.moved
  FROM custody_bankline b
  JOIN custody_bankaccount k ON k.id = b.account_id
 CROSS JOIN LATERAL custody_moved_by(b.fund_id::integer, 'bank:' || k.number || ':' || b.position) AS m(moved)
 WHERE b.fund_id = %(fund)s AND m.moved <> b.amount
 ORDER BY k.number, b.position
"""
# Each names a row x of the fund by ``c.name``, what the source says after its kind, and compares what entry e
# moved: c.cash, c.transit and c.placed are its sums on those kinds of account, null where it has none.
_SOURCED: LiteralString = """
SELECT e.sequence, e.source
  FROM custody_entry e
 CROSS JOIN LATERAL (
    SELECT substr(e.source, length(%(kind)s) + 2) AS name,
           sum(l.amount) FILTER (WHERE a.kind = 'cash') AS cash,
           sum(l.amount) FILTER (WHERE a.kind = 'in_transit') AS transit,
           sum(l.amount) FILTER (WHERE a.kind = 'placement') AS placed
      FROM custody_line l JOIN custody_account a ON a.id = l.account_id
     WHERE l.fund_id = e.fund_id AND l.sequence = e.sequence) c
 WHERE e.fund_id = %(fund)s AND starts_with(e.source, %(kind)s || ':') AND NOT EXISTS (EVIDENCE)
 ORDER BY e.sequence
"""
_evidence: dict[str, LiteralString] = {
    "bankline": "SELECT FROM custody_bankline x JOIN custody_bankaccount k ON k.id = x.account_id"
    " WHERE x.fund_id = e.fund_id AND k.number || ':' || x.position = c.name",
    "order": "SELECT FROM custody_channelorder x WHERE x.fund_id = e.fund_id AND x.order_number = c.name"
    " AND (c.transit IS NULL OR x.amount = abs(c.transit))",
    "revenue": "SELECT FROM custody_revenueline x WHERE x.fund_id = e.fund_id AND x.batch = c.name",
    "placement": "SELECT FROM custody_placement x WHERE x.fund_id = e.fund_id AND x.order_key = c.name"
    " AND (c.placed IS NULL OR x.principal = abs(c.placed))",
    "file": "SELECT FROM custody_document x WHERE x.fund_id = e.fund_id AND x.sha256 = c.name",
    "resolution": "SELECT FROM custody_resolution x WHERE x.fund_id = e.fund_id AND x.reference = c.name",
}


def register_source(kind: str, evidence: LiteralString) -> None:
    """Say, for AppConfig.ready, which row of an upper app's a source of this kind must find."""
    _evidence[kind] = evidence


def handed_over(fund_id: int, *, using: str = "default") -> Decimal:
    """What both books took over in cash, in yuan: the bank's balance before the trust's first line."""
    with connections[using].cursor() as cursor:
        cursor.execute(_HANDED_OVER, {"fund": fund_id})
        return Decimal(cursor.fetchone()[0])


def misbooked_lines(fund_id: int, *, using: str = "default") -> Iterator[tuple[str, int, str, str]]:
    """Account, place, amount and what was booked, in yuan, of each bank line not booked exactly once."""
    with connections[using].chunked_cursor() as cursor:
        cursor.execute(_BOOKED, {"fund": fund_id})
        for number, position, amount, moved in cursor:
            yield number, position, str(amount), str(moved)


def unfounded_entries(fund_id: int, *, using: str = "default") -> Iterator[tuple[int, str]]:
    """Sequence and source of each entry whose source is not there, or speaks of other money."""
    for kind, evidence in _evidence.items():
        with connections[using].chunked_cursor() as cursor:
            cursor.execute(_SOURCED.replace("EVIDENCE", evidence), {"fund": fund_id, "kind": kind})
            yield from cursor
