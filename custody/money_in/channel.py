"""The QR merchant's order detail: gross income by the day the payer paid, the merchant's fee a later cost.

Refuses a fee above its order, a day outside the trust, an order number that returns with other
content, and half a file.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db.models import TextChoices
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from custody.files.faults import Fault
from custody.files.intake import Handed, take_in
from custody.files.outcomes import Became, Note, Outcome, Verdict, note
from custody.files.reasonable_days import day_problem
from custody.files.tables import half_width, moment, money, positive_money, text, text_max
from custody.files.typed_rows import FileRow, Page, column, read_rows
from custody.kernel.money import yuan
from custody.kernel.words import told
from custody.ledger import door, postings
from custody.ledger.door import Draft
from custody.models import ChannelOrder, Document, Fund, Operator
from custody.money_in import lumps, recording
from custody.money_in.desk import Desk, DeskImport
from custody.permits.acts import Act


class OrderCount(TextChoices):
    """What an import of merchant orders counts."""

    FILES = "files", gettext_lazy("文件")
    NEW_ORDERS = "new-orders", gettext_lazy("新增订单")
    KNOWN_ORDERS = "known-orders", gettext_lazy("已有订单")
    LINES_IDENTIFIED = "lines-identified", gettext_lazy("随之认定的流水")


class OrderNote(TextChoices):
    """What a clerk must know after an import of merchant orders."""

    NOTHING_NEW = "nothing-new", gettext_lazy("%(file)s 没有新订单")
    LATE = "late", gettext_lazy("%(file)s 有 %(count)s 笔支付日所在期间已关闭，记入其后首个开放日")


def order_number(cell: Any) -> str:
    """An order number: up to 64 letters, digits, hyphens and underscores."""
    number = half_width(text(cell))
    if not re.fullmatch("[0-9A-Za-z_-]{1,64}", number):
        raise ValueError(_("订单号应为 64 位以内的字母、数字、连字符"))
    return number


class OrderRow(FileRow):
    """One payment through the merchant; ``paid_at`` is Shanghai wall time."""

    number: str = column("订单号", "商户订单号", "交易订单号", parse=order_number)
    paid_at: datetime = column("支付时间", "交易时间", "付款时间", parse=moment)
    room: str = column("房号", "房屋", "房间号", parse=text_max(60), blank="")
    payer: str = column("付款人", "付款方", "付款人姓名", parse=text_max(100), blank="")
    amount: Decimal = column("订单金额", "交易金额", "金额", parse=positive_money)
    fee: Decimal = column("手续费", "商户手续费", parse=money)

    @property
    def paid_on(self) -> date:
        """The day the payer paid."""
        return self.paid_at.date()

    @property
    def content(self) -> "Content":
        """What may not differ when the order number returns."""
        return timezone.make_aware(self.paid_at), self.payer, self.amount, self.fee


Content = tuple[datetime, str, Decimal, Decimal]


@dataclass(slots=True)
class Detail:
    """One file, its orders due by now, and of these the ones nobody has seen."""

    handed: Handed
    page: Page[OrderRow]
    due: list[OrderRow] = field(default_factory=list)
    fresh: list[OrderRow] = field(default_factory=list)


def import_channel_detail(
    *,
    fund: Fund,
    paths: Sequence[Path | Handed],
    actor: Operator,
    at: datetime,
    dry_run: bool = False,
    through: date | None = None,
) -> Outcome:
    """Store and book every new order of ``paths``, then ask again about open bank lines.

    Errors: Forbidden; Refused with every fault of every file.
    """
    return take_in(ChannelImport(actor, at, dry_run, fund, through), paths)


@dataclass
class ChannelImport(DeskImport[Detail]):
    """Orders by number: a known one is left alone, or refused when it returns with other content."""

    act = Act.IMPORT_CHANNEL_DETAIL

    def read(self, handed: Handed) -> tuple[Detail, list[Fault]]:
        """The first sheet as orders; a fee is less than its order."""
        page = read_rows(handed.table(), OrderRow)
        over = _("手续费应不小于零且小于订单金额 %(amount)s")
        fees = [
            page.fault(row, "fee", told(over, amount=row.amount))
            for row in page.rows
            if not 0 <= row.fee < row.amount
        ]
        return Detail(handed, page), [*page.faults, *fees]

    def judge(self, taken: Sequence[Detail], *, whole: bool) -> Iterator[Fault]:
        """Nobody paid tomorrow, what was paid before the trust is in its opening balance; known numbers."""
        for detail in taken:
            detail.due = [row for row in detail.page.rows if self.due(row.paid_on)]
            for row in detail.due:
                problem = day_problem(self.desk.fund, row.paid_on, self.at)
                if problem:
                    yield detail.page.fault(row, "paid_at", problem)
        yield from self._seen_before(taken)

    def write(self, taken: Sequence[Detail]) -> Outcome:
        """Each new order gross, beside its entry; then the lumps they may explain."""
        notes: list[Note] = []
        for detail in taken:
            if detail.fresh:
                self._record(detail)
                notes += self._late(detail)
            elif self.through is None:
                notes.append(note(OrderNote.NOTHING_NEW, file=detail.page.file))
        fresh = sum(len(detail.fresh) for detail in taken)
        resolved = recording.reconsider_at_desk(self.desk) if fresh else 0
        days = {row.paid_on for detail in taken for row in detail.due}
        counts: dict[TextChoices, int] = {
            OrderCount.FILES: sum(bool(detail.fresh) for detail in taken),
            OrderCount.NEW_ORDERS: fresh,
            OrderCount.KNOWN_ORDERS: sum(len(detail.due) for detail in taken) - fresh,
            OrderCount.LINES_IDENTIFIED: resolved,
        }
        return Outcome(
            already_done=fresh == 0,
            counts=counts,
            verdicts=tuple(
                Verdict(each.page.file, Became.TAKEN if each.fresh else Became.KNOWN) for each in taken
            ),
            notes=(*notes, *lumps.still_open(self.desk, days=days)),
        )

    def _seen_before(self, taken: Sequence[Detail]) -> Iterator[Fault]:
        """Sort out each file's new orders; a known number with other content is a fault."""
        seen: dict[str, Content] = {
            order.order_number: (order.paid_at, order.payer_name, order.amount.amount, order.fee.amount)
            for order in ChannelOrder.objects.filter(fund=self.desk.fund)
        }
        for detail in taken:
            for row in detail.due:
                if row.number not in seen:
                    seen[row.number] = row.content
                    detail.fresh.append(row)
                elif seen[row.number] != row.content:
                    yield detail.page.fault(row, "number", _conflict(seen[row.number]))

    def _late(self, detail: Detail) -> Iterator[Note]:
        late = sum(self.desk.open_day(row.paid_on) > row.paid_on for row in detail.fresh)
        if late:
            yield note(OrderNote.LATE, file=detail.page.file, count=late)

    def _record(self, detail: Detail) -> None:
        """Post each new order gross and store it beside its entry."""
        source = self.keep(detail.handed, fund=self.desk.fund, kind=Document.Kind.CHANNEL)
        orders = [_order(self.desk, row, source) for row in detail.fresh]
        drafts = [_draft(self.desk, order) for order in orders]
        posted = door.post_many(drafts, actor_id=self.actor.pk, at=self.at)
        for order, each in zip(orders, posted, strict=True):
            order.entry_sequence = each.sequence
        ChannelOrder.objects.bulk_create(orders)


