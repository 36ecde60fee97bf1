"""What a file of invoices tells its sender: form and content together, days to come, what still waits."""

from datetime import date

import pytest

from custody.files.faults import Refused
from settlement.models import Settlement
from tests.settlement.desk import digits, make_provider
from tests.settlement.invoices.test_imports import HEADS, LINES, ON, invoice_file, take, workbook

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def desk(committed_db):
    desk = make_provider()
    desk.work(number="A")
    return desk


def test_an_invoice_of_a_day_to_come_is_refused_on_its_row(desk, tmp_path):
    path = invoice_file(desk, tmp_path, (digits(), 1, "A", ON), (digits(), 1, "A", date(2025, 8, 5)))

    with pytest.raises(Refused) as refused:
        take(desk, path)

    faults = [(each.row, each.column, each.expected) for each in refused.value.faults]
    assert faults == [(3, "开票日期", "开票日期晚于今天 2025-08-04")]


def test_an_invoice_of_a_day_to_come_waits_when_left_for_later(desk, tmp_path):
    path = invoice_file(desk, tmp_path, (digits(), 1, "A", ON), (digits(), 1, "A", date(2025, 8, 5)))

    assert take(desk, path, through=ON).counts["invoices"] == 1


def test_a_rehearsal_names_every_reason_for_return(desk, tmp_path):
    number = digits()
    path = invoice_file(desk, tmp_path, (number, 1000, "NONE", ON))

    outcome = take(desk, path, dry_run=True)

    assert [*map(str, outcome.notes)] == [f"发票 {number} 退回：第 1 行:没有工单「NONE」"]
    assert not Settlement.objects.filter(number=number).exists()


def test_faults_of_form_and_of_content_are_told_together(desk, tmp_path):
    number, unread = digits(), digits()
    heads = [HEADS, (number, ON, 5, "x", "y"), (number, ON, 5, "x", "y"), (unread, "never", 5, "x", "y")]
    lines = [LINES, *[(number, 1, "CLN", "工单", "A", 5)] * 2, (unread, 1, "CLN", "工单", "A", "1e5")]
    path = workbook(tmp_path, "bad.xlsx", 发票=heads, 明细=lines)

    with pytest.raises(Refused) as refused:
        take(desk, path)

    assert {(each.sheet, each.row, each.column) for each in refused.value.faults} == {
        ("发票", 3, "发票号码"),
        ("发票", 4, "开票日期"),
        ("明细", 3, "行号"),
        ("明细", 4, "金额"),
    }


def test_a_line_is_not_called_an_orphan_when_its_invoice_was_unreadable(desk, tmp_path):
    number = digits()
    heads = [HEADS, (number, "never", 5, "x", "y")]
    lines = [LINES, (number, 1, "CLN", "工单", "A", 5)]

    with pytest.raises(Refused) as refused:
        take(desk, workbook(tmp_path, "bad.xlsx", 发票=heads, 明细=lines))

    assert [each.column for each in refused.value.faults] == ["开票日期"]


def test_changed_content_is_told_beside_faults_of_form(desk, tmp_path):
    number = digits()
    take(desk, invoice_file(desk, tmp_path, (number, 1000, "A", ON)))
    path = invoice_file(desk, tmp_path, (number, 999, "A", ON), (digits(), 1, "A", "never"), name="b.xlsx")

    with pytest.raises(Refused) as refused:
        take(desk, path)

    assert {"价税合计", "开票日期"} <= {each.column for each in refused.value.faults}


def test_an_invoice_still_returned_is_counted_and_shown_where(desk, tmp_path):
    path = invoice_file(desk, tmp_path, (digits(), 1000, "NONE", ON))
    take(desk, path)

    outcome = take(desk, path)

    assert (outcome.already_done, outcome.counts["still-returned"]) == (True, 1)
    assert "show_settlements" in str(outcome.notes[0])


def test_full_width_digits_of_an_invoice_number_are_folded(desk, tmp_path):
    number = digits()
    wide = number.translate({ord("0") + place: 0xFF10 + place for place in range(10)})

    take(desk, invoice_file(desk, tmp_path, (wide, 1000, "A", ON)))

    assert Settlement.objects.get(fund=desk.at.fund, number=number).state == "verified"


def test_the_first_strange_character_of_an_invoice_number_is_named(desk, tmp_path):
    number = f"{digits()[:4]}O{digits()[:14]}l"

    outcome = take(desk, invoice_file(desk, tmp_path, (number, 1, "A", ON)))

    assert any("第 5 位「O」不是数字" in note for note in map(str, outcome.notes))
