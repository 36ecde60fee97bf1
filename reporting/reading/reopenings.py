"""Whether the days of a statement were opened again after they had been closed. Never writes."""

from datetime import timedelta

from custody.ledger.periods import period_moves
from custody.models import PeriodProposal
from reporting.reading.ledger_rows import Cut
from reporting.statements.changes import Reopening


def reopening_of(cut: Cut) -> Reopening | None:
    """The newest reopening, as known at the cut's instant, of any of its days; None when there was none."""
    found, closed = None, None
    for move in period_moves(cut.fund_id):
        if cut.known_at is not None and move.at > cut.known_at:
            break
        if closed is not None and move.closed_through < min(closed, cut.to_on) and cut.from_on <= closed:
            found = (move, closed)
        closed = move.closed_through
    if found is None or closed is None:
        return None
    move, until = found
    return Reopening(
        from_on=max(cut.from_on, move.closed_through + timedelta(days=1)),
        to_on=min(cut.to_on, until),
        at=move.at,
        reason=PeriodProposal.objects.get(pk=move.proposal_id).reason,
        closed_again=closed >= min(cut.to_on, until),
    )
