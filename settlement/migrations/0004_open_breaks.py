"""No payment is released over unexplained money out (frozen SQL)."""

from django.db import migrations

from custody.migrations.sql import run_sql


class Migration(migrations.Migration):
    """Settlements and their orders wait until the fund's open break is explained."""

    dependencies = [("settlement", "0003_queue"), ("custody", "0021_open_breaks")]
    operations = [run_sql(__file__, "0004_open_breaks.sql")]
