"""收入来源表: where the period's income came from, by which way, and how complete it looks. Pure.

Refuses (by its proofs) to leave out an income. What was to come is stated only where it is known; until there
are bills the comparison is inferred from receipts, and says so.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from reporting.statements.common import (
    INCOMES,
    PRIOR,
    SIGNATURES,
    account_title,
    detail_note,
    ratio,
    subtitles,
)
from reporting.statements.facts import NOTHING, DetailLine, Figures, LedgerFacts, Span, prior_note
from reporting.statements.paper_words import template_title
from reporting.statements.report import ColumnKind, ColumnSpec, Proof, Report, ReportRow, Style, Table

TITLE = "收入来源表"
MAIN, WAYS, MONTHS = "收入来源", "到账途径", "分月完整性"
INFERRED = "由到账推断"
PUBLIC = ("parking", "advertising")


@dataclass(frozen=True, slots=True)
class ExpectedFees:
    """What the roster's units owe for one month, area × price each rounded to the fen: how many, yuan."""

    month: Span
    units: int
    total: Decimal


@dataclass(frozen=True, slots=True)
class IncomeFacts:
    """What the statement is made from. ``fees``: a row a month; ``declared``: what the firm said it took of
    each public revenue in the period, yuan; ``before`` as always.
    """

    ledger: LedgerFacts
    fees: tuple[ExpectedFees, ...]
    declared: Mapping[str, Decimal]
    before: tuple[Span, Figures] | None

    @property
    def owed(self) -> Decimal:
        """What the units owe for the period's months."""
        return sum((each.total for each in self.fees), NOTHING)

    def came(self, kind: str) -> Decimal:
        """Income of one kind, credit positive."""
        return NOTHING - self.ledger.total("net", kinds=(kind,))


def income_statement(facts: IncomeFacts) -> Report:
    """The income by source as a Report; InvariantBroken if a proof fails."""
    heading = facts.ledger.heading
    return Report(
        title=TITLE,
        estate=heading.estate,
        subtitles=subtitles(heading),
        sheets=(source_table(facts), _ways(facts.ledger), _months(facts)),
        produced_at=heading.produced_at,
        headlines=(
            ("收入合计", sum(map(facts.came, INCOMES), NOTHING)),
            ("应收物业费", facts.owed),
            ("实收物业费", facts.came("property_fee")),
            ("待确认净增", NOTHING - facts.ledger.total("net", kinds=("suspense",))),
        ),
        signatures=SIGNATURES,
    )


def source_table(facts: IncomeFacts) -> Table:
    """收入来源: what was to come where it is known, what came, in all and in the period before."""
    money, ledger = ColumnKind.MONEY, facts.ledger
    whole = sum(map(facts.came, INCOMES), NOTHING)
    return Table(
        MAIN,
        (
            ColumnSpec("来源"), ColumnSpec("应收或申报", money), ColumnSpec("实收", money),
            ColumnSpec(PRIOR, money), ColumnSpec("实收÷应收", ColumnKind.RATE), ColumnSpec("依据"),
        ),
        tuple(_rows(facts)),
        proofs=(
            Proof("各来源实收之和 = 账面收入", whole, NOTHING - ledger.total("net", kinds=INCOMES)),
            Proof(
                "实收之和 = 逐笔收入之和", whole,
                NOTHING - sum((line.amount for line in ledger.lines if line.kind in INCOMES), NOTHING),
            ),
        ),
        notes=(
            prior_note(ledger.heading, facts.before[0] if facts.before else None),
            f"完整性{INFERRED}：本系统启用逐户账单以前，实收不区分所属月份，含预缴与补缴，可以高于应收。",
            "应收物业费 = 各月首日登记的每户面积 × 单价，逐户四舍五入到分；不含滞纳金、空置折减等约定。",
            "停车与广告的「申报」为物业公司交来的收款明细，按其收款日；与实收之差为在途、尚未申报或尚未到账。",
            "激励资金、利息等没有登记应收的来源，不评价完整性。待确认款项查明前不是收入。",
            detail_note(ledger.heading),
        ),
    )  # fmt: skip


