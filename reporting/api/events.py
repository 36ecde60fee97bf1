"""What happened, for a program to follow: settlements that moved, papers issued, months and boards published.

Refuses to run ahead: a row is told once nothing that began before it is still being written, so whoever keeps
the last cursor misses none. A settlement's row is locked before its move is numbered, which this rests on.
"""

import datetime as dt
import re
from typing import Any, Literal, LiteralString

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Router, Schema

from custody.api.callers import Caller, caller_of, shown_to
from custody.api.shapes import linked
from custody.kernel.errors import Rejected
from custody.models import OrganisationKind
from reporting.api.statements import EVERYBODY, FEE_SPLIT

router = Router(tags=["events"])
EVENTS_OF_A_KIND = 50
CURSOR = re.compile(r"([0-9]{1,18})\.([0-9]{1,18})\.([0-9]{1,18})")
# Nothing older than a day is still being written; of what is younger the transactions are asked.
_MOVES: LiteralString = """
SELECT m.id, m.moved_at, f.code, s.id, s.number, m.source, m.target
  FROM settlement_settlementmove m
  JOIN settlement_settlement s ON s.id = m.settlement_id
  JOIN custody_fund f ON f.id = m.fund_id
 WHERE m.fund_id = ANY (%(funds)s) AND m.id > %(after)s
   AND (%(firm)s::bigint IS NULL OR s.provider_id = %(firm)s)
   AND (m.moved_at < custody_now() - interval '1 day'
        OR age(m.xmin) > age(pg_snapshot_xmin(pg_current_snapshot())::xid))
 ORDER BY m.id LIMIT %(most)s
"""
_PAPERS: LiteralString = """
SELECT h.id, h.at, f.code, h.kind, h.from_on, h.to_on, h.format, h.sha256
  FROM reporting_handout h JOIN custody_fund f ON f.id = h.fund_id
 WHERE h.fund_id = ANY (%(funds)s) AND h.id > %(after)s AND (%(firm)s::bigint IS NULL OR h.kind = %(fee)s)
   AND (h.at < custody_now() - interval '1 day'
        OR age(h.xmin) > age(pg_snapshot_xmin(pg_current_snapshot())::xid))
 ORDER BY h.id LIMIT %(most)s
"""
_PUBLISHED: LiteralString = """
SELECT p.id, p.published_at, f.code, p.kind, p.from_on, p.to_on, p.edition, p.sha256
  FROM reporting_publication p JOIN custody_fund f ON f.id = p.fund_id
 WHERE p.fund_id = ANY (%(funds)s) AND p.id > %(after)s
   AND (p.published_at < custody_now() - interval '1 day'
        OR age(p.xmin) > age(pg_snapshot_xmin(pg_current_snapshot())::xid))
 ORDER BY p.id LIMIT %(most)s
"""


class EventOut(Schema):
    """``settlement.moved``: from one state to another; ``paper.issued``: a statement of some days;
    ``days.published``: an edition of what owners see, a month or a board.
    """

    id: str
    kind: Literal["settlement.moved", "paper.issued", "days.published"]
    at: dt.datetime
    fund: str
    settlement: int | None = None
    number: str | None = None
    source: str | None = None
    target: str | None = None
    statement: str | None = None
    from_on: dt.date | None = None
    to_on: dt.date | None = None
    format: str | None = None
    edition: int | None = None
    sha256: str | None = None


class EventPage(Schema):
    """``cursor`` is what ``after`` takes next, whether or not there is more now (``more``)."""

    items: list[EventOut]
    cursor: str
    more: bool


@router.get("/events", response=EventPage)
@shown_to(*EVERYBODY)
def read_events(request: HttpRequest, response: HttpResponse, after: str = "0.0.0") -> EventPage:
    """What happened after a cursor, in the order it was written; keep ``cursor`` and ask again."""
    at = CURSOR.fullmatch(after)
    if at is None:
        raise Rejected(_("after 须是上一次答复的 cursor"), code="cursor-unknown", field="after")
    caller = caller_of(request)
    found = [
        _rows(query, caller, int(place))
        for query, place in zip((_MOVES, _PAPERS, _PUBLISHED), at.groups(), strict=True)
    ]
    moves, papers, published = found
    items = [
        *(_moved(*row) for row in moves),
        *(_issued(*row) for row in papers),
        *(_published(*row) for row in published),
    ]
    cursor = ".".join(
        str(rows[-1][0] if rows else place) for rows, place in zip(found, at.groups(), strict=True)
    )
    more = any(len(rows) == EVENTS_OF_A_KIND for rows in found)
    linked(request, response, cursor if more else None)
    return EventPage(items=sorted(items, key=lambda each: each.at), cursor=cursor, more=more)


def _rows(query: LiteralString, caller: Caller, after: int) -> list[tuple[Any, ...]]:
    visit = caller.visit
    firm = visit.organisation if visit.kind == OrganisationKind.PROVIDER else None
    said: dict[str, Any] = {
        "funds": [fund.pk for fund in visit.funds],
        "after": after,
        "firm": firm.pk if firm else None,
        "fee": FEE_SPLIT,
        "most": EVENTS_OF_A_KIND,
    }
    with connection.cursor() as cursor:
        cursor.execute(query, said)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _moved(
    number: int, at: dt.datetime, fund: str, settlement: int, invoice: str, source: str, target: str
) -> EventOut:
    return EventOut(
        id=f"m{number}", kind="settlement.moved", at=at, fund=fund, settlement=settlement, number=invoice,
        source=source, target=target,
    )  # fmt: skip


def _issued(
    number: int, at: dt.datetime, fund: str, kind: str, from_on: dt.date, to_on: dt.date, *paper: str
) -> EventOut:
    return EventOut(
        id=f"p{number}", kind="paper.issued", at=at, fund=fund, statement=kind, from_on=from_on,
        to_on=to_on, format=paper[0], sha256=paper[1],
    )  # fmt: skip


def _published(
    number: int,
    at: dt.datetime,
    fund: str,
    kind: str,
    from_on: dt.date,
    to_on: dt.date,
    edition: int,
    sha: str,
) -> EventOut:
    return EventOut(
        id=f"e{number}", kind="days.published", at=at, fund=fund, statement=kind, from_on=from_on,
        to_on=to_on, edition=edition, sha256=sha,
    )  # fmt: skip
