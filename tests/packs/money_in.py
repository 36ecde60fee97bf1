"""Invents a quarter's receipts: transfers in every spelling, QR orders and their lumps, public revenue,
a grant, interest, charges, a placement, a reversal. Writes into a Draft; refuses nothing."""

import calendar
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from tests.packs.arithmetic import (
    BankLine,
    InvoiceLine,
    Order,
    RevenueLine,
    fen,
    key_of,
    months_of,
    next_month,
)
from tests.packs.invention import Invented, Options, Unit, digits, person

ONE_YEAR_CALL = Decimal("0.0085")
QR_FEE = Decimal("0.006")
FULL_WIDTH = str.maketrans("0123456789-", "０１２３４５６７８９－")


@dataclass(frozen=True, slots=True)
class Told:
    """A bank line with what the bank prints beside it."""

    line: BankLine
    name: str
    account: str
    summary: str
    memo: str


@dataclass(slots=True)
class Draft:
    """A quarter being invented."""

    rng: Random
    estate: Invented
    options: Options
    told: list[Told] = field(default_factory=list)
    orders: list[tuple[Order, str, str, str]] = field(default_factory=list)
    revenue: list[tuple[RevenueLine, str, str, str]] = field(default_factory=list)
    work: list[list[Any]] = field(default_factory=list)
    invoices: list[tuple[str, date, Decimal]] = field(default_factory=list)
    invoice_rows: list[list[Any]] = field(default_factory=list)
    approved: list[InvoiceLine] = field(default_factory=list)

    @property
    def months(self) -> list[date]:
        return months_of(self.options.quarter)

    def at(self, day: date, hours: tuple[int, int]) -> datetime:
        """An instant of the day between two hours."""
        seconds = self.rng.randrange(hours[0] * 3600, hours[1] * 3600)
        return datetime.combine(day, time()) + timedelta(seconds=seconds)

    def tell(
        self, at: datetime, amount: Decimal, kind: str, told: tuple[str, str, str, str], **more: Any
    ) -> None:
        """Add a bank line: its name, account, summary and memo as printed."""
        name, account, summary, memo = told
        if self.options.other_words:
            memo = memo if "手续费" in memo or summary != "手续费" else f"{memo}手续费"
            summary = "网银转入" if amount > 0 else "转账支取"
        self.told.append(Told(BankLine(at, amount, kind, **more), name, account, summary, memo))


SPELLINGS: tuple[Callable[[Unit, str, int], str], ...] = (
    lambda u, _n, _m: f"{u.building}栋{u.entrance}单元{u.room}号",
    lambda u, _n, _m: f"{u.building}栋{u.entrance}单元{u.room} 物业费",
    lambda u, _n, _m: f"物业费{u.code}",
    lambda u, name, _m: f"{name} {u.code}",
    lambda u, _n, month: f"{u.code} {month}月物业费",
    lambda u, _n, _m: f"{u.building:02d}-{u.entrance}-{u.room}物业费".translate(FULL_WIDTH),
    lambda u, _n, _m: f"{u.building}栋{u.entrance}单元{u.room}号".translate(FULL_WIDTH),
    lambda u, _n, _m: f"{u.code} 物业费",
)
NAMES_ONLY = ("物业费", "物业费", "物业费", "", "费用")


def card(rng: Random) -> str:
    """A payer's card number."""
    return "62" + digits(rng, 17)


def last_day(month: date) -> int:
    return calendar.monthrange(month.year, month.month)[1]


def transfer(draft: Draft, month: date, unit: Unit, place: int) -> None:
    """One owner's transfer, in the spelling its place brings round."""
    rng, names = draft.rng, draft.estate.names()
    amount = unit.monthly_fee * rng.choice((1, 1, 1, 2, 3, 6))
    style = place % (len(SPELLINGS) + 2)
    payer = unit.owner
    if style >= len(SPELLINGS) and names[unit.owner] == 1:
        memo = rng.choice(NAMES_ONLY)
    else:
        if rng.random() < 0.15:
            payer = person(rng, names)
        memo = SPELLINGS[style % len(SPELLINGS)](unit, payer, month.month)
    at = draft.at(month.replace(day=rng.randint(1, last_day(month))), (8, 21))
    draft.tell(at, amount, "fee", (payer + rng.choice(("", "", "", "  ")), card(rng), "转账", memo))


