"""A statement asked for from a page, and one downloaded: both on record for whom they name.

Refuses a paper that is not of a fund the visitor sees: 404, as one that never was.
"""

from django.conf import settings
from django.http import Http404, HttpResponse
from django.utils import translation
from django.utils.http import content_disposition_header

from custody.files.archive import bytes_of
from custody.models import Access, Document, Fund
from custody.permits.looking import note_access
from custody.web.visits import Visit
from reporting.exporting import Asked, build_statement
from reporting.models import Handout, PaperFormat
from reporting.papers.forms import file_name, paper_of
from reporting.papers.handing_out import hand_out
from reporting.reading.handed_rows import handout_of, packs_of
from reporting.statements.named_periods import Period

CONTENT_TYPES = {
    PaperFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    PaperFormat.PDF: "application/pdf",
    PaperFormat.CSV: "text/csv",
}


def issued_for(visit: Visit, asked: Asked, form: PaperFormat) -> Handout:
    """The statement made and handed out; the same bytes again are the same paper.

    Errors: Forbidden, NotFound, Rejected: as the services say them.
    """
    fund, report = build_statement(asked)
    paper = paper_of(asked, report, form)
    return hand_out(fund=fund, paper=paper, actor=visit.person, at=visit.at)


def downloaded(visit: Visit, fund: Fund, sha256: str) -> HttpResponse:
    """The kept bytes of a paper of this fund, as a file; that it was taken is on record. Http404."""
    handout = handout_of(fund, sha256)
    if handout is None:
        raise Http404
    form = PaperFormat(handout.format)
    return _as_file(visit, fund, handout.document, file_name(_asked(handout), form), CONTENT_TYPES[form])


def pack_downloaded(visit: Visit, fund: Fund, period: Period) -> HttpResponse | None:
    """The kept bytes of the newest pack of these days; that it was taken is on record. None: never issued."""
    packs = packs_of(fund, period)
    if not packs:
        return None
    return _as_file(visit, fund, packs[0].document, packs[0].document.name, "application/zip")


def _as_file(visit: Visit, fund: Fund, document: Document, name: str, content_type: str) -> HttpResponse:
    content = bytes_of(document)
    looked_at(visit, fund, Access.DOWNLOADED, name)
    answer = HttpResponse(content, content_type=content_type)
    answer["Content-Disposition"] = content_disposition_header(True, name)
    answer["Cache-Control"] = "private, no-store"
    return answer


def looked_at(visit: Visit, fund: Fund, what: Access, about: str) -> None:
    """Put the visit on record, in the house's own language whichever the visitor reads."""
    if visit.organisation is not None:
        note_access(
            fund_id=fund.pk, what=what, about=about, actor=visit.person, organisation=visit.organisation
        )


def in_house_language() -> translation.override:
    """What is written into records is said in Chinese."""
    return translation.override(settings.LANGUAGE_CODE)


def _asked(handout: Handout) -> Asked:
    return Asked(handout.fund.code, handout.kind, handout.from_on, handout.to_on, handout.known_at)
