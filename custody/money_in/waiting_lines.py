"""Bank lines as the desk lists them, over all the funds one person looks after: oldest first, page by page.

Refuses nothing and writes nothing. Whose line it may be is asked of ``candidates``.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, Sum, Window

from custody.deeds.terms import Term, suspense_days_said
from custody.models import (
    BankLine,
    BreakExplanation,
    DeedTerm,
    Fund,
    LineExplanation,
    LineKind,
    LineNote,
    Payback,
)
from custody.money_in.explanations import OPEN_KINDS
from custody.money_in.paybacks import OVER

ROWS_A_PAGE = 50


@dataclass(frozen=True, slots=True)
class DeskLine:
    """A bank line, what it is now (``kind``), why the rules say so, and what a person left beside it.

    ``asked``: the number of a payback or an explanation that waits for keys, 0 for none. ``count`` and
    ``total`` (yuan) are of all lines from this page on. It is late ``late_after_days`` after its day, by the
    deed.
    """

    line: BankLine
    fund: Fund
    kind: LineKind
    why: str
    left_note: str
    entry: int
    explained_at: datetime
    asked: int
    late_after_days: int
    count: int = 0
    total: object = None

    @property
    def after(self) -> str:
        """What a page says to go on behind this line."""
        return f"{self.line.booked_on.isoformat()}.{self.line.pk}"


def desk_lines(
    funds: Collection[Fund], kind: LineKind, on: date, *, after: str = "", newest_first: bool = False
) -> list[DeskLine]:
    """A page of the funds' lines of this kind, and one more if there are more; the deed's terms of ``on``."""
    rows = _rows(funds, on).filter(kind=kind)
    at = _place(after)
    if at is not None:
        beyond = "lt" if newest_first else "gt"
        rows = rows.filter(
            Q(**{f"line__booked_on__{beyond}": at[0]})
            | Q(line__booked_on=at[0], **{f"line_id__{beyond}": at[1]})
        )
    rows = rows.annotate(count=Window(Count("pk")), total=Window(Sum("line__amount")))
    sign = "-" if newest_first else ""
    ordered = rows.order_by(f"{sign}line__booked_on", f"{sign}line_id")
    return [_told(each) for each in ordered[: ROWS_A_PAGE + 1]]


def desk_line(funds: Collection[Fund], line_id: int, on: date) -> DeskLine | None:
    """One line of these funds, whatever it is now."""
    row = _rows(funds, on).filter(line_id=line_id).first()
    return None if row is None else _told(row)


def open_count(funds: Collection[Fund]) -> int:
    """How many lines of the funds are in suspense or unexplained."""
    return _newest(funds).filter(kind__in=OPEN_KINDS).count()


def _newest(funds: Collection[Fund]) -> QuerySet[LineExplanation]:
    newer = LineExplanation.objects.filter(line_id=OuterRef("line_id"), pk__gt=OuterRef("pk"))
    return LineExplanation.objects.filter(~Exists(newer), fund__in=funds)


def _rows(funds: Collection[Fund], on: date) -> QuerySet[LineExplanation]:
    agreed = DeedTerm.objects.filter(
        fund_id=OuterRef("fund_id"), term=Term.SUSPENSE_DAYS, effective_from__lte=on
    ).order_by("-effective_from")
    notes = LineNote.objects.filter(line_id=OuterRef("line_id")).order_by("-pk")
    paybacks = Payback.objects.filter(line_id=OuterRef("line_id")).exclude(state__in=OVER)
    proposals = BreakExplanation.objects.filter(line_id=OuterRef("line_id"), withdrawal__isnull=True)
    return (
        _newest(funds)
        .select_related("line__account", "line__source_file", "fund__estate")
        .annotate(
            agreed=Subquery(agreed.values("value")[:1]),
            left_note=Subquery(notes.values("text")[:1]),
            payback=Subquery(paybacks.values("pk")[:1]),
            proposal=Subquery(proposals.order_by("-pk").values("pk")[:1]),
        )
    )


def _told(row: LineExplanation) -> DeskLine:
    said = row.__dict__
    row.line.fund = row.fund
    return DeskLine(
        row.line, row.fund, LineKind(row.kind), row.note, said["left_note"] or "", row.entry_sequence,
        row.explained_at, said["payback"] or said["proposal"] or 0,
        suspense_days_said(row.fund_id, said["agreed"]), said.get("count", 0), said.get("total"),
    )  # fmt: skip


def _place(after: str) -> tuple[date, int] | None:
    """Day and line behind which a page goes on; None for the first page, or a place that is none."""
    on, _dot, number = after.partition(".")
    try:
        return (date.fromisoformat(on), int(number)) if number.isdecimal() and len(number) < 19 else None
    except ValueError:
        return None
