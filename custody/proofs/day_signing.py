"""The proof of a day signed: one of the trust company's people prepares the sheet, another signs with a key.

Refuses a day that is not proven (bank ≠ book, something unexplained, the bank silent on it), a signature by
whoever prepared the sheet, and one on a day into which something was booked since.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, LiteralString

from django.db import connection, transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from custody import keys
from custody.deeds.funds import lock_fund
from custody.kernel.errors import Conflict, Forbidden, NotFound, Rejected
from custody.ledger import periods
from custody.models import DaySheet, Fund, Key, Operator
from custody.permits.acts import Act
from custody.permits.asking import ask
from custody.proofs.day_proofs import DayProof, proofs_on

DAY = "day"
keys.register_subject(DAY, "SELECT custody_day_content(%s)")

# Of each fund and day the sheet nothing was booked after, the signed one first.
_SHEETS: LiteralString = """
SELECT DISTINCT ON (s.fund_id, s.day)
       s.fund_id, s.day, s.id, s.prepared_by_id, maker.full_name, signer.full_name, a.given_at
  FROM custody_daysheet s
  JOIN custody_operator maker ON maker.id = s.prepared_by_id
  LEFT JOIN custody_approval a ON a.subject_kind = 'day' AND a.subject_id = s.id AND a.key = 'release'
       AND custody_key_stands(a.id, a.signed_id)
  LEFT JOIN custody_operator signer ON signer.id = a.operator_id
 WHERE s.fund_id = ANY (%(funds)s) AND s.day BETWEEN %(from_on)s AND %(to_on)s
   AND s.last_entry = custody_last_entry_through(s.fund_id, s.day)
 ORDER BY s.fund_id, s.day, a.id IS NULL, s.id
"""


@dataclass(frozen=True, slots=True)
class SheetOfDay:
    """A fund's sheet of a day that still stands; ``signed_by``, ``signed_at`` None while nobody signed it."""

    fund_id: int
    day: date
    number: int
    maker_id: int
    prepared_by: str
    signed_by: str | None
    signed_at: datetime | None


@transaction.atomic
def prepare_day(*, fund: Fund, day: date, actor: Operator, at: datetime) -> DaySheet:
    """Write the day's sheet for another's key. The same person asking again while it stands: the same sheet.

    Errors: Forbidden; Rejected (the day is not over, or before the trust began); Conflict (not proven,
    signed already).
    """
    ask(Act.PREPARE_DAY, fund_id=fund.pk, actor=actor, on=localdate(at))
    lock_fund(fund)
    if day > localdate(at) or day < fund.opened_on:
        raise Rejected(
            _("%(day)s 不在 %(opened)s 至今天之间，没有日终可核对"), code="day-out-of-reach", day=day,
            opened=fund.opened_on,
        )  # fmt: skip
    proof = proofs_on([fund], day)[0]
    if not proof.proven:
        raise Conflict(unproven_because(proof), code="day-not-proven", fund=fund.pk, day=day)
    known = day_sheets([fund], day, day)
    if known and known[0].signed_by is not None:
        raise Conflict(
            _("%(day)s 的日终已由%(signer)s签署"),
            code="day-signed-already",
            day=day,
            signer=known[0].signed_by,
        )
    last = periods.last_entry_through(fund.pk, day)
    mine = DaySheet.objects.filter(fund=fund, day=day, prepared_by=actor, last_entry=last)
    return mine.first() or DaySheet.objects.create(
        fund=fund,
        day=day,
        bank=proof.bank or 0,
        book=proof.book,
        in_transit=proof.books.in_transit,
        last_entry=last,
        chain="",
        prepared_by=actor,
        prepared_at=at,
    )


@transaction.atomic
def sign_day(*, sheet_id: int, which: Key, actor: Operator, at: datetime) -> None:
    """Turn the trust company's key on the sheet: the day is signed. Again by the same person: no change.

    Errors: NotFound, Forbidden (another key, or whoever prepared it), Conflict (the day moved on).
    """
    sheet = DaySheet.objects.select_related("fund").filter(pk=sheet_id).first()
    if sheet is None:
        raise NotFound(_("没有编号为 %(sheet)s 的日终核对表"), sheet=sheet_id)
    if which != Key.RELEASE:
        raise Forbidden(
            _("日终由信托公司的人签署，%(operator)s 的密码不在此列"), code="day-signed-by-the-trust-company",
            operator=actor.username,
        )  # fmt: skip
    lock_fund(sheet.fund)
    if not _stands(sheet.pk):
        raise Conflict(_("%(day)s 在准备之后又有入账或更正，请重新准备"), code="day-moved-on", day=sheet.day)
    keys.turn(
        kind=DAY,
        subject_id=sheet.pk,
        fund_id=sheet.fund_id,
        which=which,
        actor=actor,
        at=at,
        maker_id=sheet.prepared_by_id,
    )


def unproven_because(proof: DayProof) -> str:
    """Why a day cannot be signed, and what ends it; empty for a proven one."""
    if proof.breaks:
        return _("还有待查付款，查明之后才能核对日终")
    if proof.difference:
        return _("银行余额与账面银行存款不符，先查明差额")
    if proof.bank is None or not proof.covered:
        return _("银行流水还没有到这一天，先导入流水")
    return ""


def day_sheets(funds: Collection[Fund], from_on: date, to_on: date) -> list[SheetOfDay]:
    """One sheet a fund and day at most, in which nothing was booked since; a signed one where there is."""
    asked: dict[str, Any] = {"funds": [fund.pk for fund in funds], "from_on": from_on, "to_on": to_on}
    with connection.cursor() as cursor:
        cursor.execute(_SHEETS, asked)
        return [SheetOfDay(*row) for row in cursor.fetchall()]


def sheets_to_sign(funds: Collection[Fund]) -> list[DaySheet]:
    """The sheets that stand and wait for a key, the oldest day first."""
    asked = "SELECT id FROM custody_sheets_to_sign(%s)"
    with connection.cursor() as cursor:
        cursor.execute(asked, ([fund.pk for fund in funds],))
        numbers = [row[0] for row in cursor.fetchall()]
    return list(DaySheet.objects.filter(pk__in=numbers).order_by("day", "pk"))


def _stands(sheet_id: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT custody_day_stands(%s)", (sheet_id,))
        return bool(cursor.fetchone()[0])
