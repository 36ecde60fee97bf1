"""The one question before a write: may this person do this, for this fund, that day?

Refuses whoever acts for no organisation that day, an organisation or role without the permit, and an
organisation that is no party to the fund. Being a superuser permits nothing.
"""

from dataclasses import dataclass
from datetime import date, datetime

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import DateTimeField, F, Func, OuterRef, Q
from django.db.models.functions import TruncDate
from django.utils.translation import gettext as _

from custody.kernel.errors import Forbidden
from custody.models import (
    Fund,
    FundParty,
    Membership,
    Operator,
    Organisation,
    OrganisationKind,
    Permit,
    Role,
)
from custody.permits.acts import Act


def ask(act: Act, *, fund_id: int | None, actor: Operator, on: date) -> Organisation:
    """The organisation ``actor`` does ``act`` for on ``on``. Errors: Forbidden, saying what is missing.

    ``fund_id`` None only where there is no fund yet: then no part in a deed is asked for.
    """
    permits = set(Permit.objects.filter(act=act).values_list("organisation_kind", "role"))
    kinds = {kind for kind, _role in permits}
    about = {"act": act, "operator": actor.username, "fund_id": fund_id}
    membership = acting_for(actor, on)
    if membership is None or membership.organisation.kind not in kinds:
        raise Forbidden(
            _("%(operator)s 在 %(on)s 不代表%(organisations)s，不能%(act)s"),
            code="not-of-that-organisation",
            on=on,
            organisations=sorted(str(OrganisationKind(kind).label) for kind in kinds),
            **about,
        )
    organisation = membership.organisation
    roles = {role for kind, role in permits if kind == organisation.kind}
    if membership.role not in roles:
        raise Forbidden(
            _("%(operator)s 在%(organisation)s的角色是%(role)s，%(act)s须由%(roles)s办理"),
            code="role-without-permit",
            organisation=organisation.name,
            role=Role(membership.role),
            roles=sorted(str(Role(role).label) for role in roles),
            **about,
        )
    if fund_id is not None and not _is_party(organisation, fund_id, on):
        raise Forbidden(
            _("%(organisation)s不是本信托的当事人，%(operator)s 不能为本信托%(act)s"),
            code="no-party-to-the-deed",
            organisation=organisation.name,
            **about,
        )
    return organisation


def acting_for(person: Operator, on: date) -> Membership | None:
    """Who the person acts for that day: at most one organisation, as the database holds."""
    members = Membership.objects.filter(_valid(on), operator=person, operator__is_active=True)
    return members.select_related("organisation").first()


@dataclass(frozen=True, slots=True)
class Acting:
    """Whom a person acts for at the database's instant ``at``, and every act that permits."""

    at: datetime
    membership: Membership | None
    acts: frozenset[str]


def acting_now(person: Operator) -> Acting:
    """As ``acting_for`` and ``permitted_acts`` on the day of ``custody_now()``, in one query."""
    now = Func(function="custody_now", output_field=DateTimeField())
    acts = Permit.objects.filter(organisation_kind=OuterRef("organisation__kind"), role=OuterRef("role"))
    today = Q(valid_from__lte=F("today")) & (Q(valid_until__isnull=True) | Q(valid_until__gt=F("today")))
    found = (
        Membership.objects.annotate(at=now, today=TruncDate(now), acts=ArraySubquery(acts.values("act")))
        .filter(today, operator=person, operator__is_active=True)
        .select_related("organisation")
        .first()
    )
    if found is not None:
        return Acting(found.at, found, frozenset(found.acts))
    with connection.cursor() as cursor:
        cursor.execute("SELECT custody_now()")
        return Acting(cursor.fetchone()[0], None, frozenset())


def permitted_acts(membership: Membership) -> frozenset[str]:
    """Every act that people of this role in this kind of organisation may do, where they are a party."""
    kind = membership.organisation.kind
    return frozenset(
        Permit.objects.filter(organisation_kind=kind, role=membership.role).values_list("act", flat=True)
    )


def funds_of(organisation: Organisation, on: date) -> list[Fund]:
    """The funds to whose deed the organisation is a party that day, by code."""
    parties = FundParty.objects.filter(_valid(on), organisation=organisation)
    return list(Fund.objects.select_related("estate").filter(pk__in=parties.values("fund")).order_by("code"))


def parties_of(fund: Fund, kind: OrganisationKind, on: date) -> list[Organisation]:
    """The organisations of this kind that are parties to the fund's deed that day, by name."""
    parties = FundParty.objects.filter(_valid(on), fund=fund)
    return list(
        Organisation.objects.filter(kind=kind, pk__in=parties.values("organisation")).order_by("name")
    )


def _is_party(organisation: Organisation, fund_id: int, on: date) -> bool:
    return FundParty.objects.filter(_valid(on), fund_id=fund_id, organisation=organisation).exists()


def _valid(day: date) -> Q:
    """Rows valid on ``day``."""
    return Q(valid_from__lte=day) & (Q(valid_until__isnull=True) | Q(valid_until__gt=day))
