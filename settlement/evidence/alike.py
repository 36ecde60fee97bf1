"""Invoices like another one, and what of that a person should look at before paying.

Like: of the same seller on the same budget code within 90 days, or of nearly its amount within a year. A hint
is what also falls on the same day or comes again within a month, and a first payment to a changed account.
Refuses nothing: a hint forbids no payment.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, LiteralString

from django.db import connection
from django.utils.translation import gettext as _

from custody.kernel.words import told
from settlement.states import CLAIMING, State

SAME_CODE_DAYS = 90
SAME_AMOUNT_DAYS = 365
HINT_DAYS = 31
NEAR_PERCENT = 2
ALIVE = [state.value for state in CLAIMING | {State.SUBMITTED}]

# Whose lines share a budget code with the invoice, and what they cite; last, who is newly paid where.
_LIKE: LiteralString = """
SELECT s.id, t.id, t.number, t.issued_on, t.total, t.state, coalesce(x.works, ''), x.shared,
       t.issued_on - s.issued_on, abs(t.total - s.total) * 100 <= s.total * %(near)s,
       EXISTS (SELECT FROM settlement_settlementline a
                 JOIN settlement_settlementline b ON b.work_order_id = a.work_order_id
                WHERE a.settlement_id = s.id AND a.revision = s.revision
                  AND b.settlement_id = t.id AND b.revision = t.revision)
  FROM settlement_settlement s
  JOIN settlement_settlement t
       ON t.fund_id = s.fund_id AND t.id <> s.id AND t.seller = s.seller AND t.state = ANY(%(alive)s)
      AND t.issued_on BETWEEN s.issued_on - %(days)s AND s.issued_on + %(days)s
 CROSS JOIN LATERAL (
    SELECT string_agg(l.cited, ' ' ORDER BY l.line_no) AS works, coalesce(bool_or(l.budget_code IN (
               SELECT m.budget_code FROM settlement_settlementline m
                WHERE m.settlement_id = s.id AND m.revision = s.revision)), false) AS shared
      FROM settlement_settlementline l WHERE l.settlement_id = t.id AND l.revision = t.revision) x
 WHERE {which} AND (x.shared AND abs(t.issued_on - s.issued_on) <= %(code_days)s
                    OR abs(t.total - s.total) * 100 <= s.total * %(near)s)
 UNION ALL
SELECT s.id, NULL, '', NULL, NULL, '', '', false, 0, false, false
  FROM settlement_settlement s JOIN settlement_payeeaccount p ON p.id = s.payee_account_id
 WHERE {which} AND NOT p.handover
   AND NOT EXISTS (SELECT FROM settlement_settlement o
                    WHERE o.payee_account_id = p.id AND o.state IN ('paid', 'reversed'))
 ORDER BY 1, 4 DESC, 2 DESC
"""
_ONE: LiteralString = "s.id = %(one)s"
_MANY: LiteralString = "s.fund_id = ANY(%(funds)s) AND s.state = ANY(%(states)s)"


@dataclass(frozen=True, slots=True)
class Alike:
    """Another invoice: ``days`` later (below zero earlier), ``near`` in amount, and what both share."""

    pk: int
    number: str
    issued_on: date
    total: Decimal
    state: State
    works: str
    same_code: bool
    days: int
    near: bool
    same_work: bool

    @property
    def hint(self) -> str:
        """Why a person should look; empty where it is as any other month's."""
        if self.same_work:
            return told(_("同一工单另有%(amount)s"), amount=_figure(self.total))
        if self.same_code and self.days == 0:
            return told(_("同日同科目另有%(amount)s"), amount=_figure(self.total))
        if self.same_code and self.near and abs(self.days) <= HINT_DAYS:
            return told(_("一个月内另有相近的%(amount)s"), amount=_figure(self.total))
        return ""


@dataclass(frozen=True, slots=True)
class Likeness:
    """Invoices like one, newest first; ``new_account``: paid for the first time to a changed account."""

    others: tuple[Alike, ...] = ()
    new_account: bool = False

    @property
    def hints(self) -> list[str]:
        """What to look at before paying, each once."""
        said = [_("首次付到变更后的账户")] if self.new_account else []
        return said + list(dict.fromkeys(each.hint for each in self.others if each.hint))

    @property
    def verdict(self) -> str:
        """What the invoices alike mean together, as one sentence."""
        if not self.others:
            return _("没有相似的发票。")
        if any(each.same_work for each in self.others):
            return _("有发票申报同一工单，请核对是否分次申报。")
        if any(each.near and each.days == 0 for each in self.others):
            return _("有同日同额的发票，请核对是否重复开票。")
        if any(each.hint for each in self.others):
            return _("工单都不同；同日或一个月内有相近的，请看一眼。")
        return _("工单、日期都不同，不是重复开票。")


def likeness_of(settlement_id: int) -> Likeness:
    """Invoices like this one."""
    return _read(_ONE, SAME_AMOUNT_DAYS, one=settlement_id).get(settlement_id, Likeness())


def hints_among(fund_ids: Collection[int], states: Collection[State]) -> dict[int, list[str]]:
    """The hints of every invoice of these funds in these states, by invoice; none for those without."""
    found = _read(_MANY, HINT_DAYS, funds=list(fund_ids), states=[state.value for state in states])
    return {pk: each.hints for pk, each in found.items() if each.hints}


def _read(which: LiteralString, days: int, **where: Any) -> dict[int, Likeness]:
    asked = {"near": NEAR_PERCENT, "alive": ALIVE, "days": days, "code_days": SAME_CODE_DAYS, **where}
    others: dict[int, list[Alike]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_LIKE.replace("{which}", which), asked)
        rows = cursor.fetchall()
    fresh = {row[0] for row in rows if row[1] is None}
    for pk, other, number, issued_on, total, state, *rest in rows:
        if other is not None:
            others[pk].append(Alike(other, number, issued_on, total, State(state), *rest))
    return {pk: Likeness(tuple(others[pk]), pk in fresh) for pk in others.keys() | fresh}


def _figure(amount: Decimal) -> str:
    return f"{amount:,.2f}"
