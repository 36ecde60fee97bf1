"""Statements, papers and events as a program reads them: the same figures to the fen, and no event missed."""

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from django.db import connections, transaction

from custody.models import Access, AccessRecord
from reporting.disclosure.publishing import publish_month
from reporting.models import Handout
from reporting.web.papers import CONTENT_TYPES
from settlement.invoices import submission
from tests.config.api.programs import Program, now, program_of
from tests.config.api.test_funds import problem
from tests.reporting.web.supervised import Supervised, supervised
from tests.settlement.desk import make_provider, work_line

pytestmark = pytest.mark.usefixtures("committed_db")
DAYS = "from=2025-07-01&to=2025-09-30"
XLSX, _PDF, CSV = CONTENT_TYPES.values()


@pytest.fixture(scope="module")
def kept() -> dict[str, Any]:
    return {}


@pytest.fixture
def here(committed_db: None, kept: dict[str, Any]) -> Supervised:
    """One estate with its quarter, made once."""
    if not kept:
        kept["here"] = supervised()
        kept["trustee"] = program_of(kept["here"].quarter.made.fund, kept["here"].quarter.made.trustee)
    return kept["here"]  # type: ignore[no-any-return]


@pytest.fixture
def trustee(here: Supervised, kept: dict[str, Any]) -> Program:
    return kept["trustee"]  # type: ignore[no-any-return]


def money_of_workbook(content: bytes) -> dict[str, Counter[Decimal]]:
    """Every number of each sheet, by its name."""
    book = openpyxl.load_workbook(BytesIO(content), data_only=True)
    return {
        sheet.title: Counter(
            Decimal(str(cell)).quantize(Decimal("0.01"))
            for row in sheet.iter_rows(values_only=True)
            for cell in row
            if isinstance(cell, int | float) and not isinstance(cell, bool)
        )
        for sheet in book.worksheets
    }


def money_of_json(sheet: dict[str, Any]) -> Counter[Decimal]:
    kinds = [column["kind"] for column in sheet["columns"]]
    return Counter(
        Decimal(cell)
        for row in sheet["rows"]
        for cell, kind in zip(row["cells"], kinds, strict=True)
        if kind == "money" and cell is not None
    )


def test_figures_and_papers_agree_to_the_fen(here: Supervised, trustee: Program) -> None:
    where = f"funds/{here.code}/statements/fund"
    assert problem(trustee.get(f"{where}?{DAYS}", Accept=XLSX)) == (404, "not-found")
    said = {"from": "2025-07-01", "to": "2025-09-30", "format": "xlsx"}
    issued = trustee.post(where, said).json()
    figures = trustee.get(f"{where}?{DAYS}").json()
    paper = trustee.get(f"{where}?{DAYS}", Accept=XLSX)
    numbers = money_of_workbook(paper.content)

    assert paper["Content-Type"] == XLSX
    assert figures["sheets"]
    for sheet in figures["sheets"]:
        missing = money_of_json(sheet) - numbers[sheet["title"]]
        assert not missing, sheet["title"]
    verdict = trustee.get(f"verifications?sha256={issued['sha256']}").json()
    assert (verdict["verdict"], verdict["paper"]["sha256"]) == ("issued", issued["sha256"])
    assert trustee.get(f"verifications?sha256={'0' * 64}").json()["verdict"] == "never"
    assert Handout.objects.get(sha256=issued["sha256"]).by == trustee.machine
    looks = AccessRecord.objects.filter(operator=trustee.machine).values_list("what", flat=True)
    assert {Access.OPENED, Access.DOWNLOADED, Access.ISSUED} <= set(looks)


def test_a_statement_that_joined_is_read_issued_and_verified_too(here: Supervised, trustee: Program) -> None:
    where = f"funds/{here.code}/statements/balance-sheet"
    said = {"from": "2025-07-01", "to": "2025-09-30", "format": "csv"}
    issued = trustee.post(where, said).json()
    paper, figures = trustee.get(f"{where}?{DAYS}", Accept=CSV), trustee.get(f"{where}?{DAYS}").json()
    verdict = trustee.get(f"verifications?sha256={issued['sha256']}").json()

    cells = set(paper.content.decode("utf-8-sig").replace("\r\n", ",").split(","))
    assert {f"{amount}" for amount in money_of_json(figures["sheets"][0])} <= cells
    assert (paper["Content-Type"], verdict["paper"]["kind"]) == (CSV, "balance-sheet")


def test_days_that_are_none_and_formats_nobody_writes_are_refused(here: Supervised, trustee: Program) -> None:
    where = f"funds/{here.code}/statements/fund"

    assert problem(trustee.get(f"{where}?from=2025-09-30&to=2025-07-01")) == (422, "days-unfit")
    assert problem(trustee.get(f"{where}?from=2025-07-01")) == (422, "unfit")
    assert problem(trustee.get(f"{where}?{DAYS}", Accept="image/png")) == (406, "no-such-format")


def test_a_firm_reads_how_its_fee_is_divided_and_no_more(here: Supervised) -> None:
    made = here.quarter.made
    firm = program_of(made.fund, made.provider)

    assert problem(firm.get(f"funds/{here.code}/statements/fund?{DAYS}")) == (404, "not-found")
    assert problem(firm.get(f"funds/{here.code}/statements/value-preservation?{DAYS}"))[0] == 404
    assert firm.get(f"funds/{here.code}/statements/fee-split?{DAYS}").status_code in (200, 422)


def test_events_are_followed_by_their_cursor_and_scoped(here: Supervised) -> None:
    desk = make_provider()
    firm, stranger = (program_of(each.at.fund, each.at.provider) for each in (desk, make_provider()))
    row = desk.verified()
    first = firm.events()
    desk.verified("1200")
    second = firm.events(first["cursor"])

    assert [each["target"] for each in first["items"]] == ["draft", "submitted", "verified"]
    assert {each["number"] for each in first["items"]} == {row.number}
    assert (len(second["items"]), second["more"]) == (3, False)
    assert stranger.events()["items"] == []
    assert problem(firm.get("events?after=x")) == (422, "cursor-unknown")


def test_a_published_month_is_an_event_for_everybody(here: Supervised) -> None:
    made = here.quarter.made
    before = program_of(made.fund, made.committee).events()
    row = publish_month(fund=made.fund, month=date(2025, 7, 1), actor=made.actor, at=now()).publication
    for kind in (made.committee, made.provider):
        events = program_of(made.fund, kind).events()["items"]
        (told,) = [each for each in events if each["kind"] == "days.published"]
        assert (told["sha256"], told["edition"], told["from_on"]) == (row.sha256, 1, "2025-07-01")

    assert "days.published" not in {each["kind"] for each in before["items"]}


def test_nothing_is_told_before_what_began_earlier_is_written(here: Supervised) -> None:
    desk = make_provider()
    firm = program_of(desk.at.fund, desk.at.provider)
    stated = desk.invoice(work_line(desk.work()))
    with transaction.atomic(using="owner"):
        with connections["owner"].cursor() as cursor:
            cursor.execute("SELECT pg_current_xact_id()")
        submission.submit_invoice(
            fund=desk.at.fund, invoice=stated, source_file=None,
            actor=desk.at.provider_clerk, at=now() - timedelta(minutes=1),
        )  # fmt: skip
        waiting = firm.get("events").json()

    assert waiting["items"] == []
    assert len(firm.events(waiting["cursor"])["items"]) == 3
