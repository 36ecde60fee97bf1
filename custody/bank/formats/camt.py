"""camt.053, the bank-to-customer statement of ISO 20022, every version by its namespace.

Refuses camt.052 and camt.054, which prove no balance, by name; reads entry by entry and keeps no tree.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from lxml import etree

from custody.bank.formats.running import LINES_MAX, Message, joined
from custody.bank.layouts import Fact, Role
from custody.bank.statement import LineDetail, Statement, StatementLine
from custody.files.faults import refuse
from custody.files.markup import BrokenMarkup, TooMuchMarkup, local_name, release, xml_elements
from custody.kernel.words import told

VERSION_LAST = 14
ELEMENTS_MAX = 3_000_000
ENTRY_ELEMENTS_MAX = 200_000  # of one entry with all its details
DETAILS_SHOWN_MAX = 10
SHANGHAI = ZoneInfo("Asia/Shanghai")
UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
BOOKED = ("", "BOOK")
OPENING, CLOSING, INTERIM = ("OPBD", "PRCD"), ("CLBD",), "ITBD"

_NAME = re.compile(r"camt\.(05[234])\.001\.(\d{2})")
_MONEY = re.compile(r"\d{1,16}(?:\.\d{1,5})?", re.ASCII)
_ROOTS = {"BkToCstmrStmt": "053", "BkToCstmrAcctRpt": "052", "BkToCstmrDbtCdtNtfctn": "054"}
_KEPT = frozenset({"Ntry", "Bal", "Acct", "TxsSummry", "Id"})


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
    _path: list[str] = field(default_factory=list)
    _held: int = 0
    _pending: dict[str, int] = field(default_factory=dict)

    def begin(self, element: etree._Element) -> None:
        """Note where we are; the message's kind and version show at its first element."""
        tag = local_name(element)
        if tag in _ROOTS or tag == "Document":
            self._check_kind(element, tag)
        if tag == "Stmt" and self._path[-1:] == ["BkToCstmrStmt"]:
            self.messages.append(Message(self.file, self.sha256, self.layout, title=""))
            self.interim, self._pending = [], {}
        self._path.append(tag)
        if len(self._path) > self._statement_depth() + 1:
            self._held += 1
            if self._held > ENTRY_ELEMENTS_MAX:
                raise TooMuchMarkup(self._held)

    def end(self, element: etree._Element) -> None:
        """Take in a whole child of the statement and let go of it."""
        tag = self._path.pop()
        depth = self._statement_depth()
        if not depth or len(self._path) < depth:
            if tag == "Stmt" and self.messages:
                self._close(self.messages[-1])
            release(element)
        elif len(self._path) == depth:
            self._held = 0
            if tag in _KEPT:
                self._take(self.messages[-1], tag, element)
            release(element)

    def _statement_depth(self) -> int:
        """How deep inside the document a statement's children stand; 0 outside any statement."""
        return self._path.index("Stmt") + 1 if "Stmt" in self._path and self.messages else 0

    def _check_kind(self, element: etree._Element, tag: str) -> None:
        namespace = str(element.tag).rpartition("}")[0]
        found = _NAME.search(namespace)
        kind = found[1] if found else _ROOTS.get(tag, "053")
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
        match tag:
            case "Id":
                message.title = (element.text or "").strip()
            case "Acct":
                message.account = account_of(element)
                message.account_name = text_at(element, "Ownr/Nm", "Ownr/Pty/Nm", "Nm") or None
                message.currency = text_at(element, "Ccy") or None
            case "Bal":
                self._balance(message, element)
            case "TxsSummry":
                _summary(message, element)
            case "Ntry":
                self.entries += 1
                if self.entries > LINES_MAX:
                    raise TooMuchMarkup(self.entries)
                self._entry(message, element)

    def _balance(self, message: Message, element: etree._Element) -> None:
        kind = text_at(element, "Tp/CdOrPrtry/Cd", "Tp/Cd", "Tp/CdOrPrtry/Prtry")
        if kind not in (*OPENING, *CLOSING, INTERIM):
            return
        amount = _signed(element)
        if amount is None:
            message.fault(None, kind, text_at(element, "Amt"), _("余额应为数字，并写明借贷方向"))
            return
        message.currency = message.currency or _currency(element)
        if kind in OPENING:
            message.opening = amount
        elif kind in CLOSING:
            message.closing = amount
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

    def _entry(self, message: Message, element: etree._Element) -> None:
        status = text_at(element, "Sts/Cd", "Sts/Prtry") or text_at(element, "Sts")
        if status not in BOOKED:
            self._pending[status] = self._pending.get(status, 0) + 1
            return
        before = len(message.faults)
        row = self.entries
        amount = _signed(element)
        if amount is None:
            message.fault(row, Role.AMOUNT.value, text_at(element, "Amt"), _("缺少金额或借贷方向"))
        currency = _currency(element) or message.currency or "CNY"
        if currency != "CNY":
            message.fault(row, Role.CURRENCY.value, currency, _("只接受人民币账户的对账单"))
        on, at = _moment(element, "BookgDt")
        if on is None:
            on, at = _moment(element, "ValDt")
        if on is None:
            message.fault(row, Role.BOOKED_DAY.value, "", _("缺少日期"))
        if amount is None or on is None:
            message.broken_lines += 1
            return
        if amount != amount.quantize(Decimal("0.01")):
            message.fault(row, Role.AMOUNT.value, amount, _("金额应为不超过两位小数的数字，如 1,234.50"))
        line = _line(row, on, at, amount, currency, element)
        _check_details(message, line, element)
        message.broken_lines += len(message.faults) > before
        message.lines.append(line)


