"""Sets one page description as PDF/A-3a and PDF/UA-1, in a process of its own that takes its memory along.

Refuses whatever either standard forbids: the typesetter ends in an error and no file is there. Fonts are the
ones of a pinned package alone, never the machine's, so that the same folder gives the same bytes.
"""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import manimgx_fonts_cjk
import typst

from custody.kernel.invariants import InvariantBroken

FONT_FILE = Path(manimgx_fonts_cjk.__file__).parent / "NotoSansCJK-VF.otf.ttc"
TYPESET_SECONDS_MAX = 120
_MAIN, _MADE = "paper.typ", "paper.pdf"


def typeset(files: Mapping[str, bytes]) -> bytes:
    """The PDF that ``paper.typ`` among ``files`` describes; the others are what it reads by name.

    Errors: InvariantBroken with the typesetter's words when the description is no such PDF (our bug).
    """
    with TemporaryDirectory(prefix="paper-") as name:
        folder = Path(name)
        for file, content in files.items():
            (folder / file).write_bytes(content)
        done = subprocess.run(
            [sys.executable, "-m", "reporting.papers.typesetting", name],
            capture_output=True,
            check=False,
            cwd=Path(__file__).parents[2],
            text=True,
            timeout=TYPESET_SECONDS_MAX,
        )
        if done.returncode != 0:
            raise InvariantBroken(f"a statement can be set as a page: {done.stderr.strip()[-1000:]}")
        return (folder / _MADE).read_bytes()


def main(folder: Path) -> None:
    """Read ``paper.typ`` in the folder and write ``paper.pdf`` beside it."""
    fonts = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONT_FILE.parent)]
    )
    typst.compile(
        str(folder / _MAIN),
        str(folder / _MADE),
        root=str(folder),
        font_paths=fonts,
        pdf_standards=["a-3a", "ua-1"],
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
