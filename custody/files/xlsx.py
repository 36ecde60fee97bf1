"""The parts of an .xlsx package, inflated under a bound and searched before any parser trusts them.

Refuses macros, links to other workbooks, entities, zip bombs, cut packages and more cells or text than the
house takes in; names formula and error cells.
"""

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from itertools import pairwise

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from lxml import etree
from openpyxl.utils import column_index_from_string

from custody.files.faults import Fault, Refused, refuse
from custody.files.limits import COLUMNS_MAX, FILLED_MAX, SHEETS_MAX, TEXT_CHARS_MAX, Extent, too_full
from custody.files.markup import BrokenMarkup, TooMuchMarkup, local_name, release, xml_elements
from custody.kernel.words import told

PARTS_MAX = 1_000
INFLATED_BYTES_MAX = 64 * 1024 * 1024
RATIO_MAX = 150
RATIO_FROM_BYTES = 4 * 1024 * 1024  # small parts may compress well without harm
CELL_FAULTS_MAX = 200
CHUNK = 1 << 16
TAGS_MAX = 200_000  # of the parts that only say what belongs to what
STYLE_TAGS_MAX = 1_000_000
CELL_TAGS_MAX = 12_000_000  # of sheets and their strings together

_PLACE = re.compile(rb"\sr\s*=\s*[\"']([A-Za-z]{0,4})(\d{1,9})[\"']")
_ROW = re.compile(rb"<(?:[\w.-]+:)?row[\s/>]")
_CELL = re.compile(rb"<(?:[\w.-]+:)?c[\s/>]")
_FILLED = re.compile(rb"<(?:[\w.-]+:)?(?:v|is)[\s/>]")
_STRING = re.compile(rb"<(?:[\w.-]+:)?si[\s/>]")
_PLAIN_CELL = re.compile(rb"<c((?:\s[\w:]+=\"[^\"<>&]*\")*)\s*>\s*<v>([^<&]*)</v>")
_TAG = re.compile(rb"<[^>]*>")
_SHARED = re.compile(rb"\st=\"s\"")
_SUSPECT = re.compile(rb"<(?:[\w.-]+:)?f[\s/>]|\st\s*=\s*[\"']e[\"']")
_SHEET_PART = re.compile(r"^xl/worksheets/[^/]+\.xml$", re.IGNORECASE)
_FORBIDDEN = (b"<!DOCTYPE", b"<!ENTITY")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
FORMULA_CELL = gettext_lazy("单元格 %(at)s 是公式；请粘贴为数值后再导入")
ERROR_CELL = gettext_lazy("单元格 %(at)s 是错误值，请更正后再导入")
CUT_SHORT = gettext_lazy("文件不完整或已损坏（可能下载中断），请重新下载后再导入")
MACROS = gettext_lazy("文件含有宏，不予读取；请另存为不含宏的 .xlsx 后再导入")
BOMB = gettext_lazy("解压后超过 %(limit)s MB 或部件过多，疑似压缩炸弹，已拒绝")

Parts = dict[str, bytes]


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
    _check_tags(name, parts)
    sheets = _sheet_names(name, parts)
    _check_extent(name, parts, sheets)
    faults: list[Fault] = []
    for part, content in parts.items():
        if _is_sheet(part, sheets) and _SUSPECT.search(content) and len(faults) < CELL_FAULTS_MAX:
            faults.extend(_cell_faults(name, sheets.get(part, part), content))
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
        raise refuse(name, BOMB, limit=INFLATED_BYTES_MAX >> 20)
    lowered = [info.filename.lower() for info in listing]
    if len(set(lowered)) != len(lowered):
        raise refuse(name, _("压缩包内有同名部件，无法确定应读哪一个，请用 Excel 另存后再导入"))
    for info in listing:
        if info.flag_bits & 0x1:
            raise refuse(name, _("文件已加密，请去除密码后再导入"))
        if info.file_size > RATIO_FROM_BYTES and info.file_size > RATIO_MAX * max(info.compress_size, 1):
            raise refuse(name, _("压缩比异常，疑似压缩炸弹，已拒绝"), value=info.filename)


