"""Work and scores become facts: a keyholder of the committee signs exactly what was handed in (验收单).

Refuses anybody else's key, and what was handed in again or recorded meanwhile. The database refuses a work
order or a score that no signature stands behind.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import BooleanField, Func
from django.utils.translation import gettext as _

from custody import keys
from custody.deeds.funds import lock_fund
from custody.kernel.errors import Conflict, Forbidden, NotFound
from custody.models import Key, Operator
from settlement.decisions.subjects import ACCEPTANCE
from settlement.models import Acceptance, AcceptanceRow, Assessment, WorkOrder


@transaction.atomic
def turn_acceptance_key(*, acceptance_id: int, which: Key, actor: Operator, at: datetime) -> bool:
    """Sign what was handed in, for the committee; answers whether it is new. Signed twice it changes nothing.

    Errors: NotFound, Forbidden, Conflict (handed in again or recorded meanwhile; nothing is written).
    """
    acceptance = Acceptance.objects.select_related("fund").filter(pk=acceptance_id).first()
    if acceptance is None:
        raise NotFound(_("没有编号为 %(acceptance)s 的验收单"), acceptance=acceptance_id)
    if which != Key.APPROVE:
        raise Forbidden(
            _("工单和考核由业委会的持钥人签收，信托公司没有这把密码"), code="committee-signs-work"
        )
    lock_fund(acceptance.fund)
    signed = keys.stands(ACCEPTANCE, acceptance.pk, Key.APPROVE)
    if not signed and not waits(acceptance.pk):
        raise Conflict(
            _("验收单 %(acceptance)s 中的工单或考核此后已另行登记，请打开最新的一份签收"),
            code="acceptance-overtaken",
            acceptance=acceptance.pk,
        )
    keys.turn(
        kind=ACCEPTANCE, subject_id=acceptance.pk, fund_id=acceptance.fund_id, which=which,
        actor=actor, at=at, maker_id=None,
    )  # fmt: skip
    if not signed:
        _record(acceptance, list(acceptance.rows.order_by("pk")), actor, at)
    return not signed


def waits(acceptance_id: int) -> bool:
    """Whether it may still be signed: not signed, nor handed in again or recorded since."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT settlement_acceptance_waits(%s)", (acceptance_id,))
        return bool(cursor.fetchone()[0])


def waiting_acceptances(fund_id: int) -> list[Acceptance]:
    """What the committee has still to sign in this fund, oldest first."""
    may_be_signed = Func("pk", function="settlement_acceptance_waits", output_field=BooleanField())
    rows = Acceptance.objects.filter(fund_id=fund_id).select_related("source_file", "fund")
    return list(rows.annotate(waits=may_be_signed).filter(waits=True).order_by("pk"))


def _record(acceptance: Acceptance, rows: Sequence[AcceptanceRow], actor: Operator, at: datetime) -> None:
    facts: dict[str, Any] = {
        "source_file_id": acceptance.source_file_id,
        "recorded_by": actor,
        "recorded_at": at,
    }
    WorkOrder.objects.bulk_create(
        WorkOrder(accepts=row, **facts, **row.facts) for row in rows if row.what == AcceptanceRow.What.WORK
    )
    Assessment.objects.bulk_create(
        Assessment(accepts=row, **facts, **row.facts) for row in rows if row.what == AcceptanceRow.What.SCORE
    )
