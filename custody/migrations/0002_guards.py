"""The ledger, its guards and its functions; what keys, people, evidence and placements refuse (frozen SQL)."""

from django.db import migrations

from custody.migrations.sql import run_sql


class Migration(migrations.Migration):
    """One file a subject; the search paths come last and cover them all."""

    dependencies = [("custody", "0001_initial")]
    operations = [
        run_sql(__file__, f"{subject}.sql")
        for subject in (
            "clock",
            "ledger_tables",
            "ledger_guards",
            "ledger_posting",
            "never_short",
            "ledger_holds",
            "people",
            "parties",
            "permits",
            "evidence",
            "keys",
            "states",
            "placements",
            "broken_files",
            "breaks",
            "documents",
            "matches",
            "isolation",
            "search_paths",
        )
    ]
