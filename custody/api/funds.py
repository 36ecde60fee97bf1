"""Funds as a program reads them: what each holds, its entries and the proof of its days.

Refuses (404) a fund the program's organisation is no party to. Memos, sources and names are the trust
company's alone: to others they are left out, and the amounts are the same.
"""

import datetime as dt
from decimal import Decimal

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Router, Schema
from pydantic import AwareDatetime

from custody.api.callers import LEDGER_READERS, Caller, caller_of, shown_to
from custody.api.shapes import Cursor, Number, Paged, Yuan, as_yuan, linked, page_of
from custody.kernel.errors import Rejected
from custody.ledger.browsing import ENTRIES_A_PAGE, EntryRow, books_on, entries_after, whole_entry
from custody.ledger.chart import BOOK_TITLES, Book
from custody.ledger.history import JournalPart, movement_rows
from custody.models import Fund
from custody.proofs.day_proofs import proofs_on

router = Router(tags=["funds"])
FUNDS_AT_ONCE = 100
EARLIEST = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)


class FundOut(Schema):
    """A trust: ``opened_on`` is the first day of its own movements."""

    code: str
    estate: str
    district: str
    opened_on: dt.date


class FundPage(Schema):
    """Funds by code; ``next`` is what ``after`` takes."""

    items: list[FundOut]
    next: str | None


class BookOut(Schema):
    """One book in yuan. What is held and free is known of the present knowledge alone."""

    book: str
    title: str
    cash: Yuan
    placed: Yuan
    in_transit: Yuan
    suspense: Yuan
    unexplained: Yuan
    held: Yuan | None = None
    available: Yuan | None = None


class BalancesOut(Schema):
    """Both books at the end of ``on``, as known at ``known_at`` (null: now)."""

    fund: str
    on: dt.date
    known_at: dt.datetime | None
    cash: Yuan
    books: list[BookOut]


class EntryOut(Schema):
    """An entry in one line; ``amount`` is its debits."""

    sequence: int
    effective_on: dt.date
    recorded_at: dt.datetime
    template: str
    amount: Yuan
    touched: list[str]
    reverses: int | None
    reversed_by: int | None
    memo: str | None
    source: str | None


class LineOut(Schema):
    """One line, debit positive."""

    book: str
    account: str
    code: str
    amount: Yuan


class WholeEntryOut(Schema):
    """An entry with its lines; ``memo`` and ``source`` null where they are not shown."""

    sequence: int
    effective_on: dt.date
    recorded_at: dt.datetime
    template: str
    reverses: int | None
    reversed_by: int | None
    memo: str | None
    source: str | None
    lines: list[LineOut]


class DayOut(Schema):
    """One day's proof: bank = book, nothing unexplained, and the bank has spoken of the day."""

    fund: str
    on: dt.date
    proven: bool
    bank: Yuan | None
    book: Yuan
    in_transit: Yuan
    difference: Yuan | None
    breaks: int
    bank_through: dt.date | None


@router.get("/funds", response=FundPage)
def read_funds(request: HttpRequest, response: HttpResponse, after: str = "") -> FundPage:
    """The funds to whose deed your organisation is a party today, by code."""
    chosen = [each for each in caller_of(request).visit.funds if each.code > after]
    shown, more = page_of(chosen, FUNDS_AT_ONCE)
    following = linked(request, response, shown[-1].code if more else None)
    return FundPage(items=[_fund(each) for each in shown], next=following)


@router.get("/funds/{code}", response=FundOut)
def read_fund(request: HttpRequest, code: str) -> FundOut:
    """One fund."""
    return _fund(caller_of(request).visit.fund(code))


@router.get("/funds/{code}/balances", response=BalancesOut)
@shown_to(*LEDGER_READERS)
def read_balances(
    request: HttpRequest, code: str, on: dt.date | None = None, known_at: AwareDatetime | None = None
) -> BalancesOut:
    """Both books at the end of a day (today), with what is known now or was known at an instant."""
    visit = caller_of(request).visit
    fund, day = visit.fund(code), on or visit.on
    if day > visit.on:
        raise Rejected(_("还没有到 %(on)s"), code="day-ahead", on=day, field="on")
    if known_at is not None and not EARLIEST <= known_at <= visit.at:
        raise Rejected(_("known_at 须是过去的时刻"), code="instant-ahead", field="known_at")
    books = _books_now(fund, day) if known_at is None else _books_then(fund, day, known_at)
    cash = sum((Decimal(each.cash) for each in books), Decimal(0))
    return BalancesOut(fund=fund.code, on=day, known_at=known_at, cash=as_yuan(cash), books=books)


