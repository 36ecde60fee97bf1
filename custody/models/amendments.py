"""What is to change (变更): a workbook's rows as proposed, until two keys make facts of them.

Append-only. A row says, column by column, what the fact will be; the database takes the fact only as its row
says it, once both keys stand on the whole, and takes no further row once a key has been turned.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from custody.models.deeds import Resolution
from custody.models.documents import Document
from custody.models.estates import Fund
from custody.models.organisations import Operator


class Amendment(models.Model):
    """One workbook of changes under one resolution. ``proposed_at`` is the database's clock."""

    class Kind(models.TextChoices):
        """What changes."""

        BUDGET = "budget", _("年度预算")
        DEED_TERMS = "deed_terms", _("信托条款")
        UNITS = "units", _("房屋")
        PARTIES = "parties", _("当事人")
        BANK_ACCOUNTS = "bank_accounts", _("信托专户")

    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="amendments")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    resolution = models.ForeignKey(Resolution, on_delete=models.PROTECT, related_name="amendments")
    source_file = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+")
    proposed_by = models.ForeignKey(Operator, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "source_file"], name="amendment_once_per_file"),
            models.CheckConstraint(
                condition=models.Q(kind__in=["budget", "deed_terms", "units", "parties", "bank_accounts"]),
                name="amendment_kind_known",
            ),
        ]


class AmendmentRow(models.Model):
    """One row of it: the columns of the fact it will be, by their names; ``row`` as a clerk sees it."""

    amendment = models.ForeignKey(Amendment, on_delete=models.PROTECT, related_name="rows")
    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="+")
    row = models.PositiveIntegerField()
    facts = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["amendment", "row"], name="amendment_row_once")]
