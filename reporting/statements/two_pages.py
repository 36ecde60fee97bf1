"""业主版: the same figures in plain words and large letters on two pages, for the board and for elders. Pure.

Refuses (by its proofs) a page that does not lead from the money at the beginning to the money now. People are
covered as owners may see them, by first character; no unit, account or telephone number is on it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from reporting.statements.bank import bank_balance, uncovered_alert
from reporting.statements.common import SIGNATURES, account_title, subtitles
from reporting.statements.facts import NOTHING, BankRecord, BudgetFact, LedgerFacts, PendingItem
from reporting.statements.flow import Flow, budget_lines, flow_of
from reporting.statements.position import UnpaidInvoices
from reporting.statements.report import ColumnKind, ColumnSpec, Proof, Report, ReportRow, Style, Table

TITLE = "小区收支公开（业主版）"
OURS, GOT, SPENT_ON, UNCLAIMED = "我们的钱", "收到的钱", "付出的钱", "还没有人认领的钱"
UNCLAIMED_MOST = 10
SPENT_MOST = 10
PLAIN: Mapping[str, str] = {
    "property_fee": "大家交的物业费",
    "parking": "停车费",
    "advertising": "广告费",
    "grant": "政府给的激励资金",
    "other_income": "其他收入",
    "interest": "银行利息",
    "placement_income": "存款收益",
    "refund": "退还的收款",
}
_BY_TITLE = {account_title(kind): plain for kind, plain in PLAIN.items()}
_MONEY = ColumnKind.MONEY


@dataclass(frozen=True, slots=True)
class TwoPages:
    """What the two pages are made from; ``pending`` with names covered already."""

    ledger: LedgerFacts
    budget: tuple[BudgetFact, ...]
    pending: tuple[PendingItem, ...]
    bank: tuple[BankRecord, ...]
    unpaid: UnpaidInvoices


def two_pages(facts: TwoPages) -> Report:
    """The two pages as a Report; InvariantBroken if a proof fails."""
    heading = facts.ledger.heading
    flow = flow_of(facts.ledger.figures, budget_lines(facts.budget, facts.ledger.figures))
    return Report(
        title=TITLE,
        estate=heading.estate,
        subtitles=subtitles(heading),
        sheets=(_ours(facts, flow), _got(facts.ledger, flow), _spent(facts, flow), _unclaimed(facts)),
        produced_at=heading.produced_at,
        headlines=(
            ("收到", _all(flow.received)),
            ("付出", _all(flow.paid)),
            ("现在有", _all(flow.closing)),
        ),
        signatures=SIGNATURES[2:],
        large=True,
    )


def _all(amounts: Sequence[Decimal]) -> Decimal:
    return sum(amounts, NOTHING)


def _two(title: str, rows: Sequence[ReportRow], proofs: tuple[Proof, ...], *notes: str) -> Table:
    return Table(
        title, (ColumnSpec("项目", width=44), ColumnSpec("元", _MONEY, width=22)), tuple(rows), proofs, notes
    )


def _ours(facts: TwoPages, flow: Flow) -> Table:
    ledger, heading = facts.ledger, facts.ledger.heading
    moved = _all(flow.transfers) + _all(flow.corpus)
    rows = [
        ReportRow((f"{heading.from_on} 一早有", _all(flow.opening)), Style.OPENING),
        ReportRow(("  加：收到", _all(flow.received))),
        ReportRow(("  加：还没弄清是谁交的", _all(flow.pending))),
        ReportRow(("  减：付出", _all(flow.paid))),
    ]
    if moved:
        rows.append(ReportRow(("  加：其他变动", moved)))
    rows.append(ReportRow((f"{heading.to_on} 晚上有", _all(flow.closing)), Style.TOTAL))
    places = (
        ("cash", "其中：在银行账户里"),
        ("placement", "其中：存着生利息"),
        ("in_transit", "其中：还在路上"),
    )
    rows += [
        ReportRow((f"  {label}", ledger.total("closing", kinds=(kind,))))
        for kind, label in places
        if kind == "cash" or ledger.total("closing", kinds=(kind,))
    ]
    bank = bank_balance(facts.bank, heading.to_on)
    cash = ledger.total("closing", kinds=("cash",))
    return Table(
        OURS,
        (ColumnSpec("项目", width=44), ColumnSpec("元", _MONEY, width=22)),
        tuple(rows),
        proofs=(
            Proof(
                "原有 + 收到 + 未弄清 − 付出 + 其他 = 现有",
                _all(flow.opening) + _all(flow.received) + _all(flow.pending) - _all(flow.paid) + moved,
                _all(flow.closing),
            ),
            Proof("账上银行存款 = 银行说的余额", cash, bank, strict=False, note="与银行未对上，待查"),
        ),
        alerts=uncovered_alert(facts.bank, heading.span),
    )


def _got(ledger: LedgerFacts, flow: Flow) -> Table:
    rows = [
        ReportRow((_BY_TITLE.get(title, title), _all(amounts)))
        for title, amounts in flow.receipts
        if _all(amounts)
    ]
    total = _all(flow.received)
    rows.append(ReportRow(("一共收到", total), Style.TOTAL))
    lines = NOTHING - sum((line.amount for line in ledger.lines if line.kind in PLAIN), NOTHING)
    return _two(GOT, rows, (Proof("收到的钱 = 逐笔收入之和", total, lines),))


def _spent(facts: TwoPages, flow: Flow) -> Table:
    names = {row.code: row.name for row in facts.budget}
    paid = [(names.get(code, label), _all(amounts)) for label, code, amounts in flow.payments]
    paid = sorted((each for each in paid if each[1]), key=lambda each: NOTHING - each[1])
    total = sum((amount for _, amount in paid), NOTHING)
    rows = [ReportRow(each) for each in paid[:SPENT_MOST]]
    if len(paid) > SPENT_MOST:
        rest = paid[SPENT_MOST:]
        rows.append(ReportRow((f"另外 {len(rest)} 项", sum((amount for _, amount in rest), NOTHING))))
    rows.append(ReportRow(("一共付出", total), Style.TOTAL))
    return _two(
        SPENT_ON,
        rows,
        (Proof("付出的钱 = 资金收支表的支出", total, _all(flow.paid)),),
    )


def _unclaimed(facts: TwoPages) -> Table:
    """The oldest receipts nobody could be named for, so that people can claim them; the rest in one row."""
    money = [each for each in facts.pending if each.item.kind == "suspense"]
    total, unpaid = NOTHING - facts.ledger.total("closing", kinds=("suspense",)), facts.unpaid
    return Table(
        UNCLAIMED,
        (ColumnSpec("哪天到账"), ColumnSpec("谁转来的", width=30), ColumnSpec("元", _MONEY, width=22)),
        tuple(_claims(money, total)),
        proofs=(
            Proof(
                "逐笔之和 = 未认领的钱", NOTHING - sum((each.item.amount for each in money), NOTHING), total
            ),
        ),
        notes=(
            f"核对好、还没付的发票 {unpaid.count} 张，{unpaid.total:,.2f} 元；两把钥匙都转过才付。",
            "是您交的？请带转账记录到物业或居委会办公室认领。想看每一笔、发票和验收，请到办公室或业主页面查。",
            "账怎么算的、银行对没对上，见《信托资金收支表》；数字与这两页相同。",
        ),
    )


def _claims(money: Sequence[PendingItem], total: Decimal) -> Iterator[ReportRow]:
    for each in money[:UNCLAIMED_MOST]:
        yield ReportRow(
            (f"{each.item.first_on}", each.evidence.party or "没有写名字", NOTHING - each.item.amount)
        )
    rest = money[UNCLAIMED_MOST:]
    if rest:
        amount = NOTHING - sum((each.item.amount for each in rest), NOTHING)
        yield ReportRow(("另外", f"{len(rest)} 笔", amount))
    yield ReportRow(("合计", f"{len(money)} 笔", total), Style.TOTAL)
