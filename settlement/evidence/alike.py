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

# Two parts of one shape: invoices like those asked, found by amount, day and work before any line is read, so
# that few of a seller's many are looked at; and those who are paid where nobody was before.
_LIKE: LiteralString = """
WITH asked AS MATERIALIZED (
    SELECT s.id, s.fund_id, s.seller, s.issued_on, s.total, s.revision, s.payee_account_id
      FROM settlement_settlement s WHERE s.id = ANY(%(ids)s)
), pair AS ({pairs}
)
SELECT s.id, t.id, t.number, t.issued_on, t.total, t.state, coalesce(x.works, ''), x.shared,
       t.issued_on - s.issued_on, abs(t.total - s.total) * 100 <= s.total * %(near)s, x.same
  FROM pair JOIN asked s ON s.id = pair.one JOIN settlement_settlement t ON t.id = pair.other
 CROSS JOIN LATERAL (
    SELECT string_agg(l.cited, ' ' ORDER BY l.line_no) AS works,
           coalesce(bool_or(l.budget_code = ANY(m.codes)), false) AS shared,
           coalesce(bool_or(l.work_order_id = ANY(m.orders)), false) AS same
      FROM settlement_settlementline l
     CROSS JOIN LATERAL (
        SELECT array_agg(k.budget_code) AS codes, array_agg(k.work_order_id) AS orders
          FROM settlement_settlementline k WHERE k.settlement_id = s.id AND k.revision = s.revision) m
     WHERE l.settlement_id = t.id AND l.revision = t.revision) x
 WHERE {worth}
 UNION ALL
SELECT s.id, NULL, '', NULL, NULL, '', '', false, 0, false, false
  FROM asked s JOIN settlement_payeeaccount p ON p.id = s.payee_account_id
 WHERE NOT p.handover
   AND NOT EXISTS (SELECT FROM settlement_settlement o
                    WHERE o.payee_account_id = p.id AND o.state IN ('paid', 'reversed'))
 ORDER BY 1, 4 DESC, 2 DESC
"""
# Of nearly the amount within a year, or of the same code within 90 days.
_ALIKE: LiteralString = """
    SELECT s.id AS one, t.id AS other FROM asked s
     CROSS JOIN LATERAL (
        SELECT o.id FROM settlement_settlement o
         WHERE o.fund_id = s.fund_id AND o.id <> s.id AND o.seller = s.seller AND o.state = ANY(%(alive)s)
           AND o.total BETWEEN s.total * (100 - %(near)s) / 100 AND s.total * (100 + %(near)s) / 100
           AND o.issued_on BETWEEN s.issued_on - %(days)s AND s.issued_on + %(days)s OFFSET 0) t
     UNION
    SELECT s.id, t.id FROM asked s
     CROSS JOIN LATERAL (
        SELECT o.id FROM settlement_settlement o
         WHERE o.fund_id = s.fund_id AND o.id <> s.id AND o.seller = s.seller AND o.state = ANY(%(alive)s)
           AND o.issued_on BETWEEN s.issued_on - %(code_days)s AND s.issued_on + %(code_days)s OFFSET 0) t"""
_IS_ALIKE: LiteralString = """(x.shared AND abs(t.issued_on - s.issued_on) <= %(code_days)s
        OR abs(t.total - s.total) * 100 <= s.total * %(near)s)"""
# What may be a hint: within a month of nearly the amount, of the same day, or over the same work.
_HINTING: LiteralString = """
    SELECT s.id AS one, t.id AS other FROM asked s
     CROSS JOIN LATERAL (
        SELECT o.id FROM settlement_settlement o
         WHERE o.fund_id = s.fund_id AND o.id <> s.id AND o.seller = s.seller AND o.state = ANY(%(alive)s)
           AND o.issued_on BETWEEN s.issued_on - %(days)s AND s.issued_on + %(days)s
           AND (o.issued_on = s.issued_on OR abs(o.total - s.total) * 100 <= s.total * %(near)s) OFFSET 0) t
     UNION
    SELECT s.id, t.id FROM asked s
      JOIN settlement_settlementline a ON a.settlement_id = s.id AND a.revision = s.revision
      JOIN settlement_settlementline b ON b.work_order_id = a.work_order_id
      JOIN settlement_settlement t
           ON t.id = b.settlement_id AND t.revision = b.revision AND t.id <> s.id
          AND t.fund_id = s.fund_id AND t.seller = s.seller AND t.state = ANY(%(alive)s)
     WHERE abs(t.issued_on - s.issued_on) <= %(days)s"""
_IS_HINTING: LiteralString = "(x.same OR x.shared)"


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
    found = _read(_ALIKE, _IS_ALIKE, [settlement_id], SAME_AMOUNT_DAYS)
    return found.get(settlement_id, Likeness())


def hints_of(settlement_ids: Collection[int]) -> dict[int, list[str]]:
    """The hints of each of these invoices; none for those without."""
    found = _read(_HINTING, _IS_HINTING, settlement_ids, HINT_DAYS) if settlement_ids else {}
    return {pk: each.hints for pk, each in found.items() if each.hints}


def _read(
    pairs: LiteralString, worth: LiteralString, settlement_ids: Collection[int], days: int
) -> dict[int, Likeness]:
    asked: dict[str, Any] = {
        "ids": list(settlement_ids), "near": NEAR_PERCENT, "alive": ALIVE, "days": days,
        "code_days": SAME_CODE_DAYS,
    }  # fmt: skip
    others: dict[int, list[Alike]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_LIKE.replace("{pairs}", pairs).replace("{worth}", worth), asked)
        rows = cursor.fetchall()
    fresh = {row[0] for row in rows if row[1] is None}
    for pk, other, number, issued_on, total, state, *rest in rows:
        if other is not None:
            others[pk].append(Alike(other, number, issued_on, total, State(state), *rest))
    return {pk: Likeness(tuple(others[pk]), pk in fresh) for pk in others.keys() | fresh}


def _figure(amount: Decimal) -> str:
    return f"{amount:,.2f}"
