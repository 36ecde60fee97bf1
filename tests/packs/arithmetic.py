"""The figures that must come out of a pack, worked from the definitions alone.

Knows nothing of the application: facts are what an honest clerk knows after reading every file,
and each figure is one sentence of the definitions. Refuses a remuneration base it has no definition for.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

ZERO = Decimal(0)
FEN = Decimal("0.01")


def fen(amount: Decimal) -> Decimal:
    """Yuan rounded half up to the fen."""
    return amount.quantize(FEN, ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class BankLine:
    """One line of the statement and what it is; ``kind`` is one of fee, suspense, reversed, lump, batch,
    grant, interest, charge, placed, returned, invoice. ``part`` is the channel fee of a lump or the
    interest inside a returned placement; ``reference`` a batch code or an invoice number."""

    at: datetime
    amount: Decimal
    kind: str
    part: Decimal = ZERO
    reference: str = ""

    @property
    def on(self) -> date:
        return self.at.date()


@dataclass(frozen=True, slots=True)
class Order:
    """One QR payment, gross, on the day the payer paid."""

    at: datetime
    amount: Decimal
    fee: Decimal


@dataclass(frozen=True, slots=True)
class RevenueLine:
    """One line behind a public revenue receipt; ``source`` is parking or advertising."""

    on: date
    source: str
    amount: Decimal
    batch: str


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """One line of an approved invoice: the month of the work or period it cites, and its budget code."""

    number: str
    month: str
    code: str
    amount: Decimal
    is_remuneration: bool


@dataclass(frozen=True, slots=True)
class Term:
    """A deed term from a date on."""

    name: str
    value: str
    effective_on: date


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything a quarter's figures are worked from."""

    estate: str
    quarter: str
    areas: tuple[Decimal, ...]
    operating: Decimal
    maintenance: Decimal
    terms: tuple[Term, ...]
    lines: tuple[BankLine, ...]
    orders: tuple[Order, ...]
    revenue: tuple[RevenueLine, ...]
    invoices: tuple[InvoiceLine, ...]
    score: int


def months_of(quarter: str) -> list[date]:
    """The first days of the quarter's three months."""
    year, number = int(quarter[:4]), int(quarter[5])
    return [date(year, number * 3 - 2 + place, 1) for place in range(3)]


def next_month(first_on: date) -> date:
    """The first day of the month after."""
    return (first_on + timedelta(days=32)).replace(day=1)


def key_of(day: date) -> str:
    """A month as figures name it, 2025-07."""
    return f"{day:%Y-%m}"


def days_of(quarter: str) -> Iterator[date]:
    """Every day of the quarter."""
    first, *_, last = months_of(quarter)
    day = first
    while day < next_month(last):
        yield day
        day += timedelta(days=1)


def term(facts: Facts, name: str, on: date) -> str:
    """The value in force on a day: the latest row not after it."""
    rows = [row for row in facts.terms if row.name == name and row.effective_on <= on]
    return max(rows, key=lambda row: row.effective_on).value


def broken_batches(facts: Facts) -> set[str]:
    """Batches whose lines do not sum to their bank line: no income, the whole line stays in suspense."""
    detail: dict[str, Decimal] = defaultdict(Decimal)
    for line in facts.revenue:
        detail[line.batch] += line.amount
    batches = [line for line in facts.lines if line.kind == "batch"]
    return {line.reference for line in batches if detail[line.reference] != line.amount}


def collected(facts: Facts, month: str) -> dict[str, Decimal]:
    """Gross receipts by the day the payer paid; sources in the published order."""
    broken = broken_batches(facts)
    public = [line for line in facts.revenue if key_of(line.on) == month and line.batch not in broken]
    fees = [line.amount for line in facts.lines if line.kind == "fee" and key_of(line.on) == month]
    fees += [order.amount for order in facts.orders if key_of(order.at.date()) == month]
    return {
        "advertising": sum((line.amount for line in public if line.source == "advertising"), ZERO),
        "parking": sum((line.amount for line in public if line.source == "parking"), ZERO),
        "property_fee": sum(fees, ZERO),
    }


def suspense(facts: Facts, month: str) -> Decimal:
    """Receipts that name nothing known, by the day of the bank line; broken batches in full."""
    broken = broken_batches(facts)
    unknown = [
        line.amount
        for line in facts.lines
        if key_of(line.on) == month
        and (line.kind == "suspense" or (line.kind == "batch" and line.reference in broken))
    ]
    return sum(unknown, ZERO)


def unconfirmed(facts: Facts, month: str) -> Decimal:
    """Of the month's orders, those whose lump, the day after, is past the quarter: the bank says nothing."""
    *_, last_on = days_of(facts.quarter)
    late = [order.amount for order in facts.orders if order.at.date() >= last_on]
    return sum(late, ZERO) if key_of(last_on) == month else ZERO


def remuneration_base(facts: Facts, month: str) -> Decimal:
    """What the deed in force that month takes the remuneration of."""
    kind = term(facts, "酬金基数", date.fromisoformat(f"{month}-01"))
    if kind == "COLLECTED_INCOME":
        return sum(collected(facts, month).values(), ZERO) - unconfirmed(facts, month)
    if kind == "APPROVED_EXPENDITURE":
        return sum((i.amount for i in facts.invoices if i.month == month and not i.is_remuneration), ZERO)
    raise ValueError(f"no definition of the base {kind}")


