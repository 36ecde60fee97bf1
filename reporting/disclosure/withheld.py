"""Holding an entry's particulars or a paper back from owners: proposed with a reason, done by two keys.

Refuses to hold back an amount, a day or a whole month: those are always published, and so is the reason.
"""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import BooleanField, Func
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from custody import keys
from custody.deeds.funds import lock_fund
from custody.kernel.errors import Conflict, NotFound, Rejected
from custody.ledger import reads
from custody.models import Document, Fund, Key, Operator
from custody.permits.acts import Act
from custody.permits.asking import ask
from reporting.models import Withheld, Withholding

WITHHOLDING = "withholding"
WITHHELD_REASON_MAX = 300
keys.register_subject(WITHHOLDING, "SELECT reporting_withholding_content(%s)")


@transaction.atomic
def propose_withholding(
    *, fund: Fund, what: Withheld, number: str, reason: str, actor: Operator, at: datetime
) -> Withholding:
    """Ask that an entry (by number) or a paper (by SHA-256) be held back. Asked again, it is the first one.

    Errors: Forbidden; Rejected (no reason, too long); NotFound (no such entry or paper); Conflict (asked
    before for another reason).
    """
    ask(Act.WITHHOLD, fund_id=fund.pk, actor=actor, on=localdate(at))
    said = reason.strip()
    if not said or len(said) > WITHHELD_REASON_MAX:
        raise Rejected(
            _("请写明不公布的理由，不超过 %(most)s 字；理由会公布给业主"),
            code="reason-missing",
            most=WITHHELD_REASON_MAX,
        )
    lock_fund(fund)
    _require_there(fund, what, number)
    known = Withholding.objects.filter(fund=fund, what=what, number=number).first()
    if known is not None and known.reason != said:
        raise Conflict(
            _("「%(number)s」已提议过不公布，编号 %(known)s，理由：%(reason)s"), code="withheld-already",
            number=number, known=known.pk, reason=known.reason,
        )  # fmt: skip
    return known or Withholding.objects.create(
        fund=fund, what=what, number=number, reason=said, proposed_by=actor, proposed_at=at
    )


@transaction.atomic
def turn_withholding_key(*, withholding_id: int, which: Key, actor: Operator, at: datetime) -> bool:
    """Turn one of the two keys; answers whether it is in force now. Errors: NotFound, Forbidden."""
    row = withholding_called(withholding_id)
    lock_fund(row.fund)
    keys.turn(
        kind=WITHHOLDING,
        subject_id=row.pk,
        fund_id=row.fund_id,
        which=which,
        actor=actor,
        at=at,
        maker_id=row.proposed_by_id,
    )
    return row.pk in {each.pk for each in withheld_in_force(row.fund_id).values()}


def withholding_called(withholding_id: int) -> Withholding:
    """The proposal of this number. NotFound."""
    row = Withholding.objects.select_related("fund", "proposed_by").filter(pk=withholding_id).first()
    if row is None:
        raise NotFound(_("没有编号为 %(number)s 的不公布提议"), number=withholding_id)
    return row


def withholdings_of(funds: Collection[int]) -> list[tuple[Withholding, bool]]:
    """Everything proposed to be held back in these funds, oldest first, and whether both keys stood on it."""
    stands = Func("pk", function="reporting_withholding_stands", output_field=BooleanField())
    rows = Withholding.objects.filter(fund_id__in=funds).select_related("fund").annotate(stands=stands)
    return [(row, row.stands) for row in rows.order_by("pk")]


def withheld_in_force(fund_id: int) -> dict[str, Withholding]:
    """What both keys of the fund hold back, by entry number or digest."""
    return {row.number: row for row, stands in withholdings_of([fund_id]) if stands}


def _require_there(fund: Fund, what: Withheld, number: str) -> None:
    if what == Withheld.ENTRY:
        plain = number.isascii() and number.isdigit() and len(number) < 10
        there = plain and 0 < int(number) <= reads.last_sequence(fund.pk) and not number.startswith("0")
    else:
        there = Document.objects.filter(fund=fund, sha256=number).exists()
    if not there:
        raise NotFound(_("本信托没有这一笔分录或这一份文件：%(number)s"), number=number)
