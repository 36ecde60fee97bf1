"""What budgets, work, invoices and payments refuse (frozen SQL)."""

from django.db import migrations

from custody.migrations.sql import run_sql


class Migration(migrations.Migration):
    """One file a subject: one fund a row, history is a path, claims fit, keys stand, filed payments stay."""

    dependencies = [("settlement", "0001_initial"), ("custody", "0002_guards")]
    operations = [
        run_sql(__file__, f"{subject}.sql")
        for subject in (
            "evidence",
            "work",
            "settlement",
            "claims",
            "budget",
            "keys",
            "ended_accounts",
            "stays",
            "payments",
            "payback_orders",
            "fees_due",
            "whole",
            "isolation",
            "notices",
        )
    ]
