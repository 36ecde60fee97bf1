"""What a line turns out to be: income only when proven, everything else open with a reason."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from custody.models import BankLine, JournalEntry, LineKind, RevenueLine
from custody.money_in.channel import import_channel_detail
from custody.money_in.explanations import newest_explanations, unidentified_money
from custody.money_in.public_revenue import import_public_revenue
from custody.money_in.recording import reconsider_lines
from tests.custody.money_in.small import AT, Said, Small, small_estate
from tests.factories import close_period

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def small(tmp_path: Path) -> Small:
    return small_estate(tmp_path)


def kinds(small: Small) -> list[str]:
    """The newest kind of each line, in the bank's order."""
    newest = newest_explanations(small.fund.pk).order_by("line__position")
    return list(newest.values_list("kind", flat=True))


def notes(small: Small) -> list[str]:
    """What the open items say."""
    return [item.note for item in unidentified_money(small.fund.pk)]


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (Said("2025-07-02", "88.00", "路人", memo="5-1-101 物业费"), LineKind.PROPERTY_FEE),
        (Said("2025-07-02", "88.00", "赵 一 "), LineKind.PROPERTY_FEE),
        (Said("2025-07-02", "88.00", "王同名", memo="物业费"), LineKind.SUSPENSE),
        (Said("2025-07-02", "88.00", "路人", memo="物业费"), LineKind.SUSPENSE),
        (Said("2025-07-02", "88.00", "赵一", memo="5-1-101 6-1-101"), LineKind.SUSPENSE),
        (Said("2025-07-02", "88.00", "赵一", memo="停车费"), LineKind.SUSPENSE),
        (Said("2025-07-02", "88.00", "广告公司", memo="电梯广告费"), LineKind.SUSPENSE),
        (Said("2025-07-02", "5000.00", "街道办", memo="信托制物业激励资金"), LineKind.GRANT),
        (Said("2025-07-02", "1.23", "", summary="结息", memo="季度结息"), LineKind.INTEREST),
        (Said("2025-07-02", "-30.00", "", summary="手续费", memo="账户管理费"), LineKind.BANK_CHARGE),
        (Said("2025-07-02", "-30.00", "某某", "6222000000000000001", memo="手续费"), LineKind.UNEXPLAINED),
        (Said("2025-07-02", "-30.00", "某某", memo="货款"), LineKind.UNEXPLAINED),
        (Said("2025-07-02", "-200.00", "自己", memo="转七天通知存款"), LineKind.UNEXPLAINED),
        (Said("2025-07-02", "9.00", "银联", summary="商户结算", memo="手续费1"), LineKind.SUSPENSE),
    ],
)  # fmt: skip
def test_a_line_is_what_its_text_and_payer_prove(small: Small, said: Said, kind: LineKind) -> None:
    small.take(said)

    assert kinds(small) == [kind]


def test_every_line_is_booked_once_under_its_own_key(small: Small) -> None:
    small.take(Said("2025-07-02", "88.00", "赵一"), Said("2025-07-02", "88.00", "赵一"))

    assert small.balance("property_fee") == Decimal("176.00")
    assert small.balance("cash") == Decimal("1176.00")


def test_unexplained_money_out_takes_the_book_that_has_it(small: Small) -> None:
    small.take(Said("2025-07-02", "-900.00", "某某"), Said("2025-07-02", "-400.00", "某某"))

    assert small.balance("unexplained", "operating") == Decimal("900.00")
    assert small.balance("unexplained", "maintenance") == Decimal("400.00")


@pytest.mark.parametrize("name", ["赵一", "路人"])
def test_a_reversed_receipt_is_neither_income_nor_suspense(small: Small, name: str) -> None:
    small.take(
        Said("2025-07-02", "88.00", name, "6222000000000000001"),
        Said("2025-07-05", "-88.00", name, "6222000000000000001", "冲正", "错账冲正", side="credit"),
    )

    assert small.balance("property_fee") == small.balance("suspense") == 0
    assert small.balance("cash") == Decimal("1000.00")
    assert notes(small) == []


def test_a_reversal_takes_the_latest_of_two_equal_receipts(small: Small) -> None:
    one = Said("2025-07-02", "88.00", "赵一", "6222000000000000001")
    undo = Said("2025-07-05", "-88.00", "赵一", "6222000000000000001", "冲正", side="credit")
    small.take(one, one, undo)

    assert kinds(small) == [LineKind.PROPERTY_FEE, LineKind.REVERSAL, LineKind.REVERSAL]


def test_a_reversal_names_the_line_it_undoes_as_the_bank_knows_it(small: Small) -> None:
    one = Said("2025-07-02", "88.00", "赵一", "6222000000000000001")
    small.take(one, Said("2025-07-05", "-88.00", "赵一", "6222000000000000001", "冲正", side="credit"))

    undone = JournalEntry.objects.get(fund_id=small.fund.pk, reverses__isnull=False)
    voucher = BankLine.objects.get(fund=small.fund, position=1).voucher
    assert undone.memo == f"冲正 流水 2025-07-02 {voucher}".rstrip()


