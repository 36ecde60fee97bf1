"""A fund with the deed of the sample estate, and income posted by hand."""

from datetime import UTC, date, datetime

from custody.kernel.money import yuan
from custody.ledger import door
from custody.ledger.entries import credit, debit, entry
from custody.models import DeedTerm, Resolution
from settlement.models import Assessment, BudgetLine
from tests.factories import AT, TestFund, make_fund, unique

JULY, AUGUST, SEPTEMBER = date(2025, 7, 1), date(2025, 8, 1), date(2025, 9, 1)
QUARTER_END = date(2025, 9, 30)
LATER = datetime(2025, 10, 9, 2, 0, tzinfo=UTC)

TERMS = {
    "remuneration_base": "COLLECTED_INCOME",
    "base_rate": "0.12",
    "performance_rate": "0.03",
    "performance_tiers": "90:1.00;80:0.50;0:0.00",
    "trustee_fee_rate": "0.003",
    "custody_fee_rate": "0.0002",
    "fee_basis": "日均余额",
    "day_count": "ACT/365",
}


def agree(test: TestFund, effective_from: date, **terms: str) -> None:
    """Record deed terms from a day on, under a resolution of their own."""
    resolution = Resolution.objects.create(
        fund=test.fund, reference=unique("R"), resolved_on=effective_from, title="业主大会决议"
    )
    for term, value in terms.items():
        DeedTerm.objects.using("owner").create(
            fund=test.fund, term=term, value=value, effective_from=effective_from, resolution=resolution
        )


def serviced_fund(**changes: str) -> TestFund:
    """A fund under the sample estate's terms, with any of them changed."""
    test = make_fund()
    agree(test, date(2025, 1, 1), **(TERMS | changes))
    return test


def receive(test: TestFund, kind: str, amount: str, on: date, book: str = "operating") -> None:
    """Income of a kind into cash; a negative amount is money the bank took back."""
    cash, income = test.account("cash", book=book), test.account(kind, book=book)
    value = yuan(amount)
    lines = (
        (debit(cash, value), credit(income, value))
        if value.amount > 0
        else (debit(income, -value), credit(cash, -value))
    )
    door.post(entry("income_received", on, lines), key=unique("in"), actor_id=test.actor.pk, at=AT)


def score(test: TestFund, points: int, quarter: int = 3) -> Assessment:
    """The committee's signed score of a quarter of 2025."""
    made = Assessment.objects.using("owner").create(
        fund=test.fund,
        year=2025,
        quarter=quarter,
        score=points,
        assessed_by="业主委员会",
        recorded_by=test.committee_key,
        recorded_at=AT,
    )
    return Assessment.objects.get(pk=made.pk)


def budget(test: TestFund, year: int = 2025, **lines: str) -> None:
    """Annual budget lines by code; REM pays remuneration."""
    for code, amount in lines.items():
        BudgetLine.objects.using("owner").create(
            fund=test.fund,
            year=year,
            code=code,
            name="物业服务酬金" if code == "REM" else code,
            book="operating",
            annual_amount=yuan(amount),
        )


def posted(test: TestFund, kind: str) -> str:
    """The posted balance of an operating account, as text."""
    return str(door.balance_of(test.account(kind)).posted.amount)
