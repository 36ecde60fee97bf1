"""What a file really is, before anything trusts it: sniffed by content, opened into sheets of exact cells.

Refuses files that are missing, empty, oversized, cut short, locked, running code, computing their own cells,
or pretending to be another kind. Reads no meaning into what the cells say.
"""

import hashlib
import io
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from math import isfinite
from pathlib import Path, PurePath

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from openpyxl.utils import get_column_letter
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from custody.files.faults import Fault, Refused, refuse
from custody.files.html import html_rows
from custody.files.limits import SIZE_BYTES_MAX, Extent
from custody.files.ole import (
    ENCRYPTED_PACKAGE,
    MACRO_STORAGES,
    SIGNATURE,
    BrokenContainer,
    CellMark,
    WorkbookSurvey,
    opened,
    rebuilt,
    survey_workbook,
)
from custody.files.text import SNIFFED_CHARS, csv_rows, decode_text, looks_like_html
from custody.files.xlsx import (
    CELL_FAULTS_MAX,
    CUT_SHORT,
    ERROR_CELL,
    FORMULA_CELL,
    MACROS,
    inspect_xlsx,
    part_names,
)
from custody.kernel.words import told

Cell = str | int | Decimal | date | datetime | None

MACRO_EXTENSIONS = frozenset({".xlsm", ".xltm", ".xlam", ".xlsb"})
EXTENSIONS = {  # content → the names it may travel under; banks serve csv and html as .xls
    "xlsx": (".xlsx",),
    "xls": (".xls",),
    "csv": (".csv", ".txt", ".tsv", ".xls"),
    "html": (".html", ".htm", ".xls"),
}
LOCKED = gettext_lazy("文件有打开密码，请去除密码后再导入")
KIND_NAMES = {
    "xlsx": gettext_lazy("xlsx 工作簿"),
    "xls": gettext_lazy("旧版 xls 工作簿"),
    "csv": gettext_lazy("文本表格（CSV）"),
    "html": gettext_lazy("网页表格（HTML）"),
}
MESSAGES = frozenset({"camt", "mt"})  # what ``custody.bank`` reads as statements, and nothing as a table
FOREIGN = (  # opening bytes → what it really is
    (b"%PDF", gettext_lazy("PDF 文档")),
    (b"\x89PNG", gettext_lazy("PNG 图片")),
    (b"\xff\xd8\xff", gettext_lazy("JPEG 图片")),
    (b"GIF8", gettext_lazy("GIF 图片")),
    (b"BM", gettext_lazy("BMP 图片")),
    (b"Rar!", gettext_lazy("RAR 压缩包")),
    (b"7z\xbc\xaf", gettext_lazy("7z 压缩包")),
    (b"\x1f\x8b", gettext_lazy("gzip 压缩包")),
    (b"MZ", gettext_lazy("可执行程序")),
    (b"\x7fELF", gettext_lazy("可执行程序")),
    (b"{\\rtf", gettext_lazy("RTF 文档")),
    (b"MIME-Version:", gettext_lazy("网页归档（MHTML）")),
)
_CAMT = re.compile(
    r"xmlns(?::\w+)?\s*=\s*[\"'][^\"'<>]*\bcamt\.05[234]\b"
    r"|<(?:[\w.-]+:)?BkToCstmr(?:Stmt|AcctRpt|DbtCdtNtfctn)(?:V\d\d)?\b"
)
_CAMT_NAME = re.compile(r"\bcamt\.05[234]\b")
_SWIFT = re.compile(
    r"\{1:F\d\d[A-Z]|\{2:[IO]94\d|^:20:[^\n]*\n(?:.*\n){0,4}?:(?:25|28C?|60[FM]):", re.MULTILINE
)
_FRAME = bytes([1, 3])  # what stands around each message in a file of a SWIFT terminal
_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\ud800-\udfff]")  # what no database keeps as text


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
    return tabular(name, content, *sniff(name, content))


def tabular(name: str, content: bytes, kind: str, text: str) -> TabularFile:
    """The sheets of what ``sniff`` found to be ``kind``; raises Refused."""
    extension = PurePath(name).suffix.lower()
    if kind in MESSAGES:
        sentence = _("内容其实是 %(message)s 银行报文，不是表格；请作为银行对账单导入")
        named = _CAMT_NAME.search(text[:SNIFFED_CHARS]) if kind == "camt" else None
        raise refuse(name, sentence, message=named[0] if named else "camt" if kind == "camt" else "MT940")
    if extension in MACRO_EXTENSIONS:
        sentence = _("扩展名 %(extension)s 是含宏或二进制工作簿；请另存为 .xlsx 后再导入")
        raise refuse(name, sentence, extension=extension)
    if extension not in EXTENSIONS[kind]:
        sentence = _("内容其实是%(kind)s，与扩展名「%(extension)s」不符；请按 %(allowed)s 命名或重新导出")
        allowed = EXTENSIONS[kind]
        raise refuse(name, sentence, kind=KIND_NAMES[kind], extension=extension, allowed=allowed)
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
    _check_cells(name, sheets)
    return TabularFile(name, hashlib.sha256(content).hexdigest(), kind, sheets, len(content))


