"""Who acts at the console: a person by name, or the one who founds the house. Gives nobody a key."""

from datetime import date

from django.contrib.auth.hashers import make_password
from django.utils.translation import gettext as _

from custody.kernel.errors import Forbidden, NotFound
from custody.models import Membership, Operator, Organisation, OrganisationKind, Role

CONSOLE = "console"
ALWAYS = date(2000, 1, 1)


def console_operator() -> Operator:
    """Who takes the first estate on, before there is anybody: no password, so nobody signs in as them."""
    operator, _made = Operator.objects.get_or_create(
        username=CONSOLE, defaults={"full_name": "控制台经办", "password": make_password(None)}
    )
    return operator


def operator_named(username: str) -> Operator:
    """The active user of this name. NotFound, or Forbidden when switched off."""
    operator = Operator.objects.filter(username=username).first()
    if operator is None:
        raise NotFound(_("没有这个用户：%(username)s"), username=username)
    if not operator.is_active:
        raise Forbidden(_("用户 %(username)s 已停用"), username=username)
    return operator


def house_is_founded() -> bool:
    """Whether anybody acts for a trust company yet: the first estate brings the company with it."""
    return Membership.objects.filter(organisation__kind=OrganisationKind.TRUSTEE).exists()


def enrol_maker(*, operator: Operator, trustee: Organisation) -> None:
    """Make ``operator`` a maker of ``trustee``, unless they already act for some organisation.

    The desk has always been the trustee's: an estate with an older deed may come in after a younger one.
    """
    if not Membership.objects.filter(operator=operator).exists():
        Membership.objects.create(operator=operator, organisation=trustee, role=Role.MAKER, valid_from=ALWAYS)
