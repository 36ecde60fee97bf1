"""Where a provider is paid, and how that is changed: a new row, two keys of its own, days to think.

Refuses to touch a row once written, so payments already filed keep their account.
"""

from datetime import date, datetime

from django.db import connection, transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from custody import keys
from custody.kernel.errors import Conflict, NotFound
from custody.models import Fund, Key, Operator, Organisation
from custody.permits.acts import Act
from custody.permits.asking import ask
from settlement.decisions.subjects import PAYEE
from settlement.models import PayeeAccount


def cooling_off_days() -> int:
    """How long a changed account waits after its second key; the database's guard reads the same figure."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT settlement_cooling_off_days()")
        return int(cursor.fetchone()[0])


def current(*, fund_id: int, organisation_id: int, on: date) -> int | None:
    """The account an organisation is paid to on ``on``: the one usable since last; None for none."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT settlement_payee_current(%s, %s, %s)", (fund_id, organisation_id, on))
        found = cursor.fetchone()[0]
    return None if found is None else int(found)


@transaction.atomic
def propose(
    *,
    fund: Fund,
    organisation: Organisation,
    holder: str,
    number: str,
    bank_name: str,
    clearing_number: str,
    actor: Operator,
    at: datetime,
) -> PayeeAccount:
    """Put a changed account on record, not yet usable. Only the trust company's desk. Errors: Forbidden."""
    ask(Act.PROPOSE_PAYEE, fund_id=fund.pk, actor=actor, on=localdate(at))
    return PayeeAccount.objects.create(
        fund=fund,
        organisation=organisation,
        holder=holder,
        number=number,
        bank_name=bank_name,
        clearing_number=clearing_number,
        usable_from=localdate(at),
    )


@transaction.atomic
def turn_key(*, payee_account_id: int, which: Key, actor: Operator, at: datetime) -> None:
    """Turn one of the two keys on a changed account. It is usable ``cooling_off_days`` after the second.

    Errors: NotFound, Forbidden, Conflict (the handover's own account needs none).
    """
    account = PayeeAccount.objects.filter(pk=payee_account_id).first()
    if account is None:
        raise NotFound(_("没有编号为 %(payee_account)s 的收款账户"), payee_account=payee_account_id)
    if account.handover:
        raise Conflict(
            _("「%(holder)s」移交时登记的收款账户无需审批"),
            code="payee-of-handover",
            holder=account.holder,
            payee_account=account.pk,
        )
    keys.turn(
        kind=PAYEE,
        subject_id=account.pk,
        fund_id=account.fund_id,
        which=which,
        actor=actor,
        at=at,
        maker_id=None,
    )
