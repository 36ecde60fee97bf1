"""The year turns: next year's budget comes on a resolution and two keys; a missing one is told in time."""

from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pytest
from django.core.management import CommandError

from custody.models import AmendmentRow, Key
from settlement.contracts.budgets import year_ahead
from settlement.contracts.taking_on import onboard_estate
from settlement.fees.measures import monthly_budget
from settlement.models import BudgetLine
from tests.custody.amendments.books import Desk, desk
from tests.custody.ledger.raw import refused, run
from tests.custody.money_in.small import Said

pytestmark = pytest.mark.usefixtures("committed_db")
LINES = ((2026, "CLN", "清洁卫生", "经营账", 2400), (2026, "MNT", "公共部位维修", "维修账", 0))
BUDGET_SQL = """
    INSERT INTO settlement_budgetline (fund_id, year, code, name, book, annual_amount, annual_amount_currency)
    VALUES (%s, 2026, 'X', '别项', 'operating', 99, 'CNY')"""


@pytest.fixture
def at_desk(tmp_path: Path) -> Desk:
    return desk(tmp_path)


def told(at_desk: Desk, on: date) -> list[str]:
    return [str(each) for each in year_ahead(at_desk.fund, on)]


def test_next_years_budget_is_spendable_from_the_second_key_and_this_years_stays(at_desk: Desk) -> None:
    at_desk.enacted("import_budget", "预算", *LINES)

    assert monthly_budget(at_desk.fund.pk, date(2026, 1, 1)).amount == 200
    assert monthly_budget(at_desk.fund.pk, date(2025, 12, 1)).amount == 150


def test_a_budget_that_is_missing_is_told_with_its_remedy_before_the_year_ends(at_desk: Desk) -> None:
    early, late = told(at_desk, date(2025, 10, 31)), told(at_desk, date(2025, 11, 2))

    assert early == []
    assert ["2026 年度预算尚未登记" in each and "import_budget" in each for each in late] == [True]


def test_the_clerk_is_told_beside_whatever_is_imported(at_desk: Desk) -> None:
    statement = at_desk.small.statement([Said("2025-11-03", "10.00", "赵一", memo="5-1-101 物业费")])
    said = at_desk.run("import_bank_statement", statement)

    assert "2026 年度预算尚未登记" in said


def test_a_budget_that_waits_for_keys_is_told_as_waiting_and_one_in_force_no_more(at_desk: Desk) -> None:
    amendment = at_desk.proposed("import_budget", at_desk.book("预算", *LINES))
    waiting = told(at_desk, date(2025, 12, 1))
    at_desk.keyed(amendment)

    assert [f"变更 {amendment.pk}" in each for each in waiting] == [True]
    assert told(at_desk, date(2025, 12, 1)) == []


def test_a_years_budget_is_decided_once(at_desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(CommandError):
        at_desk.proposed("import_budget", at_desk.book("预算", (2025, "NEW", "新科目", "经营账", 1)))
    assert "2025 年度预算已生效" in capsys.readouterr().err


def test_of_two_proposals_for_one_year_the_first_keyed_stands(at_desk: Desk) -> None:
    first, other = (at_desk.proposed("import_budget", at_desk.book("预算", line)) for line in LINES)
    at_desk.keyed(other)

    with pytest.raises(CommandError, match="年度预算已生效"):
        at_desk.turn(first, Key.APPROVE)


def test_a_year_nobody_could_mean_is_refused(at_desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(CommandError):
        at_desk.proposed("import_budget", at_desk.book("预算", (2027, "CLN", "清洁卫生", "经营账", 1)))
    assert "最晚可登记 2026" in capsys.readouterr().err


def test_later_budgets_and_terms_do_not_contradict_the_founding_workbook(at_desk: Desk) -> None:
    at_desk.enacted("import_budget", "预算", *LINES)
    at_desk.enacted("import_deed_terms", "信托条款", ("基础酬金率", "15%", date(2026, 1, 1)))
    founding = at_desk.small.folder / "estate.xlsx"
    again = at_desk.small.folder / "again.xlsx"
    openpyxl.load_workbook(founding).save(again)

    outcome = onboard_estate(path=again, actor=at_desk.small.actor, at=datetime(2026, 3, 1, tzinfo=UTC))
    assert outcome.already_done


def test_no_budget_line_is_written_past_the_keys(at_desk: Desk) -> None:
    with refused(constraint="changed_by_two_keys", using="default"):
        run("default", BUDGET_SQL, [at_desk.fund.pk])


def test_no_line_joins_a_budget_that_stands_even_with_keys(at_desk: Desk) -> None:
    first, other = (at_desk.proposed("import_budget", at_desk.book("预算", line)) for line in LINES)
    at_desk.keyed(first)
    at_desk.keyed_by_hand(other)
    row = AmendmentRow.objects.get(amendment=other)
    with refused(constraint="budget_of_a_year_once", using="default"):
        BudgetLine.objects.create(enacts=row, **row.facts)
