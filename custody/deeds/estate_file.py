"""Reads what an estate brings into trust (estate.xlsx): estate, deed terms and units, every fault at once.

Refuses missing and unknown items, sums that differ, addresses twice, and terms nobody could compute with.
No database.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from django.utils.translation import gettext as _

from custody.deeds.terms import AVERAGE_DAILY_BALANCE, DAYS_IN_YEAR, Term
from custody.deeds.tiers import read_tiers, write_tiers
from custody.files.faults import Fault, Refused
from custody.files.sniffing import TabularFile
from custody.files.tables import (
    Column,
    Row,
    day,
    half_width,
    money,
    rate,
    read_pairs,
    readable_rows,
    text,
    text_max,
    whole,
)

AREA_BELOW, PRICE_BELOW = Decimal(10**8), Decimal(10_000)  # what the table of units can hold
_Read = TypeVar("_Read")
ESTATE_SHEET, TERMS_SHEET, UNITS_SHEET = "小区", "信托条款", "房屋"


def account_number(cell: Any) -> str:
    """An account number: 8 to 34 digits, spaces tolerated."""
    digits = "".join(half_width(text(cell)).split())
    if not re.fullmatch(r"[0-9]{8,34}", digits):
        raise ValueError("账号应为 8 至 34 位数字")
    return digits


def number(cell: Any) -> Decimal:
    """A positive number of at most four decimals, such as an area in m² or a price per m²."""
    try:
        value = Decimal(half_width(cell).replace(",", ""))
    except ArithmeticError:
        raise ValueError("应为正数,如 83404.00") from None
    if not value.is_finite() or not 0 < value < 10**9 or value != value.quantize(Decimal("0.0001")):
        raise ValueError("应为正数,最多四位小数")
    return value


def area(cell: Any) -> Decimal:
    """An area in m², at most two decimals."""
    value = number(cell)
    if value != value.quantize(Decimal("0.01")):
        raise ValueError("面积最多两位小数")
    if value >= AREA_BELOW:
        raise ValueError(_("面积应小于一亿平方米，请核对单位"))
    return value


def price(cell: Any) -> Decimal:
    """A price in yuan per m² and month, below ten thousand."""
    value = number(cell)
    if value >= PRICE_BELOW:
        raise ValueError(_("月单价应小于 10000 元/平方米，请核对是否填成了总价"))
    return value


def natural(cell: Any) -> int:
    """A whole number above zero."""
    value = whole(cell)
    if not 0 < value <= 30_000:
        raise ValueError("应为 1 至 30000 的整数")
    return value


def balance(cell: Any) -> Decimal:
    """An opening balance in yuan, not negative."""
    amount = money(cell)
    if amount < 0:
        raise ValueError("期初余额不能为负")
    return amount


ESTATE_ITEMS = (
    Column("小区编码", text_max(32)),
    Column("小区名称", text_max(100)),
    Column("区县", text_max(100)),
    Column("街道", text_max(100)),
    Column("社区", text_max(100)),
    Column("建成年份", natural),
    Column("户数", natural),
    Column("住宅面积", area),
    Column("受托人", text_max(200)),
    Column("委托人", text_max(200)),
    Column("业委会", text_max(200)),
    Column("信托监察人", text_max(200)),
    Column("信托产品编码", text_max(64)),
    Column("开户银行", text_max(200)),
    Column("信托专户户名", text_max(140)),
    Column("信托专户账号", account_number),
    Column("期初日期", day),
    Column("期初余额-经营账", balance),
    Column("期初余额-维修账", balance),
    Column("设立决议", text_max(64), ("决议文号",), required=False),
)
TERM_COLUMNS = (Column("条款", text), Column("取值", text_max(400)), Column("生效日期", day))
UNIT_COLUMNS = (
    Column("楼栋", natural),
    Column("单元", natural),
    Column("房号", text_max(8)),
    Column("建筑面积", area),
    Column("业主姓名", text_max(100)),
    Column("月单价", price),
)


def _rate_text(value: str) -> str:
    return format(rate(value).normalize(), "f")


def _base_text(value: str) -> str:
    kind, colon, amount = value.strip().upper().partition(":")
    if kind == "FIXED" and colon:
        return f"FIXED:{money(amount)}"
    if (
        kind not in ("COLLECTED_INCOME", "RECOGNISED_INCOME", "APPROVED_BUDGET", "APPROVED_EXPENDITURE")
        or colon
    ):
        raise ValueError(
            "应为 COLLECTED_INCOME、RECOGNISED_INCOME、APPROVED_BUDGET、APPROVED_EXPENDITURE 或 FIXED:月金额"
        )
    return kind


def _tiers_text(value: str) -> str:
    return write_tiers(read_tiers(value))


def _choice(*choices: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        if value.strip().upper() not in choices:
            raise ValueError(f"应为其中之一:{'、'.join(choices)}")
        return value.strip().upper()

    return parse


def _months_text(value: str) -> str:
    months = whole(value)
    if not 0 <= months <= 120:
        raise ValueError("应为 0 至 120 的整数月数")
    return str(months)


def _products_text(value: str) -> str:
    known = ("存款", "存单", "债", "国库券", "货币")
    names = [name.strip() for name in re.split("[;,、]", half_width(value)) if name.strip()]
    strange = [name for name in names if not any(word in name for word in known)]
    if not names or strange:
        raise ValueError(f"应为分号分隔的投资品种,不认识:{'、'.join(strange) or '(空)'}")
    return ";".join(names)


# 条款 in the workbook → the term's code and the notation its value must be in.
TERMS: dict[str, tuple[Term, Callable[[str], str]]] = {
    "酬金基数": (Term.REMUNERATION_BASE, _base_text),
    "基础酬金率": (Term.BASE_RATE, _rate_text),
    "绩效酬金率": (Term.PERFORMANCE_RATE, _rate_text),
    "绩效档位": (Term.PERFORMANCE_TIERS, _tiers_text),
    "信托报酬年费率": (Term.TRUSTEE_FEE_RATE, _rate_text),
    "保管费年费率": (Term.CUSTODY_FEE_RATE, _rate_text),
    "计费基础": (Term.FEE_BASIS, _choice(AVERAGE_DAILY_BALANCE)),
    "计息天数": (Term.DAY_COUNT, _choice(*DAYS_IN_YEAR)),
    "流动性底线月数": (Term.LIQUIDITY_FLOOR_MONTHS, _months_text),
    "允许投资品种": (Term.PERMITTED_PLACEMENTS, _products_text),
}


@dataclass(frozen=True, slots=True)
class UnitFacts:
    """One unit: ``area`` in m², ``monthly_price`` in yuan per m² and month."""

    building: int
    entrance: int
    room: str
    area: Decimal
    owner_name: str
    monthly_price: Decimal


@dataclass(frozen=True, slots=True)
class TermFacts:
    """One deed term from ``effective_from`` on, in the notation the house computes with."""

    code: str
    value: str
    effective_from: date


@dataclass(frozen=True, slots=True)
class EstateFacts:
    """Everything custody needs; ``items`` by their Chinese names."""

    items: dict[str, Any]
    terms: tuple[TermFacts, ...]
    units: tuple[UnitFacts, ...]

    @property
    def opened_on(self) -> date:
        """The first day of the trust's own movements."""
        on: date = self.items["期初日期"]
        return on

    @property
    def parties_from(self) -> date:
        """The deed binds its parties from its first term on, never later than the opening."""
        return min([self.opened_on, *(term.effective_from for term in self.terms)])


