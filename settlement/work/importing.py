"""Reading a file of work (工单, 考核): work orders and quarterly scores, handed in for the committee to sign.

Refuses anybody but the committee's people, the whole file for any fault, work and quarters that are not
over, and other content under a number or quarter already on record. What waits for the signature is replaced
by the file that says otherwise.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path

from django.db.models import TextChoices
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from custody.deeds.funds import lock_fund
from custody.files.faults import Fault
from custody.files.intake import FundImport, Handed, take_in
from custody.files.outcomes import Became, Note, Outcome, Verdict, note
from custody.files.reasonable_days import future_problem
from custody.files.tables import code_max, counted, day, one_of, positive_money, text_max
from custody.files.typed_rows import FileRow, Model, Page, column, read_rows, title_of
from custody.kernel.words import told
from custody.models import Document, Fund, Operator
from custody.permits.acts import Act
from settlement.fees.measures import last_of
from settlement.models import Acceptance, AcceptanceRow, Assessment, BudgetLine, WorkOrder
from settlement.work.pending import Facts, Pending

WORK, SCORES = "工单", "考核"
_ACCEPTED = {
    "合格": True, "通过": True, "验收合格": True, "优良": True, "是": True,
    "不合格": False, "未通过": False, "未验收": False, "验收不合格": False, "否": False,
}  # fmt: skip


class WorkCount(TextChoices):
    """What an import of work counts."""

    NEW_WORK = "new-work", gettext_lazy("新工单")
    NEW_SCORES = "new-scores", gettext_lazy("新考核")
    KNOWN = "known", gettext_lazy("此前已有")


class WorkNote(TextChoices):
    """What whoever hands work in must know."""

    HANDED_IN = "handed-in", gettext_lazy("验收单 %(acceptance)s 已登记，业委会持钥人签收后入册")
    WAITING = "waiting", gettext_lazy("验收单 %(acceptance)s 此前已登记，仍待业委会持钥人签收")


class WorkRow(FileRow):
    """One work order as accepted."""

    number: str = column("工单号", "工单编号", "工单号码", "编号", parse=code_max(40))
    description: str = column("服务内容", "工作内容", "内容", "项目", "服务项目", parse=text_max(200))
    budget_code: str = column("科目编码", "预算科目", "预算科目编码", "科目代码", "科目", parse=code_max(20))
    completed_on: date = column("完成日期", "完工日期", "完成时间", "完工时间", parse=day)
    accepted_on: date = column("验收日期", "验收时间", parse=day)
    accepted_by: str = column("验收人", "验收人员", "验收方", parse=text_max(100))
    accepted: bool = column("验收结果", "验收结论", "结果", "是否合格", parse=one_of(_ACCEPTED))
    amount: Decimal = column("金额", "验收金额", "结算金额", "工单金额", parse=positive_money)


class ScoreRow(FileRow):
    """The provider's score of one quarter."""

    year: int = column("年度", "年", "年份", parse=counted("年", "年度"))
    quarter: int = column("季度", "季", parse=counted("季度", "季"))
    score: int = column("得分", "考核得分", "分数", "考核分数", parse=counted("分"))
    assessed_by: str = column("考核人", "考核方", "考核单位", "签署人", parse=text_max(100))

    @property
    def named(self) -> str:
        """The quarter as one word, ``2025Q3``."""
        return f"{self.year}Q{self.quarter}"

    @property
    def over_on(self) -> date:
        """The last day of the quarter."""
        return last_of(date(self.year, 3 * self.quarter, 1))


@dataclass(slots=True)
class WorkFile:
    """One file: its two sheets, what of them is due by now, and of that what is new."""

    handed: Handed
    work: Page[WorkRow]
    scores: Page[ScoreRow]
    due: int = 0
    new_work: list[WorkRow] = field(default_factory=list)
    new_scores: list[ScoreRow] = field(default_factory=list)
    waiting: set[int] = field(default_factory=set)


def import_work(
    *,
    fund: Fund,
    path: Path | Handed,
    actor: Operator,
    at: datetime,
    dry_run: bool = False,
    through: date | None = None,
) -> Outcome:
    """Hand in the file's new work and scores for signature; ``through`` leaves work accepted later out.

    With ``through``, a score is taken once its quarter is over by then. Errors: Forbidden (not the
    committee's: acceptance is its act); Refused, nothing written.
    """
    return take_in(WorkImport(actor, at, dry_run, fund, through), [path])


