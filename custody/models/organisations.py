"""Who acts: organisations, people, and which organisation a person belonged to on which day.

Refuses a person in two organisations at once (exclusion constraint in the database).
"""

from django.contrib.auth.models import AbstractUser
from django.db import models


class OrganisationKind(models.TextChoices):
    """The parties of a property-service trust."""

    TRUSTEE = "trustee", "受托人（信托公司）"
    PROVIDER = "provider", "物业服务人"
    COMMITTEE = "committee", "业主委员会"
    PROTECTOR = "protector", "信托监察人"
    REGULATOR = "regulator", "监管部门"
    ASSEMBLY = "assembly", "业主大会（委托人）"


OWN_BODIES = [OrganisationKind.COMMITTEE, OrganisationKind.ASSEMBLY]


class Organisation(models.Model):
    """A legal or self-governing body that people act for.

    An estate's committee and its assembly are its own: two named alike are two, and none serves two funds.
    """

    kind = models.CharField(max_length=16, choices=OrganisationKind.choices)
    name = models.CharField(max_length=200)
    credit_code = models.CharField(max_length=18, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "name"],
                condition=~models.Q(kind__in=OWN_BODIES),
                name="organisation_named_once_per_kind",
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=OrganisationKind.values), name="organisation_kind_known"
            ),
        ]


class Operator(AbstractUser):
    """A person who signs in. Being a superuser grants no key: the database asks for memberships."""

    full_name = models.CharField(max_length=100, blank=True, default="")


class Role(models.TextChoices):
    """What a person does for their organisation."""

    MAKER = "maker", "经办"
    CHECKER = "checker", "复核"
    CLERK = "clerk", "申报"
    KEYHOLDER = "keyholder", "持钥人"
    VIEWER = "viewer", "查阅"
    MACHINE = "machine", "系统任务"


class Membership(models.Model):
    """A dated role: ``operator`` acts for ``organisation`` from ``valid_from`` to before ``valid_until``.

    ``seat`` is the proposal that both keys stand on; the database asks for it.
    """

    operator = models.ForeignKey(Operator, on_delete=models.PROTECT, related_name="memberships")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=16, choices=Role.choices)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    seat = models.OneToOneField("SeatProposal", on_delete=models.PROTECT, null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="membership_role_known"),
            models.CheckConstraint(
                condition=models.Q(valid_until__isnull=True)
                | models.Q(valid_until__gt=models.F("valid_from")),
                name="membership_ends_after_it_begins",
            ),
        ]
