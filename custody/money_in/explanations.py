"""Reads of bank lines and of what they were found to be: the newest explanation speaks. Never writes."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import connection
from django.db.models import BooleanField, Exists, F, Func, OuterRef, QuerySet
from django.utils.translation import gettext as _

from custody.kernel.errors import Conflict, NotFound
from custody.kernel.words import told
from custody.models import BankLine, ChannelOrder, LineExplanation, LineKind, LineNote

POSITION = re.compile("[0-9]{1,9}", re.ASCII)
_VOIDED = Func(F("pk"), function="custody_order_voided", output_field=BooleanField())
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


def orders_in_transit(fund_id: int) -> QuerySet[ChannelOrder]:
    """Merchant orders that no bank line settled, and that nobody said on two keys will never come."""
    orders = ChannelOrder.objects.filter(fund_id=fund_id, bank_line__isnull=True)
    return orders.annotate(voided=_VOIDED).filter(voided=False)


def halves_under_way(fund_id: int) -> list[int]:
    """The lines that sent money to another account of the fund's own, whose statement does not show it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT line_id FROM custody_transfers_under_way(%s)", (fund_id,))
        return [line for (line,) in cursor.fetchall()]


def late_halves(fund_id: int) -> list[int]:
    """Those of them whose money should have arrived by now: a break."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT line_id FROM custody_late_transfers(%s)", (fund_id,))
        return [line for (line,) in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class UnidentifiedMoney:
    """Money whose meaning is open, in yuan, in +, out −; ``note`` says what a clerk must settle.

    ``line`` is the bank's, where it is one; ``left_note`` is the newest that a person left beside it.
    """

    on: date
    amount: Decimal
    counterparty: str
    text: str
    note: str
    evidence: str
    line: BankLine | None = None
    left_note: str = ""


def unidentified_money(fund_id: int) -> list[UnidentifiedMoney]:
    """Suspense and unexplained bank lines, and merchant orders without a unit, oldest first."""
    opened = open_explanations(fund_id)
    left = _left_notes([each.line_id for each in opened])
    items = [
        UnidentifiedMoney(
            line=each.line,
            left_note=left.get(each.line_id, ""),
            on=each.line.booked_on,
            amount=each.line.amount.amount,
            counterparty=each.line.counterparty_name,
            text=f"{each.line.summary} {each.line.memo}".strip(),
            note=each.note,
            evidence=told(_("流水第%(position)s笔"), position=each.line.position),
        )
        for each in opened
    ]
    orders = ChannelOrder.objects.filter(fund_id=fund_id, unit__isnull=True).annotate(voided=_VOIDED)
    items += [
        UnidentifiedMoney(
            on=order.paid_on,
            amount=order.amount.amount,
            counterparty=order.payer_name,
            text=_("扫码支付"),
            note=_("房号和付款人都对不上业主名册"),
            evidence=told(_("订单%(number)s"), number=order.order_number),
        )
        for order in orders.filter(voided=False)
    ]
    return sorted(items, key=lambda item: (item.on, item.evidence))


def _left_notes(line_ids: Collection[int]) -> dict[int, str]:
    """The newest note that a person left beside each line."""
    notes = LineNote.objects.filter(line_id__in=line_ids).order_by("pk")
    return dict(notes.values_list("line_id", "text"))


def line_called(fund_id: int, said: str) -> BankLine:
    """The fund's line of this number (its place in the account's chain), or ``account:number``.

    Errors: NotFound; Conflict where two accounts have a line of that number.
    """
    account, _colon, number = said.strip().replace("：", ":").rpartition(":")
    lines = BankLine.objects.filter(fund_id=fund_id).select_related("fund", "account")
    if account:
        lines = lines.filter(account__number=account)
    found = list(lines.filter(position=int(number))) if POSITION.fullmatch(number) else []
    if len(found) > 1:
        raise Conflict(
            _("有 %(count)s 个专户都有第%(number)s笔流水，请写成 账号：序号"), code="line-ambiguous",
            count=len(found), number=number,
        )  # fmt: skip
    if not found:
        raise NotFound(_("没有第%(number)s笔流水，序号见 show_suspense"), code="line-unknown", number=said)
    return found[0]


def line_cited(line: BankLine) -> str:
    """The line as its bank knows it: day, voucher where there is one, and its row in the bank's file."""
    said = _("流水 %(on)s 凭证 %(voucher)s（%(file)s 第 %(row)s 行）")
    if not line.voucher:
        said = _("流水 %(on)s（%(file)s 第 %(row)s 行）")
    return told(said, on=line.booked_on, voucher=line.voucher, file=line.source_file.name, row=line.row)


def earlier_lines(line: BankLine, amount: Decimal) -> QuerySet[BankLine]:
    """Lines of the same account before ``line`` with exactly ``amount``, newest first."""
    return BankLine.objects.filter(
        account_id=line.account_id, position__lt=line.position, amount=amount
    ).order_by("-position")
