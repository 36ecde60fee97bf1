"""What owners ask beside the figures: parties, resolutions, scores, and invoices not paid yet. Reads only."""

from datetime import date
from decimal import Decimal

from django.db.models import Q

from custody.models import FundParty, OrganisationKind, Resolution
from reporting.statements.owners import EstateBeside, Unpaid
from settlement.models import Assessment, Settlement
from settlement.states import State

_ON_ITS_WAY = [
    State.VERIFIED, State.APPROVED, State.RELEASED, State.INSTRUCTED, State.UNKNOWN, State.FAILED,
]  # fmt: skip


def estate_facts(fund_id: int, on: date) -> EstateBeside:
    """All of it, as it stands on the day ``on``."""
    now = Q(valid_from__lte=on) & (Q(valid_until__isnull=True) | Q(valid_until__gt=on))
    parties = FundParty.objects.filter(now, fund_id=fund_id).select_related("organisation")
    resolutions = Resolution.objects.filter(fund_id=fund_id, resolved_on__lte=on).order_by(
        "resolved_on", "pk"
    )
    scores = Assessment.objects.filter(fund_id=fund_id).order_by("year", "quarter")
    unpaid = Settlement.objects.filter(fund_id=fund_id, state__in=[str(state) for state in _ON_ITS_WAY])
    amounts = [row.total.amount for row in unpaid]
    return EstateBeside(
        parties=tuple(
            (str(OrganisationKind(each.organisation.kind).label), each.organisation.name, each.valid_from)
            for each in parties.order_by("organisation__kind", "pk")
        ),
        resolutions=tuple((row.reference, row.title, row.resolved_on) for row in resolutions),
        scores=tuple((row.year, row.quarter, row.score) for row in scores),
        unpaid=Unpaid(len(amounts), sum(amounts, Decimal("0.00"))),
    )
