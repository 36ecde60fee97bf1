"""A file is there whole or not at all, and what was there before stays until then."""

import os
import stat
from pathlib import Path

import pytest

from custody.kernel.durable import write_whole


def test_a_file_is_written_with_its_folder_and_nothing_lies_beside_it(tmp_path: Path) -> None:
    place = tmp_path / "fund" / "batch.xml"

    write_whole(place, b"whole", mode=0o644)

    assert [each.name for each in place.parent.iterdir()] == ["batch.xml"]
    assert (place.read_bytes(), stat.S_IMODE(place.stat().st_mode)) == (b"whole", 0o644)


def test_a_file_is_the_owners_alone_unless_told_otherwise(tmp_path: Path) -> None:
    write_whole(tmp_path / "batch.xml", b"whole")

    assert stat.S_IMODE((tmp_path / "batch.xml").stat().st_mode) == 0o600


@pytest.mark.parametrize("moment", ["fsync", "chmod", "replace"])
def test_a_disk_that_fails_leaves_what_was_there_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    place = tmp_path / "batch.xml"
    write_whole(place, b"before")

    def fails(*_arguments: object, **_named: object) -> None:
        raise OSError(28, os.strerror(28))

    with monkeypatch.context() as disk:
        disk.setattr(os, moment, fails)
        with pytest.raises(OSError, match="space"):
            write_whole(place, b"after")

    assert [each.name for each in tmp_path.iterdir()] == ["batch.xml"]
    assert place.read_bytes() == b"before"
