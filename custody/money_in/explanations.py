"""Reads of bank lines and of what they were found to be: the newest explanation speaks. Never writes."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from custody.kernel.words import told
from custody.models import BankLine, ChannelOrder, LineExplanation, LineKind

OPEN_KINDS = (LineKind.SUSPENSE, LineKind.UNEXPLAINED)


def newest_explanations(fund_id: int) -> QuerySet[LineExplanation]:
    """The explanation that speaks for each line of the fund."""
    newer = LineExplanation.objects.filter(line_id=OuterRef("line_id"), pk__gt=OuterRef("pk"))
    return LineExplanation.objects.filter(~Exists(newer), fund_id=fund_id)


def open_explanations(fund_id: int) -> list[LineExplanation]:
    """Of lines still suspense or unexplained, in the bank's order, each with its line."""
    return list(
        newest_explanations(fund_id)
        .filter(kind__in=OPEN_KINDS)
        .select_related("line", "line__account")
        .order_by("line__account_id", "line__position")
    )


@dataclass(frozen=True, slots=True)
class UnidentifiedMoney:
    """Money whose meaning is open, in yuan, in +, out −; ``note`` says what a clerk must settle."""

    on: date
    amount: Decimal
    counterparty: str
    text: str
    note: str
    evidence: str


def unidentified_money(fund_id: int) -> list[UnidentifiedMoney]:
    """Suspense and unexplained bank lines, and merchant orders without a unit, oldest first."""
    items = [
        UnidentifiedMoney(
            on=each.line.booked_on,
            amount=each.line.amount.amount,
            counterparty=each.line.counterparty_name,
            text=f"{each.line.summary} {each.line.memo}".strip(),
            note=each.note,
            evidence=told(_("流水第%(position)s笔"), position=each.line.position),
        )
        for each in open_explanations(fund_id)
    ]
    orders = ChannelOrder.objects.filter(fund_id=fund_id, unit__isnull=True)
    items += [
        UnidentifiedMoney(
            on=order.paid_on,
            amount=order.amount.amount,
            counterparty=order.payer_name,
            text=_("扫码支付"),
            note=_("房号和付款人都对不上业主名册"),
            evidence=told(_("订单%(number)s"), number=order.order_number),
        )
        for order in orders
    ]
    return sorted(items, key=lambda item: (item.on, item.evidence))


def earlier_lines(line: BankLine, amount: Decimal) -> QuerySet[BankLine]:
    """Lines of the same account before ``line`` with exactly ``amount``, newest first."""
    return BankLine.objects.filter(
        account_id=line.account_id, position__lt=line.position, amount=amount
    ).order_by("-position")
