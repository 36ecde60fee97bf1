"""The paying of one invoice, its lines and its history.

Transition methods decide legality only; money, keys and records belong to the services. A line is a fact
of one revision: a corrected invoice writes new lines under the next revision and leaves the old ones.
"""

from django.db import models
from django.db.models.functions import Collate, Reverse
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from custody.kernel.fields import MoneyField
from custody.models import BankAccount, Document, Fund, Operator, Organisation
from settlement.models.budget import BudgetLine, PayeeAccount, WorkOrder
from settlement.states import INITIAL, NUMBER_TAKEN, State, sources_of


class Settlement(models.Model):
    """One digital invoice (数电票) of the provider being paid. ``total`` in yuan, tax included."""

    fund = models.ForeignKey(  # the first column of three indexes
        Fund, on_delete=models.PROTECT, related_name="settlements", db_index=False
    )
    provider = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="settlements", null=True, blank=True
    )
    number = models.CharField(max_length=40)
    issued_on = models.DateField()
    total = MoneyField(max_digits=18, decimal_places=2, default_currency="CNY")
    seller = models.CharField(max_length=200)
    buyer = models.CharField(max_length=200)
    debtor_account = models.ForeignKey(
        BankAccount, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    payee_account = models.ForeignKey(
        PayeeAccount, on_delete=models.PROTECT, related_name="settlements", null=True, blank=True
    )
    book = models.CharField(max_length=16, blank=True, default="")
    state = FSMField(default=INITIAL.value, max_length=16)
    revision = models.PositiveIntegerField(default=1)
    hold_id = models.BigIntegerField(null=True, blank=True)
    duplicate_answer = models.CharField(max_length=300, blank=True, default="")
    source_file = models.ForeignKey(
        Document, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    submitted_by = models.ForeignKey(
        Operator, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["fund", "number"], name="invoice_once_per_fund"),
            models.UniqueConstraint(
                fields=["number"],
                condition=models.Q(state__in=sorted(state.value for state in NUMBER_TAKEN)),
                name="invoice_once_across_estates",
            ),
            models.CheckConstraint(condition=models.Q(total__gt=0), name="settlement_total_positive"),
        ]
        indexes = [
            models.Index(fields=["fund", "state", "book"], name="settlement_by_state"),
            models.Index(fields=["state", "id"], name="settlement_by_turn"),
            models.Index(fields=["fund", "issued_on"], name="settlement_by_day"),
            models.Index(fields=["fund", "total"], name="settlement_by_total"),
            models.Index(Collate(Reverse("number"), "C"), name="settlement_by_tail"),
        ]

    @transition(field=state, source=sources_of(State.SUBMITTED), target=State.SUBMITTED.value)
    def submit(self) -> None:
        """Legal while the invoice is still the firm's to correct."""

    @transition(field=state, source=sources_of(State.RETURNED), target=State.RETURNED.value)
    def send_back(self) -> None:
        """Legal until somebody has turned a key."""

    @transition(field=state, source=sources_of(State.VERIFIED), target=State.VERIFIED.value)
    def verify(self) -> None:
        """Legal when every check has passed, or when the first key no longer stands."""

    @transition(field=state, source=sources_of(State.APPROVED), target=State.APPROVED.value)
    def approve(self) -> None:
        """Legal with the committee's key, or when the second key was taken back."""

    @transition(field=state, source=sources_of(State.RELEASED), target=State.RELEASED.value)
    def release(self) -> None:
        """Legal with both keys; after a final refusal by the bank the same keys stand."""

    @transition(field=state, source=sources_of(State.INSTRUCTED), target=State.INSTRUCTED.value)
    def instruct(self) -> None:
        """Legal once released."""

    @transition(field=state, source=sources_of(State.PAID), target=State.PAID.value)
    def pay(self) -> None:
        """Legal on the bank's line."""

    @transition(field=state, source=sources_of(State.FAILED), target=State.FAILED.value)
    def fail(self) -> None:
        """Legal on the bank's refusal."""

    @transition(field=state, source=sources_of(State.UNKNOWN), target=State.UNKNOWN.value)
    def lose_sight(self) -> None:
        """Legal while instructed: nobody knows whether the bank paid."""

    @transition(field=state, source=sources_of(State.REVERSED), target=State.REVERSED.value)
    def reverse(self) -> None:
        """Legal when the paid money came back."""

    @transition(field=state, source=sources_of(State.REJECTED), target=State.REJECTED.value)
    def reject(self) -> None:
        """Legal for a keyholder who refuses."""

    @transition(field=state, source=sources_of(State.CANCELLED), target=State.CANCELLED.value)
    def cancel(self) -> None:
        """Legal before a key is turned, and after the bank refused for good."""


class Basis(models.TextChoices):
    """What entitles a line to be paid."""

    WORK_ORDER = "work_order", _("工单")
    BASE_REMUNERATION = "base_remuneration", _("基础酬金")
    PERFORMANCE_REMUNERATION = "performance_remuneration", _("绩效酬金")


class SettlementLine(models.Model):
    """One invoice line of one revision. ``budget_code`` and ``cited`` are the firm's words, known or not."""

    settlement = models.ForeignKey(Settlement, on_delete=models.PROTECT, related_name="lines")
    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="+")
    revision = models.PositiveIntegerField(default=1)
    line_no = models.PositiveSmallIntegerField()
    budget_code = models.CharField(max_length=20)
    budget_line = models.ForeignKey(
        BudgetLine, on_delete=models.PROTECT, related_name="settlement_lines", null=True, blank=True
    )
    basis = models.CharField(max_length=32, choices=Basis.choices)
    cited = models.CharField(max_length=40)
    work_order = models.ForeignKey(
        WorkOrder, on_delete=models.PROTECT, related_name="settlement_lines", null=True, blank=True
    )
    period_month = models.DateField(null=True, blank=True)
    amount = MoneyField(max_digits=18, decimal_places=2, default_currency="CNY")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["settlement", "revision", "line_no"], name="settlement_line_numbered_once"
            ),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="settlement_line_amount_positive"),
            models.CheckConstraint(
                condition=models.Q(basis__in=Basis.values), name="settlement_line_basis_known"
            ),
        ]
        indexes = [models.Index(fields=["cited"], name="settlement_line_by_cited")]


class SettlementMove(models.Model):
    """One step of a settlement's history; ``source`` is empty at birth. Append-only, gapless by ``step``."""

    settlement = models.ForeignKey(Settlement, on_delete=models.PROTECT, related_name="moves")
    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="+")
    step = models.PositiveIntegerField()
    source = models.CharField(max_length=16, blank=True)
    target = models.CharField(max_length=16)
    actor = models.ForeignKey(Operator, on_delete=models.PROTECT, related_name="+")
    moved_at = models.DateTimeField()
    reason = models.TextField(blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["settlement", "step"], name="settlement_step_once")]
