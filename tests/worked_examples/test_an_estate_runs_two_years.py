"""Two years of one estate, July 2023 to June 2025, by commands alone, under the clock its owner sets.

Every month: owners pay, the statement and what lies behind its lumps is taken in, work is accepted, the firm
invoices, two organisations turn their keys, the payment file leaves, the bank pays. Every quarter: score,
fees, statements, and two keys close the quarter. Between them what happens to an estate: idle cash is placed
and comes back, the firm changes its bank, a payment fails, another is returned, money leaves unasked and
comes back, strangers pay, the bank takes what nobody foresaw and people say what it was, a closed quarter is
opened again. Every day the fund proves itself.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from pytest_django import Settings

from custody.ledger import reads
from tests.custody.ledger.raw import run
from tests.worked_examples.two_years_estate import (
    CLEANING,
    LAST_ON,
    OPENED_ON,
    PARKING,
    PERFORMANCE_RATE,
    REPAIR,
    Estate,
    fen,
    first_days,
    month_before,
    onboarded,
    units,
)
from tests.worked_examples.two_years_once import (
    BUYER,
    EXPLAINED,
    FAILS_IN,
    LATE_DETAIL,
    NEPHEW,
    NEPHEW_IN,
    RETURNED_IN,
    SOLD_FROM,
    STORIES,
    base_rate,
    fails_and_is_paid_again,
    is_returned,
    known_by,
    nephew_is_known,
)

pytestmark = [pytest.mark.usefixtures("committed_db"), pytest.mark.long]

MONTHS = first_days(OPENED_ON, LAST_ON)
SCORES = {(2023, 4): 85, (2024, 2): 75}  # every other quarter: 92
FACTORS = {92: Decimal(1), 85: Decimal("0.5"), 75: Decimal(0)}
INTEREST = Decimal("3.21")


@pytest.fixture
def estate(tmp_path: Path, settings: Settings, committed_db: None) -> Iterator[Estate]:
    """The estate on its first morning; afterwards the clock is as it was."""
    settings.BANK_OUTBOX = tmp_path / "outbox"
    before = run("owner", "SELECT ahead, told FROM custody_clock")
    yield onboarded(tmp_path)
    run("owner", "DELETE FROM custody_clock")
    for row in before:
        run("owner", "INSERT INTO custody_clock (ahead, told) VALUES (%s, %s)", row)


def test_an_estate_runs_two_years_by_commands_and_proves_itself_every_day(estate: Estate) -> None:
    """The figures at the end are worked from what happened outside, and are the ledger's own."""
    day = OPENED_ON
    while day <= LAST_ON + timedelta(days=5):
        estate.wakes(day)
        happens(estate, day)
        estate.proves()
        day += timedelta(days=1)

    assert ledger_says(estate) == dict(estate.expected)
    assert estate.cash() == estate.bank.balance
    assert [estate.queue_of(person) for person in (estate.committee, estate.trustee)] == [[], []]
    assert estate.does("verify_documents")


SPENT_OR_OPEN = (
    "channel_fee", "bank_charge", "judicial", "refund", "unexplained", "in_transit", "placement",
)  # fmt: skip


def ledger_says(estate: Estate) -> dict[str, Decimal]:
    """What each kind of account came to over the two years, income and spending positive."""
    last = LAST_ON + timedelta(days=5)
    figures = {
        kind: -reads.net_of(estate.fund.pk, [kind], OPENED_ON, last)
        for kind in ("property_fee", "parking", "interest", "placement_income", "other_income", "suspense")
    }
    figures |= {kind: reads.net_of(estate.fund.pk, [kind], OPENED_ON, last) for kind in SPENT_OR_OPEN}
    for code in ("CLN", "REM", "MNT"):
        figures[code] = reads.net_of(estate.fund.pk, ["budget_spending"], OPENED_ON, last, code=code)
    return {kind: amount for kind, amount in figures.items() if amount}


def happens(estate: Estate, day: date) -> None:
    """Everything of one day, in the order of the day."""
    month = day.replace(day=1)
    if month in MONTHS:
        owners_pay(estate, day)
    if day.day == 1 and month > OPENED_ON:
        month_is_over(estate, month_before(day))
    if day.day == 2 and month > OPENED_ON:
        firm_is_paid(estate, month_before(day))
    if day.day == 5 and month > OPENED_ON and month.month % 3 == 1:
        quarter_is_closed(estate, month_before(day))
    if day.day == 26 and month in MONTHS:
        estate.accepts(f"GD{month:%y%m}", "CLN", CLEANING)
        if month.month % 3 == 0:
            estate.accepts(f"WX{month:%y%m}", "MNT", REPAIR)
    for on, story in STORIES.items():
        if on == day:
            story(estate)


# ------------------------------------------------------------------------------------- every month