def order(draft: Draft, month: date, unit: Unit, day: int | None = None) -> None:
    """One QR payment; the quarter's last day only where the options want money in transit."""
    latest = last_day(month) - (0 if month != draft.months[-1] or draft.options.in_transit_at_end else 1)
    on = month.replace(day=day or draft.rng.randint(1, latest))
    amount = unit.monthly_fee * draft.rng.choice((1, 1, 2, 3))
    number = f"QR{on:%Y%m%d}{digits(draft.rng, 10)}"
    made = Order(draft.at(on, (7, 23)), amount, fen(amount * QR_FEE))
    draft.orders.append((made, number, unit.code, unit.owner))


def owners_pay(draft: Draft, month: date) -> None:
    """Most homes pay; some by QR, some by transfer."""
    units = list(draft.estate.units)
    draft.rng.shuffle(units)
    for place, unit in enumerate(units):
        chance = draft.rng.random()
        if chance < 0.34:
            order(draft, month, unit)
        elif chance < 0.74:
            transfer(draft, month, unit, place)
    if month != draft.months[-1] or draft.options.in_transit_at_end:
        order(draft, month, units[0], last_day(month))


def strangers_pay(draft: Draft, month: date) -> None:
    """Receipts nobody can place: no unit, a unit that is not here, a name two owners share."""
    rng, names = draft.rng, draft.estate.names()
    shared = next(name for name, count in names.items() if count > 1)
    cases = [
        (person(rng, names), ""), (person(rng, names), "费用"), (person(rng, names), "转账"),
        (shared, "物业费"), (person(rng, names), "99-1-101 物业费"),
    ]  # fmt: skip
    for payer, memo in rng.sample(cases, 4):
        at = draft.at(month.replace(day=rng.randint(2, 27)), (8, 21))
        draft.tell(at, Decimal(rng.randint(6000, 30000)) / 100, "suspense", (payer, card(rng), "转账", memo))


def lumps(draft: Draft) -> None:
    """The merchant's net lump the day after, none for days without orders."""
    by_day: dict[date, list[Order]] = defaultdict(list)
    for made, *_ in draft.orders:
        by_day[made.at.date()].append(made)
    for day, made_orders in sorted(by_day.items()):
        gross = sum((o.amount for o in made_orders), Decimal(0))
        fees = sum((o.fee for o in made_orders), Decimal(0))
        paid_on = day + timedelta(days=1)
        if paid_on < next_month(draft.months[-1]):
            memo = f"商户结算{day:%m%d} 总额{gross} 手续费{fees}"
            told = ("通联支付网络服务股份有限公司", "310066661018800012345", "商户结算", memo)
            draft.tell(draft.at(paid_on, (6, 7)), gross - fees, "lump", told, part=fees)


def batch(
    draft: Draft, code: str, paid_on: date, days: list[date], *, monthly: bool = False, over: int = 0
) -> None:
    """A parking batch: its lines, then one bank line; ``over`` is what the bank line has too much."""
    rng, total, code = draft.rng, Decimal(0), draft.options.batch_prefix + code
    source, evidence, memo = ("临时停车", "道闸小票", "临停收入")
    if monthly:
        source, evidence, memo = ("月租停车", "月租协议", "月租停车费")
    for day in sorted(rng.choices(days, k=rng.randint(9, 24))):
        amount = Decimal(180 if monthly else rng.choice((3, 5, 8, 10, 15)))
        total += amount
        plate = f"川{rng.choice('ABFKQR')}{digits(rng, 5)}"
        draft.revenue.append((RevenueLine(day, "parking", amount, code), source, plate, evidence))
    told = ("四川易泊停车服务有限公司", "510507090088001234", "转账", f"{memo} 批次{code}")
    draft.tell(draft.at(paid_on, (9, 20)), total + over, "batch", told, reference=code)


def parking(draft: Draft, month: date) -> None:
    """Monthly rents, temporary parking; where asked, a batch parked in one month and banked in the next."""
    first, second, _ = draft.months
    prefix = f"{month:%m}"
    batch(draft, f"{prefix}M", month.replace(day=6), [month.replace(day=5)], monthly=True)
    for number, start in enumerate((7, 14, 21)):
        broken = draft.options.broken_batch and month == second and number == 1
        days = [month.replace(day=start + step) for step in range(5)]
        batch(draft, f"{prefix}{number}", month.replace(day=start + 6), days, over=7 if broken else 0)
    if month == first and draft.options.crossing_batch:
        days = [month.replace(day=last_day(month) - step) for step in range(4)]
        batch(draft, f"{prefix}3", second, days)


