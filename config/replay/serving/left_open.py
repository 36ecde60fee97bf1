"""What the trust company's desk has proposed when the house opens: keys wait for every kind of subject.

Refuses nothing itself; each proposal is the service's own, and asked for again it is the same one.
"""

from datetime import datetime, timedelta
from decimal import Decimal

from django.utils.timezone import localdate

from config.replay.calendar import next_month
from config.replay.schedule import Quarter
from custody.kernel.money import yuan
from custody.ledger.chart import Book
from custody.models import Fund, FundParty, Operator, OrganisationKind, Role
from custody.placements import orders
from custody.proofs import closing
from custody.seats import seating
from settlement.decisions import payees
from settlement.fees.measures import monthly_budget


def propose_what_waits(quarter: Quarter, place: int, at: datetime) -> None:
    """The first estate waits for a deposit, a closing and a newcomer's seat; the second for an account."""
    fund, desk = quarter.fund, quarter.cast.maker
    if place:
        _account(fund, desk, at)
    else:
        _deposit(fund, desk, at)
        _closing(fund, quarter, desk, at)
        _newcomer(fund, desk, at)


def _deposit(fund: Fund, desk: Operator, at: datetime) -> None:
    orders.order(
        fund=fund,
        book=Book.MAINTENANCE,
        product="七天通知存款",
        principal=yuan(100_000),
        annual_rate=Decimal("0.011"),
        ordered_on=localdate(at),
        monthly_budget=monthly_budget(fund.pk, localdate(at)),
        key=f"CF{localdate(at):%Y%m%d}-1",
        actor=desk,
        at=at,
    )


def _closing(fund: Fund, quarter: Quarter, desk: Operator, at: datetime) -> None:
    first_month_over = next_month(quarter.months[0]) - timedelta(days=1)
    closing.propose_closing(fund=fund, through=first_month_over, actor=desk, at=at)


def _newcomer(fund: Fund, desk: Operator, at: datetime) -> None:
    committee = FundParty.objects.get(fund=fund, organisation__kind=OrganisationKind.COMMITTEE).organisation
    seating.propose_seat(
        fund=fund,
        organisation=committee,
        username="luomin",
        full_name="罗敏",
        role=Role.CHECKER,
        from_on=localdate(at),
        actor=desk,
        at=at,
    )


def _account(fund: Fund, desk: Operator, at: datetime) -> None:
    firm = FundParty.objects.get(fund=fund, organisation__kind=OrganisationKind.PROVIDER).organisation
    payees.propose(
        fund=fund,
        organisation=firm,
        holder=firm.name,
        number="510501880200665544",
        bank_name="中国建设银行成都武侯支行",
        clearing_number="105651000312",
        actor=desk,
        at=at,
    )