def _conflict(content: Content) -> str:
    """What a clerk reads when an order number returns with other content than ``content``."""
    paid_at, payer, amount, fee = content
    return told(
        _(
            "该订单已登记为「%(paid_at)s %(payer)s 金额%(amount)s 手续费%(fee)s」，入账后不可更改；"
            "请与商户核对，本行有误的改正或删去后重新导入，已登记的有误的请暂留待确认并报受托人查明"
        ),
        paid_at=f"{timezone.localtime(paid_at):%Y-%m-%d %H:%M:%S}",
        payer=payer,
        amount=amount,
        fee=fee,
    )


def _order(desk: Desk, row: OrderRow, source_file: Document) -> ChannelOrder:
    paid_at, payer, amount, fee = row.content
    return ChannelOrder(
        fund=desk.fund,
        source_file=source_file,
        row=row.row,
        order_number=row.number,
        paid_at=paid_at,
        paid_on=row.paid_on,
        payer_name=payer,
        unit_id=desk.roster_on(row.paid_on).find(row.room, payer).unit_id,
        amount=yuan(amount),
        fee=yuan(fee),
    )


def _draft(desk: Desk, order: ChannelOrder) -> Draft:
    """Gross income of a known unit; suspense when nobody knows whose it is."""
    against = "property_fee" if order.unit_id is not None else "suspense"
    entry = postings.merchant_order_collected(
        in_transit=desk.account("in_transit"),
        against=desk.account(against),
        amount=order.amount,
        on=desk.open_day(order.paid_on),
        memo=order.payer_name,
        source=f"order:{order.order_number}",
    )
    return Draft(entry, key=f"order:{order.order_number}")
