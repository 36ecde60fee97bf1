"""The statements of a published month in the owners' edition: each handed out once, with its page beside it.

Refuses no month for a statement it cannot have: a deed silent on fees, or a month in part, has no fee split.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, cast

from django.conf import settings

from custody.files import archive
from custody.kernel.errors import NotFound, Rejected
from custody.kernel.invariants import invariant
from custody.models import Document, Fund, Operator
from reporting.exporting import Asked, build_statement
from reporting.models import PaperFormat, Publication, PublishedDocument, PublishedPaper, StatementKind
from reporting.papers.board import Board, board_pdf, board_said
from reporting.papers.forms import paper_of
from reporting.papers.handing_out import hand_out
from reporting.reading.log_rows import newest_head_by
from reporting.statements.common import logged_text
from reporting.statements.masks import Masks
from reporting.statements.named_periods import Period
from reporting.statements.owners_edition import owners_edition, sheets_said
from reporting.statements.report import Report

A3, A4 = PAPERS = ("a3", "a4")
# What owners are shown every month; the others leave on request, and by the year.
MONTHLY = (StatementKind.FUND, StatementKind.FEE_SPLIT, StatementKind.VALUE, StatementKind.OWNERS)


def publish_papers(
    *,
    publication: Publication,
    fund: Fund,
    masks: Masks,
    held_back: Mapping[str, str],
    actor: Operator,
    at: datetime,
) -> list[PublishedPaper]:
    """Every statement of ``MONTHLY`` it can have, kept as a workbook, in the caller's transaction."""
    made = []
    for kind in MONTHLY:
        report = _report(publication, fund, kind)
        if report is None:
            continue
        shown = owners_edition(report, masks, held_back)
        asked = Asked(fund.code, kind, publication.from_on, publication.to_on, publication.known_at)
        handout = hand_out(fund=fund, paper=paper_of(asked, shown, PaperFormat.XLSX), actor=actor, at=at)
        made.append(
            PublishedPaper.objects.create(
                publication=publication, fund=fund, kind=kind, handout=handout, sheets=sheets_said(shown)
            )
        )
    return made


def print_board(*, publication: Publication, fund: Fund, actor: Operator, at: datetime) -> None:
    """The board on paper, A3 and A4: its bytes are kept, so that every print of it is the same.

    Errors: Rejected (a character that the font cannot draw).
    """
    board = board_of(publication, fund)
    slug = Period(publication.from_on, publication.to_on).slug
    for paper in PAPERS:
        document = archive.keep(
            fund=fund,
            kind=Document.Kind.STATEMENT,
            name=f"公示栏-{fund.code}-{slug}-{paper}.pdf",
            content=board_pdf(board, sheets=paper == A4),
            actor=actor,
            at=at,
        )
        PublishedDocument.objects.get_or_create(
            publication=publication,
            sha256=document.sha256,
            defaults={"fund": fund, "shows": {"paper": paper}},
        )


def board_of(publication: Publication, fund: Fund) -> Board:
    """A board's publication as its print takes it."""
    invariant(publication.posted_from is not None, "a board has its days on the wall")
    return Board(
        says=publication.says,
        sha256=publication.sha256,
        posted_from=cast(date, publication.posted_from),
        posted_to=cast(date, publication.posted_to),
        address=f"{settings.SITE}/e/{fund.code}/",
        head=logged_text(newest_head_by(publication.published_at)),
    )


def printed(publication: Publication, fund: Fund) -> dict[str, Any]:
    """What the print says, for a page that shows it."""
    return board_said(board_of(publication, fund))


def _report(publication: Publication, fund: Fund, kind: StatementKind) -> Report | None:
    try:
        return build_statement(Asked(fund.code, kind, publication.from_on, publication.to_on))[1]
    except (NotFound, Rejected):
        return None
