"""The sample estate's third quarter: what the firm, the trustee and the custodian earned."""

import json
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from custody.kernel.accrual import DayCharge, accrued, average, decimal_of
from custody.kernel.money import rounded, yuan
from custody.ledger import door
from custody.models import Fund
from custody.money_in.bank_statements import import_statements
from custody.money_in.channel import import_channel_detail
from custody.money_in.public_revenue import import_public_revenue
from settlement.fees import charges
from settlement.fees.remuneration import Assessed
from settlement.work.importing import import_work
from tests import factories
from tests.custody.money_in.packs import AT, copy_pack, onboarded
from tests.settlement.desk import sign_work

PACK = Path(__file__).parents[1] / "packs" / "four-seasons"
EXPECTED = json.loads((PACK / "expected.json").read_text(encoding="utf-8"))
JULY, AUGUST, SEPTEMBER = date(2025, 7, 1), date(2025, 8, 1), date(2025, 9, 1)
QUARTER_END = date(2025, 9, 30)
TAKEN_IN: dict[str, Fund] = {}


@pytest.fixture
def estate(tmp_path_factory: pytest.TempPathFactory, committed_db: None) -> Fund:
    """The sample's own files, imported once: bank, merchant, public revenue, work and the quarter's score."""
    if "sample" not in TAKEN_IN:
        pack = copy_pack(tmp_path_factory.mktemp("sample"))
        fund, actor = onboarded(pack)
        import_channel_detail(fund=fund, paths=pack.details, actor=actor, at=AT)
        import_public_revenue(fund=fund, path=pack.path("public-revenue.xlsx"), actor=actor, at=AT)
        import_statements(fund=fund, paths=pack.statements, actor=actor, at=AT)
        committee = factories.member_of(fund, "committee", "checker")
        import_work(fund=fund, path=pack.path("work.xlsx"), actor=committee, at=AT)
        sign_work(fund, factories.member_of(fund, "committee", "keyholder"), AT)
        TAKEN_IN["sample"] = fund
    return TAKEN_IN["sample"]


def scored(estate: Fund) -> Assessed:
    """The committee's signed 92 points, applied; asked twice it answers the same."""
    desk = factories.member_of(estate, "trustee", "maker")
    return charges.fix_assessment(fund_id=estate.pk, year=2025, quarter=3, actor=desk, at=AT)


def test_july_earns_15764_91_and_withholds_3941_23(estate: Fund) -> None:
    """118,524.27 property fee + 6,850 parking + 6,000 advertising = 131,374.27; 12 % and 3 % of it."""
    july = charges.remuneration_of(estate.pk, JULY)
    assert (july.base, july.base_fee, july.performance) == (
        yuan("131374.27"), yuan("15764.91"), yuan("3941.23"),
    )  # fmt: skip


def test_the_estate_keeps_111668_13_of_july(estate: Fund) -> None:
    assert charges.remuneration_of(estate.pk, JULY).remainder == yuan("111668.13")


@pytest.mark.parametrize("month", [JULY, AUGUST, SEPTEMBER])
def test_every_month_comes_out_as_published(estate: Fund, month: date) -> None:
    figures = EXPECTED["months"][f"{month:%Y-%m}"]
    earned = charges.remuneration_of(estate.pk, month)
    assert [str(each.amount) for each in (earned.base, earned.base_fee, earned.performance)] == [
        figures["remuneration_base"], figures["base_remuneration"], figures["performance_accrued"],
    ]  # fmt: skip


def test_a_score_of_92_makes_all_7520_71_payable(estate: Fund) -> None:
    """3,941.23 + 1,818.37 + 1,761.11 = 7,520.71; from 90 points on the factor is 1."""
    settled = scored(estate)
    assert (settled.accrued, settled.payable, settled.lapsed) == (yuan("7520.71"), yuan("7520.71"), yuan("0"))


def test_the_payable_performance_stands_on_the_books(estate: Fund) -> None:
    scored(estate)
    owed = door.open_account(fund_id=estate.pk, book="operating", kind="performance_payable")
    assert door.balance_of(owed).posted == yuan("-7520.71")


# The bank's own statement, read cell by cell, against the published fees.


def bank_closings() -> dict[date, Decimal]:
    """The last balance the bank printed on each day with a line."""
    closings: dict[date, Decimal] = {}
    for path in sorted(PACK.glob("bank-2025-*.xlsx")):
        for row in openpyxl.load_workbook(path, read_only=True).worksheets[0].iter_rows(values_only=True):
            if row[4] in ("借", "贷"):
                closings[datetime.fromisoformat(str(row[3])).date()] = Decimal(str(row[11]).replace(",", ""))
    return closings


def trust_cash() -> list[tuple[date, Decimal]]:
    """End-of-day bank balance plus the 200,000 out on call deposit from 16 July until 17 September."""
    closings, days = bank_closings(), []
    balance = sum((Decimal(each) for each in EXPECTED["opening"].values()), Decimal(0))
    on = JULY
    while on <= QUARTER_END:
        balance = closings.get(on, balance)
        placed = Decimal(200000) if date(2025, 7, 16) <= on < date(2025, 9, 17) else Decimal(0)
        days.append((on, balance + placed))
        on += timedelta(days=1)
    return days


def test_the_estate_had_611711_84_on_an_average_day() -> None:
    assert str(rounded(average([amount for _, amount in trust_cash()]))) == EXPECTED["average_daily_cash"]


@pytest.mark.parametrize(("fee", "rate"), [("trustee_fee", "0.003"), ("custody_fee", "0.0002")])
def test_ninety_two_days_of_keeping_cost_as_published(fee: str, rate: str) -> None:
    charges = (DayCharge(on, amount, Decimal(rate), 365) for on, amount in trust_cash())
    assert str(rounded(decimal_of(accrued(charges)))) == EXPECTED[fee]
