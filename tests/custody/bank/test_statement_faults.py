"""What does not add up in a statement is named on its row; amounts read only as banks write them."""

import re
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from custody.bank.reading import read_statement
from custody.files.faults import Refused
from tests.custody.bank.exports import HEADER, read, rows_of, sample, two_columns
from tests.draws import examples
from tests.make_files import csv_bytes, html_bytes, write, xls_bytes, xlsx_bytes


@pytest.mark.parametrize(
    ("debit", "credit", "amount"),
    [
        ("", "1,234.50", "1234.50"),
        ("0.00", "¥1,234.50", "1234.50"),
        ("-", "１，２３４．５０", "1234.50"),
        ("1234.5", "--", "-1234.50"),
        ("+8.00元", "", "-8.00"),
        ("", "-47.33", "-47.33"),
        ("", "(47.33)", "-47.33"),
        ("-5.00", "", "5.00"),
    ],
)
def test_amounts_read_in_the_ways_banks_write_them(
    tmp_path: Path, debit: str, credit: str, amount: str
) -> None:
    statement = read(tmp_path, [HEADER, ["2025-07-01", debit, credit, "9000.00", "", ""]])

    assert [line.amount for line in statement.lines] == [Decimal(amount)]


@pytest.mark.parametrize(
    ("debit", "credit"),
    [
        ("", "12,34.5"),
        ("", "1.234,56"),
        ("10..5", ""),
        ("abc", ""),
        ("", "1.005"),
        ("1", "2"),
        ("", ""),
    ],
)
def test_an_amount_that_makes_no_sense_is_a_fault_on_its_row(tmp_path: Path, debit: str, credit: str) -> None:
    statement = read(tmp_path, [HEADER, ["2025-07-01", debit, credit, "9000.00", "", ""]])

    assert (rows_of(statement), statement.lines) == ([2], ())


def test_a_flag_against_its_column_is_a_fault(tmp_path: Path) -> None:
    rows = [["借贷标志", *HEADER], ["借", "2025-07-01", "", "5.00", "5.00", "", ""]]

    assert rows_of(read(tmp_path, rows)) == [2]


def test_a_reversal_is_negative_money_in_when_the_balances_say_so(tmp_path: Path) -> None:
    rows = [["交易日期", "借贷标志", "发生额", "余额"], ["20250701", "贷", "47.33", "147.33"]]
    rows += [["20250702", "贷", "-47.33", "100.00"], ["20250703", "借", "10.00", "90.00"]]

    statement = read(tmp_path, rows)

    assert statement.faults == ()
    assert [line.amount for line in statement.lines] == [
        Decimal("47.33"),
        Decimal("-47.33"),
        Decimal("-10.00"),
    ]


def test_a_sign_against_its_flag_is_a_fault_when_no_balance_can_decide(tmp_path: Path) -> None:
    rows = [["交易日期", "收支", "发生额", "余额"], ["20250701", "支出", "-50.00", "100.00"]]

    assert rows_of(read(tmp_path, rows)) == [2]


# ---- what does not add up ----


def test_a_broken_chain_says_what_was_expected_and_found(tmp_path: Path) -> None:
    rows = [HEADER, ["20250701", "", "5", "105.00", "", ""], ["20250702", "", "5", "111.00", "", ""]]

    assert re.search("应为 105.00 .* = 110.00，实际 111.00", str(read(tmp_path, rows).faults[0]))


def test_a_link_across_an_unreadable_row_is_not_blamed_on_the_next(tmp_path: Path) -> None:
    rows = [
        HEADER,
        ["20250701", "", "5", "5", "", ""],
        ["20250702", "", "x", "7", "", ""],
        ["20250703", "", "1", "8", "", ""],
    ]

    assert rows_of(read(tmp_path, rows)) == [3]


@pytest.mark.parametrize(
    "footer",
    [
        ["合计笔数", "9"],
        ["合计笔数:9"],
        ["共9笔"],
        ["借方合计:1.00 贷方合计:100.00"],
        ["合计", "", "7.00", ""],
        ["期末余额", "6.00"],
    ],
)
def test_a_footer_that_disagrees_means_the_file_is_not_whole(tmp_path: Path, footer: list[str]) -> None:
    statement = read(tmp_path, [HEADER, ["20250701", "", "5", "5", "", ""], footer])

    assert set(rows_of(statement)) == {3}


def test_a_file_cut_before_its_last_lines_is_caught_by_the_stated_count(tmp_path: Path) -> None:
    rows = two_columns(sample())
    rows.insert(1, ["总笔数", "5"])

    assert rows_of(read(tmp_path, rows[:-4])) == [2]


