"""Who may do what, as data, and who was refused. Both stay as written; the application adds only refusals.

A permit is added by a migration alone. The database dates an attempt by its own clock.
"""

from django.db import models
from django.db.models.functions import Now

from custody.models.estates import Fund
from custody.models.organisations import Operator, OrganisationKind, Role


class Permit(models.Model):
    """People of such an organisation in such a role may do this act, where theirs is a party to the fund."""

    act = models.CharField(max_length=40)
    organisation_kind = models.CharField(max_length=16, choices=OrganisationKind.choices)
    role = models.CharField(max_length=16, choices=Role.choices)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["act", "organisation_kind", "role"], name="permit_once"),
            models.CheckConstraint(
                condition=models.Q(organisation_kind__in=OrganisationKind.values),
                name="permit_organisation_known",
            ),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="permit_role_known"),
        ]


class RefusedAttempt(models.Model):
    """Somebody tried what they may not. ``act`` is empty where the refusal is about more than a permit."""

    operator = models.ForeignKey(Operator, on_delete=models.PROTECT, related_name="+", null=True)
    act = models.CharField(max_length=40, blank=True)
    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="+", null=True)
    code = models.CharField(max_length=40)
    reason = models.CharField(max_length=500)
    attempted_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["attempted_at"], name="refused_attempt_by_time")]
