"""The proof of a day as the trust company's desk writes it down: one prepares it, another's key signs it.

Append-only. A sheet holds for its day while nothing is booked into that day after it.
"""

from django.db import models

from custody.models.estates import Fund
from custody.models.organisations import Operator


class DaySheet(models.Model):
    """One fund on one day, bank = book (``Approval.subject_kind = 'day'``); the database's figures, in yuan.

    ``last_entry`` is the newest entry dated through ``day``, ``chain`` the fund's digest at it.
    """

    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    bank = models.DecimalField(max_digits=18, decimal_places=2)
    book = models.DecimalField(max_digits=18, decimal_places=2)
    in_transit = models.DecimalField(max_digits=18, decimal_places=2)
    last_entry = models.PositiveIntegerField()
    chain = models.CharField(max_length=64)
    prepared_by = models.ForeignKey(Operator, on_delete=models.PROTECT, related_name="+")
    prepared_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["fund", "day"], name="day_sheet_by_day")]
