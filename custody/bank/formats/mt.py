"""MT940 (and MT950, or an MT942 that carries balances) in any envelope, field by field.

The ``mt-940`` library knows what each field says; the envelope, the rows and the faults are ours. Refuses
payment messages and interim reports without balances, by name.
"""

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import chain
from typing import Any

import mt940
from django.utils.translation import gettext as _
from mt940.processors import transaction_details_post_processor

from custody.bank.formats.running import LINES_MAX, Message, joined
from custody.bank.layouts import ColumnRole, Fact
from custody.bank.statement import Statement, StatementLine
from custody.files.faults import refuse

STATEMENT_KINDS = frozenset({"940", "942", "950", "941"})
FIELD_CHARS_MAX = 4_000
SIGNS = {"C": 1, "D": -1, "RC": -1, "RD": 1}  # RC takes back a credit, RD a debit
OPTIONS = mt940.Options.all()
BOOK = mt940.models.Transactions(options=OPTIONS)  # the options' bearer; nothing is collected in it

_BREAK = re.compile(r"\r\n|\r|\n|@@(?=:|-|\{|@@|$)")
_FIELD = re.compile(r":(?P<tag>\d{2}[A-Z]?|NS):(?P<value>.*)", re.DOTALL)
_KIND = re.compile(r"\{2:[IO](\d{3})")
_BALANCE = re.compile(r"[DC]\d{6}[A-Z]{3}[\d,.]{1,18}")
_POINT = re.compile(r"(\d)\.(\d{1,2})(?!\d)")  # some banks write a point where SWIFT asks for a comma
_POINT_AMOUNT = re.compile(r"^(\d{6}(?:\d{4})?R?[DC][A-Z]?\d{1,12})\.(\d{1,2})(?=[A-Z])")
_CURRENCY_TAIL = re.compile(r"(?<=\d)(?:CNY|RMB|[A-Z]{3})$")
_CODED = re.compile(r"/(?P<code>NAME|ACCT|ACNO|IBAN|REMI|BIC|ORDP|BENM)/(?P<value>[^/]*)")

logging.getLogger("mt940").setLevel(logging.CRITICAL)  # it would log what a faulty line holds


@dataclass(frozen=True, slots=True)
class _Field:
    row: int
    tag: str
    value: str


def read_mt(name: str, text: str, sha256: str) -> tuple[Statement, ...]:
    """Every statement of the file, in its order, each proved by its own balances. Raises Refused."""
    kinds = set(_KIND.findall(text))
    if other := sorted(kinds - STATEMENT_KINDS):
        sentence = _("这是 MT%(kinds)s 报文，不是对账单；请导出 MT940 日终对账单")
        raise refuse(name, sentence, kinds=other)
    messages: list[Message] = []
    taking: _Taking | None = None
    lines = 0
    for field in _fields(text):
        if field.tag == "20":
            taking = _Taking(Message(name, sha256, "MT940", title=""))
            messages.append(taking.message)
        if taking is None:
            continue
        lines += field.tag == "61"
        if lines > LINES_MAX:
            raise refuse(name, _("报文过大，超过 %(limit)s 笔；请按月分段导出"), limit=LINES_MAX)
        taking.take(field)
    if not messages:
        raise refuse(name, _("这是 MT940 报文，但里面没有对账单（缺少 :20: 栏），请重新导出"))
    if all(message.opening is None and message.closing is None for message in messages):
        sentence = _("这是 MT942 日间报告，没有期初和期末余额；请导出 MT940 日终对账单")
        raise refuse(name, sentence)
    return joined([message.statement() for message in messages])


def _fields(text: str) -> Iterator[_Field]:
    """The fields with the row each begins on; envelopes, block marks and lone dashes are passed over."""
    tag, value, since = "", "", 0
    at = 0
    for row, found in enumerate(chain(_BREAK.finditer(text), (None,)), start=1):
        line = text[at : found.start() if found else len(text)]
        at = found.end() if found else at
        if "{4:" in line:
            line = line.rpartition("{4:")[2]
        opening = _FIELD.match(line)
        ended = line.startswith(("-}", "{")) or line.strip() in ("-", "$")
        if (opening or ended) and tag:
            yield _Field(since, tag, value)
            tag = ""
        if opening:
            tag, value, since = opening["tag"], opening["value"].rstrip(), row
        elif tag and not ended and len(value) < FIELD_CHARS_MAX:
            value = f"{value}\n{line.rstrip()}"
    if tag:
        yield _Field(since, tag, value)


