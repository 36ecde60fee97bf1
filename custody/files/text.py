"""Text that carries a table: its encoding, its delimiter, its rows.

Refuses NUL bytes, text that decodes under no encoding a Chinese bank uses, a quote that never closes, and
lines longer than any table has.
"""

import csv
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from custody.files.faults import Fault, Refused, refuse
from custody.files.limits import Extent

BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
DELIMITERS = ",\t;|"
SNIFFED_LINES = 60
SNIFFED_CHARS = 200_000
LINE_CHARS_MAX = 200_000  # characters of one row, its line breaks within quotes included
STRANGE_MAX = (
    3  # private-use or unassigned characters tolerated: rare names live there, mojibake lives only there
)

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_HTML = re.compile(r"<\s*(?:html|table|!doctype\s+html|head|body|tr|meta)\b", re.IGNORECASE)
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")
Grid = tuple[tuple[str | None, ...], ...]


def decode_text(name: str, raw: bytes) -> str:
    """The text of ``raw``: by its byte-order mark, else UTF-8, else GB18030 (which holds GBK and GB2312)."""
    for mark, encoding in BOMS:
        if raw.startswith(mark):
            text = _decoded(raw[len(mark) :], encoding)
            if text is None:
                sentence = _("编码标记为 %(encoding)s，但内容不符或被截断，请重新下载")
                raise refuse(name, sentence, encoding=encoding)
            return _readable(name, text)
    if b"\0" in raw:
        raise refuse(name, _("文本中含有 NUL 字节，不是可读的表格文本"))
    text = _decoded(raw, "utf-8")
    if text is None and _cut_in_a_character(raw):
        raise refuse(name, _("文件在一个汉字中间被截断，请重新下载后再导入"))
    if text is None:
        text = _decoded(raw, "gb18030")
    if text is None:
        raise refuse(name, _("无法识别的文字编码；请另存为 UTF-8 或 GB18030 编码的 CSV"))
    return _readable(name, text)


def looks_like_html(text: str) -> bool:
    """Whether the text opens as a web page rather than as delimited lines."""
    return text[:SNIFFED_CHARS].lstrip().startswith("<") and bool(_HTML.search(text[:4096]))


def csv_rows(name: str, text: str) -> Grid:
    """Rows under the delimiter that splits most lines alike; blank cells are None. Raises Refused."""
    rows: list[tuple[str | None, ...]] = []
    extent = Extent(name)
    lines = _Lines(name, text)
    reader = csv.reader(iter(lines), delimiter=_delimiter(text), strict=True)
    try:
        for row in reader:
            lines.row_ended()
            cells = tuple(cell if cell.strip() else None for cell in row)
            extent.take_row(cells)
            rows.append(cells)
    except csv.Error as broken:
        expected = _("引号没有配对或单元格过长，文件可能被截断或损坏")
        raise Refused([Fault(name, "", reader.line_num, "", "", expected)]) from broken
    return tuple(rows)


@dataclass(slots=True)
class _Lines:
    """The text line by line, refusing a row that goes on and on."""

    name: str
    text: str
    since_row: int = 0
    number: int = 0

    def __iter__(self) -> Iterator[str]:
        at, end = 0, len(self.text)
        while at < end:
            found = _LINE.match(self.text, at, min(end, at + LINE_CHARS_MAX + 2))
            line = found[0] if found else ""
            at += len(line)
            self.since_row += len(line)
            self.number += 1
            if self.since_row > LINE_CHARS_MAX:
                expected = _("一行过长，不像表格；引号可能没有配对，文件可能被截断或损坏")
                raise Refused([Fault(self.name, "", self.number, "", "", expected)])
            yield line

    def row_ended(self) -> None:
        """A row is whole: the next may be as long again."""
        self.since_row = 0


def _delimiter(text: str) -> str:
    """The delimiter whose commonest column count over the first lines is reached by most of them."""
    sample = text[:SNIFFED_CHARS].splitlines(keepends=True)[:SNIFFED_LINES]
    best, best_score = ",", 0
    for delimiter in DELIMITERS:
        try:
            widths = [len(row) for row in csv.reader(sample, delimiter=delimiter)]
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
    return any(
        (head := _decoded(raw[:-cut], "utf-8")) is not None and not head.isascii() for cut in (1, 2, 3)
    )


def _readable(name: str, text: str) -> str:
    control = _CONTROL.search(text)
    if control:
        sentence = _("文本中含有不可见的控制字符，不是可读的表格文本")
        raise refuse(name, sentence, value=repr(control[0]))
    strange = sum(
        1 for letter in text[:20_000] if letter > "\x7f" and unicodedata.category(letter) in ("Co", "Cn")
    )
    if strange > STRANGE_MAX or "\ufffd" in text:
        sentence = _("文字编码无法识别（出现乱码）；请另存为 UTF-8 或 GB18030 编码的 CSV")
        raise refuse(name, sentence)
    return text
