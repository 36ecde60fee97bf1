"""Guards around the ledger and the application's role (frozen SQL)."""

from django.db import migrations

from custody.migrations.sql import run_sql


class Migration(migrations.Migration):
    """Two keys, legal moves, append-only evidence, grants."""

    dependencies = [("custody", "0002_ledger")]
    operations = [run_sql(__file__, "0003_guards.sql")]
