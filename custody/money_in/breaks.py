"""Open breaks: bank and book differ, money left without a known reason, is late, or exceeds what was there.

Refuses a release of that fund while one is open, naming the bank's line and what ends it; the database
refuses it again.
"""

from datetime import date

from django.db import connection
from django.utils.translation import gettext as _
from djmoney.money import Money

from custody.kernel.errors import Rejected
from custody.kernel.money import yuan
from custody.kernel.words import told
from custody.ledger import reads
from custody.ledger.chart import BOOK_TITLES, Book
from custody.models import LineExplanation, LineKind
from custody.money_in import broken_files, explanations

_LATE_ORDERS = """
SELECT o.paid_on, count(*), sum(o.amount), custody_in_transit_days(o.fund_id, o.paid_on)
  FROM custody_channelorder o
 WHERE o.fund_id = %s AND o.bank_line_id IS NULL AND NOT custody_order_voided(o.id)
   AND o.paid_on < (custody_now() AT TIME ZONE 'Asia/Shanghai')::date
                   - custody_in_transit_days(o.fund_id, o.paid_on)
 GROUP BY o.fund_id, o.paid_on ORDER BY o.paid_on
"""


_LATE_TRANSFERS = """
SELECT l.position, k.number, l.counterparty_account, t.booked_on, t.amount,
       custody_in_transit_days(l.fund_id, t.booked_on)
  FROM custody_late_transfers(%s) t
  JOIN custody_bankline l ON l.id = t.line_id JOIN custody_bankaccount k ON k.id = l.account_id
 ORDER BY t.booked_on, l.id
"""


def refuse_release(fund_id: int) -> None:
    """Rejected (``break-open``) while any break is open: see ``custody_break_open``.

    The caller holds the fund's lock, so no import can open a break meanwhile.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT custody_break_open(%s)", (fund_id,))
        if not cursor.fetchone()[0]:
            return
    unexplained = [
        each
        for each in explanations.open_explanations(fund_id)
        if LineKind(each.kind) is LineKind.UNEXPLAINED
    ]
    told_of = [break_told(each) for each in unexplained] + discrepancies_told(fund_id)
    raise Rejected(
        _(
            "本信托账实不符或有待查付款未查明，不能放款：%(breaks)s。"
            "请向银行查明，待冲正或退回的款项到账、导入流水，或凭据查明并经两把密码确认后再放款"
        ),
        code="break-open",
        fund=fund_id,
        breaks=told_of or [_("账上待查付款余额不为零")],
    )


def bank_difference(fund_id: int) -> Money | None:
    """The bank's newest balance less both books' cash; None before the bank's first line."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT custody_bank_difference(%s)", (fund_id,))
        difference = cursor.fetchone()[0]
    return None if difference is None else yuan(difference)


def discrepancies_told(fund_id: int) -> list[str]:
    """By how much bank and book differ, broken files, and books from which the bank took too much."""
    difference = bank_difference(fund_id)
    differ = (
        [told(_("银行余额与账面银行存款相差 %(amount)s"), amount=difference)]
        if difference is not None and difference.amount
        else []
    )
    waiting = [str(file) for file in broken_files.waiting_files(fund_id)]
    late = [said for _on, said in (*late_orders(fund_id), *late_transfers(fund_id))]
    return differ + waiting + late + _short_books_told(fund_id)


def late_orders(fund_id: int) -> list[tuple[date, str]]:
    """Merchant orders that should have reached the bank by now: the day they were paid, and a sentence."""
    with connection.cursor() as cursor:
        cursor.execute(_LATE_ORDERS, (fund_id,))
        late = cursor.fetchall()
    said = _("%(on)s 扫码收款 %(amount)s（%(count)s 笔）逾期未到账，期限 %(days)s 天")
    return [
        (on, told(said, on=on, count=count, amount=yuan(amount), days=days))
        for on, count, amount, days in late
    ]


def late_transfers(fund_id: int) -> list[tuple[date, str]]:
    """Transfers that should have reached the fund's other account: the day they left, and a sentence."""
    with connection.cursor() as cursor:
        cursor.execute(_LATE_TRANSFERS, (fund_id,))
        late = cursor.fetchall()
    said = _("%(on)s 专户间划转 %(amount)s（%(own)s 第%(position)s笔）逾期未到 %(other)s，期限 %(days)s 天")
    return [
        (
            on,
            told(said, on=on, amount=yuan(amount), own=own, position=position, other=other, days=days),
        )
        for position, own, other, on, amount, days in late
    ]


def _short_books_told(fund_id: int) -> list[str]:
    cash = {book: reads.balance_or_nothing(fund_id, book=book, kind="cash").available for book in Book}
    said = _("%(book)s短缺 %(amount)s，须补足")
    return [
        told(said, book=BOOK_TITLES[book], amount=-free) for book, free in cash.items() if free.amount < 0
    ]


def break_told(unexplained: LineExplanation) -> str:
    """One open break as the bank shows it: day, amount in yuan, place in the statement."""
    line = unexplained.line
    seen = _("%(on)s 付出 %(amount)s（流水第%(position)s笔）")
    return told(seen, on=line.booked_on, amount=-line.amount, position=line.position)