@dataclass
class WorkImport(FundImport[WorkFile]):
    """Work orders by number, scores by quarter: what is on record stays as it is."""

    act = Act.ACCEPT_WORK
    through: date | None = None
    budget: dict[tuple[int, str], BudgetLine] = field(init=False)
    pending: Pending = field(init=False)

    def read(self, handed: Handed) -> tuple[WorkFile, list[Fault]]:
        """The sheet of work, and the sheet of scores if there is one."""
        file = handed.table()
        work = read_rows(file, WorkRow, sheet=WORK)
        scores = read_rows(file, ScoreRow, sheet=SCORES, optional=True)
        faults = [*work.faults, *scores.faults, *_out_of_range(scores)]
        faults += [*_repeated(work, ("number",)), *_repeated(scores, ("year", "quarter"))]
        return WorkFile(handed, work, scores), faults

    def lock(self) -> None:
        """Queue behind other writers of the fund."""
        lock_fund(self.fund)
        self.budget = {(line.year, line.code): line for line in BudgetLine.objects.filter(fund=self.fund)}
        self.pending = Pending.of(self.fund.pk)

    def judge(self, taken: Sequence[WorkFile], *, whole: bool) -> Iterator[Fault]:
        """Work against the budget, days and what is on record; scores against the calendar and the record."""
        for file in taken:
            yield from self._work_faults(file.work)
            if whole:
                yield from self._sort_out(file)

    def write(self, taken: Sequence[WorkFile]) -> Outcome:
        """What is new, as one thing for the committee to sign."""
        verdicts: list[Verdict] = []
        notes: list[Note] = []
        for file in taken:
            self._leave_what_waits(file)
            if file.new_work or file.new_scores:
                notes.append(note(WorkNote.HANDED_IN, acceptance=self._hand_in(file).pk))
            notes += [note(WorkNote.WAITING, acceptance=each) for each in sorted(file.waiting)]
            new = {row.number for row in file.new_work}
            verdicts += [
                Verdict(row.number, Became.TAKEN if row.number in new else Became.KNOWN, row=row.row)
                for row in file.work.rows
                if self._due(row.accepted_on)
            ]
        new_work = sum(len(file.new_work) for file in taken)
        new_scores = sum(len(file.new_scores) for file in taken)
        return Outcome(
            already_done=new_work + new_scores == 0,
            counts={
                WorkCount.NEW_WORK: new_work,
                WorkCount.NEW_SCORES: new_scores,
                WorkCount.KNOWN: sum(file.due for file in taken) - new_work - new_scores,
            },
            verdicts=tuple(verdicts),
            notes=tuple(notes),
        )

    def _hand_in(self, file: WorkFile) -> Acceptance:
        acceptance = Acceptance.objects.create(
            fund=self.fund,
            source_file=self.keep(file.handed, fund=self.fund, kind=Document.Kind.WORK),
            handed_in_by=self.actor,
            handed_in_at=self.at,
        )
        made = partial(AcceptanceRow, acceptance=acceptance, fund=self.fund)
        work, score = AcceptanceRow.What.WORK, AcceptanceRow.What.SCORE
        AcceptanceRow.objects.bulk_create(
            [
                *(
                    made(what=work, row=row.row, named=row.number, facts=self._order(row))
                    for row in file.new_work
                ),
                *(
                    made(what=score, row=row.row, named=row.named, facts=self._score(row))
                    for row in file.new_scores
                ),
            ]
        )
        return acceptance

    def _due(self, day: date) -> bool:
        return self.through is None or day <= self.through

    def _work_faults(self, page: Page[WorkRow]) -> Iterator[Fault]:
        """A budget line nobody decided, acceptance before completion, and work still to come."""
        for row in page.rows:
            if (row.completed_on.year, row.budget_code.upper()) not in self.budget:
                unknown = _("%(year)s 年度预算中没有这个科目")
                yield page.fault(row, "budget_code", told(unknown, year=row.completed_on.year))
            if row.accepted_on < row.completed_on:
                early = _("验收不能早于完成日期 %(on)s")
                yield page.fault(row, "accepted_on", told(early, on=row.completed_on))
            for name in ("completed_on", "accepted_on") if self._due(row.accepted_on) else ():
                problem = future_problem(getattr(row, name), self.at)
                if problem:
                    yield page.fault(row, name, problem)

    def _sort_out(self, file: WorkFile) -> Iterator[Fault]:
        """What is new; other content under a known number or quarter, and quarters not over, are faults."""
        orders = WorkOrder.objects.filter(fund=self.fund).select_related("budget_line")
        known_work = {each.number: each for each in orders}
        known_scores = {(each.year, each.quarter): each for each in Assessment.objects.filter(fund=self.fund)}
        for row in file.work.rows:
            if not self._due(row.accepted_on):
                continue
            file.due += 1
            order = known_work.get(row.number)
            if order is None:
                file.new_work.append(row)
            else:
                remedy = _("重新验收或更正请另立工单号")
                yield from _differences(file.work, row, _recorded_work(order), remedy)
        for score in file.scores.rows:
            if self.through is None and score.over_on >= localdate(self.at):
                soon = _("该季度到 %(on)s 才结束，考核得分请在季度结束后导入")
                yield file.scores.fault(score, "quarter", told(soon, on=score.over_on))
                continue
            if not self._due(score.over_on):
                continue
            file.due += 1
            before = known_scores.get((score.year, score.quarter))
            if before is None:
                file.new_scores.append(score)
            else:
                recorded = {"score": before.score, "assessed_by": before.assessed_by}
                remedy = _("请核对已签署的考核表，按已登记的改正本行")
                yield from _differences(file.scores, score, recorded, remedy)

    def _leave_what_waits(self, file: WorkFile) -> None:
        """Take no row anew that waits for the signature in just these words."""
        work = {(AcceptanceRow.What.WORK.value, row.number): self._order(row) for row in file.new_work}
        scores = {(AcceptanceRow.What.SCORE.value, row.named): self._score(row) for row in file.new_scores}
        as_they_wait = self.pending.unchanged({**work, **scores})
        file.waiting = {self.pending.acceptance_of(each) for each in as_they_wait}
        named = {name for _what, name in as_they_wait}
        file.new_work = [row for row in file.new_work if row.number not in named]
        file.new_scores = [row for row in file.new_scores if row.named not in named]

    def _order(self, row: WorkRow) -> Facts:
        """The columns of the work order a row will be."""
        return {
            "fund_id": self.fund.pk,
            "number": row.number,
            "description": row.description,
            "budget_line_id": self.budget[row.completed_on.year, row.budget_code.upper()].pk,
            "completed_on": row.completed_on.isoformat(),
            "accepted_on": row.accepted_on.isoformat(),
            "accepted_by": row.accepted_by,
            "accepted": row.accepted,
            "amount": f"{row.amount:.2f}",
            "amount_currency": "CNY",
        }

    def _score(self, row: ScoreRow) -> Facts:
        """The columns of the assessment a row will be."""
        return {
            "fund_id": self.fund.pk,
            "year": row.year,
            "quarter": row.quarter,
            "score": row.score,
            "assessed_by": row.assessed_by,
        }


