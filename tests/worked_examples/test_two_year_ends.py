"""An estate lives past two 31 Decembers: everything that changes comes as a dated workbook and two keys.

By commands only, each as a named person on the day it happens. 2025: the budget of 2026 is missing and told.
2026: a flat is sold, a price and a fee rate change, another firm takes over and is paid on its own account,
the fund opens a second account and pays from it. 2027 begins with its own budget. What was stays as it was.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import CommandError
from django.db import connections
from pytest_django import Settings

from config.replay.clock import set_clock
from custody.deeds import terms, units
from custody.ledger.proof import verify_fund
from custody.models import Amendment, FundParty, LineExplanation, Operator, OrganisationKind
from settlement.decisions.subjects import ACCEPTANCE
from settlement.fees import charges
from settlement.fees.remuneration import MonthRemuneration
from settlement.models import Acceptance, PayeeAccount, PaymentBatch, Settlement, WorkOrder
from tests.custody.amendments.books import Desk, desk
from tests.custody.money_in.small import Said
from tests.factories import close_period, make_operator, member_of, unique
from tests.settlement.desk import digits
from tests.worked_examples.estate import INVOICES, LINES, WORK, workbook

pytestmark = pytest.mark.usefixtures("committed_db")
OLD_FIRM = "小小物业有限公司"
NEW_ACCOUNT = "510101040033333333"


@pytest.fixture
def estate(tmp_path: Path, settings: Settings, committed_db: None) -> Iterator[Desk]:
    """The small estate; the demonstration's clock is put back afterwards."""
    settings.BANK_OUTBOX = tmp_path / "outbox"
    yield desk(tmp_path)
    with connections["owner"].cursor() as cursor:
        cursor.execute("UPDATE custody_clock SET ahead = '0'")


def day(estate: Desk, year: int, month: int, on: int) -> None:
    """It is that day, for people and for the database."""
    estate.at = datetime(year, month, on, 2, 0, tzinfo=UTC)
    set_clock(estate.at)


def work(estate: Desk, acceptor: Operator, number: str, on: date, amount: str) -> None:
    row = (number, "清洁卫生", "CLN", on, on, "业委会", "合格", Decimal(amount))
    path = workbook(estate.small.folder / f"{number}.xlsx", 工单=[WORK, row])
    estate.run("import_work", path, by=acceptor)
    estate.run("turn_key", ACCEPTANCE, Acceptance.objects.latest("pk").pk, by=estate.approver)


def invoice(estate: Desk, clerk: Operator, firm: str, about: str, on: date, amount: str, buyer: str) -> str:
    number = digits(on.year % 100)
    path = workbook(
        estate.small.folder / f"{number}.xlsx",
        发票=[INVOICES, (number, on, Decimal(amount), firm, buyer)],
        明细=[LINES, (number, 1, "CLN", "工单", about, Decimal(amount))],
    )
    estate.run("import_invoices", path, by=clerk)
    return number


def paid(estate: Desk, number: str, on: date) -> PaymentBatch:
    """Both keys, then the file."""
    for actor in (estate.approver, estate.releaser):
        estate.run("turn_key", "settlement", number, by=actor)
    estate.run("instruct_payments", number, on=on)
    return PaymentBatch.objects.filter(fund=estate.fund).latest("pk")


def close(estate: Desk, through: date) -> None:
    close_period(estate.fund, through, estate.at)


def test_a_fund_lives_past_two_year_ends(estate: Desk) -> None:
    acceptor = member_of(estate.fund, "committee", "checker")
    clerk = member_of(estate.fund, "provider", "clerk")

    november = the_first_year_ends(estate)
    the_second_year_begins(estate, acceptor, clerk)
    another_firm_and_account(estate, acceptor, clerk)
    the_second_year_ends(estate, acceptor)

    # ---- what was stays as it was
    assert charges.remuneration_of(estate.fund.pk, date(2025, 11, 1)) == november
    rates = [terms.rate_on(estate.fund.pk, "base_rate", on) for on in (date(2025, 12, 31), date(2026, 1, 1))]
    assert rates == [Decimal("0.12"), Decimal("0.10")]
    owners = [
        next(each.owner_name for each in units.facts_on(estate.fund.pk, on) if each.unit.address == "5-1-101")
        for on in (date(2025, 12, 31), date(2027, 2, 1))
    ]
    assert owners == ["赵一", "郑九"]
    assert all(each.resolution.document for each in Amendment.objects.filter(fund=estate.fund))
    assert verify_fund(estate.fund.pk) == []


