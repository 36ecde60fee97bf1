"""The line detail behind parking and advertising lumps; its batches prove the bank lines.

Refuses a source nobody listed, a line without a batch, a day outside the trust, and further lines of a
batch already proven.

One file holds a whole batch: until a bank line proves it, a newer file with another version replaces the
stored one, whose lines stay on record as superseded. Booking waits for the bank line: detail alone is no
income.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from custody.files import archive
from custody.files.faults import Fault
from custody.files.intake import Handed, take_in
from custody.files.outcomes import Became, Note, Outcome, Verdict, note
from custody.files.reasonable_days import day_problem
from custody.files.tables import day, positive_money, text_max
from custody.files.typed_rows import FileRow, Page, column, read_rows
from custody.kernel.money import yuan
from custody.kernel.words import told
from custody.models import Document, Fund, Operator, RevenueLine
from custody.money_in import lumps, recording, rules
from custody.money_in.desk import DeskImport
from custody.permits.acts import Act


class RevenueCount(TextChoices):
    """What an import of public revenue counts."""

    NEW_LINES = "new-lines", gettext_lazy("新增明细")
    KNOWN_LINES = "known-lines", gettext_lazy("已有明细")
    LINES_IDENTIFIED = "lines-identified", gettext_lazy("随之认定的流水")
    SUPERSEDED_LINES = "superseded-lines", gettext_lazy("停用明细")


class RevenueNote(TextChoices):
    """What a clerk must know after an import of public revenue."""

    OLDER = "older", gettext_lazy("批次%(batch)s 已以其后导入的文件为准，本文件的行未采用")
    REPLACED = "replaced", gettext_lazy("批次%(batch)s 以本文件为准，原%(count)s行停用")


def batch(cell: Any) -> str:
    """A batch in the one spelling that bank texts are read in."""
    return rules.normal_batch(str(text_max(32)(cell)))


class RevenueRow(FileRow):
    """One line of parking or advertising money, and the batch it went to the bank in."""

    received_on: date = column("日期", "收款日期", parse=day)
    description: str = column("来源", "收入来源", "项目", parse=text_max(100))
    payer: str = column("付款方", "付款人", "车牌号", parse=text_max(100), blank="")
    proof: str = column("凭据", "凭证", "票据", parse=text_max(100), blank="")
    amount: Decimal = column("金额", parse=positive_money)
    batch: str = column("批次", "批次号", parse=batch)

    @property
    def content(self) -> "Content":
        """What makes two lines of different files the same."""
        return self.batch, self.received_on, self.description, self.payer, self.proof, self.amount


Content = tuple[str, date, str, str, str, Decimal]


@dataclass(slots=True)
class RevenueFile:
    """One file: rows due by now, rows to store, ids of lines they replace, and what to tell about that."""

    handed: Handed
    page: Page[RevenueRow]
    due: list[RevenueRow] = field(default_factory=list)
    fresh: list[RevenueRow] = field(default_factory=list)
    replaced: list[int] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)


def import_public_revenue(
    *,
    fund: Fund,
    path: Path | Handed,
    actor: Operator,
    at: datetime,
    dry_run: bool = False,
    through: date | None = None,
) -> Outcome:
    """Store the lines of ``path`` (only days up to ``through``, if given), then ask about open bank lines.

    A later call with a later ``through`` adds the rest of the same file. Errors: Forbidden, Refused.
    """
    return take_in(RevenueImport(actor, at, dry_run, fund, through), [path])


@dataclass
class RevenueImport(DeskImport[RevenueFile]):
    """Lines by batch: a version that holds all that is stored adds the rest, any other replaces it."""

    act = Act.IMPORT_PUBLIC_REVENUE

    def read(self, handed: Handed) -> tuple[RevenueFile, list[Fault]]:
        """The first sheet as lines of a known kind of revenue."""
        page = read_rows(handed.table(), RevenueRow)
        expected = told(_("应说明是哪一种：%(kinds)s"), kinds=RevenueLine.Source.labels)
        strange = [
            page.fault(row, "description", expected)
            for row in page.rows
            if rules.revenue_source(row.description) is None
        ]
        return RevenueFile(handed, page), [*page.faults, *strange]

    def judge(self, taken: Sequence[RevenueFile], *, whole: bool) -> Iterator[Fault]:
        """Days outside the trust, and further lines of a batch that is proven."""
        for file in taken:
            file.due = [row for row in file.page.rows if self.due(row.received_on)]
            for row in file.due:
                problem = day_problem(self.desk.fund, row.received_on, self.at)
                if problem:
                    yield file.page.fault(row, "received_on", problem)
            proven = self._proven()
            self._sort_out(file, proven)
            for row in file.fresh:
                if row.batch in proven:
                    expected = _("该批次已与到账核对一致，不能再增加或更改明细；请删去本行后重新导入")
                    yield file.page.fault(row, "batch", expected)

    def write(self, taken: Sequence[RevenueFile]) -> Outcome:
        """New lines stored and replaced ones marked; then the lumps they may explain."""
        for file in taken:
            source = self.keep(file.handed, fund=self.desk.fund, kind=Document.Kind.REVENUE)
            RevenueLine.objects.filter(pk__in=file.replaced).update(superseded=True)
            RevenueLine.objects.bulk_create([self._line(row, source) for row in file.fresh])
        fresh = sum(len(file.fresh) for file in taken)
        due = sum(len(file.due) for file in taken)
        replaced = sum(len(file.replaced) for file in taken)
        counts: dict[TextChoices, int] = {
            RevenueCount.NEW_LINES: fresh,
            RevenueCount.KNOWN_LINES: due - fresh,
            RevenueCount.LINES_IDENTIFIED: recording.reconsider_at_desk(self.desk) if fresh else 0,
        }
        if replaced:
            counts[RevenueCount.SUPERSEDED_LINES] = replaced
        notes = [each for file in taken for each in file.notes]
        batches = {row.batch for file in taken for row in file.due}
        verdicts = [Verdict(each.page.file, Became.TAKEN if each.fresh else Became.KNOWN) for each in taken]
        return Outcome(
            already_done=not fresh,
            counts=counts,
            verdicts=tuple(verdicts),
            notes=(*notes, *lumps.still_open(self.desk, batches=batches)),
        )

    def _sort_out(self, file: RevenueFile, proven: set[str]) -> None:
        """What the file brings, batch by batch; its rows are whole versions, ``due`` those up to now.

        A version that holds every stored line of its batch adds the rest. Any other replaces the stored one,
        unless the batch is proven or the stored version came in a newer file.
        """
        source = archive.found_file(
            fund=self.desk.fund, kind=Document.Kind.REVENUE, sha256=file.handed.sha256
        )
        own: set[int] = set()
        others: dict[str, list[RevenueLine]] = defaultdict(list)
        for line in RevenueLine.objects.filter(fund=self.desk.fund):
            if source is not None and line.source_file_id == source.pk:
                own.add(line.row)
            elif not line.superseded:
                others[line.batch].append(line)
        for number in dict.fromkeys(row.batch for row in file.due):
            stored = others[number]
            due = [row for row in file.due if row.batch == number]
            version = Counter(row.content for row in file.page.rows if row.batch == number)
            missing = Counter(map(_stored_content, stored)) - version
            if not missing or number in proven:
                file.fresh += _unstored(due, stored, own)
            elif source is not None and max(line.source_file_id for line in stored) > source.pk:
                file.notes.append(note(RevenueNote.OLDER, batch=number))
            else:
                file.fresh += [row for row in due if row.row not in own]
                file.replaced += [line.pk for line in stored]
                file.notes.append(note(RevenueNote.REPLACED, batch=number, count=len(stored)))

    def _proven(self) -> set[str]:
        """Batches that a bank line proved to the fen: they are complete."""
        lines = RevenueLine.objects.filter(fund=self.desk.fund, bank_line__isnull=False)
        return set(lines.values_list("batch", flat=True))

    def _line(self, row: RevenueRow, source_file: Document) -> RevenueLine:
        return RevenueLine(
            fund=self.desk.fund,
            source_file=source_file,
            row=row.row,
            received_on=row.received_on,
            source=rules.revenue_source(row.description) or "",
            description=row.description,
            payer_name=row.payer,
            evidence=row.proof,
            amount=yuan(row.amount),
            batch=row.batch,
        )


def _stored_content(line: RevenueLine) -> Content:
    return (
        line.batch, line.received_on, line.description, line.payer_name, line.evidence, line.amount.amount
    )  # fmt: skip


def _unstored(rows: list[RevenueRow], stored: list[RevenueLine], own: set[int]) -> list[RevenueRow]:
    """Rows not stored: of other files by content, counting identical lines; of this file by row number."""
    others = Counter(map(_stored_content, stored))
    fresh = []
    for row in rows:
        if others[row.content] > 0:
            others[row.content] -= 1
        elif row.row not in own:
            fresh.append(row)
    return fresh
