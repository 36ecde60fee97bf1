"""Why funds release nothing, over many funds at once, besides the payments that nobody explains.

Refuses nothing and writes nothing. ``custody.money_in.breaks`` refuses the release itself.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import LiteralString

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import OuterRef
from django.utils.translation import gettext as _

from custody import keys
from custody.kernel.money import yuan
from custody.kernel.words import told
from custody.ledger.browsing import short_books
from custody.ledger.chart import BOOK_TITLES, Book
from custody.models import Approval, BreakExplanation, Fund
from custody.money_in.broken_files import BrokenFile

LATE_SHOWN = 100
_BROKEN: LiteralString = """
SELECT f.fund_id, f.id, f.name, f.sha256, f.first_on, f.last_on, f.reason FROM custody_broken_file f
 WHERE f.fund_id = ANY (%(funds)s)
   AND NOT EXISTS (SELECT FROM custody_broken_file_replaced r WHERE r.broken_id = f.id) ORDER BY f.id
"""
_LATE: LiteralString = """
SELECT o.fund_id, o.id, o.order_number, o.paid_on, o.payer_name, o.amount,
       (SELECT max(e.id) FROM custody_breakexplanation e
         WHERE e.order_id = o.id
           AND NOT EXISTS (SELECT FROM custody_breakexplanationwithdrawal w WHERE w.explanation_id = e.id))
  FROM custody_channelorder o
 WHERE o.fund_id = ANY (%(funds)s) AND o.bank_line_id IS NULL AND NOT custody_order_voided(o.id)
   AND o.paid_on < (custody_now() AT TIME ZONE 'Asia/Shanghai')::date
                   - custody_in_transit_days(o.fund_id, o.paid_on)
 ORDER BY o.paid_on, o.id LIMIT %(most)s
"""
# (fund, what, day, count, yuan, days, position, own account, the other): of a difference fund and yuan alone.
_FIGURES: LiteralString = """
SELECT x.id, 'difference', NULL::date, 0, x.difference, 0, 0, '', ''
  FROM (SELECT f.id, custody_bank_difference(f.id) AS difference
          FROM custody_fund f WHERE f.id = ANY (%(funds)s)) x
 WHERE x.difference <> 0
UNION ALL
SELECT o.fund_id, 'orders', o.paid_on, count(*), sum(o.amount), custody_in_transit_days(o.fund_id, o.paid_on),
       0, '', ''
  FROM custody_channelorder o
 WHERE o.fund_id = ANY (%(funds)s) AND o.bank_line_id IS NULL AND NOT custody_order_voided(o.id)
   AND o.paid_on < (custody_now() AT TIME ZONE 'Asia/Shanghai')::date
                   - custody_in_transit_days(o.fund_id, o.paid_on)
 GROUP BY o.fund_id, o.paid_on
UNION ALL
SELECT f.id, 'transfer', t.booked_on, 1, t.amount, custody_in_transit_days(f.id, t.booked_on),
       l.position, k.number, l.counterparty_account
  FROM custody_fund f CROSS JOIN LATERAL custody_late_transfers(f.id) t
  JOIN custody_bankline l ON l.id = t.line_id JOIN custody_bankaccount k ON k.id = l.account_id
 WHERE f.id = ANY (%(funds)s)
 ORDER BY 1, 3
"""


@dataclass(frozen=True, slots=True)
class OtherBreak:
    """Something that stops a fund's releases and is no bank line: said, and what ends it."""

    fund: Fund
    what: str
    ends: str


@dataclass(frozen=True, slots=True)
class LateOrder:
    """A merchant order that has not reached the bank; ``asked`` numbers the proposal that it never will."""

    fund: Fund
    pk: int
    number: str
    paid_on: date
    payer: str
    amount: Decimal
    asked: int | None


@dataclass(frozen=True, slots=True)
class ProposedExplanation:
    """What somebody proposed that a line is; ``signed`` by whom so far."""

    proposal: BreakExplanation
    signed: tuple[str, ...]


def other_breaks(funds: Collection[Fund]) -> list[OtherBreak]:
    """Differences, broken files, late orders and transfers, and books that the bank left short."""
    by_id = {fund.pk: fund for fund in funds}
    return [*_figures(by_id), *_broken(by_id), *_short(by_id)]


def proposals_on(line_id: int) -> list[ProposedExplanation]:
    """What was proposed of a line and not taken back, the newest first."""
    turned = Approval.objects.filter(
        subject_kind=keys.BREAK, subject_id=OuterRef("pk"), withdrawal__isnull=True,
        signed__public_key__revocation__isnull=True,
    ).order_by("pk")  # fmt: skip
    rows = BreakExplanation.objects.filter(line_id=line_id, withdrawal__isnull=True)
    rows = rows.select_related("document", "proposed_by", "gives_back").order_by("-pk")
    rows = rows.annotate(signed=ArraySubquery(turned.values("operator__username")))
    return [ProposedExplanation(each, tuple(each.signed)) for each in rows]


def late_orders_of(funds: Collection[Fund]) -> list[LateOrder]:
    """Merchant orders past the deed's days that the bank has not confirmed, the oldest first: one page."""
    by_id = {fund.pk: fund for fund in funds}
    with connection.cursor() as cursor:
        cursor.execute(_LATE, {"funds": list(by_id), "most": LATE_SHOWN})
        return [LateOrder(by_id[fund], *rest) for fund, *rest in cursor.fetchall()]


def _figures(funds: dict[int, Fund]) -> Iterator[OtherBreak]:
    differ = _("银行余额与账面银行存款相差 %(amount)s")
    orders = _("%(on)s 扫码收款 %(amount)s（%(count)s 笔）逾期未到账，期限 %(days)s 天")
    transfer = _(
        "%(on)s 专户间划转 %(amount)s（%(own)s 第%(position)s笔）逾期未到 %(other)s，期限 %(days)s 天"
    )
    said = {
        "difference": (differ, _("导入缺的流水，或由银行更正")),
        "orders": (orders, _("结算款到账，或凭据说明从未到账并经两把密码")),
        "transfer": (transfer, _("导入另一专户的流水，或由银行更正")),
    }
    for fund, what, on, count, amount, days, position, own, other in _asked(_FIGURES, funds):
        sentence, ends = said[what]
        told_of = told(
            sentence, on=on, count=count, amount=yuan(amount), days=days, position=position, own=own,
            other=other,
        )  # fmt: skip
        yield OtherBreak(funds[fund], told_of, ends)


def _broken(funds: dict[int, Fund]) -> Iterator[OtherBreak]:
    for fund, *file in _asked(_BROKEN, funds):
        yield OtherBreak(funds[fund], str(BrokenFile(*file)), _("导入余额衔接得上的对账单"))


def _short(funds: dict[int, Fund]) -> Iterator[OtherBreak]:
    said = _("%(book)s短缺 %(amount)s，须补足")
    for fund, book, missing in short_books(list(funds)):
        sentence = told(said, book=BOOK_TITLES[Book(book)], amount=yuan(missing))
        yield OtherBreak(funds[fund], sentence, _("补足后即了结"))


def _asked(query: LiteralString, funds: dict[int, Fund]) -> list[tuple]:  # type: ignore[type-arg]
    with connection.cursor() as cursor:
        cursor.execute(query, {"funds": list(funds)})
        return list(cursor.fetchall())
