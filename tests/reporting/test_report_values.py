"""A Report is right or does not exist."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from custody.kernel.invariants import InvariantBroken
from reporting.statements.report import ColumnKind, ColumnSpec, Proof, Report, ReportRow, Table, proof_table

MONEY = (ColumnSpec("项目"), ColumnSpec("金额", ColumnKind.MONEY))
EVEN = Proof("左 = 右", Decimal("1.00"), Decimal("1.00"))


def test_a_table_whose_proof_fails_is_refused() -> None:
    with pytest.raises(InvariantBroken, match="期初 = 期末"):
        Table("表", MONEY, (), proofs=(Proof("期初 = 期末", Decimal("1.00"), Decimal("1.01")),))


def test_a_strict_proof_without_a_right_side_is_refused() -> None:
    with pytest.raises(InvariantBroken):
        Table("表", MONEY, (), proofs=(Proof("账 = 银行", Decimal("1.00"), None),))


def test_a_difference_with_the_bank_is_stated_not_hidden() -> None:
    proof = Proof("账 = 银行", Decimal("1.00"), Decimal("3.50"), strict=False, note="未达账项,待查")
    report = Report(
        "表", "小区", (), (Table("甲", MONEY, (), proofs=(proof,)),), datetime(2025, 1, 1, tzinfo=UTC)
    )

    assert proof_table(report).rows[0].cells[-2:] == (Decimal("-2.50"), "未达账项,待查")


def test_a_row_as_wide_as_its_columns_is_required() -> None:
    with pytest.raises(InvariantBroken):
        Table("表", MONEY, (ReportRow(("只有一格",)),))


def test_a_money_cell_finer_than_a_fen_is_refused() -> None:
    with pytest.raises(InvariantBroken):
        Table("表", MONEY, (ReportRow(("利息", Decimal("0.005"))),))


def test_a_report_that_proves_nothing_is_refused() -> None:
    with pytest.raises(InvariantBroken):
        Report("表", "小区", (), (Table("甲", MONEY, ()),), datetime(2025, 1, 1, tzinfo=UTC))


def test_two_sheets_of_one_title_are_refused() -> None:
    table = Table("甲", MONEY, (), proofs=(EVEN,))

    with pytest.raises(InvariantBroken):
        Report("表", "小区", (), (table, table), datetime(2025, 1, 1, tzinfo=UTC))
