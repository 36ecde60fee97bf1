"""The owners' pages: a month, a line of it, an entry, what stands behind it; open to anybody without a name.

Refuses, all alike (404): an unknown fund, what was never published, and what belongs to another fund.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from custody.files.archive import bytes_of
from reporting.disclosure.publishing_papers import A3, A4, printed
from reporting.models import (
    LogEntry,
    PaperFormat,
    Publication,
    PublicationKind,
    PublishedPaper,
    StatementKind,
)
from reporting.papers.forms import file_name
from reporting.reading.published_rows import (
    ROWS_A_PAGE,
    Shelf,
    board_print,
    document_published,
    entries_of_line,
    entry_published,
    paper_published,
    papers_of_month,
    shelf_of,
    statement_of_month,
)
from reporting.statements.asked import Asked
from reporting.statements.named_periods import quarter_of
from reporting.web.owners.answering import file_answer, page_answer
from reporting.web.owners.drawn import qr_svg, site_address
from reporting.web.owners.promised import Promise, promise_of
from reporting.web.owners.rush import for_everybody
from reporting.web.papers import CONTENT_TYPES

ROOMS = ("budget", "papers")  # of a month's page, beside its lines and statements


@require_safe
@for_everybody
def owners_home(request: HttpRequest, code: str) -> HttpResponse:
    """The newest month, what comes next and when, and the way to everything else."""
    shelf = _shelf(code)
    promise = promise_of(shelf.fund)
    newest = shelf.months[0] if shelf.months else None
    at = newest.published_at if newest else promise.since
    facts = ("home", _newest(shelf), promise.as_text)
    return page_answer(
        request, "owners/month.html", known_by=facts, at=at, says=lambda: _month(shelf, newest, promise)
    )


@require_safe
@for_everybody
def owners_month(request: HttpRequest, code: str, month: date) -> HttpResponse:
    """A month as its newest edition has it, or the one that ``edition`` numbers."""
    shelf = _shelf(code)
    publication = _edition(request, shelf, month)
    return page_answer(
        request, "owners/month.html", known_by=("month", _newest(shelf), publication.pk),
        at=publication.published_at, says=lambda: _month(shelf, publication, None),
    )  # fmt: skip


@require_safe
@for_everybody
def owners_line(request: HttpRequest, code: str, month: date, kind: str) -> HttpResponse:
    """What a line of the month is made of; or a statement, the year's budget, contracts and papers."""
    shelf = _shelf(code)
    publication = _edition(request, shelf, month)
    base = _frame(shelf, publication)
    if kind in ROOMS:
        more = {"papers": papers_of_month(publication)} if kind == "papers" else {}
        return _line_page(request, f"owners/{kind}.html", publication, {**base, **more})
    if kind in StatementKind.values:
        paper = statement_of_month(publication, kind)
        if paper is None:
            raise Http404
        return _line_page(
            request, "owners/statement.html", publication, {**base, "paper": paper, "sheets": _sheets(paper)}
        )
    says = publication.says
    lines = [*says["received_lines"], *says["paid_lines"], *says["other"], says["pending_line"]]
    line = next((each for each in lines if each["slug"] == kind and each["count"]), None)
    if line is None:
        raise Http404
    after = request.GET.get("after", "")
    number = int(after) if after.isascii() and after.isdigit() and len(after) < 19 else 0
    rows = entries_of_line(publication, kind, after=number, most=ROWS_A_PAGE + 1)
    shown = [(each.shows, each.shows["lines"][kind]) for each in rows[:ROWS_A_PAGE]]
    more_after = rows[ROWS_A_PAGE - 1].pk if len(rows) > ROWS_A_PAGE else 0
    facts = {**base, "line": line, "rows": shown, "after": more_after}
    return _line_page(request, "owners/line.html", publication, facts)


@require_safe
@for_everybody
def owners_entry(request: HttpRequest, code: str, sequence: int) -> HttpResponse:
    """One entry with what stands behind it, as the newest edition shows it."""
    shelf = _shelf(code)
    row = entry_published(shelf.fund, sequence) if sequence < 1 << 31 else None
    if row is None:
        raise Http404
    logged = LogEntry.objects.filter(fund=shelf.fund, sequence=sequence).exists()
    facts = {**_frame(shelf, row.publication), "entry": row.shows, "logged": logged}
    return page_answer(
        request, "owners/entry.html", known_by=("entry", row.pk, logged), at=row.publication.published_at,
        says=lambda: facts,
    )  # fmt: skip


