"""Every line names its document as the document's keeper knows it, never by a key of ours."""

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from custody.ledger import door
from custody.ledger.entries import Line, entry
from custody.models import BankLine, Resolution
from reporting.exporting import Asked, build_statement
from reporting.papers.workbooks import workbook_bytes
from reporting.statements.paper_words import bank_line_cited, row_of
from reporting.statements.report import Cell, Report, ReportRow, Table
from tests.reporting.builders import AT, FROM, TO, Quarter, empty_quarter, worked_quarter

KINDS = ("fund", "fee-split", "value-preservation")


def statement(q: Quarter, kind: str = "fund") -> Report:
    return build_statement(Asked(q.code, kind, FROM, TO))[1]


def rows(report: Report, sheet: str) -> list[tuple[Cell, ...]]:
    return [row.cells for row in next(t for t in report.sheets if t.title == sheet).rows]


def test_a_bank_line_is_cited_by_its_day_and_voucher() -> None:
    assert bank_line_cited(date(2025, 7, 3), "07000003") == "流水 2025-07-03 07000003"


def test_a_bank_line_without_a_voucher_is_cited_by_its_day() -> None:
    assert bank_line_cited(date(2025, 7, 3), "") == "流水 2025-07-03"


@pytest.mark.parametrize(("at", "said"), [((12,), "bank.xlsx 第 12 行"), ((9, 5, 7), "bank.xlsx 第 5–9 行")])
def test_a_place_is_a_row_of_a_file(at: tuple[int, ...], said: str) -> None:
    assert row_of("bank.xlsx", *at) == said


@pytest.mark.usefixtures("committed_db")
def test_the_detail_cites_the_bank_line_and_its_row_in_the_banks_file() -> None:
    (cells, _) = [cells for cells in rows(statement(worked_quarter()), "明细") if cells[3] == "结息"]

    assert cells[8:10] == ("流水 2025-09-21 V0010", "bank.xlsx 第 10 行")


@pytest.mark.usefixtures("committed_db")
def test_a_pending_receipt_cites_the_bank_line() -> None:
    first, *_ = rows(statement(worked_quarter()), "待确认款项")

    assert first[6:8] == ("流水 2025-08-02 V0005", "bank.xlsx 第 5 行")


@pytest.mark.usefixtures("committed_db")
def test_of_a_line_and_its_reversal_each_entry_cites_its_own() -> None:
    q = empty_quarter()
    sequence = q.receipt("grant_received", "grant", date(2025, 7, 4), "9.00")
    original = BankLine.objects.get(explanations__entry_sequence=sequence, fund=q.made.fund)
    back = q.bank_line(date(2025, 7, 8), "-9.00", memo="冲正")
    undone = q.post("grant_received", date(2025, 7, 8), ("cash", "-9.00"), ("grant", "9.00"))
    q.explain(back, undone)
    q.explain(original, undone)

    cited = {cells[1]: cells[8] for cells in rows(statement(q), "明细")[1:-1]}
    assert cited == {sequence: "流水 2025-07-04 V0001", undone: "流水 2025-07-08 V0002"}


@pytest.mark.usefixtures("committed_db")
def test_a_transfer_between_books_cites_its_resolution() -> None:
    q = empty_quarter()
    vote = Resolution.objects.create(
        fund=q.made.fund, reference="2025-3", resolved_on=date(2025, 7, 20), title="账间划转"
    )
    lines = (("cash", "operating", "3.00"), ("cash", "maintenance", "-3.00"))
    door.post(
        entry(
            "book_transfer",
            date(2025, 8, 1),
            tuple(Line(q.made.account(kind, book=book), Decimal(amount)) for kind, book, amount in lines),
            source=f"resolution:{vote.reference}",
        ),
        key="transfer",
        actor_id=q.made.actor.pk,
        at=AT,
    )

    assert {cells[8] for cells in rows(statement(q), "明细")[1:-1]} == {"决议 2025-3"}


@pytest.mark.usefixtures("committed_db")
@pytest.mark.parametrize("kind", ["fee-split", "value-preservation"])
def test_the_lines_stand_in_the_fund_statement_alone_and_the_others_refer_to_it(kind: str) -> None:
    report = statement(worked_quarter(), kind)

    assert "明细" not in [table.title for table in report.sheets]
    assert any("《信托资金收支表》的「明细」：#" in note for table in report.sheets for note in table.notes)


@pytest.mark.usefixtures("committed_db")
@pytest.mark.parametrize("kind", KINDS)
def test_every_statement_proves_the_lines_it_rests_on(kind: str) -> None:
    claims = [proof.claim for proof in statement(worked_quarter(), kind).proofs]

    assert "全部分录借方合计 = 贷方合计" in claims


def masked(value: Any, code: str) -> Any:
    """The same report without the estate's code and the chain head, which hashes more than the statement."""
    if isinstance(value, str):
        return re.sub(r"[0-9a-f]{64}|[0-9a-f]{16}…", "HEAD", value.replace(code, "CODE"))
    if isinstance(value, Report):
        return replace(
            value, estate=masked(value.estate, code), subtitles=masked(value.subtitles, code),
            sheets=masked(value.sheets, code),
        )  # fmt: skip
    if isinstance(value, Table):
        return replace(value, rows=masked(value.rows, code), notes=masked(value.notes, code))
    if isinstance(value, ReportRow):
        return ReportRow(masked(value.cells, code), value.style)
    return tuple(masked(each, code) for each in value) if isinstance(value, tuple) else value


@pytest.mark.usefixtures("committed_db")
@pytest.mark.parametrize("kind", KINDS)
def test_an_estate_opened_first_changes_no_byte_of_a_statement(kind: str) -> None:
    alone = worked_quarter()
    for _ in range(3):
        empty_quarter().bank_line(date(2025, 7, 1), "1.00")
    after_others = worked_quarter()

    first, second = (masked(statement(q, kind), q.code) for q in (alone, after_others))
    assert workbook_bytes(first) == workbook_bytes(second)


@pytest.mark.usefixtures("committed_db")
@pytest.mark.parametrize("kind", KINDS)
def test_no_statement_shows_a_key_of_ours(kind: str) -> None:
    shown = repr(statement(worked_quarter(), kind))

    assert (
        re.findall(r"\b(?:bankline|settlement|placement|order|file|assessment|resolution):\w+", shown) == []
    )
