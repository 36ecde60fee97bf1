"""Where a provider is paid, and how that is changed: a new row, two keys of its own, days to think.

Refuses to touch a row once written, so payments already filed keep their account.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import cast

from django.db import connection, transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from custody import keys
from custody.deeds.funds import lock_fund
from custody.kernel.errors import Conflict, NotFound, Rejected
from custody.models import Document, Fund, Key, Operator, Organisation, Resolution
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
    """Put a changed account on record, not yet usable. Only the trust company's desk. Errors: Forbidden.

    The account last put on record for this payee, said again, is the one already there.
    """
    ask(Act.PROPOSE_PAYEE, fund_id=fund.pk, actor=actor, on=localdate(at))
    lock_fund(fund)
    said = {"holder": holder, "number": number, "bank_name": bank_name, "clearing_number": clearing_number}
    return put_on_record(fund=fund, organisation=organisation, said=said, usable_from=localdate(at))[0]


@dataclass(frozen=True, slots=True)
class Origin:
    """The resolution and the workbook a changed account came in."""

    resolution: Resolution
    source_file: Document


def put_on_record(
    *,
    fund: Fund,
    organisation: Organisation,
    said: Mapping[str, str],
    usable_from: date,
    origin: Origin | None = None,
) -> tuple[PayeeAccount, bool]:
    """The account as it is said, and whether it is new; under the fund's lock. Whoever calls has asked."""
    rows = PayeeAccount.objects.filter(fund=fund, organisation=organisation)
    newest = rows.order_by("-pk").first()
    if newest is not None and all(getattr(newest, name) == value for name, value in said.items()):
        return newest, False
    made = PayeeAccount.objects.create(
        fund=fund,
        organisation=organisation,
        usable_from=usable_from,
        resolution=None if origin is None else origin.resolution,
        source_file=None if origin is None else origin.source_file,
        **said,
    )
    return made, True


def usable_since(payee_account_id: int) -> date | None:
    """The day an account is usable from; None while it lacks a key."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT settlement_payee_since(%s)", (payee_account_id,))
        return cast(date | None, cursor.fetchone()[0])


@transaction.atomic
def turn_key(*, payee_account_id: int, which: Key, actor: Operator, at: datetime) -> None:
    """Turn one of the two keys on a changed account. It is usable ``cooling_off_days`` after the second.

    Errors: NotFound, Forbidden, Conflict (the handover's own account needs none).
    """
    account = _changed(payee_account_id)
    keys.turn(
        kind=PAYEE,
        subject_id=account.pk,
        fund_id=account.fund_id,
        which=which,
        actor=actor,
        at=at,
        maker_id=None,
    )


@transaction.atomic
def withdraw_key(*, payee_account_id: int, actor: Operator, reason: str, at: datetime) -> int:
    """Take back the key of the actor's organisation while the account is not in use yet; how many were.

    Errors: NotFound, Forbidden, Rejected (no reason), Conflict (in use: another account is put on record).
    """
    account = _changed(payee_account_id)
    organisation = ask(Act.WITHDRAW_KEY, fund_id=account.fund_id, actor=actor, on=localdate(at))
    if not reason.strip():
        raise Rejected(_("请说明理由"), code="reason-missing")
    since = usable_since(account.pk)
    if since is not None and since <= localdate(at):
        raise Conflict(
            _("收款账户 %(number)s 自 %(on)s 起已启用，不能再撤回，请登记新的收款账户"),
            code="payee-in-use",
            number=account.number,
            on=since,
            payee_account=account.pk,
        )
    which = next(key for key, kind in keys.HELD_BY.items() if kind == organisation.kind)
    return keys.withdraw_all(
        kind=PAYEE, subject_id=account.pk, keys={which}, actor=actor, at=at, reason=reason
    )


def _changed(payee_account_id: int) -> PayeeAccount:
    """The account, which did not come with the handover. NotFound, Conflict."""
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
    return account
