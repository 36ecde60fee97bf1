"""An open line explained by people (查明): what it is, why, a paper, and two keys; then it is booked as that.

Refuses a line that is not open, a kind that no person explains, a refund of no receipt, and an explanation
that was taken back or overtaken by what the bank said meanwhile. The database refuses all of it again.
"""

from datetime import datetime
from decimal import Decimal

from django.db import connection, transaction
from django.db.models import Q
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from custody import keys
from custody.bank.explaining import Explained
from custody.deeds.funds import lock_fund
from custody.files import archive
from custody.files.intake import Handed
from custody.kernel.errors import Conflict, NotFound, Rejected
from custody.kernel.invariants import invariant
from custody.kernel.money import ZERO
from custody.kernel.words import told
from custody.ledger import door, postings, reads, references
from custody.ledger.chart import Book
from custody.ledger.entries import AccountRef, Entry
from custody.models import (
    BankLine,
    BreakExplanation,
    BreakExplanationWithdrawal,
    ChannelOrder,
    Document,
    Key,
    LineExplanation,
    LineKind,
    Operator,
)
from custody.money_in import explanations, recording
from custody.money_in.desk import Desk
from custody.permits.acts import Act
from custody.permits.asking import ask

ACCOUNTS = {
    LineKind.BANK_CHARGE: "bank_charge",
    LineKind.INTEREST_TAX: "interest_tax",
    LineKind.INTEREST_CHARGED: "interest_charged",
    LineKind.JUDICIAL: "judicial",
    LineKind.REFUND: "refund",
    LineKind.WRONG_ACCOUNT: "recoverable",
}
RECEIPTS = (
    LineKind.PROPERTY_FEE,
    LineKind.MERCHANT_LUMP,
    LineKind.PUBLIC_REVENUE,
    LineKind.GRANT,
    LineKind.IDENTIFIED,
)


@transaction.atomic
def propose_explanation(
    *,
    line_id: int,
    kind: LineKind,
    reason: str,
    paper: Handed,
    actor: Operator,
    at: datetime,
    gives_back_id: int | None = None,
) -> BreakExplanation:
    """Say what an open line is; nothing moves until both keys stand on it. Said again, it is the same one.

    ``gives_back_id`` is the receipt that a refund gives back, and only a refund's. Errors: Forbidden,
    NotFound, Conflict (the line is not open), Rejected (no reason, no such kind, nothing to give back).
    """
    line = _line(line_id)
    ask(Act.EXPLAIN_BREAK, fund_id=line.fund_id, actor=actor, on=localdate(at))
    fund = lock_fund(line.fund)
    _refuse_words(kind, reason, gives_back_id)
    _open_explanation(line)
    if gives_back_id is not None:
        _refuse_refund(line, _line(gives_back_id))
    document = archive.keep(
        fund=fund, kind=Document.Kind.EVIDENCE, name=paper.name, content=paper.content, actor=actor, at=at
    )
    said = {
        "fund": fund, "line": line, "kind": kind, "gives_back_id": gives_back_id,
        "reason": reason.strip()[:300], "document": document, "proposed_by": actor,
    }  # fmt: skip
    known = BreakExplanation.objects.filter(**said, withdrawal__isnull=True).first()
    return known or BreakExplanation.objects.create(**said, proposed_at=at)


@transaction.atomic
def propose_void(
    *, order_id: int, reason: str, paper: Handed, actor: Operator, at: datetime
) -> BreakExplanation:
    """Say that a merchant order never reached the bank and never will; two keys undo its entry.

    Errors: Forbidden, NotFound, Conflict (the bank confirmed it, or it is void), Rejected (no reason).
    """
    order = ChannelOrder.objects.select_related("fund").filter(pk=order_id).first()
    if order is None:
        raise NotFound(_("没有编号为 %(order)s 的商户订单"), order=order_id)
    ask(Act.EXPLAIN_BREAK, fund_id=order.fund_id, actor=actor, on=localdate(at))
    fund = lock_fund(order.fund)
    if not reason.strip():
        raise Rejected(_("请说明理由"), code="reason-missing")
    _refuse_settled(order)
    document = archive.keep(
        fund=fund, kind=Document.Kind.EVIDENCE, name=paper.name, content=paper.content, actor=actor, at=at
    )
    said = {
        "fund": fund, "order": order, "kind": LineKind.ORDER_VOID, "reason": reason.strip()[:300],
        "document": document, "proposed_by": actor,
    }  # fmt: skip
    known = BreakExplanation.objects.filter(**said, withdrawal__isnull=True).first()
    return known or BreakExplanation.objects.create(**said, proposed_at=at)


