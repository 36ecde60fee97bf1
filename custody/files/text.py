"""Text that carries a table: its encoding, its delimiter, or the HTML table banks serve under an .xls name.

Refuses NUL bytes, text that decodes under no encoding a Chinese bank uses, and a quote that never closes.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterator

import lxml.html
from lxml.etree import LxmlError

from custody.files.faults import Fault, Refused, refuse

BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
DELIMITERS = ",\t;|"
SNIFFED_LINES = 60
ROWS_MAX = 100_000
COLUMNS_MAX = 256
STRANGE_MAX = (
    3  # private-use or unassigned characters tolerated: rare names live there, mojibake lives only there
)
SPAN_MAX = 64  # columns or rows one HTML cell may cover

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_HTML = re.compile(r"<\s*(?:html|table|!doctype\s+html|head|body|tr|meta)\b", re.IGNORECASE)
Grid = tuple[tuple[str | None, ...], ...]


def decode_text(name: str, raw: bytes) -> str:
    """The text of ``raw``: by its byte-order mark, else UTF-8, else GB18030 (which holds GBK and GB2312)."""
    for mark, encoding in BOMS:
        if raw.startswith(mark):
            text = _decoded(raw[len(mark) :], encoding)
            if text is None:
                raise refuse(name, f"编码标记为 {encoding},但内容不符或被截断,请重新下载 (undecodable text)")
            return _readable(name, text)
    if b"\0" in raw:
        raise refuse(name, "文本中含有 NUL 字节,不是可读的表格文本 (NUL bytes)")
    text = _decoded(raw, "utf-8")
    if text is None and _cut_in_a_character(raw):
        raise refuse(name, "文件在一个汉字中间被截断,请重新下载后再导入 (truncated text)")
    if text is None:
        text = _decoded(raw, "gb18030")
    if text is None:
        raise refuse(name, "无法识别的文字编码;请另存为 UTF-8 或 GB18030 编码的 CSV (undecodable text)")
    return _readable(name, text)


def looks_like_html(text: str) -> bool:
    """Whether the text opens as a web page rather than as delimited lines."""
    return text.lstrip().startswith("<") and bool(_HTML.search(text[:4096]))


def csv_rows(name: str, text: str) -> Grid:
    """Rows under the delimiter that splits most lines alike; blank cells are None. Raises Refused."""
    rows: list[tuple[str | None, ...]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    try:
        for row in reader:
            if len(rows) >= ROWS_MAX or len(row) > COLUMNS_MAX:
                raise refuse(name, f"表格过大,上限 {ROWS_MAX} 行、{COLUMNS_MAX} 列")
            rows.append(tuple(cell if cell.strip() else None for cell in row))
    except csv.Error as broken:
        expected = "引号没有配对或单元格过长,文件可能被截断或损坏 (malformed quotes)"
        raise Refused([Fault(name, "", reader.line_num, "", "", expected)]) from broken
    return tuple(rows)


def html_rows(name: str, text: str) -> Grid:
    """Every innermost table's rows in reading order, spans filled with blanks. Raises Refused."""
    if "<!ENTITY" in text.upper():
        raise refuse(name, "网页内含实体声明,不予读取 (entities)")
    lowered = text.lower()
    if "<table" not in lowered:
        raise refuse(name, "网页里没有表格(可能是登录页或出错页),请重新下载 (no table)")
    if lowered.count("<table") > lowered.count("</table"):
        raise refuse(name, "网页表格没有结尾,文件可能被截断,请重新下载 (truncated)")
    body = re.sub(r"^\s*<\?xml[^>]*\?>", "", text)
    try:
        page = lxml.html.document_fromstring(body)
    except (LxmlError, ValueError) as broken:
        raise refuse(name, "网页无法解析,请重新下载 (unreadable page)") from broken
    rows: list[tuple[str | None, ...]] = []
    for table in page.iter("table"):
        if table.find(".//table") is None:
            rows.extend(_table_rows(name, table))
    if not rows:
        raise refuse(name, "网页里的表格是空的 (empty table)")
    return tuple(rows)


def _table_rows(name: str, table: lxml.html.HtmlElement) -> Iterator[tuple[str | None, ...]]:
    pending: dict[int, int] = {}  # column → rows still covered by a cell above
    for number, line in enumerate(table.iter("tr"), start=1):
        cells: list[str | None] = []

        for cell in line.iterchildren("td", "th"):
            if any(key.lower() in ("x:fmla", "fmla") for key in cell.attrib):
                expected = "单元格是公式;请粘贴为数值后再导入 (formula cell)"
                raise Refused([Fault(name, "", number, "", cell.text_content().strip(), expected)])
            _skip_covered(cells, pending)
            down, across = _span(cell.get("rowspan")), _span(cell.get("colspan"))
            words = cell.text_content().replace("\xa0", " ").strip()
            for place, value in enumerate([words or None, *[None] * (across - 1)], start=len(cells)):
                pending[place] = down - 1
                cells.append(value)
        _skip_covered(cells, pending)
        if len(cells) > COLUMNS_MAX or number > ROWS_MAX:
            raise refuse(name, f"表格过大,上限 {ROWS_MAX} 行、{COLUMNS_MAX} 列")
        yield tuple(cells)


def _skip_covered(cells: list[str | None], pending: dict[int, int]) -> None:
    while pending.get(len(cells), 0):
        pending[len(cells)] -= 1
        cells.append(None)


def _span(value: str | None) -> int:
    digits = (value or "").strip()
    return (
        min(max(int(digits), 1), SPAN_MAX) if digits.isascii() and digits.isdigit() and len(digits) < 6 else 1
    )


def _delimiter(text: str) -> str:
    """The delimiter whose commonest column count over the first lines is reached by most of them."""
    sample = "".join(text.splitlines(keepends=True)[:SNIFFED_LINES])
    best, best_score = ",", 0
    for delimiter in DELIMITERS:
        try:
            widths = [len(row) for row in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)]
        except csv.Error:
            continue
        score = max((widths.count(width) * (width - 1) for width in set(widths) if width > 1), default=0)
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _decoded(raw: bytes, encoding: str) -> str | None:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        return None


def _cut_in_a_character(raw: bytes) -> bool:
    """UTF-8 but for its last one to three bytes: the file stopped inside a character."""
    return any(byte > 0x7F for byte in raw) and any(
        (head := _decoded(raw[:-cut], "utf-8")) is not None and not head.isascii() for cut in (1, 2, 3)
    )


def _readable(name: str, text: str) -> str:
    control = _CONTROL.search(text)
    if control:
        raise refuse(
            name, "文本中含有不可见的控制字符,不是可读的表格文本 (binary data)", value=repr(control[0])
        )
    strange = sum(
        1 for letter in text[:20_000] if letter > "\x7f" and unicodedata.category(letter) in ("Co", "Cn")
    )
    if strange > STRANGE_MAX or "�" in text:
        raise refuse(
            name, "文字编码无法识别(出现乱码);请另存为 UTF-8 或 GB18030 编码的 CSV (undecodable text)"
        )
    return text
