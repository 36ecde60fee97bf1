"""What a bank line says about our payments: paid as instructed, or sent back.

Refuses another amount or account for a payment: the line stays unexplained, the difference named.
"""

from collections import defaultdict
from datetime import date, datetime

from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from djmoney.money import Money

from custody.bank.explaining import Explained
from custody.kernel.invariants import InvariantBroken
from custody.kernel.money import ZERO
from custody.kernel.words import told
from custody.ledger import door, postings, reads, references
from custody.ledger.door import Draft
from custody.ledger.entries import Entry
from custody.ledger.periods import open_day
from custody.models import BankLine, LineKind, Operator
from custody.money_in.explanations import line_cited
from custody.money_in.receipts import said
from custody.money_in.reversals import open_break_of
from custody.money_in.rules import invoice_numbers
from settlement.fees import charges
from settlement.invoices.verification import spaceless
from settlement.models import Basis, OrderOutcome, PaymentOrder, Settlement
from settlement.moves import advance, locked
from settlement.postings import settlement_paid
from settlement.selectors import present_lines
from settlement.states import State

SENT_BACK = ("退汇", "退回", "退票", "退款", "冲正")


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
        return left_unexplained(line, _difference(line, orders[0]))
    return _paid(line, fitting, actor, at)


# --------------------------------------------------------------------------------------------- paid


def _difference(line: BankLine, order: PaymentOrder) -> str:
    """Why the line is not this order's payment; empty when it is."""
    number = order.settlement.number
    if order.outcome == OrderOutcome.SETTLED:
        return told(_("发票 %(number)s 已支付过，疑似重复付款"), number=number)
    if order.outcome == OrderOutcome.FAILED:
        return told(_("发票 %(number)s 的付款已登记为失败，银行却有付款"), number=number)
    if line.booked_on < localdate(order.batch.created_at):
        return told(_("发票 %(number)s 的付款早于付款指令，事后的密码不能补认"), number=number)
    if -line.amount != order.amount:
        return told(
            _("发票 %(number)s 应付 %(due)s 元，银行付出 %(paid)s 元"),
            number=number,
            due=order.amount,
            paid=-line.amount,
        )
    account = spaceless(line.counterparty_account)
    if (
        account != order.payee_account.number
        if account
        else (spaceless(line.counterparty_name) != spaceless(order.payee_account.holder))
    ):
        return told(
            _("发票 %(number)s 收款账户与银行付出账户 %(account)s 不符"),
            number=number,
            account=account or line.counterparty_name,
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
        advance(
            current,
            current.pay,
            actor=actor,
            at=at,
            reason=line_cited(line),
        )

    return Explained(
        kind=LineKind.PAYMENT,
        entry=_settlement_paid(settlement, on=on, memo=line.memo[:200]),
        note="" if on == line.booked_on else _posted_later(line, on),
        settles_hold=settlement.hold_id,
        after=settled,
        before=_performance_drafts(settlement, on, order.attempt),
    )


def _posted_later(line: BankLine, on: date) -> str:
    return told(_("%(day)s 所在期间已关闭，记入 %(on)s"), day=line.booked_on, on=on)


def _settlement_paid(settlement: Settlement, *, on: date, memo: str) -> Entry:
    """The entry for the payment, its budget lines in the order of the invoice."""
    spent: dict[str, Money] = defaultdict(lambda: ZERO)
    for line in present_lines().filter(settlement=settlement).order_by("line_no"):
        spent[line.budget_code] += line.amount
    fund_id, book = settlement.fund_id, settlement.book
    return settlement_paid(
        cash=door.open_account(fund_id=fund_id, book=book, kind="cash"),
        spent={
            door.open_account(fund_id=fund_id, book=book, kind="budget_spending", code=code): amount
            for code, amount in spent.items()
        },
        total=settlement.total,
        on=on,
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
    text = spaceless(said(line))
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
    if order is None or not any(word in text for word in SENT_BACK):
        return None
    settlement = order.settlement
    broken = open_break_of(line)
    if broken is not None and settlement.number in invoice_numbers(said(broken)):
        return None
    return explain_return(line, order, actor, at)


def explain_return(line: BankLine, order: PaymentOrder, actor: Operator, at: datetime) -> Explained:
    """The line as the whole of a paid order come back: its entry mirrored, the settlement reversed."""
    settlement = order.settlement
    paid = _paid_sequence(settlement)
    original = reads.recorded_entry(line.fund_id, paid)
    on = max(open_day(line.fund, line.booked_on), original.effective_on)

    def reversed_(_sequence: int) -> None:
        current = locked(settlement.pk)
        advance(
            current,
            current.reverse,
            actor=actor,
            at=at,
            reason=told(_("退汇：%(line)s"), line=line_cited(line)),
        )

    return Explained(
        kind=LineKind.REVERSAL,
        entry=postings.mirror(original=original, sequence=paid, on=on, memo=line.memo[:200]),
        note=told(_("发票 %(number)s 退汇"), number=settlement.number),
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


def left_unexplained(line: BankLine, note: str) -> Explained:
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
        if reads.balance_or_nothing(fund_id, book=book, kind="cash").available >= amount:
            return book
    return "operating"
