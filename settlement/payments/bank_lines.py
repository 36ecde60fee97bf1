"""What a bank line says about our payments: paid as instructed, or sent back.

Refuses another amount or account for a payment: the line stays unexplained, the difference named.
"""

from collections import defaultdict
from datetime import date, datetime

from django.utils.timezone import localdate
from djmoney.money import Money

from custody.bank.explaining import Explained
from custody.kernel.invariants import InvariantBroken
from custody.kernel.money import ZERO
from custody.ledger import door, postings, reads, references
from custody.ledger.door import Draft
from custody.ledger.entries import Entry, credit, debit, entry
from custody.ledger.periods import open_day
from custody.models import BankLine, LineKind, Operator
from custody.money_in.receipts import said
from custody.money_in.reversals import open_break_of
from custody.money_in.rules import invoice_numbers
from settlement.fees import charges
from settlement.invoices.verification import plain
from settlement.models import Basis, OrderOutcome, PaymentOrder, Settlement
from settlement.moves import advance, locked
from settlement.selectors import present_lines
from settlement.states import State

_SENT_BACK = ("退汇", "退回", "退票", "退款", "冲正")


def explain_payment(line: BankLine, actor: Operator, at: datetime) -> Explained | None:
    """The line as one of our payments or its return; None when its text names none of our invoices."""
    numbers = invoice_numbers(said(line))
    if not numbers:
        return None
    orders = list(
        PaymentOrder.objects.filter(fund_id=line.fund_id, settlement__number__in=numbers)
        .select_related("settlement", "payee_account", "batch")
        .order_by("-attempt", "pk")
    )
    if not orders:
        return None
    if line.amount > ZERO:
        return _sent_back(line, orders, actor, at)
    fitting = next((order for order in orders if not _difference(line, order)), None)
    if fitting is None:
        return _left_unexplained(line, _difference(line, orders[0]))
    return _paid(line, fitting, actor, at)


# --------------------------------------------------------------------------------------------- paid


def _difference(line: BankLine, order: PaymentOrder) -> str:
    """Why the line is not this order's payment; empty when it is."""
    if order.outcome == OrderOutcome.SETTLED:
        return f"发票 {order.settlement.number} 已支付过,疑似重复付款"
    if order.outcome == OrderOutcome.FAILED:
        return f"发票 {order.settlement.number} 的付款已登记为失败,银行却有付款"
    if line.booked_on < localdate(order.batch.created_at):
        return f"发票 {order.settlement.number} 的付款早于付款指令,事后的密码不能补认"
    if -line.amount != order.amount:
        return f"发票 {order.settlement.number} 应付 {order.amount.amount},银行付出 {-line.amount.amount}"
    account = plain(line.counterparty_account)
    if (
        account != order.payee_account.number
        if account
        else (plain(line.counterparty_name) != plain(order.payee_account.holder))
    ):
        return (
            f"发票 {order.settlement.number} 收款账户与银行付出账户 {account or line.counterparty_name} 不符"
        )
    return ""


def _paid(line: BankLine, order: PaymentOrder, actor: Operator, at: datetime) -> Explained:
    settlement = order.settlement
    on = open_day(line.fund, line.booked_on)

    def settled(_sequence: int) -> None:
        current = locked(settlement.pk)
        row = PaymentOrder.objects.select_for_update(of=("self",), no_key=True).get(pk=order.pk)
        row.outcome, row.bank_line = OrderOutcome.SETTLED, line
        row.save(update_fields=["outcome", "bank_line"])
        advance(current, current.pay, actor=actor, at=at, reason=f"流水 {line.booked_on} 第{line.position}笔")

    return Explained(
        kind=LineKind.PAYMENT,
        entry=settlement_paid(settlement, on=on, memo=line.memo[:200]),
        note="" if on == line.booked_on else f"{line.booked_on} 所在期间已关闭,记入 {on}",
        settles_hold=settlement.hold_id,
        after=settled,
        before=_performance_drafts(settlement, on, order.attempt),
    )


def settlement_paid(settlement: Settlement, *, on: date, memo: str) -> Entry:
    """Cash of the book leaves for what each budget line bought."""
    spent: dict[str, Money] = defaultdict(lambda: ZERO)
    for line in present_lines().filter(settlement=settlement).order_by("line_no"):
        spent[line.budget_code] += line.amount
    fund_id, book = settlement.fund_id, settlement.book
    spending = [
        debit(door.open_account(fund_id=fund_id, book=book, kind="budget_spending", code=code), amount)
        for code, amount in spent.items()
    ]
    cash = door.open_account(fund_id=fund_id, book=book, kind="cash")
    return entry(
        "settlement_paid",
        on,
        (*spending, credit(cash, settlement.total)),
        memo=memo,
        source=references.cite(references.SETTLEMENT, settlement.number),
    )


