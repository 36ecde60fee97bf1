"""保值增值报告: realised figures of a period that is over, each with its formula."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from custody.kernel.errors import NotFound
from custody.ledger.cash import average_daily_cash, daily_cash
from reporting.exporting import Asked, build_statement, value_facts
from reporting.reading.facts import cut_of
from reporting.statements.rates import demand_rate
from reporting.statements.report import Cell, Report
from reporting.statements.returns import ValueFacts, daily_balances, measured
from tests.reporting.builders import FROM, TO, Quarter, empty_quarter, place, worked_quarter

pytestmark = pytest.mark.usefixtures("committed_db")


def statement(q: Quarter, from_on: date = FROM, to_on: date = TO) -> Report:
    return build_statement(Asked(q.code, "value-preservation", from_on, to_on))[1]


def facts_of(q: Quarter) -> ValueFacts:
    return value_facts(q.made.fund, cut_of(q.made.fund, FROM, TO))


def cells(report: Report, sheet: str, label: str) -> tuple[Cell, ...]:
    table = next(table for table in report.sheets if table.title == sheet)
    (found,) = [row for row in table.rows if str(row.cells[0]).strip() == label]
    return found.cells[1:]


def test_net_income_is_income_less_bank_charges() -> None:
    assert measured(facts_of(worked_quarter())).net == Decimal("36.30")


def test_the_average_is_the_mean_of_every_days_closing_cash() -> None:
    q = worked_quarter()

    assert measured(facts_of(q)).average_cash == average_daily_cash(q.made.fund.pk, FROM, TO)


def test_daily_cash_agrees_with_the_fees_basis_day_by_day() -> None:
    q = worked_quarter()

    assert daily_balances(facts_of(q)) == daily_cash(q.made.fund.pk, FROM, TO)


def test_a_constant_sum_earns_its_plain_rate_by_either_measure() -> None:
    q = empty_quarter("30000.00", "6500.00")
    q.receipt("interest_received", "interest", TO, "92.00", memo="结息")

    returns = measured(facts_of(q))
    assert (returns.dietz_base, returns.dietz) == (Decimal("36500.00"), Decimal("0.010000"))


def test_money_that_came_halfway_counts_for_half() -> None:
    q = empty_quarter("10000.00", "10000.00")
    q.receipt("grant_received", "grant", FROM + timedelta(days=46), "9200.00", memo="激励资金")

    assert measured(facts_of(q)).dietz_base == Decimal("24600.00")


def test_income_itself_is_no_capital() -> None:
    q = empty_quarter("10000.00", "10000.00")
    q.receipt("interest_received", "interest", FROM, "9200.00", memo="结息")

    assert measured(facts_of(q)).dietz_base == Decimal("20000.00")


def test_the_comparison_takes_each_days_cash_at_that_days_listed_rate() -> None:
    q = worked_quarter()
    exact = sum(
        Fraction(cash) * Fraction(demand_rate(on)) / 360 for on, cash in daily_cash(q.made.fund.pk, FROM, TO)
    )

    assert abs(Fraction(measured(facts_of(q)).demand_interest) - exact) <= Fraction(1, 200)


def test_a_placement_shows_what_was_agreed_and_what_came() -> None:
    report = statement(worked_quarter())

    assert cells(report, "存放明细", "通知存款") == (
        "维修账", Decimal("20000.00"), date(2025, 7, 16), date(2025, 9, 17), 63, Decimal("0.011"),
        Decimal("38.50"), Decimal("38.50"), Decimal("0.00"), "2025-09-17 转回",
    )  # fmt: skip


def test_a_principal_that_comes_back_later_is_still_out_in_its_period() -> None:
    q = empty_quarter()
    place(q, date(2025, 7, 16), date(2025, 10, 17))

    shown = cells(statement(q), "存放明细", "通知存款")
    assert (shown[3], shown[6], shown[-1]) == (None, None, "存放中")


def test_income_by_source_closes_the_flow() -> None:
    report = statement(worked_quarter())

    assert (cells(report, "资金变动", "资金收益合计")[2], cells(report, "资金变动", "六、期末资金")[2]) == (
        Decimal("48.00"), Decimal("64052.50"),
    )  # fmt: skip


def test_every_measure_states_its_formula() -> None:
    table = next(table for table in statement(worked_quarter()).sheets if table.title == "收益率")

    assert all(row.cells[-1] for row in table.rows)


def test_nothing_in_it_looks_forward() -> None:
    text = repr(statement(worked_quarter()))

    assert [word for word in ("预计", "预期", "保证", "承诺", "将") if word in text] == []


def test_a_fund_that_held_nothing_has_no_rate() -> None:
    from tests import factories

    made = factories.make_fund()
    (_, report) = build_statement(Asked(made.fund.code, "value-preservation", FROM, TO))

    assert cells(report, "收益率", "资金加权年化收益率")[1] is None


def test_a_day_before_the_listed_rates_is_refused() -> None:
    with pytest.raises(NotFound):
        demand_rate(date(2000, 1, 1))


@pytest.mark.parametrize(
    ("on", "rate"),
    [(date(2025, 5, 19), "0.0010"), (date(2025, 5, 20), "0.0005"), (date(2026, 1, 1), "0.0005")],
)
def test_the_listed_rate_changes_on_its_day(on: date, rate: str) -> None:
    assert demand_rate(on) == Decimal(rate)