@dataclass(slots=True)
class _Taking:
    """One statement taken in field by field; a line waits for the :86: that tells about it."""

    message: Message
    last: str = ""

    def take(self, field: _Field) -> None:
        """Take one field into the statement."""
        message, value = self.message, field.value.strip()
        match field.tag:
            case "25" | "25P":
                number = value.partition("\n")[0].rpartition("/")[2]
                message.account = _CURRENCY_TAIL.sub("", re.sub(r"[\s-]", "", number)) or None
            case "28" | "28C":
                message.title = value
            case "60F" | "60M" | "60":
                message.opening, message.opened_on = self._balance(field)
            case "62F" | "62M" | "62":
                message.closing, message.closed_on = self._balance(field)
            case "61":
                self._line(field)
            case "86" if self.last == "61" and message.lines:
                message.lines[-1] = _told(message.lines[-1], value)
            case "86":
                message.unread.append(" ".join(value.split()))
            case "90D" | "90C":
                self._sum(field)
        read = field.tag != "61" or (message.lines and message.lines[-1].row == field.row)
        self.last = field.tag if read else ""  # what tells about an unreadable line belongs to no other

    def _balance(self, field: _Field) -> tuple[Decimal | None, date | None]:
        value = _POINT.sub(r"\1,\2", field.value.strip())
        parsed = _parsed(field.tag, value) if _BALANCE.fullmatch(value) else None
        if parsed is None:
            expected = _("余额应如 C250701CNY1234,50（方向、日期、币种、金额）")
            self.message.fault(field.row, f":{field.tag}:", field.value, expected)
            return None, None
        (balance,) = parsed.values()
        self.message.currency = self.message.currency or balance.amount.currency
        on = balance.date
        return Decimal(balance.amount.amount).quantize(Decimal("0.01")), date(on.year, on.month, on.day)

    def _line(self, field: _Field) -> None:
        value = _POINT_AMOUNT.sub(r"\1,\2", field.value.strip())
        parsed = _parsed(field.tag, value)
        sign = SIGNS.get(str(parsed["status"]).upper()) if parsed else None
        if parsed is None or sign is None or not parsed["id"]:
            expected = _("交易行应如 2507010701C1234,50NTRF…（日期、方向、金额、交易类型）")
            self.message.fault(field.row, f":{field.tag}:", field.value, expected)
            self.message.broken_lines += 1
            return
        amount = abs(parsed["amount"].amount)
        cents = amount.quantize(Decimal("0.01"))
        if cents != amount:
            expected = _("金额应为不超过两位小数的数字，如 1,234.50")
            self.message.fault(field.row, ColumnRole.AMOUNT.value, amount, expected)
        on = parsed.get("entry_date") or parsed["date"]
        customer = (parsed["customer_reference"] or "").strip()
        line = StatementLine(
            row=field.row,
            booked_on=date(on.year, on.month, on.day),
            booked_at=None,
            amount=sign * cents if cents else cents,
            balance=None,
            counterparty_name="",
            counterparty_account="",
            counterparty_bank="",
            summary=" ".join((parsed["extra_details"] or "").split()),
            memo="",
            voucher=(parsed["bank_reference"] or "").strip() or customer.replace("NONREF", ""),
            currency=self.message.currency or "CNY",
        )
        self.message.lines.append(line)

    def _sum(self, field: _Field) -> None:
        parsed = _parsed(field.tag, field.value.strip())
        if parsed is None:
            return
        (entries,) = parsed.values()
        out = field.tag == "90D"
        if entries.number:
            self.message.stated[Fact.OUT_COUNT if out else Fact.IN_COUNT] = Decimal(entries.number)
        self.message.stated[Fact.OUT_TOTAL if out else Fact.IN_TOTAL] = abs(entries.amount)


def _parsed(tag: str, value: str) -> dict[str, Any] | None:
    """What a field says, by the library; None when it says nothing that makes sense."""
    known = mt940.tags.TAG_BY_ID.get(tag) or mt940.tags.TAG_BY_ID.get(int(tag[:2]))
    if known is None or len(value) > FIELD_CHARS_MAX:
        return None
    try:
        parsed: dict[str, Any] = known(BOOK, known.parse(BOOK, value))
    except (RuntimeError, ValueError, ArithmeticError):
        return None
    return parsed


def _told(line: StatementLine, value: str) -> StatementLine:
    """The line with what its :86: tells: structured by ?20 fields, by /NAME/ codes, or free text."""
    details = transaction_details_post_processor(
        BOOK,
        mt940.tags.TAG_BY_ID[86],
        {"transaction_details": value},
        {"transaction_details": value},
    )
    text = value.replace("\n", "" if "?" in value else " ")
    if "transaction_details" not in details:
        return _named(
            line,
            name=details.get("applicant_name"),
            account=details.get("applicant_iban") or details.get("gvc_applicant_iban"),
            bank=details.get("applicant_bin") or details.get("gvc_applicant_bin"),
            memo=details.get("purpose"),
            summary=details.get("posting_text"),
        )
    coded = {each["code"]: each["value"] for each in _CODED.finditer(text)}
    return _named(
        line,
        name=coded.get("NAME"),
        account=coded.get("ACCT") or coded.get("ACNO") or coded.get("IBAN"),
        bank=coded.get("BIC"),
        memo=coded.get("REMI") or text,
        summary=None,
    )


def _named(
    line: StatementLine,
    *,
    name: str | None,
    account: str | None,
    bank: str | None,
    memo: str | None,
    summary: str | None,
) -> StatementLine:
    return replace(
        line,
        counterparty_name=_one_line(name),
        counterparty_account=_one_line(account),
        counterparty_bank=_one_line(bank),
        memo=_one_line(memo),
        summary=_one_line(summary) or line.summary,
    )


def _one_line(text: str | None) -> str:
    return " ".join((text or "").split())
