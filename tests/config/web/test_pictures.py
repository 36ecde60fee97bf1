"""The pictures of docs/faces/: all there, at the size of their design, small enough to keep, all shown."""

import re
import struct
from pathlib import Path

import pytest

from tests.architecture.source import ROOT
from tests.picture_album.album import FACES, PICTURES, Picture

MOST_BYTES = 3_000_000
SHOWN_IN = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def size_of(path: Path) -> tuple[int, int]:
    """Width and height, as the PNG's header has them."""
    width, height = struct.unpack(">II", path.read_bytes()[16:24])
    return width, height


@pytest.mark.parametrize("picture", PICTURES, ids=lambda each: each.name)
def test_a_picture_has_the_size_of_its_design(picture: Picture) -> None:
    width, height = picture.size

    assert size_of(FACES / f"{picture.name}.png") == (width * picture.dense, height * picture.dense)


def test_together_they_are_small_enough_to_keep() -> None:
    assert sum(each.stat().st_size for each in FACES.glob("*.png")) < MOST_BYTES


def test_what_is_taken_is_what_is_shown() -> None:
    pages = "".join(page.read_text("utf-8") for page in SHOWN_IN)
    shown = set(re.findall(r"faces/([a-z-]+)\.png", pages))

    assert shown == {each.name for each in PICTURES}
