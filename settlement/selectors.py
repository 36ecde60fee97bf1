"""What the settlements say, read only: claims on work and budget, and totals by month of the work.

A month is that of the work order's completion or of the remuneration period a line cites. Refuses to write.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import DecimalField, F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from settlement.models import Basis, BudgetLine, OrderOutcome, SettlementLine, SettlementMove, WorkOrder
from settlement.states import CLAIMING, State

APPROVED_OR_LATER = CLAIMING - {State.VERIFIED}


def present_lines() -> QuerySet[SettlementLine]:
    """The lines of each settlement's present revision."""
    return SettlementLine.objects.filter(revision=F("settlement__revision"))


def claiming_lines() -> QuerySet[SettlementLine]:
    """The lines that count against accepted work and budget."""
    return present_lines().filter(settlement__state__in=[state.value for state in CLAIMING])


@dataclass(frozen=True, slots=True)
class Claimable:
    """Accepted work and how much of it no invoice claims yet; in yuan."""

    order: WorkOrder
    claimed: Decimal

    @property
    def left(self) -> Decimal:
        """What may still be invoiced."""
        return Decimal(self.order.amount.amount) - self.claimed


def with_claims(orders: QuerySet[WorkOrder]) -> QuerySet[Any, Any]:
    """The work orders with ``claimed``, what invoices claim of each, in yuan."""
    claims = claiming_lines().filter(work_order=OuterRef("pk")).order_by().values("work_order")
    money = DecimalField(max_digits=18, decimal_places=2)
    total = Subquery(claims.annotate(total=Sum("amount")).values("total"), output_field=money)
    return orders.annotate(claimed=Coalesce(total, Value(Decimal(0)), output_field=money))


def claimable_work(fund_id: int, most: int) -> list[Claimable]:
    """Accepted work that is not wholly claimed, the earliest first."""
    accepted = WorkOrder.objects.filter(fund_id=fund_id, accepted=True).select_related("budget_line")
    waiting = with_claims(accepted).filter(claimed__lt=F("amount")).order_by("accepted_on", "pk")[:most]
    return [Claimable(order, order.claimed) for order in waiting]


def approved_service_total(fund_id: int, month: date) -> Decimal:
    """Σ of the month's work in invoices approved or further, in yuan; remuneration is not in it."""
    return _total(
        _of_months([month], present_lines()).filter(
            fund_id=fund_id,
            basis=Basis.WORK_ORDER,
            settlement__state__in=[state.value for state in APPROVED_OR_LATER],
        )
    )


def paid_by_budget_code(fund_id: int, month: date, paid_from: date, paid_to: date) -> dict[str, Decimal]:
    """What was paid for the month's work, by budget code, on bank lines within the dates; yuan."""
    rows = (
        _of_months([month], present_lines())
        .filter(
            fund_id=fund_id,
            settlement__state=State.PAID.value,
            settlement__orders__outcome=OrderOutcome.SETTLED,
            settlement__orders__bank_line__booked_on__gte=paid_from,
            settlement__orders__bank_line__booked_on__lte=paid_to,
        )
        .values("budget_code")
        .annotate(paid=Sum("amount"))
        .order_by("budget_code")
    )
    return {row["budget_code"]: Decimal(row["paid"]) for row in rows}


def unpaid_total(fund_id: int, months: Sequence[date]) -> Decimal:
    """Σ of verified and not yet paid invoice lines for these months' work, in yuan."""
    return _total(
        _of_months(months, claiming_lines())
        .filter(fund_id=fund_id)
        .exclude(settlement__state=State.PAID.value)
    )


def last_reasons(settlement_id: int) -> list[str]:
    """Why the settlement was last returned, one sentence each; empty when it never was."""
    move = (
        SettlementMove.objects.filter(settlement_id=settlement_id, target=State.RETURNED.value)
        .order_by("-step")
        .first()
    )
    return move.reason.splitlines() if move is not None else []


def _of_months(months: Sequence[date], lines: QuerySet[SettlementLine]) -> QuerySet[SettlementLine]:
    wanted = Q()
    for month in months:
        first = month.replace(day=1)
        wanted |= Q(period_month=first) | Q(
            work_order__completed_on__year=first.year, work_order__completed_on__month=first.month
        )
    return lines.filter(wanted) if months else lines.none()


def _total(lines: QuerySet[SettlementLine]) -> Decimal:
    total = lines.aggregate(total=Sum("amount"))["total"]
    return Decimal(0) if total is None else Decimal(total)


@dataclass(frozen=True, slots=True)
class BudgetStanding:
    """One line of a year's budget, in yuan: ``paid``, ``claimed`` and not yet paid, and what is left."""

    line: BudgetLine
    paid: Decimal
    claimed: Decimal

    @property
    def left(self) -> Decimal:
        """What may still be claimed."""
        return self.line.annual_amount.amount - self.paid - self.claimed


def budget_of_year(fund_id: int, year: int) -> list[BudgetStanding]:
    """Every line of the fund's budget of a year, by book and code. One query."""
    mine = claiming_lines().filter(budget_line=OuterRef("pk")).order_by()
    paid = mine.filter(settlement__state=State.PAID.value)
    open_ones = mine.exclude(settlement__state=State.PAID.value)
    rows = BudgetLine.objects.filter(fund_id=fund_id, year=year).annotate(
        paid=_summed(paid), claimed=_summed(open_ones)
    )
    return [
        BudgetStanding(each, each.paid or Decimal(0), each.claimed or Decimal(0))
        for each in rows.order_by("-book", "code")
    ]


def _summed(lines: QuerySet[SettlementLine]) -> Subquery:
    return Subquery(lines.values("budget_line").annotate(of=Sum("amount")).values("of"))
