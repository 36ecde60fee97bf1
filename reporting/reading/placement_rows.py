"""Placements as they stood at the end of a period, read from facts only: the bank's lines date them.

Refuses what happened later: a principal that came back after the period is still out in it.
"""

from custody.models import Placement
from reporting.reading.ledger_rows import Cut
from reporting.statements.returns import PlacementFact


def placements(cut: Cut) -> tuple[PlacementFact, ...]:
    """Placements that were out on some day of the period, by the day the principal left."""
    rows = (
        Placement.objects.filter(fund_id=cut.fund_id, placed_line__booked_on__lte=cut.to_on)
        .exclude(returned_line__booked_on__lt=cut.from_on)
        .select_related("placed_line", "returned_line")
        .order_by("placed_line__booked_on", "pk")
    )
    return tuple(_fact(row, cut) for row in rows)


def _fact(row: Placement, cut: Cut) -> PlacementFact:
    out = row.placed_line
    back = row.returned_line if row.returned_line and row.returned_line.booked_on <= cut.to_on else None
    return PlacementFact(
        product=row.product,
        book=row.book,
        principal=row.principal.amount,
        out_on=out.booked_on if out else cut.from_on,
        back_on=back.booked_on if back else None,
        annual_rate=row.annual_rate,
        income=row.income.amount if back is not None and row.income is not None else None,
    )
