"""Receipts paid back to where they came from.

Money leaves on two keys like any other; the move table refuses a payback that skips one.
"""

from django.db import models
from django.db.models.functions import Now

from custody.kernel.fields import MoneyField
from custody.models.bank import BankLine
from custody.models.documents import Document
from custody.models.estates import Fund
from custody.models.organisations import Operator


class Payback(models.Model):
    """A receipt in suspense, whole, to be paid back (退还) to the account it came from.

    The account is the bank line's; where the bank gave none, the ``document`` shows it. ``evidence`` is the
    bank's refusal as ``reported_by`` has it, which a second person's key confirms.
    """

    line = models.ForeignKey(BankLine, on_delete=models.PROTECT, related_name="paybacks")
    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="paybacks")
    amount = MoneyField(max_digits=18, decimal_places=2, default_currency="CNY")
    holder = models.CharField(max_length=200)
    number = models.CharField(max_length=64)
    bank_name = models.CharField(max_length=140)
    clearing_number = models.CharField(max_length=12, blank=True, default="")
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    reason = models.CharField(max_length=300)
    proposed_by = models.ForeignKey(Operator, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(db_default=Now())
    state = models.CharField(max_length=16, default="proposed")
    hold_id = models.BigIntegerField(null=True, blank=True)
    evidence = models.CharField(max_length=300, blank=True, default="")
    reported_by = models.ForeignKey(
        Operator, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    paid_line = models.OneToOneField(
        BankLine, on_delete=models.PROTECT, related_name="payback_paid", null=True, blank=True
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["line"],
                condition=~models.Q(state__in=["cancelled", "failed", "reversed"]),
                name="payback_of_a_line_once",
            ),
            models.CheckConstraint(
                condition=models.Q(number__regex=r"^[0-9A-Za-z]{1,34}$"), name="payback_number_plain"
            ),
            models.CheckConstraint(
                condition=models.Q(clearing_number__regex=r"^([0-9]{12})?$"),
                name="payback_clearing_number_digits",
            ),
        ]
