"""What was published, as public pages ask for it: by fund code, month, edition, line, entry and digest.

Refuses anything else: what was never published answers as what is not there (None), whoever asks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from custody.models import Document, Fund
from reporting.models import Publication, PublicationKind, PublishedDocument, PublishedEntry, PublishedPaper

ROWS_A_PAGE = 50


@dataclass(frozen=True, slots=True)
class Shelf:
    """A fund and the editions it published, newest days first and of the same days the newest first."""

    fund: Fund
    editions: tuple[Publication, ...]

    @property
    def months(self) -> list[Publication]:
        """The newest edition of each month, newest first."""
        return self._newest(PublicationKind.MONTH)

    @property
    def boards(self) -> list[Publication]:
        """The newest edition of each quarter's board, newest first."""
        return self._newest(PublicationKind.BOARD)

    def edition(self, kind: PublicationKind, day: date, number: int | None = None) -> Publication | None:
        """The edition of the days that ``day`` lies in: of this number, or the newest."""
        return next(
            (
                each
                for each in self.editions
                if each.kind == kind and each.from_on <= day <= each.to_on and number in (None, each.edition)
            ),
            None,
        )

    def of_days(self, publication: Publication) -> list[Publication]:
        """Every edition of the same days, newest first."""
        same = (publication.kind, publication.to_on)
        return [each for each in self.editions if (each.kind, each.to_on) == same]

    def _newest(self, kind: PublicationKind) -> list[Publication]:
        found: dict[date, Publication] = {}
        for each in self.editions:
            if each.kind == kind:
                found.setdefault(each.to_on, each)
        return list(found.values())


def shelf_of(code: str) -> Shelf | None:
    """The shelf of the fund of this code; two queries, without what the pages say."""
    fund = Fund.objects.select_related("estate").filter(code=code).first()
    if fund is None:
        return None
    rows = Publication.objects.filter(fund=fund).defer("says", "changed").order_by("-to_on", "-edition")
    return Shelf(fund, tuple(rows))


def entries_of_line(publication: Publication, slug: str, *, after: int, most: int) -> list[PublishedEntry]:
    """The entries that a line of the page is made of, by day, after row ``after``."""
    rows = PublishedEntry.objects.filter(publication=publication, shows__lines__has_key=slug, pk__gt=after)
    return list(rows.order_by("pk")[:most])


def entry_published(fund: Fund, sequence: int) -> PublishedEntry | None:
    """An entry as the newest edition that holds it shows it."""
    rows = PublishedEntry.objects.filter(fund=fund, sequence=sequence).select_related("publication")
    return rows.order_by("-publication__edition", "-pk").first()


def document_published(fund: Fund, sha256: str) -> PublishedDocument | None:
    """A paper behind published entries, as the newest edition describes it."""
    rows = PublishedDocument.objects.filter(fund=fund, sha256=sha256).select_related("publication")
    return rows.order_by("-publication_id").first()


def paper_published(fund: Fund, sha256: str) -> PublishedPaper | None:
    """A statement in the owners' edition, by its file's digest."""
    rows = PublishedPaper.objects.filter(fund=fund, handout__sha256=sha256)
    return rows.select_related("handout__document", "publication").order_by("-pk").first()


def board_print(publication: Publication, paper: str) -> tuple[Document, str] | None:
    """A board's kept print on this paper, and its file's name."""
    row = PublishedDocument.objects.filter(publication=publication, shows__paper=paper).first()
    if row is None:
        return None
    kept = Document.objects.filter(fund_id=row.fund_id, sha256=row.sha256).order_by("pk").first()
    return None if kept is None else (kept, kept.name)


def papers_of_month(publication: Publication) -> Sequence[PublishedPaper]:
    """Its statements, without their sheets."""
    rows = PublishedPaper.objects.filter(publication=publication).defer("sheets").select_related("handout")
    return list(rows.order_by("pk"))


def statement_of_month(publication: Publication, kind: str) -> PublishedPaper | None:
    """One statement of the month with its sheets."""
    rows = PublishedPaper.objects.filter(publication=publication, kind=kind)
    return rows.select_related("handout").first()
