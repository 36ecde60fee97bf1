"""That a person act for an organisation, as somebody proposes it; two keys on the row seat them.

Append-only. What came of it is a ``Membership`` that cites it.
"""

from django.db import models

from custody.models.estates import Fund
from custody.models.organisations import Operator, Organisation, Role


class SeatProposal(models.Model):
    """``username`` shall act for ``organisation``, a party to the fund, in ``role`` from ``from_on`` on.

    Both keys of the fund stand on it (``Approval.subject_kind = 'seat'``) before anybody sits: so neither the
    trust company nor the committee seats anybody alone. ``full_name`` is who that is.
    """

    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    username = models.CharField(max_length=150)
    full_name = models.CharField(max_length=100)
    role = models.CharField(max_length=16, choices=Role.choices)
    from_on = models.DateField()
    proposed_by = models.ForeignKey(Operator, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="seat_role_known"),
            models.CheckConstraint(
                condition=~models.Q(username="") & ~models.Q(full_name=""), name="seat_says_who"
            ),
        ]
