"""Who sits where, whose public keys there are, and what waits to be signed: over all the funds of a visitor.

Refuses nothing and writes nothing. People are those of the parties to these funds' deeds.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from custody import keys
from custody.kernel.errors import NotFound
from custody.models import (
    Approval,
    Fund,
    FundParty,
    KeyEnrolment,
    Membership,
    Method,
    Operator,
    Organisation,
    PublicKey,
    Role,
    SeatProposal,
    SignedSubject,
)
from custody.seats.seating import SEAT

PEOPLE_A_PAGE = 50
WAITING_SHOWN = 100


@dataclass(frozen=True, slots=True)
class SeatRow:
    """A person in a role; ``keys`` they sign with that are not revoked."""

    number: int
    username: str
    full_name: str
    active: bool
    organisation: Organisation
    role: Role
    valid_from: date
    valid_until: date | None
    keys: int


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A public key in use or revoked; ``why`` it was revoked."""

    number: int
    username: str
    full_name: str
    organisation: Organisation
    method: Method
    enrolled_at: datetime
    revoked_at: datetime | None
    why: str


@dataclass(frozen=True, slots=True)
class WaitingSeat:
    """A person to be seated by two keys; ``signed`` by whom so far."""

    proposal: SeatProposal
    signed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WaitingKey:
    """A public key to be enrolled by two signatures; ``fund`` by which a signing list names it."""

    proposal: KeyEnrolment
    fund: str
    signed: tuple[str, ...]

    @property
    def point(self) -> str:
        """The public key in hexadecimal digits."""
        return bytes(self.proposal.point).hex()


def seats_of(funds: Collection[Fund], before: int | None = None) -> list[SeatRow]:
    """People of the parties, the last seated first, a page and one more."""
    keys_in_use = Count(
        "operator__public_keys",
        filter=Q(
            operator__public_keys__revocation__isnull=True,
            operator__public_keys__organisation=F("organisation"),
        ),
    )
    rows = Membership.objects.filter(organisation__in=_parties(funds))
    if before is not None:
        rows = rows.filter(pk__lt=before)
    rows = rows.select_related("operator", "organisation").annotate(keys_in_use=keys_in_use).order_by("-pk")
    return [
        SeatRow(
            each.pk, each.operator.username, each.operator.full_name, each.operator.is_active,
            each.organisation, Role(each.role), each.valid_from, each.valid_until, each.keys_in_use,
        )
        for each in rows[: PEOPLE_A_PAGE + 1]
    ]  # fmt: skip


def keys_of(funds: Collection[Fund], before: int | None = None) -> list[KeyRow]:
    """Public keys of the parties' people, the newest first, a page and one more."""
    rows = PublicKey.objects.filter(organisation__in=_parties(funds))
    if before is not None:
        rows = rows.filter(pk__lt=before)
    rows = rows.select_related("operator", "organisation", "revocation").order_by("-pk")
    return [
        KeyRow(
            each.pk, each.operator.username, each.operator.full_name, each.organisation,
            Method(each.method), each.enrolled_at, *_revoked(each),
        )
        for each in rows[: PEOPLE_A_PAGE + 1]
    ]  # fmt: skip


def seats_to_sign(funds: Collection[Fund]) -> list[WaitingSeat]:
    """Proposals by which nobody sits yet, the oldest first."""
    turned = Approval.objects.filter(
        subject_kind=SEAT, subject_id=OuterRef("pk"), withdrawal__isnull=True,
        signed__public_key__revocation__isnull=True,
    ).order_by("pk")  # fmt: skip
    seated = Membership.objects.filter(seat=OuterRef("pk"))
    rows = SeatProposal.objects.filter(~Exists(seated), fund__in=funds).select_related("fund", "organisation")
    rows = rows.annotate(signed=ArraySubquery(turned.values("operator__username"))).order_by("pk")
    return [WaitingSeat(each, tuple(each.signed)) for each in rows[:WAITING_SHOWN]]


def keys_to_sign(funds: Collection[Fund]) -> list[WaitingKey]:
    """Proposed public keys that are not enrolled, the oldest first."""
    marks = SignedSubject.objects.filter(subject_kind=keys.ENROLMENT, subject_id=OuterRef("pk"))
    enrolled = PublicKey.objects.filter(enrolment=OuterRef("pk"))
    mine = FundParty.objects.filter(organisation=OuterRef("organisation"), fund__in=funds)
    rows = KeyEnrolment.objects.filter(~Exists(enrolled), organisation__in=_parties(funds)).annotate(
        signed=ArraySubquery(marks.order_by("pk").values("operator__username")),
        codes=ArraySubquery(mine.order_by("fund__code").values("fund__code")[:1]),
    )
    rows = rows.select_related("operator", "organisation", "proposed_by").order_by("pk")
    return [
        WaitingKey(each, each.codes[0], tuple(dict.fromkeys(each.signed))) for each in rows[:WAITING_SHOWN]
    ]


def person_called(funds: Collection[Fund], username: str) -> Operator:
    """The active person of this name who sits in a party to these funds. NotFound, with the field."""
    rows = Operator.objects.filter(is_active=True, memberships__organisation__in=_parties(funds))
    found = rows.filter(username=username).first()
    if found is None:
        raise NotFound(
            _("这些信托的各方里没有用户名为「%(name)s」的人"), name=username[:150], field="username"
        )
    return found


def _parties(funds: Collection[Fund]) -> QuerySet[FundParty, int]:
    return FundParty.objects.filter(fund__in=funds).values_list("organisation_id", flat=True)


def _revoked(key: PublicKey) -> tuple[datetime | None, str]:
    revocation = getattr(key, "revocation", None)
    return (revocation.revoked_at, revocation.reason) if revocation else (None, "")