def advertising(draft: Draft) -> None:
    """One batch of adverts, two contracts, in the second month."""
    code, day = f"{draft.options.batch_prefix}{draft.months[1]:%m}AD", draft.months[1].replace(day=15)
    for amount, contract in ((4200, "GG-01"), (1350, "GG-07")):
        line = RevenueLine(day, "advertising", Decimal(amount), code)
        draft.revenue.append((line, "电梯广告", "四川楼视传媒有限公司", f"广告位合同{contract}"))
    told = ("四川楼视传媒有限公司", "128905667710201", "转账", f"电梯广告费 批次{code}")
    draft.tell(draft.at(day, (9, 17)), Decimal(5550), "batch", told, reference=code)


def reversal(draft: Draft) -> None:
    """A receipt the bank took back half an hour later, in the last month."""
    rng, names = draft.rng, draft.estate.names()
    unit = rng.choice(draft.estate.units)
    known = draft.options.reversal_of == "fee"
    payer = unit.owner if known else person(rng, names)
    at, account = draft.at(draft.months[2].replace(day=19), (10, 15)), card(rng)
    other = next(each for each in draft.estate.units if each.code != unit.code)
    twin = (other.owner, card(rng), "转账", f"{other.code} 物业费")  # the same amount, from someone else
    draft.tell(at + timedelta(minutes=9), unit.monthly_fee, "fee", twin)
    amount, memo = unit.monthly_fee, f"{unit.code} 物业费" if known else ""
    draft.tell(at, amount, "reversed", (payer, account, "转账", memo))
    draft.tell(at + timedelta(minutes=30), -amount, "reversed", (payer, account, "冲正", "错账冲正"))


def placement(draft: Draft) -> None:
    """Money laid out and, unless it stays open, back with its interest."""
    kind, principal, own = draft.options.placement, draft.estate.principal, draft.estate.account.name
    if kind == "none":
        return
    word, name = ("定期存款", "一个月定期存款") if kind == "time" else ("通知存款", "七天通知存款")
    out_on = draft.months[1 if kind == "open" else 0].replace(day=16)
    told = (own, "7777777777777777777", "转存", f"转{name}")
    draft.tell(datetime.combine(out_on, time(9, 30)), -principal, "placed", told)
    if kind != "open":
        back_on = draft.months[1].replace(day=16) if kind == "time" else draft.months[2].replace(day=9)
        interest = fen(principal * ONE_YEAR_CALL * (back_on - out_on).days / 360)
        told = (own, "7777777777777777777", "转存", f"{word}本息 本金{principal} 利息{interest}")
        at = datetime.combine(back_on, time(9, 30))
        draft.tell(at, principal + interest, "returned", told, part=interest)


def money_in(draft: Draft) -> None:
    """Everything the bank receives and takes of itself in the quarter."""
    for month in draft.months:
        owners_pay(draft, month)
        strangers_pay(draft, month)
        parking(draft, month)
        charge = ("", "", "手续费", "账户管理费")
        draft.tell(draft.at(month.replace(day=20), (15, 18)), Decimal(-25), "charge", charge)
    advertising(draft)
    if draft.options.batch_without_lines:
        told = ("四川易泊停车服务有限公司", "510507090088001234", "转账", "临停收入 批次999")
        draft.tell(
            draft.at(draft.months[2].replace(day=11), (9, 17)), Decimal(77), "batch", told, reference="999"
        )
    lumps(draft)
    reversal(draft)
    placement(draft)
    if draft.options.grant:
        told = (f"{draft.estate.street}办事处", "220101010101010101", "转账", "信托制物业激励资金")
        at = draft.at(draft.months[1].replace(day=12), (9, 17))
        draft.tell(at, Decimal(draft.options.grant), "grant", told)
    interest = Decimal(draft.rng.randint(4000, 19000)) / 100
    at = datetime.combine(draft.months[2].replace(day=21), time(2))
    draft.tell(at, interest, "interest", ("", "", "结息", "季度结息"))
    if {key_of(told.line.on) for told in draft.told} != {key_of(month) for month in draft.months}:
        raise ValueError("a line fell outside the quarter")
