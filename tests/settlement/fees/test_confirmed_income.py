"""Remuneration is measured on what the bank confirmed; what is given back later lessens a later base."""

from datetime import date
from pathlib import Path

import pytest

from custody.kernel.errors import Rejected
from custody.kernel.money import yuan
from custody.models import DeedTerm
from custody.money_in.channel import import_channel_detail
from settlement.fees import charges
from tests.custody.money_in.small import AT, Said, Small, small_estate
from tests.settlement.fees.builders import AUGUST, JULY, SEPTEMBER, agree, receive, serviced_fund

pytestmark = pytest.mark.usefixtures("committed_db")
ORDER = ("QR1", "2025-07-31 09:00:00", "5-1-101", "赵一", "100.00", "0.38")
LUMP = Said("2025-08-01", "99.62", "银联", summary="商户结算", memo="商户结算0731 总额100.00 手续费0.38")


@pytest.fixture
def small(tmp_path: Path) -> Small:
    return small_estate(tmp_path)


def base(small: Small, month: date = JULY) -> str:
    return str(charges.remuneration_of(small.fund.pk, month).base.amount)


def told(small: Small) -> None:
    import_channel_detail(fund=small.fund, paths=[small.channel(ORDER)], actor=small.actor, at=AT)


def test_an_order_the_bank_did_not_confirm_earns_nothing(small: Small) -> None:
    told(small)
    small.take(Said("2025-07-02", "60.00", "钱二"))

    assert (small.balance("property_fee"), base(small)) == (yuan("160").amount, "60.00")


def test_once_confirmed_it_counts_in_the_month_it_was_paid(small: Small) -> None:
    told(small)
    small.take(LUMP)

    assert (base(small), base(small, AUGUST)) == ("100.00", "0.00")


def test_a_file_of_orders_alone_raises_no_fee(small: Small) -> None:
    told(small)

    accrued = charges.accrue_performance(fund_id=small.fund.pk, month=JULY, actor=small.actor, at=AT)
    assert accrued == yuan("0")


def test_what_is_confirmed_late_is_accrued_when_asked_again(small: Small) -> None:
    told(small)
    charges.accrue_performance(fund_id=small.fund.pk, month=JULY, actor=small.actor, at=AT)
    small.take(LUMP)

    assert charges.accrue_performance(fund_id=small.fund.pk, month=JULY, actor=small.actor, at=AT) == yuan(
        "3.00"
    )


# ------------------------------------------------------------------------------------ carried forward


def bases(fund_id: int) -> list[str]:
    return [str(charges.remuneration_of(fund_id, month).base.amount) for month in (JULY, AUGUST, SEPTEMBER)]


def test_a_refund_after_months_end_lessens_the_next_base() -> None:
    test = serviced_fund()
    receive(test, "property_fee", "300", JULY)
    receive(test, "property_fee", "-120", AUGUST)
    receive(test, "property_fee", "500", SEPTEMBER)

    assert bases(test.fund.pk) == ["300.00", "0.00", "380.00"]


def test_what_is_left_of_a_great_refund_goes_on() -> None:
    test = serviced_fund()
    receive(test, "property_fee", "300", JULY)
    receive(test, "property_fee", "-250", AUGUST)
    receive(test, "property_fee", "100", SEPTEMBER)
    october = date(2025, 10, 1)
    receive(test, "property_fee", "200", october)

    assert bases(test.fund.pk) == ["300.00", "0.00", "0.00"]
    assert charges.remuneration_of(test.fund.pk, october).base == yuan("50")


def test_no_month_that_had_its_base_is_measured_anew() -> None:
    test = serviced_fund()
    test.fill("1000")
    receive(test, "property_fee", "300", JULY)
    before = bases(test.fund.pk)[0]
    receive(test, "property_fee", "-1000", AUGUST)

    assert bases(test.fund.pk)[0] == before == "300.00"


def test_a_deed_may_agree_that_nothing_is_carried() -> None:
    test = serviced_fund(refund_carry="不结转")
    test.fill("1000")
    receive(test, "property_fee", "-120", AUGUST)
    receive(test, "property_fee", "500", SEPTEMBER)

    assert bases(test.fund.pk)[1:] == ["-120.00", "500.00"]


def test_it_is_agreed_from_a_day_on() -> None:
    test = serviced_fund()
    test.fill("1000")
    agree(test, AUGUST, refund_carry="不结转")
    receive(test, "property_fee", "-100", JULY)
    receive(test, "property_fee", "-100", AUGUST)
    receive(test, "property_fee", "500", SEPTEMBER)

    assert bases(test.fund.pk) == ["0.00", "-200.00", "500.00"]


def test_a_term_nobody_can_read_is_refused() -> None:
    test = serviced_fund(refund_carry="也许")
    test.fill("1000")
    receive(test, "property_fee", "-100", JULY)

    with pytest.raises(Rejected, match="退款结转"):
        bases(test.fund.pk)
    assert DeedTerm.objects.filter(fund=test.fund, term="refund_carry").exists()
