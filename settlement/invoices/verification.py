"""Why an invoice cannot be paid: every reason at once, each a sentence the firm can act on.

Refuses nothing itself and never stops at the first; the database judges the claims again under lock.
Never names another estate.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection
from django.db.models import QuerySet, Sum
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from djmoney.money import Money

from custody.kernel.money import ZERO, yuan
from custody.kernel.words import told
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


@dataclass(frozen=True, slots=True)
class Reason:
    """One sentence, and the ``field`` it is about: of the invoice itself, or of its line ``line_no``."""

    sentence: str
    field: str
    line_no: int | None = None


def reasons_against(
    settlement: Settlement, lines: list[SettlementLine], *, at: datetime, unread: Collection[str] = ()
) -> list[Reason]:
    """Every reason, in the order of the invoice; empty when it may be paid. Locks what the invoice claims.

    ``unread`` names what could not be read of an invoice that is only rehearsed ("lines" when some line could
    not): what rests on it is not judged, so nobody is told of a fault that is not his.
    """
    lock_claims(settlement)
    rules: tuple[tuple[Iterator[Reason], tuple[str, ...]], ...] = (
        (_number(settlement), ("number",)),
        (_year(settlement), ("number", "issued_on")),
        (_taken(settlement), ("number",)),
        (_seller(settlement), ("seller", "issued_on")),
        (_buyer(settlement), ("buyer",)),
        (_paid_unasked(settlement), ("number",)),
        (_duplicates(settlement), ("seller", "total", "issued_on")),
        (_sums(settlement, lines), ("total", "lines")),
        (_cited(lines), ()),
        (_books(lines), ()),
        (_work(settlement, lines), ()),
        (_budget(settlement, lines), ()),
        (_remuneration(settlement, lines, localdate(at)), ("issued_on",)),
    )
    return [reason for rule, rests_on in rules if not set(rests_on) & set(unread) for reason in rule]


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


def spaceless(name: str) -> str:
    """A party's name for comparing: full-width forms folded, all spaces dropped, letters as they are."""
    return "".join(unicodedata.normalize("NFKC", name).split())


def _number(settlement: Settlement) -> Iterator[Reason]:
    number = settlement.number
    strange = next((at for at, letter in enumerate(number) if letter not in "0123456789"), None)
    if strange is not None:
        sentence = _("发票号码应为 20 位数字，「%(number)s」第 %(place)s 位「%(letter)s」不是数字")
        yield Reason(told(sentence, number=number, place=strange + 1, letter=number[strange]), "number")
    elif not _TWENTY_DIGITS.fullmatch(number):
        sentence = _("发票号码应为 20 位数字，实际为「%(number)s」（%(length)s 位）")
        yield Reason(told(sentence, number=number, length=len(number)), "number")


def _year(settlement: Settlement) -> Iterator[Reason]:
    number, year = settlement.number, settlement.issued_on.year
    if _TWENTY_DIGITS.fullmatch(number) and int(number[:2]) != year % 100:
        sentence = _("发票号码前两位 %(digits)s 与开票年度 %(year)s 不符，请核对号码和开票日期")
        yield Reason(told(sentence, digits=number[:2], year=year), "number")


def _taken(settlement: Settlement) -> Iterator[Reason]:
    taken = Settlement.objects.filter(
        number=settlement.number, state__in=[state.value for state in NUMBER_TAKEN]
    ).exclude(pk=settlement.pk)
    if taken.exists():
        yield Reason(_("该发票号码已在其他小区报销，同一张发票不能重复使用"), "number")


def _seller(settlement: Settlement) -> Iterator[Reason]:
    if settlement.provider_id is None:
        sentence = _("销售方「%(seller)s」不是本小区的物业服务人")
        yield Reason(told(sentence, seller=settlement.seller), "seller")
    elif settlement.payee_account_id is None:
        yield Reason(_("销售方没有可用的收款账户，请受托人先登记"), "seller")


