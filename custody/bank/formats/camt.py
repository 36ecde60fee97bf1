"""camt.053, the bank-to-customer statement of ISO 20022, every version by its namespace.

Refuses camt.052 and camt.054, which prove no balance, by name; reads entry by entry and keeps no tree.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import chain
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from lxml import etree

from custody.bank.formats.running import LINES_MAX, Message, joined
from custody.bank.layouts import ColumnRole, Fact
from custody.bank.statement import Days, LineDetail, Statement, StatementLine
from custody.files.faults import refuse
from custody.files.markup import BrokenMarkup, TooMuchMarkup, local_name, release, xml_elements
from custody.kernel.words import told

VERSION_LAST = 14
ELEMENTS_MAX = 1_000_000
STATEMENTS_MAX = 1_000
FACTS_MAX = 20_000  # balances, accounts and summaries of one file
ENTRY_ELEMENTS_MAX = 200_000  # of one entry with all its details
DETAILS_SHOWN_MAX = 10
FEN = Decimal("0.01")
SHANGHAI = ZoneInfo("Asia/Shanghai")
UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
BOOKED = ("", "BOOK")
OPENING, CLOSING, INTERIM = ("OPBD", "PRCD"), ("CLBD",), "ITBD"

DAYS = ("BookgDt/DtTm", "BookgDt/Dt", "ValDt/DtTm", "ValDt/Dt")
BALANCE_DAYS = ("Dt/DtTm", "Dt/Dt")
REMITTANCE = ("RmtInf/Ustrd", "RmtInf/Strd/CdtrRefInf/Ref", "RmtInf/Strd/AddtlRmtInf", "AddtlTxInf")
REFERENCES = ("Refs/AcctSvcrRef", "Refs/TxId", "Refs/EndToEndId", "Refs/InstrId")
SUMMARY = {
    Fact.COUNT: "TtlNtries/NbOfNtries",
    Fact.IN_COUNT: "TtlCdtNtries/NbOfNtries",
    Fact.IN_TOTAL: "TtlCdtNtries/Sum",
    Fact.OUT_COUNT: "TtlDbtNtries/NbOfNtries",
    Fact.OUT_TOTAL: "TtlDbtNtries/Sum",
}

_NAME = re.compile(r"camt\.(05[234])\.001\.(\d{2})")
_MONEY = re.compile(r"\d{1,16}(?:\.\d{1,5})?", re.ASCII)
_ROOTS = {"BkToCstmrStmt": "053", "BkToCstmrAcctRpt": "052", "BkToCstmrDbtCdtNtfctn": "054"}
TRANSACTIONS = ("NtryDtls/TxDtls", "TxDtls")  # the latter in camt.053.001.01
Fields = dict[str, list[str]]
_KEPT = frozenset({"Ntry", "Bal", "Acct", "TxsSummry", "Id", "FrToDt"})


def read_camt(name: str, content: bytes, sha256: str) -> tuple[Statement, ...]:
    """Every statement of the message, in its order, each proved by its own balances. Raises Refused."""
    if _declares(content):
        raise refuse(name, _("报文内含实体或 DTD 声明，不予读取"))
    reading = _Reading(name, sha256)
    try:
        for event, element in xml_elements(content, elements_max=ELEMENTS_MAX):
            reading.begin(element) if event == "start" else reading.end(element)
    except TooMuchMarkup as much:
        sentence = _("报文过大（超过 %(limit)s 个元素或 %(lines)s 笔），请按月分段导出")
        raise refuse(name, sentence, limit=ELEMENTS_MAX, lines=LINES_MAX) from much
    except BrokenMarkup as broken:
        raise refuse(name, _("报文不完整或格式有误（可能下载中断），请重新下载后再导入")) from broken
    if not reading.messages:
        raise refuse(name, _("报文里没有对账单（Stmt），请重新导出"))
    return joined([message.statement() for message in reading.messages])


def _declares(content: bytes) -> bool:
    searched = content.decode("utf-16", "replace").encode() if content[:2] in UTF_16_MARKS else content
    return b"<!DOCTYPE" in searched or b"<!ENTITY" in searched


@dataclass(slots=True)
class _Reading:
    """The message so far: which version, which statement is open, how many entries there were."""

    file: str
    sha256: str
    layout: str = "camt.053"
    messages: list[Message] = field(default_factory=list)
    interim: list[Decimal] = field(default_factory=list)
    entries: int = 0
    facts: int = 0
    _depth: int = 0
    _statement_at: int = 0  # how deep the open statement stands; 0 outside any
    _held: int = 0
    _pending: dict[str, int] = field(default_factory=dict)

    def begin(self, element: etree._Element) -> None:
        """Note where we are; the message's kind and version show at its first elements."""
        self._depth += 1
        if self._statement_at:
            self._held += 1
            if self._held > ENTRY_ELEMENTS_MAX:
                raise TooMuchMarkup(self._held)
            return
        tag = local_name(element)
        if tag.startswith("BkToCstmr") or tag == "Document":
            self._check_kind(element, tag)
        elif tag == "Stmt":
            if len(self.messages) >= STATEMENTS_MAX:
                raise TooMuchMarkup(len(self.messages))
            self.messages.append(Message(self.file, self.sha256, self.layout, title=""))
            self.interim, self._pending = [], {}
            self._statement_at, self._held = self._depth, 0

    def end(self, element: etree._Element) -> None:
        """Take in a whole child of the statement and let go of it."""
        inside = self._depth - self._statement_at if self._statement_at else 0
        self._depth -= 1
        if inside > 1:
            return
        if inside == 1:
            tag = local_name(element)
            if tag in _KEPT:
                self._take(self.messages[-1], tag, element)
            self._held = 0
        elif self._statement_at:
            self._close(self.messages[-1])
            self._statement_at = 0
        release(element)

    def _check_kind(self, element: etree._Element, tag: str) -> None:
        namespace = str(element.tag).rpartition("}")[0]
        found = _NAME.search(namespace)
        kind = found[1] if found else _ROOTS.get(tag.partition("V0")[0], "053")
        if kind == "052":
            sentence = _("这是 camt.052 日间报告，没有经证明的期末余额；请导出 camt.053 日终对账单")
            raise refuse(self.file, sentence)
        if kind == "054":
            sentence = _("这是 camt.054 收付款通知，没有余额；请导出 camt.053 日终对账单")
            raise refuse(self.file, sentence)
        if found:
            self.layout = found[0]
            if not 1 <= int(found[2]) <= VERSION_LAST:
                sentence = _("不认识的版本 %(version)s；请导出 camt.053.001.02 至 camt.053.001.%(last)s")
                raise refuse(self.file, sentence, version=found[0], last=VERSION_LAST)

    def _take(self, message: Message, tag: str, element: etree._Element) -> None:
        fields = _fields(element)
        self.facts += tag != "Ntry"
        if self.facts > FACTS_MAX:
            raise TooMuchMarkup(self.facts)
        match tag:
            case "Id":
                message.title = (element.text or "").strip()
            case "Acct":
                message.account = _account(fields) or None
                message.account_name = _text(fields, "Ownr/Nm", "Ownr/Pty/Nm", "Nm") or None
                message.currency = _text(fields, "Ccy") or None
            case "Bal":
                self._balance(message, fields)
            case "FrToDt":
                message.period = _period(fields)
            case "TxsSummry":
                _summary(message, fields)
            case "Ntry":
                self.entries += 1
                if self.entries > LINES_MAX:
                    raise TooMuchMarkup(self.entries)
                self._entry(message, fields, element)

    def _balance(self, message: Message, fields: Fields) -> None:
        kind = _text(fields, "Tp/CdOrPrtry/Cd", "Tp/Cd", "Tp/CdOrPrtry/Prtry")
        if kind not in (*OPENING, *CLOSING, INTERIM):
            return
        amount = _signed(fields)
        if amount is None:
            message.fault(None, kind, _text(fields, "Amt"), _("余额应为数字，并写明借贷方向"))
            return
        message.currency = message.currency or _text(fields, "Amt@Ccy") or None
        if kind in OPENING:
            message.opening, message.opened_on = amount, _moment(fields, BALANCE_DAYS)[0]
        elif kind in CLOSING:
            message.closing, message.closed_on = amount, _moment(fields, BALANCE_DAYS)[0]
        else:
            self.interim.append(amount)

    def _close(self, message: Message) -> None:
        """A page of a longer statement opens or closes with an interim balance."""
        if message.opening is None and self.interim:
            message.opening = self.interim[0]
        if message.closing is None and self.interim:
            message.closing = self.interim[-1]
        for status, count in self._pending.items():
            words = told(_("%(count)s 笔状态为 %(status)s 的分录，银行尚未记账"), count=count, status=status)
            message.unread.append(words)

    def _entry(self, message: Message, fields: Fields, element: etree._Element) -> None:
        status = _text(fields, "Sts/Cd", "Sts/Prtry", "Sts")
        if status not in BOOKED:
            self._pending[status] = self._pending.get(status, 0) + 1
            return
        before = len(message.faults)
        row = self.entries
        amount = _signed(fields)
        if amount is None:
            message.fault(row, ColumnRole.AMOUNT.value, _text(fields, "Amt"), _("缺少金额或借贷方向"))
        elif amount != amount.quantize(FEN):
            message.fault(
                row, ColumnRole.AMOUNT.value, amount, _("金额应为不超过两位小数的数字，如 1,234.50")
            )
        currency = _text(fields, "Amt@Ccy") or message.currency or "CNY"
        if currency != "CNY":
            message.fault(row, ColumnRole.CURRENCY.value, currency, _("只接受人民币账户的对账单"))
        on, at = _moment(fields)
        if on is None:
            message.fault(row, ColumnRole.BOOKED_DAY.value, _text(fields, *DAYS), _("缺少日期或日期不存在"))
        if amount is None or on is None:
            message.broken_lines += 1
            return
        line = _line(row, on, at, amount, currency, fields, element)
        _check_details(message, line)
        message.broken_lines += len(message.faults) > before
        message.lines.append(line)


