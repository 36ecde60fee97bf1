"""信托资产负债表 and 信托利润表 balance, and agree with each other and with the fund statement."""

from datetime import date
from decimal import Decimal

import pytest

from reporting.exporting import Asked, build_statement
from reporting.statements.report import Report
from tests.reporting.builders import FROM, TO, Quarter, empty_quarter, worked_quarter
from tests.reporting.test_fund_statement import money, row, rows, transfer

pytestmark = pytest.mark.usefixtures("committed_db")
JULY, AUGUST = (FROM, date(2025, 7, 31)), (date(2025, 8, 1), date(2025, 8, 31))


def paper(q: Quarter, kind: str, days: tuple[date, date] = (FROM, TO)) -> Report:
    return build_statement(Asked(q.code, kind, *days))[1]


def test_what_the_trust_has_is_what_it_owes_and_what_is_the_owners() -> None:
    report = paper(worked_quarter(), "balance-sheet")

    assert row(report, "资产负债表", "资产总计") == money("15014.00", "49038.50", "64052.50", "60000.00")
    assert row(report, "资产负债表", "待确认款项") == money("120.00", "0", "120.00", "0")
    assert row(report, "资产负债表", "信托权益合计") == money("14894.00", "49038.50", "63932.50", "60000.00")


def test_the_surplus_is_income_less_costs_and_moves_the_equity() -> None:
    q = worked_quarter()
    profit, sheet = paper(q, "profit"), paper(q, "balance-sheet")

    assert row(profit, "利润表", "信托收入合计")[2] == Decimal("6448.00")
    assert row(profit, "利润表", "信托费用合计")[2] == Decimal("2515.50")
    assert row(profit, "利润表", "三、本期结余")[2] == Decimal("3932.50")
    assert row(sheet, "信托权益变动表", "本期结余（见《信托利润表》）")[2] == Decimal("3932.50")


def test_the_surplus_is_led_over_to_the_change_of_the_money() -> None:
    q = worked_quarter()

    moved = row(paper(q, "profit"), "结余与资金变动", "本期资金净变动")
    assert moved == row(paper(q, "fund"), "收支表", "五、本期资金净变动")[:3]


def test_fees_accrued_and_unpaid_are_a_cost_and_owed() -> None:
    q = empty_quarter()
    q.post("trustee_fee_accrued", TO, ("trustee_fee", "48.56"), ("trustee_fee_payable", "-48.56"))

    assert row(paper(q, "profit"), "利润表", "信托报酬")[2] == Decimal("48.56")
    assert row(paper(q, "balance-sheet"), "资产负债表", "应付信托报酬")[2] == Decimal("48.56")
    assert row(paper(q, "balance-sheet"), "资产负债表", "累计结余")[2] == Decimal("-48.56")


def test_money_that_left_for_no_known_reason_is_an_asset_in_red() -> None:
    q = empty_quarter()
    q.payment("unexplained_payment", "unexplained", date(2025, 8, 1), "30.00")

    report = paper(q, "balance-sheet")
    styles = {str(each.cells[0]).strip(): each.style for each in report.sheets[0].rows}
    assert (row(report, "资产负债表", "待查付款")[2], styles["待查付款"]) == (Decimal("30.00"), "alert")


def test_a_period_opens_with_the_position_the_one_before_closed_with() -> None:
    q = worked_quarter()
    july, august = (rows(paper(q, "balance-sheet", days), "资产负债表") for days in (JULY, AUGUST))

    closed = {cells[0]: cells[3] for cells in july}
    assert {cells[0]: cells[4] for cells in august if cells[0] in closed} == {
        cells[0]: closed[cells[0]] for cells in august if cells[0] in closed
    }
    assert row(paper(q, "profit", AUGUST), "利润表", "三、本期结余")[3:] == (
        row(paper(q, "profit", JULY), "利润表", "三、本期结余")[2],
        row(paper(q, "profit", (FROM, AUGUST[1])), "利润表", "三、本期结余")[2],
    )


def test_a_resolved_transfer_is_equity_of_each_book_and_nothing_in_all() -> None:
    q = empty_quarter()
    transfer(q)

    report, later = paper(q, "balance-sheet"), paper(q, "balance-sheet", (date(2025, 9, 1), TO))
    assert row(report, "资产负债表", "账间划转（依决议）") == money("300.00", "-300.00", "0.00", "0.00")
    assert row(later, "信托权益变动表", "期末信托权益") == money("10300.00", "49700.00", "60000.00")
