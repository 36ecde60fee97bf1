"""Money in and money out are never mistaken: by every spelling of the column, the word, and the sign."""

from decimal import Decimal
from pathlib import Path

import pytest

from custody.bank.statement import Statement
from custody.files.faults import Refused
from tests.custody.bank.exports import HEADER, read, rows_of


def amounts(statement: Statement) -> list[Decimal]:
    assert statement.faults == ()
    return [line.amount for line in statement.lines]


def flagged(folder: Path, header: str, out: str, into: str) -> Statement:
    rows = [["交易日期", header, "交易金额", "余额"], ["20250701", out, "50.00", "100.00"]]
    return read(folder, [*rows, ["20250702", into, "8.00", "108.00"]])


@pytest.mark.parametrize(
    "header",
    [
        "进出标志",
        "发生方向",
        "贷借标志",
        "收支标识",
        "CR/DR",
        "Dr/Cr",
        "C/D",
        "收支标记",
        "进/出",
        "借贷标识",
    ],
)
def test_the_direction_is_read_under_every_name_of_its_column(tmp_path: Path, header: str) -> None:
    assert amounts(flagged(tmp_path, header, "借", "贷")) == [Decimal("-50.00"), Decimal("8.00")]


@pytest.mark.parametrize(
    ("out", "into"),
    [
        ("借 Dr", "贷 Cr"),
        ("借(支出)", "贷（收入）"),
        ("DR", "CR"),
        ("D", "C"),
        ("出", "进"),
        ("支", "收"),
        ("借记", "贷记"),
    ],
)
def test_the_direction_is_read_in_every_word_for_it(tmp_path: Path, out: str, into: str) -> None:
    assert amounts(flagged(tmp_path, "借贷标志", out, into)) == [Decimal("-50.00"), Decimal("8.00")]


def test_words_of_both_directions_in_one_cell_are_a_fault(tmp_path: Path) -> None:
    assert rows_of(flagged(tmp_path, "借贷标志", "借/贷", "贷")) == [2]


@pytest.mark.parametrize("header", ["神秘列", "标记X", "摘要"])
@pytest.mark.parametrize("words", ["借 贷", "出 进", "Dr Cr", "支出 收入"])
def test_an_unread_column_full_of_directions_refuses_the_sheet(
    tmp_path: Path, header: str, words: str
) -> None:
    out, into = words.split()

    with pytest.raises(Refused, match=f"列「{header}」.*借贷标志"):
        flagged(tmp_path, header, out, into)


def test_an_unread_direction_on_a_single_line_refuses_the_sheet(tmp_path: Path) -> None:
    rows = [["交易日期", "神秘列", "交易金额", "余额"], ["20250701", "支出", "50.00", "100.00"]]

    with pytest.raises(Refused, match="列「神秘列」"):
        read(tmp_path, rows)


def test_a_direction_without_a_header_refuses_the_sheet_naming_its_letter(tmp_path: Path) -> None:
    rows = [["交易日期", "", "交易金额", "余额"], ["20250701", "借", "50.00", "100.00"]]

    with pytest.raises(Refused, match="列「B」"):
        read(tmp_path, rows)


def test_an_unread_column_of_directions_that_agree_with_the_signs_does_no_harm(tmp_path: Path) -> None:
    rows = [["交易日期", "神秘列", "交易金额", "余额"], ["20250701", "支出", "-50.00", "100.00"]]

    assert amounts(read(tmp_path, rows)) == [Decimal("-50.00")]


def test_what_a_payer_wrote_is_no_direction(tmp_path: Path) -> None:
    rows = [["交易日期", "附言", "交易金额", "余额"], ["20250701", "付款", "50.00", "100.00"]]

    assert amounts(read(tmp_path, rows)) == [Decimal("50.00")]


def test_columns_named_by_one_letter_hold_amounts(tmp_path: Path) -> None:
    rows = [["日期", "借", "贷", "余额"], ["20250701", "50.00", "", "100.00"]]

    assert amounts(read(tmp_path, [*rows, ["20250702", "", "8.00", "108.00"]])) == [
        Decimal("-50"),
        Decimal("8"),
    ]


def test_one_side_without_the_other_is_refused_naming_the_other(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="列「贷方金额」"):
        read(tmp_path, [["日期", "支出", "交易金额", "余额"], ["20250701", "50.00", "", "100.00"]])


def test_the_amount_booked_is_read_beside_a_dash_for_the_amount_traded(tmp_path: Path) -> None:
    rows = [
        ["记账日期", "借贷标志", "交易金额", "记账金额", "余额"],
        ["20250701", "借", "-", "50.00", "100.00"],
    ]

    assert amounts(read(tmp_path, [*rows, ["20250702", "贷", "8.00", "-", "108.00"]])) == [
        Decimal("-50.00"),
        Decimal("8.00"),
    ]


@pytest.mark.parametrize("zero", [["0.00", ""], ["", "0.00"], ["0.00", "0.00"]])
def test_a_line_of_nothing_is_a_line_and_breaks_no_chain(tmp_path: Path, zero: list[str]) -> None:
    rows = [HEADER, ["20250701", "", "5", "105.00", "", "利息"], ["20250701", *zero, "105.00", "", "利息税"]]

    statement = read(tmp_path, [*rows, ["20250702", "1", "", "104.00", "", ""], ["合计笔数", "3"]])

    assert amounts(statement) == [Decimal("5"), Decimal("0"), Decimal("-1")]


def test_a_line_of_nothing_needs_no_direction(tmp_path: Path) -> None:
    rows = [["交易日期", "借贷标志", "交易金额", "余额"], ["20250701", "", "0.00", "100.00"]]

    assert amounts(read(tmp_path, rows)) == [Decimal("0.00")]


def test_a_line_of_nothing_may_be_counted_on_either_side(tmp_path: Path) -> None:
    rows = [HEADER, ["20250701", "", "5", "105.00", "", ""], ["20250701", "0.00", "", "105.00", "", ""]]

    assert amounts(read(tmp_path, [*rows, ["借方笔数", "1", "贷方笔数", "1"]])) == [
        Decimal("5"),
        Decimal("0"),
    ]


def twice_told(folder: Path, second: str) -> Statement:
    header = ["交易日期", "借贷标志", "收支标识", "交易金额", "余额"]
    return read(folder, [header, ["20250701", "借", second, "50.00", "100.00"]])


def test_two_columns_of_directions_that_agree_are_one(tmp_path: Path) -> None:
    assert amounts(twice_told(tmp_path, "支出")) == [Decimal("-50.00")]


def test_two_columns_of_directions_that_differ_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="有两列都像「借贷标志」"):
        twice_told(tmp_path, "收入")
