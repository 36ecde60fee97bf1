"""The people a replay acts as: one keyholder or clerk for each party to the deed, with dated roles.

Refuses to give anyone a second organisation; a person already enrolled stays as they are. A key of theirs
counts for a fund only while their organisation is a party to its deed.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction

from custody.deeds.people import ALWAYS
from custody.models import (
    Document,
    Fund,
    FundParty,
    Membership,
    Operator,
    Organisation,
    OrganisationKind,
    Role,
)

SEATS = {
    "maker": (OrganisationKind.TRUSTEE, Role.MAKER, "信托经办"),
    "releaser": (OrganisationKind.TRUSTEE, Role.KEYHOLDER, "信托放款"),
    "approver": (OrganisationKind.COMMITTEE, Role.KEYHOLDER, "业委会主任"),
    "acceptor": (OrganisationKind.COMMITTEE, Role.CHECKER, "业委会验收"),
    "firm": (OrganisationKind.PROVIDER, Role.CLERK, "物业申报员"),
    "protector": (OrganisationKind.PROTECTOR, Role.KEYHOLDER, "信托监察人"),
}


Called = Callable[[str, Organisation], tuple[str, str]]  # of a seat: username and full name


def after_the_seat(seat: str, organisation: Organisation) -> tuple[str, str]:
    """People of a replay that nobody signs in as are called after where they sit."""
    return f"{seat}@{organisation.kind}-{organisation.pk}", SEATS[seat][2]


@dataclass(frozen=True, slots=True)
class Cast:
    """Who does what in the replay; ``maker`` is the trustee's desk that imports files."""

    maker: Operator
    releaser: Operator
    approver: Operator
    acceptor: Operator
    firm: Operator
    protector: Operator


def enrol(fund: Fund, called: Called = after_the_seat) -> Cast:
    """Find or enrol the replay's people for this fund's parties."""
    parties = {
        OrganisationKind(party.organisation.kind): party
        for party in FundParty.objects.filter(fund=fund).select_related("organisation")
    }
    people = {
        seat: seated(*called(seat, parties[kind].organisation), parties[kind].organisation, role)
        for seat, (kind, role, _title) in SEATS.items()
    }
    return Cast(**people)


def funds_of_others() -> list[str]:
    """Codes of the funds whose workbook no replay's desk handed in, by code."""
    desk = f"maker@{OrganisationKind.TRUSTEE}-"
    ours = Document.objects.filter(kind=Document.Kind.ESTATE, kept_by__username__startswith=desk)
    return list(
        Fund.objects.exclude(pk__in=ours.values("fund")).order_by("code").values_list("code", flat=True)
    )


def desk_of(trustee: str, called: Called = after_the_seat) -> Operator:
    """The maker of the trust company of this name, who takes its estates on."""
    company, _ = Organisation.objects.get_or_create(kind=OrganisationKind.TRUSTEE, name=trustee)
    return seated(*called("maker", company), company, SEATS["maker"][1])


def seated(username: str, full_name: str, organisation: Organisation, role: Role) -> Operator:
    """The person of this username, enrolled on first use and seated in ``organisation``."""
    operator, _ = Operator.objects.get_or_create(
        username=username, defaults={"full_name": full_name, "password": make_password(None)}
    )
    _seat(operator, organisation, role)
    return operator


def _seat(operator: Operator, organisation: Organisation, role: Role) -> None:
    """Give the person their seat, as the tables' owner; another replay may do so at the same moment."""
    if Membership.objects.filter(operator=operator).exists():
        return
    with suppress(IntegrityError), transaction.atomic(using="owner"):
        Membership.objects.using("owner").create(
            operator_id=operator.pk, organisation_id=organisation.pk, role=role, valid_from=ALWAYS
        )
