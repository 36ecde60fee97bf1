"""Frozen values of double entry. An unbalanced entry, or one over two funds, cannot be constructed.

Amounts are signed yuan: debit positive, credit negative, never zero.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from djmoney.money import Money

from custody.kernel.invariants import invariant
from custody.kernel.money import CURRENCY

_FEN = -2


@dataclass(frozen=True, slots=True)
class AccountRef:
    """An account as the ledger knows it: its number and the fund it belongs to."""

    fund_id: int
    id: int


@dataclass(frozen=True, slots=True)
class Line:
    """One signed line. Build it with ``debit`` or ``credit``."""

    account: AccountRef
    amount: Decimal

    def __post_init__(self) -> None:
        invariant(self.amount != 0, "a line is never zero")
        exponent = self.amount.as_tuple().exponent
        invariant(isinstance(exponent, int) and exponent >= _FEN, "a line has at most two decimals")


def debit(account: AccountRef, amount: Money) -> Line:
    """A debit of a positive amount in yuan."""
    invariant(amount.currency.code == CURRENCY and amount.amount > 0, "a debit is a positive amount in yuan")
    return Line(account, amount.amount)


def credit(account: AccountRef, amount: Money) -> Line:
    """A credit of a positive amount in yuan."""
    invariant(amount.currency.code == CURRENCY and amount.amount > 0, "a credit is a positive amount in yuan")
    return Line(account, -amount.amount)


@dataclass(frozen=True, slots=True)
class Entry:
    """What happened, in double entry. ``template`` names the posting, ``source`` the evidence (``kind:id``).

    ``reverses`` is the sequence of the entry this one undoes, if any.
    """

    template: str
    effective_on: date
    lines: tuple[Line, ...]
    memo: str = ""
    source: str = ""
    reverses: int | None = None
    fund_id: int = field(init=False)

    def __post_init__(self) -> None:
        invariant(len(self.lines) >= 2, "an entry has at least two lines")
        fund_id = self.lines[0].account.fund_id
        total = Decimal(0)
        for line in self.lines:
            invariant(line.account.fund_id == fund_id, "an entry touches one fund")
            total += line.amount
        invariant(total == 0, "an entry's lines sum to zero")
        object.__setattr__(self, "fund_id", fund_id)


def entry(
    template: str, effective_on: date, lines: Iterable[Line], *, memo: str = "", source: str = ""
) -> Entry:
    """An entry from any iterable of lines."""
    return Entry(template, effective_on, tuple(lines), memo, source)
