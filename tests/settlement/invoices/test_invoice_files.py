"""One file of invoices, one answer: each goes forward or comes back with form and substance told at once."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from custody.files.faults import Refused
from settlement.models import Settlement, SettlementMove
from tests.settlement.desk import Provider, digits, make_provider
from tests.settlement.invoices.test_imports import HEADS, LINES, ON, invoice_file, take, workbook

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def desk(committed_db: None) -> Provider:
    desk = make_provider()
    desk.work(number="A")
    return desk


def verdicts(outcome: Any) -> dict[str, str]:
    """What became of each invoice, by number."""
    return {each.item: each.code.value for each in outcome.verdicts}


def places(outcome: Any) -> set[tuple[str, int, str]]:
    return {(each.sheet, each.row, each.column) for each in outcome.faults}


def sound(desk: Provider, *invoices: Any) -> tuple[Any, ...]:
    """Rows of both sheets for invoices (number, amount) over the work A, right in every way."""
    heads = [(number, ON, amount, desk.at.provider.name, desk.bank.holder) for number, amount in invoices]
    return heads, [(number, 1, "CLN", "工单", "A", amount) for number, amount in invoices]


def both(folder: Path, heads: Any, lines: Any, name: str = "both.xlsx") -> Path:
    return workbook(folder, name, 发票=[HEADS, *heads], 明细=[LINES, *lines])


def test_one_bad_date_holds_back_no_other_invoice(desk: Provider, tmp_path: Path) -> None:
    good, bad = digits(), digits()
    heads, lines = sound(desk, (good, 400), (bad, 500))
    heads[1] = (bad, "never", *heads[1][2:])

    outcome = take(desk, both(tmp_path, heads, lines))

    assert verdicts(outcome) == {good: "verified", bad: "held-back"}
    assert places(outcome) == {("发票", 3, "开票日期")}


def test_an_invoice_held_back_is_not_put_on_record(desk: Provider, tmp_path: Path) -> None:
    heads, lines = sound(desk, (digits(), 400), (digits(), "1e5"))

    take(desk, both(tmp_path, heads, lines))

    assert Settlement.objects.filter(fund=desk.at.fund).count() == 1


def test_form_and_substance_of_a_faulty_invoice_come_together(desk: Provider, tmp_path: Path) -> None:
    heads, lines = sound(desk, ("12345", 400))
    heads[0] = ("12345", "never", 400, desk.at.provider.name, "业主张三")
    lines[0] = ("12345", 1, "XXX", "工单", "NONE", 400)

    outcome = take(desk, both(tmp_path, heads, lines))

    assert places(outcome) == {
        ("发票", 2, "开票日期"),
        ("发票", 2, "发票号码"),
        ("发票", 2, "购买方"),
        ("明细", 2, "科目编码"),
        ("明细", 2, "依据"),
    }


def test_what_rests_on_an_unreadable_cell_is_not_judged(desk: Provider, tmp_path: Path) -> None:
    number = digits()
    heads, lines = sound(desk, (number, 400))
    lines.append((number, 2, "CLN", "礼品", "A", 5))

    outcome = take(desk, both(tmp_path, heads, lines))

    assert [each.column for each in outcome.faults] == ["类型"]


def test_the_same_file_again_changes_nothing_and_says_the_same(desk: Provider, tmp_path: Path) -> None:
    heads, lines = sound(desk, (digits(), 400), (digits(), "1e5"), (digits(), 5000))
    path = both(tmp_path, heads, lines)
    first = take(desk, path)
    steps = SettlementMove.objects.filter(fund=desk.at.fund).count()

    again = take(desk, path)

    assert again.faults == first.faults
    assert list(verdicts(again).values()) == ["known", "held-back", "still-returned"]
    assert SettlementMove.objects.filter(fund=desk.at.fund).count() == steps


def test_the_corrected_file_takes_in_what_was_held_back(desk: Provider, tmp_path: Path) -> None:
    good, bad = digits(), digits()
    heads, lines = sound(desk, (good, 400), (bad, 500))
    take(desk, both(tmp_path, [heads[0], (bad, "never", *heads[1][2:])], lines))

    outcome = take(desk, both(tmp_path, heads, lines, name="corrected.xlsx"))

    assert verdicts(outcome) == {good: "known", bad: "verified"}


def test_a_number_twice_in_the_file_holds_back_those_invoices_only(desk: Provider, tmp_path: Path) -> None:
    good, twice = digits(), digits()
    heads, lines = sound(desk, (good, 400), (twice, 300), (twice, 200))
    lines.pop()

    outcome = take(desk, both(tmp_path, heads, lines))

    assert [each.code.value for each in outcome.verdicts] == ["verified", "held-back", "held-back"]
    assert places(outcome) == {("发票", 3, "发票号码"), ("发票", 4, "发票号码")}


def test_an_invoice_of_a_day_to_come_is_held_back_on_its_row(desk: Provider, tmp_path: Path) -> None:
    path = invoice_file(desk, tmp_path, (digits(), 1, "A", ON), (digits(), 2, "A", date(2025, 8, 5)))

    outcome = take(desk, path)

    told = [(each.row, each.column, each.expected) for each in outcome.faults if each.column == "开票日期"]
    assert told == [(3, "开票日期", "开票日期晚于今天 2025-08-04")]


def test_an_invoice_of_a_day_to_come_waits_when_left_for_later(desk: Provider, tmp_path: Path) -> None:
    path = invoice_file(desk, tmp_path, (digits(), 1, "A", ON), (digits(), 1, "A", date(2025, 8, 5)))

    assert len(take(desk, path, through=ON).verdicts) == 1


def test_a_rehearsal_names_every_reason_for_return(desk: Provider, tmp_path: Path) -> None:
    number = digits()

    outcome = take(desk, invoice_file(desk, tmp_path, (number, 1000, "NONE", ON)), dry_run=True)

    assert [each.expected for each in outcome.faults] == ["第 1 行：没有工单「NONE」"]
    assert not Settlement.objects.filter(number=number).exists()


def test_a_line_of_no_invoice_is_told_and_holds_back_only_what_does_not_add_up(
    desk: Provider, tmp_path: Path
) -> None:
    whole, half, typo = digits(), digits(), digits()
    heads, lines = sound(desk, (whole, 400), (half, 500))
    lines[1] = (half, 1, "CLN", "工单", "A", 300)
    lines.append((typo, 1, "CLN", "工单", "A", 200))

    outcome = take(desk, both(tmp_path, heads, lines))

    assert verdicts(outcome) == {whole: "verified", half: "held-back"}
    assert places(outcome) == {("发票", 3, "价税合计"), ("明细", 4, "发票号码")}


def test_a_line_is_not_called_an_orphan_when_an_invoices_number_was_unreadable(
    desk: Provider, tmp_path: Path
) -> None:
    number = digits()
    heads, lines = sound(desk, (number, 400))
    heads[0] = ("", *heads[0][1:])

    outcome = take(desk, both(tmp_path, heads, lines))

    assert places(outcome) == {("发票", 2, "发票号码")}


def test_a_line_number_twice_is_told_on_its_row(desk: Provider, tmp_path: Path) -> None:
    number = digits()
    heads, lines = sound(desk, (number, 400))

    outcome = take(desk, both(tmp_path, heads, [*lines, *lines]))

    assert [(each.row, each.expected) for each in outcome.faults] == [(3, "同一张发票的行号重复，第2行已有")]


def test_changed_content_of_a_verified_invoice_is_told_beside_faults_of_form(
    desk: Provider, tmp_path: Path
) -> None:
    number = digits()
    take(desk, invoice_file(desk, tmp_path, (number, 1000, "A", ON)))
    path = invoice_file(desk, tmp_path, (number, 999, "A", ON), (digits(), 1, "A", "never"), name="b.xlsx")

    outcome = take(desk, path)

    assert {"价税合计", "开票日期"} <= {each.column for each in outcome.faults}
    assert set(verdicts(outcome).values()) == {"held-back"}


def test_a_returned_invoice_with_a_fault_of_form_stays_as_it_stood(desk: Provider, tmp_path: Path) -> None:
    number = digits()
    take(desk, invoice_file(desk, tmp_path, (number, 1001, "A", ON)))

    take(desk, invoice_file(desk, tmp_path, (number, 999, "A", "never"), name="b.xlsx"))

    settlement = Settlement.objects.get(number=number)
    assert (settlement.total.amount, settlement.revision, settlement.state) == (Decimal(1001), 1, "returned")


@pytest.mark.parametrize("heads", [("发票号码", "开票日期", "价税合计", "销售方"), (*HEADS, "税率")])
def test_a_fault_of_the_sheet_refuses_the_whole_file(
    desk: Provider, tmp_path: Path, heads: tuple[Any, ...]
) -> None:
    number = digits()
    row = (number, ON, 400, desk.at.provider.name, desk.bank.holder, "6%")[: len(heads)]
    path = workbook(tmp_path, "a.xlsx", 发票=[heads, row], 明细=[LINES, (number, 1, "CLN", "工单", "A", 400)])

    with pytest.raises(Refused):
        take(desk, path)


def test_a_missing_sheet_refuses_the_whole_file(desk: Provider, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="明细"):
        take(desk, workbook(tmp_path, "a.xlsx", 发票=[HEADS]))


def test_an_example_row_is_skipped(desk: Provider, tmp_path: Path) -> None:
    number = digits()
    heads, lines = sound(desk, (number, 400))
    example = [("示例 25512668862862417662", "2025-07-27", "1,000.00", "某公司", "某信托")]

    assert list(verdicts(take(desk, both(tmp_path, example + heads, lines)))) == [number]


def test_clerks_spellings_are_read(desk: Provider, tmp_path: Path) -> None:
    number = digits()
    heads, lines = sound(desk, (number, "0.04万元"))
    lines[0] = (number, "１", "ｃｌｎ", "按工单", "Ａ", "￥400.00")

    assert verdicts(take(desk, both(tmp_path, heads, lines))) == {number: "verified"}


def test_full_width_digits_of_an_invoice_number_are_folded(desk: Provider, tmp_path: Path) -> None:
    number = digits()
    wide = number.translate({ord("0") + place: 0xFF10 + place for place in range(10)})

    take(desk, invoice_file(desk, tmp_path, (wide, 1000, "A", ON)))

    assert Settlement.objects.get(fund=desk.at.fund, number=number).state == "verified"


def test_the_first_strange_character_of_an_invoice_number_is_named(desk: Provider, tmp_path: Path) -> None:
    number = f"{digits()[:4]}O{digits()[:14]}l"

    outcome = take(desk, invoice_file(desk, tmp_path, (number, 1, "A", ON)))

    assert any("第 5 位「O」不是数字" in fault.expected for fault in outcome.faults)