def _buyer(settlement: Settlement) -> Iterator[Reason]:
    holders = list(BankAccount.objects.filter(fund_id=settlement.fund_id).values_list("holder", flat=True))
    if spaceless(settlement.buyer) not in map(spaceless, holders):
        sentence = _("购买方「%(buyer)s」不是本信托专户的户名（%(holders)s）")
        yield Reason(told(sentence, buyer=settlement.buyer, holders=holders), "buyer")


def _paid_unasked(settlement: Settlement) -> Iterator[Reason]:
    """Money already left for this very invoice without an instruction: ordering it would pay it twice."""
    sentence = _("发票 %(number)s 已有待查付款：%(payment)s，查明前不能再付")
    for each in explanations.open_explanations(settlement.fund_id):
        unexplained = LineKind(each.kind) is LineKind.UNEXPLAINED
        if unexplained and settlement.number in invoice_numbers(said(each.line)):
            payment = breaks.break_told(each)
            yield Reason(told(sentence, number=settlement.number, payment=payment), "number")


def _duplicates(settlement: Settlement) -> Iterator[Reason]:
    """Same payee, amount and date as another live invoice: to be answered, not forbidden."""
    for number in alike(settlement):
        sentence = _("与发票 %(number)s 的销售方、金额、开票日期都相同，请说明不是重复开票")
        yield Reason(told(sentence, number=number), "total")


def alike(settlement: Settlement) -> list[str]:
    """The numbers of live invoices it may be a duplicate of, until the firm has said why it is none."""
    if settlement.duplicate_answer:
        return []
    states = [state.value for state in CLAIMING | {State.SUBMITTED}]
    rows = Settlement.objects.filter(
        fund_id=settlement.fund_id,
        seller=settlement.seller,
        total=settlement.total,
        issued_on=settlement.issued_on,
        state__in=states,
    ).exclude(pk=settlement.pk)
    return list(rows.order_by("number").values_list("number", flat=True))


def _sums(settlement: Settlement, lines: list[SettlementLine]) -> Iterator[Reason]:
    total = sum((line.amount for line in lines), ZERO)
    if not lines:
        yield Reason(_("发票没有明细行"), "number")
    elif total != settlement.total:
        sentence = _("明细合计 %(lines)s 元与价税合计 %(total)s 元不符，相差 %(gap)s 元")
        facts = {"lines": total, "total": settlement.total, "gap": total - settlement.total}
        yield Reason(told(sentence, **facts), "total")


def _cited(lines: list[SettlementLine]) -> Iterator[Reason]:
    """What the lines name must exist, and agree."""
    for line in lines:
        no, work = line.line_no, line.work_order
        if line.budget_line is None:
            sentence = _("第 %(line)s 行：科目编码「%(code)s」不在当年预算中")
            yield Reason(told(sentence, line=no, code=line.budget_code), "budget_code", no)
        elif work is not None and work.budget_line_id != line.budget_line_id:
            sentence = _("第 %(line)s 行：科目 %(code)s 与工单 %(work)s 的科目 %(due)s 不符")
            facts = {"line": no, "code": line.budget_code, "work": work.number, "due": work.budget_line.code}
            yield Reason(told(sentence, **facts), "budget_code", no)
        if line.basis == Basis.WORK_ORDER and work is None:
            sentence = _("第 %(line)s 行：没有工单「%(cited)s」")
            yield Reason(told(sentence, line=no, cited=line.cited), "cited", no)
        if line.basis != Basis.WORK_ORDER and line.period_month is None:
            sentence = _("第 %(line)s 行：酬金期间「%(cited)s」应写作年-月，例如 2025-07")
            yield Reason(told(sentence, line=no, cited=line.cited), "cited", no)


def _books(lines: list[SettlementLine]) -> Iterator[Reason]:
    books = sorted({line.budget_line.book for line in lines if line.budget_line is not None}, reverse=True)
    if len(books) > 1:
        sentence = _("一张发票只能走一本账，明细分属：%(books)s")
        yield Reason(told(sentence, books=[BOOK_TITLES[Book(book)] for book in books]), "number")


