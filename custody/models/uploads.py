"""Files handed in on a page: their bytes, how far they are, and what came of them.

An upload is no evidence: the paper of the fund is what the import keeps. Its bytes never change, and what
came of it is written forward only.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from custody.models.documents import Document
from custody.models.estates import Fund
from custody.models.organisations import Operator


class UploadState(models.TextChoices):
    """Where an upload stands. ``rehearsed``: everything was checked and nothing written."""

    WAITING = "waiting", _("等待试读")
    READING = "reading", _("正在试读")
    REHEARSED = "rehearsed", _("已试读，等确认")
    CONFIRMED = "confirmed", _("已确认，等导入")
    TAKING = "taking", _("正在导入")
    TAKEN = "taken", _("已导入")
    REFUSED = "refused", _("未导入")


class Upload(models.Model):
    """One file for one fund. ``ticket`` is its form's own: sent twice, it is the same upload.

    ``outcome`` and ``faults`` are sentences as the import told them; ``reached`` of ``total`` steps are done.
    """

    ticket = models.UUIDField(unique=True, editable=False)
    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=16, choices=Document.Kind.choices)
    name = models.CharField(max_length=255)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    handed_by = models.ForeignKey(Operator, on_delete=models.PROTECT, related_name="+")
    handed_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(
        Operator, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    state = models.CharField(max_length=9, choices=UploadState.choices, default=UploadState.WAITING)
    moved_at = models.DateTimeField()
    reached = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    outcome = models.JSONField(default=dict)
    faults = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=UploadState.values), name="upload_state_known"
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=["bank", "channel", "revenue"]), name="upload_kind_known"
            ),
        ]
        indexes = [models.Index(fields=["fund", "-id"], name="upload_newest")]
