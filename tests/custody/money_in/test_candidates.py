"""Whose money it may be: each reason in words, the month that is unpaid, no guess against the text."""

from datetime import date
from pathlib import Path

import pytest

from custody.models import Fund, LineKind
from custody.money_in import explanations
from custody.money_in.bank_statements import import_statements
from custody.money_in.candidates import Candidate, candidates
from custody.money_in.channel import import_channel_detail
from custody.money_in.collected import fee_month
from custody.money_in.public_revenue import import_public_revenue
from tests.custody.money_in.packs import AT, copy_pack, onboarded
from tests.custody.money_in.small import Said, Sheets, Small, small_estate

pytestmark = pytest.mark.usefixtures("committed_db")

STRANGER = Said("2025-07-20", "100.50", "路人")  # 5-1-101 owes 100.50 a month, and nobody else does


@pytest.fixture
def small(tmp_path: Path) -> Small:
    return small_estate(tmp_path)


def found(fund: Fund) -> list[Candidate]:
    """The candidates of the fund's only open receipt."""
    (those,) = candidates(fund.pk).values()
    return list(those)


def whose(fund: Fund) -> list[tuple[str, list[str]]]:
    """Each with its months."""
    return [(each.unit.address, [f"{on:%Y-%m}" for on in each.months]) for each in found(fund)]


def test_each_receipt_of_the_sample_has_one_candidate_its_month_unpaid(tmp_path: Path) -> None:
    pack = copy_pack(tmp_path / "pack")
    fund, actor = onboarded(pack)
    import_channel_detail(fund=fund, paths=pack.details, actor=actor, at=AT)
    import_public_revenue(fund=fund, path=pack.path("public-revenue.xlsx"), actor=actor, at=AT)
    import_statements(fund=fund, paths=pack.statements, actor=actor, at=AT)

    those = candidates(fund.pk)
    opened = explanations.open_explanations(fund.pk)
    shown = {each.line_id: f"{each.line.booked_on:%Y-%m}" for each in opened}

    assert [len(each) for each in those.values()] == [1] * 11
    assert sorted(
        (only.unit.address, f"{only.months[0]:%Y-%m}", shown[line]) for line, (only,) in those.items()
    ) == [
        ("14-2-101", "2025-08", "2025-08"), ("16-1-301", "2025-09", "2025-09"),
        ("2-1-601", "2025-07", "2025-07"), ("2-1-601", "2025-09", "2025-09"),
        ("4-1-401", "2025-07", "2025-07"), ("4-3-701", "2025-07", "2025-07"),
        ("5-1-502", "2025-07", "2025-07"), ("7-1-102", "2025-07", "2025-07"),
        ("7-1-102", "2025-09", "2025-09"), ("7-4-501", "2025-09", "2025-09"),
        ("8-1-702", "2025-08", "2025-08"),
    ]  # fmt: skip
    assert all("只有该户如此" in only.reasons[0] for (only,) in those.values())


def test_the_only_unit_whose_fee_it_is_is_named_with_the_reason(small: Small) -> None:
    small.take(STRANGER)

    (only,) = found(small.fund)

    assert str(only) == "5-1-101 2025-07（金额正是该户 2025-07 的物业费，该月未收到，且只有该户如此）"


def test_a_fee_that_several_units_owe_points_at_nobody(small: Small) -> None:
    small.take(Said("2025-07-20", "100.00", "路人"))

    assert found(small.fund) == []


def test_of_several_that_owe_it_the_one_that_has_not_paid_is_the_only_one(small: Small) -> None:
    others = [Said("2025-07-02", "100.00", memo=f"{unit} 物业费") for unit in (
        "5-2-201", "5-1-301", "5-2-401", "6-1-101", "6-2-201", "6-1-301")]  # fmt: skip
    small.take(*others, Said("2025-07-20", "100.00", "路人"))

    assert whose(small.fund) == [("6-2-401", ["2025-07"])]


def test_a_month_that_is_paid_is_not_paid_again(small: Small) -> None:
    small.take(Said("2025-07-02", "100.50", memo="5-1-101 物业费"), STRANGER)

    assert found(small.fund) == []