def _performance_drafts(settlement: Settlement, on: date, attempt: int) -> tuple[Draft, ...]:
    """Ends the accrual behind performance pay, so that spending it does not count it twice."""
    amount = sum(
        (
            line.amount
            for line in present_lines().filter(settlement=settlement, basis=Basis.PERFORMANCE_REMUNERATION)
        ),
        ZERO,
    )
    if amount == ZERO:
        return ()
    ends = charges.performance_paid(
        fund_id=settlement.fund_id,
        amount=amount,
        on=on,
        memo=f"发票 {settlement.number}",
        source=references.cite(references.SETTLEMENT, settlement.number),
    )
    return (Draft(ends, _performance_key(settlement, attempt)),)


def _performance_key(settlement: Settlement, attempt: int) -> str:
    return references.cite(references.SETTLEMENT, settlement.number, "performance", attempt)


# ---------------------------------------------------------------------------------------- sent back


def _sent_back(line: BankLine, orders: list[PaymentOrder], actor: Operator, at: datetime) -> Explained | None:
    """The paid money came back whole: its entry is reversed once. Anything else is custody's to read.

    A second payment of the same invoice, which nobody could explain, is what comes back first.
    """
    text = plain(said(line))
    order = next(
        (
            each
            for each in orders
            if each.outcome == OrderOutcome.SETTLED
            and each.settlement.state == State.PAID
            and each.amount == line.amount
        ),
        None,
    )
    if order is None or not any(word in text for word in _SENT_BACK):
        return None
    settlement = order.settlement
    broken = open_break_of(line)
    if broken is not None and settlement.number in invoice_numbers(said(broken)):
        return None
    paid = _paid_sequence(settlement)
    original = reads.recorded_entry(line.fund_id, paid)
    on = max(open_day(line.fund, line.booked_on), original.effective_on)

    def reversed_(_sequence: int) -> None:
        current = locked(settlement.pk)
        advance(
            current, current.reverse, actor=actor, at=at, reason=f"退汇 {line.booked_on} 第{line.position}笔"
        )

    return Explained(
        kind=LineKind.REVERSAL,
        entry=postings.mirror(original=original, sequence=paid, on=on, memo=line.memo[:200]),
        note=f"发票 {settlement.number} 退汇",
        after=reversed_,
        before=_performance_undone(settlement, order, on),
    )


def _paid_sequence(settlement: Settlement) -> int:
    """The entry that settled the hold."""
    sequence = reads.settled_by(settlement.hold_id or 0)
    if sequence is None:
        raise InvariantBroken("a paid settlement's hold was settled by an entry")
    return sequence


def _performance_undone(settlement: Settlement, order: PaymentOrder, on: date) -> tuple[Draft, ...]:
    key = _performance_key(settlement, order.attempt)
    sequence = reads.sequence_of(settlement.fund_id, key)
    if sequence is None:
        return ()
    original = reads.recorded_entry(settlement.fund_id, sequence)
    undo = postings.mirror(original=original, sequence=sequence, on=on, memo="退汇")
    return (Draft(undo, f"{key}:undone"),)


# ------------------------------------------------------------------------------------- unexplained


def _left_unexplained(line: BankLine, note: str) -> Explained:
    """Money out that names our invoice but is not our payment: an open break, with the difference."""
    book = _book_with(line.fund_id, -line.amount)
    return Explained(
        kind=LineKind.UNEXPLAINED,
        entry=postings.unexplained_payment(
            unexplained=door.open_account(fund_id=line.fund_id, book=book, kind="unexplained"),
            cash=door.open_account(fund_id=line.fund_id, book=book, kind="cash"),
            amount=-line.amount,
            on=open_day(line.fund, line.booked_on),
            memo=line.memo[:200],
            source=references.bank_line(line),
        ),
        note=note,
    )


def _book_with(fund_id: int, amount: Money) -> str:
    """The first book with that much available, operating when none has."""
    for book in ("operating", "maintenance"):
        if reads.balance_of(fund_id, book=book, kind="cash").available >= amount:
            return book
    return "operating"