@require_safe
@for_everybody
def owners_document(request: HttpRequest, code: str, sha256: str) -> HttpResponse:
    """A published statement as its file; of a voucher, what it is and where the original can be seen."""
    shelf = _shelf(code)
    paper = paper_published(shelf.fund, sha256)
    if paper is not None:
        return _paper_file(request, shelf, paper)
    row = document_published(shelf.fund, sha256)
    if row is None or "paper" in row.shows:  # a board's print has an address of its own
        raise Http404
    facts = {**_frame(shelf, row.publication), "document": row.shows}
    return page_answer(
        request, "owners/document.html", known_by=("document", row.pk), at=row.publication.published_at,
        says=lambda: facts,
    )  # fmt: skip


@require_safe
@for_everybody
def owners_board(request: HttpRequest, code: str) -> HttpResponse:
    """The notice board as it hangs, or hung (``quarter``), in the print's words; before the first, home."""
    shelf = _shelf(code)
    if not shelf.boards:
        return redirect("owners", code=code)
    publication = _board(request, shelf)
    return page_answer(
        request, "owners/board.html", known_by=("board", publication.pk, _newest(shelf)),
        at=publication.published_at,
        says=lambda: {
            **_frame(shelf, publication), "board": printed(publication, shelf.fund),
            "quarter": quarter_of(publication.to_on).slug,
        },
    )  # fmt: skip


@require_safe
def owners_board_pdf(request: HttpRequest, code: str) -> HttpResponse:
    """The board to be printed: one A3 page, or with ``paper=a4`` sheets; before the first, home."""
    shelf = _shelf(code)
    if not shelf.boards:
        return redirect("owners", code=code)
    publication = _board(request, shelf)
    row = board_print(publication, A4 if request.GET.get("paper") == A4 else A3)
    if row is None:
        raise Http404
    document, name = row
    answer = file_answer(
        request, digest=document.sha256, at=publication.published_at,
        content_type=CONTENT_TYPES[PaperFormat.PDF], content=lambda: bytes_of(document),
    )  # fmt: skip
    answer["Content-Disposition"] = content_disposition_header(False, name) or "inline"
    return answer


def _board(request: HttpRequest, shelf: Shelf) -> Publication:
    """The newest board, or that of the quarter asked for. Http404."""
    asked = request.GET.get("quarter", "")
    found = [each for each in shelf.boards if not asked or quarter_of(each.to_on).slug == asked]
    if not found:
        raise Http404
    return found[0]


def _shelf(code: str) -> Shelf:
    shelf = shelf_of(code)
    if shelf is None:
        raise Http404
    return shelf


def _newest(shelf: Shelf) -> int:
    """Of all that the fund published; 0 before the first."""
    return max((each.pk for each in shelf.editions), default=0)


def _edition(request: HttpRequest, shelf: Shelf, month: date) -> Publication:
    """The month's publication. Http404."""
    asked = request.GET.get("edition", "")
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 5 else None
    day = month.replace(day=28)  # in every month, and after any handover within it
    found = shelf.edition(PublicationKind.MONTH, day, number)
    if found is None:
        raise Http404
    return found


def _frame(shelf: Shelf, publication: Publication | None) -> dict[str, Any]:
    """What every page of the fund has."""
    return {"fund": shelf.fund, "publication": publication, "says": publication.says if publication else None}


def _month(shelf: Shelf, publication: Publication | None, promise: Promise | None) -> Mapping[str, Any]:
    home = site_address(reverse("owners", args=[shelf.fund.code]))
    return {
        **_frame(shelf, publication),
        "months": list(reversed(shelf.months)),
        "board": shelf.boards[0] if shelf.boards else None,
        "editions": shelf.of_days(publication) if publication else [],
        "promise": promise,
        "home": home,
        "qr": qr_svg(home) if promise else "",
    }


def _line_page(
    request: HttpRequest, template: str, publication: Publication, facts: Mapping[str, Any]
) -> HttpResponse:
    return page_answer(
        request, template, known_by=("line", publication.pk), at=publication.published_at, says=lambda: facts
    )


def _sheets(paper: PublishedPaper) -> Iterator[dict[str, Any]]:
    """Its sheets with each cell beside the kind of its column."""
    for sheet in paper.sheets:
        kinds = [kind for _title, kind in sheet["columns"]]
        rows = [(style, list(zip(cells, kinds, strict=True))) for style, cells in sheet["rows"]]
        yield {**sheet, "rows": rows}


def _paper_file(request: HttpRequest, shelf: Shelf, paper: PublishedPaper) -> HttpResponse:
    handout = paper.handout
    asked = Asked(shelf.fund.code, handout.kind, handout.from_on, handout.to_on, handout.known_at)
    answer = file_answer(
        request, digest=handout.sha256, at=paper.publication.published_at,
        content_type=CONTENT_TYPES[PaperFormat.XLSX], content=lambda: bytes_of(handout.document),
    )  # fmt: skip
    name = file_name(asked, PaperFormat(handout.format))
    answer["Content-Disposition"] = content_disposition_header(True, name)
    return answer
