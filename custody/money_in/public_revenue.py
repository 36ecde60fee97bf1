"""The line detail behind parking and advertising lumps; its batches prove the bank lines.

Refuses a source nobody listed, a line without a batch, a day outside the trust, and further lines of a
batch already proven.

One file holds a whole batch: until a bank line proves it, a newer file with another version replaces the
stored one, whose lines stay on record as superseded. Booking waits for the bank line: detail alone is no
income.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import transaction

from custody.files import evidence
from custody.files.faults import Fault, Refused
from custody.files.outcomes import Outcome
from custody.files.reasonable_days import day_problem
from custody.files.sniffing import TabularFile, open_tabular
from custody.files.tables import Column, Row, day, positive_money, readable_rows, text_max
from custody.kernel.money import yuan
from custody.models import Fund, Operator, RevenueLine, SourceFile
from custody.money_in import lumps, recording, rules
from custody.money_in.desk import Desk


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


@dataclass(slots=True)
class _Taken:
    """What one file brings: rows to store, ids of lines they replace, and sentences about that."""

    fresh: list[Row] = field(default_factory=list)
    replaced: list[int] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


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
    rows, faults = readable_rows(file, sheet=None, columns=COLUMNS)
    faults += _source_faults(file, rows)
    with transaction.atomic():
        desk = Desk(evidence.lock_fund(fund), actor, at)
        wanted = [row for row in rows if through is None or row["日期"] <= through]
        source_file = evidence.found_file(fund=fund, kind=SourceFile.Kind.REVENUE, sha256=file.sha256)
        taken = _taken(desk, rows, wanted, source_file)
        faults += [*_day_faults(desk, file, wanted), *_proven_faults(desk, file, taken.fresh)]
        if faults:
            raise Refused(sorted(faults, key=lambda fault: fault.row or 0))
        if source_file is None:
            source_file = evidence.record_file(
                fund=fund, kind=SourceFile.Kind.REVENUE, path=path, sha256=file.sha256,
                row_count=len(rows), actor=actor, at=at,
            )  # fmt: skip
        RevenueLine.objects.filter(pk__in=taken.replaced).update(superseded=True)
        RevenueLine.objects.bulk_create([_line(desk, row, source_file) for row in taken.fresh])
        resolved = recording.reconsider(desk) if taken.fresh else 0
        outcome = _outcome(desk, wanted, taken, resolved)
        evidence.undo_dry_run(dry_run=dry_run)
    return outcome


def _outcome(desk: Desk, wanted: list[Row], taken: _Taken, resolved: int) -> Outcome:
    counts = {
        "新增明细": len(taken.fresh),
        "已有明细": len(wanted) - len(taken.fresh),
        "随之认定的流水": resolved,
    }
    if taken.replaced:
        counts["停用明细"] = len(taken.replaced)
    differing = lumps.still_open(desk, batches={row["批次"] for row in wanted})
    return Outcome(already_done=not taken.fresh, counts=counts, notes=(*taken.notes, *differing))


def _source_faults(file: TabularFile, rows: list[Row]) -> Iterator[Fault]:
    known = "、".join(RevenueLine.Source.labels)
    for row in rows:
        if rules.revenue_source(row["来源"]) is None:
            yield _fault(file, row, "来源", f"应说明是哪一种:{known}")


def _day_faults(desk: Desk, file: TabularFile, rows: list[Row]) -> Iterator[Fault]:
    """Money is not taken tomorrow, and what was taken before the trust is in its opening balance."""
    for row in rows:
        problem = day_problem(desk.fund, row["日期"], desk.at)
        if problem:
            yield _fault(file, row, "日期", problem)


def _fault(file: TabularFile, row: Row, column: str, expected: str) -> Fault:
    return Fault(file.name, file.sheets[0].name, row.number, column, str(row[column]), expected)


def _stored_content(line: RevenueLine) -> Content:
    return (
        line.batch, line.received_on, line.description, line.payer_name, line.evidence, line.amount.amount
    )  # fmt: skip


def _content(row: Row) -> Content:
    return row["批次"], row["日期"], row["来源"], row["付款方"] or "", row["凭据"] or "", row["金额"]


def _taken(desk: Desk, rows: list[Row], wanted: list[Row], source_file: SourceFile | None) -> _Taken:
    """What the file brings, batch by batch; ``rows`` are its whole versions, ``wanted`` those due by now.

    A version that holds every stored line of its batch adds the rest. Any other replaces the stored one,
    unless the batch is proven or the stored version came in a newer file.
    """
    own: set[int] = set()
    others: dict[str, list[RevenueLine]] = defaultdict(list)
    proven = _proven(desk)
    for line in RevenueLine.objects.filter(fund=desk.fund):
        if source_file is not None and line.source_file_id == source_file.pk:
            own.add(line.row)
        elif not line.superseded:
            others[line.batch].append(line)
    taken = _Taken()
    for number in dict.fromkeys(row["批次"] for row in wanted):
        stored = others[number]
        due = [row for row in wanted if row["批次"] == number]
        missing = Counter(map(_stored_content, stored)) - Counter(
            _content(row) for row in rows if row["批次"] == number
        )
        if not missing or number in proven:
            taken.fresh += _unstored(due, stored, own)
        elif source_file is not None and max(line.source_file_id for line in stored) > source_file.pk:
            taken.notes.append(f"批次{number} 已以其后导入的文件为准,本文件的行未采用")
        else:
            taken.fresh += [row for row in due if row.number not in own]
            taken.replaced += [line.pk for line in stored]
            taken.notes.append(f"批次{number} 以本文件为准,原{len(stored)}行停用")
    return taken


def _unstored(rows: list[Row], stored: list[RevenueLine], own: set[int]) -> list[Row]:
    """Rows not stored: of other files by content, counting identical lines; of this file by row number."""
    others = Counter(map(_stored_content, stored))
    fresh = []
    for row in rows:
        if others[_content(row)] > 0:
            others[_content(row)] -= 1
        elif row.number not in own:
            fresh.append(row)
    return fresh


def _proven(desk: Desk) -> set[str]:
    """Batches that a bank line proved to the fen: they are complete."""
    lines = RevenueLine.objects.filter(fund=desk.fund, bank_line__isnull=False)
    return set(lines.values_list("batch", flat=True))


def _proven_faults(desk: Desk, file: TabularFile, rows: list[Row]) -> Iterator[Fault]:
    proven = _proven(desk)
    for row in rows:
        if row["批次"] in proven:
            expected = "该批次已与到账核对一致,不能再增加或更改明细;请删去本行后重新导入"
            yield _fault(file, row, "批次", expected)


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
