"""What is held in trust: an estate, its fund, the parties to its deed, and its units.

Refuses two funds for one estate and two units at one address.
"""

from django.db import models

from custody.models.organisations import Organisation


class Estate(models.Model):
    """A residential estate (小区). ``residential_area`` in m²."""

    code = models.CharField(max_length=32, unique=True)
    name = models.CharField(max_length=100)
    district = models.CharField(max_length=100)
    street = models.CharField(max_length=100)
    community = models.CharField(max_length=100)
    built_year = models.PositiveSmallIntegerField()
    households = models.PositiveIntegerField()
    residential_area = models.DecimalField(max_digits=12, decimal_places=2)


class Fund(models.Model):
    """One estate's trust (信托法 16, 27, 29). ``code`` is what commands take as ``--fund``.

    ``opened_on`` is the first day of the trust's own movements; handover is booked the day before.
    """

    estate = models.OneToOneField(Estate, on_delete=models.PROTECT, related_name="fund")
    code = models.CharField(max_length=32, unique=True)
    product_code = models.CharField(max_length=64)
    opened_on = models.DateField()


class FundParty(models.Model):
    """An organisation's part in one fund's deed; a key of another estate's committee opens nothing here."""

    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="parties")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="funds")
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["fund", "organisation", "valid_from"], name="fund_party_stated_once"
            )
        ]


class Unit(models.Model):
    """An exclusive unit (房屋). ``area`` in m², ``monthly_price`` in yuan per m² and month."""

    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="units")
    building = models.PositiveSmallIntegerField()
    entrance = models.PositiveSmallIntegerField()
    room = models.CharField(max_length=8)
    area = models.DecimalField(max_digits=10, decimal_places=2)
    owner_name = models.CharField(max_length=100)
    monthly_price = models.DecimalField(max_digits=8, decimal_places=4)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["fund", "building", "entrance", "room"], name="unit_address_once"
            ),
            models.CheckConstraint(condition=models.Q(area__gt=0), name="unit_area_positive"),
        ]
        indexes = [models.Index(fields=["fund", "owner_name"], name="unit_by_owner")]

    @property
    def address(self) -> str:
        """The short spelling: building-entrance-room."""
        return f"{self.building}-{self.entrance}-{self.room}"
