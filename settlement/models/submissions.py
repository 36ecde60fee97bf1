"""A workbook of invoices that a firm handed in over a page: rehearsed, and taken once somebody confirms it.

Refuses nothing itself; no guard reads it: what it says of an invoice counts only where the invoice says so.
"""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from custody.models import Document, Fund, Operator, Organisation


class SubmissionState(models.TextChoices):
    """Where a workbook stands: with faults of form, waiting to be confirmed, or taken."""

    FAULTY = "faulty", _("要改")
    JUDGED = "judged", _("待确认")
    TAKEN = "taken", _("已申报")


class Submission(models.Model):
    """One workbook of ``provider``; its bytes are ``document``. Its id is given by the page: sent twice it is
    the same one.

    ``found`` is what the last reading said: ``verdicts`` an invoice, ``faults`` a cell (``invoices.found``).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="submissions")
    provider = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="submissions")
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=8, choices=SubmissionState.choices)
    found = models.JSONField()
    handed_in_by = models.ForeignKey(Operator, on_delete=models.PROTECT, related_name="+")
    handed_in_at = models.DateTimeField()
    taken_by = models.ForeignKey(Operator, on_delete=models.PROTECT, related_name="+", null=True)
    taken_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    state=SubmissionState.TAKEN, taken_at__isnull=False, taken_by__isnull=False
                )
                | models.Q(
                    state__in=[SubmissionState.FAULTY, SubmissionState.JUDGED],
                    taken_at__isnull=True,
                    taken_by__isnull=True,
                ),
                name="submission_taken_by_somebody",
            )
        ]
        indexes = [models.Index(fields=["provider", "-handed_in_at"], name="submission_by_firm")]
