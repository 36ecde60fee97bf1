"""What the committee is asked to sign: work done and scores, as a workbook says them."""

from django.db import models

from custody.models import Document, Fund, Operator


class Acceptance(models.Model):
    """New work orders and scores of one workbook (验收单), handed in for the committee's signature.

    Facts once a keyholder of the committee has signed exactly these rows; append-only.
    """

    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="acceptances")
    source_file = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+")
    handed_in_by = models.ForeignKey(Operator, on_delete=models.PROTECT, related_name="+")
    handed_in_at = models.DateTimeField()


class AcceptanceRow(models.Model):
    """One row of it: the columns of the fact it will be, by their names.

    ``named`` is the work order's number, or the quarter as ``2025Q3``; ``row`` as a clerk sees it.
    """

    class What(models.TextChoices):
        """Which fact it will be."""

        WORK = "work", "工单"
        SCORE = "score", "考核"

    acceptance = models.ForeignKey(Acceptance, on_delete=models.PROTECT, related_name="rows")
    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="+")
    what = models.CharField(max_length=8, choices=What)
    row = models.PositiveIntegerField()
    named = models.CharField(max_length=40)
    facts = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["acceptance", "what", "named"], name="acceptance_row_once"),
        ]
        indexes = [models.Index(fields=["fund", "what", "named"], name="acceptance_row_named")]