def read_estate(file: TabularFile) -> tuple[EstateFacts | None, list[Fault]]:
    """The facts of the three sheets, or None with every fault found in them."""
    faults: list[Fault] = []
    items = collected(faults, lambda: read_pairs(file, sheet=ESTATE_SHEET, items=ESTATE_ITEMS))
    terms, term_faults = sheet_rows(file, TERMS_SHEET, TERM_COLUMNS)
    units, unit_faults = sheet_rows(file, UNITS_SHEET, UNIT_COLUMNS)
    faults += term_faults + unit_faults
    read_terms = _terms(file, terms, items, faults, whole=not term_faults)
    faults += _unit_faults(file, units, None if unit_faults else items)
    if faults or items is None:
        return None, faults
    read_units = tuple(UnitFacts(*(row[column.name] for column in UNIT_COLUMNS)) for row in units)
    return EstateFacts(items, tuple(read_terms), read_units), []


def sheet_rows(file: TabularFile, sheet: str, columns: Sequence[Column]) -> tuple[list[Row], list[Fault]]:
    """What could be read of one sheet, and its faults; a missing sheet is one fault."""
    try:
        return readable_rows(file, sheet=sheet, columns=columns)
    except Refused as refusal:
        return [], list(refusal.faults)


def collected(faults: list[Fault], read: Callable[[], _Read]) -> _Read | None:
    """What ``read`` answers, or None with its faults added."""
    try:
        return read()
    except Refused as refusal:
        faults += refusal.faults
        return None


