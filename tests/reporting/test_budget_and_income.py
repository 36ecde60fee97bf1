"""预算执行表 and 收入来源表 over the quarter added up by hand: what was to be, what was, what to look at."""

from datetime import date
from decimal import Decimal

import pytest

from reporting.statements.report import Style
from tests.reporting.builders import FROM, TO, empty_quarter, worked_quarter
from tests.reporting.test_fund_statement import money, row
from tests.reporting.test_position import AUGUST, paper

pytestmark = pytest.mark.usefixtures("committed_db")


def test_each_line_shows_budget_spent_and_left() -> None:
    report = paper(worked_quarter(), "budget", AUGUST)

    assert row(report, "预算执行", "CLN 清洁卫生") == (
        *money("24000", "1500", "0", "1500", "0.0625", "0", "22500"),
        "",
    )
    assert row(report, "预算执行", "合计")[:2] == money("44000", "2500")
    assert row(report, "分月支出", "CLN 清洁卫生") == money("0", "1500", "1500")


def test_a_line_overrun_and_one_in_no_budget_stand_in_red() -> None:
    q = empty_quarter()
    q.payment("settlement_paid", "budget_spending:REM", date(2025, 7, 9), "8000.01")
    q.payment("settlement_paid", "budget_spending:XYZ", date(2025, 7, 9), "10.00")

    table = paper(q, "budget").sheets[0]
    red = {str(each.cells[0]).strip(): each.cells[7:] for each in table.rows if each.style is Style.ALERT}
    assert red == {
        "REM 物业服务酬金": (Decimal("-0.01"), "超出预算"),
        "XYZ （未列入本年预算）": (Decimal("-10.00"), "未列入预算"),
    }


def test_a_line_ahead_of_the_year_is_hinted_at() -> None:
    q = empty_quarter()
    q.payment("settlement_paid", "budget_spending:REM", date(2025, 7, 9), "6000.00")

    assert row(paper(q, "budget"), "预算执行", "REM 物业服务酬金")[-1] == "快于时间进度"


def test_the_fees_to_come_are_the_rosters_and_the_part_that_came_is_inferred() -> None:
    report = paper(worked_quarter(), "income-sources")

    owed, came, before, part, why = row(report, "收入来源", "物业费收入")
    assert (owed, came, before, part) == (*money("264.00", "4000.00"), None, Decimal("15.151515"))
    assert "由到账推断" in str(why)
    assert row(report, "分月完整性", "2025-07") == money(
        "88.00", "4000.00", "45.454545", "2000.00", "0", "6000.00"
    )


def test_what_has_no_known_claim_is_judged_by_nothing() -> None:
    report = paper(worked_quarter(), "income-sources")

    assert row(report, "收入来源", "激励资金") == (None, Decimal("400.00"), None, None, "未登记应收")
    assert row(report, "收入来源", "另：待确认款项净增加")[1] == Decimal("120.00")


def test_the_ways_of_an_income_sum_to_it() -> None:
    report = paper(worked_quarter(), "income-sources", (FROM, TO))

    ways = [each.cells[1:] for each in report.sheets[1].rows if each.cells[0] == "物业费收入"]
    assert ways == [("物业费到账", 1, Decimal("3000.00")), ("商户收款", 1, Decimal("1000.00"))]
