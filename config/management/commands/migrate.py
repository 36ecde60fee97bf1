"""migrate: Django's own, which first looks whether the tables are this program's to change.

Refuses (exit 2, nothing touched) a database made before migrations were renumbered, and one made by a newer
program. Ends by setting what the roles may do (config/grants.toml).
"""

from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.core.management.commands.migrate import Command as Migrate
from django.db import connections
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from config import grants
from config.early_words import gettext as _

REFUSED = 2
OURS = ("custody", "settlement", "reporting")
RENUMBERED = ("custody", "0002_guards")  # in every database made since; in none made before


class Command(Migrate):
    """``migrate --database owner``."""

    def add_arguments(self, parser: CommandParser) -> None:
        """As Django's, on the owner's connection unless another is named."""
        super().add_arguments(parser)
        parser.set_defaults(database="owner")

    def handle(self, *args: Any, **options: Any) -> None:
        """Look, migrate, grant."""
        connection = connections[options["database"]]
        applied = set(MigrationRecorder(connection).applied_migrations())
        known = set(MigrationLoader(None, ignore_no_migrations=True).disk_migrations or {})
        strange = sorted(f"{app}.{name}" for app, name in applied - known if app in OURS)
        if strange and RENUMBERED not in applied:
            raise CommandError(
                _(
                    "这个数据库由旧编号的迁移（%(name)s）建成，不能升级，未作改动；"
                    "内置数据库请运行 make clean 重建，服务器上请换一个空数据库 / "
                    "made by migrations of an older numbering: make clean, or an empty database"
                )
                % {"name": strange[0]},
                returncode=REFUSED,
            )
        if strange:
            raise CommandError(
                _(
                    "这个数据库由更新的程序（%(name)s）建成，未作改动；请改用新程序 / "
                    "made by a newer program, nothing changed"
                )
                % {"name": strange[-1]},
                returncode=REFUSED,
            )
        super().handle(*args, **options)
        grants.set_exactly(connection)