@router.get("/funds/{code}/entries", response=Paged[EntryOut])
@shown_to(*LEDGER_READERS)
def read_entries(
    request: HttpRequest, response: HttpResponse, code: str, after: Cursor = 0
) -> Paged[EntryOut]:
    """The journal in its own order, after a sequence: keep the last one you saw and follow."""
    caller = caller_of(request)
    rows, more = page_of(entries_after(caller.visit.fund(code).pk, after), ENTRIES_A_PAGE)
    following = linked(request, response, rows[-1].sequence if more else None)
    return Paged[EntryOut](items=[_entry(each, caller) for each in rows], next=following)


@router.get("/funds/{code}/entries/{sequence}", response=WholeEntryOut)
@shown_to(*LEDGER_READERS)
def read_entry(request: HttpRequest, code: str, sequence: Number) -> WholeEntryOut:
    """One entry with its lines."""
    caller = caller_of(request)
    entry = whole_entry(caller.visit.fund(code).pk, sequence)
    lines = [
        LineOut(book=each.book, account=each.account, code=each.code if caller.whole else "",
                amount=as_yuan(each.amount))
        for each in entry.lines
    ]  # fmt: skip
    return WholeEntryOut(
        sequence=entry.sequence, effective_on=entry.effective_on, recorded_at=entry.recorded_at,
        template=entry.template, reverses=entry.reverses, reversed_by=entry.undone_by,
        memo=entry.memo if caller.whole else None, source=entry.source if caller.whole else None, lines=lines,
    )  # fmt: skip


@router.get("/funds/{code}/days/{on}", response=DayOut)
@shown_to(*LEDGER_READERS)
def read_day(request: HttpRequest, code: str, on: dt.date) -> DayOut:
    """The proof of one day."""
    visit = caller_of(request).visit
    fund = visit.fund(code)
    if not fund.opened_on <= on <= visit.on:
        raise Http404
    (proof,) = proofs_on([fund], on)
    return DayOut(
        fund=fund.code, on=on, proven=proof.proven, bank=_maybe(proof.bank), book=as_yuan(proof.book),
        in_transit=as_yuan(proof.books.in_transit), difference=_maybe(proof.difference),
        breaks=proof.breaks, bank_through=proof.covered_on,
    )  # fmt: skip


def _fund(fund: Fund) -> FundOut:
    estate = fund.estate
    return FundOut(code=fund.code, estate=estate.name, district=estate.district, opened_on=fund.opened_on)


def _books_now(fund: Fund, on: dt.date) -> list[BookOut]:
    return [
        BookOut(
            book=each.book, title=each.title, cash=as_yuan(each.cash), placed=as_yuan(each.placed),
            in_transit=as_yuan(each.in_transit), suspense=as_yuan(each.suspense),
            unexplained=as_yuan(each.unexplained), held=as_yuan(each.held), available=as_yuan(each.available),
        )
        for each in books_on([fund.pk], on)[fund.pk].books
    ]  # fmt: skip


def _books_then(fund: Fund, on: dt.date, known_at: dt.datetime) -> list[BookOut]:
    """What each book held by what the ledger had recorded; holds are not told of the past."""
    found: dict[tuple[str, str], Decimal] = {}
    for book, kind, _code, opening, debited, credited, *_rest in movement_rows(
        JournalPart(fund.pk, on, on, known_at), on
    ):
        before = found.get((book, kind), Decimal(0))
        found[book, kind] = before + opening + debited - credited

    def held_by(book: Book, kind: str) -> Decimal:
        return found.get((book.value, kind), Decimal(0))

    return [
        BookOut(
            book=book.value, title=BOOK_TITLES[book], cash=as_yuan(held_by(book, "cash")),
            placed=as_yuan(held_by(book, "placement")), in_transit=as_yuan(held_by(book, "in_transit")),
            suspense=as_yuan(-held_by(book, "suspense")), unexplained=as_yuan(held_by(book, "unexplained")),
        )
        for book in Book
    ]  # fmt: skip


def _entry(row: EntryRow, caller: Caller) -> EntryOut:
    return EntryOut(
        sequence=row.sequence, effective_on=row.effective_on, recorded_at=row.recorded_at,
        template=row.template, amount=as_yuan(row.amount), touched=list(row.touched), reverses=row.reverses,
        reversed_by=row.undone_by, memo=row.memo if caller.whole else None,
        source=row.source if caller.whole else None,
    )  # fmt: skip


def _maybe(amount: Decimal | None) -> str | None:
    return None if amount is None else as_yuan(amount)
