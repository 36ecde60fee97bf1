"""What every message states about itself, held against its lines: opening + lines = closing, counts, sums.

A message carries no balance on its lines; the opening balance gives them, and the closing one proves them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from django.utils.translation import gettext as _

from custody.bank.layouts import ColumnRole, Fact
from custody.bank.statement import Days, Statement, StatementLine
from custody.files.faults import Fault, shown
from custody.kernel.words import told

LINES_MAX = 100_000  # movements of one file


@dataclass(slots=True)
class Message:
    """One statement as its message tells it, not yet proved; lines carry no balance of their own."""

    file: str
    sha256: str
    layout: str
    title: str  # how the bank numbers this statement
    account: str | None = None
    account_name: str | None = None
    currency: str | None = None
    opening: Decimal | None = None
    closing: Decimal | None = None
    opened_on: date | None = None  # the days of the two balances
    closed_on: date | None = None
    period: Days | None = None  # as the message states it outright
    lines: list[StatementLine] = field(default_factory=list)
    stated: dict[Fact, Decimal] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    broken_lines: int = 0

    def fault(self, row: int | None, column: str, value: object, expected: str) -> None:
        """Note one thing wrong."""
        self.faults.append(Fault(self.file, self.title, row, column, shown(value), expected))

    def statement(self) -> Statement:
        """The statement with its running balances and everything that does not add up."""
        if self.currency not in (None, "CNY"):
            self.fault(None, ColumnRole.CURRENCY.value, self.currency, _("只接受人民币账户的对账单"))
        self._check_balances()
        if not self.broken_lines:
            self._check_stated()
        balance = self.opening
        lines = []
        for line in self.lines:
            balance = None if balance is None else balance + line.amount
            lines.append(replace(line, balance=balance))
        return Statement(
            file=self.file,
            sha256=self.sha256,
            layout=self.layout,
            account=self.account,
            account_name=self.account_name,
            currency=self.currency or "CNY",
            opening=self.opening,
            closing=self.closing,
            lines=tuple(lines),
            faults=tuple(sorted(self.faults, key=lambda fault: fault.row or 0)),
            unread=tuple(self.unread),
            period=self.period or self._between_balances(),
        )

    def _between_balances(self) -> Days | None:
        """From the day after the opening balance, which closed the day before, to that of the closing one."""
        first, last = self.opened_on, self.closed_on
        if first is None or last is None or first > last:
            return None
        begun = first == last or any(line.booked_on <= first for line in self.lines)
        return Days(first if begun else first + timedelta(days=1), last)

    def _check_balances(self) -> None:
        for fact, balance in ((Fact.OPENING, self.opening), (Fact.CLOSING, self.closing)):
            if balance is None:
                self.fault(None, fact.value, "", _("缺少该余额，无法证明对账单完整"))
        if self.opening is None or self.closing is None or self.broken_lines:
            return
        due = sum((line.amount for line in self.lines), self.opening)
        if due != self.closing:
            sentence = _("余额不连续：期初余额 %(opening)s 加各笔合计 %(sum)s 应为 %(due)s，实际 %(closing)s")
            total = due - self.opening
            words = told(sentence, opening=self.opening, sum=total, due=due, closing=self.closing)
            self.fault(None, Fact.CLOSING.value, self.closing, words)

    def _check_stated(self) -> None:
        ins = [line.amount for line in self.lines if line.amount > 0]
        outs = [-line.amount for line in self.lines if line.amount < 0]
        zeros = len(self.lines) - len(ins) - len(outs)
        counts = {Fact.COUNT: len(self.lines), Fact.IN_COUNT: len(ins), Fact.OUT_COUNT: len(outs)}
        sums = {Fact.IN_TOTAL: sum(ins, Decimal(0)), Fact.OUT_TOTAL: sum(outs, Decimal(0))}
        for fact, number in self.stated.items():
            slack = 0 if fact is Fact.COUNT else zeros
            if fact in counts and not 0 <= number - counts[fact] <= slack:
                sentence = _("文件写明 %(stated)s，实际读到 %(read)s 笔；文件可能不完整")
                self.fault(None, fact.value, number, told(sentence, stated=number, read=counts[fact]))
            elif fact in sums and abs(number) != sums[fact]:
                sentence = _("文件写明 %(stated)s，逐笔合计为 %(sum)s；文件可能不完整或被改动")
                self.fault(None, fact.value, number, told(sentence, stated=number, sum=sums[fact]))


def joined(statements: Sequence[Statement]) -> tuple[Statement, ...]:
    """Statements of one account follow on each other; a gap between two is a fault of the later one."""
    last: dict[str | None, Statement] = {}
    checked: list[Statement] = []
    for each in statements:
        statement, before = each, last.get(each.account)
        if before is not None and _is_torn(before, statement):
            sentence = _("期初余额应等于上一份对账单的期末余额 %(closing)s，中间可能缺一份")
            value = str(statement.opening)
            expected = told(sentence, closing=before.closing)
            fault = Fault(statement.file, "", None, Fact.OPENING.value, value, expected)
            statement = replace(statement, faults=(*statement.faults, fault))
        last[statement.account] = statement
        checked.append(statement)
    return tuple(checked)


def chained(statements: Sequence[Statement]) -> Statement:
    """Statements of one account as one: a copy of the one before adds nothing."""
    first = statements[0]
    parts = [
        first,
        *(after for before, after in pairwise(statements) if after.lines != before.lines or not after.lines),
    ]
    periods = [part.period for part in parts]
    return replace(
        first,
        period=_unbroken(periods),
        closing=parts[-1].closing,
        lines=tuple(line for part in parts for line in part.lines),
        faults=tuple(fault for part in parts for fault in part.faults),
        unread=tuple(dict.fromkeys(words for part in parts for words in part.unread)),
    )


def _unbroken(periods: Sequence[Days | None]) -> Days | None:
    """Periods that follow on each other without a day between, as one; None where one is not told."""
    whole = periods[0]
    for each in periods[1:]:
        if (
            whole is None
            or each is None
            or not whole.from_on <= each.from_on <= whole.to_on + timedelta(days=1)
        ):
            return None
        whole = Days(whole.from_on, max(whole.to_on, each.to_on))
    return whole


def _is_torn(before: Statement, after: Statement) -> bool:
    if before.closing is None or after.opening is None or before.lines == after.lines:
        return False  # a copy of the statement before tears nothing
    return before.closing != after.opening
