"""The column of the period before: as long, proven like its own, empty where there was no trust."""

from datetime import date
from decimal import Decimal

import pytest

from custody.models import Fund
from reporting.exporting import Asked, build_statement
from reporting.statements.facts import Span
from reporting.statements.report import Cell, Report
from tests.reporting.builders import FROM, TO, Quarter, empty_quarter, worked_quarter

AUGUST = (date(2025, 8, 1), date(2025, 8, 31))
SEPTEMBER = (date(2025, 9, 1), date(2025, 9, 30))


def statement(q: Quarter, kind: str = "fund", span: tuple[date, date] = AUGUST) -> Report:
    return build_statement(Asked(q.code, kind, *span))[1]


def row(report: Report, sheet: str, label: str) -> tuple[Cell, ...]:
    table = next(table for table in report.sheets if table.title == sheet)
    (found,) = [each for each in table.rows if str(each.cells[0]).strip() == label]
    return found.cells[1:]


def notes(report: Report, sheet: str) -> str:
    return "".join(next(table for table in report.sheets if table.title == sheet).notes)


@pytest.mark.parametrize(
    ("span", "before"),
    [
        ((date(2025, 7, 1), date(2025, 9, 30)), (date(2025, 4, 1), date(2025, 6, 30))),
        ((date(2025, 3, 1), date(2025, 3, 31)), (date(2025, 2, 1), date(2025, 2, 28))),
        ((date(2025, 1, 1), date(2025, 12, 31)), (date(2024, 1, 1), date(2024, 12, 31))),
        ((date(2025, 7, 2), date(2025, 7, 11)), (date(2025, 6, 22), date(2025, 7, 1))),
    ],
)
def test_the_period_before_is_as_long(span: tuple[date, date], before: tuple[date, date]) -> None:
    assert Span(*span).before == Span(*before)


@pytest.mark.usefixtures("committed_db")
@pytest.mark.parametrize("label", ["本期收入合计", "本期支出合计", "五、本期资金净变动", "期末资金合计"])
def test_what_was_this_periods_total_is_the_nexts_prior(label: str) -> None:
    q = worked_quarter()

    assert row(statement(q, span=SEPTEMBER), "收支表", label)[3] == row(statement(q), "收支表", label)[2]


@pytest.mark.usefixtures("committed_db")
def test_the_prior_closing_is_the_opening() -> None:
    (proof,) = [p for p in statement(worked_quarter()).proofs if p.claim == "上期期末资金 = 本期期初资金"]

    assert (proof.strict, proof.difference) == (True, Decimal(0))


@pytest.mark.usefixtures("committed_db")
def test_each_book_of_the_prior_period_is_proven_too() -> None:
    claims = [p.claim for p in statement(worked_quarter()).proofs if p.claim.startswith("上期")]

    assert claims[:2] == [
        "上期经营账：期初资金 + 本期净变动 = 期末资金",
        "上期维修账：期初资金 + 本期净变动 = 期末资金",
    ]


@pytest.mark.usefixtures("committed_db")
@pytest.mark.parametrize(
    ("kind", "sheet"), [("fund", "收支表"), ("fee-split", "分配"), ("value-preservation", "资金变动")]
)
def test_before_the_handover_the_column_is_empty_and_says_why(kind: str, sheet: str) -> None:
    report = statement(worked_quarter(), kind, (FROM, TO))

    assert "信托尚未移交（移交日 2025-07-01），上期栏为空" in notes(report, sheet)


@pytest.mark.usefixtures("committed_db")
def test_a_prior_period_cut_short_by_the_handover_begins_with_it() -> None:
    q = empty_quarter()
    Fund.objects.using("owner").filter(pk=q.made.fund.pk).update(opened_on=date(2025, 7, 10))
    q.receipt("grant_received", "grant", date(2025, 7, 12), "5.00")

    report = statement(q)
    assert row(report, "收支表", "激励资金")[3] == Decimal("5.00")
    assert "上期栏为 2025-07-10 至 2025-07-31：上期自移交日 2025-07-10 起算" in notes(report, "收支表")


@pytest.mark.usefixtures("committed_db")
def test_a_budget_line_spent_on_only_before_is_shown() -> None:
    q = empty_quarter()
    q.payment("settlement_paid", "budget_spending:XYZ", date(2025, 7, 9), "10.00")

    assert row(statement(q), "收支表", "XYZ （未列入本年预算）")[2:4] == (Decimal(0), Decimal("10.00"))


@pytest.mark.usefixtures("committed_db")
def test_the_fee_split_shows_the_prior_shares() -> None:
    q = worked_quarter()
    july = statement(q, "fee-split", (FROM, date(2025, 7, 31)))
    shares = {cells.cells[1]: cells.cells[2] for cells in july.sheets[1].rows}

    august = statement(q, "fee-split")
    assert {cells.cells[1]: cells.cells[4] for cells in august.sheets[1].rows} == shares


@pytest.mark.usefixtures("committed_db")
def test_the_fee_split_shows_the_prior_base() -> None:
    assert row(statement(worked_quarter(), "fee-split"), "分月酬金", "上期合计")[1] == Decimal("6000.00")


@pytest.mark.usefixtures("committed_db")
def test_a_prior_that_cannot_be_recomputed_is_empty_with_its_reason() -> None:
    q = worked_quarter()
    Fund.objects.using("owner").filter(pk=q.made.fund.pk).update(
        opened_on=date(2024, 11, 1)
    )  # no terms before 2025

    report = statement(q, "fee-split", (date(2025, 1, 1), date(2025, 1, 31)))
    assert "上期无法重算，上期栏为空" in notes(report, "分配")


@pytest.mark.usefixtures("committed_db")
def test_the_value_report_shows_the_prior_average() -> None:
    q = worked_quarter()
    july = statement(q, "value-preservation", (FROM, date(2025, 7, 31)))

    august = statement(q, "value-preservation")
    assert row(august, "收益率", "日均资金")[2] == row(july, "收益率", "日均资金")[0]
