"""What the bank says: the trust account, its statement lines, and what each line was found to be.

Lines are facts and never change; an explanation is a new row, the newest one speaking.
"""

from django.db import models

from custody.kernel.fields import MoneyField
from custody.models.documents import Document
from custody.models.estates import Fund, Unit


class BankAccount(models.Model):
    """The fund's own account (信托专户). No account serves two funds.

    The one of the ``handover`` came before the fund's first entry, and none comes as such later; any other is
    ``usable_from`` its day on, until its ``AccountEnd``. Payments leave from the last one usable that day
    that ``pays``.
    """

    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="bank_accounts")
    number = models.CharField(max_length=40, unique=True)
    holder = models.CharField(max_length=200)
    bank_name = models.CharField(max_length=200)
    handover = models.BooleanField(default=False)
    usable_from = models.DateField(null=True, blank=True)
    pays = models.BooleanField(default=True)
    enacts = models.OneToOneField(
        "AmendmentRow", on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["fund", "usable_from"], condition=models.Q(pays=True), name="bank_account_pays_since"
            ),
            models.UniqueConstraint(
                fields=["fund"], condition=models.Q(handover=True), name="bank_account_of_handover_once"
            ),
        ]


class AccountEnd(models.Model):
    """An account of the fund's own is closed from ``usable_until`` on: it was empty, and another one pays."""

    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="+")
    account = models.OneToOneField(BankAccount, on_delete=models.PROTECT, related_name="end")
    usable_until = models.DateField()
    enacts = models.OneToOneField("AmendmentRow", on_delete=models.PROTECT, related_name="+")


class BankLine(models.Model):
    """One line of the bank's statement. ``amount`` is signed: in +, out −.

    ``position`` is its place in the account's chain; ``balance`` is the bank's own figure after the line.
    """

    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="bank_lines")
    account = models.ForeignKey(BankAccount, on_delete=models.PROTECT, related_name="lines")
    position = models.PositiveIntegerField()
    source_file = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="bank_lines")
    row = models.PositiveIntegerField()
    booked_on = models.DateField()
    booked_at = models.DateTimeField(null=True, blank=True)
    amount = MoneyField(max_digits=18, decimal_places=2, default_currency="CNY")
    balance = MoneyField(max_digits=18, decimal_places=2, default_currency="CNY")
    counterparty_name = models.CharField(max_length=200, blank=True)
    counterparty_account = models.CharField(max_length=64, blank=True)
    summary = models.CharField(max_length=200, blank=True)
    memo = models.CharField(max_length=500, blank=True)
    voucher = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "position"], name="bank_line_position_once"),
            models.CheckConstraint(condition=~models.Q(amount=0), name="bank_line_amount_not_zero"),
        ]
        indexes = [models.Index(fields=["fund", "booked_on"], name="bank_line_by_day")]


class BankPeriod(models.Model):
    """The days a bank's file says it speaks of, moved or quiet; none after the day before it came."""

    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey(BankAccount, on_delete=models.PROTECT, related_name="periods")
    source_file = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+")
    from_on = models.DateField()
    to_on = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source_file", "from_on", "to_on"], name="bank_period_once"),
            models.CheckConstraint(
                condition=models.Q(from_on__lte=models.F("to_on")), name="bank_period_in_order"
            ),
        ]
        indexes = [models.Index(fields=["account", "to_on"], name="bank_period_by_day")]


class LineKind(models.TextChoices):
    """What a bank line turned out to be."""

    PROPERTY_FEE = "property_fee", "物业费"
    MERCHANT_LUMP = "merchant_lump", "商户结算"
    PUBLIC_REVENUE = "public_revenue", "公共收益"
    GRANT = "grant", "激励资金"
    INTEREST = "interest", "利息"
    BANK_CHARGE = "bank_charge", "银行手续费"
    PLACEMENT_OUT = "placement_out", "存放转出"
    PLACEMENT_BACK = "placement_back", "存放转回"
    REVERSAL = "reversal", "冲正"
    PAYMENT = "payment", "结算付款"
    PAYBACK = "payback", "退还来款"
    IDENTIFIED = "identified", "已认领"
    SUSPENSE = "suspense", "待确认款项"
    UNEXPLAINED = "unexplained", "待查付款"
    INTEREST_TAX = "interest_tax", "利息税"
    INTEREST_CHARGED = "interest_charged", "负利息"
    JUDICIAL = "judicial", "司法扣划"
    REFUND = "refund", "退还收款"
    WRONG_ACCOUNT = "wrong_account", "付错账户"
    OWN_TRANSFER = "own_transfer", "专户间划转"
    ORDER_VOID = "order_void", "在途订单作废"  # of an order the bank never confirmed, never of a line


class LineExplanation(models.Model):
    """What ``line`` is, and the entry that says so. ``note`` names a difference a clerk must settle."""

    line = models.ForeignKey(BankLine, on_delete=models.PROTECT, related_name="explanations")
    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=16, choices=LineKind.choices)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    entry_sequence = models.BigIntegerField()
    note = models.CharField(max_length=300, blank=True, default="")
    explained_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["line", "-id"], name="line_explanation_newest"),
            models.Index(
                fields=["fund"],
                condition=models.Q(kind="unexplained"),
                name="line_explanation_of_a_break",
            ),
            models.Index(
                fields=["fund"],
                condition=models.Q(kind="own_transfer"),
                name="line_explanation_of_transfer",
            ),
            models.Index(
                fields=["fund", "kind"],
                condition=models.Q(kind__in=["suspense", "unexplained", "identified"]),
                name="line_explanation_by_people",
            ),
        ]
