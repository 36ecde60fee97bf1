"""The chapters of the annual trustee report that no other statement has: keys, payments, fees, breaks. Pure.

Refuses a fee whose year does not lead from what was owed to what is; people's names are never in it.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from custody.ledger.chart import BOOK_TITLES
from reporting.statements.annual_facts import YearFacts
from reporting.statements.common import account_title
from reporting.statements.facts import NOTHING, DetailLine, LedgerFacts, PendingItem
from reporting.statements.report import Cell, ColumnKind, ColumnSpec, Proof, ReportRow, Style, Table

_MONEY, _INT, _DATE = ColumnKind.MONEY, ColumnKind.INT, ColumnKind.DATE
_BOOKS = {book.value: title for book, title in BOOK_TITLES.items()}
_FEES = (
    ("信托报酬", "trustee_fee", ("trustee_fee_payable",)),
    ("保管费", "custody_fee", ("custody_fee_payable",)),
    ("绩效酬金", "performance_fee", ("performance_withheld", "performance_payable")),
)
_AGES = ((30, "30 天以内"), (90, "31 至 90 天"), (180, "91 至 180 天"))
_OLDER = "180 天以上"


def _some(rows: Sequence[ReportRow], wide: int) -> tuple[ReportRow, ...]:
    """The rows, or one that says there was nothing."""
    return tuple(rows) or (ReportRow(("无",) + (None,) * (wide - 1)),)


def payments_table(facts: YearFacts) -> Table:
    """付款: what was paid to whom, by payee; each payment on two keys and on an invoice."""
    found: dict[str, tuple[set[str], Decimal]] = {}
    for line in facts.paid:
        invoices, amount = found.setdefault(line.payee, (set(), NOTHING))
        invoices.add(line.invoice)
        found[line.payee] = (invoices, amount + line.amount)
    rows = [ReportRow((payee, len(invoices), amount)) for payee, (invoices, amount) in sorted(found.items())]
    count = sum(len(invoices) for invoices, _ in found.values())
    total = sum((amount for _, amount in found.values()), NOTHING)
    rows.append(ReportRow(("合计", count, total), Style.TOTAL))
    spent = facts.position.ledger.total("net", kinds=("budget_spending",))
    states = "；".join(f"{each.state} {each.count} 张" for each in facts.moves) or "无"
    return Table(
        "付款",
        (ColumnSpec("收款人"), ColumnSpec("发票张数", _INT), ColumnSpec("付款净额", _MONEY)),
        tuple(rows),
        proofs=(
            Proof("有发票依据的付款 = 预算支出", total, spent, strict=False, note="有未附结算单的支出，待查"),
            Proof("两把密钥齐备的付款 = 有发票依据的付款", facts.both_keys, total, strict=False, note="待查"),
        ),
        notes=(f"期间内发票到过的状态：{states}。退回的付款列为负数。",),
    )


def fees_table(facts: YearFacts) -> Table:
    """各项报酬与费用: accrued, paid and still owed; base remuneration accrues nothing."""
    ledger = facts.position.ledger
    rows, proofs = [], []
    for label, cost, owed in _FEES:
        opening = NOTHING - ledger.total("opening", kinds=owed)
        closing = NOTHING - ledger.total("closing", kinds=owed)
        accrued = ledger.total("net", kinds=(cost,))
        paid = opening + accrued - closing
        cash = _paid_out(ledger, {cost, *owed})
        rows.append(ReportRow((label, opening, accrued, paid, closing)))
        proofs.append(Proof(f"{label}：期初应付 + 本期计入 − 期末应付 = 本期付款", paid, cash))
    base = ("基础酬金（凭发票支付，列预算支出）", NOTHING, facts.base_paid, facts.base_paid, NOTHING)
    rows.append(ReportRow(base))
    return Table(
        "报酬与费用",
        (
            ColumnSpec("项目"), ColumnSpec("期初应付", _MONEY), ColumnSpec("本期计入费用", _MONEY),
            ColumnSpec("本期支付", _MONEY), ColumnSpec("期末应付", _MONEY),
        ),
        tuple(rows),
        proofs=tuple(proofs),
        notes=("考核未达档位而归还小区的绩效酬金冲减本期计入。费率与计算过程见同期《费用分配表》。",),
    )  # fmt: skip


def _paid_out(ledger: LedgerFacts, kinds: set[str]) -> Decimal:
    """What entries on these accounts took from the bank, net of what they brought back."""
    touched = {line.sequence for line in ledger.lines if line.kind in kinds}
    moved = (line.amount for line in ledger.lines if line.sequence in touched and line.kind not in kinds)
    return NOTHING - sum(moved, NOTHING)


def keys_table(facts: YearFacts) -> Table:
    """双密钥: who turned which of the two keys on what, how often."""
    rows = [
        ReportRow((each.subject, each.key, each.organisation, each.turned, each.withdrawn))
        for each in facts.keys
    ]
    return Table(
        "双密钥",
        (
            ColumnSpec("事项"), ColumnSpec("密钥"), ColumnSpec("机构"), ColumnSpec("转动次数", _INT),
            ColumnSpec("撤回次数", _INT),
        ),
        _some(rows, 5),
        notes=("每次转动都是密钥持有人设备对内容的签名，由密钥服务核验；一人、一个机构不得转动两把。",),
    )  # fmt: skip


def stays_table(facts: YearFacts) -> Table:
    """暂缓与质询: payments the protector had wait, and what was asked about payments."""
    rows = [
        ReportRow(("暂缓", each.placed_on, each.invoice, each.until, each.lifted_on, each.reason))
        for each in facts.stays
    ]
    rows += [
        ReportRow(
            ("质询", each.asked_on, each.invoice, each.answer_by, each.answered_on, _answered(each.answer_by,
             each.answered_on, facts.position.ledger.heading.to_on)),
            Style.ALERT if (each.answered_on or facts.position.ledger.heading.to_on) > each.answer_by
            else Style.PLAIN,
        )
        for each in facts.questions
    ]  # fmt: skip
    return Table(
        "暂缓与质询",
        (
            ColumnSpec("事项"), ColumnSpec("提出日", _DATE), ColumnSpec("发票号码"),
            ColumnSpec("期限", _DATE), ColumnSpec("解除或答复日", _DATE), ColumnSpec("说明"),
        ),
        _some(rows, 6),
    )  # fmt: skip


def _answered(by: date, on: date | None, end: date) -> str:
    if on is None:
        return "逾期未答复" if end > by else "期末待答复"
    return "逾期答复" if on > by else "按期答复"


def breaks_table(facts: YearFacts) -> Table:
    """账实差异: each payment nobody knew, since when, and what it turned out to be."""
    rows = list(_breaks(facts.position.ledger, facts.pending))
    return Table(
        "待查付款",
        (
            ColumnSpec("事项"), ColumnSpec("出现日", _DATE), ColumnSpec("金额", _MONEY),
            ColumnSpec("了结日", _DATE), ColumnSpec("结果"),
        ),
        _some(rows, 5),
        notes=("银行扣款而账上不明的付款列为待查，其间本信托不放款、不付款；由两把密钥认定去向后了结。",),
    )  # fmt: skip


def _breaks(ledger: LedgerFacts, pending: Sequence[PendingItem]) -> Iterator[ReportRow]:
    entries: dict[int, list[DetailLine]] = {}
    for line in ledger.lines:
        entries.setdefault(line.sequence, []).append(line)
    appeared: dict[str, tuple[date | None, Decimal]] = {}
    ended: dict[str, tuple[date, str]] = {}
    for line in ledger.lines:
        if line.kind != "unexplained":
            continue
        if line.amount > 0:
            appeared[line.source] = (line.effective_on, line.amount)
        else:
            appeared.setdefault(line.source, (None, NOTHING - line.amount))
            others = {each.kind for each in entries[line.sequence]} - {"unexplained"}
            ended[line.source] = (
                line.effective_on,
                "、".join(sorted(account_title(kind) for kind in others)),
            )
    for each in pending:
        if each.item.kind == "unexplained":
            appeared.setdefault(each.item.source, (each.item.first_on, each.item.amount))
    for source, (since, amount) in appeared.items():
        on, outcome = ended.get(source, (None, "期末尚未查明"))
        style = Style.ALERT if on is None else Style.PLAIN
        yield ReportRow((account_title("unexplained"), since, amount, on, outcome), style)


def ageing_table(facts: YearFacts) -> Table:
    """待确认款项: what came, what was found or given back, and how old the rest is."""
    ledger = facts.position.ledger
    of = ("suspense",)
    opening, closing = (NOTHING - ledger.total(what, kinds=of) for what in ("opening", "closing"))
    came, cleared = ledger.total("credited", kinds=of), ledger.total("debited", kinds=of)
    rows = [
        ReportRow(("期初余额", None, opening), Style.OPENING),
        ReportRow(("  本期转入", None, came)),
        ReportRow(("  本期认领、退还或转出", None, cleared)),
        ReportRow(("期末余额", None, closing), Style.TOTAL),
    ]
    aged = _aged(facts.pending, ledger.heading.to_on)
    rows += [ReportRow((f"  其中：{label}", count, amount)) for label, (count, amount) in aged.items()]
    return Table(
        "待确认款项账龄",
        (ColumnSpec("项目"), ColumnSpec("笔数", _INT), ColumnSpec("金额", _MONEY)),
        tuple(rows),
        proofs=(
            Proof("期初 + 转入 − 转出 = 期末", opening + came - cleared, closing),
            Proof("各账龄之和 = 期末余额", sum((amount for _, amount in aged.values()), NOTHING), closing),
        ),
        notes=("账龄自到账日算到期末。逐笔见同期《信托资金收支表》的「待确认款项」，业主可凭以认领。",),
    )


def _aged(pending: Sequence[PendingItem], to_on: date) -> dict[str, tuple[int, Decimal]]:
    aged = dict.fromkeys((*(label for _, label in _AGES), _OLDER), (0, NOTHING))
    for each in pending:
        if each.item.kind == "suspense":
            age = (to_on - each.item.first_on).days
            label = next((label for most, label in _AGES if age <= most), _OLDER)
            count, amount = aged[label]
            aged[label] = (count + 1, amount - each.item.amount)
    return aged


def placements_year(facts: YearFacts) -> Table:
    """资金存放: what was put out, at which agreed rate, and what came back with it."""
    rows = [
        ReportRow((
            each.product, _BOOKS[each.book], each.principal, each.annual_rate, each.out_on, each.back_on,
            each.income,
        ))
        for each in facts.placements
    ]  # fmt: skip
    return Table(
        "资金存放",
        (
            ColumnSpec("品种"), ColumnSpec("账册"), ColumnSpec("本金", _MONEY),
            ColumnSpec("约定年利率", ColumnKind.RATE), ColumnSpec("转出日", _DATE),
            ColumnSpec("转回日", _DATE), ColumnSpec("收益", _MONEY),
        ),
        _some(rows, 7),
        notes=("只在信托条款允许的品种内，凭两把密钥存放；只报告已实现的收益，不作承诺。",),
    )  # fmt: skip


def changes_year(facts: YearFacts) -> Table:
    """约定与当事人的变更: from which day, what, under which resolution."""
    cells: list[tuple[Cell, ...]] = [
        (each.on, each.what, each.value, each.resolution) for each in facts.changes
    ]
    rows = [ReportRow(each) for each in cells] or [ReportRow((None, "无", None, None))]
    return Table(
        "约定与变更",
        (ColumnSpec("生效日", _DATE), ColumnSpec("事项"), ColumnSpec("内容"), ColumnSpec("决议")),
        tuple(rows),
    )
