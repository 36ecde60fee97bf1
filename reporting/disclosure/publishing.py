"""Publishing a month to the owners, a quarter on the notice board: an act on record, never undone.

Refuses days that are not over, months before the trust, and whoever may not. What was published is a value:
asked again with nothing changed it is the edition already there; after a correction it is a new edition that
says what changed, and the first stays. Source of the duty: 民法典 943, 信托法 33; of its dates: the deed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from custody.deeds.funds import lock_fund
from custody.deeds.terms import BOARD_DAYS_DEFAULT, Term, agreed
from custody.kernel.errors import Rejected
from custody.ledger import reads
from custody.models import Fund, Operator
from custody.permits.acts import Act
from custody.permits.asking import ask
from reporting.disclosure.comparing import changes_between, compared, entries_changed
from reporting.disclosure.digests import published_digest
from reporting.disclosure.gathering_owners import owners_facts
from reporting.disclosure.publishing_papers import print_board, publish_papers
from reporting.disclosure.withheld import withheld_in_force
from reporting.models import (
    Publication,
    PublicationKind,
    PublishedDocument,
    PublishedEntry,
    Withholding,
)
from reporting.reading.gathering import cut_of
from reporting.statements.named_periods import Period, calendar_month, quarter_of
from reporting.statements.owners import (
    EntryShown,
    PaperBehind,
    entries_shown,
    flow_said,
    month_said,
    papers_shown,
)

AT_ONCE = 1000  # rows of one INSERT


@dataclass(frozen=True, slots=True)
class Edition:
    """A publication, and whether this act made it."""

    publication: Publication
    new: bool


@transaction.atomic
def publish_month(*, fund: Fund, month: date, actor: Operator, at: datetime) -> Edition:
    """Publish the month that ``month`` lies in. Errors: Forbidden; Rejected (not over, before the trust)."""
    ask(Act.PUBLISH_ACCOUNTS, fund_id=fund.pk, actor=actor, on=localdate(at))
    lock_fund(fund)
    period = month_within(fund, month)
    _require_over(period, localdate(at))
    held = withheld_in_force(fund.pk)
    facts = owners_facts(fund, cut_of(fund, period.from_on, period.to_on), localdate(at), held)
    says, entries, papers = month_said(facts), entries_shown(facts), list(papers_shown(facts))
    documents = [_document_said(*each) for each in papers]
    known = newest_edition(fund.pk, PublicationKind.MONTH, period.to_on)
    changed: list[list[str]] = []
    if known is not None:
        now = {each.sequence: _shown(each) for each in entries}
        before = dict(known.entries.values_list("sequence", "shows"))
        papers_before = list(known.documents.order_by("pk").values_list("shows", flat=True))
        if (before, compared(known.says), papers_before) == (now, compared(says), documents):
            return Edition(known, new=False)
        changed = [*changes_between(known.says, says), *entries_changed(before, now)]
    made = _edition(
        fund, PublicationKind.MONTH, period, known, actor, at, says=says, changed=changed,
        sha256=published_digest(says, map(_shown, entries), documents),
    )  # fmt: skip
    PublishedEntry.objects.bulk_create(_entry_rows(made, entries, held), batch_size=AT_ONCE)
    PublishedDocument.objects.bulk_create(_document_rows(made, papers, documents, held), batch_size=AT_ONCE)
    publish_papers(
        publication=made, fund=fund, masks=facts.masks, held_back=facts.held_back, actor=actor, at=at
    )
    return Edition(made, new=True)


@transaction.atomic
def publish_board(*, fund: Fund, quarter: date, actor: Operator, at: datetime) -> Edition:
    """Post the quarter that ``quarter`` lies in on the notice board, for as long as the deed says.

    Errors: Forbidden; Rejected (not over, before the trust, a name with a character that no font draws).
    """
    ask(Act.PUBLISH_ACCOUNTS, fund_id=fund.pk, actor=actor, on=localdate(at))
    lock_fund(fund)
    period = quarter_within(fund, quarter)
    _require_over(period, localdate(at))
    held = withheld_in_force(fund.pk)
    facts = owners_facts(fund, cut_of(fund, period.from_on, period.to_on), localdate(at), held)
    says = month_said(facts) | {"months": list(_months_said(fund, period, localdate(at)))}
    known = newest_edition(fund.pk, PublicationKind.BOARD, period.to_on)
    if known is not None and compared(known.says) == compared(says):
        return Edition(known, new=False)
    on = localdate(at)
    made = _edition(
        fund, PublicationKind.BOARD, period, known, actor, at, says=says,
        changed=[] if known is None else changes_between(known.says, says),
        sha256=published_digest(says, (), ()),
        posted_from=on,
        posted_to=on + timedelta(days=agreed(fund.pk).days(Term.BOARD_DAYS, on, BOARD_DAYS_DEFAULT)),
    )  # fmt: skip
    print_board(publication=made, fund=fund, actor=actor, at=at)
    return Edition(made, new=True)


def newest_edition(fund_id: int, kind: PublicationKind, to_on: date) -> Publication | None:
    """The last edition of days that end on ``to_on``; None where they were never published."""
    rows = Publication.objects.filter(fund_id=fund_id, kind=kind, to_on=to_on)
    return rows.order_by("-edition").first()


def month_within(fund: Fund, day: date) -> Period:
    """The month a day lies in, from the handover at the earliest. Rejected when all of it is before."""
    return _within(fund, calendar_month(day))


def quarter_within(fund: Fund, day: date) -> Period:
    """The quarter a day lies in, from the handover at the earliest. Rejected when all of it is before."""
    return _within(fund, quarter_of(day))


def _within(fund: Fund, period: Period) -> Period:
    if period.to_on < fund.opened_on:
        raise Rejected(
            _("%(period)s在信托移交日 %(opened_on)s 之前，没有可公布的账"),
            code="period-before-handover", period=period.title, opened_on=fund.opened_on,
        )  # fmt: skip
    return Period(max(period.from_on, fund.opened_on), period.to_on)


def _require_over(period: Period, today: date) -> None:
    if period.to_on >= today:
        raise Rejected(
            _("%(to_on)s 尚未过去，%(period)s的账要等过完才能公布"),
            code="period-not-over", to_on=period.to_on, period=period.title,
        )  # fmt: skip


def _edition(
    fund: Fund,
    kind: PublicationKind,
    period: Period,
    known: Publication | None,
    actor: Operator,
    at: datetime,
    **said: Any,
) -> Publication:
    head = reads.head_of(fund.pk)
    return Publication.objects.create(
        fund=fund,
        kind=kind,
        from_on=period.from_on,
        to_on=period.to_on,
        edition=1 if known is None else known.edition + 1,
        known_at=at,
        sequence=0 if head is None else head.sequence,
        chain="" if head is None else head.chain.hex(),
        published_at=at,
        published_by=actor,
        **said,
    )


def _months_said(fund: Fund, period: Period, on: date) -> Iterator[dict[str, Any]]:
    """The figures of each month of the quarter, as its own page has them."""
    month = calendar_month(period.to_on)
    months = []
    while month.to_on >= period.from_on:
        months.append(Period(max(month.from_on, period.from_on), month.to_on))
        month = calendar_month(month.from_on - timedelta(days=1))
    for each in reversed(months):
        facts = owners_facts(fund, cut_of(fund, each.from_on, each.to_on), on, {})
        yield {"from": each.from_on.isoformat(), "to": each.to_on.isoformat(), **flow_said(facts.fund)}


def _shown(entry: EntryShown) -> dict[str, Any]:
    """An entry as its page has it: with the reason in the place of what is held back."""
    return entry.shows | ({"withheld": entry.reason} if entry.reason else {})


def _entry_rows(
    publication: Publication, entries: list[EntryShown], held: dict[str, Withholding]
) -> Iterator[PublishedEntry]:
    for each in entries:
        yield PublishedEntry(
            publication=publication,
            fund_id=publication.fund_id,
            sequence=each.sequence,
            amount=each.amount,
            withheld=held.get(str(each.sequence)),
            shows=_shown(each),
        )


def _document_said(paper: PaperBehind, entries: list[int], reason: str) -> dict[str, Any]:
    said = {"sha256": paper.sha256, "entries": entries}
    if reason:
        return said | {"withheld": reason}
    return said | {"kind": paper.kind, "size": paper.size, "kept_on": paper.kept_on.isoformat()}


def _document_rows(
    publication: Publication,
    papers: list[tuple[PaperBehind, list[int], str]],
    documents: list[dict[str, Any]],
    held: dict[str, Withholding],
) -> Iterator[PublishedDocument]:
    for (paper, _entries, _reason), said in zip(papers, documents, strict=True):
        yield PublishedDocument(
            publication=publication,
            fund_id=publication.fund_id,
            sha256=paper.sha256,
            withheld=held.get(paper.sha256),
            shows=said,
        )
