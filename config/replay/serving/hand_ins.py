"""Files that wait to be handed in by the firm and the committee's acceptor, from what is left of a pack.

Refuses nothing. One of the firm's files is wrong on purpose, so that it can be seen what a fault looks like.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook

from config.replay.pack import ReplayPack

Row = Sequence[Any]
SHEETS = ("发票", "明细")
JOB_AMOUNT = 1260


def write_hand_ins(pack: ReplayPack, folder: Path, on: date) -> None:
    """Write them into ``folder``: new work with the quarter's score, later invoices, the same with faults."""
    folder.mkdir(parents=True, exist_ok=True)
    if pack.work is not None:
        _copied(pack.work, folder / "工单与考核.xlsx", lambda book: _add_a_job(book["工单"], on))
    if pack.invoices is not None:
        _later_invoices(pack.invoices, folder / "发票.xlsx", on, faults=False)
        _later_invoices(pack.invoices, folder / "发票-有错.xlsx", on, faults=True)


def _copied(source: Path, target: Path, change: Callable[[Any], None]) -> None:
    book = load_workbook(source)
    change(book)
    book.save(target)


def _add_a_job(sheet: Any, on: date) -> None:
    """A job like the first one of the file, done the day before ``on`` and accepted on it."""
    columns = {cell.value: cell.column for cell in sheet[1]}
    row = sheet.max_row + 1
    said = {
        **{title: sheet.cell(2, column).value for title, column in columns.items()},
        "工单号": job_number(on),
        "完成日期": _day(on - timedelta(days=1)),
        "验收日期": _day(on),
        "金额": JOB_AMOUNT,
    }
    for title, column in columns.items():
        sheet.cell(row, column, said[title])


def job_number(on: date) -> str:
    """The number of the job that waits to be accepted."""
    return f"GD{on:%Y%m}9001"


def _later_invoices(source: Path, target: Path, on: date, *, faults: bool) -> None:
    """What of the file is issued from ``on``, and an invoice for the new job."""
    book = load_workbook(source)
    heads, lines = (_rows(book[name]) for name in SHEETS)
    kept = [row for row in heads[1:] if row[1] is not None and row[1].date() >= on]
    numbers = {row[0] for row in kept}
    spent = [row for row in lines[1:] if row[0] in numbers]
    invoice = f"25517{on:%Y%m%d}{heads[1][0][-7:]}"
    first = lines[1]
    kept.append((invoice, _day(on), JOB_AMOUNT, *heads[1][3:]))
    spent.append((invoice, 1, first[2], "工单", job_number(on), JOB_AMOUNT))
    if faults:
        kept[0] = (kept[0][0], "2025-10-39", "柒仟元", *kept[0][3:])
        spent[-1] = (*spent[-1][:2], "没有这个科目", *spent[-1][3:])
    _saved(target, [[heads[0], *kept], [lines[0], *spent]])


def _rows(sheet: Any) -> list[Row]:
    return list(sheet.iter_rows(values_only=True))


def _saved(target: Path, pages: Sequence[Sequence[Row]]) -> None:
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, rows in zip(SHEETS, pages, strict=True):
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(target)


def _day(on: date) -> datetime:
    return datetime.combine(on, time())
