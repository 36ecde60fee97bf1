"""A Report's tables as csv, for programs: plain figures, days in ISO 8601, UTF-8 with a mark for Excel.

The same report gives the same bytes. Refuses to write text that a spreadsheet would run as a formula.
"""

import csv
from datetime import date
from decimal import Decimal
from io import StringIO

from reporting.papers.workbooks import safe_text
from reporting.statements.report import Cell, Table

MARK = "\ufeff"


def csv_bytes(table: Table) -> bytes:
    """One table: a row of its columns' titles, then its rows; an empty cell is empty, lines end with CRLF."""
    written = StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow([safe_text(column.title) for column in table.columns])
    writer.writerows([[_plain(cell) for cell in row.cells] for row in table.rows])
    return (MARK + written.getvalue()).encode()


def _plain(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    return cell.isoformat() if isinstance(cell, date) else safe_text(str(cell))