@transaction.atomic
def turn_explanation_key(
    *, explanation_id: int, which: Key, actor: Operator, at: datetime
) -> LineKind | None:
    """Turn one key on an explanation; the second books the line (or undoes the order): what it now is.

    Errors: NotFound, Forbidden, Conflict (taken back, or the line is open no more).
    """
    explanation = _explanation(explanation_id)
    fund = lock_fund(explanation.fund)
    _refuse_withdrawn(explanation)
    order, line = explanation.order, explanation.line
    was = None if line is None else _open_explanation(line)
    if order is not None:
        _refuse_settled(order)
    keys.turn(
        kind=keys.BREAK,
        subject_id=explanation.pk,
        fund_id=explanation.fund_id,
        which=which,
        actor=actor,
        at=at,
        maker_id=explanation.proposed_by_id,
    )
    if not all(keys.stands(keys.BREAK, explanation.pk, each) for each in Key):
        return None
    if was is not None:
        _book(Desk(fund, actor, at), explanation, was)
    if order is not None:
        _undo(Desk(fund, actor, at), explanation, order)
    return LineKind(explanation.kind)


@transaction.atomic
def withdraw_explanation(*, explanation_id: int, reason: str, actor: Operator, at: datetime) -> None:
    """Take an explanation back before it is booked, and its keys with it; once more changes nothing.

    Errors: NotFound, Forbidden, Rejected (no reason), Conflict (booked).
    """
    explanation = _explanation(explanation_id)
    ask(Act.EXPLAIN_BREAK, fund_id=explanation.fund_id, actor=actor, on=localdate(at))
    lock_fund(explanation.fund)
    if BreakExplanationWithdrawal.objects.filter(explanation=explanation).exists():
        return
    _refuse_booked(explanation, reason)
    BreakExplanationWithdrawal.objects.create(
        explanation=explanation, operator=actor, reason=reason.strip()[:300], withdrawn_at=at
    )
    keys.withdraw_all(
        kind=keys.BREAK,
        subject_id=explanation.pk,
        keys=set(Key),
        actor=actor,
        at=at,
        reason=reason.strip()[:300],
    )


@transaction.atomic
def withdraw_explanation_key(*, explanation_id: int, reason: str, actor: Operator, at: datetime) -> None:
    """Take back the key of the actor's organisation before the second books the line.

    Errors: NotFound, Forbidden, Rejected (no reason), Conflict (booked).
    """
    explanation = _explanation(explanation_id)
    organisation = ask(Act.WITHDRAW_KEY, fund_id=explanation.fund_id, actor=actor, on=localdate(at))
    lock_fund(explanation.fund)
    _refuse_booked(explanation, reason)
    which = {key for key, kind in keys.HELD_BY.items() if kind == organisation.kind}
    keys.withdraw_all(
        kind=keys.BREAK,
        subject_id=explanation.pk,
        keys=which,
        actor=actor,
        at=at,
        reason=reason.strip()[:300],
    )


def standing_explanations(fund_id: int) -> list[BreakExplanation]:
    """What people proposed for lines still open, not taken back, oldest first."""
    lines = [each.line_id for each in explanations.open_explanations(fund_id)]
    lines += explanations.late_halves(fund_id)
    orders = explanations.orders_in_transit(fund_id).values("pk")
    rows = BreakExplanation.objects.filter(
        Q(line__in=lines) | Q(order__in=orders), fund_id=fund_id, withdrawal__isnull=True
    )
    return list(rows.select_related("line", "order", "document", "proposed_by").order_by("pk"))


def subject_named(explanation: BreakExplanation) -> str:
    """The line or the order an explanation is of, as people call it."""
    if explanation.line is not None:
        return told(_("流水第%(position)s笔"), position=explanation.line.position)
    number = "" if explanation.order is None else explanation.order.order_number
    return told(_("订单%(number)s"), number=number)


def subject_amount(explanation: BreakExplanation) -> Decimal:
    """What the line or the order moved, in yuan, in + and out −."""
    subject = explanation.line or explanation.order
    return Decimal(0) if subject is None else subject.amount.amount


def is_booked(explanation: BreakExplanation) -> bool:
    """Whether both keys stand on it: the second one books the line in the same breath."""
    return all(keys.stands(keys.BREAK, explanation.pk, each) for each in Key)


# ------------------------------------------------------------------------------------------- refusals


def _line(line_id: int) -> BankLine:
    line = BankLine.objects.select_related("fund", "account").filter(pk=line_id).first()
    if line is None:
        raise NotFound(_("没有编号为 %(line)s 的银行流水"), line=line_id)
    return line


def _explanation(explanation_id: int) -> BreakExplanation:
    rows = BreakExplanation.objects.select_related("fund", "line__account", "order", "document")
    explanation = rows.filter(pk=explanation_id).first()
    if explanation is None:
        raise NotFound(_("没有编号为 %(explanation)s 的查明建议"), explanation=explanation_id)
    return explanation


def _refuse_words(kind: LineKind, reason: str, gives_back_id: int | None) -> None:
    if kind not in ACCOUNTS:
        raise Rejected(
            _("「%(kind)s」不由人工查明，应为其中之一：%(kinds)s"),
            code="kind-not-explained-by-hand", kind=kind.label, kinds=[str(each.label) for each in ACCOUNTS],
        )  # fmt: skip
    if not reason.strip():
        raise Rejected(_("请说明理由"), code="reason-missing")
    if (kind is LineKind.REFUND) != (gives_back_id is not None):
        raise Rejected(_("退还收款须指明退还哪一笔到账流水，其他种类不指明"), code="refund-names-its-receipt")