def _inflate(name: str, archive: zipfile.ZipFile) -> Parts:
    """Every part inflated once under its name in lower case, counting what comes out; only XML is kept."""
    parts: Parts = {}
    total = 0
    for info in archive.infolist():
        kept = bytearray()
        keep = info.filename.lower().endswith((".xml", ".rels"))
        with archive.open(info) as part:
            while piece := part.read(CHUNK):
                total += len(piece)
                if total > INFLATED_BYTES_MAX:
                    raise refuse(name, BOMB, limit=INFLATED_BYTES_MAX >> 20, value=info.filename)
                if keep:
                    kept += piece
        parts[info.filename.lower()] = bytes(kept)
    return parts


def _check_kind(name: str, parts: Parts) -> None:
    types = parts.get("[content_types].xml", b"").lower()
    if (
        any(part.endswith("vbaproject.bin") or "/macrosheets/" in part for part in parts)
        or b"macroenabled" in types
    ):
        raise refuse(name, MACROS)
    if any(part.startswith("xl/externallinks/") for part in parts):
        raise refuse(name, _("文件链接到其他工作簿，请断开外部链接、粘贴为数值后再导入"))
    for part, content in parts.items():
        wide = content[:2] in _UTF_16
        if wide and not _is_beside(part):
            raise refuse(name, _("文件内部的编码不是 UTF-8，请用 Excel 另存为 .xlsx 后再导入"), value=part)
        searched = content.decode("utf-16", "replace").encode() if wide else content
        if any(mark in searched for mark in _FORBIDDEN):
            raise refuse(name, _("文件内含实体或 DTD 声明，不予读取"), value=part)
    if "xl/workbook.xml" not in parts:
        raise refuse(name, _("压缩包内没有 Excel 工作簿（xl/workbook.xml），请导出为标准 .xlsx"))


def _is_beside(part: str) -> bool:
    """Whether a part travels with the workbook but nobody here reads it: Power Query, properties, pivots."""
    return part.startswith(("customxml/", "docprops/", "xl/customxml/", "xl/pivotcache/"))


def _check_tags(name: str, parts: Parts) -> None:
    """Tags counted before anything parses them: a parser may keep each for ever."""
    in_cells = 0
    for part, content in parts.items():
        if _is_beside(part):
            continue
        tags = content.count(b"<")
        if _SHEET_PART.match(part) or part == "xl/sharedstrings.xml":
            in_cells += tags
        elif tags > (STYLE_TAGS_MAX if part == "xl/styles.xml" else TAGS_MAX):
            raise _too_many_tags(name, part)
    if in_cells > CELL_TAGS_MAX:
        raise _too_many_tags(name, "xl/worksheets")


def _too_many_tags(name: str, part: str) -> Refused:
    return refuse(name, _("工作簿内部的标记过多，不像银行或 Excel 导出的表格，已拒绝"), value=part)


def _sheet_names(name: str, parts: Parts) -> dict[str, str]:
    """Sheet part → the name on its tab."""
    targets: dict[str, str] = {}
    for element in _elements(name, parts.get("xl/_rels/workbook.xml.rels", b"<none/>"), TAGS_MAX):
        target = element.get("Target", "")
        path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")
        targets[element.get("Id", "")] = path.lower()
    names: dict[str, str] = {}
    for element in _elements(name, parts["xl/workbook.xml"], TAGS_MAX):
        if local_name(element) == "sheet":
            relation = next((value for key, value in element.items() if str(key).endswith("}id")), "")
            names[targets.get(str(relation), "")] = element.get("name", "")
    if any(part in parts and not part.endswith(".xml") for part in names):
        raise refuse(name, CUT_SHORT)
    if len(names) > SHEETS_MAX:
        raise refuse(name, _("工作表过多，上限 %(limit)s 张"), limit=SHEETS_MAX)
    return names


def _is_sheet(part: str, sheets: dict[str, str]) -> bool:
    return part in sheets or bool(_SHEET_PART.match(part))


