"""What papers that left, what owners were shown and the log of days refuse (frozen SQL)."""

from django.db import migrations

from custody.migrations.sql import run_sql


class Migration(migrations.Migration):
    """One file a subject."""

    dependencies = [("reporting", "0001_initial"), ("custody", "0002_guards")]
    operations = [
        run_sql(__file__, f"{subject}.sql") for subject in ("handouts", "publications", "day_log", "packs")
    ]
