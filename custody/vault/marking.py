"""The vault's answer to what is handed in: marks for a good signature, a refusal on record for any other.

Works over the connection ``vault`` alone. Refuses a declaration of another person than the key's, a stale
or used one, and a key that is revoked. Answering twice changes nothing.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, connections, transaction
from django.db.models import QuerySet

from custody.models import (
    KeyEnrolment,
    KeyRevocation,
    Method,
    Operator,
    PublicKey,
    Signature,
    SignatureRefused,
    SignedSubject,
    UsedNonce,
)
from custody.vault import declaration
from custody.vault.checking import BadSignature, Site, check_device, check_passkey
from custody.vault.declaration import Declaration

VAULT = "vault"
ENROLMENT = "enrolment"
_SEEN = {"id", "username", "full_name", "is_active"}  # of a person, by grants.toml
_UNSEEN = sorted({each.attname for each in Operator._meta.concrete_fields} - _SEEN)


def unanswered() -> list[int]:
    """Signatures nobody has marked or refused yet, oldest first."""
    waiting = Signature.objects.using(VAULT).filter(marks__isnull=True, refusal__isnull=True)
    return list(waiting.order_by("pk").values_list("pk", flat=True))


def signatures_with_keys(using: str = VAULT) -> QuerySet[Signature]:
    """Signatures with their keys and, of their people, what the vault may see."""
    return (
        Signature.objects.using(using)
        .select_related("public_key__operator")
        .defer(*(f"public_key__operator__{each}" for each in _UNSEEN))
        .order_by("pk")
    )


def answer(signature_id: int) -> None:
    """Mark the subjects of this signature, or put on record why not; enrol the keys it completes."""
    with transaction.atomic(using=VAULT):
        with connections[VAULT].cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('signature'), %s)", (signature_id % 2**31,))
        handed = (
            signatures_with_keys().filter(pk=signature_id, marks__isnull=True, refusal__isnull=True).first()
        )
        if handed is None:
            return
        try:
            told = judged(handed, now=now())
            with transaction.atomic(using=VAULT):
                _mark(handed, told)
        except BadSignature as refusal:
            SignatureRefused.objects.using(VAULT).create(signature=handed, code=refusal.code)
            return
        for each in told.subjects:
            if each.kind == ENROLMENT:
                enrol_proposed(each.number)


def judged(handed: Signature, *, now: datetime) -> Declaration:
    """The declaration of a good signature by a key in use, no older than a mark lasts. BadSignature."""
    if KeyRevocation.objects.using(VAULT).filter(public_key=handed.public_key_id).exists():
        raise BadSignature("key-revoked")
    if not handed.public_key.operator.is_active:
        raise BadSignature("person-switched-off")
    told = verified(handed)
    if abs(told.at - now) > _mark_lasts():
        raise BadSignature("declaration-stale")
    return told


def verified(handed: Signature) -> Declaration:
    """The declaration this key signed, whenever that was. BadSignature."""
    try:
        told = declaration.read(handed.declaration)
    except ValueError as error:
        raise BadSignature("not-a-declaration") from error
    key = handed.public_key
    if told.person != key.operator.username:
        raise BadSignature("declared-by-another")
    if key.method == Method.DEVICE:
        check_device(bytes(key.point), handed.declaration, bytes(handed.signature))
    else:
        check_passkey(
            bytes(key.point),
            handed.declaration,
            bytes(handed.signature),
            authenticator_data=bytes(handed.authenticator_data),
            client_data=bytes(handed.client_data),
            site=Site(settings.PASSKEY_RP_ID, frozenset(settings.PASSKEY_ORIGINS)),
        )
    return told


def _mark(handed: Signature, told: Declaration) -> None:
    _nonce, fresh = UsedNonce.objects.using(VAULT).get_or_create(
        nonce=told.nonce, defaults={"signature": handed}
    )
    if not fresh:
        raise BadSignature("declaration-used")
    marks = [
        SignedSubject(
            signature=handed,
            public_key_id=handed.public_key_id,
            operator_id=handed.public_key.operator_id,
            subject_kind=each.kind,
            subject_id=each.number,
            key=each.key,
            content_sha256=each.content_sha256,
        )
        for each in told.subjects
    ]
    try:
        SignedSubject.objects.using(VAULT).bulk_create(marks)
    except IntegrityError as error:  # revoked since it was judged: the database asks again under its lock
        raise BadSignature("key-revoked") from error


def enrol_proposed(enrolment_id: int) -> PublicKey | None:
    """Enrol a proposed key once two people's signatures stand on it; None while they do not, or it is."""
    proposed = KeyEnrolment.objects.using(VAULT).filter(pk=enrolment_id, enrolled__isnull=True).first()
    if proposed is None or not _stands(enrolment_id):
        return None
    try:
        with transaction.atomic(using=VAULT):
            return PublicKey.objects.using(VAULT).create(
                operator_id=proposed.operator_id,
                organisation_id=proposed.organisation_id,
                method=proposed.method,
                point=bytes(proposed.point),
                credential_id=bytes(proposed.credential_id),
                enrolment=proposed,
            )
    except IntegrityError:  # enrolled this very moment by another signature, or somebody's point already
        return None


def now() -> datetime:
    """The house's clock."""
    with connections[VAULT].cursor() as cursor:
        cursor.execute("SELECT custody_now()")
        instant: datetime = cursor.fetchone()[0]
        return instant


def _mark_lasts() -> timedelta:
    with connections[VAULT].cursor() as cursor:
        cursor.execute("SELECT custody_mark_minutes()")
        return timedelta(minutes=cursor.fetchone()[0])


def _stands(enrolment_id: int) -> bool:
    with connections[VAULT].cursor() as cursor:
        cursor.execute("SELECT custody_enrolment_stands(%s)", (enrolment_id,))
        return bool(cursor.fetchone()[0])
