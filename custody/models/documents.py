"""Evidence that arrived as a file. Refuses the same bytes twice for one fund and purpose."""

from django.db import models

from custody.models.estates import Fund
from custody.models.organisations import Operator


class SourceFile(models.Model):
    """An imported file by its digest; the row is what makes a second import a quiet no-op."""

    class Kind(models.TextChoices):
        """What the file was imported as."""

        ESTATE = "estate", "小区资料"
        BANK = "bank", "银行流水"
        CHANNEL = "channel", "商户明细"
        REVENUE = "revenue", "公共收益明细"
        WORK = "work", "工单与考核"
        INVOICES = "invoices", "发票"

    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="files")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    row_count = models.PositiveIntegerField()
    imported_at = models.DateTimeField()
    imported_by = models.ForeignKey(Operator, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["fund", "kind", "sha256"], name="source_file_imported_once")
        ]
