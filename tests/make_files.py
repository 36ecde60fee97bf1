"""Test files built in memory: the same table as xlsx, xls, csv or html. The application never uses it."""

import csv
import html
import io
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import xlwt

Rows = Sequence[Sequence[Any]]


def xlsx_bytes(rows: Rows, *, title: str = "明细") -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    sheet = book.create_sheet(title)
    for row in rows:
        sheet.append(list(row))
    return saved(book)


def saved(book: Any) -> bytes:
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def xls_bytes(rows: Rows, *, title: str = "明细") -> bytes:
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet(title)
    for at, row in enumerate(rows):
        for place, value in enumerate(row):
            if value is not None:
                sheet.write(at, place, value)
    return saved(book)


def csv_bytes(rows: Rows, *, encoding: str = "utf-8", delimiter: str = ",") -> bytes:
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter).writerows([["" if v is None else v for v in row] for row in rows])
    return stream.getvalue().encode(encoding)


def html_bytes(rows: Rows) -> bytes:
    lines = "".join(
        "<tr>" + "".join(f"<td>{html.escape('' if v is None else str(v))}</td>" for v in row) + "</tr>"
        for row in rows
    )
    page = f'<html><head><meta charset="utf-8"></head><body><table border="1">{lines}</table></body></html>'
    return page.encode()


CONTAINERS: dict[str, tuple[str, Callable[[Rows], bytes]]] = {
    "xlsx": (".xlsx", xlsx_bytes),
    "xls": (".xls", xls_bytes),
    "csv utf-8": (".csv", csv_bytes),
    "csv utf-8 with BOM": (".csv", lambda rows: csv_bytes(rows, encoding="utf-8-sig")),
    "csv gb18030": (".csv", lambda rows: csv_bytes(rows, encoding="gb18030")),
    "csv gb18030 named xls": (".xls", lambda rows: csv_bytes(rows, encoding="gb18030", delimiter="\t")),
    "html named xls": (".xls", html_bytes),
}


def write(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def repacked(raw: bytes, *, drop: str = "", replace: dict[str, bytes] | None = None) -> bytes:
    """An xlsx with parts replaced, added or dropped."""
    stream = io.BytesIO()
    replace = dict(replace or {})
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            if info.filename != drop:
                new.writestr(info.filename, replace.pop(info.filename, old.read(info.filename)))
        for name, content in replace.items():
            new.writestr(name, content)
    return stream.getvalue()
