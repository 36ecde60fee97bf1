"""The people a replay acts as: one keyholder or clerk for each party to the deed, with dated roles.

Refuses to give anyone a second organisation; a person already enrolled stays as they are. A key of theirs
counts for a fund only while their organisation is a party to its deed.
"""

from contextlib import suppress
from dataclasses import dataclass

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction

from custody.deeds.people import ALWAYS, console_operator
from custody.models import Fund, FundParty, Membership, Operator, Organisation, OrganisationKind, Role

SEATS = {
    "maker": (OrganisationKind.TRUSTEE, Role.MAKER, "信托经办"),
    "releaser": (OrganisationKind.TRUSTEE, Role.KEYHOLDER, "信托放款"),
    "approver": (OrganisationKind.COMMITTEE, Role.KEYHOLDER, "业委会主任"),
    "firm": (OrganisationKind.PROVIDER, Role.CLERK, "物业申报员"),
    "protector": (OrganisationKind.PROTECTOR, Role.VIEWER, "信托监察人"),
}


@dataclass(frozen=True, slots=True)
class Cast:
    """Who does what in the replay; ``console`` is the trustee's desk that imports files."""

    console: Operator
    maker: Operator
    releaser: Operator
    approver: Operator
    firm: Operator
    protector: Operator


def enrol(fund: Fund) -> Cast:
    """Find or enrol the replay's people for this fund's parties."""
    parties = {
        party.organisation.kind: party
        for party in FundParty.objects.filter(fund=fund).select_related("organisation")
    }
    people = {}
    for seat, (kind, role, title) in SEATS.items():
        party = parties[kind]
        operator, _ = Operator.objects.get_or_create(
            username=f"{seat}@{kind}-{party.organisation_id}",
            defaults={"full_name": title, "password": make_password(None)},
        )
        _seat(operator, party.organisation, role)
        people[seat] = operator
    return Cast(console=console_operator(), **people)


def _seat(operator: Operator, organisation: Organisation, role: Role) -> None:
    """Give the person their seat; another replay may do so at the same moment."""
    if Membership.objects.filter(operator=operator).exists():
        return
    with suppress(IntegrityError), transaction.atomic():
        Membership.objects.create(operator=operator, organisation=organisation, role=role, valid_from=ALWAYS)
