"""What a person means to sign at once: the list as it was shown, and what became of each item.

A list turns no key by itself: its signature is the vault's to judge, and each key's guard asks for the mark.
"""

import uuid

from django.db import models

from custody.models.approvals import Key
from custody.models.estates import Fund
from custody.models.organisations import Operator
from custody.models.signatures import Signature


class ItemOutcome(models.TextChoices):
    """What became of an item: nothing yet, its key turned, or refused with a sentence."""

    WAITING = "", "未办"
    TURNED = "turned", "已转动"
    UNCHANGED = "unchanged", "早已转动"
    REFUSED = "refused", "未转动"


class SigningList(models.Model):
    """One step-up: ``operator`` signs ``key`` on every item at once. Its id is given by the page: asked again
    it is the same list.

    ``declaration`` is what the device signs; it is written anew, with a fresh nonce, until it is signed.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    operator = models.ForeignKey(Operator, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=8, choices=Key.choices)
    declaration = models.TextField()
    declared_at = models.DateTimeField()
    signature = models.OneToOneField(Signature, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(key__in=Key.values), name="signing_list_key_known")
        ]


class SigningItem(models.Model):
    """One subject of a list, on the content it had when it was shown; ``outcome`` is written once.

    ``look`` is what a person was told to look at before signing, empty for nothing.
    """

    signing_list = models.ForeignKey(SigningList, on_delete=models.PROTECT, related_name="items")
    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="+")
    subject_kind = models.CharField(max_length=20)
    subject_id = models.BigIntegerField()
    number = models.CharField(max_length=64)
    what = models.CharField(max_length=500)
    amount = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    content_sha256 = models.CharField(max_length=64)
    look = models.CharField(max_length=300, blank=True, default="")
    outcome = models.CharField(
        max_length=9, choices=ItemOutcome.choices, blank=True, default=ItemOutcome.WAITING
    )
    said = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["signing_list", "subject_kind", "subject_id"], name="signing_item_once_a_list"
            ),
            models.CheckConstraint(
                condition=models.Q(outcome__in=ItemOutcome.values), name="signing_item_outcome_known"
            ),
        ]
