"""The detail behind lump receipts: each payment through the merchant, each parking or advert line.

Refuses the same merchant order twice and a revenue line without a batch.
"""

from django.db import models

from custody.kernel.fields import MoneyField
from custody.models.bank import BankLine
from custody.models.documents import Document
from custody.models.estates import Fund, Unit


class ChannelOrder(models.Model):
    """One payment through the QR merchant: ``amount`` gross, ``fee`` the merchant's charge, both yuan."""

    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="channel_orders")
    source_file = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+")
    row = models.PositiveIntegerField()
    order_number = models.CharField(max_length=64)
    paid_at = models.DateTimeField()
    paid_on = models.DateField()
    payer_name = models.CharField(max_length=100, blank=True)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    amount = MoneyField(max_digits=18, decimal_places=2, default_currency="CNY")
    fee = MoneyField(max_digits=18, decimal_places=2, default_currency="CNY")
    entry_sequence = models.BigIntegerField()
    bank_line = models.ForeignKey(
        BankLine, on_delete=models.PROTECT, related_name="channel_orders", null=True, blank=True
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["fund", "order_number"], name="channel_order_once"),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="channel_order_amount_positive"),
        ]
        indexes = [
            models.Index(fields=["fund", "paid_on"], name="channel_order_by_day"),
            models.Index(
                fields=["fund", "paid_on"],
                condition=models.Q(bank_line__isnull=True),
                name="channel_order_in_transit",
            ),
        ]


class RevenueLine(models.Model):
    """One line of public revenue (公共收益) behind a bank batch; ``source`` is the income.

    ``superseded``: a newer file brought another version of its batch before any bank line proved this one.
    """

    class Source(models.TextChoices):
        """Income the line counts as."""

        PARKING = "parking", "停车费"
        ADVERTISING = "advertising", "广告费"

    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="revenue_lines")
    source_file = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+")
    row = models.PositiveIntegerField()
    received_on = models.DateField()
    source = models.CharField(max_length=16, choices=Source.choices)
    description = models.CharField(max_length=100)
    payer_name = models.CharField(max_length=100, blank=True)
    evidence = models.CharField(max_length=100, blank=True)
    amount = MoneyField(max_digits=18, decimal_places=2, default_currency="CNY")
    batch = models.CharField(max_length=32)
    bank_line = models.ForeignKey(
        BankLine, on_delete=models.PROTECT, related_name="revenue_lines", null=True, blank=True
    )
    superseded = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source_file", "row"], name="revenue_line_once_per_row"),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="revenue_line_amount_positive"),
            models.CheckConstraint(
                condition=models.Q(superseded=False) | models.Q(bank_line__isnull=True),
                name="revenue_line_proven_is_not_superseded",
            ),
        ]
        indexes = [models.Index(fields=["fund", "batch"], name="revenue_line_by_batch")]