def _line(
    row: int,
    on: date,
    at: datetime | None,
    amount: Decimal,
    currency: str,
    fields: Fields,
    element: etree._Element,
) -> StatementLine:
    backwards = _text(fields, "RvslInd") in ("true", "1")
    transactions = chain(element.iterfind("{*}NtryDtls/{*}TxDtls"), element.iterfind("{*}TxDtls"))
    details = tuple(_detail(_fields(each), amount, currency, backwards=backwards) for each in transactions)
    one = details[0] if len(details) == 1 else None
    return StatementLine(
        row=row,
        booked_on=on,
        booked_at=at,
        amount=amount,
        balance=None,
        counterparty_name=one.counterparty_name if one else "",
        counterparty_account=one.counterparty_account if one else "",
        counterparty_bank=one.counterparty_bank if one else "",
        summary=_text(fields, "AddtlNtryInf", "BkTxCd/Prtry/Cd", "BkTxCd/Domn/Fmly/SubFmlyCd"),
        memo=one.memo if one else _batch_memo(details),
        voucher=_text(fields, "AcctSvcrRef", "NtryRef") or (one.reference if one else ""),
        currency=currency,
        details=details if len(details) > 1 else (),
    )


def _detail(fields: Fields, entry: Decimal, currency: str, *, backwards: bool) -> LineDetail:
    """One transaction of an entry; a reversal names the parties of what it reverses."""
    mark = _text(fields, "CdtDbtInd")
    credit = mark == "CRDT" if mark else entry > 0
    side = "Dbtr" if credit != backwards else "Cdtr"
    place = "Amt" if "Amt" in fields else "AmtDtls/TxAmt/Amt"
    foreign = _text(fields, f"{place}@Ccy") not in ("", currency)
    amount = None if foreign else _money(_text(fields, place))
    agent = f"RltdAgts/{side}Agt/FinInstnId"
    remittance = [words for path in REMITTANCE for words in fields.get(path, ())]
    return LineDetail(
        amount=None if amount is None else amount if credit else -amount,
        counterparty_name=_text(
            fields, f"RltdPties/{side}/Nm", f"RltdPties/{side}/Pty/Nm", f"RltdPties/Ultmt{side}/Nm"
        ),
        counterparty_account=_account(fields, f"RltdPties/{side}Acct/"),
        counterparty_bank=_text(
            fields, f"{agent}/Nm", f"{agent}/CmbndId/Nm", f"{agent}/BICFI", f"{agent}/BIC"
        ),
        memo=" ".join(remittance),
        reference=_text(fields, *REFERENCES).replace("NOTPROVIDED", ""),
    )


