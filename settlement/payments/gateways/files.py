"""The file channel: one folder a fund, one file a batch, whole or not there at all.

Refuses to replace a file by other bytes, a payment that is out already in another file of any fund, and a
fund code that would leave the outbox.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext as _

from custody.kernel.durable import write_whole
from custody.kernel.errors import Conflict, Rejected
from settlement.payments.gateways import File

_PAYMENT = re.compile(rb"<EndToEndId>([^<]+)</EndToEndId>")
_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class FileChannel:
    """Files ``<outbox>/<fund code>/<message id>.xml``."""

    outbox: Path

    def holds(self, file: File) -> bool:
        """Whether the file stands in its place, byte for byte. Errors: Rejected for an unsafe name."""
        place = self._place(file)
        return place.exists() and place.read_bytes() == file.content

    def out(self, fund_code: str) -> frozenset[str]:
        """The names of the fund's files in the outbox, as message ids. OSError when it cannot be read."""
        return frozenset(place.stem for place in self.outbox.glob(f"{fund_code}/*.xml"))

    def content_of(self, fund_code: str, message_id: str) -> bytes:
        """The file's bytes. Errors: OSError; Rejected for an unsafe name."""
        return self._place(File(fund_code, message_id, b"")).read_bytes()

    def deliver(self, file: File) -> None:
        """Write the file whole or not at all (``custody.kernel.durable``); one already there is left alone.

        Errors: OSError; Conflict when other bytes stand under the name, or a payment of it in another file;
        Rejected for an unsafe name.
        """
        place = self._place(file)
        if place.exists():
            if place.read_bytes() != file.content:
                raise Conflict(
                    _("发件箱中已有内容不同的同名文件 %(file)s"), code="outbox-conflict", file=place.name
                )
            return
        self._refuse_what_is_out(file)
        write_whole(place, file.content)

    def _refuse_what_is_out(self, file: File) -> None:
        """Conflict when the bank may have one of these payments from another file. Reads the whole outbox."""
        asked = set(_PAYMENT.findall(file.content))
        for other in sorted(self.outbox.glob("*/*.xml")):
            for payment in asked.intersection(_PAYMENT.findall(other.read_bytes())):
                raise Conflict(
                    _("付款 %(payment)s 已在文件 %(file)s 中送出，不再送第二次"),
                    code="payment-already-out",
                    payment=payment.decode(),
                    file=other.name,
                )

    def _place(self, file: File) -> Path:
        if not _SAFE.fullmatch(file.fund_code) or not _SAFE.fullmatch(file.message_id):
            raise Rejected(
                _("小区编码 %(fund)s 或批次号 %(message)s 不能用作文件名"),
                code="unsafe-name",
                fund=file.fund_code,
                message=file.message_id,
            )
        return self.outbox / file.fund_code / f"{file.message_id}.xml"
