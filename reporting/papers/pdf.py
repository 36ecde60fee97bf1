"""A Report as a PDF for the archive: the workbook's tables, proofs and figures; workbook and csv inside.

The same report gives the same bytes. Refuses a character that the font cannot draw, by name.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from custody.kernel.words import told
from reporting.papers.csvs import csv_bytes
from reporting.papers.glyphs import require_glyphs
from reporting.papers.typesetting import FONT_FILE, typeset
from reporting.papers.workbooks import CREATOR, WIDE_COLUMNS, printable, sheet_name, text_width
from reporting.statements.facts import CHINA
from reporting.statements.report import (
    PROOF_SHEET,
    Cell,
    ColumnKind,
    ColumnSpec,
    Report,
    ReportRow,
    Style,
    Table,
    proof_table,
)

PDF_ROWS_MAX = 1000  # of one table: a longer one stands whole in the workbook inside
SNUG = 12  # half-width characters up to which a column is as wide as its content
SHARE_MAX = 40
TEMPLATE = Path(__file__).with_name("paper.typ")


def pdf_bytes(report: Report, workbook: bytes) -> bytes:
    """The PDF/A-3a of a report with its ``workbook`` attached as the source and each table as csv.

    Errors: Rejected (a character without a glyph).
    """
    paper = _paper(report)
    require_glyphs(_texts(paper), FONT_FILE)
    return typeset(
        {
            TEMPLATE.name: TEMPLATE.read_bytes(),
            "paper.json": json.dumps(paper, ensure_ascii=False).encode(),
            "paper.xlsx": workbook,
            **{f"{at}.csv": csv_bytes(table) for at, table in enumerate(_tables(report))},
        }
    )


def on_paper(value: Cell, kind: ColumnKind) -> str:
    """A cell as it stands on paper: figures in thousands and to the fen, the minus sign a minus sign."""
    if value is None:
        return ""
    if isinstance(value, str):
        return printable(value).strip() if not value.startswith(" ") else "　" + printable(value).strip()
    if isinstance(value, date):
        return value.isoformat()
    if kind is ColumnKind.RATE:
        return _signed(f"{Decimal(value) * 100:.3f}%")
    return _signed(f"{value:,.2f}" if kind is ColumnKind.MONEY else f"{value}")


def _signed(figure: str) -> str:
    return figure.replace("-", "−")


def _tables(report: Report) -> tuple[Table, ...]:
    return (*report.sheets, proof_table(report))


def _paper(report: Report) -> dict[str, Any]:
    made_on, names = report.produced_at.astimezone(CHINA).date(), set[str]()
    tables = _tables(report)
    return {
        "title": printable(f"{report.estate} {report.title}"),
        "author": CREATOR,
        "description": printable("；".join(report.subtitles)),
        "made_on": [made_on.year, made_on.month, made_on.day],
        "lying": any(len(table.columns) >= WIDE_COLUMNS for table in tables),
        "subtitles": [printable(each) for each in report.subtitles],
        "headlines": [[label, on_paper(amount, ColumnKind.MONEY)] for label, amount in report.headlines],
        "sheets": [_sheet(table, large=report.large) for table in tables],
        "large": report.large,
        "signatures": [printable(each) for each in report.signatures],
        "workbook_name": f"{report.title}.xlsx",
        "workbook_says": "同一报表的工作簿：每个单元格都是数",
        "csvs": [
            {
                "file": f"{at}.csv",
                "name": f"{sheet_name(table.title, names)}.csv",
                "says": "同一张表，供程序读取",
            }
            for at, table in enumerate(tables)
        ],
    }


def _sheet(table: Table, *, large: bool) -> dict[str, Any]:
    rows = _printed(table.rows)
    left_out = len(table.rows) - len(rows)
    said = _("本表另有 %(count)s 行明细，全部在随附的工作簿里。")
    cells = [
        [on_paper(value, spec.kind) for value, spec in zip(row.cells, table.columns, strict=True)]
        for row in rows
    ]
    columns = [_column(spec, [row[at] for row in cells]) for at, spec in enumerate(table.columns)]
    if all(each["share"] is None for each in columns):
        columns[0]["share"] = 1
    return {
        "title": printable(table.title),
        "alerts": [printable(each) for each in table.alerts],
        "leads": [
            *map(printable, table.leads),
            *([told(said, count=f"{left_out:,}")] if left_out else []),
        ],
        "points": _points(table, large=large),
        "columns": columns,
        "rows": [{"cells": each, "style": row.style} for each, row in zip(cells, rows, strict=True)],
        "notes": [printable(each) for each in table.notes],
    }


def _points(table: Table, *, large: bool) -> float:
    """The size of its letters: a wide table's are small, as are the proofs of a large page."""
    if table.title == PROOF_SHEET:
        return 7
    if large:
        return 13
    return 6.5 if len(table.columns) > WIDE_COLUMNS + 1 else 8


def _printed(rows: Sequence[ReportRow]) -> Sequence[ReportRow]:
    """Every row, or of a very long table what is no detail: its sections, totals and alerts."""
    if len(rows) <= PDF_ROWS_MAX:
        return rows
    return [row for row in rows if row.style is not Style.PLAIN]


def _column(spec: ColumnSpec, shown_cells: Sequence[str]) -> dict[str, Any]:
    """Figures keep to their own width; longer text shares what is left by what it has to say."""
    widths = sorted([text_width(spec.title), *map(text_width, shown_cells)])
    most = widths[(len(widths) - 1) * 9 // 10]
    free = spec.kind is ColumnKind.TEXT and widths[-1] > SNUG
    align = {ColumnKind.TEXT: "left", ColumnKind.DATE: "left"}.get(spec.kind, "right")
    return {
        "title": printable(spec.title),
        "align": align,
        "share": min(max(most, SNUG), SHARE_MAX) if free else None,
    }


def _texts(value: Any) -> Iterator[str]:
    """Every text of the paper."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
