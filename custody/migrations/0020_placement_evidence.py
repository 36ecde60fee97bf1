"""Ties placements to their hold and to the bank's own lines, for whoever writes them."""

from django.db import migrations

from custody.migrations.sql import run_sql


class Migration(migrations.Migration):
    dependencies = [("custody", "0003_guards")]
    operations = [run_sql(__file__, "0020_placement_evidence.sql")]
