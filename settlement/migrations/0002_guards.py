"""Guards around budgets, invoices and payments (frozen SQL)."""

from django.db import migrations

from custody.migrations.sql import run_sql


class Migration(migrations.Migration):
    """One fund a row, history is a path, claims fit, keys stand, filed payments do not change."""

    dependencies = [("settlement", "0001_initial"), ("custody", "0003_guards")]
    operations = [run_sql(__file__, "0002_guards.sql")]
