"""Statements as a program reads them: the figures as JSON, issued papers byte for byte, and issuing one.

Refuses (404) a paper that nobody issued; a firm reads how its fee was divided and nothing else. Figures and
papers come from one Report, so that they agree to the fen.
"""

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any, Literal, cast

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema
from pydantic import AwareDatetime, Field

from custody.api.answering import Written, answered
from custody.api.callers import Caller, caller_of, shown_to
from custody.api.problems import problem_answer
from custody.api.shapes import Yuan, as_yuan
from custody.kernel.errors import Rejected
from custody.models import Access, Fund, OrganisationKind
from reporting.exporting import Asked, build_statement
from reporting.models import Handout, PaperFormat
from reporting.reading.handed_rows import papers_of, verdict_of
from reporting.statements.named_periods import Period
from reporting.statements.report import Cell, ColumnKind, Report, Table
from reporting.web.papers import CONTENT_TYPES, downloaded, in_house_language, issued_for, looked_at

router = Router(tags=["statements"])
EVERYBODY = tuple(kind for kind in OrganisationKind if kind != OrganisationKind.ASSEMBLY)
FEE_SPLIT = "fee-split"
EARLIEST = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
Kind = Literal[
    "fund", "fee-split", "value-preservation", "balance-sheet", "profit", "budget", "income-sources",
    "annual-report", "owners-edition", "city-month",
]  # fmt: skip
Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class ColumnOut(Schema):
    """One column: text, money, date, rate (a fraction) or int."""

    title: str
    kind: str


class RowOut(Schema):
    """One row; money and rates are text, days ISO 8601."""

    style: str
    cells: list[str | int | None]


class ProofOut(Schema):
    """A claim that two figures are equal."""

    claim: str
    left: Yuan
    right: Yuan | None
    verdict: str


class SheetOut(Schema):
    """One table of the statement."""

    title: str
    columns: list[ColumnOut]
    rows: list[RowOut]
    proofs: list[ProofOut]
    notes: list[str]
    alerts: list[str]


class StatementOut(Schema):
    """A whole statement; ``produced_at`` is the ledger's own last moment in it."""

    fund: str
    kind: Kind
    from_on: dt.date
    to_on: dt.date
    known_at: dt.datetime | None
    title: str
    produced_at: dt.datetime
    sheets: list[SheetOut]


class DaysIn(Schema):
    """First and last day, both included; ``known_at`` for what was known at an instant."""

    from_on: dt.date = Field(alias="from")
    to_on: dt.date = Field(alias="to")
    known_at: AwareDatetime | None = None


class IssueIn(DaysIn):
    """Which days, and as what."""

    format: Literal["xlsx", "pdf", "csv"]


class PaperOut(Schema):
    """A paper that was issued: its bytes are asked for with its type in ``Accept``."""

    fund: str
    kind: Kind
    from_on: dt.date
    to_on: dt.date
    format: str
    sha256: Sha256
    issued_at: dt.datetime


class VerdictOnPaper(Schema):
    """``issued``, ``replaced`` (by a newer one, when) or ``never``."""

    sha256: Sha256
    verdict: Literal["issued", "replaced", "never"]
    replaced_at: dt.datetime | None = None
    paper: PaperOut | None = None


@router.get(
    "/funds/{code}/statements/{kind}",
    response=StatementOut,
    openapi_extra={
        "responses": {
            200: {"content": {form: {"schema": {"type": "string", "format": "binary"}}
                              for form in CONTENT_TYPES.values()}},
            406: {"description": "没有这种格式 / no such format"},
        }
    },
)  # fmt: skip
@shown_to(*EVERYBODY)
def read_figures(
    request: HttpRequest, code: str, kind: Kind, days: Query[DaysIn]
) -> StatementOut | HttpResponse:
    """Figures as JSON; with an xlsx or PDF type in ``Accept`` the newest paper issued of these days."""
    caller = caller_of(request)
    fund, asked = _asked(caller, code, kind, days)
    form = _form(request)
    if form is not None:
        return _paper(caller, fund, asked, form)
    if not request.accepts("application/json"):
        return problem_answer(request, 406, "no-such-format", _("只有 JSON、xlsx 和 PDF"))
    _fund, report = build_statement(asked)
    with in_house_language():
        looked_at(caller.visit, fund, Access.OPENED, f"{report.title} {asked.from_on}–{asked.to_on}")
    return _statement(asked, report)


