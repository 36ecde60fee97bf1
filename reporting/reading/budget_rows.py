"""What the budget's run needs: spending by month of the year, invoices about to be paid, by code. Reads only.

Refuses what came later, as ``stand_rows`` does.
"""

from datetime import date

from custody.models import Fund
from reporting.reading.gathering import budget_rows, cut_before, figures, ledger_facts
from reporting.reading.ledger_rows import Cut
from reporting.reading.stand_rows import unpaid_by_code
from reporting.statements.budget_run import BudgetRunFacts, spent_by_code
from reporting.statements.facts import Span


def budget_run_facts(fund: Fund, cut: Cut) -> BudgetRunFacts:
    """All of it; one snapshot is the caller's to hold."""
    before = cut_before(fund, cut)
    year = Span(max(date(cut.to_on.year, 1, 1), min(fund.opened_on, cut.to_on)), cut.to_on)
    return BudgetRunFacts(
        ledger=ledger_facts(fund, cut),
        budget=budget_rows(cut),
        months=tuple((month, spent_by_code(figures(cut.over(month)))) for month in year.months()),
        committed=unpaid_by_code(cut),
        before=(before.span, figures(before)) if before else None,
    )
