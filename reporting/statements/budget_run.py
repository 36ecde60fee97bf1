"""预算执行表: each budget line of the year against what was spent on it and what is about to be. Pure.

Refuses (by its proofs) to leave out spending under any code, budgeted or not, or a month of the year.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from custody.ledger.chart import BOOK_TITLES
from reporting.statements.common import BOOKS, PRIOR, SIGNATURES, detail_note, ratio, subtitles
from reporting.statements.facts import NOTHING, BudgetFact, Figures, LedgerFacts, Span, prior_note
from reporting.statements.report import Cell, ColumnKind, ColumnSpec, Proof, Report, ReportRow, Style, Table

TITLE = "预算执行表"
MAIN, MONTHS = "预算执行", "分月支出"
UNBUDGETED = "（未列入本年预算）"
SPENDING = ("budget_spending",)


@dataclass(frozen=True, slots=True)
class BudgetRunFacts:
    """What the statement is made from. ``months``: spending by code of each month of the year up to the
    period's end; ``committed``: invoices found in order and not yet paid, by code; ``before`` as always.
    """

    ledger: LedgerFacts
    budget: tuple[BudgetFact, ...]
    months: tuple[tuple[Span, Mapping[str, Decimal]], ...]
    committed: Mapping[str, Decimal]
    before: tuple[Span, Figures] | None


@dataclass(frozen=True, slots=True)
class BudgetRun:
    """One line: yuan, and whether it is in the budget at all."""

    code: str
    name: str
    book: str
    annual: Decimal
    now: Decimal
    before: Decimal | None
    to_date: Decimal
    committed: Decimal
    budgeted: bool = True

    @property
    def rest(self) -> Decimal:
        """What may still be spent: below zero when the line is overrun."""
        return self.annual - self.to_date - self.committed


def spent_by_code(figures: Figures, what: str = "net") -> dict[str, Decimal]:
    """Spending of one span under each budget code, both books."""
    spent: dict[str, Decimal] = {}
    for each in figures.movements:
        if each.kind in SPENDING:
            amount: Decimal = getattr(each, what)
            spent[each.code] = spent.get(each.code, NOTHING) + amount
    return {code: amount for code, amount in spent.items() if amount}


def budget_runs(facts: BudgetRunFacts) -> tuple[BudgetRun, ...]:
    """Every budget line in its order, then codes in no budget that were spent on or are claimed."""
    figures = facts.ledger.figures
    now, to_date = spent_by_code(figures), spent_by_code(figures, "year_to_date")
    before = spent_by_code(facts.before[1]) if facts.before else None

    def run(code: str, name: str, book: str, annual: Decimal, *, budgeted: bool) -> BudgetRun:
        earlier = None if before is None else before.get(code, NOTHING)
        return BudgetRun(
            code, name, book, annual, now.get(code, NOTHING), earlier, to_date.get(code, NOTHING),
            facts.committed.get(code, NOTHING), budgeted,
        )  # fmt: skip

    known = [run(row.code, row.name, row.book, row.annual, budgeted=True) for row in facts.budget]
    codes = {row.code for row in facts.budget}
    others = sorted({*now, *to_date, *(before or {}), *facts.committed} - codes)
    return (*known, *(run(code, UNBUDGETED, "", NOTHING, budgeted=False) for code in others))


def budget_statement(facts: BudgetRunFacts) -> Report:
    """The budget against what was spent, as a Report; InvariantBroken if a proof fails."""
    runs, heading = budget_runs(facts), facts.ledger.heading
    whole = _sum(runs)
    return Report(
        title=TITLE,
        estate=heading.estate,
        subtitles=subtitles(heading),
        sheets=(budget_table(facts, runs), _months_table(facts, runs)),
        produced_at=heading.produced_at,
        headlines=(
            (f"{heading.to_on.year} 年预算", whole.annual),
            ("本期支出", whole.now),
            ("本年累计支出", whole.to_date),
            ("已核未付", whole.committed),
            ("预算余额", whole.rest),
        ),
        signatures=SIGNATURES,
    )


def _sum(runs: Sequence[BudgetRun], book: str = "") -> BudgetRun:
    def total(what: str) -> Decimal:
        return sum((getattr(run, what) for run in runs), NOTHING)

    before = total("before") if runs and runs[0].before is not None else None
    return BudgetRun(
        "", "", book, total("annual"), total("now"), before, total("to_date"), total("committed")
    )


def elapsed(on: date) -> Decimal:
    """The part of the calendar year that is over at the end of a day, as a fraction."""
    first, last = date(on.year, 1, 1), date(on.year, 12, 31)
    gone = ratio(Decimal((on - first).days + 1), Decimal((last - first).days + 1))
    return NOTHING if gone is None else gone


def budget_table(facts: BudgetRunFacts, runs: Sequence[BudgetRun]) -> Table:
    """预算执行: budget, spent, claimed, left, and what is to be looked at; by book."""
    money, heading = ColumnKind.MONEY, facts.ledger.heading
    gone = elapsed(heading.to_on)
    whole = _sum(runs)
    return Table(
        MAIN,
        (
            ColumnSpec("科目"), ColumnSpec("全年预算", money), ColumnSpec("本期支出", money),
            ColumnSpec(PRIOR, money), ColumnSpec("本年累计", money), ColumnSpec("执行率", ColumnKind.RATE),
            ColumnSpec("已核未付", money), ColumnSpec("预算余额", money), ColumnSpec("提示"),
        ),
        tuple(_rows(runs, gone)),
        proofs=(
            Proof("各科目本期支出之和 = 账面预算支出", whole.now, facts.ledger.total("net", kinds=SPENDING)),
            Proof(
                "各科目本年累计之和 = 账面本年累计", whole.to_date,
                facts.ledger.total("year_to_date", kinds=SPENDING),
            ),
            Proof("全年预算 = 本年累计 + 已核未付 + 预算余额", whole.annual,
                  whole.to_date + whole.committed + whole.rest),
        ),
        notes=(
            prior_note(heading, facts.before[0] if facts.before else None),
            f"预算为 {heading.to_on.year} 年度；截至 {heading.to_on}，全年已过 {gone * 100:.2f}%。",
            "本年累计自当年 1 月 1 日（移交当年自移交日）起，按银行付款日。",
            "已核未付为截止日已核验、尚未付款的发票，尚非支出。预算余额 = 全年预算 − 本年累计 − 已核未付。",
            "执行率高于全年已过比例的标「快于时间进度」，只供留意；超出预算或未列入预算的以红字标出。",
            detail_note(heading),
        ),
    )  # fmt: skip


def _rows(runs: Sequence[BudgetRun], gone: Decimal) -> Iterator[ReportRow]:
    for book in BOOKS:
        those = [run for run in runs if run.budgeted and run.book == book]
        if not those:
            continue
        yield ReportRow((BOOK_TITLES[book],) + (None,) * 8, Style.SECTION)
        for run in those:
            yield _row(f"  {run.code} {run.name}", run, _hint(run, gone))
        yield _row(f"{BOOK_TITLES[book]}小计", _sum(those), "", Style.TOTAL)
    others = [run for run in runs if not run.budgeted]
    for run in others:
        yield _row(f"  {run.code} {run.name}", run, "未列入预算", Style.ALERT)
    yield _row("合计", _sum(runs), "", Style.TOTAL)


def _row(label: str, run: BudgetRun, hint: str, style: Style = Style.PLAIN) -> ReportRow:
    cells: tuple[Cell, ...] = (
        label, run.annual, run.now, run.before, run.to_date, ratio(run.to_date, run.annual), run.committed,
        run.rest, hint,
    )  # fmt: skip
    return ReportRow(cells, Style.ALERT if style is Style.PLAIN and run.rest < 0 else style)


def _hint(run: BudgetRun, gone: Decimal) -> str:
    if run.rest < 0:
        return "超出预算"
    used = ratio(run.to_date, run.annual)
    return "快于时间进度" if used is not None and used > gone else ""


def _months_table(facts: BudgetRunFacts, runs: Sequence[BudgetRun]) -> Table:
    """分月支出: what each line cost in each month of the year up to the period's end."""
    months = facts.months

    def cells(codes: Sequence[str]) -> tuple[Decimal, ...]:
        each = tuple(sum((spent.get(code, NOTHING) for code in codes), NOTHING) for _, spent in months)
        return (*each, sum(each, NOTHING))

    rows = [ReportRow((f"{run.code} {run.name}", *cells([run.code]))) for run in runs]
    codes = [run.code for run in runs]
    rows.append(ReportRow(("合计", *cells(codes)), Style.TOTAL))
    proofs = tuple(
        Proof(f"{run.code} 各月之和 = 本年累计", cells([run.code])[-1], run.to_date) for run in runs
    )
    return Table(
        MONTHS,
        (
            ColumnSpec("科目"),
            *(ColumnSpec(f"{span.from_on.month}月", ColumnKind.MONEY) for span, _ in months),
            ColumnSpec("本年累计", ColumnKind.MONEY),
        ),
        tuple(rows),
        proofs=proofs,
    )
