"""Turning keys from a page: a list is shown, signed once by the keyholder's device, and run item by item.

Refuses an empty list, one of more than 500, a list of somebody else, one shown more than five minutes before
it was signed, and an item whose content moved since it was shown. Each item is a transaction of its own:
what is refused says why and holds up no other; a list run twice goes on where it stopped.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from custody import keys
from custody.kernel.errors import DomainError, Forbidden, NotFound, Rejected
from custody.models import Fund, ItemOutcome, Key, Operator, PublicKey, SigningItem, SigningList
from custody.permits import attempts
from custody.queue.keyed_subjects import Hand, key_of, kinds, stands_already
from custody.vault import inbox
from custody.vault.declaration import MAX_LINES

SIGNED_WITHIN = timedelta(minutes=5)
SAID_MAX = 500
LOOK_MAX = 300


@dataclass(frozen=True, slots=True)
class Wanted:
    """One subject as a page names it."""

    fund: Fund
    kind: str
    number: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the device answered; the last two are a passkey's alone."""

    public_key_id: int
    signature: bytes
    authenticator_data: bytes = b""
    client_data: bytes = b""


@transaction.atomic
def open_list(*, list_id: uuid.UUID, wanted: Sequence[Wanted], actor: Operator, at: datetime) -> SigningList:
    """The list of these subjects as they stand now; the same id again answers the first.

    Errors: NotFound (somebody else's id, no such subject), Rejected (none, too many).
    """
    known = SigningList.objects.filter(pk=list_id).first()
    if known is not None:
        return _own(known, actor)
    if not 0 < len(wanted) <= MAX_LINES:
        raise Rejected(
            _("一次可签 1 至 %(most)s 项，这里有 %(count)s 项"),
            code="list-too-long",
            most=MAX_LINES,
            count=len(wanted),
        )
    which = key_of(actor, at)
    made = SigningList.objects.create(pk=list_id, operator=actor, key=which, declaration="", declared_at=at)
    for each in wanted:
        subject = kinds().get(each.kind)
        if subject is None:
            raise NotFound(_("没有这一类事项：%(kind)s"), kind=each.kind)
        number = subject.find(each.fund.pk, each.number)
        SigningItem.objects.create(
            signing_list=made,
            fund=each.fund,
            subject_kind=each.kind,
            subject_id=number,
            number=each.number,
            what=str(subject.title),
            amount=subject.amount(number),
            content_sha256=keys.content_digest_of(each.kind, number),
            look=subject.look(number)[:LOOK_MAX],
        )
    return _declared(made, at)


def own_list(list_id: uuid.UUID, actor: Operator) -> SigningList:
    """The person's list of this id. NotFound."""
    known = SigningList.objects.filter(pk=list_id).first()
    if known is None:
        raise NotFound(_("没有这份清单"))
    return _own(known, actor)


@transaction.atomic
def declared_afresh(*, signing_list: SigningList, actor: Operator, at: datetime) -> SigningList:
    """The list ready to be signed: a declaration that is old is written anew on the same contents."""
    row = SigningList.objects.select_for_update().get(pk=_own(signing_list, actor).pk)
    if row.signature_id is None and at - row.declared_at > SIGNED_WITHIN / 2:
        return _declared(row, at)
    return row


def sign_list(*, list_id: uuid.UUID, answer: Answer, actor: Operator, at: datetime) -> SigningList:
    """Hand the signature to the vault and keep it with the list; a signed list stays as it is.

    Must stand outside a transaction. Errors: NotFound, Rejected (shown too long ago, no answer of the vault),
    Forbidden (the vault's reason, a key of somebody else).
    """
    row = own_list(list_id, actor)
    if row.signature_id is not None:
        return row
    if at - row.declared_at > SIGNED_WITHIN:
        raise Rejected(_("这份清单出示已超过五分钟，请重新核对后再签"), code="list-shown-too-long-ago")
    public_key = PublicKey.objects.filter(
        pk=answer.public_key_id, operator=actor, revocation__isnull=True
    ).first()
    if public_key is None:
        raise Forbidden(
            _("这不是 %(operator)s 已登记且在用的密钥"), code="key-not-enrolled", operator=actor.username
        )
    handed = inbox.hand_in(
        public_key=public_key,
        declaration=row.declaration,
        signature=answer.signature,
        authenticator_data=answer.authenticator_data,
        client_data=answer.client_data,
    )
    SigningList.objects.filter(pk=row.pk, signature__isnull=True).update(signature=handed)
    return own_list(list_id, actor)


def run_list(*, list_id: uuid.UUID, actor: Operator, at: datetime, most: int | None = None) -> int:
    """Turn the keys of a signed list, ``most`` items at once; answers how many still wait. NotFound."""
    row = own_list(list_id, actor)
    if row.signature_id is None:
        return row.items.count()
    for item_id in (
        row.items.filter(outcome=ItemOutcome.WAITING).order_by("pk").values_list("pk", flat=True)[:most]
    ):
        try:
            with attempts.on_record(username=actor.username):
                _turn(item_id, actor, at)
        except DomainError as refusal:
            _end(item_id, ItemOutcome.REFUSED, refusal.title)
    return row.items.filter(outcome=ItemOutcome.WAITING).count()


@transaction.atomic
def _turn(item_id: int, actor: Operator, at: datetime) -> None:
    item = SigningItem.objects.select_for_update(of=("self",)).select_related("signing_list").get(pk=item_id)
    if item.outcome:
        return
    subject = kinds()[item.subject_kind]
    hand = Hand(item.subject_id, Key(item.signing_list.key), actor, at)
    if keys.content_digest_of(item.subject_kind, item.subject_id) != item.content_sha256:
        raise Rejected(_("内容在您核对之后变了，请重新打开再看"), code="content-moved-on")
    if stands_already(item.subject_kind, hand):
        _end(item_id, ItemOutcome.UNCHANGED, "")
        return
    subject.turn(hand)
    _end(item_id, ItemOutcome.TURNED, "")


def _end(item_id: int, outcome: ItemOutcome, said: str) -> None:
    SigningItem.objects.filter(pk=item_id, outcome=ItemOutcome.WAITING).update(
        outcome=outcome, said=said[:SAID_MAX]
    )


def _declared(row: SigningList, at: datetime) -> SigningList:
    subjects = [(each.subject_kind, each.subject_id) for each in row.items.order_by("pk")]
    made = keys.declare(actor=row.operator, which=Key(row.key), subjects=subjects)
    row.declaration, row.declared_at = made.text, at
    row.save(update_fields=["declaration", "declared_at"])
    return row


def _own(row: SigningList, actor: Operator) -> SigningList:
    if row.operator_id != actor.pk:
        raise NotFound(_("没有这份清单"))
    return row
