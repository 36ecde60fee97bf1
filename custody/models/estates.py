"""What is held in trust: an estate, its fund, the parties to its deed, and its units by their dated facts.

Refuses two funds for one estate, two units at one address, and two facts of one unit from one day on.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

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
    """An organisation's part in one fund's deed; a key of another estate's committee opens nothing here.

    ``valid_until`` is the first day it is a party no more. What comes or ends after the handover says which
    keyed row it ``enacts``, and by which it is ended.
    """

    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="parties")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="funds")
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    enacts = models.OneToOneField(
        "AmendmentRow", on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    ended_by = models.OneToOneField(
        "AmendmentRow", on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["fund", "organisation", "valid_from"], name="fund_party_stated_once"
            )
        ]


class Unit(models.Model):
    """An exclusive unit (房屋) by its address, which stays; what is true of it since when is ``UnitFact``."""

    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="units")
    building = models.PositiveSmallIntegerField()
    entrance = models.PositiveSmallIntegerField()
    room = models.CharField(max_length=8)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["fund", "building", "entrance", "room"], name="unit_address_once")
        ]

    @property
    def address(self) -> str:
        """The short spelling: building-entrance-room."""
        return f"{self.building}-{self.entrance}-{self.room}"


class UnitFact(models.Model):
    """A unit from ``valid_from`` on, until its next fact: ``area`` in m², ``monthly_price`` in yuan per m².

    The price is of one month. Facts of a unit come in the order of their days, and never change. One that is
    merged into another or pulled down (``ended_as``) is none of the estate's from that day on: its last fact.
    """

    class End(models.TextChoices):
        """Why a unit is no more."""

        MERGED = "merged", _("合并")
        DEMOLISHED = "demolished", _("拆除")

    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="+")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="facts")
    valid_from = models.DateField()
    area = models.DecimalField(max_digits=10, decimal_places=2)
    owner_name = models.CharField(max_length=100)
    monthly_price = models.DecimalField(max_digits=8, decimal_places=4)
    ended_as = models.CharField(max_length=10, choices=End.choices, blank=True, default="", db_default="")
    enacts = models.OneToOneField(
        "AmendmentRow", on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["unit", "valid_from"], name="unit_fact_dated_once"),
            models.CheckConstraint(condition=models.Q(area__gt=0), name="unit_area_positive"),
            models.CheckConstraint(condition=models.Q(monthly_price__gt=0), name="unit_price_positive"),
            models.CheckConstraint(
                condition=models.Q(ended_as__in=["", "merged", "demolished"]), name="unit_end_known"
            ),
        ]
        indexes = [models.Index(fields=["fund", "valid_from"], name="unit_fact_by_day")]
