"""What a file really is, before anything trusts it: sniffed by content, opened into sheets of exact cells.

Refuses files that are missing, empty, oversized, cut short, locked, running code, computing their own cells,
or pretending to be another kind. Reads no meaning into what the cells say.
"""

import hashlib
import io
import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path, PurePath

from python_calamine import CalamineError, CalamineWorkbook

from custody.files.faults import Fault, Refused, refuse
from custody.files.ole import (
    ENCRYPTED_PACKAGE,
    MACRO_STORAGES,
    SIGNATURE,
    BrokenContainer,
    CellMark,
    Container,
    rebuilt,
    survey_workbook,
)
from custody.files.text import csv_rows, decode_text, html_rows, looks_like_html
from custody.files.xlsx import (
    AREA_MAX,
    CELL_FAULTS_MAX,
    CUT_SHORT,
    ERROR_CELL,
    FORMULA_CELL,
    column_letters,
    inspect_xlsx,
    part_names,
)

Cell = str | int | Decimal | date | datetime | None

SIZE_BYTES_MAX = 20 * 1024 * 1024
MACRO_EXTENSIONS = frozenset({".xlsm", ".xltm", ".xlam", ".xlsb"})
EXTENSIONS = {  # content → the names it may travel under; banks serve csv and html as .xls
    "xlsx": (".xlsx",),
    "xls": (".xls",),
    "csv": (".csv", ".txt", ".tsv", ".xls"),
    "html": (".html", ".htm", ".xls"),
}
LOCKED = "文件有打开密码,请去除密码后再导入 (password-protected)"
KIND_NAMES = {
    "xlsx": "xlsx 工作簿",
    "xls": "旧版 xls 工作簿",
    "csv": "文本表格(CSV)",
    "html": "网页表格(HTML)",
}
FOREIGN = (  # opening bytes → what it really is
    (b"%PDF", "PDF 文档"),
    (b"\x89PNG", "PNG 图片"),
    (b"\xff\xd8\xff", "JPEG 图片"),
    (b"GIF8", "GIF 图片"),
    (b"BM", "BMP 图片"),
    (b"Rar!", "RAR 压缩包"),
    (b"7z\xbc\xaf", "7z 压缩包"),
    (b"\x1f\x8b", "gzip 压缩包"),
    (b"MZ", "可执行程序"),
    (b"\x7fELF", "可执行程序"),
    (b"{\\rtf", "RTF 文档"),
    (b"MIME-Version:", "网页归档(MHTML)"),
)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: rows as they stand, the first at row 1; numbers are int or Decimal, never binary."""

    name: str
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class TabularFile:
    """A file that passed every check: ``kind`` is xlsx, xls, csv or html; ``size`` in bytes."""

    name: str
    sha256: str
    kind: str
    sheets: tuple[Sheet, ...]
    size: int


def open_tabular(path: Path) -> TabularFile:
    """Open a workbook, csv or html table by content; raises Refused naming what it is and the remedy."""
    return open_tabular_bytes(content_of(path), path.name)


def open_tabular_bytes(content: bytes, name: str) -> TabularFile:
    """As ``open_tabular``, for bytes that came under ``name``, whose extension counts."""
    check_content(name, content)
    kind, text = _sniff(name, content)
    extension = PurePath(name).suffix.lower()
    if extension in MACRO_EXTENSIONS:
        raise refuse(name, f"扩展名 {extension} 是含宏或二进制工作簿;请另存为 .xlsx 后再导入 (macros)")
    if extension not in EXTENSIONS[kind]:
        allowed = "、".join(EXTENSIONS[kind])
        expected = f"内容其实是{KIND_NAMES[kind]},与扩展名「{extension}」不符;请按 {allowed} 命名或重新导出"
        raise refuse(name, f"{expected} (wrong extension)")
    match kind:
        case "xlsx":
            inspect_xlsx(name, content)
            sheets = _workbook_sheets(name, content)
        case "xls":
            sheets = _workbook_sheets(name, _inspect_xls(name, content))
        case "html":
            sheets = (Sheet("网页表格", html_rows(name, text)),)
        case _:
            sheets = (Sheet("", csv_rows(name, text)),)
    if not any(cell is not None for sheet in sheets for row in sheet.rows for cell in row):
        raise refuse(name, "文件里没有任何内容 (empty)")
    return TabularFile(name, hashlib.sha256(content).hexdigest(), kind, sheets, len(content))


def content_of(path: Path) -> bytes:
    """The file's bytes; its size is asked first, so an oversized file is refused without reading it."""
    name = path.name
    check_name(name)
    try:
        if not path.is_file():
            raise refuse(name, "文件不存在,或不是普通文件 (no such file)")
        size = path.stat().st_size
        if size > SIZE_BYTES_MAX:
            limit = f"上限 {SIZE_BYTES_MAX >> 20} MB"
            raise refuse(name, f"文件有 {size / (1 << 20):.1f} MB,超过{limit};请按月分段导出 (too large)")
        with path.open("rb") as stream:
            return stream.read(SIZE_BYTES_MAX + 1)
    except (OSError, ValueError) as broken:
        raise refuse(name, f"文件无法读取({type(broken).__name__}),请检查路径和权限 (unreadable)") from broken