def _work(settlement: Settlement, lines: list[SettlementLine]) -> Iterator[Reason]:
    """Accepted work only, and no more of it than was accepted."""
    asked: dict[int, Money] = defaultdict(lambda: ZERO)
    first: dict[int, SettlementLine] = {}
    for line in lines:
        if line.work_order is not None:
            asked[line.work_order.pk] += line.amount
            first.setdefault(line.work_order.pk, line)
    for pk, line in sorted(first.items()):
        order = line.work_order
        if order is None:
            continue
        if not order.accepted:
            sentence = _("工单 %(work)s 未通过验收，不能付款")
            yield Reason(told(sentence, work=order.number), "cited", line.line_no)
            continue
        others = claiming_lines().filter(work_order_id=pk).exclude(settlement=settlement)
        claimed = _sum_of(others)
        if claimed + asked[pk] > order.amount:
            numbers = sorted(set(others.values_list("settlement__number", flat=True)))
            facts = {"work": order.number, "accepted": order.amount, "asked": asked[pk]}
            sentence = _("工单 %(work)s 验收金额 %(accepted)s 元，本次申报 %(asked)s 元，超出")
            if numbers:
                facts |= {"numbers": numbers, "claimed": claimed}
                sentence = _(
                    "工单 %(work)s 验收金额 %(accepted)s 元，已由发票 %(numbers)s 申报 %(claimed)s 元，"
                    "本次申报 %(asked)s 元，超出"
                )
            yield Reason(told(sentence, **facts), "amount", line.line_no)


def _budget(settlement: Settlement, lines: list[SettlementLine]) -> Iterator[Reason]:
    asked: dict[BudgetLine, Money] = defaultdict(lambda: ZERO)
    first: dict[BudgetLine, int] = {}
    for line in lines:
        if line.budget_line is not None:
            asked[line.budget_line] += line.amount
            first.setdefault(line.budget_line, line.line_no)
    for budget, amount in sorted(asked.items(), key=lambda item: item[0].pk):
        claimed = _sum_of(claiming_lines().filter(budget_line=budget).exclude(settlement=settlement))
        over = claimed + amount - budget.annual_amount
        if over > ZERO:
            sentence = _(
                "科目 %(code)s %(name)s %(year)s 年预算 %(budget)s 元，已占用 %(claimed)s 元，"
                "本次 %(asked)s 元，超出 %(over)s 元"
            )
            facts = {
                "code": budget.code, "name": budget.name, "year": budget.year, "budget": budget.annual_amount,
                "claimed": claimed, "asked": amount, "over": over,
            }  # fmt: skip
            yield Reason(told(sentence, **facts), "amount", first[budget])


def _remuneration(settlement: Settlement, lines: list[SettlementLine], today: date) -> Iterator[Reason]:
    """Each period once per kind, after it is over, and exactly what the deed's terms give."""
    seen: set[tuple[str, date]] = set()
    for line in lines:
        if line.basis == Basis.WORK_ORDER or line.period_month is None:
            continue
        facts = {"kind": Basis(line.basis), "month": f"{line.period_month:%Y-%m}"}
        others = (
            claiming_lines()
            .filter(fund_id=settlement.fund_id, basis=line.basis, period_month=line.period_month)
            .exclude(settlement=settlement)
        )
        if (line.basis, line.period_month) in seen or others.exists():
            sentence = told(_("%(month)s 的%(kind)s已经申报过"), **facts)
            yield Reason(sentence, "cited", line.line_no)
        seen.add((line.basis, line.period_month))
        if min(settlement.issued_on, today) <= last_of(line.period_month):
            sentence = told(_("%(month)s 尚未结束，不能申报该期%(kind)s"), **facts)
            yield Reason(sentence, "cited", line.line_no)
            continue
        due = entitlement.due(basis=line.basis, fund_id=settlement.fund_id, month=line.period_month)
        if isinstance(due, str):
            yield Reason(due, "cited", line.line_no)
        elif due != line.amount:
            sentence = _("%(month)s %(kind)s应为 %(due)s 元，发票为 %(amount)s 元")
            yield Reason(told(sentence, **facts, due=due, amount=line.amount), "amount", line.line_no)


def _sum_of(lines: QuerySet[SettlementLine]) -> Money:
    total = lines.aggregate(total=Sum("amount"))["total"]
    return ZERO if total is None else yuan(total)
