"""Any bank's export of one chain reads back as that chain; whatever does not add up is named on its row."""

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from custody.bank.reading import read_statement
from custody.files.faults import Refused
from tests.custody.bank.exports import (
    ACCOUNT,
    HEADER,
    LAYOUTS,
    OWNER,
    chains,
    read,
    rows_of,
    sample,
    two_columns,
    yuan,
)
from tests.draws import examples
from tests.make_files import CONTAINERS, csv_bytes, write, xlsx_bytes

SHARED = Path(__file__).parents[4] / "shared" / "samples" / "bank-formats"
PACK = Path(__file__).parents[2] / "packs" / "four-seasons"
needs_shared = pytest.mark.skipif(
    not SHARED.is_dir(), reason="the published bank exports are not on this machine"
)
in_one_folder = settings(
    max_examples=examples(60),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


# ---- the same chain, however it is written ----


@in_one_folder
@given(
    moves=chains(),
    layout=st.sampled_from(sorted(LAYOUTS)),
    container=st.sampled_from(sorted(CONTAINERS)),
    newest_first=st.booleans(),
)
def test_a_chain_reads_back_from_every_layout_container_and_order(
    tmp_path: Path, moves: Any, layout: Any, container: Any, newest_first: Any
) -> None:
    extension, build = CONTAINERS[container]
    rows = LAYOUTS[layout][0](moves[::-1] if newest_first else moves)

    statement = read_statement(write(tmp_path, f"a{extension}", build(rows)))

    assert statement.faults == ()
    assert [(x.booked_at, x.amount, x.balance) for x in statement.lines] == [
        (m.at, m.amount, m.balance) for m in moves
    ]
    assert [(x.counterparty_name, x.counterparty_account, x.memo or x.summary) for x in statement.lines] == [
        (m.name, m.number, m.memo) for m in moves
    ]
    assert statement.opening == moves[0].balance - moves[0].amount
    assert (statement.account, statement.closing) == (ACCOUNT, moves[-1].balance)


@in_one_folder
@given(
    moves=chains(least=3, a_day_each=True),
    layout=st.sampled_from(sorted(LAYOUTS)),
    newest_first=st.booleans(),
    error=st.integers(1, 99_999).map(lambda fen: Decimal(fen) / 100),
    data=st.data(),
)
def test_a_perturbed_balance_is_named_on_its_row(
    tmp_path: Path, moves: Any, layout: Any, newest_first: Any, error: Any, data: Any
) -> None:
    write_rows, column = LAYOUTS[layout]
    ordered = moves[::-1] if newest_first else moves
    rows = write_rows(ordered)
    first = next(at for at, row in enumerate(rows) if len(row) > 5) + 1
    hit = data.draw(st.integers(1, len(moves) - 1))  # the oldest line's own balance shows on the next row
    at = first + (len(moves) - 1 - hit if newest_first else hit)
    rows[at][column if layout != "signed column" else 4] = yuan(moves[hit].balance + error)

    statement = read_statement(write(tmp_path, "a.csv", csv_bytes(rows)))

    assert at + 1 in rows_of(statement)


@in_one_folder
@given(moves=chains(least=3, a_day_each=True), newest_first=st.booleans(), data=st.data())
def test_a_perturbed_amount_is_named_on_its_row(
    tmp_path: Path, moves: Any, newest_first: Any, data: Any
) -> None:
    rows = LAYOUTS["signed column"][0](moves[::-1] if newest_first else moves)
    hit = data.draw(st.integers(1, len(moves) - 1))
    at = 1 + (len(moves) - 1 - hit if newest_first else hit)
    rows[at][3] = yuan(moves[hit].amount + Decimal("0.01") or Decimal("0.02"))

    statement = read_statement(write(tmp_path, "a.csv", csv_bytes(rows)))

    assert at + 1 in rows_of(statement)


def test_the_pack_reads_whole_and_its_months_join() -> None:
    months = [read_statement(PACK / f"bank-2025-0{month}.xlsx") for month in (7, 8, 9)]

    assert [len(m.lines) for m in months] == [349, 277, 273]
    assert [m.faults for m in months] == [(), (), ()]
    assert [m.closing for m in months[:2]] == [m.opening for m in months[1:]]


def test_the_layout_is_named_by_the_columns_recognised() -> None:
    assert read_statement(PACK / "bank-2025-07.xlsx").layout == "借/贷 + 借方发生额/贷方发生额"


def test_the_preamble_gives_account_and_owner(tmp_path: Path) -> None:
    statement = read(tmp_path, two_columns(sample()))

    assert (statement.account, statement.account_name) == (ACCOUNT, OWNER)


@needs_shared
def test_a_published_export_newest_first_chains_oldest_first() -> None:
    statement = read_statement(SHARED / "boc.csv")

    assert (len(statement.lines), statement.faults, statement.opening) == (17, (), Decimal("2813.58"))


@needs_shared
def test_a_published_export_whose_balances_break_is_reported_row_by_row() -> None:
    statement = read_statement(SHARED / "cmb.csv")

    assert (len(statement.lines), rows_of(statement)) == (5, [4, 5, 6])


# ---- layouts met in the field ----


def test_payer_and_payee_columns_give_the_other_side_by_direction(tmp_path: Path) -> None:
    header = "交易类型[ Transaction Type ],付款人账号[ Debit Account No. ],付款人名称[ Payer's Name ],"
    header += "收款人账号[ Payee's Account Number ],收款人名称[ Payee's Name ],交易日期[ Transaction Date ],"
    header += "交易金额[ Trade Amount ],交易后余额[ After-transaction balance ]"
    text = f"查询账号[ Inquirer account number ],12345678\n总笔数,2\n{header}\n"
    text += "来账,744800018260,某实业公司,12345678,某信托,20260703,+267.10,1267.10\n"
    text += "往账,12345678,某信托,50131000927752,某商行,20260705,-50.00,1217.10\n"

    statement = read_statement(write(tmp_path, "a.csv", text.encode("gb18030")))

    assert statement.faults == ()
    assert [(x.amount, x.counterparty_name) for x in statement.lines] == [
        (Decimal("267.10"), "某实业公司"),
        (Decimal("-50.00"), "某商行"),
    ]
    assert statement.account == "12345678"


def test_an_own_account_column_called_just_account_is_ours(tmp_path: Path) -> None:
    header = [
        "账号",
        "账户名称",
        "交易时间",
        "借方发生额（支取）",
        "贷方发生额（收入）",
        "余额",
        "币种",
        "对方户名",
        "对方账号",
    ]
    header += ["对方开户机构", "记账日期", "摘要", "备注", "账户明细编号-交易流水号"]
    row = ["5300190503", "某信托", "20260410 17:07:09", "407.33", "0", "812.09", "人民币元", "某商行", "2001"]
    row += ["某支行", "20260410", "电子转账", "工资", "1-13523"]

    statement = read(tmp_path, [header, row])

    line = statement.lines[0]
    assert (statement.account, line.counterparty_account, line.booked_at) == (
        "5300190503",
        "2001",
        datetime(2026, 4, 10, 17, 7, 9),
    )


def test_headers_with_brackets_and_units_are_recognised(tmp_path: Path) -> None:
    header = [
        "交易日期",
        "借方(出账)",
        "贷方(入账)",
        "余额/元",
        "摘要",
        "收(付)方名称",
        "收(付)方账号",
        "交易类型",
    ]

    statement = read(
        tmp_path, [["记录数: 1"], header, ["2025-07-01", "", "5.00", "5.00", "费", "张三", "6222", "转账"]]
    )

    assert (statement.faults, statement.lines[0].counterparty_name) == ((), "张三")


def test_amounts_in_ten_thousands_are_not_taken_for_yuan(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="余额"):
        read(tmp_path, [["交易日期", "支出", "收入", "余额(万元)"], ["2025-07-01", "", "5.00", "5.00"]])


def test_a_date_cell_of_a_workbook_is_a_date(tmp_path: Path) -> None:
    rows: list[list[Any]] = [HEADER, [date(2025, 7, 1), None, 106.72, 106.72, "张三", "转账"]]

    assert read_statement(write(tmp_path, "a.xlsx", xlsx_bytes(rows))).lines[0].booked_on == date(2025, 7, 1)


def test_page_headers_page_totals_and_blank_rows_are_passed_over(tmp_path: Path) -> None:
    rows = [HEADER, ["20250701", "", "5", "5", "", ""], ["本页小计", "", "5", "", "", ""], [], HEADER]
    rows += [["20250702", "2", "", "3", "", ""], ["合计", "2.00", "5.00", "", "", ""]]

    assert read(tmp_path, rows).faults == ()


def test_a_statement_without_movements_has_no_lines(tmp_path: Path) -> None:
    assert read(tmp_path, [HEADER, ["合计笔数", "0"]]).lines == ()


def test_text_that_forces_a_cell_to_text_is_unwrapped(tmp_path: Path) -> None:
    rows = [[*HEADER, "对方账号"], ["20250701", "", "5", "5", "=1+1", "费", '="0123456789"']]

    line = read(tmp_path, rows).lines[0]

    assert (line.counterparty_account, line.counterparty_name) == ("0123456789", "=1+1")


def test_an_account_column_is_the_other_side_when_the_preamble_names_ours(tmp_path: Path) -> None:
    rows = [["账号：６２２２０００　户名：某某（集团）"], ["日期", "支出", "收入", "余额", "账号", "户名"]]
    rows += [
        ["20250702", "", "50.00", "1050.00", "6225", "李四"],
        ["20250703", "", "1.00", "1051.00", "6226", "王五"],
    ]

    statement = read(tmp_path, rows)

    assert (statement.account, statement.faults) == ("6222000", ())
    assert [(x.counterparty_account, x.counterparty_name) for x in statement.lines] == [
        ("6225", "李四"),
        ("6226", "王五"),
    ]
