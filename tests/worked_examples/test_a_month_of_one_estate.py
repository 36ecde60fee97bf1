"""A month of one estate, told for an accountant: what happens outside, and what the journal then says.

Everybody acts through the real services: the bank's statement and the files behind its lumps are imported,
the firm hands in work and an invoice, two organisations turn their keys. 借 is debit, 贷 credit.
"""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from pytest_django import Settings

from custody.kernel.errors import Forbidden, InsufficientFunds
from custody.kernel.money import yuan
from custody.ledger.proof import verify_fund
from custody.ledger.reads import AccountBalance
from custody.models import JournalLine
from tests.custody.money_in.small import Said
from tests.factories import close_period
from tests.settlement.desk import digits
from tests.worked_examples.estate import Told, paid_by_the_bank, told

pytestmark = pytest.mark.usefixtures("committed_db")

ORDERS = (
    ("QR1", "2025-07-03 09:00:00", "5-1-101", "赵一", "600.00", "2.28"),
    ("QR2", "2025-07-03 10:00:00", "5-2-201", "钱二", "400.00", "1.52"),
)
LUMP = Said("2025-07-04", "996.20", "银联", summary="商户结算", memo="商户结算0703 总额1000.00 手续费3.80")
PARKING = ("2025-07-05", "临时停车", "川A11111", "小票", "15.00", "070")
PARKING_LUMP = Said("2025-07-07", "15.00", "停车公司", memo="临停收入 批次070")


@pytest.fixture
def estate(tmp_path: Path, settings: Settings, committed_db: None) -> Told:
    """Handed over with 1,000.00 on the operating book: 借 银行存款, 贷 实收信托."""
    settings.BANK_OUTBOX = tmp_path / "outbox"
    return told(tmp_path)


def test_an_owner_pays_the_property_fee_by_transfer(estate: Told) -> None:
    """The line names the unit, so it is income on the day the bank booked it."""
    estate.bank_prints(Said("2025-07-03", "186.40", "赵一", memo="5-1-101 七月物业费"))

    assert estate.journal() == ["07-03 借 银行存款 186.40，贷 物业费收入 186.40"]


def test_a_merchant_pays_out_a_day_of_collections_less_its_charge(estate: Told) -> None:
    """Income is gross, on the day each owner paid; the merchant's charge is a cost when its lump arrives."""
    estate.merchant_tells(*ORDERS)
    estate.bank_prints(LUMP)

    assert estate.journal() == [
        "07-03 借 在途收款 600.00，贷 物业费收入 600.00",
        "07-03 借 在途收款 400.00，贷 物业费收入 400.00",
        "07-04 借 收款手续费 3.80，借 银行存款 996.20，贷 在途收款 1000.00",
    ]


def test_a_lump_that_nobody_has_explained_yet_is_no_income(estate: Told) -> None:
    estate.bank_prints(LUMP)

    assert estate.journal() == ["07-04 借 银行存款 996.20，贷 待确认款项 996.20"]


def test_when_the_explanation_comes_the_first_entry_is_mirrored_and_the_right_one_booked(
    estate: Told,
) -> None:
    """Nothing is edited: both entries of the lump stand beside each other, and income is as above."""
    estate.bank_prints(LUMP)
    estate.merchant_tells(*ORDERS)

    assert estate.journal() == [
        "07-04 借 银行存款 996.20，贷 待确认款项 996.20",
        "07-03 借 在途收款 600.00，贷 物业费收入 600.00",
        "07-03 借 在途收款 400.00，贷 物业费收入 400.00",
        "07-04 冲回 借 待确认款项 996.20，贷 银行存款 996.20",
        "07-04 借 收款手续费 3.80，借 银行存款 996.20，贷 在途收款 1000.00",
    ]


def test_parking_money_is_income_of_the_estate_when_the_operator_has_told_its_days(estate: Told) -> None:
    estate.operator_tells(PARKING)
    estate.bank_prints(PARKING_LUMP)

    assert estate.journal() == [
        "07-05 借 在途收款 15.00，贷 停车费收入 15.00",
        "07-07 借 银行存款 15.00，贷 在途收款 15.00",
    ]


