"""The ledger's tables, guards and functions (frozen SQL)."""

from django.db import migrations

from custody.migrations.sql import run_sql


class Migration(migrations.Migration):
    """Creates what only ``custody.ledger`` writes."""

    dependencies = [("custody", "0001_initial")]
    operations = [run_sql(__file__, "0002_ledger.sql")]
