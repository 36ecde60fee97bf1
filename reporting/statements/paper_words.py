"""What the journal's names are called on paper, and how people's names are covered (个人信息保护法 6, 51).

Refuses to show a private person's full name: what is not plainly an organisation is covered.
"""

import re
from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache

from custody.ledger.chart import KINDS

TEMPLATE_TITLES = {
    "handover": "期初移交",
    "property_fee_received": "物业费到账",
    "suspense_received": "待确认到账",
    "suspense_identified": "待确认款项认领",
    "suspense_returned": "待确认款项退还",
    "merchant_order_collected": "商户收款",
    "merchant_lump_settled": "商户结算到账",
    "public_revenue_collected": "公共收益收取",
    "public_revenue_settled": "公共收益到账",
    "grant_received": "激励资金到账",
    "interest_received": "结息",
    "bank_charge_paid": "银行手续费",
    "unexplained_payment": "待查付款",
    "unexplained_explained": "待查付款查明",
    "break_explained": "待查付款查明",
    "return_explained": "待确认到账查明",
    "own_transfer": "专户间划转",
    "placement_out": "存放转出",
    "placement_back": "存放转回",
    "settlement_paid": "结算付款",
    "settlement_reversed": "结算退回",
    "book_transfer": "账间划转",
    "performance_accrued": "绩效酬金计提",
    "performance_assessed": "绩效酬金考核",
    "performance_paid": "绩效酬金付讫",
    "trustee_fee_accrued": "信托报酬计提",
    "custody_fee_accrued": "保管费计提",
}

BASE_TITLES = {
    "COLLECTED_INCOME": "实收服务资金",
    "RECOGNISED_INCOME": "应收服务资金",
    "APPROVED_BUDGET": "批准预算",
    "APPROVED_EXPENDITURE": "批准支出",
    "FIXED": "固定金额",
}

_ORGANISATION = re.compile(
    r"公司|集团|银行|支行|信用社|委员会|业主大会|街道|社区|中心|政府|财政|管理局|合作社|商行|商户|商店|超市|"
    r"学校|医院|厂$|店$|部$|所$|站$|局$|处$|会$|户$|场$|财付通|支付宝|微信|银联|信托|基金|物业"
)
_CHINESE = re.compile(r"[㐀-鿿·]{2,}")
_NAME_LENGTHS = (4, 3, 2)


def template_title(template: str) -> str:
    """The posting's Chinese name; its own name where none is known yet."""
    return TEMPLATE_TITLES.get(template, template)


def base_title(kind: str) -> str:
    """The remuneration base's Chinese name."""
    return BASE_TITLES.get(kind, kind)


def bank_line_cited(on: date, voucher: str) -> str:
    """A bank line as the bank knows it: its day, and its voucher or serial number where it has one."""
    return f"流水 {on} {voucher}".rstrip()


def unit_found(address: str, month: date, amount: Decimal) -> str:
    """A part of a receipt that a person found to be a unit's fee of a month; the unit by its address."""
    return f"{address} {month:%Y-%m} 物业费 {amount:,.2f}"


def income_found(kind: str, amount: Decimal) -> str:
    """A part of a receipt that a person found to be another income."""
    return f"{KINDS[kind].title} {amount:,.2f}"


def identified_as(parts: Sequence[str]) -> str:
    """What a receipt in suspense was found to be, of all its parts."""
    return f"认领为 {'、'.join(parts)}"


def row_of(file: str, *rows: int) -> str:
    """Where in a handed-in file it stands: ``bank-2025-07.xlsx 第 12 行``, or from which row to which."""
    first, last = min(rows), max(rows)
    return f"{file} 第 {first} 行" if first == last else f"{file} 第 {first}–{last} 行"


def cited_together(texts: Sequence[str]) -> str:
    """Several citations in one cell."""
    return "；".join(text for text in texts if text)


@lru_cache(maxsize=4096)
def covered(name: str) -> str:
    """A payer's name as others may read it: organisations in full, people as first character and *."""
    name = name.strip()
    if not name or _ORGANISATION.search(name):
        return name
    return name[0] + "*"


def cover_in(text: str, names: Collection[str]) -> str:
    """``text`` with each of ``names`` covered where it begins, ends or fills a run of Chinese characters.

    Cheap on purpose: a few set look-ups a run, whatever the length of the roster.
    """

    def cover(run: re.Match[str]) -> str:
        word = run.group()
        for length in _NAME_LENGTHS:
            if len(word) >= length and word[:length] in names:
                return word[0] + "*" + word[length:]
            if len(word) >= length and word[-length:] in names:
                return word[: len(word) - length + 1] + "*"
        return word

    return _CHINESE.sub(cover, text)
