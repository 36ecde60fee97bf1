"""Lump receipts tied to the detail behind them: a merchant's daily net, an operator's batch.

Refuses a lump that its detail does not prove to the fen, and says by how much they differ.
"""

from collections.abc import Collection
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy
from djmoney.money import Money

from custody.bank.explaining import Explained
from custody.files.outcomes import Note, note
from custody.kernel.money import yuan
from custody.ledger import postings, references
from custody.ledger.door import Draft
from custody.ledger.entries import Entry
from custody.ledger.periods import late_note
from custody.models import BankLine, ChannelOrder, LineKind, RevenueLine
from custody.money_in import explanations, rules
from custody.money_in.desk import Desk

LUMP_LATE_DAYS_MAX = 10  # how far back a lump that names no day is looked for


class LumpNote(TextChoices):
    """What a clerk must know of a lump after its detail came in."""

    STILL_OPEN = "still-open", gettext_lazy("%(on)s 到账%(amount)s 仍待确认：%(note)s")


def explain_merchant_lump(desk: Desk, line: BankLine, text: str) -> Explained | str:
    """The lump as the settling of one day's orders, or what speaks against it."""
    facts = rules.lump_facts(text, line.booked_on)
    problem = ""
    for day in _days(line, facts):
        orders = list(explanations.orders_in_transit(desk.fund.pk).filter(paid_on=day).order_by("pk"))
        doubt = _doubt(day, orders, line.amount.amount, facts)
        if not doubt:
            return _settled(desk, line, orders)
        problem = problem or doubt
    return problem


def _days(line: BankLine, facts: rules.LumpFacts) -> list[date]:
    """The days whose orders the lump may settle, the likeliest first."""
    if facts.paid_on is not None:
        return [facts.paid_on]
    return [line.booked_on - timedelta(days=back) for back in range(1, LUMP_LATE_DAYS_MAX + 1)]


def _doubt(day: date, orders: list[ChannelOrder], received: Decimal, facts: rules.LumpFacts) -> str:
    """Why these orders do not make this lump; empty when they do."""
    label = f"商户结算{day:%m%d}"
    if not orders:
        return f"{label} 尚无未结算的商户明细"
    gross = sum((order.amount.amount for order in orders), Decimal(0))
    fee = sum((order.fee.amount for order in orders), Decimal(0))
    if gross - fee != received:
        return f"{label} 明细净额{gross - fee} 与到账{received} 相差{abs(received - gross + fee)}"
    if facts.gross is not None and facts.gross != gross:
        return f"{label} 明细总额{gross} 与附言总额{facts.gross} 相差{abs(gross - facts.gross)}"
    if facts.fee is not None and facts.fee != fee:
        return f"{label} 明细手续费{fee} 与附言手续费{facts.fee} 相差{abs(fee - facts.fee)}"
    return ""


def _settled(desk: Desk, line: BankLine, orders: list[ChannelOrder]) -> Explained:
    gross: Money = sum((order.amount for order in orders), yuan(0))
    fee: Money = sum((order.fee for order in orders), yuan(0))
    chosen = [order.pk for order in orders]
    on = desk.open_day(line.booked_on)
    cash, in_transit = desk.account("cash"), desk.account("in_transit")
    memo, source = line.memo[:200], references.bank_line(line)
    if fee.amount:
        entry = postings.merchant_lump_settled(
            cash=cash, channel_fee=desk.account("channel_fee"), in_transit=in_transit,
            gross=gross, fee=fee, on=on, memo=memo, source=source,
        )  # fmt: skip
    else:
        entry = postings.merchant_lump_settled_in_full(
            cash=cash, in_transit=in_transit, gross=gross, on=on, memo=memo, source=source
        )

    def tie(_sequence: int) -> None:
        ChannelOrder.objects.filter(pk__in=chosen).update(bank_line=line)

    told = late_note(f"{len(orders)} 笔商户订单", line.booked_on, on)
    return Explained(LineKind.MERCHANT_LUMP, entry, note=told, after=tie)


def explain_public_revenue(desk: Desk, line: BankLine, text: str) -> Explained | str:
    """The lump as a batch of parking or advertising lines, or what speaks against it."""
    batch = rules.batch_of(text)
    if batch is None:
        return "附言提到批次，但没有批次号"
    rows = list(
        RevenueLine.objects.filter(
            fund=desk.fund, batch=batch, bank_line__isnull=True, superseded=False
        ).order_by("received_on", "source", "pk")
    )
    if not rows:
        return f"批次{batch} 尚无未核对的明细"
    total = sum((row.amount.amount for row in rows), Decimal(0))
    received = line.amount.amount
    if total != received:
        return f"批次{batch} 明细合计{total} 与到账{received} 相差{abs(received - total)}"
    chosen = [row.pk for row in rows]
    first = min(line.booked_on, rows[0].received_on)

    def tie(_sequence: int) -> None:
        RevenueLine.objects.filter(pk__in=chosen).update(bank_line=line)

    on = desk.open_day(line.booked_on)
    entry = postings.public_revenue_settled(
        cash=desk.account("cash"), in_transit=desk.account("in_transit"), amount=line.amount,
        on=on, memo=line.memo[:200], source=references.bank_line(line),
    )  # fmt: skip
    return Explained(
        LineKind.PUBLIC_REVENUE,
        entry,
        note=late_note(f"批次{batch} 明细 {len(rows)} 行", first, desk.open_day(first)),
        after=tie,
        before=tuple(_collected(desk, line, batch, rows)),
    )


def _collected(desk: Desk, line: BankLine, batch: str, rows: list[RevenueLine]) -> list[Draft]:
    """Income by the day it was taken and by source; ``rows`` come in that order."""
    drafts = []
    for (day, source), taken in groupby(rows, key=lambda row: (row.received_on, row.source)):
        entry: Entry = postings.public_revenue_collected(
            in_transit=desk.account("in_transit"),
            income=desk.account(source),
            amount=sum((row.amount for row in taken), yuan(0)),
            on=desk.open_day(day),
            memo=f"批次{batch} {day}",
            source=f"revenue:{batch}",
        )
        drafts.append(Draft(entry, key=f"{collected_key(line)}{day}:{source}"))
    return drafts


def collected_key(line: BankLine) -> str:
    """How the keys of the income behind one lump begin."""
    return f"revenue:{line.account.number}:{line.position}:"


def still_open(desk: Desk, *, days: Collection[date] = (), batches: Collection[str] = ()) -> list[Note]:
    """What still speaks against each lump in suspense of these order days or batches, in the bank's order."""
    return [
        note(LumpNote.STILL_OPEN, on=each.line.booked_on, amount=each.line.amount, note=each.note)
        for each in explanations.open_explanations(desk.fund.pk)
        if each.kind == LineKind.SUSPENSE and _concerns(each.line, days, batches)
    ]


def _concerns(line: BankLine, days: Collection[date], batches: Collection[str]) -> bool:
    """Whether the line is a lump of one of these days or batches."""
    text = f"{line.summary} {line.memo}"
    kind = rules.read_kind(text=text, amount=line.amount.amount)
    if kind == LineKind.MERCHANT_LUMP:
        return not set(days).isdisjoint(_days(line, rules.lump_facts(text, line.booked_on)))
    return kind == LineKind.PUBLIC_REVENUE and rules.batch_of(text) in batches
