"""Details that were wrong: what a newer file may replace, what it may not, and what a clerk is told."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from custody.files.faults import Refused
from custody.files.outcomes import Outcome
from custody.models import ChannelOrder, RevenueLine
from custody.money_in.channel import OrderCount, import_channel_detail
from custody.money_in.public_revenue import RevenueCount, import_public_revenue
from tests.custody.money_in.small import AT, Said, Small, small_estate

pytestmark = pytest.mark.usefixtures("committed_db")

Cells = tuple[str, str, str, str, str, str]

QR1: Cells = ("QR1", "2025-07-01 09:00:00", "5-1-101", "赵一", "100.00", "0.38")
WRONG: Cells = ("2025-07-01", "临时停车", "川A11111", "小票", "51.00", "070")
RIGHT: Cells = (*WRONG[:4], "15.00", "070")
MORE: Cells = ("2025-07-02", "月租停车", "川A22222", "合同", "300.00", "070")
LUMP = Said("2025-07-03", "15.00", "停车公司", memo="临停收入 批次070")


@pytest.fixture
def small(tmp_path: Path) -> Small:
    return small_estate(tmp_path)


def orders(small: Small, *rows: Cells, through: date | None = None) -> Outcome:
    return import_channel_detail(
        fund=small.fund, paths=[small.channel(*rows)], actor=small.actor, at=AT, through=through
    )


def revenue(small: Small, path: Path, through: date | None = None) -> Outcome:
    return import_public_revenue(fund=small.fund, path=path, actor=small.actor, at=AT, through=through)


def standing(small: Small) -> list[Decimal]:
    """Amounts of the revenue lines that count."""
    lines = RevenueLine.objects.filter(fund=small.fund, superseded=False).order_by("pk")
    return [line.amount.amount for line in lines]


def test_a_corrected_batch_proves_the_lump_the_wrong_one_did_not(small: Small) -> None:
    revenue(small, small.revenue(WRONG))
    small.take(LUMP)

    revenue(small, small.revenue(RIGHT))

    assert (small.balance("suspense"), small.balance("parking")) == (Decimal(0), Decimal("15.00"))


def test_a_replaced_batch_is_said_and_stays_on_record(small: Small) -> None:
    revenue(small, small.revenue(WRONG, MORE))

    outcome = revenue(small, small.revenue(RIGHT, MORE))

    assert [*map(str, outcome.notes)] == ["批次070 以本文件为准，原2行停用"]
    assert RevenueLine.objects.filter(fund=small.fund, superseded=True).count() == 2


def test_a_line_too_many_is_corrected_by_a_file_without_it(small: Small) -> None:
    revenue(small, small.revenue(RIGHT, MORE))

    revenue(small, small.revenue(RIGHT))

    assert standing(small) == [Decimal("15.00")]


def test_a_batch_that_only_grows_replaces_nothing(small: Small) -> None:
    revenue(small, small.revenue(RIGHT))

    outcome = revenue(small, small.revenue(RIGHT, MORE))

    assert (outcome.counts[RevenueCount.NEW_LINES], outcome.notes) == (1, ())


def test_the_replaced_file_again_does_not_come_back(small: Small) -> None:
    wrong = small.revenue(WRONG)
    revenue(small, wrong)
    revenue(small, small.revenue(RIGHT))

    outcome = revenue(small, wrong)

    assert (outcome.already_done, standing(small)) == (True, [Decimal("15.00")])
    assert "其后导入的文件为准" in str(outcome.notes[0])


def test_a_proven_batch_is_not_replaced(small: Small) -> None:
    revenue(small, small.revenue(RIGHT))
    small.take(LUMP)

    with pytest.raises(Refused, match="070"):
        revenue(small, small.revenue(WRONG))
    assert standing(small) == [Decimal("15.00")]


def test_a_rehearsed_correction_replaces_nothing(small: Small) -> None:
    revenue(small, small.revenue(WRONG))
    import_public_revenue(fund=small.fund, path=small.revenue(RIGHT), actor=small.actor, at=AT, dry_run=True)

    assert standing(small) == [Decimal("51.00")]


def test_a_revenue_file_says_by_how_much_its_lump_differs(small: Small) -> None:
    small.take(LUMP)

    notes = [*map(str, revenue(small, small.revenue(WRONG)).notes)]

    assert notes == ["2025-07-03 到账15.00 仍待确认：批次070 明细合计51.00 与到账15.00 相差36.00"]


def test_a_revenue_file_is_silent_about_other_batches(small: Small) -> None:
    small.take(LUMP)

    assert revenue(small, small.revenue((*WRONG[:5], "071"))).notes == ()


def test_a_merchant_file_says_by_how_much_its_lump_differs(small: Small) -> None:
    small.take(Said("2025-07-02", "99.00", "银联", summary="商户结算", memo="商户结算0701"))

    notes = [*map(str, orders(small, QR1).notes)]

    assert len(notes) == 1
    assert "相差0.62" in notes[0]


def test_a_changed_order_is_refused_naming_what_is_on_record(small: Small) -> None:
    orders(small, QR1)

    with pytest.raises(Refused, match=r"2025-07-01 09:00:00 赵一 金额100\.00 手续费0\.38"):
        orders(small, (*QR1[:4], "90.00", "0.38"))


@pytest.mark.parametrize(
    ("paid", "why"), [("2025-10-10 00:00:00", "晚于今天 2025-10-09"), ("2025-06-30 23:59:59", "早于期初")]
)
def test_an_order_outside_the_days_of_the_trust_is_refused(small: Small, paid: str, why: str) -> None:
    with pytest.raises(Refused, match=why):
        orders(small, (QR1[0], paid, *QR1[2:]))
    assert not ChannelOrder.objects.filter(fund=small.fund).exists()


@pytest.mark.parametrize(("on", "why"), [("2025-10-10", "晚于今天 2025-10-09"), ("2025-06-30", "早于期初")])
def test_a_revenue_line_outside_the_days_of_the_trust_is_refused(small: Small, on: str, why: str) -> None:
    with pytest.raises(Refused, match=why):
        revenue(small, small.revenue((on, *RIGHT[1:])))


def test_orders_beyond_the_day_asked_for_are_not_judged(small: Small) -> None:
    late: Cells = ("QR2", "2025-10-10 00:00:00", *QR1[2:])

    assert orders(small, QR1, late, through=date(2025, 7, 31)).counts[OrderCount.NEW_ORDERS] == 1


def test_faults_of_form_and_of_content_in_orders_are_told_together(small: Small) -> None:
    orders(small, QR1)
    rows: list[Cells] = [
        (*QR1[:4], "90.00", "0.38"), ("QR2", *QR1[1:4], "1e2", "0.00"), ("QR3", *QR1[1:4], "5.00", "-1.00")
    ]  # fmt: skip

    with pytest.raises(Refused) as refused:
        orders(small, *rows)

    assert [(each.row, each.column) for each in refused.value.faults] == [
        (2, "订单号"), (3, "订单金额"), (4, "手续费")
    ]  # fmt: skip


def test_faults_of_form_and_of_content_in_revenue_are_told_together(small: Small) -> None:
    with pytest.raises(Refused) as refused:
        revenue(small, small.revenue((*RIGHT[:4], "1e2", "070"), (RIGHT[0], "彩票", *RIGHT[2:])))

    assert [(each.row, each.column) for each in refused.value.faults] == [(2, "金额"), (3, "来源")]
