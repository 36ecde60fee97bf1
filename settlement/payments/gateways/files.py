"""The file channel: one folder a fund, one file a batch, whole or not there at all.

Refuses to replace a file by other bytes, and a fund code that would leave the outbox.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext as _

from custody.kernel.durable import write_whole
from custody.kernel.errors import Conflict, Rejected
from settlement.payments.gateways import File

_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class FileChannel:
    """Files ``<outbox>/<fund code>/<message id>.xml``."""

    outbox: Path

    def holds(self, file: File) -> bool:
        """Whether the file stands in its place, byte for byte. Errors: Rejected for an unsafe name."""
        place = self._place(file)
        return place.exists() and place.read_bytes() == file.content

    def deliver(self, file: File) -> None:
        """Write the file whole or not at all (``custody.kernel.durable``); one already there is left alone.

        Errors: OSError; Conflict when other bytes stand under the name; Rejected for an unsafe name.
        """
        place = self._place(file)
        if place.exists():
            if place.read_bytes() != file.content:
                raise Conflict(
                    _("发件箱中已有内容不同的同名文件 %(file)s"), code="outbox-conflict", file=place.name
                )
            return
        write_whole(place, file.content)

    def _place(self, file: File) -> Path:
        if not _SAFE.fullmatch(file.fund_code) or not _SAFE.fullmatch(file.message_id):
            raise Rejected(
                _("小区编码 %(fund)s 或批次号 %(message)s 不能用作文件名"),
                code="unsafe-name",
                fund=file.fund_code,
                message=file.message_id,
            )
        return self.outbox / file.fund_code / f"{file.message_id}.xml"
