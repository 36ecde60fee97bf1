"""A key is a signature: whose public keys are enrolled, what was signed, and what the vault found of it.

Append-only. The application hands signatures in and proposes keys; the vault alone enrols them and marks a
subject as signed, and guards read nothing but its marks.
"""

from django.db import models
from django.db.models.functions import Now

from custody.models.organisations import Operator, Organisation


class Method(models.TextChoices):
    """How a key is kept: in an authenticator (WebAuthn), or as a P-256 key of the keyholder's own device."""

    PASSKEY = "passkey", "通行密钥"
    DEVICE = "device", "设备密钥"


class KeyEnrolment(models.Model):
    """A proposal that ``operator`` turns keys for ``organisation`` with this public key; two people sign it.

    ``point`` is the uncompressed SEC 1 point of P-256, 65 bytes; ``credential_id`` a passkey's, else empty.
    """

    operator = models.ForeignKey(Operator, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    method = models.CharField(max_length=8, choices=Method.choices)
    point = models.BinaryField()
    credential_id = models.BinaryField(default=b"")
    proposed_by = models.ForeignKey(Operator, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(method__in=Method.values), name="enrolment_method_known"
            )
        ]


class PublicKey(models.Model):
    """An enrolled key: it speaks for one person of one organisation, from ``enrolled_at`` until revoked."""

    operator = models.ForeignKey(Operator, on_delete=models.PROTECT, related_name="public_keys")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    method = models.CharField(max_length=8, choices=Method.choices)
    point = models.BinaryField(unique=True)
    credential_id = models.BinaryField(default=b"")
    enrolment = models.OneToOneField(
        KeyEnrolment, null=True, on_delete=models.PROTECT, related_name="enrolled"
    )
    enrolled_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(method__in=Method.values), name="public_key_method_known"
            )
        ]


class KeyRevocation(models.Model):
    """A key that is lost or given up: it signs nothing more, and what it signed and is not filed falls."""

    public_key = models.OneToOneField(PublicKey, on_delete=models.PROTECT, related_name="revocation")
    revoked_by = models.ForeignKey(Operator, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=300)
    revoked_at = models.DateTimeField()


class Signature(models.Model):
    """A declaration and its signature as handed in; it says nothing until the vault has marked or refused it.

    ``signature`` is r‖s, 64 bytes, of a device key; of a passkey DER over authenticator data and the digest
    of the client data, which are kept beside it.
    """

    public_key = models.ForeignKey(PublicKey, on_delete=models.PROTECT, related_name="signatures")
    declaration = models.TextField()
    signature = models.BinaryField()
    authenticator_data = models.BinaryField(default=b"")
    client_data = models.BinaryField(default=b"")
    handed_at = models.DateTimeField(db_default=Now())


class SignedSubject(models.Model):
    """The vault's mark: the signature is good, and turns ``key`` on this content of this subject, once."""

    signature = models.ForeignKey(Signature, on_delete=models.PROTECT, related_name="marks")
    public_key = models.ForeignKey(PublicKey, on_delete=models.PROTECT, related_name="+")
    operator = models.ForeignKey(Operator, on_delete=models.PROTECT, related_name="+")
    subject_kind = models.CharField(max_length=20)
    subject_id = models.BigIntegerField()
    key = models.CharField(max_length=8)
    content_sha256 = models.CharField(max_length=64)
    marked_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["signature", "subject_kind", "subject_id", "key"],
                name="signature_marks_a_subject_once",
            )
        ]
        indexes = [models.Index(fields=["subject_kind", "subject_id"], name="mark_by_subject")]


class UsedNonce(models.Model):
    """Every declaration counts once: the nonce it carried, and the signature that used it."""

    nonce = models.CharField(max_length=32, primary_key=True)
    signature = models.OneToOneField(Signature, on_delete=models.PROTECT, related_name="+")


class SignatureRefused(models.Model):
    """The vault's answer to a signature it could not accept; ``code`` says why."""

    signature = models.OneToOneField(Signature, on_delete=models.PROTECT, related_name="refusal")
    code = models.CharField(max_length=40)
    refused_at = models.DateTimeField(db_default=Now())


class VaultNote(models.Model):
    """Why the vault could not do what waits for it: answer a signature, or let a payment file out.

    The newest note of a thing speaks, for as long as it waits. The vault's to write, and for people to read.
    """

    class Kind(models.TextChoices):
        """What waits."""

        SIGNATURE = "signature", "签名"
        PAYMENT_FILE = "payment_file", "付款文件"

    kind = models.CharField(max_length=12, choices=Kind.choices)
    subject_id = models.BigIntegerField()
    why = models.CharField(max_length=300)
    noted_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=["signature", "payment_file"]), name="vault_note_kind_known"
            )
        ]
        indexes = [models.Index(fields=["kind", "subject_id", "-id"], name="vault_note_newest")]