def _batch_memo(details: tuple[LineDetail, ...]) -> str:
    """What a batch holds, in one line a person can search: names, amounts and their remittance."""
    if not details:
        return ""
    shown = [
        " ".join(filter(None, (each.counterparty_name, str(each.amount or ""), each.memo)))
        for each in details[:DETAILS_SHOWN_MAX]
    ]
    text = "；".join(filter(None, shown))
    return told(_("批量 %(count)s 笔：%(details)s"), count=len(details), details=text)


def _check_details(message: Message, line: StatementLine) -> None:
    """A batch whose transactions all carry an amount in the account's currency adds up to its entry."""
    amounts = [each.amount for each in line.details if each.amount is not None]
    total = sum(amounts, Decimal(0))
    if line.details and len(amounts) == len(line.details) and total != line.amount:
        sentence = _("批量明细合计 %(sum)s，与该笔金额 %(amount)s 不符")
        words = told(sentence, sum=total, amount=line.amount)
        message.fault(line.row, ColumnRole.AMOUNT.value, line.amount, words)


def _summary(message: Message, fields: Fields) -> None:
    for fact, path in SUMMARY.items():
        number = _money(_text(fields, path))
        if number is not None:
            message.stated[fact] = number


def _account(fields: Fields, above: str = "") -> str:
    """An account's number: IBAN, or what the bank calls it (versions name it differently)."""
    kinds = ("IBAN", "Othr/Id", "PrtryAcct/Id", "BBAN", "UPIC")
    return re.sub(r"[\s-]", "", _text(fields, *(f"{above}Id/{kind}" for kind in kinds)))


