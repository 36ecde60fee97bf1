"""Files that are whole or not there: written beside their place, synced, and only then given their name.

Refuses to leave half a file behind.
"""

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def written_beside(place: Path, chunks: Iterable[bytes], *, mode: int = 0o644) -> Iterator[Path]:
    """A complete file in the folder of ``place``, to be renamed or linked there; removed if it was not.

    The caller names it (``part.replace(place)``), then calls ``sync_folder``. OSError when the disk refuses.
    """
    handle, name = tempfile.mkstemp(dir=place.parent, prefix=".part-")
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            for chunk in chunks:
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        part.chmod(mode)
        yield part
    finally:
        with suppress(FileNotFoundError):
            part.unlink()


def sync_folder(folder: Path) -> None:
    """Make a new name in ``folder`` outlive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