def check_name(name: str) -> None:
    """Refuse a name whose bytes are not UTF-8: it could be neither shown nor stored."""
    readable = name.encode("utf-8", "replace").decode()
    if readable != name:
        raise refuse(readable, "文件名不是 UTF-8 编码,无法显示和登记;请改名后再导入 (file name)")


def check_content(name: str, content: bytes) -> None:
    """Refuse bytes that are too many or none, before anything looks into them."""
    check_name(name)
    if len(content) > SIZE_BYTES_MAX:
        raise refuse(name, f"文件超过上限 {SIZE_BYTES_MAX >> 20} MB (too large)")
    if not content.strip(b" \t\r\n\xef\xbb\xbf\0"):
        raise refuse(name, "文件是空的,请重新导出 (empty file)")


def _sniff(name: str, raw: bytes) -> tuple[str, str]:
    """What the bytes are, and their text where they are text; raises Refused for what is no table."""
    for signature, what in FOREIGN:
        if raw.startswith(signature) and not (len(signature) == 2 and _is_text(raw)):
            raise refuse(name, f"内容其实是{what},不是表格;请从网银导出 xlsx、xls 或 csv (not a table)")
    if raw.startswith(SIGNATURE):
        if ENCRYPTED_PACKAGE in raw:
            raise refuse(name, LOCKED)
        return "xls", ""
    if SIGNATURE.startswith(raw[:8]) or (raw.startswith(b"PK") and not _is_text(raw)):
        return "xlsx", _check_zip(name, raw)
    text = decode_text(name, raw)
    start = text.lstrip()[:4096]
    if looks_like_html(text):
        return "html", text
    if start.startswith("<"):
        raise refuse(name, _xml_kind(start))
    if start.startswith("{1:") or (start.startswith(":20:") and ":60" in text):
        raise refuse(
            name, "这是 MT940 报文,暂不支持的报文格式;请导出 xlsx、xls 或 csv (MT940 not supported yet)"
        )
    if start.startswith("OFXHEADER"):
        raise refuse(name, "这是 OFX 报文,暂不支持的报文格式;请导出 xlsx、xls 或 csv (OFX not supported)")
    return "csv", text


def _xml_kind(start: str) -> str:
    for mark in ("camt.053", "camt.052", "camt.054", "pain.001", "pain.002", "pain.008"):
        if mark in start:
            return f"这是 {mark} 报文,暂不支持的报文格式;请导出 xlsx、xls 或 csv (message not supported yet)"
    if "urn:schemas-microsoft-com:office:spreadsheet" in start:
        return "这是 Excel 2003 XML 表格,暂不支持;请另存为 .xlsx 后再导入"
    return "这是 XML 文件,暂不支持的报文格式;请导出 xlsx、xls 或 csv (XML not supported)"


