"""The two keys (双密码) on any subject: who may turn which, on exactly what.

A key is a signature: the keyholder's device signs a declaration, the vault marks it, and turning a key uses
the mark. Refuses a key without one, anyone who does not act, that day, as a keyholder for the organisation
the key belongs to, the person who made the subject, and both keys in one hand. The database refuses all of
it again. Upper apps register their subjects, so custody never imports them.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import LiteralString

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from custody.kernel.errors import Forbidden
from custody.models import Approval, ApprovalWithdrawal, Key, Operator, OrganisationKind
from custody.permits.acts import Act
from custody.permits.asking import ask
from custody.vault.declaration import Declaration, Signed, declared

PLACEMENT = "placement"
ENROLMENT = "enrolment"
PAYBACK = "payback"
BREAK = "break"
HELD_BY = {Key.APPROVE: OrganisationKind.COMMITTEE, Key.RELEASE: OrganisationKind.TRUSTEE}
_ACTS = {Key.APPROVE: Act.TURN_FIRST_KEY, Key.RELEASE: Act.TURN_SECOND_KEY}
_content: dict[str, LiteralString] = {
    PLACEMENT: "SELECT custody_placement_content(%s)",
    ENROLMENT: "SELECT custody_enrolment_content(%s)",
    PAYBACK: "SELECT custody_payback_content(%s)",
    BREAK: "SELECT custody_break_content(%s)",
}


def register_subject(kind: str, content_query: LiteralString) -> None:
    """Say how the digest of a ``kind`` is read; a second call with the same query changes nothing."""
    _content[kind] = content_query


def content_digest_of(kind: str, subject_id: int, *, using: str = DEFAULT_DB_ALIAS) -> str:
    """The digest keys are bound to, as the database computes it."""
    with connections[using].cursor() as cursor:
        cursor.execute(_content[kind], (subject_id,))
        return str(cursor.fetchone()[0])


def content_digests_of(subjects: Iterable[tuple[str, int]]) -> list[str]:
    """The digests of several subjects (kind, number), in their order, in one query."""
    named = list(subjects)
    if not named:
        return []
    asked: LiteralString = ", ".join(f"({_content[kind]})" for kind, _number in named)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT ARRAY[{asked}]", [number for _kind, number in named])
        return [str(each) for each in cursor.fetchone()[0]]


def declare(*, actor: Operator, which: Key, subjects: Iterable[tuple[str, int]]) -> Declaration:
    """What ``actor``'s device is to sign: ``which`` on each subject (kind, number) as it stands now.

    Good for 15 minutes, once. ValueError for none or more than 500 subjects.
    """
    signed = [
        Signed(kind, number, which.value, content_digest_of(kind, number))
        for kind, number in dict.fromkeys(subjects)
    ]
    with connection.cursor() as cursor:
        cursor.execute("SELECT custody_now()")
        return declared(actor.username, cursor.fetchone()[0], signed)


def turn(
    *,
    kind: str,
    subject_id: int,
    fund_id: int,
    which: Key,
    actor: Operator,
    at: datetime,
    maker_id: int | None,
) -> None:
    """Turn one key on the subject's present content; turning it twice by the same person changes nothing.

    Uses the vault's fresh mark on the actor's signature. ``maker_id`` is who made the subject and may turn no
    key. Errors: Forbidden.
    """
    organisation = ask(_ACTS[which], fund_id=fund_id, actor=actor, on=localdate(at))
    if actor.pk == maker_id:
        raise Forbidden(
            _("%(operator)s 是申报人，不能审批或放款自己申报的事项"),
            code="maker-turns-no-key",
            operator=actor.username,
        )
    content = content_digest_of(kind, subject_id)
    for other in standing(kind, subject_id):
        if other.content_sha256 != content:
            continue
        if other.key == which and other.operator_id == actor.pk:
            return
        if other.key != which and (other.operator_id == actor.pk or other.organisation_id == organisation.pk):
            raise Forbidden(
                _("两把密码须由不同组织的不同的人持有，%(operator)s 或其组织已持有另一把"),
                code="keys-in-one-hand",
                operator=actor.username,
                subject=subject_id,
            )
    Approval.objects.create(
        fund_id=fund_id,
        subject_kind=kind,
        subject_id=subject_id,
        key=which,
        operator=actor,
        organisation=organisation,
        content_sha256=content,
        signed_id=_mark(kind, subject_id, which, actor, organisation.pk, content),
        given_at=at,
    )


def _mark(kind: str, subject_id: int, which: Key, actor: Operator, organisation_id: int, content: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT custody_fresh_mark(%s, %s, %s, %s, %s, %s)",
            (actor.pk, organisation_id, kind, subject_id, which.value, content),
        )
        mark: int | None = cursor.fetchone()[0]
    if mark is None:
        raise Forbidden(
            _("%(operator)s 还没有用自己的密钥签署这一事项，或签署后已过 15 分钟、内容已变，请签署后再办"),
            code="key-not-signed",
            operator=actor.username,
            kind=kind,
            subject=subject_id,
        )
    return mark


def standing(kind: str, subject_id: int, *, using: str = DEFAULT_DB_ALIAS) -> list[Approval]:
    """The keys turned on the subject, on whatever content: not taken back, nor signed by a revoked one."""
    return list(
        Approval.objects.using(using)
        .filter(
            subject_kind=kind,
            subject_id=subject_id,
            withdrawal__isnull=True,
            signed__public_key__revocation__isnull=True,
        )
        .order_by("pk")
    )


def stands(kind: str, subject_id: int, which: Key, *, using: str = DEFAULT_DB_ALIAS) -> bool:
    """Whether ``which`` stands on the subject's present content."""
    content = content_digest_of(kind, subject_id, using=using)
    found = standing(kind, subject_id, using=using)
    return any(each.key == which and each.content_sha256 == content for each in found)


def withdraw_all(
    *, kind: str, subject_id: int, keys: set[Key], actor: Operator, at: datetime, reason: str
) -> int:
    """Take back every standing key of ``keys``; answers how many. The approvals stay on record."""
    taken = [each for each in standing(kind, subject_id) if each.key in keys]
    for approval in taken:
        ApprovalWithdrawal.objects.create(approval=approval, operator=actor, reason=reason, withdrawn_at=at)
    return len(taken)
