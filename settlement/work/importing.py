"""Reading a file of work (工单, 考核): accepted work orders and signed quarterly scores, as facts.

Refuses the whole file for any fault, work and quarters that are not over, and
other content under a number or quarter already on record.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path

from django.db import transaction
from django.utils.timezone import localdate

from custody.files.evidence import found_file, lock_fund, record_file, undo_dry_run
from custody.files.faults import Fault, Refused
from custody.files.outcomes import Outcome
from custody.files.reasonable_days import future_problem
from custody.files.sniffing import TabularFile, open_tabular
from custody.files.tables import (
    Column,
    Row,
    day,
    folded,
    one_of,
    positive_money,
    readable_rows,
    text_max,
    whole,
)
from custody.kernel.money import yuan
from custody.models import Fund, Operator, SourceFile
from settlement.fees.measures import last_of
from settlement.models import Assessment, BudgetLine, WorkOrder

WORK, SCORES = "工单", "考核"
_ACCEPTED = {
    "合格": True, "通过": True, "验收合格": True, "优良": True, "是": True,
    "不合格": False, "未通过": False, "未验收": False, "验收不合格": False, "否": False,
}  # fmt: skip
_REMEDY = {
    WORK: "重新验收或更正请另立工单号",
    SCORES: "请核对已签署的考核表,按已登记的改正本行",
}
_WORK_COLUMNS = (
    Column("工单号", text_max(40), aliases=("工单编号", "工单号码", "编号")),
    Column("服务内容", text_max(200), aliases=("工作内容", "内容", "项目", "服务项目")),
    Column("科目编码", text_max(20), aliases=("预算科目", "预算科目编码", "科目代码", "科目")),
    Column("完成日期", day, aliases=("完工日期", "完成时间", "完工时间")),
    Column("验收日期", day, aliases=("验收时间",)),
    Column("验收人", text_max(100), aliases=("验收人员", "验收方")),
    Column("验收结果", one_of(_ACCEPTED), aliases=("验收结论", "结果", "是否合格")),
    Column("金额", positive_money, aliases=("验收金额", "结算金额", "工单金额")),
)
_SCORE_COLUMNS = (
    Column("年度", whole, aliases=("年", "年份")),
    Column("季度", whole, aliases=("季",)),
    Column("得分", whole, aliases=("考核得分", "分数", "考核分数")),
    Column("考核人", text_max(100), aliases=("考核方", "考核单位", "签署人")),
)


def import_work(
    *,
    fund: Fund,
    path: Path,
    actor: Operator,
    at: datetime,
    dry_run: bool = False,
    through: date | None = None,
) -> Outcome:
    """Record the file's work orders and scores; ``through`` leaves work accepted later for another day.

    With ``through``, a score is recorded once its quarter is over by then. Errors: Refused, nothing written.
    """
    file = open_tabular(path)
    faults: list[Fault] = []
    work = _table(file, WORK, _WORK_COLUMNS, faults)
    scores = _table(file, SCORES, _SCORE_COLUMNS, faults) if _has(file, SCORES) else []
    with transaction.atomic():
        lock_fund(fund)
        budget = {(line.year, line.code): line for line in BudgetLine.objects.filter(fund=fund)}
        faults += [fault for row in work for fault in _work_faults(file, row, budget)]
        faults += [fault for row in scores for fault in _score_faults(file, row)]
        faults += _early(file, work, scores, at, through)
        faults += [
            *_repeated(file, WORK, work, ("工单号",)),
            *_repeated(file, SCORES, scores, ("年度", "季度")),
        ]
        if faults:
            raise Refused(faults)
        work = [row for row in work if through is None or row["验收日期"] <= through]
        scores = [row for row in scores if through is None or _quarter_end(row) <= through]
        source = _source(fund, path, file, len(work) + len(scores), actor, at)
        new_work = _kept(file, WORK, work, "工单号", _work_writer(fund, source, budget))
        new_scores = _kept(file, SCORES, scores, "得分", _score_writer(fund, source))
        undo_dry_run(dry_run=dry_run)
    known = len(work) + len(scores) - new_work - new_scores
    return Outcome(
        already_done=new_work + new_scores == 0,
        counts={"新工单": new_work, "新考核": new_scores, "此前已有": known},
    )


Writer = Callable[[Row], Sequence[tuple[str, object, object]] | None]


def _kept(file: TabularFile, sheet: str, rows: Sequence[Row], column: str, write: Writer) -> int:
    """Write the new rows, answer how many; raise every difference from what is on record."""
    new, faults = 0, []
    for row in rows:
        differences = write(row)
        if differences is None:
            new += 1
            continue
        for name, now, was in differences:
            expected = f"已登记,原{name}为「{was}」,登记后不可更改;{_REMEDY[sheet]}"
            faults.append(Fault(file.name, sheet, row.number, name, str(now), expected))
    if faults:
        raise Refused(faults)
    return new


def _work_writer(fund: Fund, source: SourceFile, budget: dict[tuple[int, str], BudgetLine]) -> Writer:
    known = {each.number: each for each in WorkOrder.objects.filter(fund=fund).select_related("budget_line")}

    def write(row: Row) -> Sequence[tuple[str, object, object]] | None:
        before = known.get(row["工单号"])
        if before is not None:
            recorded = (
                before.description, before.budget_line.code, before.completed_on, before.accepted_on,
                before.accepted_by, before.accepted, before.amount.amount,
            )  # fmt: skip
            names = ("服务内容", "科目编码", "完成日期", "验收日期", "验收人", "验收结果", "金额")
            asked = tuple(row[name].upper() if name == "科目编码" else row[name] for name in names)
            pairs = zip(names, map(_said, asked), map(_said, recorded), strict=True)
            return [(name, now, was) for name, now, was in pairs if now != was]
        WorkOrder.objects.create(
            fund=fund,
            number=row["工单号"],
            description=row["服务内容"],
            budget_line=budget[row["完成日期"].year, row["科目编码"].upper()],
            completed_on=row["完成日期"],
            accepted_on=row["验收日期"],
            accepted_by=row["验收人"],
            accepted=row["验收结果"],
            amount=yuan(row["金额"]),
            source_file=source,
        )
        return None

    return write


def _said(value: object) -> object:
    """A recorded value as a clerk would write it."""
    return {True: "合格", False: "不合格"}[value] if isinstance(value, bool) else value


def _score_writer(fund: Fund, source: SourceFile) -> Writer:
    def write(row: Row) -> Sequence[tuple[str, object, object]] | None:
        year, quarter = row["年度"], row["季度"]
        before = Assessment.objects.filter(fund=fund, year=year, quarter=quarter).first()
        if before is not None:
            pairs = (("得分", row["得分"], before.score), ("考核人", row["考核人"], before.assessed_by))
            return [(name, now, was) for name, now, was in pairs if now != was]
        Assessment.objects.create(
            fund=fund,
            year=year,
            quarter=quarter,
            score=row["得分"],
            assessed_by=row["考核人"],
            source_file=source,
        )
        return None

    return write


def _has(file: TabularFile, sheet: str) -> bool:
    return any(folded(page.name) == folded(sheet) for page in file.sheets)


def _table(file: TabularFile, sheet: str, columns: tuple[Column, ...], faults: list[Fault]) -> list[Row]:
    try:
        rows, misread = readable_rows(file, sheet=sheet, columns=columns)
    except Refused as refusal:
        faults.extend(refusal.faults)
        return []
    faults.extend(misread)
    return rows


def _work_faults(file: TabularFile, row: Row, budget: dict[tuple[int, str], BudgetLine]) -> Iterator[Fault]:
    completed_on, code = row["完成日期"], row["科目编码"].upper()
    if (completed_on.year, code) not in budget:
        yield _fault(file, WORK, row, "科目编码", f"{completed_on.year} 年度预算中没有这个科目")
    if row["验收日期"] < completed_on:
        yield _fault(file, WORK, row, "验收日期", f"验收不能早于完成日期 {completed_on}")


def _early(
    file: TabularFile, work: Sequence[Row], scores: Sequence[Row], at: datetime, through: date | None
) -> Iterator[Fault]:
    """Work not yet done or judged, and scores of quarters not yet over; only what ``through`` lets in."""
    for row in work:
        if through is None or row["验收日期"] <= through:
            for name in ("完成日期", "验收日期"):
                problem = future_problem(row[name], at)
                if problem:
                    yield _fault(file, WORK, row, name, problem)
    for row in scores if through is None else ():
        if not list(_score_faults(file, row)) and _quarter_end(row) >= localdate(at):
            expected = f"该季度到 {_quarter_end(row)} 才结束,考核得分请在季度结束后导入"
            yield _fault(file, SCORES, row, "季度", expected)


def _score_faults(file: TabularFile, row: Row) -> Iterator[Fault]:
    if not 2000 <= row["年度"] <= 2100:
        yield _fault(file, SCORES, row, "年度", "应为四位年份")
    if not 1 <= row["季度"] <= 4:
        yield _fault(file, SCORES, row, "季度", "应为 1 到 4")
    if not 0 <= row["得分"] <= 100:
        yield _fault(file, SCORES, row, "得分", "应为 0 到 100")


def _repeated(file: TabularFile, sheet: str, rows: Sequence[Row], key: tuple[str, ...]) -> Iterator[Fault]:
    seen: set[tuple[object, ...]] = set()
    for row in rows:
        found = tuple(row[name] for name in key)
        if found in seen:
            yield _fault(file, sheet, row, key[0], f"{'、'.join(key)}在文件中重复")
        seen.add(found)


def _quarter_end(row: Row) -> date:
    """The last day of the quarter a score is for."""
    return last_of(date(row["年度"], 3 * row["季度"], 1))


def _source(
    fund: Fund, path: Path, file: TabularFile, row_count: int, actor: Operator, at: datetime
) -> SourceFile:
    kind = SourceFile.Kind.WORK
    return found_file(fund=fund, kind=kind, sha256=file.sha256) or record_file(
        fund=fund, kind=kind, path=path, sha256=file.sha256, row_count=row_count, actor=actor, at=at
    )


def _fault(file: TabularFile, sheet: str, row: Row, column: str, expected: str) -> Fault:
    return Fault(file.name, sheet, row.number, column, str(row[column]), expected)
