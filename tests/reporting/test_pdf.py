"""What leaves the house as PDF: the workbook's figures to the fen, in an archive's form, the same again."""

from datetime import date
from decimal import Decimal

import pytest

from custody.kernel.errors import Rejected
from custody.kernel.invariants import InvariantBroken
from reporting.exporting import STATEMENTS, Asked, build_statement
from reporting.papers.csvs import csv_bytes
from reporting.papers.glyphs import require_glyphs
from reporting.papers.pdf import PDF_ROWS_MAX, on_paper, pdf_bytes
from reporting.papers.typesetting import FONT_FILE, typeset
from reporting.papers.workbooks import workbook_bytes
from reporting.statements.report import ColumnKind, Report, proof_table
from tests.reporting.builders import FROM, TO, worked_quarter
from tests.reporting.reading_pdf import ReadPdf
from tests.reporting.test_workbooks import report_of


def read(report: Report) -> ReadPdf:
    return ReadPdf(pdf_bytes(report, workbook_bytes(report)))


def figures_of(report: Report) -> list[str]:
    """Every amount of every table as it is to stand on paper, in order."""
    return [
        on_paper(value, spec.kind)
        for table in (*report.sheets, proof_table(report))
        for row in table.rows
        for value, spec in zip(row.cells, table.columns, strict=True)
        if spec.kind is ColumnKind.MONEY and value is not None
    ]


@pytest.mark.usefixtures("committed_db")
@pytest.mark.parametrize("kind", STATEMENTS)
def test_the_pdf_says_every_amount_of_the_workbook_to_the_fen(kind: str) -> None:
    _fund, report = build_statement(Asked(worked_quarter().code, kind, FROM, TO))
    expected = figures_of(report)
    said = iter(read(report).texts)

    assert [
        figure for figure in expected if figure not in said
    ] == []  # in their order: each is looked for on
    assert len(expected) > 20


@pytest.mark.usefixtures("committed_db")
def test_the_same_report_gives_the_same_pdf() -> None:
    asked = Asked(worked_quarter().code, "fund", FROM, TO)
    first, again = (
        pdf_bytes(report, workbook_bytes(report)) for _fund, report in map(build_statement, (asked, asked))
    )

    assert first == again


def test_it_claims_the_archives_form_and_that_it_can_be_read_out() -> None:
    said = read(report_of()).metadata

    assert "<pdfaid:part>3</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance>" in said
    assert "<pdfuaid:part>1</pdfuaid:part>" in said


def test_the_workbook_and_every_table_as_csv_lie_inside_byte_for_byte() -> None:
    report = report_of()

    tables = (*report.sheets, proof_table(report))
    assert read(report).attached == [workbook_bytes(report), *map(csv_bytes, tables)]


def test_a_table_breaks_over_pages_and_keeps_every_row() -> None:
    paper = read(report_of(rows=300))

    assert paper.pages > 3
    assert paper.texts.count("−1,234,567.89") == 300


def test_a_very_long_table_stands_in_the_workbook_inside_and_says_so() -> None:
    texts = read(report_of(rows=PDF_ROWS_MAX + 1)).texts

    assert "−1,234,567.89" not in texts
    assert f"本表另有 {PDF_ROWS_MAX + 1:,} 行明细" in "".join(texts)


@pytest.mark.parametrize("text", ["#set page(fill: red)", "*强* _调_ $x$ \\ `a` <b> @c", "=一级标题", "//注"])
def test_what_looks_like_the_typesetters_language_is_printed_as_it_is(text: str) -> None:
    assert "".join(read(report_of(text)).texts).count(text) == 3  # subtitle, cell, note


def test_a_character_without_a_glyph_is_refused_by_name() -> None:
    with pytest.raises(Rejected, match="U\\+30000") as refusal:
        read(report_of("张𰀀"))

    assert refusal.value.facts["characters"] == "𰀀"


@pytest.mark.parametrize("name", ["𠮷田", "㛃", "邨", "·", "○△✓−—￥"])
def test_rare_names_that_the_font_draws_are_printed(name: str) -> None:
    require_glyphs([name], FONT_FILE)


def test_the_typesetter_agrees_about_a_missing_glyph() -> None:
    page = '#set text(font: "Noto Sans CJK SC", fallback: false)\n#set document(title: "x")\n\\u{30000}'

    with pytest.raises(InvariantBroken):
        typeset({"paper.typ": page.encode()})


def test_a_minus_sign_is_one_and_an_empty_cell_is_empty() -> None:
    told = [
        on_paper(Decimal("-0.50"), ColumnKind.MONEY),
        on_paper(None, ColumnKind.MONEY),
        on_paper(date(2025, 7, 1), ColumnKind.DATE),
    ]

    assert told == ["−0.50", "", "2025-07-01"]