def test_two_reversals_take_two_receipts(small: Small) -> None:
    one = Said("2025-07-02", "88.00", "赵一", "6222000000000000001")
    undo = Said("2025-07-05", "-88.00", "赵一", "6222000000000000001", "冲正", side="credit")
    small.take(one, one, undo, undo)

    assert small.balance("property_fee") == 0


def test_a_reversal_of_somebody_else_stays_open(small: Small) -> None:
    small.take(
        Said("2025-07-02", "88.00", "赵一", "6222000000000000001"),
        Said("2025-07-05", "-88.00", "赵一", "6222000000000000009", "冲正", side="credit"),
    )

    assert kinds(small)[1] == LineKind.UNEXPLAINED
    assert "冲正" in notes(small)[0]


def test_money_given_back_closes_the_break_it_left(small: Small) -> None:
    small.take(
        Said("2025-07-02", "-120.00", "某某", "6222000000000000001", memo="货款"),
        Said("2025-07-05", "120.00", "某某", "6222000000000000001", "退汇", "账号户名不符"),
    )

    assert kinds(small) == [LineKind.REVERSAL, LineKind.REVERSAL]
    assert (small.balance("unexplained"), small.balance("suspense")) == (Decimal(0), Decimal(0))
    assert notes(small) == []


def test_a_debit_struck_out_by_the_bank_closes_the_break_it_left(small: Small) -> None:
    out = Said("2025-07-02", "-120.00", "某某", "6222000000000000001")
    small.take(out, Said("2025-07-05", "120.00", "某某", "6222000000000000001", "错账", side="debit"))

    assert small.balance("unexplained") == 0


def test_a_household_giving_back_pays_its_fee_when_nothing_is_open(small: Small) -> None:
    small.take(Said("2025-07-02", "88.00", "赵一", memo="5-1-101 物业费 退回后重付"))

    assert kinds(small) == [LineKind.PROPERTY_FEE]


ORDERS = (
    ("QR1", "2025-07-01 09:00:00", "5-1-101", "赵一", "100.00", "0.38"),
    ("QR2", "2025-07-01 10:00:00", "", "钱二", "50.00", "0.19"),
)
LUMP = Said("2025-07-02", "149.43", "银联", summary="商户结算", memo="商户结算0701 总额150.00 手续费0.57")


def take_orders(small: Small, *orders: tuple[str, str, str, str, str, str]) -> None:
    import_channel_detail(fund=small.fund, paths=[small.channel(*orders)], actor=small.actor, at=AT)


def test_a_lump_proven_by_its_orders_is_gross_income_and_a_cost(small: Small) -> None:
    take_orders(small, *ORDERS)
    small.take(LUMP)

    assert small.balance("property_fee") == Decimal("150.00")
    assert small.balance("channel_fee") == Decimal("0.57")
    assert small.balance("in_transit") == 0


def test_a_lump_waits_in_suspense_until_its_detail_arrives(small: Small) -> None:
    small.take(LUMP)
    waiting = small.balance("suspense")
    take_orders(small, *ORDERS)

    assert (waiting, small.balance("suspense")) == (Decimal("149.43"), Decimal(0))


def test_a_lump_without_a_stated_day_is_tied_to_the_day_before(small: Small) -> None:
    take_orders(small, *ORDERS)
    small.take(Said("2025-07-02", "149.43", "银联", summary="商户结算", memo="商户结算"))

    assert kinds(small) == [LineKind.MERCHANT_LUMP]


@pytest.mark.parametrize(
    ("amount", "memo", "difference"),
    [
        ("140.00", "商户结算0701", "9.43"),
        ("149.43", "商户结算0701 总额155.00 手续费0.57", "5.00"),
        ("149.43", "商户结算0701 总额150.00 手续费5.57", "5.00"),
    ],
)
def test_a_lump_that_differs_from_its_orders_names_the_difference(
    small: Small, amount: str, memo: str, difference: str
) -> None:
    take_orders(small, *ORDERS)
    small.take(Said("2025-07-02", amount, "银联", summary="商户结算", memo=memo))

    assert kinds(small) == [LineKind.SUSPENSE]
    assert f"相差{difference}" in notes(small)[0]


def test_an_order_of_nobody_is_suspense_not_income(small: Small) -> None:
    take_orders(small, ("QR9", "2025-07-01 09:00:00", "99-9-999", "路人", "70.00", "0.27"))

    assert (small.balance("suspense"), small.balance("property_fee")) == (Decimal("70.00"), Decimal(0))


REVENUE = (
    ("2025-07-01", "临时停车", "川A11111", "小票", "15.00", "070"),
    ("2025-07-01", "临时停车", "川A11111", "小票", "15.00", "070"),
    ("2025-07-02", "电梯广告", "某传媒", "合同", "328.00", "070"),
)
BATCH = Said("2025-07-03", "358.00", "停车公司", memo="临停收入 批次070")


