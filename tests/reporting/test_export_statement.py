"""The command: files that reproduce to the byte, heads that are remembered, refusals that leave nothing."""

import os
from datetime import date
from io import StringIO
from pathlib import Path

import openpyxl
import pytest
from django.core.management import CommandError, call_command

from custody.files.archive import bytes_of
from custody.ledger import door, references
from custody.models import Anchor, Document
from reporting.exporting import STATEMENTS
from tests.factories import close_period
from tests.reporting.builders import AT, TO, Quarter, worked_quarter

pytestmark = pytest.mark.usefixtures("committed_db")
KINDS = tuple(STATEMENTS)


def export(
    q: Quarter, out: Path, kind: str = "fund", from_on: str = "2025-07-01", to_on: str = "2025-09-30"
) -> str:
    said = StringIO()
    call_command(
        "export_statement",
        "--fund",
        q.code,
        "--actor",
        q.made.actor.username,
        "--kind",
        kind,
        "--from",
        from_on,
        "--to",
        to_on,
        "--format",
        "xlsx",
        "--out",
        str(out),
        stdout=said,
    )
    return said.getvalue()


def anchors(q: Quarter) -> int:
    return Anchor.objects.filter(fund_id=q.made.fund.pk).count()


@pytest.mark.parametrize("kind", KINDS)
def test_a_closed_periods_statement_reproduces_byte_for_byte(kind: str, tmp_path: Path) -> None:
    q = worked_quarter()
    close_period(q.made.fund, TO)
    export(q, tmp_path / "then.xlsx", kind)

    q.receipt("property_fee_received", "property_fee", date(2025, 10, 4), "88.00", name="欧阳锋")
    line = q.file.bank_lines.filter(counterparty_name="令狐冲").get()
    q.post(
        "suspense_identified",
        date(2025, 10, 5),
        ("suspense", "120.00"),
        ("property_fee", "-120.00"),
        source=references.bank_line(line),
    )
    q.payment("settlement_paid", "budget_spending:REM", date(2025, 10, 6), "720.00")
    export(q, tmp_path / "now.xlsx", kind)

    assert (tmp_path / "now.xlsx").read_bytes() == (tmp_path / "then.xlsx").read_bytes()


def test_an_entry_of_the_period_recorded_later_shows(tmp_path: Path) -> None:
    q = worked_quarter()
    export(q, tmp_path / "then.xlsx")
    q.receipt("grant_received", "grant", date(2025, 9, 29), "1.00")
    export(q, tmp_path / "now.xlsx")

    assert (tmp_path / "now.xlsx").read_bytes() != (tmp_path / "then.xlsx").read_bytes()


def test_it_prints_the_headline_figures(tmp_path: Path) -> None:
    assert "期末资金：64,052.50" in export(worked_quarter(), tmp_path / "a.xlsx")


def test_no_statement_gives_away_a_value_of_the_chain(tmp_path: Path) -> None:
    q = worked_quarter()
    export(q, tmp_path / "a.xlsx")
    _, chain = door.anchor(fund_id=q.made.fund.pk, purpose="test", at=AT)

    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    said = " ".join(str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row)
    assert (str(chain)[:16] in said, "公开日志：还没有日头" in said) == (False, True)


def test_a_head_that_left_the_house_is_remembered(tmp_path: Path) -> None:
    q = worked_quarter()
    export(q, tmp_path / "a.xlsx")

    assert Anchor.objects.get(fund_id=q.made.fund.pk).purpose == "statement:fund:2025-07-01:2025-09-30"


def test_the_same_head_is_remembered_once(tmp_path: Path) -> None:
    q = worked_quarter()
    export(q, tmp_path / "a.xlsx")
    export(q, tmp_path / "b.xlsx")

    assert anchors(q) == 1


def test_a_head_that_moved_is_remembered_again(tmp_path: Path) -> None:
    q = worked_quarter()
    export(q, tmp_path / "a.xlsx")
    q.receipt("grant_received", "grant", date(2025, 10, 2), "1.00")
    export(q, tmp_path / "a.xlsx")

    assert anchors(q) == 2


def test_a_file_that_cannot_be_written_anchors_nothing(tmp_path: Path) -> None:
    q = worked_quarter()
    (tmp_path / "taken").mkdir()

    with pytest.raises(CommandError) as refused:
        export(q, tmp_path / "taken")
    assert (refused.value.returncode, anchors(q)) == (2, 0)


