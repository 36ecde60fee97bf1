"""Why an invoice cannot be paid: every reason at once, each a sentence the firm can act on.

Refuses nothing itself and never stops at the first; the database judges the claims again under lock.
Never names another estate.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime

from django.db import connection
from django.db.models import QuerySet, Sum
from django.utils.timezone import localdate
from djmoney.money import Money

from custody.kernel.money import ZERO, yuan
from custody.ledger.chart import BOOK_TITLES, Book
from custody.models import BankAccount, LineKind
from custody.money_in import breaks, explanations
from custody.money_in.receipts import said
from custody.money_in.rules import invoice_numbers
from settlement.fees import entitlement
from settlement.fees.measures import last_of
from settlement.models import Basis, BudgetLine, Settlement, SettlementLine
from settlement.selectors import claiming_lines
from settlement.states import CLAIMING, NUMBER_TAKEN, State

_TWENTY_DIGITS = re.compile(r"[0-9]{20}", re.ASCII)


def reasons_against(settlement: Settlement, lines: list[SettlementLine], *, at: datetime) -> list[str]:
    """Every reason, in the order of the invoice; empty when it may be paid. Locks what the invoice claims."""
    lock_claims(settlement)
    return [
        *_number(settlement),
        *_parties(settlement),
        *_paid_unasked(settlement),
        *_duplicates(settlement),
        *_sums(settlement, lines),
        *_cited(lines),
        *_books(lines),
        *_work(settlement, lines),
        *_budget(settlement, lines),
        *_remuneration(settlement, lines, localdate(at)),
    ]


def lock_claims(settlement: Settlement) -> None:
    """Lock the invoice's number, its work orders and its budget lines until the transaction ends."""
    lock_numbers([settlement.number])
    with connection.cursor() as cursor:
        cursor.execute("SELECT settlement_lock_claims(%s)", (settlement.pk,))


def lock_numbers(numbers: list[str]) -> None:
    """Queue with whoever judges the same numbers, at any estate; in one order, so nobody deadlocks."""
    with connection.cursor() as cursor:
        for number in sorted(set(numbers)):
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('invoice'), hashtext(%s))", (number,))


def plain(name: str) -> str:
    """A name for comparing: half-width, without any space."""
    return "".join(unicodedata.normalize("NFKC", name).split())


def _number(settlement: Settlement) -> Iterator[str]:
    number = settlement.number
    strange = next((at for at, letter in enumerate(number) if letter not in "0123456789"), None)
    if strange is not None:
        yield f"发票号码应为 20 位数字,「{number}」第 {strange + 1} 位「{number[strange]}」不是数字"
    elif not _TWENTY_DIGITS.fullmatch(number):
        yield f"发票号码应为 20 位数字,实际为「{number}」({len(number)} 位)"
    elif int(number[:2]) != settlement.issued_on.year % 100:
        yield f"发票号码前两位 {number[:2]} 与开票年度 {settlement.issued_on.year} 不符"
    taken = Settlement.objects.filter(
        number=number, state__in=[state.value for state in NUMBER_TAKEN]
    ).exclude(pk=settlement.pk)
    if taken.exists():
        yield "该发票号码已在其他小区报销,同一张发票不能重复使用"


def _parties(settlement: Settlement) -> Iterator[str]:
    if settlement.provider_id is None:
        yield f"销售方「{settlement.seller}」不是本小区的物业服务人"
    elif settlement.payee_account_id is None:
        yield "销售方没有可用的收款账户"
    holders = [
        plain(holder)
        for holder in BankAccount.objects.filter(fund_id=settlement.fund_id).values_list("holder", flat=True)
    ]
    if plain(settlement.buyer) not in holders:
        yield f"购买方「{settlement.buyer}」不是本信托专户的户名"


def _paid_unasked(settlement: Settlement) -> Iterator[str]:
    """Money already left for this very invoice without an instruction: ordering it would pay it twice."""
    for each in explanations.open_explanations(settlement.fund_id):
        unexplained = LineKind(each.kind) is LineKind.UNEXPLAINED
        if unexplained and settlement.number in invoice_numbers(said(each.line)):
            yield f"发票 {settlement.number} 已有待查付款:{breaks.told(each)},查明前不能再付"


def _duplicates(settlement: Settlement) -> Iterator[str]:
    """Same payee, amount and date as another live invoice: to be answered, not forbidden."""
    if settlement.duplicate_answer:
        return
    states = [state.value for state in CLAIMING | {State.SUBMITTED}]
    for number in (
        Settlement.objects.filter(
            fund_id=settlement.fund_id,
            seller=settlement.seller,
            total=settlement.total,
            issued_on=settlement.issued_on,
            state__in=states,
        )
        .exclude(pk=settlement.pk)
        .order_by("number")
        .values_list("number", flat=True)
    ):
        yield f"与发票 {number} 的销售方、金额、开票日期都相同,请说明不是重复开票"


