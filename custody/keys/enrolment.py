"""Whose public keys there are: proposed by one, enrolled by the signatures of two, revoked at once by one.

Refuses a key of somebody who holds none for that organisation, a public key that is none, and a revocation
by people who have nothing to do with it. The vault enrols; the database says who has to have signed
(``custody_enrolment_stands``).
"""

from datetime import datetime

from django.db import transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from custody.kernel.errors import Conflict, Forbidden, NotFound, Rejected
from custody.models import (
    KeyEnrolment,
    KeyRevocation,
    Membership,
    Method,
    Operator,
    Organisation,
    PublicKey,
    Role,
)
from custody.permits.acts import Act
from custody.permits.asking import ask
from custody.vault.checking import BadSignature, point_of
from custody.vault.declaration import SIGNED_NAME


@transaction.atomic
def propose_key(
    *,
    operator: Operator,
    method: Method,
    point: bytes,
    credential_id: bytes = b"",
    actor: Operator,
    at: datetime,
) -> KeyEnrolment:
    """Propose that ``operator`` turns keys with this one, for the organisation they hold keys for today.

    ``point``: the SEC 1 point, 65 bytes. The same proposal again answers the first. Nobody's key yet: two
    people sign the subject ``enrolment``. Errors: Forbidden, Rejected (no P-256 point), Conflict
    (somebody's already).
    """
    organisation = keyholder_of(operator, at)
    refuse_no_point(point)
    if not SIGNED_NAME.fullmatch(operator.username):
        raise Rejected(
            _("用户名 %(holder)s 不能签署：签署清单只认不含空格的英文字母、数字和符号"),
            code="name-cannot-be-signed",
            holder=operator.username,
        )
    if actor.pk != operator.pk:
        ask(Act.ENROL_KEY, fund_id=None, actor=actor, on=localdate(at))
    known = PublicKey.objects.filter(point=point).select_related("operator").first()
    if known is not None:
        raise Conflict(
            _("这把公钥已登记在 %(holder)s 名下"), code="public-key-known", holder=known.operator.username
        )
    same = KeyEnrolment.objects.filter(
        operator=operator, organisation=organisation, method=method, point=point, credential_id=credential_id
    ).first()
    return same or KeyEnrolment.objects.create(
        operator=operator,
        organisation=organisation,
        method=method,
        point=point,
        credential_id=credential_id,
        proposed_by=actor,
        proposed_at=at,
    )


@transaction.atomic
def revoke(*, public_key_id: int, actor: Operator, reason: str, at: datetime) -> KeyRevocation:
    """Take a key out of use for good: what it signed and is not filed falls, history still verifies.

    Its holder, and whoever has the permit in its organisation or in a trust company. Revoking twice changes
    nothing. Errors: NotFound, Forbidden, Rejected (no reason).
    """
    key = PublicKey.objects.filter(pk=public_key_id).first()
    if key is None:
        raise NotFound(_("没有编号为 %(number)s 的公钥"), number=public_key_id)
    known = KeyRevocation.objects.filter(public_key=key).first()
    if known is not None:
        return known
    if not reason.strip():
        raise Rejected(_("请说明理由"), code="reason-missing")
    if actor.pk != key.operator_id:
        organisation = ask(Act.REVOKE_KEY, fund_id=None, actor=actor, on=localdate(at))
        if organisation.pk != key.organisation_id and organisation.kind != "trustee":
            raise Forbidden(
                _("%(operator)s 不能注销别的组织的密钥"), code="key-of-others", operator=actor.username
            )
    return KeyRevocation.objects.create(public_key=key, revoked_by=actor, reason=reason, revoked_at=at)


def refuse_no_point(point: bytes) -> None:
    """Rejected unless these are 65 bytes of a point on P-256."""
    try:
        point_of(point)
    except BadSignature as error:
        raise Rejected(
            _("这不是 P-256 公钥（65 字节，十六进制 130 位，以 04 开头）"), code="not-a-public-key"
        ) from error


def keyholder_of(operator: Operator, at: datetime) -> Organisation:
    """The organisation the person holds keys for on that day. Forbidden when there is none."""
    on = localdate(at)
    for each in Membership.objects.filter(operator=operator, role=Role.KEYHOLDER).select_related(
        "organisation"
    ):
        if each.valid_from <= on and (each.valid_until is None or on < each.valid_until):
            return each.organisation
    raise Forbidden(
        _("%(operator)s 今天不是任何组织的持钥人，不能登记密钥"),
        code="holds-no-key",
        operator=operator.username,
    )