def _check_extent(name: str, parts: Parts, sheets: dict[str, str]) -> None:
    """The rectangles, cells and characters a parser would build, counted without building them."""
    extent = Extent(name)
    strings = _string_lengths(name, parts.get("xl/sharedstrings.xml", b""))
    longest = max(strings, default=0)
    for part, content in parts.items():
        if not _is_sheet(part, sheets):
            continue
        title = sheets.get(part, part)
        rows, columns = _rectangle(content)
        filled = sum(1 for found in _FILLED.finditer(content))
        extent.take(rows=rows, columns=columns, filled=filled, sheet=title)
        extent.characters += len(content) // 4
        if filled * longest <= TEXT_CHARS_MAX - extent.characters:
            extent.characters += filled * longest
        else:
            extent.characters += _characters(content, strings, longest, filled)
        extent.take(rows=0, columns=0, filled=0, sheet=title)


def _rectangle(content: bytes) -> tuple[int, int]:
    """Rows and columns up to the last cell; a row or cell without a place stands after the one before."""
    rows_placed = rows_last = cells_placed = 0
    letters: set[bytes] = set()
    for place in _PLACE.finditer(content):
        rows_last = max(rows_last, int(place[2]))
        if place[1]:
            letters.add(place[1])
            cells_placed += 1
        else:
            rows_placed += 1
    columns = max((_column_number(label) for label in letters), default=0)
    starts = [found.start() for found in _ROW.finditer(content)]
    if len(starts) > rows_placed:
        rows_last += len(starts) - rows_placed
    if sum(1 for found in _CELL.finditer(content)) > cells_placed:
        columns += max(
            (
                sum(1 for found in _CELL.finditer(content, start, end))
                for start, end in pairwise([*starts, len(content)])
            ),
            default=0,
        )
    return max(rows_last, 1), max(columns, 1)


def _column_number(letters: bytes) -> int:
    try:
        return column_index_from_string(letters.decode("ascii"))
    except ValueError:
        return COLUMNS_MAX + 1  # beyond the last column a workbook can have


def _string_lengths(name: str, content: bytes) -> list[int]:
    """At most how many characters each shared string has: its tags left out, its escapes counted whole."""
    count = sum(1 for found in _STRING.finditer(content))
    if count > FILLED_MAX:
        raise too_full(name, filled=count, characters=len(content))
    starts = [found.start() for found in _STRING.finditer(content)]
    spans = pairwise([*starts, len(content)])
    if b"<!" in content:  # comments or verbatim text, which no tag search sees through
        return [end - start for start, end in spans]
    return [len(_TAG.sub(b"", content[start:end]).decode("utf-8", "replace")) for start, end in spans]


def _characters(content: bytes, strings: list[int], longest: int, filled: int) -> int:
    """Characters of shared strings, counted in every cell that shows them: one string may stand in all."""
    total = plain = 0
    for found in _PLAIN_CELL.finditer(content):
        plain += 1
        if _SHARED.search(found[1]):
            index = int(found[2]) if found[2].isdigit() and len(found[2]) < 8 else len(strings)
            total += strings[index] if index < len(strings) else longest
    return total + (filled - plain) * longest


def _cell_faults(name: str, sheet: str, content: bytes) -> Iterator[Fault]:
    value, computed, told_faults = "", False, 0
    for element in _elements(name, content, CELL_TAGS_MAX):
        tag = local_name(element)
        if tag == "v":
            value = element.text or ""
        elif tag == "f":
            computed = True
        elif tag == "c":
            at = element.get("r", "")
            row, column = int(re.sub(r"\D", "", at) or 0) or None, re.sub(r"\d", "", at)
            if computed or element.get("t") == "e":
                sentence = told(str(FORMULA_CELL if computed else ERROR_CELL), at=at)
                yield Fault(name, sheet, row, column, value, sentence)
                told_faults += 1
            if told_faults >= CELL_FAULTS_MAX:
                return
            value, computed = "", False


def _elements(name: str, content: bytes, elements_max: int) -> Iterator[etree._Element]:
    """Every element as it ends, let go of afterwards."""
    try:
        for _event, element in xml_elements(content, elements_max=elements_max, starts=False):
            yield element
            release(element)
    except TooMuchMarkup as much:
        raise _too_many_tags(name, "xl") from much
    except BrokenMarkup as broken:
        raise refuse(name, CUT_SHORT) from broken
