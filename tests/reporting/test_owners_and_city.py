"""业主版 on two pages without a name, and the city's table in whatever columns its file names."""

import csv
from datetime import date
from decimal import Decimal
from io import BytesIO, StringIO
from pathlib import Path
from typing import get_args

import openpyxl
import pytest
from django.test import override_settings

from custody.kernel.errors import Rejected
from reporting.api.statements import Kind
from reporting.exporting import STATEMENTS, Asked, build_statement
from reporting.models import PaperFormat, StatementKind
from reporting.papers.forms import paper_of
from reporting.papers.pdf import pdf_bytes
from reporting.papers.workbooks import workbook_bytes
from reporting.reading.handed_rows import PapersOfKind
from reporting.statements.report import ColumnKind
from reporting.statements.two_pages import UNCLAIMED_MOST
from tests.pages import browser_of
from tests.reporting.builders import FROM, TO, empty_quarter, worked_quarter
from tests.reporting.reading_pdf import ReadPdf
from tests.reporting.test_fund_statement import money, row, rows
from tests.reporting.test_position import AUGUST, paper
from tests.reporting.web.supervised import supervised

pytestmark = pytest.mark.usefixtures("committed_db")


def test_the_owners_edition_says_in_plain_words_what_the_fund_statement_says() -> None:
    q = worked_quarter()
    plain, fund = paper(q, "owners-edition"), paper(q, "fund")

    assert row(plain, "收到的钱", "大家交的物业费") == money("4000.00")
    assert row(plain, "收到的钱", "一共收到")[0] == row(fund, "收支表", "本期收入合计")[2]
    assert row(plain, "付出的钱", "一共付出")[0] == row(fund, "收支表", "本期支出合计")[2]
    assert row(plain, "我们的钱", "2025-09-30 晚上有")[0] == row(fund, "收支表", "期末资金合计")[2]


def test_it_names_nobody_and_keeps_to_two_pages_however_many_there_are() -> None:
    q = worked_quarter()
    for day in range(1, 29):
        q.receipt("suspense_received", "suspense", date(2025, 8, day), "1.00", name="任我行")
        q.payment("settlement_paid", f"budget_spending:X{day:02}", date(2025, 9, 2), "1.00")

    report = paper(q, "owners-edition")
    read = ReadPdf(pdf_bytes(report, workbook_bytes(report)))
    said = "".join(read.texts)
    claims = rows(report, "还没有人认领的钱")
    assert (read.pages, "任*" in said, "任我行" in said, "令狐冲" in said) == (2, True, False, False)
    assert (len(claims), claims[-2][1:], claims[-1][2]) == (
        UNCLAIMED_MOST + 2, ("19 笔", Decimal("19.00")), Decimal("148.00"),
    )  # fmt: skip


def test_a_city_is_told_its_own_columns_in_its_own_order(tmp_path: Path) -> None:
    file = tmp_path / "city.toml"
    file.write_text(
        'title = "表一"\nbasis = "某市"\n'
        + "".join(
            f'[[columns]]\nname = "{name}"\nsource = "{source}"\n'
            for name, source in (("支出", "spending.total"), ("月", "month"), ("余额", "closing"))
        )
    )
    with override_settings(CITY_COLUMNS=file):
        report = paper(worked_quarter(), "city-month")

    assert [column.title for column in report.sheets[0].columns] == ["支出", "月", "余额"]
    assert rows(report, "表一")[1] == (Decimal("2500.00"), "2025-08", Decimal("64016.20"))


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("title = 1", "没有"),
        ('[[columns]]\nsource = "month"', "第 1 栏没有名称"),
        ('[[columns]]\nname = "月"\nsource = "owner.name"', "owner.name 不认识"),
        ("][", "不能用"),
    ],
)
def test_a_file_of_columns_that_is_none_is_refused_by_place(said: str, reason: str, tmp_path: Path) -> None:
    file = tmp_path / "city.toml"
    file.write_text(said)

    with override_settings(CITY_COLUMNS=file), pytest.raises(Rejected, match=reason):
        paper(empty_quarter(), "city-month")


def test_a_months_row_is_what_the_fund_statement_says_of_that_month() -> None:
    q = worked_quarter()
    (cells,) = rows(paper(q, "city-month", AUGUST), "月度收支情况表")
    fund = paper(q, "fund", AUGUST)

    assert [cells[5], cells[9], cells[10], cells[13]] == [
        row(fund, "收支表", label)[2]
        for label in ("期初资金合计", "本期收入合计", "本期支出合计", "期末资金合计")
    ]


def test_each_statement_has_a_name_a_line_of_what_it_holds_and_a_builder() -> None:
    assert [kind.value for kind in StatementKind] == list(STATEMENTS) == list(get_args(Kind))
    assert all(PapersOfKind(kind, ()).holds for kind in StatementKind)


NEW = ("balance-sheet", "profit", "budget", "income-sources", "annual-report", "owners-edition", "city-month")


def test_workbook_csv_and_page_say_the_reports_figures_to_the_fen() -> None:
    """As the PDF does: ``test_pdf`` asks it of every statement."""
    here, shown = supervised(), list[str]()
    for kind in NEW:
        asked = Asked(here.code, kind, FROM, TO)
        report, first = (made := build_statement(asked)[1]), made.sheets[0]
        at = [at for at, column in enumerate(first.columns) if column.kind is ColumnKind.MONEY]
        expected = [each.cells[one] for each in first.rows for one in at if each.cells[one] is not None]

        text = paper_of(asked, report, PaperFormat.CSV).content.decode("utf-8-sig")
        lines = list(csv.reader(StringIO(text)))[1:]
        assert [Decimal(line[one]) for line in lines for one in at if line[one]] == expected
        sheet = openpyxl.load_workbook(BytesIO(workbook_bytes(report))).worksheets[0]
        cells = [cell.value for line in sheet.iter_rows() for cell in line]
        left = iter([Decimal(str(each)) for each in cells if isinstance(each, int | float)])
        assert [value for value in expected if not any(value == each for each in left)] == []
        here.issued(kind)
        shown += [f"{amount:,.2f}" for _label, amount in report.headlines]
    page = browser_of(here.reader).get(here.address).content.decode()
    assert [amount for amount in shown if amount not in page] == []
