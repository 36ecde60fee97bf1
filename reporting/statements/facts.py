"""What a statement is made from, as frozen values: period, movements, lines, evidence, bank. No I/O.

``reporting/reading`` fills them; nothing here or in this room reads a database.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from custody.ledger.chart import KINDS, Section

CHINA = ZoneInfo("Asia/Shanghai")
NOTHING = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class Span:
    """Calendar days, first and last included."""

    from_on: date
    to_on: date

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.to_on - self.from_on).days + 1

    @property
    def before(self) -> "Span":
        """As long a span, ending the day before: whole months before whole months, else as many days."""
        to_on = self.from_on - timedelta(days=1)
        if self.from_on.day == 1 and (self.to_on + timedelta(days=1)).day == 1:
            months = sum(1 for _ in self.months())
            ordinal = self.from_on.year * 12 + self.from_on.month - 1 - months
            return Span(date(ordinal // 12, ordinal % 12 + 1, 1), to_on)
        return Span(self.from_on - timedelta(days=self.days), to_on)

    def months(self) -> Iterator["Span"]:
        """Its calendar months, the first and the last perhaps in part."""
        start = self.from_on
        while start <= self.to_on:
            following = (start.replace(day=1) + timedelta(days=32)).replace(day=1)
            yield Span(start, min(following - timedelta(days=1), self.to_on))
            start = following


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
    """Which entries are dated in the period, and which was the newest one behind the figures.

    ``head_sequence`` may lie outside first–last: a late entry dated before the period moves the opening.
    """

    count: int
    first: int
    last: int
    head_sequence: int
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
class SourceBalance:
    """What one source leaves on a book's accounts of one kind at ``to_on``. ``amount`` debit positive."""

    book: str
    kind: str
    source: str
    first_on: date
    sequence: int
    amount: Decimal
    memo: str


class Evidence(NamedTuple):
    """What stands behind a source, in words its keeper knows: the bank's date and voucher, an order, an
    invoice (``cited``), and where it was handed in (``place``: row of which file). ``party``: who else.
    """

    party: str = ""
    cited: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class LoggedHead:
    """A day of the public log: ``number`` from 1, ``log_root`` over all days till then, 64 hex digits."""

    number: int
    on: date
    log_root: str


@dataclass(frozen=True, slots=True)
class Heading:
    """Who and when: what heads every sheet. ``logged``: the public log's head of the period's last day;
    ``demonstrated``: made under a demonstration's clock.
    """

    estate: str
    fund_code: str
    product_code: str
    opened_on: date
    span: Span
    known_at: datetime | None
    entries: EntryRange
    logged: LoggedHead | None = None
    demonstrated: bool = False

    @property
    def from_on(self) -> date:
        """First day of the period."""
        return self.span.from_on

    @property
    def to_on(self) -> date:
        """Last day of the period."""
        return self.span.to_on

    @property
    def days(self) -> int:
        """Calendar days of the period."""
        return self.span.days

    @property
    def produced_at(self) -> datetime:
        """The ledger's last moment in the statement; the period's end when it holds no entry."""
        return self.entries.head_recorded_at or datetime.combine(self.to_on, time(), CHINA)


@dataclass(frozen=True, slots=True)
class Figures:
    """Every account's movement over one span; ``transfers``: what resolved transfers left in each book."""

    movements: tuple[Movement, ...]
    transfers: Mapping[str, Decimal]

    def total(self, what: str, *, kinds: Iterable[str], book: str | None = None) -> Decimal:
        """Σ of one Movement attribute over accounts of these kinds, in one book or both; debit positive."""
        chosen = frozenset(kinds)
        amounts: list[Decimal] = [
            getattr(m, what) for m in self.movements if m.kind in chosen and (book is None or m.book == book)
        ]
        return sum(amounts, NOTHING)

    def transferred(self, book: str) -> Decimal:
        """What entries of template book_transfer left in this book without a balancing line in it."""
        return self.transfers.get(book, NOTHING)


@dataclass(frozen=True, slots=True)
class LedgerFacts:
    """The journal's part of every statement."""

    heading: Heading
    figures: Figures
    lines: tuple[DetailLine, ...]

    def total(self, what: str, *, kinds: Iterable[str], book: str | None = None) -> Decimal:
        """See ``Figures.total``."""
        return self.figures.total(what, kinds=kinds, book=book)


@dataclass(frozen=True, slots=True)
class BudgetFact:
    """One budget line of the year of ``to_on``; ``annual`` in yuan."""

    code: str
    name: str
    book: str
    annual: Decimal


@dataclass(frozen=True, slots=True)
class PendingItem:
    """An open receipt or payment, names already covered; ``note`` is the clerk's."""

    item: SourceBalance
    evidence: Evidence
    memo: str
    note: str


@dataclass(frozen=True, slots=True)
class BankRecord:
    """One bank account up to ``to_on`` as its stored statement lines tell it. Yuan.

    ``opening`` is the bank's balance before the period, None without a line before it; ``days`` the balance
    at the end of each day of the period that has lines; ``files`` the days each statement file's lines span,
    ``stated`` those a bank's file says it speaks of. From ``until`` on the account is closed, and empty.
    """

    opening: Decimal | None
    days: Mapping[date, Decimal]
    files: tuple[Span, ...]
    stated: tuple[Span, ...] = ()
    until: date | None = None

    def balance(self, on: date) -> Decimal | None:
        """The bank's balance at the end of ``on``: after its last line up to then."""
        last = max((day for day in self.days if day <= on), default=None)
        if last is not None:
            return self.days[last]
        return NOTHING if self.opening is None and self._closed_by(on) else self.opening

    def covers(self, month: Span) -> bool:
        """Whether a statement speaks of this month: it has lines in it, or before and after it.

        Without a line, a file must say it speaks of the month's last day, where balances are compared. Of a
        closed account nothing more is said; it ended with a balance of zero, or with no line at all.
        """
        if self._closed_by(month.to_on):
            return True
        return any(each.from_on <= month.to_on and each.to_on >= month.from_on for each in self.files) or any(
            each.from_on <= month.to_on <= each.to_on for each in self.stated
        )

    def _closed_by(self, on: date) -> bool:
        return self.until is not None and self.until <= on


def prior_note(heading: Heading, before: Span | None) -> str:
    """What the prior-period column shows, and why it is empty where it is."""
    asked = heading.span.before
    if before is None:
        missing = f"信托尚未移交（移交日 {heading.opened_on}），上期栏为空。"
        return f"上期（{asked.from_on} 至 {asked.to_on}）{missing}"
    if before != asked:
        return f"上期栏为 {before.from_on} 至 {before.to_on}：上期自移交日 {heading.opened_on} 起算。"
    return f"上期栏为 {before.from_on} 至 {before.to_on}。"
