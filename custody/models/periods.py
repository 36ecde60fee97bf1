"""Days to be closed, or opened again, as somebody proposes it; two keys on the row make it so.

Append-only. What was done is the ledger's to say: ``custody_period_close``.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from custody.models.estates import Fund
from custody.models.organisations import Operator


class PeriodAct(models.TextChoices):
    """What is asked for."""

    CLOSE = "close", _("关账")
    REOPEN = "reopen", _("重开")


class PeriodProposal(models.Model):
    """That the fund be closed through ``through`` and no further (``Approval.subject_kind = 'period'``).

    ``closed_before`` and ``last_entry`` are where the fund stood: the last closed day (None: none), and the
    newest entry dated through ``through``. Should either have moved on, the proposal closes nothing.
    """

    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="period_proposals")
    act = models.CharField(max_length=6, choices=PeriodAct.choices)
    through = models.DateField()
    closed_before = models.DateField(null=True, blank=True)
    last_entry = models.PositiveIntegerField()
    reason = models.CharField(max_length=300, blank=True, default="")
    proposed_by = models.ForeignKey(Operator, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(act="close", closed_before__isnull=True)
                | models.Q(act="close", through__gt=models.F("closed_before"))
                | models.Q(act="reopen", closed_before__isnull=False, through__lt=models.F("closed_before")),
                name="period_moves_as_its_act_says",
            ),
            models.CheckConstraint(
                condition=models.Q(act="close") | ~models.Q(reason=""), name="period_reopened_for_a_reason"
            ),
        ]
