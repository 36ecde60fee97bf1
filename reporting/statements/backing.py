"""The fund statement's sheets of evidence: what is still unknown, why each payment, every line. Pure.

Refuses a key of ours where a document has a name of its own: a bank line is cited by date, voucher and row.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from custody.ledger.chart import BOOK_TITLES
from reporting.statements.common import DETAIL, FUNDS, account_title, day_text
from reporting.statements.facts import NOTHING, BudgetFact, Evidence, LedgerFacts, PendingItem
from reporting.statements.paper_words import template_title
from reporting.statements.report import Cell, ColumnKind, ColumnSpec, Proof, ReportRow, Style, Table

_OPEN = ("suspense", "unexplained", "recoverable")
_TITLES = {book.value: title for book, title in BOOK_TITLES.items()}
_NO_INVOICE = "有未附结算单的预算支出，待查"


@dataclass(frozen=True, slots=True)
class PaidLine:
    """One invoice line that an entry of the period paid (negative: took back), and why. Yuan."""

    sequence: int
    paid_on: date
    payee: str
    invoice: str
    budget_code: str
    basis: str
    cited: str
    amount: Decimal
    bank_line: Evidence


def pending_table(ledger: LedgerFacts, pending: Sequence[PendingItem]) -> Table:
    """Receipts nobody could be named for and payments without a known reason, still open at the end."""
    rows = [
        ReportRow((
            each.item.first_on, each.item.sequence, _TITLES[each.item.book],
            account_title(each.item.kind), each.evidence.party, each.memo, each.evidence.cited,
            each.evidence.place, NOTHING - each.item.amount, each.note,
        ))
        for each in pending
    ]  # fmt: skip
    total = _sum_open(pending, *_OPEN)
    rows.append(ReportRow((None, None, None, "合计", None, None, None, None, total, None), Style.TOTAL))
    closing = {kind: NOTHING - ledger.total("closing", kinds=(kind,)) for kind in _OPEN}
    return Table(
        "待确认款项",
        (
            ColumnSpec("日期", ColumnKind.DATE), ColumnSpec("分录号", ColumnKind.INT), ColumnSpec("账册"),
            ColumnSpec("类别"), ColumnSpec("对方"), ColumnSpec("摘要"), ColumnSpec("凭据"),
            ColumnSpec("出处"), ColumnSpec("金额", ColumnKind.MONEY), ColumnSpec("说明"),
        ),
        tuple(rows),
        proofs=tuple(
            Proof(f"{account_title(kind)}逐笔之和 = 账面余额", _sum_open(pending, kind), closing[kind])
            for kind in closing
        ),
        notes=(
            f"截至 {day_text(ledger.heading.to_on)} 尚未认领或查明的逐笔款项；付款为负。",
            "个人姓名只显示首字。",
        ),
    )  # fmt: skip


def _sum_open(items: Iterable[PendingItem], *kinds: str) -> Decimal:
    return sum((NOTHING - each.item.amount for each in items if each.item.kind in kinds), NOTHING)


def paid_table(ledger: LedgerFacts, paid: Sequence[PaidLine], budget: Sequence[BudgetFact]) -> Table:
    """Why each payment was made: invoice, budget line, accepted work or period, and the bank's line."""
    names = {row.code: row.name for row in budget}
    rows = [
        ReportRow((
            each.paid_on, each.sequence, each.payee, each.invoice,
            f"{each.budget_code} {names.get(each.budget_code, '')}".strip(),
            each.basis, each.cited, each.amount, each.bank_line.cited, each.bank_line.place,
        ))
        for each in paid
    ]  # fmt: skip
    total = sum((each.amount for each in paid), NOTHING)
    rows.append(ReportRow((None, None, "合计", None, None, None, None, total, None, None), Style.TOTAL))
    spent = ledger.total("net", kinds=("budget_spending",))
    return Table(
        "付款依据",
        (
            ColumnSpec("付款日", ColumnKind.DATE), ColumnSpec("分录号", ColumnKind.INT), ColumnSpec("收款人"),
            ColumnSpec("发票号码"), ColumnSpec("预算科目"), ColumnSpec("依据"), ColumnSpec("工单或期间"),
            ColumnSpec("金额", ColumnKind.MONEY), ColumnSpec("银行流水"), ColumnSpec("出处"),
        ),
        tuple(rows),
        proofs=(
            Proof("有发票依据的付款之和 = 预算支出", total, spent, strict=False, note=_NO_INVOICE),
        ),
        notes=("每笔付款对应已验收的工单或已到期的酬金期间；退回的付款列为负数。",),
    )  # fmt: skip


def detail_table(
    ledger: LedgerFacts, evidence: Mapping[int, tuple[Evidence, str]], budget: Sequence[BudgetFact]
) -> Table:
    """Every line of the period with the funds balance after it, so that each figure resolves to entries.

    ``evidence`` gives each entry's document and its memo, names covered.
    """
    names = {row.code: f"{row.code} {row.name}" for row in budget}
    balance = ledger.total("opening", kinds=FUNDS)
    empty: tuple[Cell, ...] = (None,) * 9
    rows = [ReportRow((ledger.heading.from_on, *empty, "期初资金", None, None, balance), Style.OPENING)]
    debited, credited = NOTHING, NOTHING
    for line in ledger.lines:
        into, out = (line.amount, None) if line.amount > 0 else (None, -line.amount)
        debited, credited = debited + (into or NOTHING), credited + (out or NOTHING)
        if line.kind in FUNDS:
            balance += line.amount
        shown, memo = evidence[line.sequence]
        rows.append(ReportRow((
            line.effective_on, line.sequence, line.line_no, template_title(line.template),
            _TITLES[line.book], account_title(line.kind), names.get(line.code, line.code),
            shown.party, shown.cited, shown.place, memo, into, out, balance,
        )))  # fmt: skip
    rows.append(ReportRow((ledger.heading.to_on, *empty, "合计", debited, credited, balance), Style.TOTAL))
    return Table(
        DETAIL,
        _detail_columns(),
        tuple(rows),
        proofs=(
            Proof("全部分录借方合计 = 贷方合计", debited, credited),
            Proof("明细期末资金余额 = 期末资金", balance, ledger.total("closing", kinds=FUNDS)),
        ),
        notes=(
            "资金余额只随银行存款、存放款项、在途收款三个科目变动。",
            "凭据写明银行流水的日期与凭证号、商户订单、发票或文件；出处为其所在文件与行号。",
        ),
    )


def _detail_columns() -> tuple[ColumnSpec, ...]:
    money, text, whole = ColumnKind.MONEY, ColumnKind.TEXT, ColumnKind.INT
    return (
        ColumnSpec("日期", ColumnKind.DATE, 11), ColumnSpec("分录号", whole, 8), ColumnSpec("行", whole, 5),
        ColumnSpec("业务"), ColumnSpec("账册", text, 9), ColumnSpec("科目"), ColumnSpec("预算科目", text, 18),
        ColumnSpec("对方", text, 22), ColumnSpec("凭据", text, 27), ColumnSpec("出处", text, 33),
        ColumnSpec("摘要", text, 27),
        ColumnSpec("借方", money), ColumnSpec("贷方", money), ColumnSpec("资金余额", money),
    )  # fmt: skip