def test_a_quarter_paid_before_covers_the_months_after_it(small: Small) -> None:
    small.take(Said("2025-07-02", "301.50", memo="5-1-101"), Said("2025-09-20", "100.50", "路人"))

    assert found(small.fund) == []


def test_a_quarter_at_once_is_recognised(small: Small) -> None:
    small.take(Said("2025-07-20", "301.50", "路人"))

    assert whose(small.fund) == [("5-1-101", ["2025-07", "2025-08", "2025-09"])]


def test_what_came_through_the_merchant_is_paid_too(small: Small) -> None:
    orders = small.channel(("QR1", "2025-07-01 09:00:00", "5-1-101", "赵一", "100.50", "0.38"))
    import_channel_detail(fund=small.fund, paths=[orders], actor=small.actor, at=AT)

    small.take(STRANGER)

    assert found(small.fund) == []


def test_owners_of_one_name_are_both_named(small: Small) -> None:
    small.take(Said("2025-07-20", "77.00", "王同名"))

    assert [(each.unit.address, each.reasons) for each in found(small.fund)] == [
        ("6-1-301", ("付款人与业主同名",)),
        ("6-2-401", ("付款人与业主同名",)),
    ]


def test_an_account_used_before_is_a_reason(small: Small) -> None:
    small.take(
        Said("2025-07-02", "100.00", "甥女", "6222001", memo="6-1-101 物业费"),
        Said("2025-08-03", "33.00", "甥女", "6222001"),
    )

    assert [(each.unit.address, each.reasons) for each in found(small.fund)] == [
        ("6-1-101", ("该账户 2025-07-02 曾为该户付款",))
    ]


def test_units_spelled_in_a_memo_that_names_two_are_both_named(small: Small) -> None:
    small.take(Said("2025-07-20", "200.00", "路人", memo="5-2-201和6-1-101物业费"))

    assert [(each.unit.address, each.reasons) for each in found(small.fund)] == [
        ("5-2-201", ("附言写有该房号",)),
        ("6-1-101", ("附言写有该房号",)),
    ]


def test_more_reasons_come_first(small: Small) -> None:
    small.take(
        Said("2025-07-02", "100.00", "甥女", "6222001", memo="6-1-101 物业费"),
        Said("2025-07-20", "100.50", "王同名", "6222001"),
    )

    assert whose(small.fund)[0][0] == "5-1-101"
    assert {each.unit.address for each in found(small.fund)} == {"5-1-101", "6-1-101", "6-1-301", "6-2-401"}


def test_money_that_says_what_else_it_is_has_no_candidate(small: Small) -> None:
    small.take(Said("2025-07-20", "100.50", "路人", memo="装修押金"))

    assert candidates(small.fund.pk) == {}
    assert [each.kind for each in explanations.open_explanations(small.fund.pk)] == [LineKind.SUSPENSE]


def test_a_fee_is_area_times_price_half_up_to_the_fen(tmp_path: Path) -> None:
    def priced(sheets: Sheets) -> None:
        sheets["房屋"][1][5] = "1.01"  # 100.5 × 1.01 = 101.505

    small = small_estate(tmp_path, priced)
    small.take(Said("2025-07-20", "101.51", "路人"))

    assert whose(small.fund) == [("5-1-101", ["2025-07"])]


@pytest.mark.parametrize(
    ("text", "on", "month"),
    [
        ("转账 物业费", date(2025, 7, 20), date(2025, 7, 1)),
        ("8月物业费", date(2025, 7, 20), date(2025, 8, 1)),
        ("12月物业费", date(2026, 1, 5), date(2025, 12, 1)),
        ("2024年3月", date(2025, 7, 20), date(2024, 3, 1)),
        ("7-9月物业费", date(2025, 7, 20), date(2025, 7, 1)),
        ("5-1-101 6月", date(2025, 7, 20), date(2025, 6, 1)),
        ("13月", date(2025, 7, 20), date(2025, 7, 1)),
    ],
)
def test_a_receipt_pays_the_month_its_text_names(text: str, on: date, month: date) -> None:
    assert fee_month(text, on) == month