def test_an_approved_invoice_books_nothing_and_sets_the_money_aside(estate: Told) -> None:
    """400.00 of accepted cleaning: the committee's key holds it; nobody else can spend it."""
    estate.work_is_accepted("GD1", "400.00")
    invoice = estate.firm_invoices(digits(), "GD1", "400.00")
    estate.committee_approves(invoice)

    assert estate.journal() == []
    assert estate.cash() == AccountBalance(posted=yuan("1000.00"), held=yuan("400.00"))


def test_the_cost_is_booked_when_the_bank_has_paid_it(estate: Told) -> None:
    """Both keys, a payment file, and then the bank's own line, which ends the hold."""
    estate.work_is_accepted("GD1", "400.00")
    invoice = estate.firm_invoices(digits(), "GD1", "400.00")
    estate.committee_approves(invoice)
    estate.trustee_releases(invoice)
    estate.payment_is_filed(invoice)
    estate.bank_prints(paid_by_the_bank(invoice))

    assert estate.journal() == ["08-05 借 预算支出（CLN） 400.00，贷 银行存款 400.00"]
    assert estate.cash() == AccountBalance(posted=yuan("600.00"), held=yuan("0.00"))


def test_money_set_aside_is_not_spent_twice(estate: Told) -> None:
    """1,000.00 in the account: 700.00 is approved, so 400.00 more is refused."""
    for work, amount in (("GD1", "700.00"), ("GD2", "400.00")):
        estate.work_is_accepted(work, amount)
    estate.committee_approves(estate.firm_invoices(digits(), "GD1", "700.00"))

    with pytest.raises(InsufficientFunds):
        estate.committee_approves(estate.firm_invoices(digits(), "GD2", "400.00"))


def test_money_that_left_unasked_is_a_break_and_no_cost(estate: Told) -> None:
    estate.bank_prints(Said("2025-07-02", "-120.00", "某某", "6222000000000000001", memo="货款"))

    assert estate.journal() == ["07-02 借 待查付款 120.00，贷 银行存款 120.00"]


def test_a_break_ends_when_the_bank_gives_the_money_back(estate: Told) -> None:
    estate.bank_prints(
        Said("2025-07-02", "-120.00", "某某", "6222000000000000001", memo="货款"),
        Said("2025-07-05", "120.00", "某某", "6222000000000000001", "退汇", "账号户名不符"),
    )

    assert estate.journal() == [
        "07-02 借 待查付款 120.00，贷 银行存款 120.00",
        "07-05 冲回 借 银行存款 120.00，贷 待查付款 120.00",
    ]


def test_a_line_the_bank_takes_back_is_mirrored_on_the_day_it_does(estate: Told) -> None:
    estate.bank_prints(
        Said("2025-07-02", "88.00", "赵一", "6222000000000000001"),
        Said("2025-07-05", "-88.00", "赵一", "6222000000000000001", "冲正", side="credit"),
    )

    assert estate.journal() == [
        "07-02 借 银行存款 88.00，贷 物业费收入 88.00",
        "07-05 冲回 借 物业费收入 88.00，贷 银行存款 88.00",
    ]


def test_a_line_of_a_closed_month_is_booked_on_the_first_open_day(estate: Told) -> None:
    """July's statements are out; a line that comes late moves August's figures, not July's."""
    close_period(estate.fund, date(2025, 7, 31))
    estate.bank_prints(Said("2025-07-30", "1.23", summary="结息", memo="季度结息"))

    assert estate.journal() == ["08-01 借 银行存款 1.23，贷 活期利息 1.23"]


def test_the_firm_turns_no_key_on_its_own_invoice(estate: Told) -> None:
    estate.work_is_accepted("GD1", "400.00")
    invoice = estate.firm_invoices(digits(), "GD1", "400.00")
    with pytest.raises(Forbidden):
        replace(estate, committee=estate.clerk).committee_approves(invoice)


def test_all_accounts_together_are_always_zero_and_the_journal_proves_itself(estate: Told) -> None:
    estate.merchant_tells(*ORDERS)
    estate.bank_prints(LUMP, PARKING_LUMP)

    amounts = JournalLine.objects.filter(fund_id=estate.fund.pk).values_list("amount", flat=True)
    assert (sum(amounts), verify_fund(estate.fund.pk)) == (0, [])
