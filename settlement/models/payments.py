"""What the bank was asked to do: filed batches and their orders.

A batch's bytes and identifiers never change. An order's outcome moves forward only, on bank evidence.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from custody.kernel.fields import MoneyField
from custody.models import BankAccount, BankLine, Document, Fund, Operator, Payback
from settlement.models.budget import PayeeAccount
from settlement.models.settlements import Settlement


class PaymentBatch(models.Model):
    """One pain.001 file of one fund. ``content`` is the file's bytes, which ``document`` keeps.

    Its manifest is what the file says in sum: the debtor's account as it stood, how many orders, and their
    ``total`` in yuan; the database ties it to the orders. ``sent_at`` is set once, by the vault, when the
    file is out; ``adopted_at`` when it was out before this database, restored to an earlier moment, knew it.
    """

    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="payment_batches")
    message_id = models.CharField(max_length=35, unique=True)
    execute_on = models.DateField()
    content = models.BinaryField()
    content_sha256 = models.CharField(max_length=64)
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+")
    debtor_account = models.ForeignKey(BankAccount, on_delete=models.PROTECT, related_name="+")
    debtor_number = models.CharField(max_length=40)
    debtor_holder = models.CharField(max_length=200)
    debtor_bank_name = models.CharField(max_length=200)
    order_count = models.PositiveIntegerField()
    total = MoneyField(max_digits=18, decimal_places=2, default_currency="CNY")
    created_by = models.ForeignKey(Operator, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    adopted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["id"], condition=models.Q(sent_at__isnull=True), name="payment_batch_unsent")
        ]


class OrderOutcome(models.TextChoices):
    """What the bank did with one order."""

    PENDING = "pending", _("待确认")
    SETTLED = "settled", _("已付")
    FAILED = "failed", _("已拒")
    UNKNOWN = "unknown", _("未知")


class Refusal(models.Model):
    """That the bank refused an order for good, as one of the trust company's people says (报告).

    It stands once a second person turned the trust company's key on it
    (``Approval.subject_kind = 'refusal'``), or, where it is read from the bank's own report (``document``,
    at ``place`` in it; 0 is what the report says of all), once the bank's statement went on without the
    payment; until then the payment is as it was.
    """

    order = models.ForeignKey("PaymentOrder", on_delete=models.PROTECT, related_name="refusals")
    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="+")
    evidence = models.CharField(max_length=300)
    document = models.ForeignKey(
        Document, on_delete=models.PROTECT, related_name="refusals", null=True, blank=True
    )
    place = models.PositiveIntegerField(null=True, blank=True)
    reported_by = models.ForeignKey(Operator, on_delete=models.PROTECT, related_name="+")
    reported_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "document"], name="refusal_once_a_report"),
            models.CheckConstraint(
                condition=models.Q(document__isnull=True, place__isnull=True)
                | models.Q(document__isnull=False, place__isnull=False),
                name="refusal_has_its_place",
            ),
        ]


class ReturnTie(models.Model):
    """That a bank's credit which names no invoice is a paid order come back, as a person says (退汇认定).

    It stands once a second person turned the trust company's key on it
    (``Approval.subject_kind = 'return'``): then the payment is reversed, and its work may be paid anew.
    """

    order = models.ForeignKey("PaymentOrder", on_delete=models.PROTECT, related_name="return_ties")
    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="+")
    line = models.ForeignKey(BankLine, on_delete=models.PROTECT, related_name="return_ties")
    reason = models.CharField(max_length=300)
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+")
    reported_by = models.ForeignKey(Operator, on_delete=models.PROTECT, related_name="+")
    reported_at = models.DateTimeField()


class PaymentOrder(models.Model):
    """One payment in a batch. A new attempt (new ``end_to_end_id``) exists only after the last one failed."""

    batch = models.ForeignKey(PaymentBatch, on_delete=models.PROTECT, related_name="orders")
    settlement = models.ForeignKey(Settlement, on_delete=models.PROTECT, related_name="orders")
    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="+")
    end_to_end_id = models.CharField(max_length=35, unique=True)
    payee_account = models.ForeignKey(PayeeAccount, on_delete=models.PROTECT, related_name="+")
    amount = MoneyField(max_digits=18, decimal_places=2, default_currency="CNY")
    attempt = models.PositiveSmallIntegerField()
    outcome = models.CharField(max_length=8, choices=OrderOutcome.choices, default=OrderOutcome.PENDING)
    bank_line = models.OneToOneField(
        BankLine, on_delete=models.PROTECT, related_name="payment_order", null=True, blank=True
    )
    evidence = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["settlement", "attempt"], name="payment_attempt_once"),
            models.UniqueConstraint(
                fields=["settlement"],
                condition=~models.Q(outcome="failed"),
                name="payment_one_open_attempt",
            ),
        ]
        indexes = [
            models.Index(
                fields=["fund"],
                condition=models.Q(outcome__in=["pending", "unknown"]),
                name="payment_order_awaited",
            )
        ]


class PaybackOrder(models.Model):
    """The payment of a payback, in a batch as any other, once: one the bank refused is proposed anew."""

    batch = models.ForeignKey(PaymentBatch, on_delete=models.PROTECT, related_name="payback_orders")
    payback = models.OneToOneField(Payback, on_delete=models.PROTECT, related_name="order")
    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="+")
    end_to_end_id = models.CharField(max_length=35, unique=True)
