"""One shape of every dated workbook: the sheet 决议 names what it rests on, another sheet what changes.

Refuses a resolution without its paper, one of a day to come, one on record with other words, an empty sheet,
and rows that could not become fact any more. What is proposed changes nothing until both keys are turned.
"""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import ClassVar, Generic

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from custody.amendments import enacting
from custody.amendments.enacting import Facts
from custody.deeds.funds import lock_fund
from custody.files import archive
from custody.files.faults import Fault
from custody.files.intake import FundImport, Handed
from custody.files.outcomes import Became, Outcome, Verdict, note
from custody.files.reasonable_days import future_problem
from custody.files.tables import day, text_max
from custody.files.typed_rows import FileRow, Model, Page, column, read_items, read_rows, title_of
from custody.kernel.words import told
from custody.models import Amendment, AmendmentRow, Document, Resolution
from custody.permits.acts import Act

RESOLUTION_SHEET = "决议"
_PAPERS = (b"%PDF-", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")


class AmendmentCount(TextChoices):
    """What a proposed change counts."""

    ROWS = "rows", gettext_lazy("变更行")


class AmendmentNote(TextChoices):
    """What a clerk must know of a change handed in."""

    PROPOSED = (
        "proposed",
        gettext_lazy("变更 %(amendment)s 已登记，依据决议 %(resolution)s；业委会和信托公司各一把密码后生效"),
    )
    WAITING = "waiting", gettext_lazy("变更 %(amendment)s 此前已登记，仍待两把密码")
    IN_FORCE = "in-force", gettext_lazy("变更 %(amendment)s 此前已登记，并已生效")


class ResolutionItems(FileRow):
    """The resolution as the workbook names it."""

    reference: str = column("决议文号", "文号", parse=text_max(64))
    resolved_on: date = column("决议日期", "日期", parse=day)
    title: str = column("决议事项", "决议标题", "事项", parse=text_max(200))


@dataclass(slots=True)
class Workbook(Generic[Model]):
    """One workbook read: its resolution, its rows, and what the fund has of it already."""

    handed: Handed
    resolution: ResolutionItems | None
    page: Page[Model]
    facts: list[tuple[int, Facts]] = field(default_factory=list)
    known: Amendment | None = None


@dataclass
class ResolvedImport(FundImport[Workbook[Model]]):
    """Rows of ``sheet`` that rest on a resolution. ``paper``: the resolution's own, as it was signed."""

    sheet: ClassVar[str]
    model: ClassVar[type[FileRow]]
    paper: Handed | None

    def form_faults(self, page: Page[Model]) -> Iterator[Fault]:
        """What is wrong with rows by themselves."""
        yield from ()

    def read(self, handed: Handed) -> tuple[Workbook[Model], list[Fault]]:
        """Both sheets, with the faults of both."""
        file = handed.table()
        resolution, faults = read_items(file, ResolutionItems, sheet=RESOLUTION_SHEET)
        page: Page[Model] = read_rows(file, self.model, sheet=self.sheet)  # type: ignore[arg-type]
        faults += [*page.faults, *self.form_faults(page)]
        if page.whole and not page.rows:
            faults.append(Fault(handed.name, self.sheet, None, "", "", _("至少要有一行")))
        return Workbook(handed, resolution, page), faults

    def lock(self) -> None:
        """Queue behind other writers of the fund."""
        lock_fund(self.fund)

    def resolution_faults(self, book: Workbook[Model]) -> Iterator[Fault]:
        stated = book.resolution
        if stated is None:
            return
        recorded = self._recorded(stated)
        problem = future_problem(stated.resolved_on, self.at)
        if problem:
            yield self._fault(book, "resolved_on", str(stated.resolved_on), problem)
        for name in ("resolved_on", "title") if recorded else ():
            was, now = getattr(recorded, name), getattr(stated, name)
            if was != now:
                differs = told(_("该决议已登记为「%(was)s」，请照原决议填写"), was=was)
                yield self._fault(book, name, str(now), differs)
        if self.paper is None and (recorded is None or recorded.document_id is None):
            missing = _("请用 --paper 附上决议原件（PDF 或照片）")
            yield self._fault(book, "reference", stated.reference, missing)
        elif self.paper is not None and not self.paper.content.startswith(_PAPERS):
            yield Fault(self.paper.name, "", None, "", "", _("决议原件应为 PDF、PNG 或 JPG 文件"))

    @staticmethod
    def _fault(book: Workbook[Model], name: str, value: str, expected: str) -> Fault:
        title = title_of(ResolutionItems, name)
        return Fault(book.handed.name, RESOLUTION_SHEET, None, title, value, expected)

    def _recorded(self, stated: ResolutionItems) -> Resolution | None:
        return Resolution.objects.filter(fund=self.fund, reference=stated.reference).first()

    def resolution_of(self, book: Workbook[Model]) -> Resolution:
        """The resolution on record, or recorded now with its paper."""
        stated = book.resolution
        if stated is None:
            raise AssertionError("a workbook without a resolution is refused before")
        recorded = self._recorded(stated)
        if recorded is not None:
            return recorded
        if self.paper is None:
            raise AssertionError("a resolution without a paper is refused before")
        return Resolution.objects.create(
            fund=self.fund,
            reference=stated.reference,
            resolved_on=stated.resolved_on,
            title=stated.title,
            document=self.keep(self.paper, fund=self.fund, kind=Document.Kind.RESOLUTION),
        )


@dataclass
class AmendmentImport(ResolvedImport[Model]):
    """Rows of one ``kind``, proposed together: one thing to turn two keys on."""

    act = Act.PROPOSE_AMENDMENT
    kind: ClassVar[Amendment.Kind]

    @abstractmethod
    def facts_of(self, row: Model) -> tuple[Facts, str]:
        """The columns of the fact a row will be, and the field a clerk looks at when it cannot."""

    def resting_on(self, resolution: Resolution) -> Facts:
        """Columns that only the resolution on record can fill."""
        return {}

    def judge(self, taken: Sequence[Workbook[Model]], *, whole: bool) -> Iterator[Fault]:
        """The resolution against what is on record, and each row against closed periods and facts."""
        for book in taken:
            book.known = self._known(book)
            if book.known is not None or not whole:
                continue
            yield from self.resolution_faults(book)
            for row in book.page.rows:
                facts, named = self.facts_of(row)
                why = enacting.objection_to(self.kind, self.fund, facts)
                if why:
                    yield book.page.fault(row, named, why)
                book.facts.append((row.row, facts))

    def write(self, taken: Sequence[Workbook[Model]]) -> Outcome:
        """The change on record, as one thing to turn two keys on."""
        (book,) = taken
        if book.known is not None:
            stands = AmendmentNote.IN_FORCE if enacting.in_force(book.known) else AmendmentNote.WAITING
            return Outcome(
                already_done=True,
                verdicts=(Verdict(book.handed.name, Became.KNOWN),),
                notes=(note(stands, amendment=book.known.pk),),
            )
        resolution = self.resolution_of(book)
        amendment = Amendment.objects.create(
            fund=self.fund,
            kind=self.kind,
            resolution=resolution,
            source_file=self.keep(book.handed, fund=self.fund, kind=Document.Kind.AMENDMENT),
            proposed_by=self.actor,
            proposed_at=self.at,
        )
        AmendmentRow.objects.bulk_create(
            AmendmentRow(
                amendment=amendment,
                fund=self.fund,
                row=number,
                facts={**facts, **self.resting_on(resolution)},
            )
            for number, facts in book.facts
        )
        proposed = note(AmendmentNote.PROPOSED, amendment=amendment.pk, resolution=resolution.reference)
        return Outcome(
            already_done=False,
            counts={AmendmentCount.ROWS: len(book.facts)},
            verdicts=(Verdict(book.handed.name, Became.TAKEN),),
            notes=(proposed,),
        )

    def _known(self, book: Workbook[Model]) -> Amendment | None:
        """The change that these very bytes proposed before."""
        source = archive.found_file(fund=self.fund, kind=Document.Kind.AMENDMENT, sha256=book.handed.sha256)
        return Amendment.objects.filter(kind=self.kind, source_file=source).first() if source else None
