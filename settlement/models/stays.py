"""What the protector may do about a payment: have it wait, and ask.

Append-only. A stay ends with its day or by being lifted; the deed says how long one may last. The database
holds both: while a stay stands, no key is turned on the settlement and no payment of it is filed.
"""

from django.db import models

from custody.models import Fund, Operator
from settlement.models.settlements import Settlement


class Stay(models.Model):
    """A settlement waits, by the protector's word, through the day ``until``; once for each settlement."""

    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="+")
    settlement = models.OneToOneField(Settlement, on_delete=models.PROTECT, related_name="stay")
    reason = models.CharField(max_length=300)
    until = models.DateField()
    placed_by = models.ForeignKey(Operator, on_delete=models.PROTECT, related_name="+")
    placed_at = models.DateTimeField()


class StayLifted(models.Model):
    """The protector lets the payment go on before its day."""

    stay = models.OneToOneField(Stay, on_delete=models.PROTECT, related_name="lifted")
    reason = models.CharField(max_length=300)
    lifted_by = models.ForeignKey(Operator, on_delete=models.PROTECT, related_name="+")
    lifted_at = models.DateTimeField()


class Question(models.Model):
    """What the protector asks about a settlement; ``answer_by`` is counted by the database."""

    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="+")
    settlement = models.ForeignKey(Settlement, on_delete=models.PROTECT, related_name="questions")
    text = models.CharField(max_length=500)
    answer_by = models.DateField()
    asked_by = models.ForeignKey(Operator, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()


class Reply(models.Model):
    """The one answer to a question, by the trust company or the firm."""

    question = models.OneToOneField(Question, on_delete=models.PROTECT, related_name="reply")
    text = models.CharField(max_length=500)
    replied_by = models.ForeignKey(Operator, on_delete=models.PROTECT, related_name="+")
    replied_at = models.DateTimeField()