def _check_zip(name: str, raw: bytes) -> str:
    parts = part_names(raw)
    if parts is None:
        raise refuse(name, CUT_SHORT)
    lowered = {part.lower() for part in parts}
    if not any(part.startswith("xl/") for part in lowered):
        kinds = (("word/", "Word 文档"), ("ppt/", "PowerPoint 文档"), ("content.xml", "OpenDocument 文档"))
        what = next(
            (kind for start, kind in kinds if any(p.startswith(start) for p in lowered)), "ZIP 压缩包"
        )
        raise refuse(name, f"内容其实是{what},不是表格;请解压或导出为 xlsx、xls、csv (not a table)")
    return ""


def _is_text(raw: bytes) -> bool:
    return b"\0" not in raw[:4096] and all(byte >= 0x20 or byte in b"\t\r\n\f" for byte in raw[:4096])


def _inspect_xls(name: str, raw: bytes) -> bytes:
    """The workbook alone in a clean container; Refused unless whole, unlocked, running nothing."""
    try:
        container = Container(raw)
        names = container.names
        book = container.stream("WORKBOOK", "BOOK")
        if book is None:
            raise refuse(name, "内容其实是 Word 或其他 Office 文档,不是 Excel 工作簿 (not a workbook)")
        survey = survey_workbook(book)
    except (BrokenContainer, MemoryError) as broken:
        raise refuse(name, CUT_SHORT) from broken
    if survey.encrypted:
        raise refuse(name, LOCKED)
    if survey.macros or names & MACRO_STORAGES:
        raise refuse(name, "文件含有宏,不予读取;请另存为不含宏的 .xlsx 后再导入 (macros)")
    if survey.rows_max * survey.columns_max > AREA_MAX:
        raise refuse(name, f"表格过大({survey.rows_max} 行 × {survey.columns_max} 列)")
    faults = [*_marked(name, survey.formulas, FORMULA_CELL), *_marked(name, survey.error_cells, ERROR_CELL)]
    if faults:
        raise Refused(faults[:CELL_FAULTS_MAX])
    return rebuilt(book)


def _marked(name: str, marks: list[CellMark], expected: str) -> Iterator[Fault]:
    for mark in marks:
        column = column_letters(mark.column + 1)
        yield Fault(name, mark.sheet, mark.row + 1, column, "", expected.format(at=f"{column}{mark.row + 1}"))


def _workbook_sheets(name: str, raw: bytes) -> tuple[Sheet, ...]:
    """Every sheet's cells; the parser's own failures, its internal panics included, are refusals."""
    sheets: list[Sheet] = []
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(raw))
        for title in workbook.sheet_names:
            grid = workbook.get_sheet_by_name(title).to_python(skip_empty_area=False)
            sheets.append(Sheet(title, tuple(tuple(_cell(value) for value in row) for row in grid)))
    except (CalamineError, ValueError, OSError, OverflowError, struct.error) as broken:
        raise refuse(name, CUT_SHORT) from broken
    except BaseException as stopped:
        if type(stopped).__name__ != "PanicException":  # the parser's abort is no subclass of Exception
            raise
        raise refuse(name, CUT_SHORT) from None
    return tuple(sheets)


def _cell(value: object) -> Cell:
    """One parser's value as ours: shortest digits that name the same number, whole numbers as int."""
    match value:
        case None | "":
            return None
        case bool():
            return "TRUE" if value else "FALSE"
        case int() | datetime() | date():
            return value
        case str():
            return value if value.strip() else None
        case time():
            return value.isoformat()
        case timedelta():
            return str(value)
    number = repr(value)
    if not isinstance(value, float) or not math.isfinite(value):
        return number
    exact = Decimal(number)
    return int(exact) if exact == exact.to_integral_value() else exact
