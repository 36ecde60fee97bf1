"""What statements read from the journal: typed rows, one query each, walking the line-history index.

Refuses to look at another fund's accounts and never writes. Amounts are yuan, debit positive.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from custody.ledger import history, periods
from custody.ledger.history import snapshot
from reporting.statements.facts import DetailLine, EntryRange, Movement, SourceBalance, Span

__all__ = ["Cut", "snapshot"]


@dataclass(frozen=True, slots=True)
class Cut(history.JournalPart):
    """Which part of a fund's journal a statement asks for."""

    @property
    def span(self) -> Span:
        """Its days."""
        return Span(self.from_on, self.to_on)

    def over(self, span: Span) -> "Cut":
        """The same fund as known at the same instant, over other days."""
        return Cut(self.fund_id, span.from_on, span.to_on, self.known_at)


def known_until(cut: Cut) -> datetime | None:
    """Until when facts beside the journal count: when the period was closed, else as the cut asks."""
    return periods.shut_at(cut.fund_id, cut.to_on, known_at=cut.known_at) or cut.known_at


def movements(cut: Cut) -> tuple[Movement, ...]:
    """Every account of the fund with its opening balance and the period's movements; operating book first."""
    return tuple(Movement(*row) for row in history.movement_rows(cut, date(cut.to_on.year, 1, 1)))


def detail_lines(cut: Cut) -> tuple[DetailLine, ...]:
    """Every line dated in the period, in the order of day, entry and line."""
    return tuple(map(DetailLine._make, history.lines(cut)))


def source_balances(cut: Cut, kinds: Sequence[str]) -> tuple[SourceBalance, ...]:
    """What the given kinds still hold at the end of ``to_on``, summed by source, oldest first."""
    return tuple(SourceBalance(*row) for row in history.open_by_source(cut, kinds))


def transfers(cut: Cut) -> dict[str, Decimal]:
    """What resolved transfers left in each book over the period."""
    return dict(history.transfer_rows(cut))


def daily_nets(cut: Cut, kinds: Sequence[str]) -> dict[date, dict[str, Decimal]]:
    """Net of each kind on each day that has one, both books together."""
    days: dict[date, dict[str, Decimal]] = {}
    for on, kind, amount in history.daily(cut, kinds):
        days.setdefault(on, {})[kind] = amount
    return days


def entry_range(cut: Cut, moved: Sequence[Movement], lines: Sequence[DetailLine]) -> EntryRange:
    """The entries behind rows already read, and when the newest of them was recorded."""
    sequences = {line.sequence for line in lines}
    head = max((movement.last_sequence for movement in moved), default=0)
    return EntryRange(
        count=len(sequences),
        first=min(sequences, default=0),
        last=max(sequences, default=0),
        head_sequence=head,
        head_recorded_at=history.recorded_at(cut, head),
    )
