"""What a PDF of ours says: its pieces of text in the order they are read, its files, its claims."""

import re
import zlib

_OBJECT = re.compile(rb"(\d+) 0 obj\s(.*?)\s?endobj", re.S)
_STREAM = re.compile(rb"^(.*?)stream\r?\n(.*)\r?\nendstream", re.S)
_INSIDE = rb"(?:\\.|[^\\()])"
for _nested in range(4):  # a text may hold brackets that pair up
    _INSIDE = rb"(?:\\.|[^\\()]|\(" + _INSIDE + rb"*\))"
_TOKEN = re.compile(
    rb"(/\w+ ?<<(?:(?!BDC).)*?BDC|EMC)|/(f\d+) [\d.]+ Tf|\((" + _INSIDE + rb"*)\)|<([0-9a-fA-F]{4,})>",
    re.S,
)
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|.)", re.S)
_ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


class ReadPdf:
    """``texts`` one a marked piece, page after page; ``pages`` how many; ``attached`` the files inside."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.objects = {int(found[1]): found[2] for found in _OBJECT.finditer(raw)}
        each = [body for body in self.objects.values() if re.search(rb"/Type ?/Page\b", body)]
        self.pages = len(each)
        self.texts = [text for body in each for text in self._page(body)]

    @property
    def attached(self) -> list[bytes]:
        """The files inside."""
        held = (number for number, body in self.objects.items() if re.search(rb"/Type ?/EmbeddedFile", body))
        return [self._content(number) for number in held]

    @property
    def metadata(self) -> str:
        """The XMP packet."""
        return next(
            self._content(number).decode()
            for number, body in self.objects.items()
            if re.search(rb"/Type ?/Metadata", body)
        )

    def _content(self, number: int) -> bytes:
        parts = _STREAM.match(self.objects[number])
        assert parts is not None
        return zlib.decompress(parts[2]) if b"FlateDecode" in parts[1] else parts[2]

    def _page(self, body: bytes) -> list[str]:
        held = self._following(body, rb"/Resources")
        fonts = re.search(
            rb"/Font ?<<(.*?)>>", self._following(held, rb"/Font") if b"/Font " in held else held, re.S
        )
        if fonts is None:
            return []
        maps = {
            name: self._letters(int(number)) for name, number in re.findall(rb"/(f\d+) (\d+) 0 R", fonts[1])
        }
        content = re.search(rb"/Contents (\d+) 0 R", body)
        assert content is not None
        return _pieces(self._content(int(content[1])), maps)

    def _following(self, body: bytes, name: bytes) -> bytes:
        found = re.search(name + rb" (\d+) 0 R", body)
        return self.objects[int(found[1])] if found else body

    def _letters(self, font: int) -> dict[int, str]:
        found = re.search(rb"/ToUnicode (\d+) 0 R", self.objects[font])
        assert found is not None
        table = self._content(int(found[1]))
        letters = {}
        for block in re.findall(rb"beginbfchar(.*?)endbfchar", table, re.S):
            for code, text in re.findall(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>", block):
                letters[int(code, 16)] = bytes.fromhex(text.decode()).decode("utf-16-be")
        return letters


def _pieces(content: bytes, maps: dict[bytes, dict[int, str]]) -> list[str]:
    pieces, letters = [""], dict[int, str]()
    for mark, font, text, digits in _TOKEN.findall(content):
        if mark:
            pieces.append("")
        elif font:
            letters = maps[font]
        else:
            codes = bytes.fromhex(digits.decode()) if digits else re.sub(_ESCAPE, _unescaped, text)
            pieces[-1] += "".join(
                letters[int.from_bytes(codes[at : at + 2])] for at in range(0, len(codes), 2)
            )
    return [piece for piece in pieces if piece]


def _unescaped(found: re.Match[bytes]) -> bytes:
    said = found[1]
    return bytes([int(said, 8)]) if said.isdigit() else _ESCAPED.get(said, said)
