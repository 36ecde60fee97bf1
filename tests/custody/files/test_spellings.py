"""What clerks type into cells is read as they mean it; what could mean two things is refused."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custody.files import tables
from custody.files.sniffing import Cell

BUILDING = tables.counted("栋", "幢", "座", "号楼", "#")
BASIS = {"实收收入": "COLLECTED_INCOME", "COLLECTED_INCOME": "COLLECTED_INCOME", "固定": "FIXED"}


@pytest.mark.parametrize(
    ("cell", "amount"),
    [
        ("2.10元", "2.10"),
        ("￥2.10", "2.10"),
        ("¥ 1,234.50", "1234.50"),
        ("-¥5", "-5.00"),
        ("¥-5", "-5.00"),
        ("6万", "60000.00"),
        ("1.5万元", "15000.00"),
        ("１．２３４５６万元", "12345.60"),
        ("2亿", "200000000.00"),
        ("人民币 3 元整", "3.00"),
        ("１，２３４．５０", "1234.50"),
    ],
)
def test_money_is_read_as_clerks_write_it(cell: str, amount: str) -> None:
    assert str(tables.money(cell)) == amount


@pytest.mark.parametrize(
    "cell", ["6万5", "6万5千", "1.23456789万", "壹万元", "5元5角", "万", "元", "+-5", "-¥-5", "$5", "5元/月"]
)
def test_money_that_could_mean_two_things_is_refused(cell: str) -> None:
    with pytest.raises(ValueError, match=r"金额.*1\.5万元"):
        tables.money(cell)


@given(st.decimals(min_value=0, max_value=10**6, places=2))
def test_ten_thousands_are_exact_to_the_fen(amount: Decimal) -> None:
    assert tables.money(f"{amount / 10_000:f}万") == amount


@pytest.mark.parametrize("cell", ["3栋", "第3栋", "３栋", "3幢", "3#", "3号楼", "三栋", "3", 3, "03栋"])
def test_a_building_is_its_number(cell: Cell) -> None:
    assert BUILDING(cell) == 3


@pytest.mark.parametrize(("cell", "number"), [("十栋", 10), ("十二栋", 12), ("二十栋", 20), ("九十九栋", 99)])
def test_chinese_numbers_are_read(cell: str, number: int) -> None:
    assert BUILDING(cell) == number


@pytest.mark.parametrize("cell", ["3单元", "栋", "3栋2单元", "一二栋", "3.5栋", "6万", "6万栋", "甲栋"])
def test_what_counts_something_else_is_refused(cell: str) -> None:
    with pytest.raises(ValueError, match="应为整数，如 1栋"):
        BUILDING(cell)


@pytest.mark.parametrize(
    ("cell", "rate"),
    [("12%", "0.12"), ("１２％", "0.12"), ("3‰", "0.003"), ("千分之三", "0.003"), ("百分之12", "0.12")],
)
def test_a_rate_is_read_in_hundredths_and_thousandths(cell: str, rate: str) -> None:
    assert tables.rate(cell) == Decimal(rate)


@pytest.mark.parametrize("cell", ["12", "120%", "一二%", "十二", "12%%", "万分之三", "-1%"])
def test_a_rate_that_could_be_anything_is_refused(cell: str) -> None:
    with pytest.raises(ValueError, match="比率"):
        tables.rate(cell)


@pytest.mark.parametrize("cell", ["实收收入", " 实收 收入 ", "COLLECTED_INCOME", "ｃｏｌｌｅｃｔｅｄ_income"])
def test_a_choice_is_read_in_every_spelling(cell: str) -> None:
    assert tables.one_of(BASIS)(cell) == "COLLECTED_INCOME"


def test_a_choice_is_shown_in_its_best_spelling() -> None:
    assert tables.one_of(BASIS).choices == ("实收收入", "固定")


def test_an_unknown_choice_is_told_what_there_is() -> None:
    with pytest.raises(ValueError, match=r"应为其中之一：实收收入、固定$"):
        tables.one_of(BASIS)("实际收入")


def test_a_figure_may_carry_its_unit() -> None:
    assert tables.quantity("９５．０５㎡", "㎡", "平方米") == Decimal("95.05")


def test_a_figure_with_a_foreign_unit_is_refused() -> None:
    with pytest.raises(ValueError, match=r"如 95\.05㎡"):
        tables.quantity("95.05亩", "㎡")


def test_the_width_of_a_code_is_folded() -> None:
    assert tables.code_max(10)("ＧＤ２０２５") == "GD2025"


@pytest.mark.parametrize("cell", ["2025 年 7 月 1 日", "２０２５年７月１号"])
def test_a_day_in_words_is_read_however_spaced(cell: str) -> None:
    assert tables.day(cell).isoformat() == "2025-07-01"
