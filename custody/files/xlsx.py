"""The parts of an .xlsx package, inflated under a bound and searched before any parser trusts them.

Refuses macros, links to other workbooks, entities, zip bombs and cut packages; names formula and error cells.
"""

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, iterparse

from custody.files.faults import Fault, Refused, refuse

PARTS_MAX = 1_000
INFLATED_BYTES_MAX = 96 * 1024 * 1024
RATIO_MAX = 150
RATIO_FROM_BYTES = 4 * 1024 * 1024  # small parts may compress well without harm
AREA_MAX = 4_000_000  # cells in the rectangle a sheet spans; parsers allocate all of it
ROWS_MAX = 100_000
COLUMNS_MAX = 256
CELL_FAULTS_MAX = 200
CHUNK = 1 << 16

_PLACE = re.compile(rb"\sr\s*=\s*[\"']([A-Za-z]{0,4})(\d{1,9})[\"']")
_SUSPECT = re.compile(rb"<(?:[\w.-]+:)?f[\s/>]|\st\s*=\s*[\"']e[\"']")
_SHEET_PART = re.compile(r"^xl/worksheets/[^/]+\.xml$", re.IGNORECASE)
FORMULA_CELL = "单元格 {at} 是公式;请粘贴为数值后再导入 (formula cell)"
ERROR_CELL = "单元格 {at} 是错误值,请更正后再导入 (error cell)"
CUT_SHORT = "文件不完整或已损坏(可能下载中断),请重新下载后再导入 (truncated or damaged file)"


def inspect_xlsx(name: str, raw: bytes) -> None:
    """Raise Refused unless every part inflates within bounds and nothing in it runs, links or computes."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            _check_listing(name, archive.infolist())
            parts = _inflate(name, archive)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        NotImplementedError,
        ValueError,
        RuntimeError,
    ) as broken:
        raise refuse(name, CUT_SHORT) from broken
    _check_kind(name, parts)
    sheets = _sheet_names(name, parts)
    faults: list[Fault] = []
    for part, content in parts.items():
        if _SHEET_PART.match(part):
            _check_extent(name, sheets.get(part.lower(), part), content)
            if _SUSPECT.search(content):
                faults.extend(_cell_faults(name, sheets.get(part.lower(), part), content))
    if faults:
        raise Refused(faults[:CELL_FAULTS_MAX])


def part_names(raw: bytes) -> frozenset[str] | None:
    """The part names of a zip archive, or None when its directory cannot be read."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            return frozenset(info.filename for info in archive.infolist())
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, ValueError):
        return None


def _check_listing(name: str, listing: list[zipfile.ZipInfo]) -> None:
    if len(listing) > PARTS_MAX or sum(info.file_size for info in listing) > INFLATED_BYTES_MAX:
        raise refuse(
            name, f"解压后超过 {INFLATED_BYTES_MAX >> 20} MB 或部件过多,疑似压缩炸弹,已拒绝 (zip bomb)"
        )
    lowered = [info.filename.lower() for info in listing]
    if len(set(lowered)) != len(lowered):
        raise refuse(name, "压缩包内有同名部件,无法确定应读哪一个,请用 Excel 另存后再导入")
    for info in listing:
        if info.flag_bits & 0x1:
            raise refuse(name, "文件已加密,请去除密码后再导入 (password-protected)")
        if info.file_size > RATIO_FROM_BYTES and info.file_size > RATIO_MAX * max(info.compress_size, 1):
            raise refuse(name, "压缩比异常,疑似压缩炸弹,已拒绝 (zip bomb)", value=info.filename)


def _inflate(name: str, archive: zipfile.ZipFile) -> dict[str, bytes]:
    """Every part inflated once, counting what really comes out; only XML is kept."""
    parts: dict[str, bytes] = {}
    total = 0
    for info in archive.infolist():
        pieces: list[bytes] = []
        with archive.open(info) as part:
            while piece := part.read(CHUNK):
                total += len(piece)
                if total > INFLATED_BYTES_MAX:
                    raise refuse(
                        name, "实际解压大小超出上限,疑似压缩炸弹,已拒绝 (zip bomb)", value=info.filename
                    )
                pieces.append(piece)
        if info.filename.lower().endswith((".xml", ".rels")):
            parts[info.filename] = b"".join(pieces)
        else:
            parts[info.filename] = b""
    return parts


