"""What people say an open line, or an order that never reached the bank, is: proposed, and taken back.

Append-only; two keys make a proposal so (``custody.money_in.break_proposals``).
"""

from django.db import models

from custody.models.bank import BankLine, LineKind
from custody.models.collections import ChannelOrder
from custody.models.documents import Document
from custody.models.estates import Fund
from custody.models.organisations import Operator


class BreakExplanation(models.Model):
    """What a person says an open line is (查明建议): nothing until two keys stand on it
    (``Approval.subject_kind = 'break'``), then what the line is booked as.

    ``gives_back`` is the receipt a refund gives back; for every other kind there is none. An ``order`` that
    never reached the bank is explained in the place of a line.
    """

    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="+")
    line = models.ForeignKey(
        BankLine, on_delete=models.PROTECT, related_name="break_explanations", null=True, blank=True
    )
    order = models.ForeignKey(
        ChannelOrder, on_delete=models.PROTECT, related_name="break_explanations", null=True, blank=True
    )
    kind = models.CharField(max_length=16, choices=LineKind.choices)
    gives_back = models.ForeignKey(
        BankLine, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    reason = models.CharField(max_length=300)
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+")
    proposed_by = models.ForeignKey(Operator, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()


class BreakExplanationWithdrawal(models.Model):
    """An explanation taken back before it was booked; both stay on record."""

    explanation = models.OneToOneField(BreakExplanation, on_delete=models.PROTECT, related_name="withdrawal")
    operator = models.ForeignKey(Operator, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=300)
    withdrawn_at = models.DateTimeField()
