"""Bank statements into stored lines and entries: several files, any order, all or nothing.

Refuses a foreign account, a broken or contradicting chain, a gap, lines before the trust's first day or
after today; the same bytes again, and lines already stored, change nothing.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import cast

from django.db import transaction
from django.utils import timezone
from django.utils.timezone import localdate

from custody.bank.reading import Statement, StatementLine, read_statement
from custody.files import evidence
from custody.files.faults import Fault, Refused
from custody.files.outcomes import Outcome
from custody.kernel.errors import NotFound
from custody.kernel.money import yuan
from custody.ledger import reads
from custody.models import BankAccount, BankLine, Fund, Operator, SourceFile
from custody.money_in import explanations
from custody.money_in.alignment import Link, Misfit, known_lines
from custody.money_in.desk import Desk
from custody.money_in.recording import record_lines

NOTES_SHOWN_MAX = 20
ROWS_NAMED_MAX = 20  # faults of one kind told row by row; a sentence counts the rest


def import_statements(
    *,
    fund: Fund,
    paths: Sequence[Path],
    actor: Operator,
    at: datetime,
    dry_run: bool = False,
    through: date | None = None,
) -> Outcome:
    """Store and book every new line of ``paths``. Outcome counts files, lines and kinds.

    ``through`` leaves lines booked later for another day, as if the file had been fetched that evening.
    Errors: Refused with every fault of every file; NotFound without a bank account; Rejected by the ledger.
    """
    statements = read_all(paths)
    with transaction.atomic():
        desk = Desk(evidence.lock_fund(fund), actor, at)
        intake = _Intake(desk, _account_of(fund), through)
        for path, statement in sorted(statements, key=_by_first_day):
            intake.take(path, statement)
        if intake.faults:
            raise Refused(intake.faults)
        BankLine.objects.bulk_create(intake.fresh)
        kinds = record_lines(desk, intake.fresh)
        outcome = intake.outcome(kinds)
        evidence.undo_dry_run(dry_run=dry_run)
    return outcome


def read_all(paths: Iterable[Path]) -> list[tuple[Path, Statement]]:
    """Every file read whole; Refused with the faults of all of them together."""
    statements: list[tuple[Path, Statement]] = []
    faults: list[Fault] = []
    for path in paths:
        try:
            statement = read_statement(path)
        except Refused as refusal:
            faults += refusal.faults
            continue
        faults += statement.faults
        statements.append((path, statement))
    if faults:
        raise Refused(faults)
    return statements


def _by_first_day(item: tuple[Path, Statement]) -> tuple[str, int]:
    """Oldest first; of two that begin together the shorter first."""
    lines = item[1].lines
    return (lines[0].booked_on.isoformat() if lines else "", len(lines))


def _account_of(fund: Fund) -> BankAccount:
    account = BankAccount.objects.filter(fund=fund).first()
    if account is None:
        raise NotFound("该信托没有登记信托专户", fund=fund.code)
    return account


@dataclass
class _Intake:
    """Files taken one after another against the growing chain; nothing is written but file records."""

    desk: Desk
    account: BankAccount
    through: date | None
    fresh: list[BankLine] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    files: int = 0
    known: int = 0
    blank: int = 0

    def __post_init__(self) -> None:
        stored = BankLine.objects.filter(account=self.account).order_by("position")
        rows = cast(
            "Iterable[tuple[date, Decimal, Decimal]]", stored.values_list("booked_on", "amount", "balance")
        )
        self.chain = [Link(on, amount, balance) for on, amount, balance in rows]
        self.opening = handover_total(self.desk.fund)

    def take(self, path: Path, statement: Statement) -> None:
        """Check one statement and put its new lines in line."""
        fund = self.desk.fund
        lines = [line for line in statement.lines if self.through is None or line.booked_on <= self.through]
        problems = list(self._problems(statement, lines))
        if problems:
            self.faults += problems
            return
        if statement.lines and not lines:
            return
        links = [Link(line.booked_on, line.amount, _balance(line)) for line in lines]
        known = known_lines(self.chain, links, self.opening)
        if isinstance(known, Misfit):
            line = lines[known.index]
            self.faults.append(_fault(statement, line.row, "余额", str(line.balance), known.expected))
            return
        if statement.account is None and lines:
            self.notes.append(f"{statement.file} 没有写明账号,按余额衔接认定为 {self.account.number}")
        source = evidence.found_file(fund=fund, kind=SourceFile.Kind.BANK, sha256=statement.sha256)
        if source is not None and known == len(lines):
            if self.through is None:
                self.notes.append(f"{statement.file} 已导入过(原名 {source.name}),无新流水")
            self.known += known
            return
        source = source or self._recorded(path, statement)
        self.files += 1
        self.known += known
        for line, link in list(zip(lines, links, strict=True))[known:]:
            self.chain.append(link)
            self.fresh.append(self._stored(line, link, source))

    def _recorded(self, path: Path, statement: Statement) -> SourceFile:
        """The file on record for the first time, and what of it was not used."""
        if not statement.lines:
            self.blank += 1
            self.notes.append(f"{statement.file} 没有流水,已登记为证据 (no lines)")
        _, found, ignored = statement.layout.partition("未使用的列:")
        if found:
            self.notes.append(f"{statement.file} 未使用的列:{ignored}")
        return evidence.record_file(
            fund=self.desk.fund, kind=SourceFile.Kind.BANK, path=path, sha256=statement.sha256,
            row_count=len(statement.lines), actor=self.desk.actor, at=self.desk.at,
        )  # fmt: skip

    def _problems(self, statement: Statement, lines: Sequence[StatementLine]) -> Iterator[Fault]:
        """Somebody else's account, balances that are missing, days before the trust or after today."""
        if statement.account is not None and statement.account != self.account.number:
            yield _fault(
                statement, None, "账号", statement.account, f"账号应为本信托专户 {self.account.number}"
            )
            return
        opened_on, today = self.desk.fund.opened_on, localdate(self.desk.at)
        unproved = [line for line in lines if line.balance is None]
        yield from _row_faults(statement, unproved, "余额", "每行都应有余额,否则无法核对")
        early = [line for line in lines if line.booked_on < opened_on]
        yield from _row_faults(
            statement, early, "日期", f"早于期初日期 {opened_on},期初以前的收支已含在期初余额中"
        )
        late = [line for line in lines if line.booked_on > today]
        yield from _row_faults(statement, late, "日期", f"日期晚于今天 {today},请核对年月日")

    def _stored(self, line: StatementLine, link: Link, source: SourceFile) -> BankLine:
        booked_at = line.booked_at
        return BankLine(
            fund=self.desk.fund,
            account=self.account,
            position=len(self.chain),
            source_file=source,
            row=line.row,
            booked_on=line.booked_on,
            booked_at=timezone.make_aware(booked_at) if booked_at is not None else None,
            amount=yuan(link.amount),
            balance=yuan(link.balance),
            counterparty_name=line.counterparty_name.strip()[:200],
            counterparty_account=line.counterparty_account[:64],
            summary=line.summary[:200],
            memo=line.memo[:500],
            voucher=line.voucher[:64],
        )

    def outcome(self, kinds: Counter[str]) -> Outcome:
        """Counts by kind, and what a clerk must look at."""
        fund_id = self.desk.fund.pk
        ids = {line.pk for line in self.fresh}
        open_notes = [
            f"{each.line.booked_on} {each.line.amount.amount} {each.line.counterparty_name}:{each.note}"
            for each in explanations.open_explanations(fund_id)
            if each.line_id in ids and each.note
        ]
        if len(open_notes) > NOTES_SHOWN_MAX:
            rest = len(open_notes) - NOTES_SHOWN_MAX
            open_notes = [*open_notes[:NOTES_SHOWN_MAX], f"另有 {rest} 笔待查,见 show_suspense"]
        return Outcome(
            already_done=not self.fresh and not self.blank,
            counts={"文件": self.files, "新增流水": len(self.fresh), "已有流水": self.known, **kinds},
            notes=(*self.notes, *open_notes),
        )


def handover_total(fund: Fund) -> Decimal:
    """What both books took over in cash, in yuan: the bank's balance before the trust's first line."""
    return reads.total_of_template(fund.pk, "handover", "cash")


def _row_faults(
    statement: Statement, lines: Sequence[StatementLine], column: str, expected: str
) -> Iterator[Fault]:
    """One fault a row, and from ROWS_NAMED_MAX on one that counts the others."""
    for line in lines[:ROWS_NAMED_MAX]:
        yield _fault(statement, line.row, column, "" if column == "余额" else str(line.booked_on), expected)
    if len(lines) > ROWS_NAMED_MAX:
        rest = len(lines) - ROWS_NAMED_MAX
        yield _fault(statement, None, column, "", f"另有 {rest} 行:{expected}")


def _balance(line: StatementLine) -> Decimal:
    return line.balance if line.balance is not None else Decimal(0)


def _fault(statement: Statement, row: int | None, column: str, value: str, expected: str) -> Fault:
    return Fault(statement.file, "", row, column, value, expected)
