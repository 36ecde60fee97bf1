"""Work and invoices from workbooks: all faults or no row, the same rows once, corrections while returned."""

from datetime import UTC, date, datetime
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.management import CommandError, call_command

from custody.files.faults import Refused
from custody.files.intake import Handed
from custody.files.outcomes import Outcome
from custody.models import Document
from settlement.invoices.importing import Came, import_invoices
from settlement.models import Assessment, Settlement, WorkOrder
from settlement.work.importing import WorkCount, import_work
from tests.settlement.desk import AT, Provider, digits, make_provider, reasons, sign_work

pytestmark = pytest.mark.usefixtures("committed_db")
WORK = ("工单号", "服务内容", "科目编码", "完成日期", "验收日期", "验收人", "验收结果", "金额")
SCORES = ("年度", "季度", "得分", "考核人")
HEADS = ("发票号码", "开票日期", "价税合计", "销售方", "购买方")
LINES = ("发票号码", "行号", "科目编码", "类型", "依据", "金额")


@pytest.fixture
def desk(committed_db: None) -> Provider:
    desk = make_provider()
    desk.budget("CLN")
    return desk


def workbook(folder: Path, name: str, **sheets: list[tuple[Any, ...]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets.items():
        page = book.create_sheet(title)
        for row in rows:
            page.append(row)
    path = folder / name
    book.save(path)
    return path


def work_row(
    number: str = "GD1",
    accepted: str = "合格",
    amount: int | str = 1000,
    code: str = "CLN",
    accepted_on: Any = date(2025, 7, 26),
) -> tuple[Any, ...]:
    return (number, "清洁", code, date(2025, 7, 24), accepted_on, "业委会", accepted, amount)


def work_file(
    folder: Path,
    *rows: Any,
    name: str = "work.xlsx",
    scores: tuple[Any, ...] = ((2025, 2, 92, "业主委员会"),),
) -> Path:
    return workbook(folder, name, 工单=[WORK, *rows], 考核=[SCORES, *scores])


def take_work(desk: Provider, path: Path, **said: Any) -> Outcome:
    facts = {"at": AT} | said
    outcome = import_work(fund=desk.at.fund, path=path, actor=desk.at.committee_key, **facts)
    sign_work(desk.at.fund, desk.at.committee_key, facts["at"])
    return outcome


def invoice_file(desk: Provider, folder: Path, *invoices: Any, name: str = "invoices.xlsx") -> Path:
    """Invoices as (number, amount, work order, issued on)."""
    heads = [(n, on, a, desk.at.provider.name, desk.bank.holder) for n, a, _, on in invoices]
    lines = [(n, 1, "CLN", "工单", w, a) for n, a, w, _ in invoices]
    return workbook(folder, name, 发票=[HEADS, *heads], 明细=[LINES, *lines])


def take(desk: Provider, path: Path | Handed, **said: Any) -> Outcome:
    return import_invoices(fund=desk.at.fund, path=path, actor=desk.at.provider_clerk, at=AT, **said)


ON = date(2025, 7, 27)


def test_work_and_scores_are_recorded(desk: Provider, tmp_path: Path) -> None:
    take_work(desk, work_file(tmp_path, work_row("A"), work_row("B", "不合格")))

    found = WorkOrder.objects.filter(fund=desk.at.fund).order_by("number")
    assert [(each.number, each.accepted) for each in found] == [("A", True), ("B", False)]
    assert Assessment.objects.get(fund=desk.at.fund).score == 92


def test_the_same_work_file_again_changes_nothing(desk: Provider, tmp_path: Path) -> None:
    path = work_file(tmp_path, work_row())
    take_work(desk, path)

    assert take_work(desk, path).already_done


def test_the_same_work_in_another_file_is_not_doubled(desk: Provider, tmp_path: Path) -> None:
    take_work(desk, work_file(tmp_path, work_row("A")))
    take_work(desk, work_file(tmp_path, work_row("A"), work_row("B"), name="more.xlsx"))

    assert WorkOrder.objects.filter(fund=desk.at.fund).count() == 2


def test_changed_work_under_a_known_number_is_refused_naming_the_field(
    desk: Provider, tmp_path: Path
) -> None:
    take_work(desk, work_file(tmp_path, work_row("A")))

    with pytest.raises(Refused) as refused:
        take_work(desk, work_file(tmp_path, work_row("A", amount=1001), name="more.xlsx"))

    assert [(each.row, each.column) for each in refused.value.faults] == [(2, "金额")]


def test_failed_work_that_passes_later_needs_a_number_of_its_own(desk: Provider, tmp_path: Path) -> None:
    take_work(desk, work_file(tmp_path, work_row("A", "不合格")))

    with pytest.raises(Refused) as refused:
        take_work(desk, work_file(tmp_path, work_row("A", "合格"), name="more.xlsx"))

    said = str(refused.value)
    assert all(word in said for word in ("值「合格」", "原验收结果为「不合格」", "另立工单号"))


def test_work_judged_tomorrow_is_refused(desk: Provider, tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"验收日期.*晚于今天 2025-08-04"):
        take_work(desk, work_file(tmp_path, work_row("A", accepted_on=date(2025, 8, 5))))


def test_work_beyond_the_day_asked_for_is_not_judged(desk: Provider, tmp_path: Path) -> None:
    path = work_file(tmp_path, work_row("A"), work_row("B", accepted_on=date(2025, 8, 5)))

    assert take_work(desk, path, through=date(2025, 8, 4)).counts[WorkCount.NEW_WORK] == 1


def test_a_score_of_a_quarter_not_over_is_refused(desk: Provider, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="季度结束后导入"):
        take_work(desk, work_file(tmp_path, work_row("A"), scores=((2025, 3, 92, "业主委员会"),)))


def test_a_score_of_a_quarter_not_over_waits_when_days_are_taken_one_by_one(
    desk: Provider, tmp_path: Path
) -> None:
    path = work_file(tmp_path, work_row("A"), scores=((2025, 3, 92, "业主委员会"),))
    take_work(desk, path, through=date(2025, 8, 1))

    assert not Assessment.objects.filter(fund=desk.at.fund).exists()


def test_faults_of_form_and_of_content_are_told_together(desk: Provider, tmp_path: Path) -> None:
    path = work_file(tmp_path, work_row("A", amount="1e5"), work_row("B", code="XXX"))

    with pytest.raises(Refused) as refused:
        take_work(desk, path)

    assert {(each.row, each.column) for each in refused.value.faults} == {(2, "金额"), (3, "科目编码")}


def test_a_changed_score_is_refused(desk: Provider, tmp_path: Path) -> None:
    take_work(desk, work_file(tmp_path, work_row("A")))

    with pytest.raises(Refused, match="92"):
        take_work(desk, work_file(tmp_path, name="more.xlsx", scores=((2025, 2, 100, "业主委员会"),)))


def test_every_fault_of_a_work_file_is_named_and_nothing_written(desk: Provider, tmp_path: Path) -> None:
    path = work_file(
        tmp_path,
        work_row("A", code="XXX"),
        work_row("B", accepted_on=date(2025, 7, 1)),
        work_row("B"),
        scores=((2025, 5, 101, "业委会"),),
    )

    with pytest.raises(Refused) as refused:
        take_work(desk, path)

    assert {each.column for each in refused.value.faults} == {
        "科目编码",
        "验收日期",
        "工单号",
        "季度",
        "得分",
    }
    assert not WorkOrder.objects.filter(fund=desk.at.fund).exists()


def test_work_through_a_day_leaves_the_rest_for_later(desk: Provider, tmp_path: Path) -> None:
    path = work_file(tmp_path, work_row("A"), work_row("B", accepted_on=date(2025, 8, 26)))
    take_work(desk, path, through=date(2025, 7, 31))
    assert WorkOrder.objects.filter(fund=desk.at.fund).count() == 1

    outcome = take_work(desk, path, at=datetime(2025, 8, 27, tzinfo=UTC))

    assert (outcome.already_done, WorkOrder.objects.filter(fund=desk.at.fund).count()) == (False, 2)


def test_a_dry_run_writes_nothing(desk: Provider, tmp_path: Path) -> None:
    take_work(desk, work_file(tmp_path, work_row("A")), dry_run=True)

    assert not Document.objects.filter(fund=desk.at.fund).exists()


def test_invoices_are_verified_against_their_work(desk: Provider, tmp_path: Path) -> None:
    take_work(desk, work_file(tmp_path, work_row("A")))
    number = digits()

    outcome = take(desk, invoice_file(desk, tmp_path, (number, 1000, "A", ON)))

    assert outcome.counts[Came.VERIFIED] == 1
    source = Settlement.objects.get(number=number).source_file
    assert source is not None
    assert source.sha256


def test_the_same_invoices_again_change_nothing(desk: Provider, tmp_path: Path) -> None:
    take_work(desk, work_file(tmp_path, work_row("A")))
    path = invoice_file(desk, tmp_path, (digits(), 1000, "A", ON), (digits(), 1, "A", ON))
    take(desk, path)

    assert take(desk, path).already_done


def test_a_returned_invoice_is_judged_again_when_its_work_arrives(desk: Provider, tmp_path: Path) -> None:
    path = invoice_file(desk, tmp_path, (digits(), 1000, "A", ON))
    take(desk, path)
    take_work(desk, work_file(tmp_path, work_row("A")))

    assert take(desk, path).counts[Came.VERIFIED] == 1


def test_a_returned_invoice_is_corrected_under_its_number(desk: Provider, tmp_path: Path) -> None:
    take_work(desk, work_file(tmp_path, work_row("A")))
    number = digits()
    take(desk, invoice_file(desk, tmp_path, (number, 1001, "A", ON)))

    take(desk, invoice_file(desk, tmp_path, (number, 999, "A", ON), name="corrected.xlsx"))

    settlement = Settlement.objects.get(number=number)
    assert (settlement.state, settlement.total.amount) == ("verified", Decimal(999))


def test_a_verified_invoice_is_not_changed_by_another_file(desk: Provider, tmp_path: Path) -> None:
    take_work(desk, work_file(tmp_path, work_row("A")))
    number = digits()
    take(desk, invoice_file(desk, tmp_path, (number, 1000, "A", ON)))

    outcome = take(desk, invoice_file(desk, tmp_path, (number, 999, "A", ON), name="other.xlsx"))

    assert "价税合计" in {each.column for each in outcome.faults}
    assert Settlement.objects.get(number=number).total.amount == 1000


def test_invoices_through_a_day_leave_the_rest_for_later(desk: Provider, tmp_path: Path) -> None:
    take_work(desk, work_file(tmp_path, work_row("A")))
    path = invoice_file(desk, tmp_path, (digits(), 600, "A", ON), (digits(), 400, "A", date(2025, 8, 2)))

    first = take(desk, path, through=date(2025, 7, 31))

    assert (len(first.verdicts), take(desk, path).counts[Came.VERIFIED]) == (1, 1)


def test_a_refused_command_exits_with_two(desk: Provider, tmp_path: Path) -> None:
    path = work_file(tmp_path, work_row("A", code="XXX"))

    who = desk.at.committee_key.username

    with pytest.raises(CommandError) as refused:
        call_command("import_work", "--fund", desk.at.fund.code, "--actor", who, str(path), stderr=StringIO())

    assert refused.value.returncode == 2


def test_reasons_reach_the_operator_by_invoice_and_row(desk: Provider, tmp_path: Path) -> None:
    number = digits()

    outcome = take(desk, invoice_file(desk, tmp_path, (number, 1000, "A", ON)))

    told = tuple(reasons(Settlement.objects.get(number=number)))
    assert [(each.item, each.code, each.reasons, each.row) for each in outcome.verdicts] == [
        (number, "returned", told, 2)
    ]
