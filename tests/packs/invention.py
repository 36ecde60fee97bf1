"""Invents what an estate is before any money moves: its place, homes, owners, deed and annual budget.

Refuses to invent a payer's name that stands in the roster, so who is unknown stays unknown.
"""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

from tests.packs.arithmetic import Term, fen, months_of, next_month
from tests.packs.bank_writer import Account

SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂英文辉玲红玉兰波宁嘉睿"


@dataclass(frozen=True, slots=True)
class Options:
    """How this estate, its bank and its deed differ from others."""

    quarter: str = "2025Q4"
    layout: str = "gb18030 csv, two columns"
    base: str = "APPROVED_EXPENDITURE"
    base_rate: str = "0.10"
    performance_rate: str = "0.05"
    tiers: str = "95:1.00;85:0.60;70:0.30;0:0.00"
    score: int = 78
    trustee_rate: str = "0.0045"
    custody_rate: str = "0.00015"
    changed: tuple[tuple[str, str], ...] = ()  # terms that change at the quarter's second month
    grant: str | None = "30000"
    placement: str = "call"  # call, time, open (still out at the quarter's end), none
    floor_months: int = 3
    broken_batch: bool = False
    bad_invoices: bool = False
    late_invoice: bool = False
    in_transit_at_end: bool = False
    reversal_of: str = "fee"  # fee or suspense
    batch_prefix: str = ""
    batch_without_lines: bool = False
    crossing_batch: bool = False  # parked in the first month, banked on the second's first day
    slim_reserve: bool = False  # the maintenance book would just cover the placement, and then nothing else
    late_acceptance: bool = False  # work of the first month accepted early in the second
    other_words: bool = False  # the bank's own summaries; what a line is stands in the memo alone
    typed_as_text: bool = False  # a clerk typed days, amounts and numbers as text
    other_years: bool = False  # the workbooks also hold the year and the quarter before


@dataclass(frozen=True, slots=True)
class Unit:
    """A home and its monthly price per square metre."""

    building: int
    entrance: int
    room: str
    area: Decimal
    owner: str
    price: Decimal

    @property
    def code(self) -> str:
        return f"{self.building}-{self.entrance}-{self.room}"

    @property
    def monthly_fee(self) -> Decimal:
        return fen(self.area * self.price)


@dataclass(frozen=True, slots=True)
class BudgetLine:
    """A year's money for one kind of work."""

    code: str
    name: str
    book: str
    annual: Decimal


@dataclass(frozen=True, slots=True)
class Invented:
    """An estate on the day its trust takes over."""

    code: str
    name: str
    street: str
    provider: str
    provider_account: str
    account: Account
    units: tuple[Unit, ...]
    budget: tuple[BudgetLine, ...]
    operating: Decimal
    maintenance: Decimal
    principal: Decimal
    terms: tuple[Term, ...]

    def names(self) -> Counter[str]:
        """How often each owner's name stands in the roster."""
        return Counter(unit.owner for unit in self.units)


PLACES = (
    ("CD-WH", "锦江花园", "成都武侯区", "浆洗街街道", "洗面桥社区", "中国建设银行成都武侯支行"),
    ("MY-FC", "涪江新苑", "绵阳涪城区", "工区街道", "解放社区", "绵阳市商业银行涪城支行"),
    ("DY-JY", "旌湖雅居", "德阳旌阳区", "城南街道", "泰山社区", "成都银行德阳分行"),
    ("YB-CP", "合江里", "宜宾翠屏区", "大观楼街道", "走马社区", "中国银行宜宾分行"),
    ("NC-SQ", "嘉陵坊", "南充顺庆区", "中城街道", "五星社区", "招商银行南充分行"),
)
BUDGET = (
    ("CLN", "清洁卫生", "经营账", "0.21"), ("ORD", "秩序维护", "经营账", "0.27"),
    ("GRN", "绿化养护", "经营账", "0.07"), ("LFT", "电梯维保", "经营账", "0.09"),
    ("WST", "垃圾清运", "经营账", "0.06"), ("OFF", "办公费用", "经营账", "0.03"),
    ("MNT", "公共部位维修", "维修账", "0.08"), ("FIR", "消防设施维修", "维修账", "0.04"),
    ("REM", "物业服务酬金", "经营账", "0.24"),
)  # fmt: skip


def digits(rng: Random, count: int) -> str:
    """A number of so many digits, the first not zero."""
    return str(rng.randint(10 ** (count - 1), 10**count - 1))


def person(rng: Random, known: Counter[str] | None = None) -> str:
    """A name; not one of ``known`` when given."""
    while True:
        name = rng.choice(SURNAMES) + "".join(rng.choices(GIVEN, k=rng.choice((1, 2, 2))))
        if not known or name not in known:
            return name


