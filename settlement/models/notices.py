"""The outbox: what people were told about their turn, and how it left. Rows stay as they were written.

Refuses a second digest for a person and a day, and to tell the same matter twice at one step. What waits is
the queue's to say: a notice only keeps what was told, and holds no account number and no address of a page.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from custody.models import Membership, Operator


class NoticeMode(models.TextChoices):
    """What a person wants to be told by mail."""

    ALL = "all", _("每日一封，急事随时")
    DIGEST = "digest", _("只要每日一封")
    OFF = "off", _("都不要")


class NoticeKind(models.TextChoices):
    """Why a notice was written."""

    DIGEST = "digest", _("每日待办")
    URGENT = "urgent", _("急事")
    RAISED = "raised", _("逾期上报")
    ADDRESS = "address", _("地址变更")


class NoticeChoice(models.Model):
    """Where and how a person is told, as they said themselves; the newest holds."""

    operator = models.ForeignKey(Operator, on_delete=models.PROTECT, related_name="notice_choices")
    address = models.CharField(max_length=254, blank=True)
    mode = models.CharField(max_length=8, choices=NoticeMode.choices)
    chosen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(mode__in=NoticeMode.values), name="notice_mode_known"),
            models.CheckConstraint(
                condition=models.Q(address="")
                | models.Q(address__regex=r"^[^@\s[:cntrl:]]+@[^@\s[:cntrl:]]+$"),
                name="notice_address_is_one",
            ),
        ]


class Notice(models.Model):
    """One letter to a person, for the seat they had; ``address`` only where it goes to an older one.

    ``due_on``: the earliest day by which something in it should be done, where one is known.
    """

    operator = models.ForeignKey(Operator, on_delete=models.PROTECT, related_name="notices")
    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+", null=True)
    kind = models.CharField(max_length=8, choices=NoticeKind.choices)
    told_on = models.DateField()
    address = models.CharField(max_length=254, blank=True)
    subject = models.CharField(max_length=200)
    body = models.TextField()
    due_on = models.DateField(null=True)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["operator", "told_on"], condition=models.Q(kind="digest"), name="digest_once_a_day"
            ),
            models.CheckConstraint(condition=models.Q(kind__in=NoticeKind.values), name="notice_kind_known"),
            models.CheckConstraint(
                condition=~models.Q(subject__regex="[[:cntrl:]]"), name="notice_subject_is_one_line"
            ),
            # Accounts, invoices, people, telephones: eleven digits and more. No letter has a link.
            models.CheckConstraint(
                condition=~models.Q(subject__regex="[0-9]{11}|://") & ~models.Q(body__regex="[0-9]{11}|://"),
                name="notice_gives_nothing_away",
            ),
        ]
        indexes = [models.Index(fields=["told_on"], name="notice_by_day")]


class NoticeMatter(models.Model):
    """What of the queue a notice was about: told to a person once at each step."""

    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="matters")
    operator = models.ForeignKey(Operator, on_delete=models.PROTECT, related_name="+")
    step = models.CharField(max_length=8, choices=NoticeKind.choices)
    matter = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["operator", "step", "matter"], name="matter_told_once")
        ]


class NoticeAttempt(models.Model):
    """One try at sending a notice; ``accepted`` once, by the courier; else ``said`` is what it answered."""

    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="attempts")
    accepted = models.BooleanField()
    said = models.CharField(max_length=300, blank=True)
    attempted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["notice"], condition=models.Q(accepted=True), name="notice_accepted_once"
            )
        ]
