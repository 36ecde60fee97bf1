"""A Report in the form it leaves the house in, with the name it goes by."""

from dataclasses import dataclass

from reporting.models import PaperFormat, StatementKind
from reporting.papers.csvs import csv_bytes
from reporting.papers.pdf import pdf_bytes
from reporting.papers.workbooks import workbook_bytes
from reporting.statements.asked import Asked
from reporting.statements.named_periods import Period
from reporting.statements.report import Report, proof_table


@dataclass(frozen=True, slots=True)
class Paper:
    """A statement's bytes in one form, and what was asked for."""

    asked: Asked
    report: Report
    form: PaperFormat
    content: bytes

    @property
    def name(self) -> str:
        """As a file: 信托资金收支表-CD-GX-0001-2025Q3.xlsx."""
        return file_name(self.asked, self.form)

    @property
    def says(self) -> dict[str, list[list[str | None]]]:
        """Headlines and proofs as text, for pages that show them beside the file."""
        rows = proof_table(self.report).rows
        return {
            "headlines": [[label, f"{amount:.2f}"] for label, amount in self.report.headlines],
            "proofs": [[None if cell is None else str(cell) for cell in row.cells] for row in rows],
        }


def paper_of(asked: Asked, report: Report, form: PaperFormat) -> Paper:
    """The report in this form. Errors: Rejected (a character that the PDF's font cannot draw)."""
    if form is PaperFormat.CSV:
        return Paper(asked, report, form, csv_bytes(report.sheets[0]))
    workbook = workbook_bytes(report)
    content = workbook if form is PaperFormat.XLSX else pdf_bytes(report, workbook)
    return Paper(asked, report, form, content)


def file_name(asked: Asked, form: PaperFormat) -> str:
    """What a statement's file is called wherever it is handed over."""
    title = _FILE_TITLES[StatementKind(asked.kind)]
    return f"{title}-{asked.fund_code}-{Period(asked.from_on, asked.to_on).slug}.{form}"


# Files are named in Chinese whatever language their reader chose: the same paper has one name.
_FILE_TITLES = {
    StatementKind.FUND: "信托资金收支表",
    StatementKind.FEE_SPLIT: "费用分配表",
    StatementKind.VALUE: "保值增值报告",
    StatementKind.POSITION: "信托资产负债表",
    StatementKind.SURPLUS: "信托利润表",
    StatementKind.BUDGET: "预算执行表",
    StatementKind.INCOME: "收入来源表",
    StatementKind.ANNUAL: "年度受托报告",
    StatementKind.OWNERS: "小区收支公开（业主版）",
    StatementKind.CITY: "城市月报表",
}
