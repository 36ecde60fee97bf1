"""pain.002, the bank's report on payments it was asked for: bytes in, facts out, each version by namespace.

Refuses any other message by name, one that names no file of ours, and more markup than a report has; keeps
no tree of it.
"""

import re
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.translation import gettext as _
from lxml import etree

from custody.files.faults import refuse
from custody.files.markup import BrokenMarkup, TooMuchMarkup, local_name, xml_elements

REPORT_VERSION_LAST = 15
REPORT_ELEMENTS_MAX = 200_000
REFUSED = "RJCT"
REASON_MAX, WORDS_MAX = 35, 140
_NAME = re.compile(r"(?:pain|camt|pacs)\.\d{3}\.\d{3}\.\d{2}")
_OURS = re.compile(r"pain\.002\.001\.(\d{2})")
_MONEY = re.compile(r"\d{1,16}(?:\.\d{1,5})?", re.ASCII)
_BLOCK, _PAYMENT = "OrgnlPmtInfAndSts", "TxInfAndSts"
_KEPT_WHOLE = frozenset({"GrpHdr", "OrgnlGrpInfAndSts", _BLOCK, _PAYMENT})
# What stands there in pain.002.001.02 comes second.
_REASONS = ("{*}StsRsnInf/{*}Rsn/{*}Cd", "{*}StsRsnInf/{*}Rsn/{*}Prtry", "{*}StsRsnInf/{*}StsRsn/{*}Cd",
            "{*}StsRsnInf/{*}StsRsn/{*}Prtry")  # fmt: skip
_WORDS = ("{*}StsRsnInf/{*}AddtlInf", "{*}StsRsnInf/{*}AddtlStsRsnInf")


@dataclass(frozen=True, slots=True)
class PaymentStatus:
    """What the bank says of one payment, or of all at ``place`` 0.

    ``place`` counts the report's payments from 1. ``amount`` is None where the report repeats none;
    ``currency`` is empty then. ``reason`` is the bank's code, ``words`` what it adds; either may be empty.
    """

    place: int
    end_to_end_id: str
    status: str
    reason: str
    words: str
    amount: Decimal | None = None
    currency: str = ""

    @property
    def refused(self) -> bool:
        """Whether the bank will not pay."""
        return self.status == REFUSED


@dataclass(frozen=True, slots=True)
class StatusReport:
    """One report: the payment file it speaks of, what it says of the whole, and of payments one by one."""

    message_id: str
    original_id: str
    whole: PaymentStatus
    payments: tuple[PaymentStatus, ...]

    def of(self, end_to_end_id: str) -> tuple[PaymentStatus, ...]:
        """Everything it says of one payment, in order; what it says of the whole where it says no more."""
        own = tuple(each for each in self.payments if each.end_to_end_id == end_to_end_id)
        return own or ((self.whole,) if self.whole.status else ())


def read_status_report(content: bytes, *, name: str) -> StatusReport:
    """What the file called ``name`` says. Raises Refused."""
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content or content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise refuse(name, _("报文内含实体或 DTD 声明，或不是 UTF-8，不予读取"))
    reading = _ReportReading(name)
    try:
        for event, element in xml_elements(content, elements_max=REPORT_ELEMENTS_MAX):
            reading.begin(element) if event == "start" else reading.end(element)
    except TooMuchMarkup as much:
        raise refuse(name, _("报文过大（超过 %(limit)s 个元素）"), limit=REPORT_ELEMENTS_MAX) from much
    except BrokenMarkup as broken:
        raise refuse(name, _("报文不完整或格式有误（可能下载中断），请重新下载后再导入")) from broken
    if not reading.original_id:
        raise refuse(name, _("报告没有写明所答复的付款文件（OrgnlMsgId）"))
    return reading.report()


