"""A statement that was handed out: which days of which fund, in which form, known by its bytes' digest.

Refuses to be rewritten, a paper of another fund, a head that was never anchored, and a person who may not
issue: the database holds all four. The bytes are the kept document's.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from custody.models import Document, Fund, Operator


class StatementKind(models.TextChoices):
    """Which statement."""

    FUND = "fund", _("信托资金收支表")
    FEE_SPLIT = "fee-split", _("费用分配表")
    VALUE = "value-preservation", _("保值增值报告")
    POSITION = "balance-sheet", _("信托资产负债表")
    SURPLUS = "profit", _("信托利润表")
    BUDGET = "budget", _("预算执行表")
    INCOME = "income-sources", _("收入来源表")
    ANNUAL = "annual-report", _("年度受托报告")
    OWNERS = "owners-edition", _("小区收支公开（业主版）")
    CITY = "city-month", _("城市月报表")


class PaperFormat(models.TextChoices):
    """The form a paper leaves in: a workbook, a PDF with it inside, or its first table for programs."""

    XLSX = "xlsx", "xlsx"
    PDF = "pdf", "PDF/A"
    CSV = "csv", "csv"


class Handout(models.Model):
    """One paper that left. ``chain``: the head anchored with it, in hex; ``at`` the database's clock.

    ``says`` is what its pages show of it without opening it: ``headlines`` [label, yuan] and ``proofs``
    [sheet, claim, left, right, difference, verdict], amounts as text.
    """

    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="handouts")
    document = models.OneToOneField(Document, on_delete=models.PROTECT, related_name="handout")
    sha256 = models.CharField(max_length=64)
    kind = models.CharField(max_length=20, choices=StatementKind.choices)
    from_on = models.DateField()
    to_on = models.DateField()
    known_at = models.DateTimeField(null=True, blank=True)
    format = models.CharField(max_length=4, choices=PaperFormat.choices)
    sequence = models.PositiveIntegerField()
    chain = models.CharField(max_length=64)
    says = models.JSONField()
    at = models.DateTimeField()
    by = models.ForeignKey(Operator, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=StatementKind.values), name="handout_kind_known"
            ),
            models.CheckConstraint(
                condition=models.Q(format__in=PaperFormat.values), name="handout_format_known"
            ),
            models.CheckConstraint(
                condition=models.Q(to_on__gte=models.F("from_on")), name="handout_ends_after_it_begins"
            ),
        ]
        indexes = [
            models.Index(fields=["sha256"], name="handout_by_its_bytes"),
            models.Index(fields=["fund", "-id"], name="handout_newest_of_a_fund"),
            models.Index(fields=["fund", "from_on", "to_on", "kind", "format"], name="handout_of_a_period"),
        ]
