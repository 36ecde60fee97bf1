"""Typed rows: one model reads a file's columns in any spelling and the API's fields by name."""

import io
from datetime import date
from decimal import Decimal

import openpyxl
import pytest
from pydantic import ValidationError

from custody.files.faults import Fault
from custody.files.intake import Handed
from custody.files.tables import day, positive_money, text_max
from custody.files.typed_rows import (
    FileRow,
    Page,
    column,
    in_file_order,
    read_items,
    read_rows,
    title_of,
    titles_of,
)


class PaidRow(FileRow):
    """A payment, for these tests."""

    payer: str = column("付款人", "付款方", parse=text_max(4))
    amount: Decimal = column("金额", "付款金额", parse=positive_money)
    paid_on: date | None = column("日期", parse=day, required=False)
    memo: str = column("附言", parse=text_max(9), blank="")


def page(text: str) -> Page[PaidRow]:
    return read_rows(Handed("a.csv", text.encode()).table(), PaidRow)


def test_a_row_has_typed_fields_whatever_its_columns_are_called() -> None:
    (row,) = page("付款方,付款金额,附言\n甲,1.5,\n").rows

    assert (row.row, row.payer, row.amount, row.paid_on, row.memo) == (2, "甲", Decimal("1.50"), None, "")


def test_every_cell_nobody_can_read_is_a_fault_with_its_row_and_column() -> None:
    read = page("付款人,金额,附言\n甲,-1,\n赵钱孙李周,x,\n乙,2,\n")

    assert [(each.row, each.column) for each in read.faults] == [(2, "金额"), (3, "付款人"), (3, "金额")]
    assert [row.payer for row in read.rows] == ["乙"]
    assert not read.whole


def test_a_fault_of_substance_is_told_under_the_templates_column() -> None:
    read = page("付款方,付款金额,附言\n甲,1.5,\n")

    fault = read.fault(read.rows[0], "payer", "不认识")

    assert (fault.row, fault.column, fault.value, fault.expected) == (2, "付款人", "甲", "不认识")


@pytest.mark.parametrize(("optional", "faults"), [(False, 1), (True, 0)])
def test_a_missing_sheet_is_one_fault_unless_it_may_be_missing(optional: bool, faults: int) -> None:
    book, stream = openpyxl.Workbook(), io.BytesIO()
    book.create_sheet("付款").append(["付款人", "金额", "附言"])
    book.save(stream)
    file = Handed("a.xlsx", stream.getvalue()).table()

    assert len(read_rows(file, PaidRow, sheet="没有", optional=optional).faults) == faults


def test_the_api_fills_the_same_model_by_field_name() -> None:
    row = PaidRow.model_validate({"payer": "甲", "amount": "1.5元", "paid_on": "2025年7月1日"})

    assert (row.row, row.amount, row.paid_on) == (0, Decimal("1.50"), date(2025, 7, 1))


def test_the_api_is_refused_what_a_file_is_refused() -> None:
    with pytest.raises(ValidationError, match="最多 4 个字"):
        PaidRow.model_validate({"payer": "赵钱孙李周", "amount": "1"})


def test_a_template_can_be_made_of_the_model() -> None:
    assert titles_of(PaidRow) == ["付款人", "金额", "日期", "附言"]
    assert title_of(PaidRow, "paid_on") == "日期"


def test_items_are_read_as_one_row() -> None:
    file = Handed("a.csv", "项目,内容\n付款人,甲\n金额,2\n附言,\n".encode()).table()

    items, faults = read_items(file, PaidRow, sheet="任意")

    assert items is not None
    assert (items.payer, items.amount, faults) == ("甲", Decimal("2.00"), [])


def test_items_with_a_fault_are_none_with_every_fault() -> None:
    file = Handed("a.csv", "项目,内容\n付款人,甲\n金额,x\n".encode()).table()

    items, faults = read_items(file, PaidRow, sheet="任意")

    assert (items, [fault.column for fault in faults]) == (None, ["金额", "附言"])


def test_faults_are_told_file_by_file_sheet_by_sheet_and_row_by_row() -> None:
    def fault(file: str, sheet: str, row: int | None) -> Fault:
        return Fault(file, sheet, row, "", "", "")

    mixed = [
        fault("b", "", 3),
        fault("a", "x", None),
        fault("a", "y", 1),
        fault("a", "x", 9),
        fault("b", "", 2),
    ]

    told = [(each.file, each.sheet, each.row) for each in in_file_order(mixed)]

    assert told == [("b", "", 2), ("b", "", 3), ("a", "x", 9), ("a", "x", None), ("a", "y", 1)]
