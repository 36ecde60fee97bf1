"""Detail files: no order and no line twice, whatever overlaps; what contradicts is refused whole."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from custody.files.faults import Refused
from custody.files.outcomes import Outcome
from custody.models import ChannelOrder, RevenueLine
from custody.money_in.bank_statements import import_statements
from custody.money_in.channel import OrderCount, import_channel_detail
from custody.money_in.public_revenue import RevenueCount, import_public_revenue
from tests.custody.money_in.small import AT, Said, Small, small_estate
from tests.draws import examples

pytestmark = pytest.mark.usefixtures("committed_db")

Order = tuple[str, str, str, str, str, str]

QR1: Order = ("QR1", "2025-07-01 09:00:00", "5-1-101", "赵一", "100.00", "0.38")
QR2: Order = ("QR2", "2025-07-02 10:00:00", "", "钱二", "50.00", "0.19")
P1: Order = ("2025-07-01", "临时停车", "川A11111", "小票", "15.00", "070")
P2: Order = ("2025-07-02", "月租停车", "川A22222", "合同", "300.00", "071")


@pytest.fixture
def small(tmp_path: Path) -> Small:
    return small_estate(tmp_path)


def orders(small: Small, *rows: Order) -> Outcome:
    return import_channel_detail(fund=small.fund, paths=[small.channel(*rows)], actor=small.actor, at=AT)


def revenue(small: Small, path: Path, through: date | None = None) -> Outcome:
    return import_public_revenue(fund=small.fund, path=path, actor=small.actor, at=AT, through=through)


def test_the_same_merchant_file_again_is_already_done(small: Small) -> None:
    orders(small, QR1, QR2)

    assert orders(small, QR1, QR2).already_done
    assert small.balance("property_fee") == Decimal("150.00")


def test_an_overlapping_merchant_file_adds_only_what_is_new(small: Small) -> None:
    orders(small, QR1)
    outcome = orders(small, QR1, QR2)

    assert (outcome.counts[OrderCount.NEW_ORDERS], outcome.counts[OrderCount.KNOWN_ORDERS]) == (1, 1)
    assert ChannelOrder.objects.filter(fund=small.fund).count() == 2


def test_an_order_number_with_other_content_is_refused_and_nothing_written(small: Small) -> None:
    orders(small, QR1)

    with pytest.raises(Refused, match="QR1"):
        orders(small, QR2, (*QR1[:4], "101.00", "0.38"))
    assert ChannelOrder.objects.filter(fund=small.fund).count() == 1


@pytest.mark.parametrize("fee", ["100.00", "-0.01", "0.385", "abc", ""])
def test_a_fee_that_cannot_be_is_refused(small: Small, fee: str) -> None:
    with pytest.raises(Refused, match="手续费"):
        orders(small, (*QR1[:5], fee))


def test_every_fault_of_a_merchant_file_is_told_at_once(small: Small) -> None:
    with pytest.raises(Refused) as refused:
        orders(small, (*QR1[:4], "1,23.4", "0.38"), ("QR3", "2025-02-30 09:00:00", "", "", "1.00", "0.00"))

    assert [(fault.row, fault.column) for fault in refused.value.faults] == [(2, "订单金额"), (3, "支付时间")]


def test_the_same_revenue_file_again_is_already_done(small: Small) -> None:
    path = small.revenue(P1, P2)
    revenue(small, path)

    assert revenue(small, path).already_done


def test_a_revenue_file_can_be_taken_day_by_day(small: Small) -> None:
    path = small.revenue(P1, P2)
    first = revenue(small, path, through=date(2025, 7, 1))
    rest = revenue(small, path)

    assert (first.counts[RevenueCount.NEW_LINES], rest.counts[RevenueCount.NEW_LINES]) == (1, 1)


def test_identical_revenue_lines_of_one_file_are_two(small: Small) -> None:
    revenue(small, small.revenue(P1, P1))

    assert RevenueLine.objects.filter(fund=small.fund).count() == 2


def test_an_overlapping_revenue_file_adds_only_what_is_new(small: Small) -> None:
    revenue(small, small.revenue(P1, P1))
    revenue(small, small.revenue(P1, P1, P2))

    assert RevenueLine.objects.filter(fund=small.fund).count() == 3


def test_a_proven_batch_takes_no_further_line(small: Small) -> None:
    revenue(small, small.revenue(P1))
    small.take(Said("2025-07-03", "15.00", "停车公司", memo="临停收入 批次070"))

    with pytest.raises(Refused, match="070"):
        revenue(small, small.revenue(P1, (*P1[:4], "9.00", "070")))


@pytest.mark.parametrize(
    "row",
    [
        (P1[0], "彩票", *P1[2:]),
        (*P1[:5], ""),
        (*P1[:4], "-5.00", "070"),
        ("2025-02-30", *P1[1:]),
        (*P1[:4], "1e2", "070"),
    ],
)
def test_a_revenue_line_nobody_can_account_for_is_refused(small: Small, row: Order) -> None:
    with pytest.raises(Refused, match="第2行"):
        revenue(small, small.revenue(row, P2))
    assert not RevenueLine.objects.filter(fund=small.fund).exists()


STATEMENTS = (
    (
        Said("2025-07-02", "99.62", "银联", summary="商户结算", memo="商户结算0701 总额100.00 手续费0.38"),
        Said("2025-07-02", "88.00", "孙三", memo="物业费"),
        Said("2025-07-03", "49.81", "银联", summary="商户结算", memo="商户结算0702 手续费0.19"),
        Said("2025-07-03", "15.00", "停车公司", memo="临停收入 批次070"),
    ),
    (
        Said("2025-07-04", "300.00", "停车公司", memo="月租 批次071"),
        Said("2025-07-05", "-88.00", "孙三", summary="冲正", side="credit"),
        Said("2025-07-06", "40.00", "路人"),
        Said("2025-07-07", "-30.00", memo="账户管理费"),
    ),
)


@settings(max_examples=examples(12), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(["bank", "bank", "orders 1", "orders 2", "revenue 1", "revenue 2"]))
def test_every_order_of_arrival_ends_in_the_same_books(tmp_path: Path, order: list[str]) -> None:
    small = small_estate(tmp_path)
    statements = [
        small.statement(STATEMENTS[0]),
        small.statement(STATEMENTS[1], opening="1752.43"),
    ]
    for step in order:
        match step:
            case "bank":
                import_statements(fund=small.fund, paths=[statements.pop(0)], actor=small.actor, at=AT)
            case "orders 1":
                orders(small, QR1)
            case "orders 2":
                orders(small, QR2)
            case "revenue 1":
                revenue(small, small.revenue(P1))
            case _:
                revenue(small, small.revenue(P2))

    july = {
        ("operating", "cash", 6): Decimal("40.00"),
        ("operating", "suspense", 6): Decimal("-40.00"),
    }
    net = {
        (book, kind, on.day): amount for (book, kind, on), amount in small.by_day().items() if on.month == 7
    }
    assert net == july | {
        ("operating", "in_transit", 1): Decimal("115.00"),
        ("operating", "property_fee", 1): Decimal("-100.00"),
        ("operating", "parking", 1): Decimal("-15.00"),
        ("operating", "cash", 2): Decimal("99.62") + Decimal("88.00"),
        ("operating", "channel_fee", 2): Decimal("0.38"),
        ("operating", "property_fee", 2): Decimal("-138.00"),
        ("operating", "parking", 2): Decimal("-300.00"),
        ("operating", "in_transit", 2): Decimal("50.00") + Decimal("300.00") - Decimal("100.00"),
        ("operating", "cash", 3): Decimal("64.81"),
        ("operating", "channel_fee", 3): Decimal("0.19"),
        ("operating", "in_transit", 3): Decimal("-65.00"),
        ("operating", "cash", 4): Decimal("300.00"),
        ("operating", "in_transit", 4): Decimal("-300.00"),
        ("operating", "cash", 5): Decimal("-88.00"),
        ("operating", "property_fee", 5): Decimal("88.00"),
        ("operating", "cash", 7): Decimal("-30.00"),
        ("operating", "bank_charge", 7): Decimal("30.00"),
    }
