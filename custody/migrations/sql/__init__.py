"""Reads the frozen SQL beside the migrations. Refuses to take a ledger apart: it has no way back."""

from pathlib import Path

from django.db import migrations


def run_sql(migration_file: str, name: str) -> migrations.RunSQL:
    """The frozen file ``sql/name`` beside the migration ``migration_file`` as one operation."""
    return migrations.RunSQL((Path(migration_file).parent / "sql" / name).read_text(encoding="utf-8"))