def test_a_folder_that_is_not_there_is_told_in_one_sentence(tmp_path: Path) -> None:
    q = worked_quarter()
    missing = tmp_path / "2025" / "Q3"

    with pytest.raises(CommandError) as refused:
        export(q, missing / "a.xlsx")
    assert str(refused.value) == f"未出具：没有这个文件夹：{missing}；请先建好文件夹，或改写 --out / refused"
    assert (refused.value.returncode, list(tmp_path.iterdir()), anchors(q)) == (2, [], 0)


def test_a_file_given_as_the_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "q3").write_text("a file")

    with pytest.raises(CommandError, match=f"没有这个文件夹：{tmp_path / 'q3'}") as refused:
        export(worked_quarter(), tmp_path / "q3" / "a.xlsx")
    assert refused.value.returncode == 2


def test_a_folder_given_as_the_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(
        CommandError, match=r"是文件夹；--out 应写到文件名，例如 .*statement\.xlsx"
    ) as refused:
        export(worked_quarter(), tmp_path)
    assert refused.value.returncode == 2


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_nobody_may_write_into_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)

    with pytest.raises(CommandError, match=f"没有写入文件夹 {tmp_path} 的权限") as refused:
        export(worked_quarter(), tmp_path / "a.xlsx")
    assert refused.value.returncode == 2


def test_a_folder_that_takes_no_file_is_told_even_to_root() -> None:
    q = worked_quarter()

    with pytest.raises(CommandError, match=r"无法写入 /proc/a\.xlsx|没有写入文件夹 /proc 的权限") as refused:
        export(q, Path("/proc/a.xlsx"))
    assert (refused.value.returncode, anchors(q)) == (2, 0)


def test_a_file_name_too_long_for_the_disk_is_told(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="无法写入") as refused:
        export(worked_quarter(), tmp_path / ("表" * 100))
    assert (refused.value.returncode, list(tmp_path.iterdir())) == (2, [])


def test_a_month_nobody_compared_with_the_bank_is_told(tmp_path: Path) -> None:
    said = export(worked_quarter(), tmp_path / "a.xlsx", to_on="2025-10-31")

    assert "! 2025-10-31 账面银行存款 = 银行对账单余额：本月没有银行对账单，未核对\n" in said


def test_a_failed_export_leaves_no_half_file(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()

    with pytest.raises(CommandError):
        export(worked_quarter(), tmp_path / "taken")
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


@pytest.mark.parametrize(
    ("from_on", "to_on", "reason"),
    [("2025-09-30", "2025-07-01", "早于起始日"), ("2025-06-01", "2025-09-30", "移交")],
)
def test_an_impossible_period_is_refused(from_on: str, to_on: str, reason: str, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=reason) as refused:
        export(worked_quarter(), tmp_path / "a.xlsx", from_on=from_on, to_on=to_on)
    assert (refused.value.returncode, (tmp_path / "a.xlsx").exists()) == (2, False)


def test_a_day_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="2025-02-30"):
        export(worked_quarter(), tmp_path / "a.xlsx", from_on="2025-02-30")


def test_an_unknown_fund_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="没有这个编码的信托") as refused:
        call_command(
            "export_statement", "--fund", "NOBODY", "--actor", "x", "--kind", "fund", "--from", "2025-07-01",
            "--to", "2025-09-30", "--out", str(tmp_path / "a.xlsx"),
        )  # fmt: skip
    assert refused.value.returncode == 2


def test_a_statement_handed_out_is_kept_once(tmp_path: Path) -> None:
    q = worked_quarter()
    export(q, tmp_path / "a.xlsx")
    export(q, tmp_path / "b.xlsx")

    document = Document.objects.get(fund=q.made.fund, kind=Document.Kind.STATEMENT)

    assert (document.name, bytes_of(document)) == (
        f"信托资金收支表-{q.code}-2025Q3.xlsx",
        (tmp_path / "a.xlsx").read_bytes(),
    )


def test_a_rehearsed_statement_is_told_and_neither_written_nor_kept_nor_anchored(tmp_path: Path) -> None:
    q = worked_quarter()
    said = StringIO()

    call_command(
        "export_statement", "--fund", q.code, "--actor", q.made.actor.username, "--kind", "fund",
        "--from", "2025-07-01", "--to", "2025-09-30", "--out", str(tmp_path / "a.xlsx"), "--dry-run",
        stdout=said,
    )  # fmt: skip

    assert ("期末资金" in said.getvalue(), "未写入" in said.getvalue()) == (True, True)
    assert (list(tmp_path.iterdir()), anchors(q)) == ([], 0)