def test_a_line_cut_in_its_middle_is_a_fault(tmp_path: Path) -> None:
    rows = [HEADER, ["20250701", "", "5", "5", "", ""], ["2025070"]]

    assert 3 in rows_of(read(tmp_path, rows))


def test_lines_after_the_footer_are_faults(tmp_path: Path) -> None:
    rows = [
        HEADER,
        ["20250701", "", "5", "5", "", ""],
        ["合计", "", "5.00", ""],
        ["20250702", "", "1", "6", "", ""],
    ]

    assert 4 in rows_of(read(tmp_path, rows))


@pytest.mark.parametrize("day", ["2025-02-30", "20251301", "", "昨天"])
def test_a_date_that_does_not_exist_is_a_fault(tmp_path: Path, day: str) -> None:
    assert rows_of(read(tmp_path, [HEADER, [day, "", "5", "5", "", ""]])) == [2]


def test_a_second_own_account_is_a_fault(tmp_path: Path) -> None:
    rows = [
        ["本方账号", *HEADER],
        ["111", "20250701", "", "5", "5", "", ""],
        ["222", "20250702", "", "5", "10", "", ""],
    ]

    assert rows_of(read(tmp_path, rows)) == [3]


def test_a_foreign_currency_is_a_fault(tmp_path: Path) -> None:
    assert rows_of(read(tmp_path, [["币种", *HEADER], ["美元", "20250701", "", "5", "5", "", ""]])) == [2]


def test_two_columns_for_one_role_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="有两列都像"):
        read(tmp_path, [[*HEADER, "账户余额"], ["20250701", "", "5", "5", "", "", "5"]])


def test_a_statement_without_a_balance_is_refused_naming_it(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="列「余额」"):
        read(tmp_path, [["交易日期", "支出", "收入"], ["20250701", "", "5"]])


def test_a_table_that_is_no_statement_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="找不到对账单的表头"):
        read(tmp_path, [["楼栋", "单元", "房号"], ["1", "1", "101"]])


def test_an_unquoted_comma_that_shifts_the_columns_is_a_fault(tmp_path: Path) -> None:
    assert rows_of(read(tmp_path, [HEADER, ["20250701", "", "5", "5", "张三", "费", "301"]])) == [2]


def test_an_account_typed_as_a_number_has_lost_digits_and_is_a_fault(tmp_path: Path) -> None:
    rows: list[list[Any]] = [
        [*HEADER, "对方账号"],
        ["20250701", None, 5, 5, "张三", "费", 6294024393146064833],
    ]

    assert rows_of(read_statement(write(tmp_path, "a.xlsx", xlsx_bytes(rows)))) == [2]


def test_masked_accounts_stay_masked(tmp_path: Path) -> None:
    rows = [[*HEADER, "对方卡号/账号"], ["20250701", "", "5", "5", "张三", "费", "6226******5669"]]

    assert read(tmp_path, rows).lines[0].counterparty_account == "6226******5669"


def test_a_day_listed_newest_first_inside_an_oldest_first_file_is_turned(tmp_path: Path) -> None:
    rows = [
        HEADER,
        ["20250701", "", "5", "5", "", ""],
        ["20250702", "", "1", "8", "", ""],
        ["20250702", "", "2", "7", "", ""],
    ]

    assert [line.balance for line in read(tmp_path, rows).lines] == [5, 7, 8]


@pytest.mark.parametrize("build", [xlsx_bytes, xls_bytes, csv_bytes, html_bytes])
@pytest.mark.parametrize("share", [0.2, 0.6, 0.95])
def test_a_truncated_export_never_reads_as_a_clean_statement(
    tmp_path: Path, build: Any, share: float
) -> None:
    extension = {xlsx_bytes: ".xlsx", csv_bytes: ".csv"}.get(build, ".xls")
    raw = build([["总笔数", "5"], *two_columns(sample())])

    try:
        faults = read_statement(write(tmp_path, f"a{extension}", raw[: int(len(raw) * share)])).faults
    except Refused as refused:
        faults = refused.faults

    assert faults


@settings(max_examples=examples(200), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    row=st.lists(
        st.text(alphabet="0123456789.,-+()¥元借贷合计共笔:/年月日 =x", max_size=12), min_size=1, max_size=8
    ),
    above=st.text(alphabet="账号户名币种:：;;0123456789 共笔合计", max_size=30),
)
def test_whatever_a_row_holds_it_is_a_line_or_a_fault_and_never_an_accident(
    tmp_path: Path, row: Any, above: Any
) -> None:
    found: Sequence[object]
    try:
        found = read(tmp_path, [[above], HEADER, ["20250701", "", "5", "5", "", ""], row]).lines
    except Refused as refused:
        found = refused.faults

    assert found
