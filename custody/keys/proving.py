"""Every key ever turned, proved again from what its holder signed: by signature, not by what a row says.

Refuses to write; names each key that nobody's device signed, that was signed for something else, by a key
not enrolled by two people, or after it was revoked. Reads a chunk at a time.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connections
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from custody.kernel.errors import Conflict
from custody.kernel.words import told
from custody.keys.turning import standing
from custody.models import Approval, KeyRevocation, Operator, PublicKey, Signature, SignedSubject
from custody.vault import marking
from custody.vault.checking import BadSignature
from custody.vault.declaration import Signed
from custody.vault.inbox import words_of

CHUNK = 500


@dataclass(frozen=True, slots=True)
class Unproved:
    """A key that does not verify: on what, turned by whom, and why, as a code of the vault's."""

    kind: str
    number: int
    key: str
    username: str
    code: str

    def __str__(self) -> str:
        """As a sentence."""
        return told(
            _("%(kind)s %(number)s 的「%(key)s」由 %(person)s 转动，未获证明：%(why)s"),
            kind=self.kind,
            number=self.number,
            key=self.key,
            person=self.username,
            why=words_of(self.code),
        )


def unproved(fund_id: int | None = None) -> Iterator[Unproved]:
    """The faults of all keys, or of a fund's."""
    return (fault for _place, fault in keys_judged(fund_id) if fault is not None)


def keys_judged(
    fund_id: int | None = None, *, after: int = 0, using: str = "default"
) -> Iterator[tuple[int, Unproved | None]]:
    """Each key turned behind a place (its row), in order, with what is wrong with it."""
    found = Approval.objects.using(using).filter(pk__gt=after).order_by("pk")
    if fund_id is not None:
        found = found.filter(fund_id=fund_id)
    wanted = found.select_related("signed").annotate(username=F("operator__username"))
    enrolled: dict[int, bool] = {}
    for approval in wanted.iterator(chunk_size=CHUNK):
        code = _fault(approval, using, enrolled)
        said = (approval.subject_kind, approval.subject_id, approval.key, approval.username)
        yield approval.pk, Unproved(*said, code) if code else None


def refuse_unproved(kind: str, subject_id: int, *, using: str) -> None:
    """Conflict (``key-unproved``) unless each key standing on the subject is what its holder's device signed.

    Asked before money leaves: a mark alone, whoever wrote it, sends nothing.
    """
    enrolled: dict[int, bool] = {}
    for approval in standing(kind, subject_id, using=using):
        code = _fault(approval, using, enrolled)
        if code:
            people = Operator.objects.using(using).filter(pk=approval.operator_id)
            raise Conflict(
                _("%(operator)s 在 %(kind)s %(number)s 上转动的密码未获签名证明（%(why)s），不予付款"),
                code="key-unproved",
                operator=people.values_list("username", flat=True).get(),
                kind=kind,
                number=subject_id,
                why=words_of(code),
            )


def unenrolled() -> QuerySet[PublicKey]:
    """Keys that stand on no proposal of two people: those the tables' owner seated."""
    return PublicKey.objects.filter(enrolment__isnull=True).select_related("operator", "organisation")


def _fault(approval: Approval, using: str, enrolled: dict[int, bool]) -> str:
    """Why the key is not proved; empty when it is. ``enrolled``: public keys looked at before."""
    handed = marking.signatures_with_keys(using).filter(pk=approval.signed.signature_id).first()
    if handed is None or handed.public_key.operator_id != approval.operator_id:
        return "declared-by-another"
    if handed.public_key.organisation_id != approval.organisation_id:
        return "key-of-another-organisation"
    try:
        declared = marking.verified(handed)
    except BadSignature as refusal:
        return refusal.code
    wanted = Signed(approval.subject_kind, approval.subject_id, approval.key, approval.content_sha256)
    if wanted not in declared.subjects:
        return "signed-something-else"
    if not _enrolled(handed.public_key, using, enrolled):
        return "key-not-enrolled"
    return _late(handed, approval, using)


def _enrolled(key: PublicKey, using: str, known: dict[int, bool]) -> bool:
    """Whether every mark the key was enrolled on is a good signature, by a key of which the same is true.

    The database asked for the right two people; it took the vault's word that they signed. The owner's keys
    stand on no proposal, and nobody else can write such a row.
    """
    if key.enrolment_id is None:
        return True
    if key.pk not in known:
        known[key.pk] = False  # a key that vouches for itself in a circle is nobody's
        with connections[using].cursor() as cursor:
            cursor.execute("SELECT custody_enrolment_content(%s)", (key.enrolment_id,))
            content = str(cursor.fetchone()[0])
        marks = SignedSubject.objects.using(using).filter(
            subject_kind=marking.ENROLMENT, subject_id=key.enrolment_id, content_sha256=content,
            marked_at__lte=key.enrolled_at,
        )  # fmt: skip
        signed = marking.signatures_with_keys(using).in_bulk({each.signature_id for each in marks})
        known[key.pk] = len({each.operator_id for each in marks}) > 1 and all(
            _vouched(each, signed[each.signature_id], using, known) for each in marks
        )
    return known[key.pk]


def _vouched(mark: SignedSubject, handed: Signature, using: str, known: dict[int, bool]) -> bool:
    try:
        declared = marking.verified(handed)
    except BadSignature:
        return False
    wanted = Signed(mark.subject_kind, mark.subject_id, mark.key, mark.content_sha256)
    return wanted in declared.subjects and _enrolled(handed.public_key, using, known)


def _late(handed: Signature, approval: Approval, using: str) -> str:
    if (
        KeyRevocation.objects.using(using)
        .filter(public_key=handed.public_key_id, revoked_at__lt=approval.given_at)
        .exists()
    ):
        return "key-revoked"
    return ""
