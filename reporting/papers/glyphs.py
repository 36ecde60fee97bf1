"""Which characters the paper's font can draw, read from its own table before a page is set.

Refuses a text with a character that has no glyph, naming both: a name is never printed with a hole in it.
"""

import struct
from bisect import bisect_right
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from django.utils.translation import gettext as _

from custody.kernel.errors import Rejected
from custody.kernel.invariants import invariant

FACE = 2  # Simplified Chinese, of the five faces in the collection
_FULL_UNICODE = 12  # the format of a character table that reaches beyond the first 65,536


def require_glyphs(texts: Iterable[str], font: Path) -> None:
    """Nothing, if the font draws every character. Rejected, naming what is missing and where it stands."""
    drawn: set[str] = set()
    for text in texts:
        missing = [each for each in dict.fromkeys(text) if each not in drawn and not _draws(font, each)]
        if missing:
            raise Rejected(
                _(
                    "PDF 的字体里没有「%(characters)s」（%(points)s），见「%(text)s」；"
                    "不能漏字，请改用工作簿出具"
                ),
                code="glyph-missing",
                characters="".join(missing),
                points="、".join(f"U+{ord(each):04X}" for each in missing),
                text=text[:80],
            )
        drawn.update(text)


def _draws(font: Path, character: str) -> bool:
    point = ord(character)
    starts, ends = _ranges(font)
    at = bisect_right(starts, point) - 1
    return at >= 0 and point <= ends[at]


@lru_cache(maxsize=2)
def _ranges(font: Path) -> tuple[list[int], list[int]]:
    """First and last characters of every run that the face draws, in order (OpenType, cmap format 12)."""
    with font.open("rb") as file:
        head = file.read(4096)
        (face_at,) = struct.unpack_from(">I", head, 12 + 4 * FACE)
        file.seek(face_at)
        (count,) = struct.unpack(">4xH6x", file.read(12))
        tables = dict(struct.iter_unpack(">4s4xI4x", file.read(16 * count)))
        file.seek(tables[b"cmap"])
        (encodings,) = struct.unpack(">2xH", file.read(4))
        for _platform, _encoding, offset in struct.iter_unpack(">HHI", file.read(8 * encodings)):
            file.seek(tables[b"cmap"] + offset)
            kind, groups = struct.unpack(">H10xI", file.read(16))
            if kind == _FULL_UNICODE:
                runs = sorted(struct.iter_unpack(">II4x", file.read(12 * groups)))
                return [first for first, _last in runs], [last for _first, last in runs]
    invariant(False, "the paper's font has a table of all its characters")
    raise AssertionError
