"""The QR merchant's order detail: gross income by the day the payer paid, the merchant's fee a later cost.

Refuses a fee above its order, a day outside the trust, an order number that returns with other
content, and half a file.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from custody.files import evidence
from custody.files.faults import Fault, Refused
from custody.files.outcomes import Outcome
from custody.files.reasonable_days import day_problem
from custody.files.sniffing import TabularFile, open_tabular
from custody.files.tables import (
    Column,
    Row,
    half_width,
    moment,
    money,
    positive_money,
    readable_rows,
    text,
    text_max,
)
from custody.kernel.money import yuan
from custody.ledger import door, postings
from custody.ledger.door import Draft
from custody.models import ChannelOrder, Fund, Operator, SourceFile
from custody.money_in import lumps, recording
from custody.money_in.desk import Desk


def order_number(cell: Any) -> str:
    """An order number: up to 64 letters, digits, hyphens and underscores."""
    number = half_width(text(cell))
    if not re.fullmatch("[0-9A-Za-z_-]{1,64}", number):
        raise ValueError("订单号应为 64 位以内的字母、数字、连字符")
    return number


COLUMNS = (
    Column("订单号", order_number, ("商户订单号", "交易订单号")),
    Column("支付时间", moment, ("交易时间", "付款时间")),
    Column("房号", text_max(60), ("房屋", "房间号"), blank_ok=True),
    Column("付款人", text_max(100), ("付款方", "付款人姓名"), blank_ok=True),
    Column("订单金额", positive_money, ("交易金额", "金额")),
    Column("手续费", money, ("商户手续费",)),
)

Content = tuple[datetime, str, Decimal, Decimal]
Read = tuple[Path, TabularFile, list[Row]]


@dataclass(frozen=True, slots=True)
class _Detail:
    """One file and the rows it brings that were not there before."""

    path: Path
    file: TabularFile
    rows: list[Row]
    row_count: int


def import_channel_detail(
    *,
    fund: Fund,
    paths: Sequence[Path],
    actor: Operator,
    at: datetime,
    dry_run: bool = False,
    through: date | None = None,
) -> Outcome:
    """Store and book every new order of ``paths``, then ask again about open bank lines.

    ``through`` leaves orders paid later for another day, as if the file had been fetched that evening.
    Errors: Refused with every fault of every file.
    """
    read, faults = _read_all(paths)
    with transaction.atomic():
        desk = Desk(evidence.lock_fund(fund), actor, at)
        due = _until(read, through)
        details, unchanged, conflicts = _new_details(desk, due)
        faults += [*_day_faults(desk, due), *conflicts]
        if faults:
            raise Refused(_in_file_order(faults))
        notes = unchanged if through is None else []
        for detail in details:
            _record(desk, detail)
            late = sum(desk.open_day(row["支付时间"].date()) > row["支付时间"].date() for row in detail.rows)
            if late:
                notes.append(f"{detail.file.name} 有 {late} 笔支付日所在期间已关闭,记入其后首个开放日")
        resolved = recording.reconsider(desk) if details else 0
        fresh = sum(len(detail.rows) for detail in details)
        counts = {
            "文件": len(details),
            "新增订单": fresh,
            "已有订单": sum(len(rows) for _, _, rows in due) - fresh,
            "随之认定的流水": resolved,
        }
        notes += lumps.still_open(desk, days={row["支付时间"].date() for _, _, rows in due for row in rows})
        outcome = Outcome(already_done=fresh == 0, counts=counts, notes=tuple(notes))
        evidence.undo_dry_run(dry_run=dry_run)
    return outcome


def _read_all(paths: Iterable[Path]) -> tuple[list[Read], list[Fault]]:
    """Every file's readable orders, and the faults of all files together."""
    read: list[Read] = []
    faults: list[Fault] = []
    for path in paths:
        try:
            file = open_tabular(path)
            rows, misread = readable_rows(file, sheet=None, columns=COLUMNS)
        except Refused as refusal:
            faults += refusal.faults
            continue
        faults += [*misread, *(fault for row in rows for fault in _fee_faults(file, row))]
        read.append((path, file, rows))
    return read, faults


def _in_file_order(faults: Iterable[Fault]) -> list[Fault]:
    """File by file as first named, then by row."""
    faults = list(faults)
    files = list(dict.fromkeys(fault.file for fault in faults))
    return sorted(faults, key=lambda fault: (files.index(fault.file), fault.row or 0))


