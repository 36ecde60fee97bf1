"""A stranger's clock on each day's head: RFC 3161 tokens of a time-stamp authority, kept beside the day.

The token is over the newest signed head as ``head.txt`` has it, and so over all days before. A day whose
authority does not answer is closed all the same; it is asked again until the next day is. Refuses an answer
about other octets, to another question, and one that the authority did not sign.
"""

import asyncio
import secrets
import urllib.request
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

from asn1crypto import tsp
from asn1crypto.x509 import Certificate
from django.utils.translation import gettext as _
from pyhanko.keys import load_cert_from_pemder
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.generic_cms import validate_tst_signed_data
from pyhanko.sign.validation.status import TimestampSignatureStatus
from pyhanko_certvalidator import ValidationContext

from custody.kernel.errors import Rejected
from custody.kernel.words import told
from reporting.models import LogDay, LogStamp
from reporting.transparency.checkpoints import note_of
from reporting.transparency.day_reads import head_line

SECONDS_WAITED = 10
ANSWER_BYTES_MAX = 100_000
_QUERY, _REPLY = "application/timestamp-query", "application/timestamp-reply"


@dataclass(frozen=True, slots=True)
class StampAuthority:
    """Where tokens are asked for, by http or https, and ``root``: the authority's own certificate, PEM.

    A token is signed under that root, so the line to the authority needs no secret.
    """

    address: str
    root: Path

    def stamped(self, octets: bytes) -> bytes:
        """A token over the octets, DER. Errors: Rejected (``stamp-not-given``), with what went wrong."""
        try:
            root = load_cert_from_pemder(self.root)  # type: ignore[no-untyped-call]
        except (OSError, ValueError) as error:
            raise _not_given(told(_("读不出机构的根证书 %(file)s"), file=self.root)) from error
        digest, nonce = sha256(octets).digest(), secrets.randbits(63)
        return _token(self._answer(_query(digest, nonce)), digest, nonce, root)

    def _answer(self, query: bytes) -> bytes:
        if urlsplit(self.address).scheme not in {"http", "https"}:
            raise _not_given(told(_("地址须以 http 或 https 开头：%(address)s"), address=self.address))
        told_of = {"Content-Type": _QUERY, "Accept": _REPLY}
        asked = urllib.request.Request(self.address, query, told_of)  # noqa: S310
        try:
            with urllib.request.urlopen(asked, timeout=SECONDS_WAITED) as answer:  # noqa: S310
                said: bytes = answer.read(ANSWER_BYTES_MAX)
        except (OSError, ValueError) as error:
            raise _not_given(str(error)) from error
        return said


def stamp_newest(authority: StampAuthority, *, using: str = "vault") -> LogStamp | None:
    """A token for the newest closed day; None where it has one. Errors: Rejected."""
    day = LogDay.objects.using(using).order_by("number").last()
    if day is None or LogStamp.objects.using(using).filter(day=day).exists():
        return None
    token = authority.stamped(signed_head(day))
    return LogStamp.objects.using(using).create(day=day, authority=authority.address, token=token)


def signed_head(day: LogDay) -> bytes:
    """A day's head with its signatures: ``head.txt``, which the token is over."""
    line = head_line(day)
    return note_of(line.text_under(day.origin), line.seals).encode()


def _query(digest: bytes, nonce: int) -> bytes:
    imprint = tsp.MessageImprint({"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": digest})
    asked = tsp.TimeStampReq({"version": 1, "message_imprint": imprint, "nonce": nonce, "cert_req": True})
    query: bytes = asked.dump()
    return query


def _token(answer: bytes, digest: bytes, nonce: int, root: Certificate) -> bytes:
    """The token within an answer, once it is one to this question, signed under this root."""
    try:
        token = tsp.TimeStampResp.load(answer, strict=True)["time_stamp_token"]
        signed = token["content"]
        asked = signed["encap_content_info"]["content"].parsed["nonce"].native
        trusting = ValidationContext(trust_roots=[root])
        checked = asyncio.run(validate_tst_signed_data(signed, trusting, lambda _algorithm: digest))
        status = TimestampSignatureStatus(**checked)
    except (ValueError, TypeError, KeyError, AttributeError, SignatureValidationError) as error:
        raise _not_given(_("机构没有给出 RFC 3161 的凭证")) from error
    if not status.intact or asked != nonce:
        raise _not_given(_("答复的不是所问的日头"))
    if not status.valid or not status.trusted:
        raise _not_given(_("凭证不是这家机构签的"))
    octets: bytes = token.dump()
    return octets


def _not_given(why: str) -> Rejected:
    return Rejected(_("没有得到时间戳：%(why)s"), code="stamp-not-given", why=why)