def _recorded_work(order: WorkOrder) -> dict[str, object]:
    """A work order on record by the fields of its row."""
    return {
        "description": order.description,
        "budget_code": order.budget_line.code,
        "completed_on": order.completed_on,
        "accepted_on": order.accepted_on,
        "accepted_by": order.accepted_by,
        "accepted": order.accepted,
        "amount": order.amount.amount,
    }


def _differences(page: Page[Model], row: Model, recorded: dict[str, object], remedy: str) -> Iterator[Fault]:
    """Each field that returns with other content than is on record."""
    changed = _("已登记，原%(column)s为「%(was)s」，登记后不可更改；%(remedy)s")
    for name, was in recorded.items():
        now = getattr(row, name)
        if name == "budget_code":
            now = now.upper()
        if now != was:
            expected = told(changed, column=title_of(page.model, name), was=_said(was), remedy=remedy)
            yield page.fault(row, name, expected, value=_said(now))


def _said(value: object) -> object:
    """A recorded value as a clerk would write it."""
    return {True: "合格", False: "不合格"}[value] if isinstance(value, bool) else value


def _out_of_range(page: Page[ScoreRow]) -> Iterator[Fault]:
    for row in page.rows:
        if not 2000 <= row.year <= 2100:
            yield page.fault(row, "year", _("应为四位年份"))
        if not 1 <= row.quarter <= 4:
            yield page.fault(row, "quarter", _("应为 1 到 4"))
        if not 0 <= row.score <= 100:
            yield page.fault(row, "score", _("应为 0 到 100"))


def _repeated(page: Page[Model], key: tuple[str, ...]) -> Iterator[Fault]:
    seen: set[tuple[object, ...]] = set()
    for row in page.rows:
        found = tuple(getattr(row, name) for name in key)
        if found in seen:
            titles = [title_of(page.model, name) for name in key]
            yield page.fault(row, key[0], told(_("%(columns)s在文件中重复"), columns=titles))
        seen.add(found)
