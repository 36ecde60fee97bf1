"""``heads.txt``: the whole log of days in one line a day, for whoever keeps a copy; read, checked, compared.

Refuses (Rejected) a file that is no such list, naming the line. What a list does not hold is a sentence each:
a day left out, a day told twice, a root that does not follow, a signature that does not verify, a copy that
says otherwise.
"""

import base64
import binascii
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _

from custody.kernel.errors import Rejected
from custody.kernel.words import told
from reporting.transparency.checkpoints import BadHead, Seals, check_seals, head_text
from reporting.transparency.leaves import VERSION, day_leaf
from reporting.transparency.merkle import Growing

_HEX = re.compile("[0-9a-f]{64}")
_COUNT = re.compile("[0-9]{1,9}")
_FIELDS = 10


@dataclass(frozen=True, slots=True)
class HeadLine:
    """One day: its number from 1, how many funds, the day's root and the log's in hex, and both seals."""

    number: int
    on: date
    funds: int
    root: str
    log_root: str
    seals: Seals

    @property
    def written(self) -> str:
        """As a line, without its end."""
        seals = (
            self.seals.p256_key,
            self.seals.p256_signature,
            self.seals.ed25519_key,
            self.seals.ed25519_signature,
        )
        said = (VERSION, self.number, self.on, self.funds, self.root, self.log_root)
        return " ".join([*map(str, said), *(base64.b64encode(each).decode() for each in seals)])

    def text_under(self, origin: str) -> str:
        """What its keys sign, in the log of this name."""
        return head_text(origin, self.number, bytes.fromhex(self.log_root))

    @property
    def said(self) -> tuple[int, date, int, str, str]:
        """What two copies of one day must agree on: a seal may be made twice over the same."""
        return self.number, self.on, self.funds, self.root, self.log_root


@dataclass(frozen=True, slots=True)
class HeadList:
    """The log's name and its days in order."""

    origin: str
    lines: tuple[HeadLine, ...]

    @property
    def written(self) -> str:
        """The file."""
        return "".join(f"{each}\n" for each in (f"origin {self.origin}", *(x.written for x in self.lines)))


def head_list_read(content: bytes, *, name: str) -> HeadList:
    """The list that a file called ``name`` holds. Errors: Rejected, naming the line."""
    try:
        rows = content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise _no_list(name, 1) from error
    if not rows or not re.fullmatch(r"origin \S+", rows[0]):
        raise _no_list(name, 1)
    lines = tuple(_line(row, name, number) for number, row in enumerate(rows[1:], start=2) if row.strip())
    return HeadList(rows[0].removeprefix("origin "), lines)


def _line(row: str, name: str, at: int) -> HeadLine:
    parts = row.split(" ")
    good = (
        len(parts) == _FIELDS
        and parts[0] == VERSION
        and all(map(_COUNT.fullmatch, (parts[1], parts[3])))
        and all(map(_HEX.fullmatch, parts[4:6]))
    )
    if not good:
        raise _no_list(name, at)
    try:
        on = date.fromisoformat(parts[2])
        seals = Seals(*(base64.b64decode(each, validate=True) for each in parts[6:]))
    except (ValueError, binascii.Error) as error:
        raise _no_list(name, at) from error
    return HeadLine(int(parts[1]), on, int(parts[3]), parts[4], parts[5], seals)


def _no_list(name: str, line: int) -> Rejected:
    return Rejected(
        _("%(file)s 第 %(row)s 行不是日头清单（heads.txt）的写法"), code="head-list-unreadable",
        file=name, row=line,
    )  # fmt: skip


def faults_within(heads: HeadList) -> Iterator[str]:
    """What is wrong in the list by itself, a sentence each."""
    grown, day = Growing(), None
    for number, line in enumerate(heads.lines, start=1):
        if line.number != number or (day and line.on != day + timedelta(1)):
            yield told(
                _("%(on)s：应是第 %(number)s 天，清单写作第 %(said)s 天——有一天缺了或写了两次"),
                on=line.on, number=number, said=line.number,
            )  # fmt: skip
        day = line.on
        grown.append(day_leaf(line.on, line.funds, line.root))
        if grown.root.hex() != line.log_root:
            yield told(_("%(on)s：日志的根与此前各天的根不符——历史被改写"), on=line.on)
        try:
            check_seals(line.text_under(heads.origin), line.seals)
        except BadHead:
            yield told(_("%(on)s：日头的签名核验不符"), on=line.on)


def faults_between(kept: HeadList, present: HeadList) -> Iterator[str]:
    """What ``present`` says otherwise than the copy that was kept, a sentence each."""
    if kept.origin != present.origin:
        yield told(
            _("日志的名字变了：留存的是 %(kept)s，现在是 %(now)s"), kept=kept.origin, now=present.origin
        )
    now = {line.on: line for line in present.lines}
    for line in kept.lines:
        found = now.get(line.on)
        if found is None:
            yield told(_("%(on)s：留存的清单有这一天，现在的没有——这一天被撤掉了"), on=line.on)
        elif found.said != line.said:
            yield told(
                _("%(on)s：同一天有两个版本，留存的日根 %(kept)s，现在的 %(now)s"),
                on=line.on, kept=line.root[:16], now=found.root[:16],
            )  # fmt: skip
    yield from _strange_keys(kept.lines, present.lines)


def _strange_keys(kept: Sequence[HeadLine], present: Sequence[HeadLine]) -> Iterator[str]:
    """Keys that the kept copy has never seen: told, since only the company can say that they are its own."""
    known = {(each.seals.p256_key, each.seals.ed25519_key) for each in kept}
    for line in present:
        keys = line.seals.p256_key, line.seals.ed25519_key
        if known and keys not in known:
            known.add(keys)
            yield told(
                _("%(on)s：从这一天起换了签日头的公钥，请向受托人另行核对：%(key)s"),
                on=line.on, key=keys[0].hex()[:32],
            )  # fmt: skip