def take_revenue(small: Small, *lines: tuple[str, str, str, str, str, str]) -> None:
    import_public_revenue(fund=small.fund, path=small.revenue(*lines), actor=small.actor, at=AT)


def test_a_batch_is_income_by_source_on_the_days_it_was_taken(small: Small) -> None:
    take_revenue(small, *REVENUE)
    small.take(BATCH)

    by_day = small.by_day()
    assert by_day["operating", "parking", date(2025, 7, 1)] == Decimal("-30.00")
    assert by_day["operating", "advertising", date(2025, 7, 2)] == Decimal("-328.00")


def test_a_batch_that_does_not_sum_stays_suspense_with_the_difference_named(small: Small) -> None:
    take_revenue(small, *REVENUE)
    small.take(Said("2025-07-03", "400.00", "停车公司", memo="临停收入 批次070"))

    assert small.balance("parking") == small.balance("advertising") == 0
    assert notes(small) == ["批次070 明细合计358.00 与到账400.00 相差42.00"]


def test_the_note_follows_what_is_known(small: Small) -> None:
    small.take(Said("2025-07-03", "400.00", "停车公司", memo="临停收入 批次070"))
    before = notes(small)
    take_revenue(small, *REVENUE)

    assert before != notes(small)
    assert "42.00" in notes(small)[0]


def test_a_reversed_batch_leaves_no_income(small: Small) -> None:
    take_revenue(small, *REVENUE)
    small.take(BATCH, Said("2025-07-04", "-358.00", "停车公司", summary="冲正", side="credit"))

    assert small.balance("parking") == small.balance("advertising") == small.balance("in_transit") == 0
    assert not RevenueLine.objects.filter(fund=small.fund, bank_line__isnull=False).exists()


def test_a_reversed_lump_is_in_transit_again(small: Small) -> None:
    take_orders(small, *ORDERS)
    small.take(LUMP, Said("2025-07-04", "-149.43", "银联", summary="冲正", side="credit"))

    assert (small.balance("in_transit"), small.balance("channel_fee")) == (Decimal("150.00"), Decimal(0))


def test_a_lump_paid_again_after_its_reversal_ties_again(small: Small) -> None:
    take_revenue(small, *REVENUE)
    undo = Said("2025-07-04", "-358.00", "停车公司", summary="冲正", side="credit")
    small.take(BATCH, undo, Said("2025-07-05", "358.00", "停车公司", memo="临停收入 批次070"))

    assert kinds(small)[2] == LineKind.PUBLIC_REVENUE


def test_a_late_line_is_booked_on_the_first_open_day_and_says_so(small: Small) -> None:
    close_period(small.fund, date(2025, 7, 31))
    small.take(Said("2025-07-02", "88.00", "赵一"))

    assert small.by_day()["operating", "property_fee", date(2025, 8, 1)] == Decimal("-88.00")
    explanation = newest_explanations(small.fund.pk).get()
    assert "2025-08-01" in explanation.note


def test_a_detail_after_the_close_leaves_the_closed_days_as_they_were(small: Small) -> None:
    small.take(BATCH)
    closed_days = {key: value for key, value in small.by_day().items() if key[2] <= date(2025, 7, 31)}
    close_period(small.fund, date(2025, 7, 31))
    take_revenue(small, *REVENUE)

    now = small.by_day()
    assert {key: value for key, value in now.items() if key[2] <= date(2025, 7, 31)} == closed_days
    assert now["operating", "parking", date(2025, 8, 1)] == Decimal("-30.00")


def test_asking_again_when_nothing_is_new_changes_nothing(small: Small) -> None:
    small.take(Said("2025-07-02", "88.00", "路人"))
    before = small.by_day()

    outcome = reconsider_lines(fund=small.fund, actor=small.actor, at=AT)

    assert (outcome.already_done, small.by_day()) == (True, before)


def test_a_line_keeps_what_the_bank_said(small: Small) -> None:
    small.take(Said("2025-07-02 08:13:27", "88.00", "赵一", "6222", "转账", "５－１－１０１"))

    line = BankLine.objects.get(fund=small.fund)
    assert (line.memo, line.counterparty_account, line.booked_on) == (
        "５－１－１０１",
        "6222",
        date(2025, 7, 2),
    )
    assert line.booked_at is not None
    assert line.balance.amount == Decimal("1588.00")


def test_a_charge_taken_back_by_the_bank_is_no_cost(small: Small) -> None:
    charge = Said("2025-07-02", "-30.00", summary="手续费", memo="账户管理费")
    small.take(charge, Said("2025-07-03", "30.00", summary="冲正", memo="手续费冲正"))

    assert small.balance("bank_charge") == small.balance("suspense") == 0