def _until(read: list[Read], through: date | None) -> list[Read]:
    """The same files with only the orders paid by ``through``; files without any are left out."""
    if through is None:
        return read
    kept = [(path, file, [r for r in rows if r["支付时间"].date() <= through]) for path, file, rows in read]
    return [(path, file, rows) for path, file, rows in kept if rows]


def _fee_faults(file: TabularFile, row: Row) -> Iterable[Fault]:
    if not 0 <= row["手续费"] < row["订单金额"]:
        yield _fault(file, row, "手续费", f"手续费应不小于零且小于订单金额 {row['订单金额']}")


def _day_faults(desk: Desk, read: list[Read]) -> Iterable[Fault]:
    """Nobody paid tomorrow, and what was paid before the trust is in its opening balance."""
    for _, file, rows in read:
        for row in rows:
            problem = day_problem(desk.fund, row["支付时间"].date(), desk.at)
            if problem:
                yield _fault(file, row, "支付时间", problem)


def _fault(file: TabularFile, row: Row, column: str, expected: str) -> Fault:
    return Fault(file.name, file.sheets[0].name, row.number, column, str(row[column]), expected)


def _content(row: Row) -> Content:
    return timezone.make_aware(row["支付时间"]), row["付款人"] or "", row["订单金额"], row["手续费"]


def _conflict(content: Content) -> str:
    """What a clerk reads when an order number returns with other content than ``content``."""
    paid_at, payer, amount, fee = content
    was = f"{timezone.localtime(paid_at):%Y-%m-%d %H:%M:%S} {payer} 金额{amount} 手续费{fee}"
    return (
        f"该订单已登记为「{was}」,入账后不可更改;请与商户核对,"
        "本行有误的改正或删去后重新导入,已登记的有误的请暂留待确认并报受托人查明"
    )


def _new_details(desk: Desk, read: list[Read]) -> tuple[list[_Detail], list[str], list[Fault]]:
    """Each file with the orders nobody has seen, what to tell, and each known number with other content."""
    seen: dict[str, Content] = {
        order.order_number: (order.paid_at, order.payer_name, order.amount.amount, order.fee.amount)
        for order in ChannelOrder.objects.filter(fund=desk.fund)
    }
    details: list[_Detail] = []
    notes: list[str] = []
    faults: list[Fault] = []
    taken: set[str] = set()
    for path, file, rows in read:
        if file.sha256 in taken:
            continue
        taken.add(file.sha256)
        fresh: list[Row] = []
        for row in rows:
            number, content = row["订单号"], _content(row)
            if number not in seen:
                seen[number] = content
                fresh.append(row)
            elif seen[number] != content:
                faults.append(_fault(file, row, "订单号", _conflict(seen[number])))
        if fresh:
            details.append(_Detail(path, file, fresh, len(rows)))
        else:
            notes.append(f"{file.name} 没有新订单")
    return details, notes, faults


def _record(desk: Desk, detail: _Detail) -> None:
    """Post each new order gross and store it beside its entry."""
    kind, sha256 = SourceFile.Kind.CHANNEL, detail.file.sha256
    source_file = evidence.found_file(fund=desk.fund, kind=kind, sha256=sha256) or evidence.record_file(
        fund=desk.fund, kind=kind, path=detail.path, sha256=sha256,
        row_count=detail.row_count, actor=desk.actor, at=desk.at,
    )  # fmt: skip
    orders = [_order(desk, row, source_file) for row in detail.rows]
    drafts = [_draft(desk, order) for order in orders]
    for order, posted in zip(orders, door.post_many(drafts, actor_id=desk.actor.pk, at=desk.at), strict=True):
        order.entry_sequence = posted.sequence
    ChannelOrder.objects.bulk_create(orders)


def _order(desk: Desk, row: Row, source_file: SourceFile) -> ChannelOrder:
    paid_at, payer, amount, fee = _content(row)
    return ChannelOrder(
        fund=desk.fund,
        source_file=source_file,
        row=row.number,
        order_number=row["订单号"],
        paid_at=paid_at,
        paid_on=row["支付时间"].date(),
        payer_name=payer,
        unit_id=desk.roster.find(row["房号"] or "", payer).unit_id,
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
