"""The queue that payment messages wait in, on the same database.

A message is only a hint: these tables hold no money's truth, so the application may delete from them.
"""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from dramatiq_postgres import schema


def create_queue(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """Create the broker's own schema."""
    with editor.connection.cursor() as cursor:
        schema.init(cursor)


class Migration(migrations.Migration):
    """The broker's tables."""

    dependencies = [("settlement", "0002_guards")]
    operations = [migrations.RunPython(create_queue, migrations.RunPython.noop)]