def _check_cells(name: str, sheets: tuple[Sheet, ...]) -> None:
    """Refuse a file without content, and text that holds what could be neither shown nor stored."""
    faults: list[Fault] = []
    filled = False
    for sheet in sheets:
        for number, row in enumerate(sheet.rows, start=1):
            for place, cell in enumerate(row, start=1):
                filled = filled or cell is not None
                if isinstance(cell, str) and _UNSTORABLE.search(cell):
                    column, value = get_column_letter(place), repr(cell)
                    expected = _("文字中含有不可见的控制字符，请删除后重新录入")
                    faults.append(Fault(name, sheet.name, number, column, value, expected))
    if faults:
        raise Refused(faults[:CELL_FAULTS_MAX])
    if not filled:
        raise refuse(name, _("文件里没有任何内容"))


def content_of(path: Path) -> bytes:
    """The file's bytes; its size is asked first, so an oversized file is refused without reading it."""
    name = path.name
    check_name(name)
    try:
        if not path.is_file():
            raise refuse(name, _("文件不存在，或不是普通文件"))
        size = path.stat().st_size
        if size > SIZE_BYTES_MAX:
            raise _oversized(name, size)
        with path.open("rb") as stream:
            return stream.read(SIZE_BYTES_MAX + 1)
    except (OSError, ValueError) as broken:
        sentence = _("文件无法读取（%(error)s），请检查路径和权限")
        raise refuse(name, sentence, error=type(broken).__name__) from broken


def readable_name(name: str) -> str:
    """A file's name as it can be shown: bytes that are not UTF-8 become question marks."""
    return name.encode("utf-8", "replace").decode()


def check_name(name: str) -> None:
    """Refuse a name whose bytes are not UTF-8: it could be neither shown nor stored."""
    if readable_name(name) != name or _UNSTORABLE.search(name):
        sentence = _("文件名不是 UTF-8 编码，或含有控制字符，无法登记；请改名后再导入")
        raise refuse(_UNSTORABLE.sub("?", readable_name(name)), sentence)


def check_content(name: str, content: bytes) -> None:
    """Refuse bytes that are too many or none, before anything looks into them."""
    check_name(name)
    if len(content) > SIZE_BYTES_MAX:
        raise _oversized(name, len(content))
    if not content[:4096].strip(b" \t\r\n\xef\xbb\xbf\0") and not content.strip(b" \t\r\n\xef\xbb\xbf\0"):
        raise refuse(name, _("文件是空的，请重新导出"))


def _oversized(name: str, size_bytes: int) -> Refused:
    sentence = _("文件有 %(size)s MB，超过上限 %(limit)s MB；请按月分段导出")
    return refuse(name, sentence, size=f"{size_bytes / (1 << 20):.1f}", limit=SIZE_BYTES_MAX >> 20)


def sniff(name: str, content: bytes) -> tuple[str, str]:
    """What the bytes are: xlsx, xls, csv, html, camt or mt, and their text where they are text.

    Raises Refused for what is neither a table nor a bank's statement.
    """
    check_content(name, content)
    for signature, what in FOREIGN:
        if content.startswith(signature) and not (len(signature) == 2 and _is_text(content)):
            sentence = _("内容其实是%(kind)s，不是表格；请从网银导出 xlsx、xls 或 csv")
            raise refuse(name, sentence, kind=what)
    if content.startswith(SIGNATURE):
        if ENCRYPTED_PACKAGE in content:
            raise refuse(name, LOCKED)
        return "xls", ""
    if SIGNATURE.startswith(content[:8]) or (content.startswith(b"PK") and not _is_text(content)):
        return "xlsx", _check_zip(name, content)
    text = decode_text(name, content.translate(None, _FRAME) if content[:1] == _FRAME[:1] else content)
    start = text[:SNIFFED_CHARS].lstrip()[:4096]
    if start.startswith("<") and _CAMT.search(text[:SNIFFED_CHARS]):
        return "camt", text
    if looks_like_html(text):
        return "html", text
    if start.startswith("<"):
        raise refuse(name, _xml_kind(start))
    if _SWIFT.search(start.replace("\r\n", "\n").replace("\r", "\n").replace("@@", "\n")):
        return "mt", text
    if start.startswith("OFXHEADER"):
        raise refuse(name, _("这是 OFX 报文，暂不支持；请导出 xlsx、xls、csv、camt.053 或 MT940"))
    return "csv", text