def roster(rng: Random) -> tuple[Unit, ...]:
    """Sixty to a hundred and fifty homes; a few owners share a name, one owns two homes."""
    buildings, entrances, floors = rng.choice(((3, 2, 11), (5, 2, 6), (4, 1, 18), (2, 3, 12), (4, 3, 6)))
    prices = {b: Decimal(rng.choice(("1.25", "1.6", "1.85", "2.1"))) for b in range(1, buildings + 1)}
    units = [
        Unit(b, e, f"{f}{n:02d}", Decimal(rng.randint(5200, 15800)) / 100, person(rng), prices[b])
        for b in range(1, buildings + 1)
        for e in range(1, entrances + 1)
        for f in range(1, floors + 1)
        for n in (1, 2)
    ]
    for first, second in ((3, 17), (8, 30), (8, 41)):
        units[second] = replace(units[second], owner=units[first].owner)
    return tuple(units)


def deed(options: Options) -> tuple[Term, ...]:
    """The deed's terms: each changed one has a second dated row, and some will change the day after."""
    first, second, third = months_of(options.quarter)
    signed_on = date(first.year - 1, 3, 15)
    values = {
        "酬金基数": options.base, "基础酬金率": options.base_rate, "绩效酬金率": options.performance_rate,
        "绩效档位": options.tiers, "信托报酬年费率": options.trustee_rate,
        "保管费年费率": options.custody_rate,
        "计费基础": "日均余额", "计息天数": "ACT/365", "流动性底线月数": str(options.floor_months),
        "允许投资品种": "活期存款;通知存款;定期存款", "每月银行收费上限": "25.00",
    }  # fmt: skip
    rows = [Term(name, value, signed_on) for name, value in values.items()]
    rows += [Term(name, value, second) for name, value in options.changed]
    return (
        *rows,
        *(Term(name, "0.2", next_month(third)) for name in ("基础酬金率", "绩效酬金率", "保管费年费率")),
    )


def invent(rng: Random, seed: int, options: Options) -> Invented:
    """An estate with money enough for its floor, a placement and a quarter's work."""
    prefix, name, _, street, _, bank = PLACES[seed % len(PLACES)]
    code, units = f"{prefix}-{seed:04d}", roster(rng)
    monthly = sum((unit.monthly_fee for unit in units), Decimal(0))
    hundreds = Decimal(100)
    annual = {key: monthly * 12 * Decimal(share) / hundreds for key, _, _, share in BUDGET}
    budget = tuple(
        BudgetLine(key, label, book, annual[key].quantize(Decimal(1)) * hundreds)
        for key, label, book, _ in BUDGET
    )
    floor = sum((line.annual for line in budget), Decimal(0)) / 12 * options.floor_months
    principal = Decimal(rng.choice((80000, 100000, 150000)))
    return Invented(
        code=code,
        name=name,
        street=street,
        provider=f"四川{rng.choice(('安居', '和悦', '长青', '惠邻'))}{seed}物业服务有限公司",
        provider_account=digits(rng, 18),
        account=Account(digits(rng, 19), f"示范信托有限公司-{name}物业服务信托", bank),
        units=units,
        budget=budget,
        operating=fen(floor + principal + monthly * 6) + Decimal(rng.randint(1, 99)) / 100,
        maintenance=fen(principal + (50 if options.slim_reserve else monthly * 2))
        + Decimal(rng.randint(1, 99)) / 100,
        principal=principal,
        terms=deed(options),
    )


def about_rows(seed: int, invented: Invented, options: Options) -> list[list[Any]]:
    """The 小区 sheet."""
    _, name, district, street, community, bank = PLACES[seed % len(PLACES)]
    area = sum((unit.area for unit in invented.units), Decimal(0))
    return [
        ["小区编码", invented.code], ["小区名称", name], ["区县", district], ["街道", street],
        ["社区", community], ["建成年份", 2003 + seed % 12], ["户数", len(invented.units)],
        ["住宅面积", area], ["受托人", "示范信托有限公司"], ["委托人", f"{name}业主大会"],
        ["业委会", f"{name}业主委员会"], ["信托监察人", f"{community}居民委员会"],
        ["信托产品编码", f"ZXD-{invented.code}"], ["开户银行", bank],
        ["信托专户户名", invented.account.name], ["信托专户账号", invented.account.number],
        ["期初日期", months_of(options.quarter)[0]], ["期初余额-经营账", invented.operating],
        ["期初余额-维修账", invented.maintenance],
    ]  # fmt: skip


def provider_rows(seed: int, invented: Invented) -> list[list[Any]]:
    """The 服务商 sheet."""
    return [
        ["名称", invented.provider], ["统一社会信用代码", f"91510{seed:05d}MA{seed:06d}X"[:18]],
        ["收款户名", invented.provider], ["收款账号", invented.provider_account],
        ["开户行", "中国农业银行成都锦江支行"], ["联行号", "103651000026"],
    ]  # fmt: skip
