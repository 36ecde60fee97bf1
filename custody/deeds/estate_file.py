"""Reads what an estate brings into trust (estate.xlsx): estate, deed terms and units, every fault at once.

Refuses missing and unknown items, sums that differ, addresses twice, and terms nobody could compute with.
No database.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from custody.deeds.notation import NOTATIONS, TERMS_BY_TITLE
from custody.deeds.terms import OPTIONAL
from custody.files import spellings
from custody.files.faults import Fault
from custody.files.sniffing import TabularFile
from custody.files.tables import (
    Parse,
    code_max,
    counted,
    day,
    half_width,
    money,
    one_of,
    quantity,
    text,
    text_max,
)
from custody.files.typed_rows import FileRow, Page, column, read_items, read_rows
from custody.kernel.words import told
from custody.ledger.chart import Book

AREA_BELOW, PRICE_BELOW = Decimal(10**8), Decimal(10_000)  # what the table of units can hold
_AREA_UNITS = ("㎡", "平方米", "平米")
ESTATE_SHEET, TERMS_SHEET, UNITS_SHEET = "小区", "信托条款", "房屋"


def account_number(cell: Any) -> str:
    """An account number: 8 to 34 digits, spaces tolerated."""
    digits = "".join(half_width(text(cell)).split())
    if not re.fullmatch(r"[0-9]{8,34}", digits):
        raise ValueError(_("账号应为 8 至 34 位数字"))
    return digits


def credit_code(cell: Any) -> str:
    """A unified social credit code: 18 digits and capitals, in either width and case."""
    code = half_width(text(cell)).upper()
    if not re.fullmatch("[0-9A-Z]{18}", code):
        raise ValueError(_("统一社会信用代码应为 18 位数字和大写字母"))
    return code


def _positive(value: Decimal) -> Decimal:
    if not 0 < value < 10**9 or value != value.quantize(Decimal("0.0001")):
        raise ValueError(_("应为正数，最多四位小数"))
    return value


def area(cell: Any) -> Decimal:
    """An area in m², at most two decimals: 95.05 or 95.05㎡."""
    value = _positive(quantity(cell, *_AREA_UNITS))
    if value != value.quantize(Decimal("0.01")):
        raise ValueError(_("面积最多两位小数"))
    if value >= AREA_BELOW:
        raise ValueError(_("面积应小于一亿平方米，请核对单位"))
    return value


def unit_price(cell: Any) -> Decimal:
    """Yuan per m² and month: 2.10, ￥2.10, 2.10元 or 2.10元/㎡·月; a price of another measure is refused."""
    spelled = spellings.price_in(cell) if isinstance(cell, str) else None
    value = _positive(quantity(cell, "元") if spelled is None else spelled)
    if value >= PRICE_BELOW:
        raise ValueError(_("月单价应小于 10000 元/平方米，请核对是否填成了总价"))
    return value


def natural(*units: str) -> Parse:
    """A whole number above zero that may carry one of ``units``: 1 or 1栋."""
    count = counted(*units)

    def parse(cell: Any) -> int:
        value = count(cell)
        if not 0 < value <= 30_000:
            raise ValueError(_("应为 1 至 30000 的整数"))
        return value

    return parse


def room(cell: Any) -> str:
    """A room's number: 101, 101室 or １０１."""
    number = str(code_max(8)(cell))
    return number[:-1] if len(number) > 1 and number[-1] in "室号房" else number


def balance(cell: Any) -> Decimal:
    """An opening balance in yuan, not negative."""
    amount = money(cell)
    if amount < 0:
        raise ValueError(_("期初余额不能为负"))
    return amount


class EstateItems(FileRow):
    """What the sheet 小区 says of the estate, its parties and its trust account."""

    code: str = column("小区编码", parse=code_max(32))
    name: str = column("小区名称", parse=text_max(100))
    district: str = column("区县", parse=text_max(100))
    street: str = column("街道", parse=text_max(100))
    community: str = column("社区", parse=text_max(100))
    built_year: int = column("建成年份", parse=natural("年", "年建成"))
    households: int = column("户数", parse=natural("户", "套"))
    residential_area: Decimal = column("住宅面积", parse=area)
    trustee: str = column("受托人", parse=text_max(200))
    assembly: str = column("委托人", parse=text_max(200))
    committee: str = column("业委会", parse=text_max(200))
    protector: str = column("信托监察人", parse=text_max(200))
    product_code: str = column("信托产品编码", parse=code_max(64))
    bank_name: str = column("开户银行", parse=text_max(200))
    account_holder: str = column("信托专户户名", parse=text_max(140))
    account_number: str = column("信托专户账号", parse=account_number)
    opened_on: date = column("期初日期", parse=day)
    opening_operating: Decimal = column("期初余额-经营账", parse=balance)
    opening_maintenance: Decimal = column("期初余额-维修账", parse=balance)
    resolution: str | None = column("设立决议", "决议文号", parse=text_max(64), required=False, blank=None)

    def opening(self, book: Book) -> Decimal:
        """A book's opening balance in yuan."""
        return self.opening_operating if book is Book.OPERATING else self.opening_maintenance