def _check_kind(name: str, parts: dict[str, bytes]) -> None:
    lowered = {part.lower() for part in parts}
    types = b"".join(
        content for part, content in parts.items() if part.lower() == "[content_types].xml"
    ).lower()
    if (
        any(part.endswith("vbaproject.bin") or "/macrosheets/" in part for part in lowered)
        or b"macroenabled" in types
    ):
        raise refuse(name, "文件含有宏,不予读取;请另存为不含宏的 .xlsx 后再导入 (macros)")
    if any(part.startswith("xl/externallinks/") for part in lowered):
        raise refuse(name, "文件链接到其他工作簿,请断开外部链接、粘贴为数值后再导入 (external links)")
    for part, content in parts.items():
        if content[:2] in (b"\xff\xfe", b"\xfe\xff") or b"<!DOCTYPE" in content or b"<!ENTITY" in content:
            raise refuse(name, "文件内含实体或 DTD 声明,不予读取 (XML entities)", value=part)
    if "xl/workbook.xml" not in lowered:
        raise refuse(name, "压缩包内没有 Excel 工作簿(xl/workbook.xml),请导出为标准 .xlsx")


def _sheet_names(name: str, parts: dict[str, bytes]) -> dict[str, str]:
    """Sheet part (lower case) → the name on its tab."""
    lowered = {part.lower(): content for part, content in parts.items()}
    targets: dict[str, str] = {}
    for _, element in _elements(name, lowered.get("xl/_rels/workbook.xml.rels", b"<none/>")):
        target = element.get("Target", "")
        path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")
        targets[element.get("Id", "")] = path.lower()
    names: dict[str, str] = {}
    for tag, element in _elements(name, lowered["xl/workbook.xml"]):
        if tag == "sheet":
            relation = next((value for key, value in element.items() if key.endswith("}id")), "")
            names[targets.get(relation, "")] = element.get("name", "")
    return names


def _check_extent(name: str, sheet: str, content: bytes) -> None:
    rows = columns = 1
    letters: set[bytes] = set()
    for column, row in _PLACE.findall(content):
        rows = max(rows, int(row))
        letters.add(column)
    for label in letters:
        columns = max(columns, column_number(label.decode("ascii")))
    if rows > ROWS_MAX or columns > COLUMNS_MAX or rows * columns > AREA_MAX:
        raise refuse(
            name, f"表格过大({rows} 行 × {columns} 列),上限 {ROWS_MAX} 行、{COLUMNS_MAX} 列", sheet=sheet
        )


def _cell_faults(name: str, sheet: str, content: bytes) -> Iterator[Fault]:
    value, computed = "", False
    for tag, element in _elements(name, content):
        if tag == "v":
            value = element.text or ""
        elif tag == "f":
            computed = True
        elif tag == "c":
            at = element.get("r", "")
            row, column = int(re.sub(r"\D", "", at) or 0) or None, re.sub(r"\d", "", at)
            if computed:
                yield Fault(name, sheet, row, column, value, FORMULA_CELL.format(at=at))
            elif element.get("t") == "e":
                yield Fault(name, sheet, row, column, value, ERROR_CELL.format(at=at))
            value, computed = "", False
            element.clear()


def _elements(name: str, content: bytes) -> Iterator[tuple[str, Element]]:
    try:
        for _, element in iterparse(io.BytesIO(content), events=("end",), forbid_dtd=True):
            yield element.tag.rpartition("}")[2], element
    except (ParseError, DefusedXmlException) as broken:
        raise refuse(name, CUT_SHORT) from broken


def column_number(letters: str) -> int:
    """A → 1, Z → 26, AA → 27; nothing → 1."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return max(number, 1)


def column_letters(number: int) -> str:
    """1 → A, 27 → AA: the name a clerk sees above the column."""
    letters = ""
    while number > 0:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
