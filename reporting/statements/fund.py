"""信托资金收支表: opening funds, receipts, payments by budget line, closing funds, each book by itself.

Pure: facts in, Report out. Refuses (by its proofs) figures that do not add up or that leave an entry out.
What is accrued but not yet paid stands beside the flow, never in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from custody.ledger.chart import BOOK_TITLES, Book
from reporting.reading.facts import BankPosition, LedgerFacts, PendingItem
from reporting.statements.common import (
    ACCRUALS,
    BOOKS,
    FUNDS,
    INCOMES,
    NOTHING,
    account_title,
    added,
    book_columns,
    book_row,
    by_book,
    day_text,
    detail_table,
    negated,
    ratio,
    section_row,
    subtitles,
)
from reporting.statements.report import ColumnKind, ColumnSpec, Proof, Report, Row, Style, Table

TITLE = "信托资金收支表"
MAIN = "收支表"
_WIDTH = 7
_FEES_PAID = (
    ("支付信托报酬", ("trustee_fee", "trustee_fee_payable")),
    ("支付保管费", ("custody_fee", "custody_fee_payable")),
    ("支付绩效酬金", ("performance_fee", "performance_withheld", "performance_payable")),
)
_OWED = ("performance_withheld", "performance_payable", "trustee_fee_payable", "custody_fee_payable")

_NO_INVOICE = "有未附结算单的预算支出,待查"

Amounts = tuple[Decimal, ...]


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
    bank_line: str


@dataclass(frozen=True, slots=True)
class FundFacts:
    """What the fund statement is made from."""

    ledger: LedgerFacts
    bank: BankPosition | None
    pending: tuple[PendingItem, ...]
    paid: tuple[PaidLine, ...] = ()


@dataclass(frozen=True, slots=True)
class _Flow:
    """The figures of the page, one amount a book; all positive in the sense of their names."""

    opening: Amounts
    receipts: tuple[tuple[str, Amounts], ...]
    pending: Amounts
    payments: tuple[tuple[str, str, Amounts], ...]
    transfers: Amounts
    corpus: Amounts
    closing: Amounts

    @property
    def received(self) -> Amounts:
        """Receipts in all."""
        return added((NOTHING,) * len(BOOKS), *(amounts for _, amounts in self.receipts))

    @property
    def paid(self) -> Amounts:
        """Payments in all."""
        return added((NOTHING,) * len(BOOKS), *(amounts for _, _, amounts in self.payments))

    @property
    def net(self) -> Amounts:
        """What the flow adds to the funds."""
        return added(self.received, self.pending, negated(self.paid), self.transfers, self.corpus)


def fund_statement(facts: FundFacts) -> Report:
    """The fund statement as a Report; InvariantBroken if a proof fails."""
    flow = _flow(facts)
    sheets = (
        _main(facts, flow),
        _accrued(facts.ledger),
        _pending(facts),
        _paid(facts),
        detail_table(facts.ledger),
    )
    return Report(
        title=TITLE,
        estate=facts.ledger.heading.estate,
        subtitles=subtitles(facts.ledger.heading),
        sheets=sheets,
        produced_at=facts.ledger.heading.produced_at,
        headlines=(
            ("期初资金", sum(flow.opening, NOTHING)),
            ("本期收入", sum(flow.received, NOTHING)),
            ("待确认净增", sum(flow.pending, NOTHING)),
            ("本期支出", sum(flow.paid, NOTHING)),
            ("期末资金", sum(flow.closing, NOTHING)),
        ),
    )


def _flow(facts: FundFacts) -> _Flow:
    ledger = facts.ledger
    receipts = tuple((account_title(kind), negated(by_book(ledger, "net", kind))) for kind in INCOMES)
    fees = tuple((label, "", by_book(ledger, "net", *kinds)) for label, kinds in _FEES_PAID)
    costs = tuple(
        (account_title(kind), "", by_book(ledger, "net", kind))
        for kind in ("channel_fee", "bank_charge", "unexplained")
    )
    return _Flow(
        opening=by_book(ledger, "opening", *FUNDS),
        receipts=receipts,
        pending=negated(by_book(ledger, "net", "suspense")),
        payments=_spending(facts) + costs + tuple(fee for fee in fees if any(fee[2])),
        transfers=added(
            negated(by_book(ledger, "net", "book_transfer")),
            tuple(ledger.transferred(book) for book in BOOKS),
        ),
        corpus=negated(by_book(ledger, "net", "corpus")),
        closing=by_book(ledger, "closing", *FUNDS),
    )


def _spending(facts: FundFacts) -> tuple[tuple[str, str, Amounts], ...]:
    """Payments by budget line: every line of the budget, then codes that are in no budget."""
    spent = {(m.code, m.book): m.net for m in facts.ledger.movements if m.kind == "budget_spending"}
    names = {row.code: row.name for row in facts.ledger.budget}
    codes = list(dict.fromkeys([*names, *sorted(code for code, _ in spent)]))
    return tuple(
        (
            f"{code} {names.get(code, '(未列入本年预算)')}",
            code,
            tuple(spent.get((code, book), NOTHING) for book in BOOKS),
        )
        for code in codes
    )


def _main(facts: FundFacts, flow: _Flow) -> Table:
    annual = {row.code: row.annual for row in facts.ledger.budget}
    to_date = {code: _year_to_date(facts.ledger, code) for code in annual}
    rows = [*_funds_rows(facts.ledger, "一、期初资金", "opening", Style.OPENING)]
    rows.append(section_row("二、本期收入(毛额)", width=_WIDTH))
    rows += [book_row(f"  {label}", amounts, width=_WIDTH) for label, amounts in flow.receipts]
    rows.append(book_row("本期收入合计", flow.received, width=_WIDTH, style=Style.TOTAL))
    rows.append(book_row("三、待确认款项净增加", flow.pending, width=_WIDTH, style=Style.TOTAL))
    rows.append(section_row("四、本期支出", width=_WIDTH))
    for label, code, amounts in flow.payments:
        budget = (annual[code], to_date[code], ratio(to_date[code], annual[code])) if code in annual else ()
        rows.append(book_row(f"  {label}", amounts, *budget, width=_WIDTH))
    whole, used = sum(annual.values(), NOTHING), sum(to_date.values(), NOTHING)
    rows.append(
        book_row("本期支出合计", flow.paid, whole, used, ratio(used, whole), width=_WIDTH, style=Style.TOTAL)
    )
    if any(flow.transfers) or any(flow.corpus):
        rows.append(section_row("不属收支的变动", width=_WIDTH))
        rows.append(book_row("  账间划转(依决议)", flow.transfers, width=_WIDTH))
        rows.append(book_row("  实收信托变动", flow.corpus, width=_WIDTH))
    rows.append(book_row("五、本期资金净变动", flow.net, width=_WIDTH, style=Style.TOTAL))
    rows += _funds_rows(facts.ledger, "六、期末资金", "closing", Style.TOTAL)
    gap = added(flow.opening, flow.net, negated(flow.closing))
    rows.append(book_row("勾稽:期初 + 净变动 − 期末", gap, width=_WIDTH, style=Style.PROOF))
    columns = book_columns(
        ColumnSpec("全年预算", ColumnKind.MONEY),
        ColumnSpec("本年累计支出", ColumnKind.MONEY),
        ColumnSpec("预算执行率", ColumnKind.RATE),
    )
    return Table(MAIN, columns, tuple(rows), proofs=_proofs(facts, flow), notes=_notes(facts))


def _year_to_date(ledger: LedgerFacts, code: str) -> Decimal:
    spent = (m.year_to_date for m in ledger.movements if m.kind == "budget_spending" and m.code == code)
    return sum(spent, NOTHING)


def _funds_rows(ledger: LedgerFacts, label: str, what: str, style: Style) -> list[Row]:
    parts = [
        book_row(f"  {account_title(kind)}", by_book(ledger, what, kind), width=_WIDTH) for kind in FUNDS
    ]
    return [
        section_row(label, width=_WIDTH),
        *parts,
        book_row(f"{label[2:]}合计", by_book(ledger, what, *FUNDS), width=_WIDTH, style=style),
    ]


def _proofs(facts: FundFacts, flow: _Flow) -> tuple[Proof, ...]:
    ledger = facts.ledger
    moved = [
        Proof(f"{BOOK_TITLES[book]}:期初资金 + 本期净变动 = 期末资金", opening + net, closing)
        for book, opening, net, closing in zip(BOOKS, flow.opening, flow.net, flow.closing, strict=True)
    ]
    every = sum((line.amount for line in ledger.lines), NOTHING)
    spent = ledger.total("net", kinds=("budget_spending",))
    lines = sum((sum(amounts, NOTHING) for _, code, amounts in flow.payments if code), NOTHING)
    return (
        *moved,
        Proof("本期全部分录借贷之和 = 0", every, NOTHING),
        Proof("预算支出各科目之和 = 预算支出", lines, spent),
        Proof(
            "期末资金 = 银行存款 + 存放款项 + 在途收款",
            sum(flow.closing, NOTHING),
            sum((ledger.total("closing", kinds=(kind,)) for kind in FUNDS), NOTHING),
        ),
        _bank_proof(facts),
    )


def _bank_proof(facts: FundFacts) -> Proof:
    """Books against bank: not strict, since the bank is not ours; the difference is stated as 未达."""
    cash = facts.ledger.total("closing", kinds=("cash",))
    if facts.bank is None:
        return Proof("账面银行存款 = 银行对账单余额", cash, None, strict=False, note="尚无对账单")
    claim = f"账面银行存款 = 银行对账单余额(最后一笔 {facts.bank.through})"
    return Proof(claim, cash, facts.bank.balance, strict=False, note="未达账项,待查")


def _notes(facts: FundFacts) -> tuple[str, ...]:
    heading = facts.ledger.heading
    owed = -facts.ledger.total("closing", kinds=_OWED)
    return (
        "收入按付款人付款日、以毛额列示;收款手续费单列为支出。存放的本金转出转回不是收支。",
        f"期末已计提未支付 {owed:,.2f} 元,见「已计提未支付」,尚未动用资金,不在本表收支内。",
        "预算栏为截止日所在年度的全年预算,与移交以来当年累计支出。",
        f"核验:manage.py verify_ledger --fund {heading.fund_code} 重算账链,该笔的链摘要应与表头一致。",
    )


def _accrued(ledger: LedgerFacts) -> Table:
    """Owed but unpaid: what each payable began with, took on, gave up and still is."""
    money = ColumnKind.MONEY
    rows, totals = [], [NOTHING, NOTHING, NOTHING, NOTHING]
    for kind in _OWED:
        of = (kind,)
        amounts = (
            NOTHING - ledger.total("opening", kinds=of),
            ledger.total("credited", kinds=of),
            ledger.total("debited", kinds=of),
            NOTHING - ledger.total("closing", kinds=of),
        )
        totals = [total + amount for total, amount in zip(totals, amounts, strict=True)]
        rows.append(Row((account_title(kind), *amounts)))
    rows.append(Row(("合计", *totals), Style.TOTAL))
    cost = sum((ledger.total("closing", kinds=(kind,)) for kind in ACCRUALS if kind not in _OWED), NOTHING)
    return Table(
        "已计提未支付",
        (
            ColumnSpec("项目"),
            ColumnSpec("期初", money),
            ColumnSpec("本期计提或转入", money),
            ColumnSpec("本期支付、转出或退回", money),
            ColumnSpec("期末", money),
        ),
        tuple(rows),
        proofs=(Proof("期初 + 转入 − 转出 = 期末", totals[0] + totals[1] - totals[2], totals[3]),),
        notes=(
            f"自信托成立累计计入费用的信托报酬、保管费与绩效酬金 {cost:,.2f} 元。",
            "考核未达档位的暂扣部分退回小区,列为转出。",
        ),
    )


def _pending(facts: FundFacts) -> Table:
    """Receipts nobody could be named for and payments without a known reason, still open at the end."""
    money = ColumnKind.MONEY
    rows = [
        Row((
            each.item.first_on, each.item.sequence, BOOK_TITLES[Book(each.item.book)],
            account_title(each.item.kind), each.party, each.memo, each.item.source,
            NOTHING - each.item.amount, each.note,
        ))
        for each in facts.pending
    ]  # fmt: skip
    total = _sum_open(facts.pending, "suspense", "unexplained")
    rows.append(Row((None, None, None, "合计", None, None, None, total, None), Style.TOTAL))
    closing = {kind: -facts.ledger.total("closing", kinds=(kind,)) for kind in ("suspense", "unexplained")}
    return Table(
        "待确认款项",
        (
            ColumnSpec("日期", ColumnKind.DATE), ColumnSpec("分录号", ColumnKind.INT), ColumnSpec("账册"),
            ColumnSpec("类别"), ColumnSpec("对方"), ColumnSpec("摘要"), ColumnSpec("凭据"),
            ColumnSpec("金额", money), ColumnSpec("说明"),
        ),
        tuple(rows),
        proofs=tuple(
            Proof(f"{account_title(kind)}逐笔之和 = 账面余额", _sum_open(facts.pending, kind), closing[kind])
            for kind in closing
        ),
        notes=(
            f"截至 {day_text(facts.ledger.heading.to_on)} 尚未认领或查明的逐笔款项;付款为负。",
            "个人姓名只显示首字。",
        ),
    )  # fmt: skip


def _sum_open(items: Sequence[PendingItem], *kinds: str) -> Decimal:
    return sum((-each.item.amount for each in items if each.item.kind in kinds), NOTHING)


def _paid(facts: FundFacts) -> Table:
    """Why each payment was made: invoice, budget line, accepted work or period, and the bank's line."""
    names = {row.code: row.name for row in facts.ledger.budget}
    rows = [
        Row((
            each.paid_on, each.sequence, each.payee, each.invoice,
            f"{each.budget_code} {names.get(each.budget_code, '')}".strip(),
            each.basis, each.cited, each.amount, each.bank_line,
        ))
        for each in facts.paid
    ]  # fmt: skip
    total = sum((each.amount for each in facts.paid), NOTHING)
    rows.append(Row((None, None, "合计", None, None, None, None, total, None), Style.TOTAL))
    spent = facts.ledger.total("net", kinds=("budget_spending",))
    return Table(
        "付款依据",
        (
            ColumnSpec("付款日", ColumnKind.DATE), ColumnSpec("分录号", ColumnKind.INT), ColumnSpec("收款人"),
            ColumnSpec("发票号码"), ColumnSpec("预算科目"), ColumnSpec("依据"), ColumnSpec("工单或期间"),
            ColumnSpec("金额", ColumnKind.MONEY), ColumnSpec("银行流水"),
        ),
        tuple(rows),
        proofs=(
            Proof("有发票依据的付款之和 = 预算支出", total, spent, strict=False, note=_NO_INVOICE),
        ),
        notes=("每笔付款对应已验收的工单或已到期的酬金期间;退回的付款列为负数。",),
    )  # fmt: skip