class TermRow(FileRow):
    """One deed term as the workbook states it."""

    name: str = column("条款", parse=one_of(list(TERMS_BY_TITLE)))
    value: str = column("取值", parse=text_max(400))
    effective_from: date = column("生效日期", parse=day)


class UnitRow(FileRow):
    """One unit: ``area`` in m², ``monthly_price`` in yuan per m² and month."""

    building: int = column("楼栋", parse=natural("栋", "幢", "座", "号楼", "#楼", "#"))
    entrance: int = column("单元", parse=natural("单元", "门"))
    room: str = column("房号", parse=room)
    area: Decimal = column("建筑面积", parse=area)
    owner_name: str = column("业主姓名", parse=text_max(100))
    monthly_price: Decimal = column("月单价", parse=unit_price)


@dataclass(frozen=True, slots=True)
class TermFacts:
    """One deed term from ``effective_from`` on, in the notation the house computes with."""

    code: str
    value: str
    effective_from: date


@dataclass(frozen=True, slots=True)
class EstateFacts:
    """Everything custody needs of one estate's workbook."""

    estate: EstateItems
    terms: tuple[TermFacts, ...]
    units: tuple[UnitRow, ...]

    @property
    def opened_on(self) -> date:
        """The first day of the trust's own movements."""
        return self.estate.opened_on

    @property
    def parties_from(self) -> date:
        """The deed binds its parties from its first term on, never later than the opening."""
        return min([self.opened_on, *(term.effective_from for term in self.terms)])


def read_estate(file: TabularFile) -> tuple[EstateFacts | None, list[Fault]]:
    """The facts of the three sheets, or None with every fault found in them."""
    estate, faults = read_items(file, EstateItems, sheet=ESTATE_SHEET)
    terms = read_rows(file, TermRow, sheet=TERMS_SHEET)
    units = read_rows(file, UnitRow, sheet=UNITS_SHEET)
    faults += [*terms.faults, *units.faults]
    read_terms = _terms(terms, estate, faults)
    faults += _unit_faults(units, estate if units.whole else None)
    if faults or estate is None:
        return None, faults
    return EstateFacts(estate, tuple(read_terms), tuple(units.rows)), []


def _terms(page: Page[TermRow], estate: EstateItems | None, faults: list[Fault]) -> list[TermFacts]:
    """Each row as a term; the same term may return with another date.

    What is missing is told only when the sheet could be read whole.
    """
    terms: list[TermFacts] = []
    for row in page.rows:
        code = TERMS_BY_TITLE[row.name]
        try:
            term = TermFacts(code, NOTATIONS[code](row.value), row.effective_from)
        except ValueError as broken:
            faults.append(page.fault(row, "value", str(broken)))
            continue
        if any((each.code, each.effective_from) == (code, term.effective_from) for each in terms):
            expected = told(_("「%(term)s」在同一生效日期只能有一个取值"), term=row.name)
            faults.append(page.fault(row, "name", expected))
        terms.append(term)
    if page.whole:
        faults += _missing_terms(page, estate.opened_on if estate else date.max)
    return terms


def _missing_terms(page: Page[TermRow], opened_on: date) -> Iterator[Fault]:
    """Terms that no row states, or none from the trust's first day on."""
    for name, code in TERMS_BY_TITLE.items():
        if code in OPTIONAL:
            continue
        since = [row.effective_from for row in page.rows if row.name == name]
        if not since:
            yield Fault(page.file, page.sheet, None, "条款", name, _("缺少该条款"))
        elif min(since) > opened_on:
            late = _("期初日期 %(opened_on)s 时该条款尚未生效，应有一行不晚于期初日期")
            yield Fault(page.file, page.sheet, None, "生效日期", name, told(late, opened_on=opened_on))


def _unit_faults(page: Page[UnitRow], estate: EstateItems | None) -> Iterator[Fault]:
    """Addresses twice; a count or an area that differs from what the estate states."""
    seen: dict[tuple[int, int, str], int] = {}
    for row in page.rows:
        address = (row.building, row.entrance, row.room)
        if address in seen:
            expected = told(_("房屋地址重复，第%(row)s行已有"), row=seen[address])
            yield page.fault(row, "room", expected, value="-".join(map(str, address)))
        seen.setdefault(address, row.row)
    if estate is None:
        return
    if len(page.rows) != estate.households:
        expected = told(_("房屋表应有 %(households)s 户（见「小区」户数）"), households=estate.households)
        yield Fault(page.file, page.sheet, None, "房号", f"{len(page.rows)} 户", expected)
    total = sum((row.area for row in page.rows), Decimal(0))
    if total != estate.residential_area:
        expected = told(_("建筑面积合计应等于住宅面积 %(area)s"), area=estate.residential_area)
        yield Fault(page.file, page.sheet, None, "建筑面积", str(total), expected)
