"""What an operator knows by reading a bank line's text, as data: the first rule that fits decides.

Order matters: a merchant's lump says 手续费 too, and principal coming back says 利息. Refuses to know to whom
money went: text that says 手续费 is a bank charge only where ``custody_bank_charge_doubt`` has none.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext as _

from custody.models.bank import LineKind
from custody.money_in.roster import folded_text

IN, OUT, EITHER = 1, -1, 0


@dataclass(frozen=True, slots=True)
class MemoRule:
    """A line moving in ``direction`` whose text fits ``pattern`` is ``kind``."""

    kind: LineKind
    direction: int
    pattern: str


MEMO_RULES = (
    MemoRule(LineKind.REVERSAL, EITHER, "冲正|冲账|冲销|抹账|冲回"),
    MemoRule(LineKind.MERCHANT_LUMP, IN, "商户(结算|清算|入账|资金)|收单(结算|清算)|扫码(结算|清算)"),
    MemoRule(LineKind.PUBLIC_REVENUE, IN, "批次"),
    MemoRule(LineKind.PLACEMENT_OUT, OUT, "通知存款|定期存款|协定存款|大额存单|国债|转定期|转通知"),
    MemoRule(LineKind.PLACEMENT_BACK, IN, "本息|通知存款|定期存款|大额存单|国债"),
    MemoRule(LineKind.GRANT, IN, "激励资金|奖补|奖励资金|补助|补贴"),
    MemoRule(LineKind.INTEREST, IN, "结息|付息|利息"),
    MemoRule(
        LineKind.BANK_CHARGE,
        OUT,
        "手续费|账户管理费|账户维护费|账户费|工本费|汇划费|邮电费|回单费|询证函费|短信服务费|网银服务费|网银年费",
    ),
)

# A text that says one of these is not a property fee, whoever paid and whatever unit it names.
OTHER_PURPOSES = re.compile("停车|临停|月租|车位|广告|押金|保证金|装修|租金|退款|水费|电费|气费|维修资金")

# How the line detail names its sources; the statement's two kinds of public revenue.
REVENUE_SOURCES = {
    "parking": "停车|临停|月租|车位|道闸",
    "advertising": "广告|传媒|灯箱|电梯框架",
}

_INVOICE = re.compile(r"(?<!\d)\d{20}(?!\d)", re.ASCII)
_BATCH = re.compile(r"批次[:：号\s-]*([0-9A-Z]+(?:-[0-9A-Z]+)*)")
_LUMP_DAY = re.compile("(?:结算|清算|入账|资金)[:-]?(?:20[0-9]{2}-?)?([01][0-9])-?([0-3][0-9])(?![0-9.])")
_GROSS = re.compile("(?:总额|交易金额|订单金额):?([0-9][0-9,]*(?:[.][0-9]+)?)")
_FEE = re.compile("手续费:?([0-9][0-9,]*(?:[.][0-9]+)?)")


def read_kind(*, text: str, amount: Decimal) -> LineKind | None:
    """The first rule that fits a line's text (摘要 and 附言 together), or None. ``amount`` in +, out −."""
    said = folded_text(text)
    direction = IN if amount > 0 else OUT
    for rule in MEMO_RULES:
        if rule.direction in (EITHER, direction) and re.search(rule.pattern, said):
            return rule.kind
    return None


def invoice_numbers(text: str) -> list[str]:
    """The numbers of digital invoices (20 digits) that a line's text names."""
    return _INVOICE.findall(unicodedata.normalize("NFKC", text))


def batch_of(text: str) -> str | None:
    """The batch a lump's text names, upper case (批次07m is 07M)."""
    found = _BATCH.search(_spaced(text))
    return found.group(1) if found else None


def normal_batch(text: str) -> str:
    """A batch as the detail file writes it, spelled as ``batch_of`` answers; ValueError if it is none."""
    found = _BATCH.fullmatch("批次" + _spaced(text).removeprefix("批次"))
    if found is None:
        raise ValueError(_("批次应为字母、数字和连字符，如 070 或 07-AD"))
    return found.group(1)


def _spaced(text: str) -> str:
    """Half-width capitals with the spaces kept: they end a batch."""
    return unicodedata.normalize("NFKC", text).upper().strip()


def revenue_source(text: str) -> str | None:
    """parking, advertising, or None for a source nobody listed."""
    for source, pattern in REVENUE_SOURCES.items():
        if re.search(pattern, folded_text(text)):
            return source
    return None


@dataclass(frozen=True, slots=True)
class LumpFacts:
    """What a merchant lump's text states: the day paid, the gross and the fee in yuan; None where silent."""

    paid_on: date | None
    gross: Decimal | None
    fee: Decimal | None


def lump_facts(text: str, booked_on: date) -> LumpFacts:
    """Read 商户结算0701 总额2727.36 手续费10.36; the year is the latest that is not after ``booked_on``."""
    said = folded_text(text)
    day = _LUMP_DAY.search(said)
    return LumpFacts(
        paid_on=_latest(int(day.group(1)), int(day.group(2)), booked_on) if day else None,
        gross=_number(_GROSS, said),
        fee=_number(_FEE, said),
    )


def _latest(month: int, day: int, not_after: date) -> date | None:
    for year in (not_after.year, not_after.year - 1):
        try:
            candidate = date(year, month, day)
        except ValueError:
            continue
        if candidate <= not_after:
            return candidate
    return None


def _number(pattern: re.Pattern[str], text: str) -> Decimal | None:
    found = pattern.search(text)
    try:
        return Decimal(found.group(1).replace(",", "")) if found else None
    except InvalidOperation:
        return None
