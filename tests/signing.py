"""Every keyholder of the tests has a device, and signs with it whatever they turn, through the vault.

The owner enrols their keys, as it seats the people of a demonstration. A test that must see an unsigned key
turned says so with ``unsigned()``.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from django.db import connections, transaction

from custody import keys
from custody.models import Key, Membership, Operator, PublicKey, Signature, SignedSubject
from custody.vault import device, marking
from custody.vault.declaration import Declaration, Signed, declared
from custody.vault.device import DeviceKey

_DEVICES: dict[tuple[int, int], tuple[PublicKey, DeviceKey]] = {}
_turn = keys.turn


def enrolled(operator: Operator, organisation_id: int) -> tuple[PublicKey, DeviceKey]:
    """The person's device for this organisation, made and enrolled by the owner at first use."""
    found = _DEVICES.get((operator.pk, organisation_id))
    if found is None or not PublicKey.objects.filter(pk=found[0].pk, revocation__isnull=True).exists():
        made = device.make()
        with _beside():
            row = PublicKey.objects.using("owner").create(
                operator_id=operator.pk,
                organisation_id=organisation_id,
                method="device",
                point=made.point,
            )
        found = _DEVICES[operator.pk, organisation_id] = (row, made)
    return found


def hand_in(public_key: PublicKey, text: str, signature: bytes) -> Signature:
    """Put a signature before the vault from beside any open transaction, and have it answered."""
    handed = Signature.objects.using("owner").create(
        public_key_id=public_key.pk, declaration=text, signature=signature
    )
    marking.answer(handed.pk)
    return handed


def sign(operator: Operator, organisation_id: int, subjects: Sequence[Signed]) -> Signature:
    """Sign and hand in; the vault has answered."""
    public_key, private = enrolled(operator, organisation_id)
    told = declaration(operator, subjects)
    return hand_in(public_key, told.text, private.sign(told.text))


def hand_in_unanswered(
    operator: Operator, organisation_id: int, kind: str, number: int, which: Key
) -> Signature:
    """Signed and handed in over the application's connection, as a page does; the vault has not looked."""
    public_key, private = enrolled(operator, organisation_id)
    told = declaration(operator, [Signed(kind, number, which.value, keys.content_digest_of(kind, number))])
    return Signature.objects.create(
        public_key=public_key, declaration=told.text, signature=private.sign(told.text)
    )


def declaration(operator: Operator, subjects: Sequence[Signed]) -> Declaration:
    """A fresh one, by the database's clock."""
    return declared(operator.username, marking.now(), subjects)


def mark(
    operator: Operator, organisation_id: int, kind: str, number: int, key: str, content: str
) -> int | None:
    """The vault's mark on this person's signature: what a typed key cites as ``signed_id``.

    None where the vault gives none: somebody switched off, or whom no other connection sees yet.
    """
    if not _is_committed(operator):
        return None
    handed = sign(operator, organisation_id, [Signed(kind, number, key, content)])
    return SignedSubject.objects.filter(signature=handed).values_list("pk", flat=True).first()


def mark_present(operator: Operator, organisation_id: int, kind: str, number: int, key: str) -> int | None:
    """The same, on what the subject says now."""
    return mark(operator, organisation_id, kind, number, known(key), keys.content_digest_of(kind, number))


def known(key: str) -> str:
    """A key's name that can be signed, whatever a test types afterwards."""
    return key if key in Key.values else Key.APPROVE.value


@contextmanager
def _beside() -> Iterator[None]:
    """What the owner writes for a device reads what is committed, whatever level the session is set to."""
    if connections["owner"].in_atomic_block:
        yield
        return
    with transaction.atomic(using="owner"):
        with connections["owner"].cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
        yield


@contextmanager
def by_everybody() -> Iterator[None]:
    """Whoever turns a key has signed it a moment before."""
    with patch.object(keys, "turn", _signed_and_turned):
        yield


@contextmanager
def unsigned() -> Iterator[None]:
    """Keys are turned as they come: without a mark of the vault, unless the test made one."""
    with patch.object(keys, "turn", _turn):
        yield


def _signed_and_turned(*, kind: str, subject_id: int, which: Key, actor: Operator, **asked: Any) -> None:
    content = keys.content_digest_of(kind, subject_id)
    organisations = Membership.objects.filter(operator=actor, organisation__kind=keys.HELD_BY[which])
    if _is_committed(actor) and not _has(kind, subject_id, which, actor, content):
        for organisation_id in organisations.values_list("organisation_id", flat=True).distinct():
            sign(actor, organisation_id, [Signed(kind, subject_id, which.value, content)])
    _turn(kind=kind, subject_id=subject_id, which=which, actor=actor, **asked)


def _has(kind: str, subject_id: int, which: Key, actor: Operator, content: str) -> bool:
    return any(
        each.key == which and each.operator_id == actor.pk and each.content_sha256 == content
        for each in keys.standing(kind, subject_id)
    )


def _is_committed(operator: Operator) -> bool:
    with connections["vault"].cursor() as cursor:
        cursor.execute("SELECT id FROM custody_operator WHERE id = %s", (operator.pk,))
        return cursor.fetchone() is not None
