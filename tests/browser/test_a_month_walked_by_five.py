"""A month of one estate in the browsers of the five who run it, on the pages alone, and of a stranger.

Only what a month begins with is made beforehand: the estate, its people, two accepted jobs.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connections
from django.utils.timezone import localdate
from pytest_django import Settings

from config.replay.clock import set_clock
from custody.models import BankLine, FundParty, Organisation
from settlement.models import Settlement
from tests import signing
from tests.browser.people import PHONE, Desk, Person
from tests.custody.money_in.small import Said
from tests.factories import make_operator
from tests.settlement.desk import digits
from tests.worked_examples.estate import INVOICES, LINES, PROVIDER, PROVIDER_ACCOUNT, Told, told, workbook

NINTH = datetime(2025, 10, 9, 1, 0, tzinfo=UTC)
TO_PAY, TO_LEAVE = "400.00", "300.00"
CHARGE, FEE = "-260.00", "100.50"


@dataclass(frozen=True)
class Month:
    """The estate, and its people at browsers of their own."""

    estate: Told
    firm: Person
    committee: Person
    clerk: Person
    keyholder: Person
    regulator: Person
    stranger: Person

    @property
    def code(self) -> str:
        return self.estate.fund.code

    def settlement(self, amount: str) -> Settlement:
        return next(
            each
            for each in Settlement.objects.filter(fund=self.estate.fund)
            if f"{each.total.amount}" == amount
        )

    @property
    def trust_company(self) -> Organisation:
        return FundParty.objects.get(fund=self.estate.fund, organisation__kind="trustee").organisation

    @property
    def everybody(self) -> tuple[Person, ...]:
        return self.firm, self.committee, self.clerk, self.keyholder, self.regulator, self.stranger


@pytest.fixture
def month(house: Desk, tmp_path: Path, settings: Settings) -> Iterator[Month]:
    settings.BANK_OUTBOX = tmp_path / "outbox"
    set_clock(NINTH)
    estate = told(tmp_path)
    with signing.by_everybody():
        estate.work_is_accepted("GD1", TO_PAY)
        estate.work_is_accepted("GD2", TO_LEAVE)
    body = Organisation.objects.create(kind="regulator", name=f"住建局{estate.fund.code}")
    FundParty.objects.using("owner").create(
        fund_id=estate.fund.pk, organisation_id=body.pk, valid_from=date(2025, 7, 1)
    )
    yield Month(
        estate,
        firm=house.person(estate.clerk),
        committee=house.person(estate.committee, PHONE),
        clerk=house.person(estate.small.actor),
        keyholder=house.person(estate.trustee),
        regulator=house.person(make_operator(body, "maker")),
        stranger=house.person(None, PHONE),
    )
    with connections["owner"].cursor() as cursor:
        cursor.execute("UPDATE custody_clock SET ahead = '0'")


def invoices(month: Month, name: str, issued_on: object) -> Path:
    """The firm's workbook of both jobs; ``issued_on`` stands in the second row."""
    holder = month.estate.fund.bank_accounts.get().holder
    heads: list[tuple[object, ...]] = [INVOICES]
    lines: list[tuple[object, ...]] = [LINES]
    for job, amount, on in (("GD1", 400, date(2025, 9, 27)), ("GD2", 300, issued_on)):
        number = digits()
        heads.append((number, on, amount, PROVIDER, holder))
        lines.append((number, 1, "CLN", "工单", job, amount))
    return workbook(month.estate.small.folder / name, 发票=heads, 明细=lines)


def the_firm_hands_in(month: Month) -> None:
    page = month.firm.open("/firm/submit/").page
    page.set_input_files("#file", invoices(month, "发票-有错.xlsx", "2025-09-31"))
    page.click("text=上传并试读")
    assert "有1处要改" in page.locator(".summary").inner_text()

    page.click("text=重新上传")
    page.set_input_files("#file", invoices(month, "发票.xlsx", date(2025, 9, 28)))
    page.click("text=上传并试读")
    page.click("text=确认申报2张")
    page.locator(".note.ok", has_text="等业委会审批").wait_for()


