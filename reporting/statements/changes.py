"""What changed in a statement since its days were opened again: every amount that differs, row by row.

Pure. Refuses nothing: a row is known by its words, so one whose words changed is one gone and one come. A
running balance is left out, since it only follows.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from reporting.statements.facts import CHINA
from reporting.statements.report import Cell, ColumnKind, ColumnSpec, Report, ReportRow, Style, Table

CHANGES_SHEET = "重开更正"
FOLLOWS = ("资金余额",)
JUDGED = ("结论", "说明", "有流水的天数", "最后一笔", "笔数")  # what a column says of the others names no row
ZERO = Decimal("0.00")

Key = tuple[str, tuple[Cell, ...], int]  # sheet, the row's words, which of those alike
Amounts = dict[str, Decimal | None]  # by title of the column


@dataclass(frozen=True, slots=True)
class Reopening:
    """Days ``from_on`` to ``to_on`` were opened again at ``at``; ``closed_again``: they are shut now."""

    from_on: date
    to_on: date
    at: datetime
    reason: str
    closed_again: bool


def with_changes(now: Report, before: Report | None, reopening: Reopening) -> Table:
    """The sheet of a statement issued again: each amount as it stood when its days were reopened, and now.

    ``before`` is None for a statement worked anew each time, which cannot be seen as it stood.
    """
    said = (
        f"{reopening.from_on} 至 {reopening.to_on} 已关闭的期间于"
        f" {reopening.at.astimezone(CHINA):%Y-%m-%d %H:%M} 重开，理由：{reopening.reason}。"
    )
    rows = () if before is None else tuple(_rows(before, now))
    outcome = "上列为重开后变动的金额。" if rows else "重开后金额没有变动。"
    if before is None:
        outcome = "本表按现有资料重算，不与重开前逐项比较，请与收支表的重开更正对照。"
    money = ColumnKind.MONEY
    return Table(
        CHANGES_SHEET,
        (
            ColumnSpec("所属表"), ColumnSpec("项目"), ColumnSpec("栏目"),
            ColumnSpec("重开前", money), ColumnSpec("现在", money), ColumnSpec("变动", money),
        ),
        rows,
        notes=(said + outcome,),
        alerts=() if reopening.closed_again else ("所涉期间重开后尚未再次关闭，金额仍可能变动。",),
    )  # fmt: skip


def _rows(before: Report, now: Report) -> Iterator[ReportRow]:
    was, stands = _amounts(before), _amounts(now)
    for key in dict.fromkeys([*stands, *was]):
        sheet, words, _nth = key
        label = " ".join(str(cell) for cell in words if cell not in (None, ""))
        then, present = was.get(key, {}), stands.get(key, {})
        for column in dict.fromkeys([*present, *then]):
            old, new = then.get(column), present.get(column)
            if old != new:
                change = (new or ZERO) - (old or ZERO)
                yield ReportRow((sheet, label, column, old, new, change), Style.PLAIN)


def _amounts(report: Report) -> dict[Key, Amounts]:
    """Every row's money by its words."""
    found: dict[Key, Amounts] = {}
    for table in report.sheets:
        seen: Counter[tuple[Cell, ...]] = Counter()
        for row in table.rows:
            pairs = list(zip(table.columns, row.cells, strict=True))
            words = tuple(
                cell
                for column, cell in pairs
                if column.kind is not ColumnKind.MONEY and column.title not in JUDGED
            )
            seen[words] += 1
            found[table.title, words, seen[words]] = {
                column.title: cell
                for column, cell in pairs
                if column.kind is ColumnKind.MONEY
                and column.title not in FOLLOWS
                and (cell is None or isinstance(cell, Decimal))
            }
    return found
