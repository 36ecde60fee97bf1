"""A stranger's clock on each day's head: RFC 3161 tokens of a time-stamp authority, kept beside the day.

The token is over the signed head as ``head.txt`` has it. A day whose authority does not answer is closed all
the same, and asked for again with the next one. Refuses an answer that is about other octets, repeats another
question's, or grants nothing.
"""

import secrets
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import urlsplit

from asn1crypto import tsp
from django.utils.translation import gettext as _

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
    """Where tokens are asked for, by http or https: a token is signed, so the line needs no secret."""

    address: str

    def stamped(self, octets: bytes) -> bytes:
        """A token over the octets, DER. Errors: Rejected (``stamp-not-given``), with what went wrong."""
        digest, nonce = sha256(octets).digest(), secrets.randbits(63)
        return _token(self._answer(_query(digest, nonce)), digest, nonce)

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


def stamp_days(authority: StampAuthority, *, using: str = "vault") -> Iterator[LogStamp]:
    """A token for each closed day without, the oldest first. Errors: Rejected; what came before stays."""
    waiting = LogDay.objects.using(using).filter(stamp__isnull=True).order_by("number")
    for day in list(waiting):
        token = authority.stamped(signed_head(day))
        yield LogStamp.objects.using(using).create(day=day, authority=authority.address, token=token)


def signed_head(day: LogDay) -> bytes:
    """A day's head with its signatures: ``head.txt``, which the token is over."""
    line = head_line(day)
    return note_of(line.text_under(day.origin), line.seals).encode()


def _query(digest: bytes, nonce: int) -> bytes:
    imprint = tsp.MessageImprint({"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": digest})
    asked = tsp.TimeStampReq({"version": 1, "message_imprint": imprint, "nonce": nonce, "cert_req": True})
    query: bytes = asked.dump()
    return query


def _token(answer: bytes, digest: bytes, nonce: int) -> bytes:
    """The token within an answer, once it is one to this question."""
    try:
        token = tsp.TimeStampResp.load(answer, strict=True)["time_stamp_token"]
        info = token["content"]["encap_content_info"]["content"].parsed
        imprint = info["message_imprint"]
        about = imprint["hash_algorithm"]["algorithm"].native, imprint["hashed_message"].native
        if (*about, info["nonce"].native) != ("sha256", digest, nonce):
            raise _not_given(_("答复的不是所问的日头"))
        octets: bytes = token.dump()
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise _not_given(_("机构没有给出 RFC 3161 的凭证")) from error
    return octets


def _not_given(why: str) -> Rejected:
    return Rejected(_("没有得到时间戳：%(why)s"), code="stamp-not-given", why=why)
