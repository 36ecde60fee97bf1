"""Everything a statement needs, read once from one snapshot into frozen values: the only I/O behind it.

Refuses a period that begins before the handover or ends before it begins. For a period that is closed in
the ledger nothing gathered here can change later.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from custody.deeds import units
from custody.kernel.errors import Rejected
from custody.ledger.demonstrations import demonstrated
from custody.models import Fund, LineExplanation
from reporting.reading import ledger_rows, sources
from reporting.reading.ledger_rows import Cut
from reporting.reading.log_rows import head_of_day
from reporting.statements.facts import (
    NOTHING,
    BudgetFact,
    DetailLine,
    Evidence,
    Figures,
    Heading,
    LedgerFacts,
    PendingItem,
    Span,
)
from reporting.statements.paper_words import cover_in, covered
from settlement.models import BudgetLine

PENDING = ("suspense", "unexplained", "recoverable")


def cut_of(fund: Fund, from_on: date, to_on: date, known_at: datetime | None = None) -> Cut:
    """The period as asked, if the fund has one like it."""
    if to_on < from_on:
        raise Rejected(
            _("期间的截止日 %(to_on)s 早于起始日 %(from_on)s"), code="period-reversed",
            from_on=from_on, to_on=to_on,
        )  # fmt: skip
    if from_on < fund.opened_on:
        raise Rejected(
            _("期间自 %(from_on)s 起，早于信托移交日 %(opened_on)s；移交前的收支不在本账"),
            code="period-before-handover", from_on=from_on, opened_on=fund.opened_on,
        )  # fmt: skip
    return Cut(fund.pk, from_on, to_on, known_at)


def cut_before(fund: Fund, cut: Cut) -> Cut | None:
    """As long a period ending the day before, from the handover at the earliest; None if all before it."""
    span = cut.span.before
    if span.to_on < fund.opened_on:
        return None
    return cut.over(Span(max(span.from_on, fund.opened_on), span.to_on))


def ledger_facts(fund: Fund, cut: Cut) -> LedgerFacts:
    """Balances, lines and entry range; one snapshot is the caller's to hold."""
    moved = ledger_rows.movements(cut)
    lines = ledger_rows.detail_lines(cut)
    heading = Heading(
        estate=fund.estate.name,
        fund_code=fund.code,
        product_code=fund.product_code,
        opened_on=fund.opened_on,
        span=cut.span,
        known_at=cut.known_at,
        entries=ledger_rows.entry_range(cut, moved, lines),
        logged=head_of_day(cut.to_on, cut.known_at),
        demonstrated=demonstrated(),
    )
    return LedgerFacts(heading, Figures(moved, _transfers(lines)), lines)


def _transfers(lines: Iterable[DetailLine]) -> dict[str, Decimal]:
    """The same as ``ledger_rows.transfers``, from lines already read."""
    left: dict[str, Decimal] = {}
    for line in lines:
        if line.template == "book_transfer":
            left[line.book] = left.get(line.book, NOTHING) + line.amount
    return left


def figures(cut: Cut) -> Figures:
    """The movements of a span whose lines nobody lists."""
    return Figures(ledger_rows.movements(cut), ledger_rows.transfers(cut))


def fund_evidence(
    cut: Cut, ledger: LedgerFacts
) -> tuple[dict[int, tuple[Evidence, str]], tuple[PendingItem, ...]]:
    """Each entry's document and memo, and what is still to be identified at the end of ``to_on``, oldest
    first; people covered in all of it.
    """
    memos = {line.sequence: line.memo for line in ledger.lines}
    items = ledger_rows.source_balances(cut, PENDING)
    entries = {line.sequence: line.source for line in ledger.lines}
    entries |= {item.sequence: item.source for item in items}
    found = sources.evidence(cut, entries)
    people = _people(cut, found)
    notes = _notes(cut, [item.sequence for item in items])
    shown = {sequence: sources.covering(each) for sequence, each in found.items()}
    pending = tuple(
        PendingItem(
            item=item,
            evidence=shown[item.sequence],
            memo=cover_in(item.memo, people),
            note=cover_in(notes.get(item.sequence, ""), people),
        )
        for item in items
    )
    return {each: (shown[each], cover_in(memo, people)) for each, memo in memos.items()}, pending


def _notes(cut: Cut, sequences: list[int]) -> dict[int, str]:
    """The clerk's oldest note on each of these entries."""
    rows = LineExplanation.objects.filter(fund_id=cut.fund_id, entry_sequence__in=sequences)
    return dict(rows.order_by("-pk").values_list("entry_sequence", "note"))


def _people(cut: Cut, found: Mapping[int, Evidence]) -> set[str]:
    """Names no sheet may spell out: the roster's and every payer's that is not an organisation."""
    roster = units.owners_until(cut.fund_id, cut.to_on)
    parties = {each.party for each in found.values()}
    return roster | {name for name in parties if covered(name) != name}


def budget_rows(cut: Cut) -> tuple[BudgetFact, ...]:
    """The budget of the year in which the period ends, in the order it was approved."""
    rows = BudgetLine.objects.filter(fund_id=cut.fund_id, year=cut.to_on.year).order_by("-book", "pk")
    return tuple(BudgetFact(row.code, row.name, row.book, row.annual_amount.amount) for row in rows)