def owners_pay(estate: Estate, day: date) -> None:
    """Seven homes by transfer, one through the merchant; parking by batch; interest by quarter."""
    month, homes = day.replace(day=1), units()
    if 3 <= day.day < 3 + len(homes) - 1:
        unit, owner, fee = homes[day.day - 3]
        name = BUYER if day.day == 5 and month >= SOLD_FROM else owner
        memo = f"{unit} 物业费"
        if (month, day.day) == (NEPHEW_IN, 3):
            name, memo = NEPHEW, "代交"
        estate.bank.books(day, fee, name, "6222000000000000001", memo=memo)
        came(estate, month, "property_fee", fee)
    if day.day == 10:
        unit, owner, fee = homes[-1]
        charge = fen(fee * Decimal("0.0038"))
        memo = f"商户结算{month:%m}08 总额{fee} 手续费{charge}"
        estate.bank.books(day, fee - charge, "银联", summary="商户结算", memo=memo)
        came(estate, month, "property_fee", fee)
        estate.expected["channel_fee"] += charge
    if day.day == 15:
        estate.bank.books(day, PARKING, "停车公司", memo=f"临停收入 批次{month:%y%m}")
        came(estate, month, "parking", PARKING)
    if day.day == 21 and day.month % 3 == 0:
        estate.bank.books(day, INTEREST, summary="结息", memo="季度结息")
        estate.expected["interest"] += INTEREST


def came(estate: Estate, month: date, kind: str, amount: Decimal) -> None:
    """Income of the month, which remuneration is measured on."""
    estate.expected[kind] += amount
    estate.collected[month] = estate.collected.get(month, Decimal(0)) + amount


def month_is_over(estate: Estate, month: date) -> None:
    """Details first, then the statement; the month's performance fee is withheld."""
    unit, owner, fee = units()[-1]
    estate.takes_order(month, unit, owner, fee, fen(fee * Decimal("0.0038")))
    if month != LATE_DETAIL:
        estate.takes_parking(month)
    estate.takes_statement()
    if month == NEPHEW_IN:
        nephew_is_known(estate)
    if month in EXPLAINED:
        EXPLAINED[month](estate)
    estate.does("accrue_fees", f"--month={month:%Y-%m}", by=estate.maker)
    if month.month % 3 == 0:
        quarter = month.month // 3
        estate.scores(month.year, quarter, SCORES.get((month.year, quarter), 92))
        estate.does("accrue_fees", f"--quarter={month.year}Q{quarter}", by=estate.maker)


def firm_is_paid(estate: Estate, month: date) -> None:
    """Last month's cleaning and base remuneration; by quarter the repair, and what the score leaves."""
    base = fen(known_by(estate, month) * base_rate(month))
    lines = [
        ("CLN", "工单", f"GD{month:%y%m}", CLEANING),
        ("REM", "基础酬金", f"{month:%Y-%m}", base),
    ]
    estate.expected["CLN"] += CLEANING
    estate.expected["REM"] += base
    if month.month % 3 == 0:
        payable = performance(estate, month)
        if payable:
            lines.append(("REM", "绩效酬金", f"{month:%Y-%m}", payable))
            estate.expected["REM"] += payable
    numbers = [estate.invoices(*lines)]
    if month.month % 3 == 0:
        numbers.append(estate.invoices(("MNT", "工单", f"WX{month:%y%m}", REPAIR)))
        estate.expected["MNT"] += REPAIR
    assert estate.queue_of(estate.committee)[-1]["number"] == numbers[-1]
    estate.both_keys("settlement", *numbers)
    estate.instructs(*numbers)
    paid_on = estate.today + timedelta(days=1)
    if estate.today.replace(day=1) == FAILS_IN:
        fails_and_is_paid_again(estate, numbers[0])
    for number in numbers:
        estate.pays(number, paid_on)
    if estate.today.replace(day=1) == RETURNED_IN:
        is_returned(estate, numbers[0])


def performance(estate: Estate, month: date) -> Decimal:
    """The quarter's withheld performance fee, month by month, times what its score pays."""
    quarter = [month_before(month_before(month)), month_before(month), month]
    withheld = sum((fen(known_by(estate, each) * PERFORMANCE_RATE) for each in quarter), Decimal(0))
    return fen(withheld * FACTORS[SCORES.get((month.year, month.month // 3), 92)])


def quarter_is_closed(estate: Estate, last: date) -> None:
    """Three statements go out, and two keys close the quarter; what comes later is booked later."""
    from_on = month_before(month_before(last))
    to_on = estate.today.replace(day=1) - timedelta(days=1)
    for kind in ("fund", "fee-split", "value-preservation"):
        out = estate.file(f"{kind}.xlsx")
        span = (f"--from={from_on}", f"--to={to_on}")
        estate.does("export_statement", f"--kind={kind}", *span, f"--out={out}", by=estate.maker)
    estate.does("close_period", f"--through={to_on}", by=estate.maker)
    estate.both_keys("period", estate.proposal())
    assert reads.head_of(estate.fund.pk).closed_through == to_on  # type: ignore[union-attr]
