"""What the owners agreed: effective-dated deed terms and the resolutions behind them.

Terms are append-only (database trigger): a change is a new row with a later date, so old periods
recompute under their own terms.
"""

from django.db import models

from custody.models.documents import Document
from custody.models.estates import Fund


class Resolution(models.Model):
    """A decision of the owners' assembly or committee (民法典 278), with its paper.

    The one that set the trust up has its paper in the founding workbook; any later one brings its own.
    """

    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="resolutions")
    reference = models.CharField(max_length=64)
    resolved_on = models.DateField()
    title = models.CharField(max_length=200)
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+", null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["fund", "reference"], name="resolution_referenced_once")
        ]


class DeedTerm(models.Model):
    """One term's value from ``effective_from`` on; ``value`` is text in the term's own notation.

    ``enacts``: the keyed row it comes from; none for what the founding workbook said.
    """

    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="terms")
    term = models.CharField(max_length=40)
    value = models.CharField(max_length=400)
    effective_from = models.DateField()
    resolution = models.ForeignKey(Resolution, on_delete=models.PROTECT, related_name="terms")
    enacts = models.OneToOneField(
        "AmendmentRow", on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["fund", "term", "effective_from"], name="deed_term_dated_once")
        ]
