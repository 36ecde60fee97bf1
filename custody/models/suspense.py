"""What people say of bank lines that the rules leave open.

Rows stay as written and are dated by the database.
"""

from django.db import models
from django.db.models.functions import Now

from custody.kernel.fields import MoneyField
from custody.models.bank import BankLine
from custody.models.documents import Document
from custody.models.estates import Fund, Unit
from custody.models.organisations import Operator


class LineNote(models.Model):
    """A clerk's note beside an open line; the newest is shown, all stay."""

    line = models.ForeignKey(BankLine, on_delete=models.PROTECT, related_name="notes")
    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="+")
    text = models.CharField(max_length=300)
    noted_by = models.ForeignKey(Operator, on_delete=models.PROTECT, related_name="+")
    noted_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["line", "-id"], name="line_note_newest")]


class Identification(models.Model):
    """A part of a receipt, as a person found it: a unit's fee of one ``month`` (its first day), or another
    ``income`` (an account's kind) with the ``document`` that shows it.

    ``amount`` in yuan is signed: what was found in error is taken back by a row of the opposite amount. A
    line's rows sum to its amount while it is identified, and to nothing while it is not.
    """

    line = models.ForeignKey(BankLine, on_delete=models.PROTECT, related_name="identifications")
    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="+")
    income = models.CharField(max_length=16)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    month = models.DateField(null=True, blank=True)
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    amount = MoneyField(max_digits=18, decimal_places=2, default_currency="CNY")
    reason = models.CharField(max_length=300, blank=True, default="")
    identified_by = models.ForeignKey(Operator, on_delete=models.PROTECT, related_name="+")
    identified_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [
            models.Index(fields=["line"], name="identification_by_line"),
            models.Index(fields=["unit", "month"], name="identification_by_unit"),
        ]
