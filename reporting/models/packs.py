"""A signed pack that was handed to regulators, and every file in it by its digest; never rewritten.

Refuses a paper of another fund, a head that was never anchored, an edition that does not follow, and a person
who may not issue: the database holds all four. The bytes are the kept document's.
"""

from django.db import models

from custody.models import Document, Fund, Operator


class Pack(models.Model):
    """One edition of a period's pack. ``chain``: the head anchored with it, in hex.

    ``changed``: against the edition before, [file, was, now], digests in hex, empty for what was not there.
    """

    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="packs")
    document = models.OneToOneField(Document, on_delete=models.PROTECT, related_name="pack")
    sha256 = models.CharField(max_length=64)
    from_on = models.DateField()
    to_on = models.DateField()
    edition = models.PositiveSmallIntegerField()
    changed = models.JSONField(default=list)
    sequence = models.PositiveIntegerField()
    chain = models.CharField(max_length=64)
    at = models.DateTimeField()
    by = models.ForeignKey(Operator, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["fund", "from_on", "to_on", "edition"], name="pack_edition_once"),
            models.CheckConstraint(
                condition=models.Q(to_on__gte=models.F("from_on")), name="pack_ends_after_it_begins"
            ),
        ]


class PackFile(models.Model):
    """One file of a pack, known by its bytes' digest."""

    pack = models.ForeignKey(Pack, on_delete=models.PROTECT, related_name="files")
    name = models.CharField(max_length=200)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["pack", "name"], name="pack_file_once")]
        indexes = [models.Index(fields=["sha256"], name="pack_file_by_its_bytes")]
