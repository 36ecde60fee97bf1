"""No placement is released over unexplained money out (frozen SQL)."""

from django.db import migrations

from custody.migrations.sql import run_sql


class Migration(migrations.Migration):
    """What an open break is, and the guard that refuses releases over one."""

    dependencies = [("custody", "0020_placement_evidence")]
    operations = [run_sql(__file__, "0021_open_breaks.sql")]
