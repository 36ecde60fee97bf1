"""城市月报表: a row a month in the columns that a city's platform asks for: data, not code. Pure.

Refuses a column whose source is unknown, by name. No format is claimed to be official: the notes say whose
columns these are, and from which file.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from reporting.statements.common import SIGNATURES, detail_note, subtitles
from reporting.statements.facts import NOTHING, Figures, LedgerFacts, Span
from reporting.statements.flow import Flow, flow_of
from reporting.statements.income_sources import PUBLIC
from reporting.statements.report import Cell, ColumnKind, ColumnSpec, Proof, Report, ReportRow, Table

TITLE = "城市月报表"


@dataclass(frozen=True, slots=True)
class CityColumns:
    """The table's ``title``, whose columns they are (``basis``), (name, source) in order, its digest."""

    title: str
    basis: str
    columns: tuple[tuple[str, str], ...]
    sha256: str


@dataclass(frozen=True, slots=True)
class CityMonth:
    """One month of one estate. ``bank``: its balance at the end, None where no statement covers it."""

    estate: str
    district: str
    fund_code: str
    month: Span
    units: int
    figures: Figures
    bank: Decimal | None

    @property
    def flow(self) -> Flow:
        """What came in and went out; by budget codes nobody asks here."""
        codes = {each.code for each in self.figures.movements if each.kind == "budget_spending"}
        return flow_of(self.figures, tuple((code, code) for code in sorted(codes)))

    def income(self, *kinds: str) -> Decimal:
        """Income of these kinds."""
        return NOTHING - self.figures.total("net", kinds=kinds)


@dataclass(frozen=True, slots=True)
class CityFacts:
    """What the table is made from."""

    ledger: LedgerFacts
    months: tuple[CityMonth, ...]
    asked: CityColumns


def _sum(pick: Callable[[Flow], tuple[Decimal, ...]]) -> Callable[[CityMonth], Cell]:
    return lambda each: sum(pick(each.flow), NOTHING)


def _other(each: CityMonth) -> Decimal:
    return sum(each.flow.received, NOTHING) - each.income("property_fee", *PUBLIC)


_MONEY, _TEXT = ColumnKind.MONEY, ColumnKind.TEXT
SOURCES: Mapping[str, tuple[ColumnKind, Callable[[CityMonth], Cell]]] = {
    "estate.name": (_TEXT, lambda each: each.estate),
    "estate.district": (_TEXT, lambda each: each.district),
    "fund.code": (_TEXT, lambda each: each.fund_code),
    "month": (_TEXT, lambda each: f"{each.month.from_on:%Y-%m}"),
    "from_on": (ColumnKind.DATE, lambda each: each.month.from_on),
    "to_on": (ColumnKind.DATE, lambda each: each.month.to_on),
    "units": (ColumnKind.INT, lambda each: each.units),
    "opening": (_MONEY, _sum(lambda flow: flow.opening)),
    "income.property_fee": (_MONEY, lambda each: each.income("property_fee")),
    "income.parking": (_MONEY, lambda each: each.income("parking")),
    "income.advertising": (_MONEY, lambda each: each.income("advertising")),
    "income.public": (_MONEY, lambda each: each.income(*PUBLIC)),
    "income.other": (_MONEY, _other),
    "income.total": (_MONEY, _sum(lambda flow: flow.received)),
    "spending.total": (_MONEY, _sum(lambda flow: flow.paid)),
    "pending": (_MONEY, _sum(lambda flow: flow.pending)),
    "moved": (_MONEY, lambda each: sum(each.flow.transfers, NOTHING) + sum(each.flow.corpus, NOTHING)),
    "closing": (_MONEY, _sum(lambda flow: flow.closing)),
    "cash": (_MONEY, lambda each: each.figures.total("closing", kinds=("cash",))),
    "bank": (_MONEY, lambda each: each.bank),
}


def city_report(facts: CityFacts) -> Report:
    """The table as a Report; InvariantBroken if a proof fails."""
    heading, asked = facts.ledger.heading, facts.asked
    first, last = facts.months[0].flow, facts.months[-1].flow
    table = Table(
        asked.title,
        tuple(ColumnSpec(name, SOURCES[source][0]) for name, source in asked.columns),
        tuple(
            ReportRow(tuple(SOURCES[source][1](each) for _, source in asked.columns)) for each in facts.months
        ),
        proofs=tuple(_proofs(facts)),
        notes=(
            f"栏目：{asked.basis}；由栏目文件定义，SHA-256 {asked.sha256[:16]}…；不是本系统规定的格式。",
            "支出合计为付款；存放的本金转出转回不是收支；待确认款项查明前不是收入。",
            detail_note(heading),
        ),
    )
    return Report(
        title=TITLE,
        estate=heading.estate,
        subtitles=subtitles(heading),
        sheets=(table,),
        produced_at=heading.produced_at,
        headlines=(
            ("期初资金", sum(first.opening, NOTHING)),
            ("收入合计", sum((sum(each.flow.received, NOTHING) for each in facts.months), NOTHING)),
            ("支出合计", sum((sum(each.flow.paid, NOTHING) for each in facts.months), NOTHING)),
            ("期末资金", sum(last.closing, NOTHING)),
        ),
        signatures=SIGNATURES,
    )


def _proofs(facts: CityFacts) -> list[Proof]:
    proofs = []
    for each in facts.months:
        flow, name = each.flow, f"{each.month.from_on:%Y-%m}"
        reached = sum(flow.opening, NOTHING) + sum(flow.net, NOTHING)
        proofs.append(
            Proof(f"{name}：月初 + 收入 + 待确认 − 支出 + 其他 = 月末", reached, sum(flow.closing, NOTHING))
        )
        cash = each.figures.total("closing", kinds=("cash",))
        proofs.append(
            Proof(f"{name}：账面银行存款 = 银行余额", cash, each.bank, strict=False, note="未核对或待查")
        )
    return proofs
