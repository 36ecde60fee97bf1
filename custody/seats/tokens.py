"""Tokens of programs: made by an organisation's own people for its machine, shown once, revoked at once.

Refuses people of another organisation, a machine that two keys have not seated for it, and a token that never
ends. A token acts as that machine and by its permits: none of them turns a key.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from custody.kernel.errors import Forbidden, NotFound, Rejected
from custody.models import (
    ApiToken,
    ApiTokenRevocation,
    Fund,
    Membership,
    Operator,
    Organisation,
    Role,
    TokenScope,
)
from custody.permits.acts import Act
from custody.permits.asking import ask

TOKEN_DAYS_MAX = 366
NAME_LENGTH_MAX = 100
REASON_LENGTH_MAX = 300
MARK = "pst"  # by which a leaked token is known for one of ours


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A token just made; ``text`` is what the program sends, and is shown this once."""

    token: ApiToken
    text: str


@transaction.atomic
def issue_token(
    *, fund: Fund, machine: str, name: str, scope: TokenScope, expires_on: date, actor: Operator, at: datetime
) -> IssuedToken:
    """Make a token for the organisation's ``machine`` (its username), good until before ``expires_on``.

    Errors: Forbidden; NotFound (no such machine of the actor's organisation today); Rejected (no name, a day
    that is over or more than a year ahead).
    """
    on = localdate(at)
    organisation = ask(Act.ISSUE_TOKEN, fund_id=fund.pk, actor=actor, on=on)
    if not name.strip() or len(name) > NAME_LENGTH_MAX:
        raise Rejected(
            _("请用不超过 %(most)s 个字写明令牌的用途"),
            code="name-missing",
            most=NAME_LENGTH_MAX,
            field="name",
        )
    if not on < expires_on <= on + timedelta(days=TOKEN_DAYS_MAX):
        raise Rejected(
            _("令牌到期日须在明天到 %(latest)s 之间"), code="token-too-long",
            latest=on + timedelta(days=TOKEN_DAYS_MAX), field="expires_on",
        )  # fmt: skip
    operator = machine_named(machine, organisation, on)
    prefix, secret = secrets.token_hex(4), secrets.token_urlsafe(32)
    text = f"{MARK}_{prefix}_{secret}"
    token = ApiToken.objects.create(
        organisation=organisation, operator=operator, name=name.strip(), prefix=prefix,
        sha256=digest_of(text), scope=scope, expires_on=expires_on, issued_by=actor,
    )  # fmt: skip
    return IssuedToken(token, text)


@transaction.atomic
def revoke_token(*, prefix: str, reason: str, actor: Operator, at: datetime) -> ApiTokenRevocation:
    """Take a token out of use for good; said again, nothing more. NotFound, Forbidden, Rejected (no reason).

    People of its organisation may, and those of a trust company.
    """
    organisation = ask(Act.REVOKE_TOKEN, fund_id=None, actor=actor, on=localdate(at))
    token = ApiToken.objects.filter(prefix=prefix).first()
    if token is None:
        raise NotFound(_("没有前缀为 %(prefix)s 的令牌"), prefix=prefix)
    if organisation.pk != token.organisation_id and organisation.kind != "trustee":
        raise Forbidden(
            _("%(operator)s 不能注销别的组织的令牌"), code="token-of-others", operator=actor.username
        )
    known = ApiTokenRevocation.objects.filter(token=token).first()
    if known is not None:
        return known
    if not reason.strip():
        raise Rejected(_("请说明理由"), code="reason-missing", field="reason")
    return ApiTokenRevocation.objects.create(
        token=token, revoked_by=actor, reason=reason.strip()[:REASON_LENGTH_MAX]
    )


def machines_of(organisation: Organisation, on: date) -> list[Operator]:
    """The machines that act for the organisation that day, by username."""
    seats = Membership.objects.filter(organisation=organisation, role=Role.MACHINE, valid_from__lte=on)
    seats = seats.exclude(valid_until__lte=on).select_related("operator").order_by("operator__username")
    return [each.operator for each in seats if each.operator.is_active]


def machine_named(username: str, organisation: Organisation, on: date) -> Operator:
    """The organisation's machine of this name that day. NotFound."""
    found = next((each for each in machines_of(organisation, on) if each.username == username), None)
    if found is None:
        raise NotFound(
            _("%(on)s %(organisation)s没有名为 %(machine)s 的系统身份，须先由两把密码登记"), on=on,
            organisation=organisation.name, machine=username, code="no-such-machine", field="machine",
        )  # fmt: skip
    return found


def token_shown(text: str) -> ApiToken | None:
    """The token this text is, unless it was revoked; whether it has expired is the caller's to see."""
    rows = ApiToken.objects.filter(sha256=digest_of(text), revocation__isnull=True)
    return rows.select_related("operator", "organisation").first()


def digest_of(text: str) -> str:
    """What of a token is kept: 32 random bytes need no salt."""
    return hashlib.sha256(text.encode()).hexdigest()
