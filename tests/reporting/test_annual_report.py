"""年度受托报告: every chapter from the books of one year, and nothing of another."""

from datetime import date
from decimal import Decimal

import pytest

from custody.kernel.errors import Rejected
from custody.ledger import references
from custody.models import Fund
from reporting.statements.report import Report
from tests.reporting.builders import FROM, TO, empty_quarter, worked_quarter
from tests.reporting.test_fund_statement import money, row, rows
from tests.reporting.test_position import paper

pytestmark = pytest.mark.usefixtures("committed_db")
YEAR = (FROM, date(2025, 12, 31))


def sheet_alerts(report: Report, title: str) -> tuple[str, ...]:
    return next(table.alerts for table in report.sheets if table.title == title)


def test_it_says_what_the_other_statements_say() -> None:
    q = worked_quarter()
    report = paper(q, "annual-report", YEAR)

    for kind, sheet in (("balance-sheet", "资产负债表"), ("profit", "利润表"), ("budget", "预算执行")):
        assert rows(report, sheet) == rows(paper(q, kind, YEAR), sheet)
    assert dict(report.headlines)["本期结余"] == Decimal("3932.50")


def test_days_that_are_no_whole_year_say_so() -> None:
    q = worked_quarter()

    assert "不是 2025 年全年" in sheet_alerts(paper(q, "annual-report", (FROM, TO)), "概述")[0]
    assert sheet_alerts(paper(q, "annual-report", YEAR), "概述") == ()


def test_days_of_two_years_are_refused() -> None:
    with pytest.raises(Rejected, match="跨年"):
        paper(worked_quarter(), "annual-report", (FROM, date(2026, 6, 30)))


def test_a_payment_nobody_knew_is_told_with_how_it_ended() -> None:
    q = empty_quarter()
    q.payment("unexplained_payment", "unexplained", date(2025, 8, 1), "30.00")
    q.payment("unexplained_payment", "unexplained", date(2025, 8, 2), "7.00")
    line = q.file.bank_lines.filter(amount=Decimal("-30.00")).get()
    q.post(
        "unexplained_explained", date(2025, 8, 20), ("bank_charge", "30.00"), ("unexplained", "-30.00"),
        source=references.bank_line(line),
    )  # fmt: skip

    assert [cells[1:] for cells in rows(paper(q, "annual-report", YEAR), "待查付款")] == [
        (date(2025, 8, 1), Decimal("30.00"), date(2025, 8, 20), "银行手续费"),
        (date(2025, 8, 2), Decimal("7.00"), None, "期末尚未查明"),
    ]


def test_what_nobody_claimed_is_told_by_its_age() -> None:
    q = empty_quarter()
    for on, amount in ((date(2025, 7, 2), "9.00"), (date(2025, 12, 20), "5.00")):
        q.receipt("suspense_received", "suspense", on, amount, name="令狐冲")

    report = paper(q, "annual-report", YEAR)
    assert row(report, "待确认款项账龄", "其中：30 天以内") == (1, Decimal("5.00"))
    assert row(report, "待确认款项账龄", "其中：180 天以上") == (1, Decimal("9.00"))


def test_a_fee_leads_from_what_was_owed_over_what_was_paid_to_what_is() -> None:
    q = empty_quarter()
    q.post(
        "trustee_fee_accrued", date(2025, 8, 31), ("trustee_fee", "48.56"), ("trustee_fee_payable", "-48.56")
    )
    q.payment("trustee_fee_paid", "trustee_fee_payable", date(2025, 9, 3), "40.00")

    report = paper(q, "annual-report", YEAR)
    assert row(report, "报酬与费用", "信托报酬") == money("0", "48.56", "40.00", "8.56")


def test_the_deeds_terms_of_the_year_are_changes_and_none_of_the_year_before() -> None:
    q = empty_quarter()

    def told(days: tuple[date, date]) -> list[tuple[object, ...]]:
        changes = rows(paper(q, "annual-report", days), "约定与变更")
        return [cells for cells in changes if cells[1] == "信托条款 基础酬金率"]

    assert told(YEAR) == []
    Fund.objects.using("owner").filter(pk=q.made.fund.pk).update(opened_on=date(2025, 1, 1))
    whole = date(2025, 1, 1), date(2025, 12, 31)
    assert told(whole) == [(date(2025, 1, 1), "信托条款 基础酬金率", "0.12", "R1")]
