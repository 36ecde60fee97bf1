"""A fault that stands in many rows is told once."""

from custody.files.faults import Fault, grouped, row_ranges


def fault(row: int | None, *, column: str = "单价", value: str = "2角", expected: str = "应为数字") -> Fault:
    return Fault("a.xlsx", "房屋", row, column, value, expected)


def told(*faults: Fault) -> list[str]:
    return [str(group) for group in grouped(faults)]


def test_the_same_fault_of_one_column_is_told_once_with_its_rows() -> None:
    assert told(*map(fault, (3, 5, 6, 7, 8, 9))) == ["a.xlsx 房屋 第3、5–9行 列「单价」 值「2角」：应为数字"]


def test_values_that_differ_are_told_by_the_first() -> None:
    assert told(fault(3), fault(4, value="贰角")) == ["a.xlsx 房屋 第3–4行 列「单价」 值「2角」等：应为数字"]


def test_faults_of_different_columns_or_reasons_stay_apart() -> None:
    assert len(told(fault(3), fault(3, column="面积"), fault(3, expected="金额应大于零"))) == 3


def test_a_single_fault_is_told_as_ever() -> None:
    assert told(fault(3)) == [str(fault(3))]


def test_a_fault_of_the_whole_sheet_names_no_row() -> None:
    assert "第" not in told(fault(None), fault(None))[0]


def test_groups_come_in_the_order_of_their_first_fault() -> None:
    groups = grouped([fault(3), fault(4, column="面积"), fault(5)])

    assert [group.faults[0].row for group in groups] == [3, 4]


def test_no_fault_is_lost() -> None:
    faults = [fault(row, column=f"列{row % 3}") for row in range(2, 60)]

    assert sorted(each.row or 0 for group in grouped(faults) for each in group.faults) == list(range(2, 60))


def test_endless_rows_are_counted_instead() -> None:
    assert row_ranges(range(1, 100, 2)).endswith("等共 50 ")
