"""A fund's budget of a year as a program reads it. Refuses (404) firms, and a fund that is not theirs."""

from typing import Annotated

from django.http import HttpRequest
from ninja import Field, Router, Schema

from custody.api.callers import LEDGER_READERS, caller_of, shown_to
from custody.api.shapes import Yuan, as_yuan
from settlement.selectors import budget_of_year

router = Router(tags=["budget"])
Year = Annotated[int, Field(ge=2000, le=2999)]


class BudgetLineOut(Schema):
    """One line in yuan: of the year's amount, what was paid, what is claimed and not paid, what is left."""

    code: str
    name: str
    book: str
    annual: Yuan
    paid: Yuan
    claimed: Yuan
    left: Yuan


class BudgetOut(Schema):
    """A year's budget by book and code."""

    fund: str
    year: int
    lines: list[BudgetLineOut]


@router.get("/funds/{code}/budget", response=BudgetOut)
@shown_to(*LEDGER_READERS)
def read_budget(request: HttpRequest, code: str, year: Year | None = None) -> BudgetOut:
    """The budget of a year."""
    visit = caller_of(request).visit
    fund, asked = visit.fund(code), year or visit.on.year
    lines = [
        BudgetLineOut(
            code=each.line.code, name=each.line.name, book=each.line.book,
            annual=as_yuan(each.line.annual_amount.amount), paid=as_yuan(each.paid),
            claimed=as_yuan(each.claimed), left=as_yuan(each.left),
        )
        for each in budget_of_year(fund.pk, asked)
    ]  # fmt: skip
    return BudgetOut(fund=fund.code, year=asked, lines=lines)
