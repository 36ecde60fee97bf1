"""The file channel: one folder a fund, one file a batch, whole or not there at all.

Refuses to replace a file by other bytes, and a fund code that would leave the outbox.
"""

import contextlib
import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from custody.kernel.errors import Conflict, Rejected

_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class FileChannel:
    """Files ``<outbox>/<fund code>/<message id>.xml``."""

    outbox: Path

    def deliver(self, *, fund_code: str, message_id: str, content: bytes) -> None:
        """Write the file beside its place, flush it to the disk, then rename it there.

        Errors: OSError; Conflict when other bytes stand under the name; Rejected for an unsafe fund code.
        """
        if not _SAFE.fullmatch(fund_code) or not _SAFE.fullmatch(message_id):
            raise Rejected("小区编码不能用作文件夹名", code="unsafe-name", fund=fund_code)
        folder = self.outbox / fund_code
        folder.mkdir(parents=True, exist_ok=True)
        place = folder / f"{message_id}.xml"
        if place.exists():
            if place.read_bytes() != content:
                raise Conflict("发件箱中同名文件内容不同", code="outbox-conflict", message=message_id)
            return
        handle, name = tempfile.mkstemp(dir=folder, prefix=f".{message_id}.", suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(place)
        finally:
            with contextlib.suppress(FileNotFoundError):
                Path(name).unlink()
        _flush_folder(folder)


def _flush_folder(folder: Path) -> None:
    """Make the rename itself durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