def _open_explanation(line: BankLine) -> LineExplanation:
    """What speaks for the line, which is open or sent what is late. Conflict when it is neither."""
    newest = explanations.newest_explanations(line.fund_id).select_related("line__account").filter(line=line)
    was = newest.first()
    late = line.pk in explanations.late_halves(line.fund_id)
    if was is None or not (late or was.kind in explanations.OPEN_KINDS):
        raise Conflict(
            _("%(on)s 第%(position)s笔流水已是「%(kind)s」，不待查明"),
            code="line-not-open", on=line.booked_on, position=line.position,
            kind="" if was is None else was.get_kind_display(),
        )  # fmt: skip
    return was


def _refuse_refund(line: BankLine, receipt: BankLine) -> None:
    """Rejected unless ``receipt`` came in on the same account before, was income, and was that much still."""
    was = explanations.newest_explanations(receipt.fund_id).filter(line=receipt).first()
    income = was is not None and LineKind(was.kind) in RECEIPTS
    same = receipt.account_id == line.account_id and receipt.position < line.position
    with connection.cursor() as cursor:
        cursor.execute("SELECT custody_given_back(%s)", (receipt.pk,))
        left = receipt.amount.amount + cursor.fetchone()[0]
    if not (income and same and line.amount < ZERO and -line.amount.amount <= left):
        raise Rejected(
            _("第%(receipt)s笔流水不是可由第%(position)s笔退还的收入，或尚可退还的不足；待确认款项请先认领"),
            code="nothing-to-give-back", receipt=receipt.position, position=line.position,
        )  # fmt: skip


def _refuse_settled(order: ChannelOrder) -> None:
    """Conflict unless the order is still on its way."""
    if not explanations.orders_in_transit(order.fund_id).filter(pk=order.pk).exists():
        raise Conflict(
            _("订单 %(number)s 已到账或已作废，不待查明"), code="order-not-open", number=order.order_number
        )


def _refuse_booked(explanation: BreakExplanation, reason: str) -> None:
    if not reason.strip():
        raise Rejected(_("请说明理由"), code="reason-missing")
    if is_booked(explanation):
        raise Conflict(
            _("查明建议 %(explanation)s 已入账，不能撤回"), code="break-booked", explanation=explanation.pk
        )


def _refuse_withdrawn(explanation: BreakExplanation) -> None:
    if BreakExplanationWithdrawal.objects.filter(explanation=explanation).exists():
        raise Conflict(
            _("查明建议 %(explanation)s 已撤回"), code="break-withdrawn", explanation=explanation.pk
        )


# -------------------------------------------------------------------------------------------- booking


def _book(desk: Desk, explanation: BreakExplanation, was: LineExplanation) -> None:
    """The open entry undone, and the line booked as what it is, in the book that the bank took it from."""
    note = f"{explanation.reason}（{explanation.document.name}）"
    entry = _entry(desk, explanation, was)
    recording.rebook(desk, was, Explained(LineKind(explanation.kind), entry, note=note))


def _undo(desk: Desk, explanation: BreakExplanation, order: ChannelOrder) -> None:
    """The order's entry mirrored, on its own day or the first open one: no income, and nothing on its way."""
    recorded = reads.recorded_entry(desk.fund.pk, order.entry_sequence)
    door.reverse(
        fund_id=desk.fund.pk,
        sequence=order.entry_sequence,
        key=references.cite(references.ORDER, order.order_number, "void"),
        effective_on=desk.open_day(recorded.effective_on),
        reason=explanation.reason[:200],
        actor_id=desk.actor.pk,
        at=desk.at,
    )


def _entry(desk: Desk, explanation: BreakExplanation, was: LineExplanation) -> Entry:
    line = was.line
    book = _book_of(desk, was)
    cash, against = desk.account("cash", book), desk.account(ACCOUNTS[LineKind(explanation.kind)], book)
    on, memo, source = desk.open_day(line.booked_on), explanation.reason[:200], references.bank_line(line)
    if line.amount > ZERO:
        return postings.return_explained(
            cash=cash, against=against, amount=line.amount, on=on, memo=memo, source=source
        )
    return postings.break_explained(
        against=against, cash=cash, amount=-line.amount, on=on, memo=memo, source=source
    )


def _book_of(desk: Desk, was: LineExplanation) -> str:
    """The book whose cash the open entry moved."""
    touched: set[AccountRef] = {
        each.account for each in reads.recorded_entry(desk.fund.pk, was.entry_sequence).lines
    }
    found = [book for book in Book if desk.account("cash", book) in touched]
    invariant(len(found) == 1, "an open line moved the cash of one book")
    return found[0]