def _fields(element: etree._Element) -> Fields:
    """Every text under ``element`` by its path without namespaces; transactions are left to themselves."""
    found: Fields = {}
    ahead = [("", child) for child in reversed(element)]
    while ahead:
        above, each = ahead.pop()
        path = above + local_name(each)
        if words := " ".join((each.text or "").split()):
            found.setdefault(path, []).append(words)
        if "Ccy" in each.attrib:
            found.setdefault(f"{path}@Ccy", []).append(str(each.get("Ccy")))
        if path not in TRANSACTIONS:
            ahead.extend((f"{path}/", child) for child in reversed(each))
    return found


def _text(fields: Fields, *paths: str) -> str:
    """The text at the first of ``paths`` that is there."""
    return next((fields[path][0] for path in paths if path in fields), "")


def _money(text: str) -> Decimal | None:
    if not _MONEY.fullmatch(text):
        return None
    amount = Decimal(text)
    cents = amount.quantize(FEN)
    return cents if cents == amount else amount


def _signed(fields: Fields) -> Decimal | None:
    amount = _money(_text(fields, "Amt"))
    mark = _text(fields, "CdtDbtInd")
    if amount is None or (mark not in ("CRDT", "DBIT") and amount):
        return None
    return -amount if mark == "DBIT" and amount else amount


def _period(fields: Fields) -> Days | None:
    """The days between FrDtTm and ToDtTm; an end at midnight is the end of the day before."""
    first, _at = _moment(fields, ("FrDtTm", "FrDt"))
    last, at = _moment(fields, ("ToDtTm", "ToDt"))
    if first is None or last is None:
        return None
    last -= timedelta(days=at is not None and at.time() == time.min and last > first)
    return Days(first, last) if first <= last else None


def _moment(fields: Fields, paths: Sequence[str] = DAYS) -> tuple[date | None, datetime | None]:
    """The day booked (or of value), and the time as the clock in Shanghai shows it."""
    for path in paths:
        words = _text(fields, path)
        try:
            if words and path.endswith("DtTm"):
                at = datetime.fromisoformat(words)
                at = at.astimezone(SHANGHAI).replace(tzinfo=None) if at.tzinfo else at
                return at.date(), at.replace(microsecond=0)
            if words:
                return date.fromisoformat(words[:10]), None
        except (ValueError, OverflowError):
            return None, None
    return None, None