@router.post("/funds/{code}/statements/{kind}", response={201: PaperOut})
@shown_to(OrganisationKind.TRUSTEE)
def issue_paper(request: HttpRequest, code: str, kind: Kind, said: IssueIn) -> HttpResponse:
    """Issue a statement: kept, on record, with the ledger's head anchored; the same bytes are one paper."""
    _fund, asked = _asked(caller_of(request), code, kind, said)

    def write(caller: Caller) -> Written:
        handout = issued_for(caller.visit, asked, PaperFormat(said.format))
        return Written(201, _issued_paper(handout), f"/api/v1/verifications?sha256={handout.sha256}")

    content = {"fund": code, "kind": kind} | said.model_dump(mode="json")
    return answered(request, "statements", content, write, fund=code)


@router.get("/verifications", response=VerdictOnPaper)
@shown_to(*EVERYBODY)
def read_verification(request: HttpRequest, sha256: Sha256) -> VerdictOnPaper:
    """Whether a paper of this digest is ours, and still the newest."""
    verdict = verdict_of(sha256)
    if verdict is None:
        return VerdictOnPaper(sha256=sha256, verdict="never")
    return VerdictOnPaper(
        sha256=sha256, verdict="replaced" if verdict.replaced_at else "issued",
        replaced_at=verdict.replaced_at, paper=_issued_paper(verdict.handout),
    )  # fmt: skip


def _asked(caller: Caller, code: str, kind: Kind, days: DaysIn) -> tuple[Fund, Asked]:
    """The fund and what is asked of it. Http404; Rejected for days that are none."""
    fund = caller.visit.fund(code)
    if caller.visit.kind == OrganisationKind.PROVIDER and kind != FEE_SPLIT:
        raise Http404
    if not fund.opened_on <= days.from_on <= days.to_on <= caller.visit.on:
        raise Rejected(
            _("期间须在 %(first)s 到 %(last)s 之间，先后有序"), code="days-unfit", first=fund.opened_on,
            last=caller.visit.on, field="from",
        )  # fmt: skip
    if days.known_at is not None and not EARLIEST <= days.known_at <= caller.visit.at:
        raise Rejected(_("known_at 须是过去的时刻"), code="instant-ahead", field="known_at")
    return fund, Asked(code, kind, days.from_on, days.to_on, days.known_at)


def _form(request: HttpRequest) -> PaperFormat | None:
    """The paper that is asked for by name, None for figures."""
    said = request.headers.get("Accept", "")
    return next((form for form, media in CONTENT_TYPES.items() if media in said), None)


def _paper(caller: Caller, fund: Fund, asked: Asked, form: PaperFormat) -> HttpResponse:
    """The newest paper of these days in this form, as it was issued. Http404."""
    kinds = papers_of(fund, Period(asked.from_on, asked.to_on)) if asked.known_at is None else []
    newest = next((dict(each.forms)[form] for each in kinds if each.kind == asked.kind), None)
    if newest is None:
        raise Http404
    with in_house_language():
        return downloaded(caller.visit, fund, newest.sha256)


def _issued_paper(handout: Handout) -> PaperOut:
    return PaperOut(
        fund=handout.fund.code, kind=cast(Kind, handout.kind), from_on=handout.from_on,
        to_on=handout.to_on, format=handout.format, sha256=handout.sha256, issued_at=handout.at,
    )  # fmt: skip


def _statement(asked: Asked, report: Report) -> StatementOut:
    said: dict[str, Any] = {"kind": asked.kind}
    return StatementOut(
        fund=asked.fund_code, from_on=asked.from_on, to_on=asked.to_on, known_at=asked.known_at,
        title=report.title, produced_at=report.produced_at, sheets=[_sheet(each) for each in report.sheets],
        **said,
    )  # fmt: skip


def _sheet(table: Table) -> SheetOut:
    kinds = [column.kind for column in table.columns]
    return SheetOut(
        title=table.title,
        columns=[ColumnOut(title=each.title, kind=each.kind.value) for each in table.columns],
        rows=[
            RowOut(
                style=row.style.value,
                cells=[_cell(cell, kind) for cell, kind in zip(row.cells, kinds, strict=True)],
            )
            for row in table.rows
        ],
        proofs=[
            ProofOut(claim=each.claim, left=as_yuan(each.left), verdict=each.verdict,
                     right=None if each.right is None else as_yuan(each.right))
            for each in table.proofs
        ],
        notes=list(table.notes), alerts=list(table.alerts),
    )  # fmt: skip


def _cell(cell: Cell, kind: ColumnKind) -> str | int | None:
    if isinstance(cell, Decimal):
        return as_yuan(cell) if kind is ColumnKind.MONEY else f"{cell:f}"
    return cell.isoformat() if isinstance(cell, dt.date) else cell