def _rows(facts: IncomeFacts) -> Iterator[ReportRow]:
    before = facts.before[1] if facts.before else None
    total, earlier = NOTHING, NOTHING
    for kind in INCOMES:
        came = facts.came(kind)
        then = None if before is None else NOTHING - before.total("net", kinds=(kind,))
        total, earlier = total + came, earlier + (then or NOTHING)
        if kind == "refund" and not came and not then:
            continue
        owed, why = _expected(facts, kind)
        part = None if owed is None else ratio(came, owed)
        yield ReportRow((account_title(kind), owed, came, then, part, why))
    prior = None if before is None else earlier
    yield ReportRow(("收入合计", None, total, prior, None, None), Style.TOTAL)
    ledger = facts.ledger
    pending = NOTHING - ledger.total("net", kinds=("suspense",))
    was = None if before is None else NOTHING - before.total("net", kinds=("suspense",))
    yield ReportRow(("另：待确认款项净增加", None, pending, was, None, "查明前不计入收入"), Style.PROOF)


def _expected(facts: IncomeFacts, kind: str) -> tuple[Decimal | None, str]:
    if kind == "property_fee":
        units = max((each.units for each in facts.fees), default=0)
        return facts.owed, f"{units:,} 户登记面积 × 单价；{INFERRED}"
    if kind in PUBLIC:
        return facts.declared.get(kind, NOTHING), "物业公司收款明细"
    return None, "未登记应收"


def _ways(ledger: LedgerFacts) -> Table:
    """到账途径: each income by how it was booked, with how many entries."""
    found: dict[tuple[str, str], tuple[set[int], Decimal]] = {}
    for line in ledger.lines:
        if line.kind in INCOMES:
            entries, amount = found.setdefault((line.kind, line.template), (set(), NOTHING))
            entries.add(line.sequence)
            found[line.kind, line.template] = (entries, amount - line.amount)
    rows = [
        ReportRow((account_title(kind), template_title(template), len(entries), amount))
        for (kind, template), (entries, amount) in sorted(found.items(), key=_in_order)
    ]
    total = sum((amount for _, amount in found.values()), NOTHING)
    rows.append(ReportRow(("合计", None, None, total), Style.TOTAL))
    return Table(
        WAYS,
        (
            ColumnSpec("来源"), ColumnSpec("途径"), ColumnSpec("笔数", ColumnKind.INT),
            ColumnSpec("金额", ColumnKind.MONEY),
        ),
        tuple(rows),
        proofs=(Proof("各途径之和 = 账面收入", total, NOTHING - ledger.total("net", kinds=INCOMES)),),
    )  # fmt: skip


def _in_order(item: tuple[tuple[str, str], tuple[set[int], Decimal]]) -> tuple[int, Decimal, str]:
    (kind, template), (_, amount) = item
    return INCOMES.index(kind), NOTHING - amount, template


def _months(facts: IncomeFacts) -> Table:
    """分月完整性: what a month's fees were to be and what came in it, and the other income beside."""
    money = ColumnKind.MONEY
    cells = [_month_cells(each, facts.ledger.lines) for each in facts.fees]
    by_month = sum((each[-1] for each in cells), NOTHING)
    rows = [ReportRow(each) for each in cells]
    came = facts.came("property_fee")
    public = sum(map(facts.came, PUBLIC), NOTHING)
    whole = sum(map(facts.came, INCOMES), NOTHING)
    rows.append(
        ReportRow(
            ("合计", facts.owed, came, ratio(came, facts.owed), public, whole - came - public, whole),
            Style.TOTAL,
        )
    )
    return Table(
        MONTHS,
        (
            ColumnSpec("月份"), ColumnSpec("应收物业费", money), ColumnSpec("实收物业费", money),
            ColumnSpec("实收÷应收", ColumnKind.RATE), ColumnSpec("公共收益", money),
            ColumnSpec("其他收入", money), ColumnSpec("收入合计", money),
        ),
        tuple(rows),
        proofs=(
            Proof("各月收入之和 = 收入合计", by_month, whole),
        ),
        notes=(f"实收按付款日归月，不是所属月份；比例{INFERRED}。",),
    )  # fmt: skip


def _month_cells(
    fees: ExpectedFees, lines: Sequence[DetailLine]
) -> tuple[str, Decimal, Decimal, Decimal | None, Decimal, Decimal, Decimal]:
    def came(wanted: Callable[[str], bool]) -> Decimal:
        chosen = (
            line.amount for line in lines if _within(line.effective_on, fees.month) and wanted(line.kind)
        )
        return NOTHING - sum(chosen, NOTHING)

    fee = came(lambda kind: kind == "property_fee")
    public = came(lambda kind: kind in PUBLIC)
    whole = came(lambda kind: kind in INCOMES)
    name = f"{fees.month.from_on:%Y-%m}"
    return name, fees.total, fee, ratio(fee, fees.total), public, whole - fee - public, whole


def _within(on: date, span: Span) -> bool:
    return span.from_on <= on <= span.to_on
