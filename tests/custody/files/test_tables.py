"""A table by named columns: every fault at once, and parsers that refuse rather than guess."""

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from custody.files import tables
from custody.files.faults import Fault, Refused
from custody.files.sniffing import open_tabular
from custody.files.tables import Column, TableRow, harmless, read_pairs, read_table
from custody.kernel.invariants import InvariantBroken
from tests.make_files import csv_bytes, write, xlsx_bytes

COLUMNS = (
    Column("日期", tables.day),
    Column("金额", tables.money, aliases=("总额",)),
    Column("备注", tables.text, required=False, blank_ok=True),
)


def table(folder: Path, rows: Any) -> list[TableRow]:
    return read_table(open_tabular(write(folder, "a.csv", csv_bytes(rows))), sheet=None, columns=COLUMNS)


def faults(folder: Path, rows: Any) -> list[tuple[Any, ...]]:
    with pytest.raises(Refused) as caught:
        table(folder, rows)
    return [(fault.row, fault.column) for fault in caught.value.faults]


def test_columns_are_found_by_name_in_any_order_below_a_preamble(tmp_path: Path) -> None:
    rows = table(tmp_path, [["某表"], [], ["备注", "总 额", "日期"], ["", "1,000.50", "20250701"]])

    assert [(r.number, r["日期"], r["金额"], r["备注"]) for r in rows] == [
        (4, date(2025, 7, 1), Decimal("1000.50"), None)
    ]


def test_every_bad_cell_is_reported_at_once(tmp_path: Path) -> None:
    rows = [["日期", "金额"], ["2025-02-30", "1,23.4"], ["", ""], ["2025-07-01", "=1+1"], ["", "5"]]

    assert faults(tmp_path, rows) == [(2, "日期"), (2, "金额"), (4, "金额"), (5, "日期")]


def test_missing_and_unknown_columns_are_reported_together(tmp_path: Path) -> None:
    assert faults(tmp_path, [["日期", "备注", "税率"], ["2025-07-01", "", "1"]]) == [(1, "税率"), (1, "金额")]


def test_a_column_named_twice_is_a_fault(tmp_path: Path) -> None:
    assert faults(tmp_path, [["日期", "金额", "总额"], ["2025-07-01", "1", "2"]]) == [(1, "总额")]


def test_a_cell_beyond_the_header_is_a_fault(tmp_path: Path) -> None:
    assert faults(tmp_path, [["日期", "金额"], ["2025-07-01", "1", "物业费"]]) == [(2, "")]


def test_a_table_without_its_header_names_each_missing_column(tmp_path: Path) -> None:
    assert faults(tmp_path, [["甲", "乙"], ["1", "2"]]) == [(None, "日期"), (None, "金额")]


def test_a_missing_sheet_is_refused_naming_those_present(tmp_path: Path) -> None:
    file = open_tabular(write(tmp_path, "a.xlsx", xlsx_bytes([["日期", "金额"]], title="流水")))

    with pytest.raises(Refused, match="文件中有：流水"):
        read_table(file, sheet="房屋", columns=COLUMNS)


def test_pairs_are_read_by_item_and_their_faults_come_together(tmp_path: Path) -> None:
    items = (Column("小区编码", tables.text), Column("户数", tables.whole), Column("建成年份", tables.whole))
    rows = [["项目", "内容"], ["小区编码", "CD-1"], ["户数", "很多"], ["颜色", "红"]]
    file = open_tabular(write(tmp_path, "a.xlsx", xlsx_bytes(rows, title="小区")))

    with pytest.raises(Refused) as caught:
        read_pairs(file, sheet="小区", items=items)

    assert [(f.row, f.column) for f in caught.value.faults] == [(3, "户数"), (4, "项目"), (None, "建成年份")]


@pytest.mark.parametrize("cell", ["1,234.50", "１，２３４．５０", " 1234.5 ", "+1,234.50", Decimal("1234.5")])
def test_money_reads_what_a_clerk_types(cell: str | Decimal) -> None:
    assert tables.money(cell) == Decimal("1234.50")


@pytest.mark.parametrize(
    "cell",
    [
        "1,23.4",
        "12,34.5",
        "1.234,56",
        "1e5",
        "NaN",
        "Infinity",
        "1.005",
        "10..5",
        "abc",
        "=1+1",
        Decimal("0.001"),
    ],
)
def test_money_refuses_what_is_not_exact_to_the_fen(cell: str | Decimal) -> None:
    with pytest.raises(ValueError, match="金额"):
        tables.money(cell)


@pytest.mark.parametrize(
    "cell",
    [
        "2025-07-01",
        "2025/7/1",
        "20250701",
        "2025年7月1日",
        "２０２５-07-01",
        20250701,
        datetime(2025, 7, 1, 9, 0),
    ],
)
def test_a_day_reads_in_every_spelling(cell: Any) -> None:
    assert tables.day(cell) == date(2025, 7, 1)


@pytest.mark.parametrize("cell", ["2025-02-30", "20251301", "2025-7", "01/07/2025", "昨天", 45839])
def test_a_day_that_does_not_exist_is_refused(cell: int | str) -> None:
    with pytest.raises(ValueError, match="日期"):
        tables.day(cell)


def test_a_number_that_lost_its_last_digits_is_no_account() -> None:
    with pytest.raises(ValueError, match="丢失"):
        tables.text(6294024393146065000)


def test_a_rate_is_a_fraction_or_a_percentage() -> None:
    assert (tables.rate("12%"), tables.rate("0.003")) == (Decimal("0.12"), Decimal("0.003"))


def test_a_rate_above_one_is_refused() -> None:
    with pytest.raises(ValueError, match="比率"):
        tables.rate("12")


def test_a_choice_gives_the_value_it_stands_for() -> None:
    assert tables.one_of({"经营账": "operating"})(" 经营账") == "operating"


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=2))
def test_money_written_with_separators_reads_back(amount: Any) -> None:
    assert tables.money(f"{amount:,.2f}") == amount


@given(st.text(max_size=20).filter(bool))
@example("=1+1")
@example("＝1+1")
@example("\t=1")
@example("\ufeff@SUM(A1)")
@example("-1+2")
def test_harmless_text_never_opens_like_a_formula(value: Any) -> None:
    result = harmless(value)
    assume(not tables._PLAIN_NEGATIVE.fullmatch(value))

    assert result[0] not in "=+-@\t\r\n＝＋－＠"


@given(st.text(max_size=20))
@example("＝cmd|' /C calc'!A0")
def test_harmless_is_idempotent(value: Any) -> None:
    assert harmless(harmless(value)) == harmless(value)


def test_a_plain_negative_stays_a_number() -> None:
    assert harmless("-1,234.50") == "-1,234.50"


def test_a_fault_is_one_line_a_clerk_can_follow() -> None:
    fault = Fault("a.xlsx", "流水", 5, "金额", "abc\n", "应为数字")

    assert str(fault) == "a.xlsx 流水 第5行 列「金额」 值「abc」：应为数字"


def test_a_refusal_without_a_reason_cannot_be_made() -> None:
    with pytest.raises(InvariantBroken):
        Refused([])
