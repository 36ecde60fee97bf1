"""The journal as Django reads it. The tables, their guards and their only writers are frozen SQL.

These models refuse to write: the application's role has no INSERT, UPDATE or DELETE on them.
"""

from django.db import models


class LedgerHead(models.Model):
    """Where a fund's sequence and chain stand, and through which day its periods are closed."""

    fund_id = models.BigIntegerField(primary_key=True)
    sequence = models.BigIntegerField()
    chain = models.BinaryField()
    closed_through = models.DateField(null=True)

    class Meta:
        managed = False
        db_table = "custody_ledger_head"


class Account(models.Model):
    """One account of one fund and book. ``kind`` as in custody.ledger.chart; ``code`` a budget code."""

    fund_id = models.BigIntegerField()
    book = models.TextField()
    kind = models.TextField()
    code = models.TextField()

    class Meta:
        managed = False
        db_table = "custody_account"


class Balance(models.Model):
    """Stored balance in yuan, debit positive: available = posted − held on guarded accounts."""

    account = models.OneToOneField(Account, on_delete=models.DO_NOTHING, primary_key=True)
    fund_id = models.BigIntegerField()
    guard = models.SmallIntegerField()
    posted = models.DecimalField(max_digits=18, decimal_places=2)
    held = models.DecimalField(max_digits=18, decimal_places=2)

    class Meta:
        managed = False
        db_table = "custody_balance"


class JournalEntry(models.Model):
    """A sealed entry: ``effective_on`` is the world's date, ``recorded_at`` the ledger's."""

    pk = models.CompositePrimaryKey("fund_id", "sequence")
    fund_id = models.BigIntegerField()
    sequence = models.BigIntegerField()
    template = models.TextField()
    effective_on = models.DateField()
    recorded_at = models.DateTimeField()
    actor_id = models.BigIntegerField()
    key = models.TextField()
    memo = models.TextField()
    source = models.TextField()
    reverses = models.BigIntegerField(null=True)
    line_count = models.SmallIntegerField()
    hash_version = models.SmallIntegerField()
    chain = models.BinaryField()

    class Meta:
        managed = False
        db_table = "custody_entry"


class JournalLine(models.Model):
    """One signed line in yuan: debit positive, credit negative."""

    pk = models.CompositePrimaryKey("fund_id", "sequence", "line_no")
    fund_id = models.BigIntegerField()
    sequence = models.BigIntegerField()
    line_no = models.SmallIntegerField()
    account = models.ForeignKey(Account, on_delete=models.DO_NOTHING, related_name="lines")
    effective_on = models.DateField()
    amount = models.DecimalField(max_digits=18, decimal_places=2)

    class Meta:
        managed = False
        db_table = "custody_line"


class Hold(models.Model):
    """Money set aside on an account for one purpose, in yuan."""

    fund_id = models.BigIntegerField()
    account = models.ForeignKey(Account, on_delete=models.DO_NOTHING, related_name="+")
    amount = models.DecimalField(max_digits=18, decimal_places=2)
    key = models.TextField()
    reason = models.TextField()
    actor_id = models.BigIntegerField()
    placed_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "custody_hold"


class HoldOutcome(models.Model):
    """How a hold ended, once: ``settled`` by the entry ``sequence``, or ``released``."""

    hold = models.OneToOneField(Hold, on_delete=models.DO_NOTHING, primary_key=True, related_name="ending")
    fund_id = models.BigIntegerField()
    outcome = models.TextField()
    sequence = models.BigIntegerField(null=True)
    actor_id = models.BigIntegerField()
    ended_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "custody_hold_outcome"


class Anchor(models.Model):
    """A chain head that left the house with a statement."""

    fund_id = models.BigIntegerField()
    sequence = models.BigIntegerField()
    chain = models.BinaryField()
    purpose = models.TextField()
    anchored_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "custody_anchor"
