"""The one question before a write: may this person do this, for this fund, that day?

Refuses whoever acts for no organisation that day, an organisation or role without the permit, and an
organisation that is no party to the fund. Being a superuser permits nothing.
"""

from datetime import date

from django.db.models import Q
from django.utils.translation import gettext as _

from custody.kernel.errors import Forbidden
from custody.models import FundParty, Membership, Operator, Organisation, OrganisationKind, Permit, Role
from custody.permits.acts import Act


def ask(act: Act, *, fund_id: int | None, actor: Operator, on: date) -> Organisation:
    """The organisation ``actor`` does ``act`` for on ``on``. Errors: Forbidden, saying what is missing.

    ``fund_id`` None only where there is no fund yet: then no part in a deed is asked for.
    """
    permits = set(Permit.objects.filter(act=act).values_list("organisation_kind", "role"))
    kinds = {kind for kind, _role in permits}
    about = {"act": act, "operator": actor.username, "fund_id": fund_id}
    membership = _membership(actor, on)
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


def _membership(actor: Operator, on: date) -> Membership | None:
    """Who the person acts for that day: at most one organisation, as the database holds."""
    members = Membership.objects.filter(_valid(on), operator=actor, operator__is_active=True)
    return members.select_related("organisation").first()


def _is_party(organisation: Organisation, fund_id: int, on: date) -> bool:
    return FundParty.objects.filter(_valid(on), fund_id=fund_id, organisation=organisation).exists()


def _valid(day: date) -> Q:
    """Rows valid on ``day``."""
    return Q(valid_from__lte=day) & (Q(valid_until__isnull=True) | Q(valid_until__gt=day))