def _xml_kind(start: str) -> str:
    for mark in ("pain.001", "pain.002", "pain.008"):
        if mark in start:
            sentence = _("这是 %(message)s 报文，不是对账单；请导出 xlsx、xls、csv、camt.053 或 MT940")
            return told(sentence, message=mark)
    if "urn:schemas-microsoft-com:office:spreadsheet" in start:
        return _("这是 Excel 2003 XML 表格，暂不支持；请另存为 .xlsx 后再导入")
    return _("这是 XML 文件，暂不支持；请导出 xlsx、xls、csv、camt.053 或 MT940")


def _check_zip(name: str, raw: bytes) -> str:
    parts = part_names(raw)
    if parts is None:
        raise refuse(name, CUT_SHORT)
    lowered = {part.lower() for part in parts}
    if not any(part.startswith("xl/") for part in lowered):
        kinds = (
            ("word/", _("Word 文档")),
            ("ppt/", _("PowerPoint 文档")),
            ("content.xml", _("OpenDocument 文档")),
        )
        what = next(
            (kind for start, kind in kinds if any(p.startswith(start) for p in lowered)), _("ZIP 压缩包")
        )
        sentence = _("内容其实是%(kind)s，不是表格；请解压或导出为 xlsx、xls、csv")
        raise refuse(name, sentence, kind=what)
    return ""


def _is_text(raw: bytes) -> bool:
    return b"\0" not in raw[:4096] and all(byte >= 0x20 or byte in b"\t\r\n\f" for byte in raw[:4096])


def _inspect_xls(name: str, raw: bytes) -> bytes:
    """The workbook alone in a clean container; Refused unless whole, unlocked, running nothing."""
    try:
        streams = opened(raw)
        if streams.book is None:
            raise refuse(name, _("内容其实是 Word 或其他 Office 文档，不是 Excel 工作簿"))
        survey = survey_workbook(streams.book)
        if survey.encrypted:
            raise refuse(name, LOCKED)
        _check_survey(name, survey)
    except (BrokenContainer, MemoryError) as broken:
        raise refuse(name, CUT_SHORT) from broken
    if survey.macros or streams.names & MACRO_STORAGES:
        raise refuse(name, MACROS)
    faults = [*_marked(name, survey.formulas, FORMULA_CELL), *_marked(name, survey.error_cells, ERROR_CELL)]
    if faults:
        raise Refused(faults[:CELL_FAULTS_MAX])
    return rebuilt(streams.book)


def _check_survey(name: str, survey: WorkbookSurvey) -> None:
    extent = Extent(name)
    for each in survey.extents:
        extent.take(rows=each.rows, columns=each.columns, filled=each.filled, sheet=each.sheet)
    for each, characters in zip(survey.extents, survey.characters(), strict=True):
        extent.take(rows=0, columns=0, filled=0, characters=characters, sheet=each.sheet)


def _marked(name: str, marks: list[CellMark], expected: Promise) -> Iterator[Fault]:
    for mark in marks:
        column = get_column_letter(mark.column + 1)
        sentence = told(str(expected), at=f"{column}{mark.row + 1}")
        yield Fault(name, mark.sheet, mark.row + 1, column, "", sentence)


def _workbook_sheets(name: str, raw: bytes) -> tuple[Sheet, ...]:
    """Every sheet's cells; the parser's own failures, its internal panics included, are refusals."""
    sheets: list[Sheet] = []
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(raw))
        for title in workbook.sheet_names:
            page = workbook.get_sheet_by_name(title)
            sheets.append(Sheet(title, tuple(_rows(page))))
    except (CalamineError, ValueError, OSError, OverflowError, struct.error) as broken:
        raise refuse(name, CUT_SHORT) from broken
    except BaseException as stopped:
        if type(stopped).__name__ != "PanicException":  # the parser's abort is no subclass of Exception
            raise
        raise refuse(name, CUT_SHORT) from None
    return tuple(sheets)


def _rows(page: CalamineSheet) -> Iterator[tuple[Cell, ...]]:
    """Row after row from row 1 and column A, one at a time, so that no second copy of the sheet exists."""
    before = (None,) * (page.start[1] if page.start else 0)
    for row in page.iter_rows():
        yield (*before, *map(_cell, row))


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
    if not isinstance(value, float) or not isfinite(value):
        return number
    exact = Decimal(number)
    return int(exact) if exact == exact.to_integral_value() else exact
