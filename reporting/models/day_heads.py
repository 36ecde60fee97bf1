"""The log of days: for each day one signed head, each fund's day, and the leaves behind them.

Refuses to be rewritten, a day twice, a day left out, one that has not ended, and leaves that come after their
day was closed: the database holds all of it, for everybody (ADR 15). Digests are 64 hex digits.
"""

from django.db import models

from custody.models import Document, Fund
from reporting.models.publications import PublishedEntry


class LogDay(models.Model):
    """A closed day: ``number`` from 1, ``root`` over its funds' days, ``log_root`` over all days till then.

    ``p256_*`` and ``ed25519_*``: the public keys and what they signed (reporting.transparency.checkpoints).
    """

    number = models.PositiveIntegerField(primary_key=True)
    ended_on = models.DateField(unique=True)
    funds = models.PositiveIntegerField()
    root = models.CharField(max_length=64)
    log_root = models.CharField(max_length=64)
    origin = models.CharField(max_length=200)
    p256_key = models.BinaryField()
    p256_signature = models.BinaryField()
    ed25519_key = models.BinaryField()
    ed25519_signature = models.BinaryField()
    closed_at = models.DateTimeField()


class LogStamp(models.Model):
    """A time-stamp authority's token (RFC 3161, DER) on a day's signed head; ``at`` the database's clock."""

    day = models.OneToOneField(
        LogDay, on_delete=models.PROTECT, primary_key=True, db_column="number", related_name="stamp"
    )
    authority = models.CharField(max_length=300)
    token = models.BinaryField()
    at = models.DateTimeField()


class LogFundDay(models.Model):
    """What one fund published on a closed day: ``position`` among that day's funds, by code."""

    number = models.PositiveIntegerField()
    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveIntegerField()
    entries = models.PositiveIntegerField()
    first_sequence = models.PositiveBigIntegerField()
    last_sequence = models.PositiveBigIntegerField()
    papers = models.PositiveIntegerField()
    entries_root = models.CharField(max_length=64)
    papers_root = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["number", "fund"], name="log_fund_day_once"),
            models.UniqueConstraint(fields=["number", "position"], name="log_fund_day_in_its_place"),
        ]


class LogEntry(models.Model):
    """An entry as it was shown when it was published: ``shown`` is the text that was hashed with ``salt``.

    ``opening`` opens the commitment to its place in the chain, for regulators' packs. Both 32 hex digits.
    """

    published = models.OneToOneField(PublishedEntry, on_delete=models.PROTECT, related_name="logged")
    number = models.PositiveIntegerField()
    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveIntegerField()
    sequence = models.PositiveBigIntegerField()
    salt = models.CharField(max_length=32)
    opening = models.CharField(max_length=32)
    shown = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["number", "fund", "position"], name="log_entry_in_its_place"),
        ]
        indexes = [models.Index(fields=["fund", "sequence", "-number"], name="log_entry_by_sequence")]


class LogPaper(models.Model):
    """An issued paper in its fund's day, by its bytes' digest."""

    number = models.PositiveIntegerField()
    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveIntegerField()
    document = models.OneToOneField(Document, on_delete=models.PROTECT, related_name="logged")
    sha256 = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["number", "fund", "position"], name="log_paper_in_its_place"),
        ]
