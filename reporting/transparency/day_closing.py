"""Closes days of the log: each that is over, once, in order, with whatever was published in it, or nothing.

What left before a day's end and is in no earlier day goes into it, so that what was late is in the next one
and nothing falls between. The first day ever is the one before the log began. Works over the vault's
connection; killed half-way, a day is not closed, and is closed whole the next time. Refuses a day not over.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from operator import itemgetter

from django.db import connections, transaction
from django.utils.timezone import localdate, make_aware

from custody.ledger.anchors import as_booked
from custody.models import Fund
from reporting.models import Handout, LogDay, LogEntry, LogFundDay, LogPaper, Pack, PublishedEntry
from reporting.transparency.checkpoints import HeadSigner, head_sealed, head_text
from reporting.transparency.day_reads import shown_of
from reporting.transparency.leaves import (
    FundDay,
    Secret,
    as_canonical,
    commitment,
    day_leaf,
    entry_leaf,
    fund_day,
    paper_leaf,
)
from reporting.transparency.merkle import Growing, root_of


@dataclass(frozen=True, slots=True)
class Closer:
    """What closing needs: the log's name, who signs, the secret of salts, the connection."""

    origin: str
    signer: HeadSigner
    secret: Secret
    using: str = "vault"


def close_days(closer: Closer) -> Iterator[LogDay]:
    """Every day that is over and not closed yet, one transaction each. Errors: BadHead."""
    while (day := _close_next(closer)) is not None:
        yield day


def _close_next(closer: Closer) -> LogDay | None:
    with transaction.atomic(using=closer.using):
        now = _locked_now(closer.using)
        last = LogDay.objects.using(closer.using).order_by("number").last()
        on = last.ended_on + timedelta(1) if last else localdate(now) - timedelta(1)
        if on >= localdate(now):
            return None
        number = last.number + 1 if last else 1
        funds = sorted(
            Fund.objects.using(closer.using).filter(opened_on__lte=on), key=lambda fund: fund.code.encode()
        )
        days = _leaves_written(closer, number, on, funds)
        return _head_written(closer, number, on, days)


def _locked_now(using: str) -> datetime:
    """The house's clock, once nobody else closes a day."""
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('reporting_logday'))")
        cursor.execute("SELECT custody_now()")
        now: datetime = cursor.fetchone()[0]
        return now


def _ends(on: date) -> datetime:
    return make_aware(datetime.combine(on + timedelta(1), time.min))


def _leaves_written(closer: Closer, number: int, on: date, funds: Sequence[Fund]) -> list[FundDay]:
    """The leaves and the funds' days of a day, written; the days in their order."""
    papers = _papers_of_the_day(closer.using, number, on)
    entries = _entries_of_the_day(closer, number, on, {fund.pk: fund.code for fund in funds})
    LogEntry.objects.using(closer.using).bulk_create(
        [each for fund in funds for each in entries.get(fund.pk, ())], batch_size=1000
    )
    LogPaper.objects.using(closer.using).bulk_create(
        [each for fund in funds for each in papers.get(fund.pk, ())]
    )
    days = [_fund_day(fund, on, entries.get(fund.pk, ()), papers.get(fund.pk, ())) for fund in funds]
    LogFundDay.objects.using(closer.using).bulk_create(
        [
            LogFundDay(
                number=number, fund=fund, position=position, entries=day.entries, first_sequence=day.first,
                last_sequence=day.last, papers=day.papers, entries_root=day.entries_root,
                papers_root=day.papers_root,
            )
            for position, (fund, day) in enumerate(zip(funds, days, strict=True))
        ],
        batch_size=1000,
    )  # fmt: skip
    return days


def _entries_of_the_day(
    closer: Closer, number: int, on: date, codes: Mapping[int, str]
) -> dict[int, list[LogEntry]]:
    """Entries published before the day's end that no earlier day has, by fund, by edition and sequence."""
    waiting: dict[int, list[PublishedEntry]] = defaultdict(list)
    rows = PublishedEntry.objects.using(closer.using).filter(
        publication__published_at__lt=_ends(on), logged__isnull=True, fund__in=list(codes)
    )
    for each in rows.select_related("publication").order_by("publication_id", "sequence"):
        waiting[each.fund_id].append(each)
    return {fund: _salted(closer, number, codes[fund], found) for fund, found in waiting.items()}


def _salted(closer: Closer, number: int, code: str, found: Sequence[PublishedEntry]) -> list[LogEntry]:
    """The leaves of one fund's published entries."""
    booked = as_booked(found[0].fund_id, [each.sequence for each in found], using=closer.using)
    made = []
    for position, each in enumerate(found):
        opening = closer.secret.opening(code, each.sequence)
        shown = shown_of(code, each, commitment(opening, booked[each.sequence].chain))
        made.append(
            LogEntry(
                published=each, number=number, fund_id=each.fund_id, position=position,
                sequence=each.sequence, salt=closer.secret.salt(code, each.sequence).hex(),
                opening=opening.hex(), shown=as_canonical(shown),
            )
        )  # fmt: skip
    return made


def _papers_of_the_day(using: str, number: int, on: date) -> dict[int, list[LogPaper]]:
    """Papers issued before the day's end that no earlier day has, by fund, in the order they were issued."""
    found: dict[int, list[LogPaper]] = defaultdict(list)
    waiting = [
        row
        for issued in (Handout, Pack)
        for row in issued.objects.using(using)
        .filter(at__lt=_ends(on), document__logged__isnull=True)
        .values_list("fund_id", "document_id", "sha256")
    ]
    for fund, document, sha256 in sorted(waiting, key=itemgetter(1)):
        found[fund].append(
            LogPaper(
                number=number, fund_id=fund, position=len(found[fund]), document_id=document, sha256=sha256
            )
        )
    return found


def _fund_day(fund: Fund, on: date, entries: Sequence[LogEntry], papers: Sequence[LogPaper]) -> FundDay:
    return fund_day(
        fund.code,
        on,
        [each.sequence for each in entries],
        [entry_leaf(bytes.fromhex(each.salt), each.shown) for each in entries],
        [paper_leaf(each.sha256) for each in papers],
    )


def _head_written(closer: Closer, number: int, on: date, days: Sequence[FundDay]) -> LogDay:
    """The day's head, signed over all days till then."""
    root = root_of([day.leaf for day in days]).hex()
    grown = Growing()
    before = LogDay.objects.using(closer.using).order_by("number").values_list("ended_on", "funds", "root")
    for day in (*before, (on, len(days), root)):
        grown.append(day_leaf(*day))
    seals = head_sealed(head_text(closer.origin, number, grown.root), closer.signer)
    return LogDay.objects.using(closer.using).create(
        number=number, ended_on=on, funds=len(days), root=root, log_root=grown.root.hex(),
        origin=closer.origin, p256_key=seals.p256_key, p256_signature=seals.p256_signature,
        ed25519_key=seals.ed25519_key, ed25519_signature=seals.ed25519_signature,
    )  # fmt: skip
