"""Bank statements into stored lines and entries: several files, any order, all or nothing.

Refuses a foreign account, a broken or contradicting chain, a gap, lines before the trust's first day or
after today; the same bytes again, and lines already stored, change nothing.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import cast

from django.db.models import TextChoices
from django.utils import timezone
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from custody.bank.explaining import follow_statements
from custody.bank.reading import Statement, StatementLine, read_account_bytes, read_statements_bytes
from custody.deeds.accounts import accounts_of
from custody.files import archive
from custody.files.faults import Fault, Refused, row_ranges
from custody.files.intake import Handed, take_in
from custody.files.outcomes import Became, Note, Outcome, Verdict, note
from custody.kernel.money import yuan
from custody.kernel.words import told
from custody.ledger import reads
from custody.models import BankAccount, BankLine, BankPeriod, Document, Fund, LineKind, Operator
from custody.money_in import broken_files, explanations
from custody.money_in.alignment import Link, Misfit, known_lines
from custody.money_in.broken_files import BrokenFile
from custody.money_in.desk import DeskImport
from custody.money_in.recording import record_lines
from custody.permits.acts import Act

BALANCE = "余额"  # the column whose faults break the chain


class StatementCount(TextChoices):
    """What an import of statements counts, before its lines by kind."""

    FILES = "files", gettext_lazy("文件")
    NEW_LINES = "new-lines", gettext_lazy("新增流水")
    KNOWN_LINES = "known-lines", gettext_lazy("已有流水")


class StatementNote(TextChoices):
    """What a clerk must know or look at after an import of statements."""

    ACCOUNT_UNSTATED = "account-unstated", gettext_lazy("%(file)s 没有写明账号，按余额衔接认定为 %(account)s")
    NOTHING_NEW = "nothing-new", gettext_lazy("%(file)s 已导入过（原名 %(name)s），无新流水")
    NO_LINES = "no-lines", gettext_lazy("%(file)s 没有流水，已登记为证据")
    OTHER_ACCOUNTS = "other-accounts", gettext_lazy("%(file)s 还有其他账号 %(accounts)s 的对账单，未导入")
    ZERO_LINES = (
        "zero-lines",
        gettext_lazy("%(file)s 有 %(count)s 笔金额为 0.00（第 %(rows)s 行），余额不变，不记账"),
    )
    UNUSED = "unused", gettext_lazy("%(file)s 中未使用的内容：%(unread)s")
    LINE_OPEN = "line-open", gettext_lazy("%(on)s %(amount)s %(counterparty)s：%(note)s")


def import_statements(
    *,
    fund: Fund,
    paths: Sequence[Path | Handed],
    actor: Operator,
    at: datetime,
    dry_run: bool = False,
    through: date | None = None,
) -> Outcome:
    """Store and book every new line of ``paths``. Outcome counts files, lines and kinds.

    A file that names the account and whose balances do not follow is noted, and stops the fund until it is
    replaced. Errors: Forbidden; Refused with every fault of every file; NotFound without a bank account;
    Rejected by the ledger.
    """
    importing = StatementImport(actor, at, dry_run, fund, through)
    try:
        return take_in(importing, paths)
    except Refused:
        if not dry_run:
            broken_files.note_broken(fund_id=fund.pk, actor_id=actor.pk, files=importing.broken)
        raise


@dataclass(frozen=True, slots=True)
class BankFile:
    """What one file says of one account of the fund, and the ``others`` it speaks of besides."""

    handed: Handed
    account: BankAccount
    statement: Statement
    others: tuple[str, ...]


@dataclass(slots=True)
class _Followed:
    """One account's stored lines, and what it held before the first: nothing, if it came later."""

    links: list[Link]
    opening: Decimal


@dataclass(frozen=True, slots=True)
class _Fitted:
    """A file whose place in the chain is known: of ``lines`` the first ``known`` are stored already.

    ``zeros`` are rows that move nothing and are left out of the lines. ``position`` is that of the last line
    stored before the new ones.
    """

    file: BankFile
    zeros: tuple[int, ...]
    lines: list[StatementLine]
    known: int
    position: int
    source: Document | None

    @property
    def statement(self) -> Statement:
        """What the file says."""
        return self.file.statement

    @property
    def nothing_new(self) -> bool:
        """Whether the very file, and all that is due of it, was taken before."""
        return self.source is not None and self.known == len(self.lines)


