"""One invoice with everything its decision rests on, read in few queries and without a lock.

What a service asks again under lock (the account in use, open breaks, the money) is read here as it stands,
so that a page can say beforehand why it would be refused. Refuses nothing itself.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import (
    BigIntegerField,
    BooleanField,
    Count,
    DecimalField,
    Exists,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    TextField,
    Value,
)
from django.db.models.functions import Coalesce

from custody.kernel.money import yuan
from custody.ledger import reads
from custody.ledger.reads import AccountBalance
from custody.models import BankAccount, BankLine, BankPeriod, LineExplanation, LineKind
from settlement.evidence.alike import Likeness, likeness_of
from settlement.evidence.claimed import (
    BudgetPosition,
    Claim,
    WorkPosition,
    budget_positions,
    claims_of,
    work_positions,
)
from settlement.evidence.happenings import HistoryStep, timeline
from settlement.evidence.watched import with_the_protectors_word
from settlement.models import PayeeAccount, Settlement, Stay
from settlement.states import NUMBER_TAKEN, State


@dataclass(frozen=True, slots=True)
class InvoiceStanding:
    """What the house knows beside the invoice: digest, accounts in use, breaks, and the payee's past.

    ``bank_through``: the last day the bank's statements speak of; ``difference`` bank less book in yuan, None
    before the bank's first line. ``stayed_until``: through when
    the protector has it wait. ``paid_before`` in yuan over ``paid_count`` invoices to the same account.
    """

    digest: str
    payee_in_use: bool
    debtor_in_use: bool
    break_open: bool
    difference: Decimal | None
    bank_through: date | None
    holders: tuple[str, ...]
    number_taken: bool
    paid_unasked: bool
    stayed_until: date | None
    paid_count: int
    paid_before: Decimal
    came_back: int
    accounts: int


@dataclass(frozen=True, slots=True)
class EvidencePanel:
    """The evidence panel of one invoice, as typed rows."""

    settlement: Settlement
    standing: InvoiceStanding
    claims: list[Claim]
    steps: list[HistoryStep]
    likeness: Likeness
    cash: AccountBalance

    @property
    def state(self) -> State:
        """Where its paying stands."""
        return State(self.settlement.state)

    @property
    def works(self) -> list[WorkPosition]:
        """The work orders it claims."""
        return work_positions(self.claims)

    @property
    def budgets(self) -> list[BudgetPosition]:
        """The budget lines it draws on."""
        return budget_positions(self.claims)

    @property
    def named(self) -> str:
        """What it is for: the first line's work, or its budget line."""
        return named_by(self.claims)


def named_by(claims: list[Claim]) -> str:
    """What an invoice is for, in a word: the first line's work, its budget line, or what it cites."""
    if not claims:
        return ""
    first = claims[0]
    if first.work is not None:
        return first.work.description
    return str(first.basis.label)


def panel_of(settlement: Settlement) -> EvidencePanel:
    """The panel of a settlement that ``settlements_with_standing`` gave."""
    return EvidencePanel(
        settlement=settlement,
        standing=_standing(settlement),
        claims=claims_of([settlement.pk])[settlement.pk],
        steps=timeline(settlement.pk),
        likeness=likeness_of(settlement.pk),
        cash=_cash(settlement),
    )


def settlements_with_standing(on: date) -> QuerySet[Settlement]:
    """Settlements with what the panel needs of other tables on day ``on``, in one query."""
    rows = Settlement.objects.select_related(
        "fund__estate", "provider", "debtor_account", "payee_account", "submitted_by", "source_file"
    )
    day = Value(on)
    return rows.annotate(
        digest=Func(F("pk"), function="settlement_content", output_field=TextField()),
        payee_now=Func(
            F("fund_id"),
            F("provider_id"),
            day,
            function="settlement_payee_current",
            output_field=BigIntegerField(),
        ),
        debtor_now=Func(F("fund_id"), day, function="settlement_debtor", output_field=BigIntegerField()),
        break_open=Func(F("fund_id"), function="custody_break_open", output_field=BooleanField()),
        bank_difference=Func(
            F("fund_id"),
            function="custody_bank_difference",
            output_field=DecimalField(max_digits=18, decimal_places=2),
        ),
        **reads.cash_beside("fund_id", "book"),
        **_of_the_bank(),
        **_of_the_payee(),
        stayed_until=Subquery(
            Stay.objects.filter(settlement=OuterRef("pk"), until__gte=on, lifted__isnull=True).values(
                "until"
            )[:1]
        ),
        **with_the_protectors_word(),
        number_taken=Exists(
            Settlement.objects.filter(
                number=OuterRef("number"), state__in=[state.value for state in NUMBER_TAKEN]
            ).exclude(pk=OuterRef("pk"))
        ),
    )


def _cash(row: Any) -> AccountBalance:
    """What the invoice's book holds; nothing where it was never used."""
    return AccountBalance(yuan(row.cash_posted or 0), yuan(row.cash_held or 0))


def _of_the_bank() -> dict[str, Any]:
    newer = LineExplanation.objects.filter(line_id=OuterRef("line_id"), pk__gt=OuterRef("pk"))
    unasked = LineExplanation.objects.filter(
        ~Exists(newer), fund_id=OuterRef("fund_id"), kind=LineKind.UNEXPLAINED
    ).filter(Q(line__memo__contains=OuterRef("number")) | Q(line__summary__contains=OuterRef("number")))
    holders = BankAccount.objects.filter(fund_id=OuterRef("fund_id")).order_by("pk")
    spoken = BankPeriod.objects.filter(fund_id=OuterRef("fund_id")).order_by("-to_on")
    booked = BankLine.objects.filter(fund_id=OuterRef("fund_id")).order_by("-booked_on")
    return {
        "holders": ArraySubquery(holders.values("holder")),
        "spoken_through": Subquery(spoken.values("to_on")[:1]),
        "booked_through": Subquery(booked.values("booked_on")[:1]),
        "paid_unasked": Exists(unasked),
    }


def _of_the_payee() -> dict[str, Any]:
    paid = Settlement.objects.filter(payee_account_id=OuterRef("payee_account_id")).order_by()
    same = PayeeAccount.objects.filter(
        fund_id=OuterRef("fund_id"), organisation_id=OuterRef("provider_id")
    ).order_by()
    whole = paid.filter(state=State.PAID.value).values("payee_account_id")
    back = paid.filter(state=State.REVERSED.value).values("payee_account_id")
    return {
        "paid_count": Coalesce(Subquery(whole.annotate(n=Count("pk")).values("n")), 0),
        "paid_before": Subquery(whole.annotate(n=Sum("total")).values("n")),
        "came_back": Coalesce(Subquery(back.annotate(n=Count("pk")).values("n")), 0),
        "accounts": Coalesce(Subquery(same.values("fund_id").annotate(n=Count("pk")).values("n")), 0),
    }


def _standing(row: Any) -> InvoiceStanding:
    through = [day for day in (row.spoken_through, row.booked_through) if day is not None]
    return InvoiceStanding(
        digest=row.digest,
        payee_in_use=row.payee_account_id is not None and row.payee_account_id == row.payee_now,
        debtor_in_use=row.debtor_account_id is not None and row.debtor_account_id == row.debtor_now,
        break_open=row.break_open,
        difference=row.bank_difference,
        bank_through=max(through, default=None),
        holders=tuple(row.holders),
        number_taken=row.number_taken,
        paid_unasked=row.paid_unasked,
        stayed_until=row.stayed_until,
        paid_count=row.paid_count,
        paid_before=Decimal(row.paid_before or 0),
        came_back=row.came_back,
        accounts=row.accounts,
    )
