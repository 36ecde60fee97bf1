"""The line detail behind parking and advertising lumps; its batches prove the bank lines.

Refuses a source nobody listed, a line without a batch, and further lines of a batch already proven.
Booking waits for the bank line: detail alone is no income.
"""

from collections import Counter
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import transaction

from custody.bank import rules
from custody.faults import Fault, Refused
from custody.files import TabularFile, open_tabular
from custody.models import Fund, Operator, RevenueLine, SourceFile
from custody.money import yuan
from custody.services import evidence, recording
from custody.services.desk import Desk
from custody.services.outcomes import Outcome
from custody.tables import Column, Row, day, positive_money, read_table, text_max


def batch(cell: Any) -> str:
    """A batch in the one spelling that bank texts are read in."""
    return rules.normal_batch(str(text_max(32)(cell)))


COLUMNS = (
    Column("日期", day, ("收款日期",)),
    Column("来源", text_max(100), ("收入来源", "项目")),
    Column("付款方", text_max(100), ("付款人", "车牌号"), blank_ok=True),
    Column("凭据", text_max(100), ("凭证", "票据"), blank_ok=True),
    Column("金额", positive_money),
    Column("批次", batch, ("批次号",)),
)

Content = tuple[str, date, str, str, str, Decimal]


def import_public_revenue(
    *,
    fund: Fund,
    path: Path,
    actor: Operator,
    at: datetime,
    dry_run: bool = False,
    through: date | None = None,
) -> Outcome:
    """Store the lines of ``path`` (only days up to ``through``, if given), then ask about open bank lines.

    A later call with a later ``through`` adds the rest of the same file. Errors: Refused with every fault.
    """
    file = open_tabular(path)
    rows = read_table(file, sheet=None, columns=COLUMNS)
    _check_sources(file, rows)
    with transaction.atomic():
        desk = Desk(evidence.lock_fund(fund), actor, at)
        wanted = [row for row in rows if through is None or row["日期"] <= through]
        source_file = evidence.found_file(fund=fund, kind=SourceFile.Kind.REVENUE, sha256=file.sha256)
        fresh = _fresh_rows(desk, wanted, source_file)
        _check_proven(desk, file, fresh)
        if source_file is None:
            source_file = evidence.record_file(
                fund=fund, kind=SourceFile.Kind.REVENUE, path=path, sha256=file.sha256,
                row_count=len(rows), actor=actor, at=at,
            )  # fmt: skip
        RevenueLine.objects.bulk_create([_line(desk, row, source_file) for row in fresh])
        resolved = recording.reconsider(desk) if fresh else 0
        counts = {
            "新增明细": len(fresh),
            "已有明细": len(wanted) - len(fresh),
            "随之认定的流水": resolved,
        }
        outcome = Outcome(already_done=not fresh, counts=counts)
        evidence.undo_dry_run(dry_run=dry_run)
    return outcome


def _check_sources(file: TabularFile, rows: list[Row]) -> None:
    known = "、".join(RevenueLine.Source.labels)
    faults = [
        Fault(file.name, file.sheets[0].name, row.number, "来源", row["来源"], f"应说明是哪一种:{known}")
        for row in rows
        if rules.revenue_source(row["来源"]) is None
    ]
    if faults:
        raise Refused(faults)


def _content(row: Row) -> Content:
    return row["批次"], row["日期"], row["来源"], row["付款方"] or "", row["凭据"] or "", row["金额"]


def _fresh_rows(desk: Desk, rows: list[Row], source_file: SourceFile | None) -> list[Row]:
    """Rows not stored: of this file by row number; of other files by content, counting identical lines."""
    stored = RevenueLine.objects.filter(fund=desk.fund)
    own = set(stored.filter(source_file=source_file).values_list("row", flat=True)) if source_file else set()
    others: Counter[Content] = Counter(
        (line.batch, line.received_on, line.description, line.payer_name, line.evidence, line.amount.amount)
        for line in (stored.exclude(source_file=source_file) if source_file else stored)
    )
    fresh = []
    for row in rows:
        if others[_content(row)] > 0:
            others[_content(row)] -= 1
        elif row.number not in own:
            fresh.append(row)
    return fresh


def _check_proven(desk: Desk, file: TabularFile, rows: list[Row]) -> None:
    """A batch that a bank line proved to the fen is complete."""
    proven = set(
        RevenueLine.objects.filter(fund=desk.fund, bank_line__isnull=False).values_list("batch", flat=True)
    )
    faults = [
        Fault(
            file.name, file.sheets[0].name, row.number, "批次", row["批次"],
            "该批次已与到账核对一致,不能再增加明细",
        )
        for row in rows
        if row["批次"] in proven
    ]  # fmt: skip
    if faults:
        raise Refused(faults)


def _line(desk: Desk, row: Row, source_file: SourceFile) -> RevenueLine:
    number, received_on, description, payer, proof, amount = _content(row)
    return RevenueLine(
        fund=desk.fund,
        source_file=source_file,
        row=row.number,
        received_on=received_on,
        source=rules.revenue_source(description) or "",
        description=description,
        payer_name=payer,
        evidence=proof,
        amount=yuan(amount),
        batch=number,
    )
