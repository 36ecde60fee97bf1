"""The papers of a fund: every file taken in, filed with the bank or handed out, known by its digest.

Refuses the same bytes twice for one fund and purpose. The bytes are in the storage ``documents``
(``custody.files.keeping``); a row never changes or goes before its class of retention allows, and nothing
here lets it go.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from custody.models.estates import Fund
from custody.models.organisations import Operator


class Retention(models.TextChoices):
    """How long accounting records (会计档案) are kept, counted from the end of their year."""

    YEARS_10 = "years10", _("10 年")
    YEARS_30 = "years30", _("30 年")
    PERMANENT = "permanent", _("永久")


class Document(models.Model):
    """One paper by its digest: ``name`` as it came or left, ``kept_at`` and ``kept_by`` when it was kept."""

    class Kind(models.TextChoices):
        """What the paper is to the fund."""

        ESTATE = "estate", "小区资料"
        BANK = "bank", "银行流水"
        CHANNEL = "channel", "商户明细"
        REVENUE = "revenue", "公共收益明细"
        WORK = "work", "工单与考核"
        INVOICES = "invoices", "发票"
        PAYMENT = "payment", "付款文件"
        PAYMENT_STATUS = "payment_status", "付款状态报告"
        RETURN_SHEET = "return_sheet", "退回单"
        EVIDENCE = "evidence", "凭据"
        STATEMENT = "statement", "报表"
        RESOLUTION = "resolution", "决议"
        AMENDMENT = "amendment", "变更资料"

    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="documents")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    retention = models.CharField(max_length=16, choices=Retention.choices)
    kept_at = models.DateTimeField()
    kept_by = models.ForeignKey(Operator, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["fund", "kind", "sha256"], name="document_kept_once")]