def two_keys_are_turned_and_one_payment_is_filed(month: Month) -> None:
    month.committee.make_passkey()
    month.committee.turn_everything()
    keyholder, folder = month.keyholder, month.estate.small.folder
    keyholder.load_key_file(month.trust_company, folder)
    keyholder.open("/desk/settlements/")
    for box in keyholder.page.locator("input[name=item]").all():
        box.check()
    keyholder.page.click(".bulk button.go")
    assert keyholder.sign()

    keyholder.open(f"/desk/settlements/{month.settlement(TO_LEAVE).pk}/")
    keyholder.page.click("summary:has-text('撤回')")
    keyholder.page.fill("#reason-withdraw", "等复核面积")
    keyholder.page.click("details[open] button[type=submit]")
    keyholder.page.locator("[role=status] .note", has_text="撤回").wait_for()
    keyholder.open("/desk/payments/").page.click("text=下达1笔400.00元")
    keyholder.page.locator("[role=status] .note", has_text="已合成付款文件：1笔").wait_for()


def the_banks_statement_is_taken_in(month: Month) -> None:
    paid = month.settlement(TO_PAY).number
    file = month.estate.small.statement(
        [
            Said("2025-10-08", FEE, "汤怡", "6222000000000000017"),
            Said("2025-10-09", f"-{TO_PAY}", PROVIDER, PROVIDER_ACCOUNT, memo=paid),
            Said("2025-10-09", CHARGE, "测试银行", summary="年检", memo="账户年检"),
        ]
    )
    page = month.clerk.open("/desk/imports/").page
    page.set_input_files("#file", file)
    page.click("main form button[type=submit]")
    page.click("text=确认导入")
    page.locator("h2", has_text="导入结果").wait_for()


def what_came_in_is_found_and_what_went_out_explained(month: Month) -> None:
    page = month.clerk.open("/desk/suspense/").page
    page.click("button:visible:has-text('认领为5-1-101')")
    page.locator("[role=status] .note").wait_for()

    paper = month.estate.small.folder / "回单.pdf"
    paper.write_bytes(b"%PDF-1.4 the bank's receipt for 260.00")
    page = month.clerk.open("/desk/breaks/").page
    page.click("tbody a >> nth=0")
    page.select_option("#kind", "bank_charge")
    page.fill("#why", "账户年检费")
    page.set_input_files("#paper", paper)
    page.click("text=提出260.00元的查明建议")
    page.locator("h2", has_text="查明建议").wait_for()

    month.committee.turn_everything()
    month.keyholder.open("/desk/keys/").page.check("tbody input[name=item]")
    month.keyholder.page.click("text=核对所选并签署")
    assert month.keyholder.sign()


def the_day_is_proven(month: Month) -> None:
    page = month.clerk.open(f"/desk/days/{localdate(NINTH)}/").page
    page.click("text=准备1个信托的日终")
    page.locator("[role=status] .note", has_text="待另一人签署").wait_for()
    month.keyholder.open(f"/desk/days/{localdate(NINTH)}/").page.click("text=核对并签署1个信托的日终")
    assert month.keyholder.sign()


def a_paper_is_issued_and_verified(month: Month) -> None:
    page = month.regulator.open(f"/oversight/{month.code}/2025Q3/").page
    page.click("td form:has(input[value=xlsx]) button >> nth=0")
    page.locator("[role=status] .note").wait_for()
    with page.expect_download() as coming:
        page.click("td a >> nth=0")
    file = month.estate.small.folder / coming.value.suggested_filename
    coming.value.save_as(file)
    for person in (month.regulator, month.stranger):
        person.open("/verify/").page.set_input_files("#paper", file)
        assert person.page.locator("main .note .strong").inner_text() == "与出具的一致"


def the_stranger_sees_nothing(month: Month) -> None:
    """Every address sends them to sign in, and the page there names no estate."""
    for path in ("/", "/desk/", "/desk/days/", "/firm/", "/keys/", "/oversight/", "/watch/", "/access/"):
        page = month.stranger.open(path).page
        assert (urlsplit(page.url).path, month.code in page.content()) == ("/account/login/", False)


def test_a_month(month: Month) -> None:
    the_firm_hands_in(month)
    two_keys_are_turned_and_one_payment_is_filed(month)
    the_banks_statement_is_taken_in(month)
    what_came_in_is_found_and_what_went_out_explained(month)
    the_day_is_proven(month)
    a_paper_is_issued_and_verified(month)
    the_stranger_sees_nothing(month)

    states = [month.settlement(each).state for each in (TO_PAY, TO_LEAVE)]
    kinds = set(BankLine.objects.filter(fund=month.estate.fund).values_list("explanations__kind", flat=True))
    assert (states, {"payment", "identified", "bank_charge"} - kinds) == (["paid", "approved"], set())
    assert [each.wrong for each in month.everybody] == [[]] * 6