def _line(
    row: int, on: date, at: datetime | None, amount: Decimal, currency: str, element: etree._Element
) -> StatementLine:
    backwards = text_at(element, "RvslInd") in ("true", "1")
    transactions = list(_all(element, "NtryDtls/TxDtls"))
    details = tuple(_detail(each, amount, backwards=backwards) for each in transactions)
    one = details[0] if len(details) == 1 else None
    additional = text_at(element, "AddtlNtryInf")
    memo = one.memo if one else _batch_memo(details)
    return StatementLine(
        row=row,
        booked_on=on,
        booked_at=at,
        amount=amount,
        balance=None,
        counterparty_name=one.counterparty_name if one else "",
        counterparty_account=one.counterparty_account if one else "",
        counterparty_bank=one.counterparty_bank if one else "",
        summary=additional or text_at(element, "BkTxCd/Prtry/Cd", "BkTxCd/Domn/Fmly/SubFmlyCd"),
        memo=memo,
        voucher=text_at(element, "AcctSvcrRef", "NtryRef") or (one.reference if one else ""),
        currency=currency,
        details=details if len(details) > 1 else (),
    )


def _detail(transaction: etree._Element, entry: Decimal, *, backwards: bool) -> LineDetail:
    """One transaction of an entry; a reversal names the parties of what it reverses."""
    mark = text_at(transaction, "CdtDbtInd")
    credit = mark == "CRDT" if mark else entry > 0
    side = "Dbtr" if credit != backwards else "Cdtr"
    amount = _money(text_at(transaction, "Amt", "AmtDtls/TxAmt/Amt"))
    party = f"RltdPties/{side}"
    agent = f"RltdAgts/{side}Agt/FinInstnId"
    holder = _first(transaction, f"RltdPties/{side}Acct")
    remittance = [_words(each) for each in _all(transaction, "RmtInf/Ustrd")]
    remittance += [_words(each) for each in _all(transaction, "RmtInf/Strd/CdtrRefInf/Ref")]
    remittance += [_words(each) for each in _all(transaction, "RmtInf/Strd/AddtlRmtInf")]
    remittance.append(text_at(transaction, "AddtlTxInf"))
    return LineDetail(
        amount=None if amount is None else amount if credit else -amount,
        counterparty_name=text_at(transaction, f"{party}/Nm", f"{party}/Pty/Nm", f"RltdPties/Ultmt{side}/Nm"),
        counterparty_account=(account_of(holder) or "") if holder is not None else "",
        counterparty_bank=text_at(
            transaction, f"{agent}/Nm", f"{agent}/CmbndId/Nm", f"{agent}/BICFI", f"{agent}/BIC"
        ),
        memo=" ".join(filter(None, remittance)),
        reference=text_at(
            transaction, "Refs/AcctSvcrRef", "Refs/TxId", "Refs/EndToEndId", "Refs/InstrId"
        ).replace("NOTPROVIDED", ""),
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


def _check_details(message: Message, line: StatementLine, element: etree._Element) -> None:
    """A batch whose transactions all carry an amount in the account's currency adds up to its entry."""
    amounts = [each.amount for each in line.details]
    money = list(_all(element, "NtryDtls/TxDtls/Amt")) or list(
        _all(element, "NtryDtls/TxDtls/AmtDtls/TxAmt/Amt")
    )
    if not amounts or None in amounts or any(each.get("Ccy", "CNY") != line.currency for each in money):
        return
    total = sum((amount for amount in amounts if amount is not None), Decimal(0))
    if total != line.amount:
        sentence = _("批量明细合计 %(sum)s，与该笔金额 %(amount)s 不符")
        words = told(sentence, sum=total, amount=line.amount)
        message.fault(line.row, Role.AMOUNT.value, line.amount, words)


def _summary(message: Message, element: etree._Element) -> None:
    paths = {
        Fact.COUNT: "TtlNtries/NbOfNtries",
        Fact.IN_COUNT: "TtlCdtNtries/NbOfNtries",
        Fact.IN_TOTAL: "TtlCdtNtries/Sum",
        Fact.OUT_COUNT: "TtlDbtNtries/NbOfNtries",
        Fact.OUT_TOTAL: "TtlDbtNtries/Sum",
    }
    for fact, path in paths.items():
        number = _money(text_at(element, path))
        if number is not None:
            message.stated[fact] = number


def account_of(element: etree._Element) -> str | None:
    """The number of an account element: IBAN, or what the bank calls it (versions name it differently)."""
    paths = ("Id/IBAN", "Id/Othr/Id", "Id/PrtryAcct/Id", "Id/BBAN", "Id/UPIC")
    number = re.sub(r"[\s-]", "", text_at(element, *paths))
    return number or None


def text_at(element: etree._Element, *paths: str) -> str:
    """The text of the first of ``paths`` that is there and not blank, names without their namespace."""
    for path in paths:
        for found in _all(element, path):
            if words := _words(found):
                return words
    return ""


def _all(element: etree._Element, path: str) -> Iterable[etree._Element]:
    return element.iterfind("/".join(f"{{*}}{step}" for step in path.split("/")))


def _first(element: etree._Element, path: str) -> etree._Element | None:
    return next(iter(_all(element, path)), None)


def _words(element: etree._Element) -> str:
    return " ".join((element.text or "").split())


def _money(text: str) -> Decimal | None:
    if not _MONEY.fullmatch(text):
        return None
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return None
    cents = amount.quantize(Decimal("0.01"))
    return cents if cents == amount else amount


def _signed(element: etree._Element) -> Decimal | None:
    amount = _money(text_at(element, "Amt"))
    mark = text_at(element, "CdtDbtInd")
    if amount is None or (mark not in ("CRDT", "DBIT") and amount):
        return None
    return -amount if mark == "DBIT" and amount else amount


def _currency(element: etree._Element) -> str | None:
    amount = _first(element, "Amt")
    return amount.get("Ccy") if amount is not None else None


def _moment(element: etree._Element, path: str) -> tuple[date | None, datetime | None]:
    """A day, or a day and a time as the clock in Shanghai shows it."""
    try:
        if stamp := text_at(element, f"{path}/DtTm"):
            at = datetime.fromisoformat(stamp)
            at = at.astimezone(SHANGHAI).replace(tzinfo=None) if at.tzinfo else at
            return at.date(), at.replace(microsecond=0)
        day = text_at(element, f"{path}/Dt")
        return (date.fromisoformat(day[:10]), None) if day else (None, None)
    except (ValueError, OverflowError):
        return None, None
