"""A bank statement as values, oldest line first, with its faults. Refuses opinions on posting."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from custody.files.faults import Fault


@dataclass(frozen=True, slots=True)
class LineDetail:
    """One transaction of a movement that a bank booked in a batch; ``amount`` in yuan, in +, out −."""

    amount: Decimal | None
    counterparty_name: str
    counterparty_account: str
    counterparty_bank: str
    memo: str
    reference: str


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One movement: ``amount`` in yuan, in +, out −, and 0 where nothing moved.

    ``booked_at`` is naive Asia/Shanghai wall time. ``row`` is the file's row, or the entry's number in a
    message. ``details`` are the transactions of a batch; a movement of one transaction has none.
    """

    row: int
    booked_on: date
    booked_at: datetime | None
    amount: Decimal
    balance: Decimal | None
    counterparty_name: str
    counterparty_account: str
    counterparty_bank: str
    summary: str
    memo: str
    voucher: str
    currency: str
    details: tuple[LineDetail, ...] = ()


@dataclass(frozen=True, slots=True)
class Days:
    """Calendar days, first and last included."""

    from_on: date
    to_on: date


@dataclass(frozen=True, slots=True)
class Statement:
    """A file understood: ``layout`` names what was recognised; importers refuse it if it has faults.

    ``unread`` says what the file holds besides: columns no role claims, entries not booked yet. ``period`` is
    the days the bank says it speaks of, with movements or without; None where it says none.
    """

    file: str
    sha256: str
    layout: str
    account: str | None
    account_name: str | None
    currency: str
    opening: Decimal | None
    closing: Decimal | None
    lines: tuple[StatementLine, ...]
    faults: tuple[Fault, ...]
    unread: tuple[str, ...] = ()
    period: Days | None = None
