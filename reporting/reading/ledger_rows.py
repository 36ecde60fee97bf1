"""What statements read from the journal: typed rows, one query each, walking the line-history index.

Refuses to look at another fund's accounts and never writes. Amounts are yuan, debit positive.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, LiteralString, NamedTuple

from django.db import connection

from custody.ledger import history, references
from custody.ledger.chart import KINDS, Section
from custody.ledger.history import Cut, snapshot

__all__ = ["Cut", "snapshot"]

NO_CHAIN = bytes(32)


@dataclass(frozen=True, slots=True)
class Movement:
    """One account over the period. ``opening`` before ``from_on``; ``year_to_date`` is the net of the
    calendar year of ``to_on`` up to that day; ``last_sequence`` the newest entry behind it, 0 if none.
    """

    book: str
    kind: str
    code: str
    opening: Decimal
    debited: Decimal
    credited: Decimal
    year_to_date: Decimal
    last_sequence: int

    @property
    def net(self) -> Decimal:
        """Debits − credits of the period."""
        return self.debited - self.credited

    @property
    def closing(self) -> Decimal:
        """Balance at the end of ``to_on``."""
        return self.opening + self.net

    @property
    def section(self) -> Section:
        """Where the kind stands on the fund statement."""
        return KINDS[self.kind].section


@dataclass(frozen=True, slots=True)
class EntryRange:
    """Which entries are dated in the period, and where the chain stood after the last one behind the figures.

    ``head_sequence`` may lie outside first–last: a late entry dated before the period moves the opening.
    """

    count: int
    first: int
    last: int
    head_sequence: int
    head_chain: bytes
    head_recorded_at: datetime | None


class DetailLine(NamedTuple):
    """One journal line with its entry's facts."""

    sequence: int
    line_no: int
    effective_on: date
    book: str
    kind: str
    code: str
    amount: Decimal
    template: str
    memo: str
    source: str


@dataclass(frozen=True, slots=True)
class OpenItem:
    """What is still open on a pending account at ``to_on``, by its evidence. ``amount`` debit positive."""

    book: str
    kind: str
    source: str
    first_on: date
    sequence: int
    amount: Decimal
    memo: str


_PARTIES: LiteralString = """
SELECT 'bankline:' || a.number || ':' || b.position, btrim(b.counterparty_name)
  FROM custody_bankaccount a JOIN custody_bankline b ON b.account_id = a.id
 WHERE a.fund_id = %(fund_id)s AND b.position = ANY (%(positions)s)
 UNION ALL
SELECT 'order:' || o.order_number, btrim(o.payer_name) FROM custody_channelorder o
 WHERE o.fund_id = %(fund_id)s AND o.order_number = ANY (%(orders)s)
 UNION ALL
SELECT 'settlement:' || s.number, btrim(s.seller) FROM settlement_settlement s
 WHERE s.fund_id = %(fund_id)s AND s.number = ANY (%(settlements)s)
"""


def movements(cut: Cut) -> tuple[Movement, ...]:
    """Every account of the fund with its opening balance and the period's movements; operating book first."""
    return tuple(Movement(*row) for row in history.movements(cut, date(cut.to_on.year, 1, 1)))


def detail_lines(cut: Cut) -> tuple[DetailLine, ...]:
    """Every line dated in the period, in the order of day, entry and line."""
    return tuple(map(DetailLine._make, history.lines(cut)))


def open_items(cut: Cut, kinds: Sequence[str]) -> tuple[OpenItem, ...]:
    """What the given pending kinds still hold at the end of ``to_on``, summed by evidence, oldest first."""
    return tuple(OpenItem(*row) for row in history.open_by_source(cut, kinds))


def daily_nets(cut: Cut, kinds: Sequence[str]) -> dict[date, dict[str, Decimal]]:
    """Net of each kind on each day that has one, both books together."""
    days: dict[date, dict[str, Decimal]] = {}
    for on, kind, amount in history.daily(cut, kinds):
        days.setdefault(on, {})[kind] = amount
    return days


def parties(cut: Cut, sources: Iterable[str]) -> dict[str, str]:
    """The other party's name behind each source that is a bank line, a merchant order or a settlement."""
    chosen = set(sources)
    named: dict[str, list[str]] = {}
    for kind, name in map(references.cited, chosen):
        named.setdefault(kind, []).append(name)
    lines = [line for line in map(references.bank_line_at, chosen) if line is not None]
    found = dict(
        _rows(
            _PARTIES,
            cut,
            positions=[position for _, position in lines],
            orders=named.get(references.ORDER, []),
            settlements=named.get(references.SETTLEMENT, []),
        )
    )
    return {source: party for source, party in found.items() if source in chosen}


def entry_range(cut: Cut, moved: Sequence[Movement], lines: Sequence[DetailLine]) -> EntryRange:
    """The entries behind rows already read, and the chain after the newest of them."""
    sequences = {line.sequence for line in lines}
    head = max((movement.last_sequence for movement in moved), default=0)
    chain, recorded_at = NO_CHAIN, None
    for row in history.chain_after(cut, head):
        chain, recorded_at = bytes(row[0]), row[1]
    return EntryRange(
        count=len(sequences),
        first=min(sequences, default=0),
        last=max(sequences, default=0),
        head_sequence=head,
        head_chain=chain,
        head_recorded_at=recorded_at,
    )


def _rows(query: LiteralString, cut: Cut, **more: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, {"fund_id": cut.fund_id, **more})
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