def _sums(settlement: Settlement, lines: list[SettlementLine]) -> Iterator[str]:
    total = sum((line.amount for line in lines), ZERO)
    if not lines:
        yield "发票没有明细行"
    elif total != settlement.total:
        gap = (total - settlement.total).amount
        yield f"明细合计 {total.amount} 与价税合计 {settlement.total.amount} 不符,相差 {gap}"


def _cited(lines: list[SettlementLine]) -> Iterator[str]:
    """What the lines name must exist, and agree."""
    for line in lines:
        work = line.work_order
        if line.budget_line is None:
            yield f"第 {line.line_no} 行:科目编码「{line.budget_code}」不在当年预算中"
        elif work is not None and work.budget_line_id != line.budget_line_id:
            yield (
                f"第 {line.line_no} 行:科目 {line.budget_code} 与工单 {work.number} 的科目 "
                f"{work.budget_line.code} 不符"
            )
        if line.basis == Basis.WORK_ORDER and work is None:
            yield f"第 {line.line_no} 行:没有工单「{line.cited}」"
        if line.basis != Basis.WORK_ORDER and line.period_month is None:
            yield f"第 {line.line_no} 行:酬金期间「{line.cited}」应写作年-月,例如 2025-07"


def _books(lines: list[SettlementLine]) -> Iterator[str]:
    books = sorted({line.budget_line.book for line in lines if line.budget_line is not None}, reverse=True)
    if len(books) > 1:
        titles = "、".join(BOOK_TITLES[Book(book)] for book in books)
        yield f"一张发票只能走一本账,明细分属:{titles}"


def _work(settlement: Settlement, lines: list[SettlementLine]) -> Iterator[str]:
    """Accepted work only, and no more of it than was accepted."""
    asked: dict[int, Money] = defaultdict(lambda: ZERO)
    for line in lines:
        if line.work_order is not None:
            asked[line.work_order.pk] += line.amount
    orders = {line.work_order.pk: line.work_order for line in lines if line.work_order is not None}
    for pk, order in sorted(orders.items()):
        if not order.accepted:
            yield f"工单 {order.number} 未通过验收,不能付款"
            continue
        others = claiming_lines().filter(work_order_id=pk).exclude(settlement=settlement)
        claimed = _sum_of(others)
        if claimed + asked[pk] > order.amount:
            numbers = "、".join(sorted(set(others.values_list("settlement__number", flat=True))))
            by = f",已由发票 {numbers} 申报 {claimed.amount}" if numbers else ""
            yield f"工单 {order.number} 验收金额 {order.amount.amount}{by},本次申报 {asked[pk].amount},超出"


def _budget(settlement: Settlement, lines: list[SettlementLine]) -> Iterator[str]:
    asked: dict[BudgetLine, Money] = defaultdict(lambda: ZERO)
    for line in lines:
        if line.budget_line is not None:
            asked[line.budget_line] += line.amount
    for budget, amount in sorted(asked.items(), key=lambda item: item[0].pk):
        claimed = _sum_of(claiming_lines().filter(budget_line=budget).exclude(settlement=settlement))
        over = claimed + amount - budget.annual_amount
        if over > ZERO:
            yield (
                f"科目 {budget.code} {budget.name} {budget.year} 年预算 {budget.annual_amount.amount},"
                f"已占用 {claimed.amount},本次 {amount.amount},超出 {over.amount}"
            )


def _remuneration(settlement: Settlement, lines: list[SettlementLine], today: date) -> Iterator[str]:
    """Each period once per kind, after it is over, and exactly what the deed's terms give."""
    seen: set[tuple[str, date]] = set()
    for line in lines:
        if line.basis == Basis.WORK_ORDER or line.period_month is None:
            continue
        title, period = Basis(line.basis).label, line.period_month
        others = (
            claiming_lines()
            .filter(fund_id=settlement.fund_id, basis=line.basis, period_month=period)
            .exclude(settlement=settlement)
        )
        if (line.basis, period) in seen or others.exists():
            yield f"{period:%Y-%m} 的{title}已经申报过"
        seen.add((line.basis, period))
        if min(settlement.issued_on, today) <= last_of(period):
            yield f"{period:%Y-%m} 尚未结束,不能申报该期{title}"
            continue
        due = entitlement.due(basis=line.basis, fund_id=settlement.fund_id, month=period)
        if isinstance(due, str):
            yield due
        elif due != line.amount:
            yield f"{period:%Y-%m} {title}应为 {due.amount},发票为 {line.amount.amount}"


def _sum_of(lines: QuerySet[SettlementLine]) -> Money:
    total = lines.aggregate(total=Sum("amount"))["total"]
    return ZERO if total is None else yuan(total)