@dataclass(slots=True)
class _ReportReading:
    """The report so far; what is said of the file, and of its one payment block, is said of the whole."""

    file: str
    message_id: str = ""
    original_id: str = ""
    whole: PaymentStatus = field(default_factory=lambda: PaymentStatus(0, "", "", "", ""))
    payments: list[PaymentStatus] = field(default_factory=list)
    _rooted: bool = False

    def begin(self, element: etree._Element) -> None:
        """The message's kind and version show at its root."""
        if self._rooted:
            return
        self._rooted = True
        namespace = str(element.tag).rpartition("}")[0]
        found = _OURS.search(namespace)
        if found is None or not 2 <= int(found[1]) <= REPORT_VERSION_LAST:
            other = _NAME.search(namespace)
            sentence = _(
                "这不是付款状态报告：应为 pain.002.001.02 至 pain.002.001.%(last)s，文件是 %(found)s"
            )
            raise refuse(
                self.file, sentence, last=REPORT_VERSION_LAST, found=other[0] if other else _("其他 XML")
            )

    def end(self, element: etree._Element) -> None:
        """Take in a whole part of the report and let go of it."""
        tag = local_name(element)
        if tag not in _KEPT_WHOLE:
            return
        if tag == "GrpHdr":
            self.message_id = _first(element, "{*}MsgId")
        elif tag == "OrgnlGrpInfAndSts":
            self.original_id = _first(element, "{*}OrgnlMsgId")
            self._whole(element, _first(element, "{*}GrpSts"))
        elif tag == _PAYMENT:
            self.payments.append(self._payment(element))
        else:
            self._block(element)
        element.clear()

    def _block(self, element: etree._Element) -> None:
        """Our files have one block of payments, called as the file is."""
        called = _first(element, "{*}OrgnlPmtInfId")
        if called not in ("", self.original_id):
            sentence = _("报告中的付款批 %(block)s 不属于付款文件 %(original)s")
            raise refuse(self.file, sentence, block=called, original=self.original_id)
        self._whole(element, _first(element, "{*}PmtInfSts"))

    def _whole(self, element: etree._Element, status: str) -> None:
        """A refusal of all stays one, whatever else is said of all; what is said last counts otherwise."""
        if status and not self.whole.refused:
            self.whole = PaymentStatus(0, "", status, *_why(element))

    def _payment(self, element: etree._Element) -> PaymentStatus:
        place = len(self.payments) + 1
        stated = element.find("{*}OrgnlTxRef/{*}Amt/{*}InstdAmt")
        reason, words = _why(element)
        status = _first(element, "{*}TxSts") or _above(element)
        return PaymentStatus(
            place=place,
            end_to_end_id=_first(element, "{*}OrgnlEndToEndId"),
            status=status or self.whole.status,
            reason=reason,
            words=words,
            amount=None if stated is None else self._amount(place, (stated.text or "").strip()),
            currency="" if stated is None else str(stated.get("Ccy", "")),
        )

    def _amount(self, place: int, text: str) -> Decimal:
        if _MONEY.fullmatch(text):
            return Decimal(text)
        raise refuse(self.file, _("第%(place)s笔的金额不是数字"), value=text, place=place)

    def report(self) -> StatusReport:
        """The whole report."""
        return StatusReport(self.message_id, self.original_id, self.whole, tuple(self.payments))


def _above(element: etree._Element) -> str:
    """What the payment block around says of all its payments; nothing in a report without blocks."""
    parent = element.getparent()
    return "" if parent is None else _first(parent, "{*}PmtInfSts")


def _why(element: etree._Element) -> tuple[str, str]:
    """The bank's code and what it adds, each on one line."""
    reason = next((found for path in _REASONS if (found := _first(element, path))), "")
    words = " ".join(
        " ".join((each.text or "").split()) for path in _WORDS for each in element.iterfind(path)
    )
    return reason[:REASON_MAX], words.strip()[:WORDS_MAX]


def _first(element: etree._Element, path: str) -> str:
    """The text at the first of ``path``, on one line."""
    found = element.find(path)
    return "" if found is None else " ".join((found.text or "").split())