@dataclass
class StatementImport(DeskImport[list[BankFile]]):
    """Statements fitted one after another to their account's growing chain, oldest first."""

    act = Act.IMPORT_BANK_STATEMENT
    fitted: list[_Fitted] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    broken: list[BrokenFile] = field(default_factory=list)
    followed: dict[int, _Followed] = field(init=False)

    @cached_property
    def accounts(self) -> list[BankAccount]:
        """The fund's own accounts, the one of the handover first."""
        return accounts_of(self.fund)

    def read(self, handed: Handed) -> tuple[list[BankFile], list[Fault]]:
        """What the file says of each of the fund's accounts, in any format the bank room knows."""
        files, faults = [], list[Fault]()
        for account in self._spoken_of(handed):
            statement, others = read_account_bytes(handed.content, handed.name, account.number)
            own = {each.number for each in self.accounts}
            file = BankFile(handed, account, statement, tuple(each for each in others if each not in own))
            files.append(file)
            faults += statement.faults
            if statement.account is None and len(self.accounts) > 1 and statement.lines:
                sentence = _("本信托有 %(count)s 个专户，请导出写明本方账号的流水")
                faults.append(_fault(statement, None, "账号", "", told(sentence, count=len(self.accounts))))
            for fault in statement.faults:
                if fault.column == BALANCE:
                    self._broke(file, fault)
                    break
        return files, faults

    def _spoken_of(self, handed: Handed) -> list[BankAccount]:
        """The accounts of the fund that the file names; the first where it names none of them."""
        named = {each.account for each in read_statements_bytes(handed.content, handed.name)}
        return [each for each in self.accounts if each.number in named] or self.accounts[:1]

    def _broke(self, file: BankFile, fault: Fault) -> None:
        """Remember a file that names the account and whose chain fails; a file that names none is junk."""
        days = [line.booked_on for line in file.statement.lines]
        if days and file.statement.account == file.account.number:
            handed = file.handed
            self.broken.append(
                BrokenFile(0, handed.name, handed.sha256, min(days), max(days), fault.expected)
            )

    def lock(self) -> None:
        """The desk, and where each account stands."""
        super().lock()
        self.followed = {each.pk: self._followed(each) for each in self.accounts}

    def _followed(self, account: BankAccount) -> _Followed:
        stored = BankLine.objects.filter(account=account).order_by("position")
        rows = cast(
            "Iterable[tuple[date, Decimal, Decimal]]", stored.values_list("booked_on", "amount", "balance")
        )
        links = [Link(on, amount, balance) for on, amount, balance in rows]
        handed_over = reads.total_of_template(self.desk.fund.pk, "handover", "cash")
        return _Followed(links, Decimal(0) if account.enacts_id else handed_over)

    def judge(self, taken: Sequence[list[BankFile]], *, whole: bool) -> Iterator[Fault]:
        """Where each statement belongs; asked only when all could be read: a gap may be an unread file."""
        files = [file for files in taken for file in files]
        for file in sorted(files, key=_by_first_day) if whole else ():
            yield from self._fit(file)

    def write(self, taken: Sequence[list[BankFile]]) -> Outcome:
        """New lines stored in the bank's order, and booked."""
        fresh: list[BankLine] = []
        sources: list[tuple[_Fitted, Document]] = []
        for fitted in self.fitted:
            if fitted.nothing_new and fitted.source is not None:
                sources.append((fitted, fitted.source))
                continue
            source = self.keep(fitted.file.handed, fund=self.desk.fund, kind=Document.Kind.BANK)
            sources.append((fitted, source))
            for position, line in enumerate(fitted.lines[fitted.known :], start=fitted.position + 1):
                fresh.append(self._stored(line, fitted.file.account, position, source))
        BankLine.objects.bulk_create(fresh)
        kinds = record_lines(self.desk, fresh)
        self._replace_broken(sources)
        for fitted, source in sources:
            self._state_period(fitted.file, source)
        follow_statements(fund=self.desk.fund, actor=self.actor, at=self.at)
        return self._outcome(fresh, kinds)

    def _replace_broken(self, sources: Sequence[tuple[_Fitted, Document]]) -> None:
        """What each file proves ends the wait for one that failed over the same days."""
        for fitted, document in sources:
            days = [line.booked_on for line in fitted.lines]
            if days:
                broken_files.replace_by(
                    fund_id=self.fund.pk, actor_id=self.actor.pk, document=document,
                    first_on=min(days), last_on=max(days),
                )  # fmt: skip

    def _state_period(self, file: BankFile, source: Document) -> None:
        """The days the file speaks of by its own word: whole ones, none after the day before it came."""
        statement = file.statement
        if statement.period is None:
            return
        fetched = self.through or localdate(source.kept_at) - timedelta(days=1)
        first, last = (
            max(statement.period.from_on, self.desk.fund.opened_on),
            min(statement.period.to_on, fetched),
        )
        if first <= last:
            BankPeriod.objects.get_or_create(
                fund=self.desk.fund, account=file.account, source_file=source, from_on=first, to_on=last
            )

    def _fit(self, file: BankFile) -> Iterator[Fault]:
        """Check one statement and put its new lines in line."""
        statement, followed = file.statement, self.followed[file.account.pk]
        lines = [line for line in statement.lines if self.due(line.booked_on)]
        problems = list(self._problems(file, lines))
        problems += () if statement.lines else self._silence_problems(statement, followed)
        if problems or (statement.lines and not lines):
            yield from problems
            return
        zeros = tuple(line.row for line in lines if not line.amount)
        lines = [line for line in lines if line.amount]
        links = [Link(line.booked_on, line.amount, _balance(line)) for line in lines]
        known = known_lines(followed.links, links, followed.opening)
        if isinstance(known, Misfit):
            line = lines[known.index]
            fault = _fault(statement, line.row, BALANCE, str(line.balance), known.expected)
            self._broke(file, fault)
            yield fault
            return
        source = archive.found_file(fund=self.desk.fund, kind=Document.Kind.BANK, sha256=file.handed.sha256)
        fitted = _Fitted(file, zeros, lines, known, len(followed.links), source)
        self.fitted.append(fitted)
        self.notes += self._noted(fitted)
        followed.links += links[known:]

    def _problems(self, file: BankFile, lines: Sequence[StatementLine]) -> Iterator[Fault]:
        """Somebody else's account, balances that are missing, days before the trust or after today."""
        statement = file.statement
        if statement.account is not None and statement.account != file.account.number:
            own = [each.number for each in self.accounts]
            expected = told(_("账号应为本信托专户 %(account)s"), account=own)
            yield _fault(statement, None, "账号", statement.account, expected)
            return
        opened_on, today = self.desk.fund.opened_on, localdate(self.desk.at)
        for line in lines:
            if line.balance is None:
                yield _fault(statement, line.row, BALANCE, "", _("每行都应有余额，否则无法核对"))
            if line.booked_on < opened_on:
                early = _("早于期初日期 %(opened_on)s，期初以前的收支已含在期初余额中")
                yield _day_fault(statement, line, told(early, opened_on=opened_on))
            if line.booked_on > today:
                late = _("日期晚于今天 %(today)s，请核对年月日")
                yield _day_fault(statement, line, told(late, today=today))

    @staticmethod
    def _silence_problems(statement: Statement, followed: _Followed) -> Iterator[Fault]:
        """A file without a line, where the days it speaks of have movements or another balance."""
        period = statement.period
        if period is None:
            return
        there = sum(period.from_on <= link.on <= period.to_on for link in followed.links)
        if there:
            sentence = _(
                "文件写明 %(from_on)s 至 %(to_on)s 没有流水，但这些天已导入 %(count)s 笔；请导出完整的流水"
            )
            expected = told(sentence, from_on=period.from_on, to_on=period.to_on, count=there)
            yield _fault(statement, None, "起止日期", "", expected)
        before = [link.balance for link in followed.links if link.on < period.from_on]
        due = before[-1] if before else followed.opening
        if not there and statement.closing not in (None, due):
            sentence = _("余额应为 %(due)s，中间可能缺一份对账单")
            yield _fault(statement, None, "期末余额", str(statement.closing), told(sentence, due=due))

    def _noted(self, fitted: _Fitted) -> Iterator[Note]:
        """What of a fitted statement a clerk should know."""
        statement = fitted.statement
        if fitted.file.others:
            yield note(StatementNote.OTHER_ACCOUNTS, file=statement.file, accounts=fitted.file.others)
        if statement.account is None and fitted.lines:
            yield note(
                StatementNote.ACCOUNT_UNSTATED, file=statement.file, account=fitted.file.account.number
            )
        if fitted.nothing_new and fitted.source is not None:
            if self.through is None:
                yield note(StatementNote.NOTHING_NEW, file=statement.file, name=fitted.source.name)
            return
        if fitted.zeros:
            rows = row_ranges(fitted.zeros)
            yield note(StatementNote.ZERO_LINES, file=statement.file, count=len(fitted.zeros), rows=rows)
        if fitted.source is None:
            if not statement.lines:
                yield note(StatementNote.NO_LINES, file=statement.file)
            if statement.unread:
                yield note(StatementNote.UNUSED, file=statement.file, unread=statement.unread)

    def _stored(self, line: StatementLine, account: BankAccount, position: int, source: Document) -> BankLine:
        booked_at = line.booked_at
        return BankLine(
            fund=self.desk.fund,
            account=account,
            position=position,
            source_file=source,
            row=line.row,
            booked_on=line.booked_on,
            booked_at=timezone.make_aware(booked_at) if booked_at is not None else None,
            amount=yuan(line.amount),
            balance=yuan(_balance(line)),
            counterparty_name=line.counterparty_name.strip()[:200],
            counterparty_account=line.counterparty_account[:64],
            summary=line.summary[:200],
            memo=line.memo[:500],
            voucher=line.voucher[:64],
        )

    def _outcome(self, fresh: Sequence[BankLine], kinds: Counter[LineKind]) -> Outcome:
        """Counts by kind, a verdict per file, and what a clerk must look at."""
        ids = {line.pk for line in fresh}
        still_open = [
            note(
                StatementNote.LINE_OPEN, on=each.line.booked_on, amount=each.line.amount,
                counterparty=each.line.counterparty_name, note=each.note,
            )
            for each in explanations.open_explanations(self.desk.fund.pk)
            if each.line_id in ids and each.note
        ]  # fmt: skip
        news = [each for each in self.fitted if not each.nothing_new]
        verdicts = [Verdict(each.statement.file, _became(each)) for each in self.fitted]
        counts: dict[TextChoices, int] = {
            StatementCount.FILES: len({each.file.handed.sha256 for each in news}),
            StatementCount.NEW_LINES: len(fresh),
            StatementCount.KNOWN_LINES: sum(each.known for each in self.fitted),
        }
        return Outcome(
            already_done=not fresh and all(each.statement.lines for each in news),
            counts=counts | dict(kinds),
            verdicts=tuple(verdicts),
            notes=(*self.notes, *still_open),
        )


def _by_first_day(file: BankFile) -> tuple[str, int]:
    """Oldest first; of two that begin together the shorter first."""
    lines, period = file.statement.lines, file.statement.period
    first = lines[0].booked_on if lines else period.from_on if period else date.min
    return (first.isoformat(), len(lines))


def _became(fitted: _Fitted) -> Became:
    if fitted.nothing_new or (fitted.lines and fitted.known == len(fitted.lines)):
        return Became.KNOWN
    return Became.TAKEN if fitted.lines else Became.EMPTY


def _balance(line: StatementLine) -> Decimal:
    return line.balance if line.balance is not None else Decimal(0)


def _day_fault(statement: Statement, line: StatementLine, expected: str) -> Fault:
    return _fault(statement, line.row, "日期", str(line.booked_on), expected)


def _fault(statement: Statement, row: int | None, column: str, value: str, expected: str) -> Fault:
    return Fault(statement.file, "", row, column, value, expected)
