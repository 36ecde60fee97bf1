"""A statement as owners get it: the same figures, with names, units and numbers cut in every text. Pure.

Refuses to touch an amount, a day or a proof. Clerks' memos, notes and the names of handed-in files go, since
anybody may have written anything there.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from reporting.statements.masks import Masks
from reporting.statements.report import Cell, ColumnSpec, Report, ReportRow, Style, Table

GONE = ("摘要", "出处")
NOTES_GONE = {"待确认款项": ("说明",)}
NUMBER = "分录号"
KEPT = ("账册", "科目", "预算科目", "业务", "类别")  # of a row that is held back
TOLD = ("凭据", "依据")
ROWS_SHOWN = 120  # of a table on a page: of a longer one its sections and totals


def owners_edition(report: Report, masks: Masks, held_back: Mapping[str, str]) -> Report:
    """The same report for anybody's eyes; of entries ``held_back``, by number, the reason alone."""
    return replace(report, sheets=tuple(_cut(table, masks, held_back) for table in report.sheets))


def sheets_said(report: Report) -> list[dict[str, Any]]:
    """Its sheets as a page shows them: cells as text, ``rows`` [style, cells], the rest left to the file."""
    return [
        {
            "title": table.title,
            "columns": [[column.title, str(column.kind)] for column in table.columns],
            "rows": [
                [str(row.style), [None if cell is None else str(cell) for cell in row.cells]]
                for row in _on_page(table)
            ],
            "left": len(table.rows) - len(_on_page(table)),
            "notes": list(table.notes),
            "alerts": list(table.alerts),
        }
        for table in report.sheets
    ]


def _on_page(table: Table) -> list[ReportRow]:
    whole = len(table.rows) <= ROWS_SHOWN
    return [row for row in table.rows if whole or row.style is not Style.PLAIN]


def _cut(table: Table, masks: Masks, held_back: Mapping[str, str]) -> Table:
    gone = (*GONE, *NOTES_GONE.get(table.title, ()))
    titles = [column.title for column in table.columns]
    numbered = titles.index(NUMBER) if NUMBER in titles else None
    return replace(
        table,
        rows=tuple(
            _reason_alone(row, table, held_back[str(row.cells[numbered])])
            if numbered is not None and str(row.cells[numbered]) in held_back
            else row._replace(
                cells=tuple(_cell(cell, column, gone, masks)
                            for cell, column in zip(row.cells, table.columns, strict=True))
            )
            for row in table.rows
        ),
        notes=tuple(masks.text(note) for note in table.notes),
        alerts=tuple(masks.text(alert) for alert in table.alerts),
    )  # fmt: skip


def _reason_alone(row: ReportRow, table: Table, reason: str) -> ReportRow:
    """A row with its amounts, days and accounts, and why it says no more."""
    cells: list[Cell] = []
    for cell, column in zip(row.cells, table.columns, strict=True):
        kept = not isinstance(cell, str) or column.title in KEPT
        cells.append(cell if kept else f"不公布：{reason}" if column.title in TOLD else None)
    return row._replace(cells=tuple(cells))


def _cell(cell: Cell, column: ColumnSpec, gone: tuple[str, ...], masks: Masks) -> Cell:
    if not isinstance(cell, str):
        return cell
    return None if column.title in gone else masks.text(cell)
