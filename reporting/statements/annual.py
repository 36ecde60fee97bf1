"""年度受托报告: what the trustee did with the trust's money in a year, from the journal (信托法 33). Pure.

Refuses days of two calendar years. Every figure is another statement's or the journal's; the declaration says
what the books show and no more, and counts for nothing until it is signed and sealed.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from custody.kernel.invariants import invariant
from reporting.statements.annual_facts import YearFacts
from reporting.statements.annual_tables import (
    ageing_table,
    breaks_table,
    changes_year,
    fees_table,
    keys_table,
    payments_table,
    placements_year,
    stays_table,
)
from reporting.statements.bank import bank_table
from reporting.statements.budget_run import budget_runs, budget_table
from reporting.statements.common import FUNDS, SIGNATURES, ratio, subtitles
from reporting.statements.facts import NOTHING, Heading
from reporting.statements.income_sources import source_table
from reporting.statements.open_matters import open_table
from reporting.statements.position import Position, equity_table, position_table, positions
from reporting.statements.report import ColumnSpec, Report, ReportRow, Table
from reporting.statements.surplus import surplus_page, surplus_table

TITLE = "年度受托报告"
OVERVIEW, DECLARED = "概述", "受托人声明"
LAW = (
    "《中华人民共和国信托法》第三十三条：受托人必须保存处理信托事务的完整记录。受托人应当每年定期将信托财产的"
    "管理运用、处分及收支情况，报告委托人和受益人。"
)


def annual_report(facts: YearFacts) -> Report:
    """The report as a Report; InvariantBroken if a proof fails."""
    ledger = facts.position.ledger
    heading = ledger.heading
    invariant(heading.from_on.year == heading.to_on.year, "an annual report is of one calendar year")
    began, ended = positions(ledger, facts.position.transferred)
    before = facts.budget.before
    page = surplus_page(facts.position, before)
    return Report(
        title=TITLE,
        estate=heading.estate,
        subtitles=subtitles(heading),
        sheets=(
            _overview(facts, ended),
            position_table(facts.position, began, ended),
            equity_table(ledger, began, ended),
            surplus_table(facts.position, page, began, ended, before),
            source_table(facts.income),
            budget_table(facts.budget, budget_runs(facts.budget)),
            payments_table(facts),
            fees_table(facts),
            keys_table(facts),
            stays_table(facts),
            breaks_table(facts),
            placements_year(facts),
            changes_year(facts),
            ageing_table(facts),
            open_table(ledger, facts.position.open, facts.pending, facts.position.bank),
            bank_table(ledger, facts.position.bank),
            _declaration(facts),
        ),
        produced_at=heading.produced_at,
        headlines=(
            ("期初资金", ledger.total("opening", kinds=FUNDS)),
            ("信托收入", sum(page.now.earned, NOTHING)),
            ("信托费用", sum(page.now.spent, NOTHING)),
            ("本期结余", sum(page.now.left, NOTHING)),
            ("期末资金", ledger.total("closing", kinds=FUNDS)),
        ),
        signatures=SIGNATURES,
    )


def in_part(heading: Heading) -> str:
    """Why the days are not a whole year of the trust; empty when they are."""
    first = max(date(heading.to_on.year, 1, 1), heading.opened_on)
    last = date(heading.to_on.year, 12, 31)
    if heading.from_on <= first and heading.to_on >= last:
        return ""
    return f"本报告只涉及 {heading.from_on} 至 {heading.to_on}，不是 {heading.to_on.year} 年全年。"


def _overview(facts: YearFacts, ended: Position) -> Table:
    heading = facts.position.ledger.heading
    partial = in_part(heading)
    return Table(
        OVERVIEW,
        (ColumnSpec("事项", width=22), ColumnSpec("情况", width=78)),
        tuple(ReportRow((label, text)) for label, text in _said(facts, ended)),
        alerts=(partial,) if partial else (),
        leads=(LAW, *_story(facts, ended)),
    )


def _yuan(amount: Decimal) -> str:
    return f"{amount:,.2f} 元"


def _part(rate: Decimal) -> str:
    return f"{rate * 100:.2f}%"


def _story(facts: YearFacts, ended: Position) -> Iterator[str]:
    """What happened, in two sentences of figures."""
    ledger, heading = facts.position.ledger, facts.position.ledger.heading
    now = surplus_page(facts.position, facts.budget.before).now
    earned, spent = sum(now.earned, NOTHING), sum(now.spent, NOTHING)
    yield (
        f"{heading.from_on} 至 {heading.to_on}，本信托收入 {_yuan(earned)}，费用 {_yuan(spent)}，"
        f"结余 {_yuan(earned - spent)}，全部留存于信托。期末资金 "
        f"{_yuan(ledger.total('closing', kinds=FUNDS))}，负债 {_yuan(sum(ended.owes, NOTHING))}，"
        f"属于全体业主的信托权益 {_yuan(sum(ended.equity, NOTHING))}。"
    )


def _said(facts: YearFacts, ended: Position) -> Iterator[tuple[str, str]]:
    ledger = facts.position.ledger
    runs = budget_runs(facts.budget)
    annual = sum((run.annual for run in runs), NOTHING)
    spent = sum((run.to_date for run in runs), NOTHING)
    used = ratio(spent, annual)
    part = f"，执行率 {_part(used)}" if used is not None else ""
    count = ledger.heading.entries.count
    yield "管理运用", f"收支一律经信托专户；分录 {count:,} 笔，账链首尾相连，可由本账重算。"
    owed = ratio(facts.income.came("property_fee"), facts.income.owed)
    inferred = f"，约为登记应收的 {_part(owed)}（由到账推断）" if owed is not None else ""
    yield "物业费", f"实收 {_yuan(facts.income.came('property_fee'))}{inferred}。"
    yield "支出", f"本年累计预算支出 {_yuan(spent)}，全年预算 {_yuan(annual)}{part}。"
    turned = sum(each.turned for each in facts.keys)
    asked = f"监察人暂缓付款 {len(facts.stays)} 次，质询 {len(facts.questions)} 次"
    yield "双密钥", f"两把密钥共转动 {turned:,} 次；{asked}。"
    out = sum((each.principal for each in facts.placements if each.back_on is None), NOTHING)
    income = NOTHING - ledger.total("net", kinds=("interest", "placement_income"))
    placed = f"期内存放 {len(facts.placements)} 笔，期末在外本金 {_yuan(out)}"
    yield "处分与存放", f"{placed}；利息与存放收益 {_yuan(income)}。"
    unclear, unpaid = sum(ended.liabilities["suspense"], NOTHING), facts.position.unpaid
    waiting = f"已核未付发票 {unpaid.count} 张、{_yuan(unpaid.total)}"
    yield "未了", f"期末待确认款项 {_yuan(unclear)}，{waiting}。"
    issued = "；".join(f"{kind} {count} 份" for kind, count in facts.issued) or "无"
    yield "期内出具的报表", issued


def _declaration(facts: YearFacts) -> Table:
    heading = facts.position.ledger.heading
    entries = heading.entries
    said = (
        (
            "记录",
            f"本信托事务的记录完整保存：期内分录 {entries.count:,} 笔，每天的日头在公开日志中，可重算核验。",
        ),
        ("分别管理", "本信托单独设账、单独开户，未与受托人固有财产或其他信托的财产混同、互抵、归集。"),
        ("付款", "期内付款的发票、验收、密钥与银行流水见「付款」与同期《信托资金收支表》的「付款依据」。"),
        ("收益", "未承诺保本或最低收益；只报告已实现的收益。"),
        ("未审计", "本报告由账簿生成，未经审计；委托人、受益人有权查阅、抄录、复制与其信托财产有关的账目。"),
        ("声明", "受托人对以上内容的真实、准确、完整负责。本声明经受托人签字盖章后生效。"),
    )
    return Table(
        DECLARED,
        (ColumnSpec("事项", width=22), ColumnSpec("内容", width=78)),
        tuple(ReportRow(each) for each in said),
        notes=("查阅权见《信托法》第二十条；分别管理、分别记账见第二十九条。",),
    )