def the_first_year_ends(estate: Desk) -> MonthRemuneration:
    """Next year's budget is missed, then brought; owner, price and rate change with the year."""
    # ---- 2025 ends: its last fees, and next year's budget told missing, then brought
    day(estate, 2025, 12, 1)
    first = estate.small.statement([Said("2025-11-28", "600.00", "赵一", memo="5-1-101 物业费")])
    assert "2026 年度预算尚未登记" in estate.run("import_bank_statement", first)
    estate.enacted(
        "import_budget", "预算", (2026, "CLN", "清洁卫生", "经营账", 4800),
        (2026, "MNT", "公共部位维修", "维修账", 600), (2026, "REM", "酬金", "经营账", 500),
    )  # fmt: skip
    assert "预算" not in estate.run("import_bank_statement", first)

    # ---- 31 December 2025: a price, a fee rate and an owner change with the year
    day(estate, 2025, 12, 20)
    estate.enacted(
        "import_units", "房屋", (5, 1, "101", None, "郑九", None, date(2026, 1, 1)),
        (5, 2, "201", None, None, "1.5元", date(2026, 1, 1)),
    )  # fmt: skip
    estate.enacted("import_deed_terms", "信托条款", ("基础酬金率", "10%", date(2026, 1, 1)))
    day(estate, 2026, 1, 4)
    november = charges.remuneration_of(estate.fund.pk, date(2025, 11, 1))
    close(estate, date(2025, 12, 31))
    return november


def the_second_year_begins(estate: Desk, acceptor: Operator, clerk: Operator) -> None:
    """Work of each year on its own budget; receipts by the owners of their day; the firm is paid."""
    holder = f"{estate.fund.code}信托专户"
    # ---- 2026: work of the year on the year's budget; work of the old year on the old one
    day(estate, 2026, 2, 2)
    work(estate, acceptor, "GD-25", date(2025, 12, 28), "100.00")
    work(estate, acceptor, "GD-26", date(2026, 1, 28), "200.00")
    years = WorkOrder.objects.filter(fund=estate.fund).order_by("number")
    assert list(years.values_list("budget_line__year", flat=True)) == [2025, 2026]
    second = estate.small.statement(
        [
            Said("2026-01-10", "500.00", "郑九", memo="物业费"),
            Said("2026-01-11", "500.00", "赵一", memo="谢谢"),
        ],
        opening="2100.00",
    )
    estate.run("import_bank_statement", second)
    kinds = LineExplanation.objects.filter(fund=estate.fund, line__booked_on__year=2026).order_by("line")
    assert list(kinds.values_list("kind", flat=True)) == ["property_fee", "suspense"]
    old = invoice(estate, clerk, OLD_FIRM, "GD-26", date(2026, 2, 1), "200.00", holder)
    assert paid(estate, old, date(2026, 2, 2)).debtor_number == estate.small.account
    payment = Said("2026-02-02", "-200.00", OLD_FIRM, "510101040099999999", memo=old)
    estate.run("import_bank_statement", estate.small.statement([payment], opening="3100.00"))
    assert Settlement.objects.get(number=old).state == "paid"


def another_firm_and_account(estate: Desk, acceptor: Operator, clerk: Operator) -> None:
    """One firm follows another, and is paid on its account from the fund's second one."""
    holder = f"{estate.fund.code}信托专户"
    # ---- another firm, its account, a second account of the fund's own
    day(estate, 2026, 6, 1)
    firm = unique("新新物业")
    estate.enacted(
        "import_parties", "当事人", ("服务商", OLD_FIRM, None, None, date(2026, 6, 30)),
        ("服务商", firm, "91510107MA0000004X", date(2026, 7, 1), None),
    )  # fmt: skip
    estate.run(
        "import_payees", estate.book("收款账户", (firm, firm, NEW_ACCOUNT, "建行", "103651000026", None)),
        paper=estate.paper(),
    )  # fmt: skip
    payee = PayeeAccount.objects.get(fund=estate.fund, number=NEW_ACCOUNT)
    for actor in (estate.approver, estate.releaser):
        estate.run("turn_key", "payee", payee.pk, by=actor)
    second_account = f"77{estate.small.account[2:]}"
    estate.enacted(
        "import_bank_accounts", "信托专户", (second_account, holder, "新银行", "收付", date(2026, 7, 1))
    )
    day(estate, 2026, 8, 3)
    party = FundParty.objects.get(fund=estate.fund, organisation__name=firm)
    assert party.organisation.kind == OrganisationKind.PROVIDER
    new_clerk = make_operator(party.organisation, "clerk")
    work(estate, acceptor, "GD-27", date(2026, 7, 28), "300.00")
    with pytest.raises(CommandError):  # the old firm is a party no more
        invoice(estate, clerk, OLD_FIRM, "GD-27", date(2026, 8, 1), "300.00", holder)
    new = invoice(estate, new_clerk, firm, "GD-27", date(2026, 8, 1), "300.00", holder)
    assert paid(estate, new, date(2026, 8, 3)).debtor_number == second_account


def the_second_year_ends(estate: Desk, acceptor: Operator) -> None:
    """The same again, a year later."""
    # ---- 31 December 2026: the same again
    day(estate, 2026, 12, 1)
    assert "2027 年度预算尚未登记" in estate.run(
        "import_work", estate.small.folder / "GD-27.xlsx", by=acceptor
    )
    estate.enacted("import_budget", "预算", (2027, "CLN", "清洁卫生", "经营账", 6000))
    day(estate, 2027, 1, 5)
    close(estate, date(2026, 12, 31))
    day(estate, 2027, 2, 1)
    work(estate, acceptor, "GD-28", date(2027, 1, 28), "400.00")
    assert WorkOrder.objects.get(fund=estate.fund, number="GD-28").budget_line.year == 2027
