"""The two keys (双密码): who turned which key on exactly which content.

Append-only. The database refuses a key without the vault's mark on its signature, a key by the payee's
people, a key by someone outside the fund's deed, and both keys by one person or one organisation, whoever
writes the row.
"""

from django.db import models

from custody.models.estates import Fund
from custody.models.organisations import Operator, Organisation
from custody.models.signatures import SignedSubject


class Key(models.TextChoices):
    """First key: the owners' committee approves. Second key: the trust company releases."""

    APPROVE = "approve", "业委会审批"
    RELEASE = "release", "信托公司放款"


class Approval(models.Model):
    """One key turned on one subject: a signature over the digest of its content, marked good by the vault."""

    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="+")
    subject_kind = models.CharField(max_length=20)
    subject_id = models.BigIntegerField()
    key = models.CharField(max_length=8, choices=Key.choices)
    operator = models.ForeignKey(Operator, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    content_sha256 = models.CharField(max_length=64)
    signed = models.OneToOneField(SignedSubject, on_delete=models.PROTECT, related_name="approval")
    given_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["subject_kind", "subject_id"], name="approval_by_subject")]


class ApprovalWithdrawal(models.Model):
    """A key taken back, with the reason; the approval itself stays on record."""

    approval = models.OneToOneField(Approval, on_delete=models.PROTECT, related_name="withdrawal")
    operator = models.ForeignKey(Operator, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=300)
    withdrawn_at = models.DateTimeField()