def share_of(facts: Facts, month: str, rate: str) -> Decimal:
    """A rate of the month's base, rounded once."""
    in_force = term(facts, rate, date.fromisoformat(f"{month}-01"))
    return fen(remuneration_base(facts, month) * Decimal(in_force))


def factor_of(tiers: str, score: int) -> str:
    """The factor of the highest tier the score reaches, as the deed spells it."""
    steps = sorted((Decimal(step.split(":")[0]), step.split(":")[1]) for step in tiers.split(";"))
    return [factor for floor, factor in steps if score >= floor][-1]


def daily_cash(facts: Facts) -> list[tuple[date, Decimal]]:
    """End-of-day trust cash: the bank's balance and the principal placed."""
    cash, by_day = facts.operating + facts.maintenance, []
    for day in days_of(facts.quarter):
        today = [line for line in facts.lines if line.on == day]
        cash += sum((line.amount for line in today if line.kind not in {"placed", "returned"}), ZERO)
        cash += sum((line.part for line in today if line.kind == "returned"), ZERO)
        by_day.append((day, cash))
    return by_day


def daily_fee(facts: Facts, rate: str) -> Decimal:
    """A yearly rate of every day's cash over 365, full precision, rounded once."""
    weighted = sum((cash * Decimal(term(facts, rate, day)) for day, cash in daily_cash(facts)), ZERO)
    return fen(weighted / 365)


def settled(facts: Facts, month: str) -> dict[str, str]:
    """That month's invoices the bank paid within the quarter, by budget code."""
    paid = {line.reference for line in facts.lines if line.kind == "invoice"}
    return by_code(line for line in facts.invoices if line.month == month and line.number in paid)


def by_code(lines: Iterable[InvoiceLine]) -> dict[str, str]:
    """Totals by budget code, in code order."""
    totals: dict[str, Decimal] = defaultdict(Decimal)
    for line in lines:
        totals[line.code] += line.amount
    return {code: str(fen(totals[code])) for code in sorted(totals)}


def total_of(facts: Facts, kind: str) -> Decimal:
    """The sum of the lines of a kind."""
    return sum((line.amount for line in facts.lines if line.kind == kind), ZERO)


def whole_or_fen(amount: Decimal) -> str:
    """As published: sums of whole yuan carry no decimals, others two."""
    return str(amount.quantize(Decimal(1)) if amount == amount.to_integral_value() else fen(amount))


def month_figures(facts: Facts, month: str, closing: Decimal) -> dict[str, object]:
    """One month of the published figures."""
    income = collected(facts, month)
    lines = [line for line in facts.lines if key_of(line.on) == month]
    return {
        "collected": {
            "advertising": whole_or_fen(income["advertising"]),
            "parking": whole_or_fen(income["parking"]),
            "property_fee": str(fen(income["property_fee"])),
        },
        "suspense": str(fen(suspense(facts, month))),
        "channel_fees_settled": str(fen(sum((line.part for line in lines if line.kind == "lump"), ZERO))),
        "remuneration_base": str(fen(remuneration_base(facts, month))),
        "base_remuneration": str(share_of(facts, month, "基础酬金率")),
        "performance_accrued": str(share_of(facts, month, "绩效酬金率")),
        "bank_closing": str(fen(closing)),
        "bank_lines": len(lines),
        "settled_invoices": settled(facts, month),
    }


def assessment_figures(facts: Facts, months: list[date]) -> dict[str, object]:
    """What the quarter's score leaves of the performance remuneration accrued."""
    accrued = sum((share_of(facts, key_of(month), "绩效酬金率") for month in months), ZERO)
    factor = factor_of(term(facts, "绩效档位", months[-1]), facts.score)
    payable = fen(accrued * Decimal(factor))
    return {
        "score": facts.score,
        "factor": factor,
        "performance_accrued": str(fen(accrued)),
        "performance_payable": str(payable),
        "performance_lapsed": str(fen(accrued - payable)),
    }


def figures(facts: Facts) -> dict[str, object]:
    """The whole of expected.json, in its shape and key order."""
    months = months_of(facts.quarter)
    closing, by_month = facts.operating + facts.maintenance, {}
    for month in months:
        closing += sum((line.amount for line in facts.lines if key_of(line.on) == key_of(month)), ZERO)
        by_month[key_of(month)] = month_figures(facts, key_of(month), closing)
    cash = daily_cash(facts)
    paid = {line.reference for line in facts.lines if line.kind == "invoice"}
    placed = sum((line.part for line in facts.lines if line.kind == "returned"), ZERO)
    unpaid = sum((line.amount for line in facts.invoices if line.number not in paid), ZERO)
    return {
        "estate": facts.estate,
        "quarter": facts.quarter,
        "units": len(facts.areas),
        "area": str(fen(sum(facts.areas, ZERO))),
        "opening": {"operating": str(fen(facts.operating)), "maintenance": str(fen(facts.maintenance))},
        "months": by_month,
        "grant": whole_or_fen(total_of(facts, "grant")),
        "bank_charges": str(fen(-total_of(facts, "charge"))),
        "interest": str(fen(total_of(facts, "interest"))),
        "placement_income": str(fen(placed)),
        "average_daily_cash": str(fen(sum((amount for _, amount in cash), ZERO) / len(cash))),
        "trustee_fee": str(daily_fee(facts, "信托报酬年费率")),
        "custody_fee": str(daily_fee(facts, "保管费年费率")),
        "assessment": assessment_figures(facts, months),
        "invoices_unpaid_at_quarter_end": str(fen(unpaid)),
        "closing_bank": str(fen(closing)),
    }
