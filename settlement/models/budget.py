"""What may be spent, and on what: budget lines, accepted work, quarterly scores, the provider's account.

All four are facts: the application adds rows and never changes one (grants and triggers).
"""

from django.db import models

from custody.kernel.fields import MoneyField
from custody.models import AmendmentRow, Document, Fund, Operator, Organisation, Resolution
from settlement.models.acceptances import AcceptanceRow


class BudgetLine(models.Model):
    """One line of an annual budget (预算科目), on one book. ``annual_amount`` in yuan.

    ``enacts``: the keyed row it comes from; none for what the founding workbook said.
    """

    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="budget_lines")
    year = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=100)
    book = models.CharField(max_length=16)
    annual_amount = MoneyField(max_digits=18, decimal_places=2, default_currency="CNY")
    enacts = models.OneToOneField(
        AmendmentRow, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["fund", "year", "code"], name="budget_line_once_a_year"),
            models.CheckConstraint(
                condition=models.Q(book__in=["operating", "maintenance"]), name="budget_line_book_known"
            ),
            models.CheckConstraint(condition=models.Q(annual_amount__gte=0), name="budget_line_not_negative"),
        ]


class PayeeAccount(models.Model):
    """The account an organisation is paid to (收款账户). A change is a new row.

    The one that comes with the ``handover`` is usable on its date; any other needs two keys of its own
    (``Approval.subject_kind = 'payee'``) and the days of cooling off that ``settlement_cooling_off_days()``
    gives. The database takes a handover account before the fund's first entry and never after.
    ``clearing_number`` is the twelve-digit CNAPS number (联行号). One that came in a dated workbook names its
    resolution and that file.
    """

    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="payee_accounts")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="payee_accounts")
    holder = models.CharField(max_length=140)
    number = models.CharField(max_length=34)
    bank_name = models.CharField(max_length=140)
    clearing_number = models.CharField(max_length=12)
    usable_from = models.DateField()
    handover = models.BooleanField(default=False)
    resolution = models.ForeignKey(
        Resolution, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    source_file = models.ForeignKey(
        Document, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["fund", "organisation"],
                condition=models.Q(handover=True),
                name="payee_of_handover_once",
            ),
            models.CheckConstraint(
                condition=models.Q(clearing_number__regex=r"^[0-9]{12}$"), name="payee_clearing_number_digits"
            ),
            models.CheckConstraint(
                condition=models.Q(number__regex=r"^[0-9A-Za-z]{1,34}$"), name="payee_number_plain"
            ),
        ]


class WorkOrder(models.Model):
    """Work done and judged (工单). ``accepted`` false: it did not pass inspection; ``amount`` in yuan.

    Acceptance is the committee's act: a row is made from what a keyholder of the committee signed.
    """

    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="work_orders")
    number = models.CharField(max_length=40)
    description = models.CharField(max_length=200)
    budget_line = models.ForeignKey(BudgetLine, on_delete=models.PROTECT, related_name="work_orders")
    completed_on = models.DateField()
    accepted_on = models.DateField()
    accepted_by = models.CharField(max_length=100)
    accepted = models.BooleanField()
    amount = MoneyField(max_digits=18, decimal_places=2, default_currency="CNY")
    source_file = models.ForeignKey(
        Document, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    accepts = models.OneToOneField(
        AcceptanceRow, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    recorded_by = models.ForeignKey(Operator, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["fund", "number"], name="work_order_numbered_once"),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="work_order_amount_positive"),
        ]


class Assessment(models.Model):
    """The signed score of one quarter (考核), 0 to 100. Without it no performance remuneration is payable.

    As work, it is made from what a keyholder of the committee signed.
    """

    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="assessments")
    year = models.PositiveSmallIntegerField()
    quarter = models.PositiveSmallIntegerField()
    score = models.PositiveSmallIntegerField()
    assessed_by = models.CharField(max_length=100)
    source_file = models.ForeignKey(
        Document, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    accepts = models.OneToOneField(
        AcceptanceRow, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    recorded_by = models.ForeignKey(Operator, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["fund", "year", "quarter"], name="assessment_once_a_quarter"),
            models.CheckConstraint(
                condition=models.Q(quarter__gte=1, quarter__lte=4), name="assessment_quarter_known"
            ),
            models.CheckConstraint(condition=models.Q(score__lte=100), name="assessment_score_in_range"),
        ]