def _terms(
    file: TabularFile, rows: Sequence[Row], items: dict[str, Any] | None, faults: list[Fault], *, whole: bool
) -> list[TermFacts]:
    """Each row as a term; the same term may return with another date.

    What is missing is told only when the sheet could be read ``whole``.
    """
    terms: list[TermFacts] = []
    for row in rows:
        name = row["条款"]
        if name not in TERMS:
            expected = f"不认识的条款,应为:{'、'.join(TERMS)}"
            faults.append(Fault(file.name, TERMS_SHEET, row.number, "条款", name, expected))
            continue
        code, notation = TERMS[name]
        try:
            term = TermFacts(code, notation(row["取值"]), row["生效日期"])
        except ValueError as broken:
            faults.append(Fault(file.name, TERMS_SHEET, row.number, "取值", row["取值"], str(broken)))
            continue
        if any((each.code, each.effective_from) == (code, term.effective_from) for each in terms):
            expected = f"「{name}」在同一生效日期只能有一个取值"
            faults.append(Fault(file.name, TERMS_SHEET, row.number, "条款", name, expected))
        terms.append(term)
    opened_on = items["期初日期"] if items else date.max
    for name in TERMS if whole else ():
        since = [row["生效日期"] for row in rows if row["条款"] == name]
        if not since:
            faults.append(Fault(file.name, TERMS_SHEET, None, "条款", name, "缺少该条款"))
        elif min(since) > opened_on:
            expected = f"期初日期 {opened_on} 时该条款尚未生效,应有一行不晚于期初日期"
            faults.append(Fault(file.name, TERMS_SHEET, None, "生效日期", name, expected))
    return terms


def _unit_faults(file: TabularFile, rows: Sequence[Row], items: dict[str, Any] | None) -> list[Fault]:
    """Addresses twice; a count or an area that differs from what the estate states."""
    faults: list[Fault] = []
    seen: dict[tuple[int, int, str], int] = {}
    for row in rows:
        address = (row["楼栋"], row["单元"], row["房号"])
        if address in seen:
            where = "-".join(map(str, address))
            expected = f"房屋地址重复,第{seen[address]}行已有"
            faults.append(Fault(file.name, UNITS_SHEET, row.number, "房号", where, expected))
        seen.setdefault(address, row.number)
    if items is None:
        return faults
    if len(rows) != items["户数"]:
        expected = f"房屋表应有 {items['户数']} 户(见「小区」户数)"
        faults.append(Fault(file.name, UNITS_SHEET, None, "房号", f"{len(rows)} 户", expected))
    total = sum((row["建筑面积"] for row in rows), Decimal(0))
    if total != items["住宅面积"]:
        expected = f"建筑面积合计应等于住宅面积 {items['住宅面积']}"
        faults.append(Fault(file.name, UNITS_SHEET, None, "建筑面积", str(total), expected))
    return faults
