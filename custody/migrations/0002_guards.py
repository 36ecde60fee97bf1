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
            "sign_in",
            "people",
            "parties",
            "permits",
            "access",
            "evidence",
            "keys",
            "states",
            "placements",
            "broken_files",
            "charges",
            "restores",
            "breaks",
            "documents",
            "matches",
            "citations",
            "explanations",
            "isolation",
            "amendments",
            "periods",
            "seats",
            "suspense",
            "paybacks",
            "signatures",
            "enrolment",
            "days",
            "tokens",
            "search_paths",
        )
    ]
