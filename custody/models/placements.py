"""Idle cash put to work and brought back: principal out, principal and income in, to the same fund only.

Money leaves on two keys like any other; the move table refuses a placement that skips one.
"""

from django.db import models

from custody.kernel.fields import MoneyField, OptionalMoneyField
from custody.models.bank import BankLine
from custody.models.estates import Fund
from custody.models.organisations import Operator


class Placement(models.Model):
    """A deposit within the deed's mandate. ``annual_rate`` is agreed, 0.011 = 1.1 %; None until known."""

    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="placements")
    order_key = models.CharField(max_length=200)
    book = models.CharField(max_length=16)
    product = models.CharField(max_length=20)
    principal = MoneyField(max_digits=18, decimal_places=2, default_currency="CNY")
    annual_rate = models.DecimalField(max_digits=8, decimal_places=6, null=True, blank=True)
    state = models.CharField(max_length=16, default="ordered")
    ordered_on = models.DateField()
    ordered_by = models.ForeignKey(Operator, on_delete=models.PROTECT, related_name="+")
    hold_id = models.BigIntegerField(null=True, blank=True)
    placed_line = models.OneToOneField(
        BankLine, on_delete=models.PROTECT, related_name="placement_out", null=True, blank=True
    )
    returned_line = models.OneToOneField(
        BankLine, on_delete=models.PROTECT, related_name="placement_back", null=True, blank=True
    )
    income = OptionalMoneyField(
        max_digits=18, decimal_places=2, default_currency="CNY", null=True, blank=True
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["fund", "order_key"], name="placement_ordered_once_per_key")
        ]
