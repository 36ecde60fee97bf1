"""The command line's manners: what goes wrong around a command becomes one sentence, never a traceback.

Our own bugs still show themselves in full; only an interruption, a database that is missing, gone, read-only
or without tables, and wrong settings are translated.
"""

import os
import sys
from collections.abc import Sequence

import psycopg
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db.utils import InternalError, OperationalError, ProgrammingError

from config.early_words import gettext as _

REFUSED, INTERRUPTED, UNHEARD = 2, 130, 141  # as shells have it for a reader that left
_NOT_MIGRATED = (
    psycopg.errors.UndefinedTable,
    psycopg.errors.UndefinedFunction,
    psycopg.errors.UndefinedColumn,
)
_READ_ONLY = "read-only"  # libpq's word when target_session_attrs finds no server to write on


def run(argv: Sequence[str]) -> int:
    """Run one management command; answers the exit code."""
    try:
        execute_from_command_line(list(argv))
    except KeyboardInterrupt:
        return _tell(
            _("已中断，未完成的写入已撤销 / interrupted, unfinished writes rolled back"), INTERRUPTED
        )
    except BrokenPipeError:
        # Python would complain once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return UNHEARD
    except ImproperlyConfigured as error:
        return _tell(_("设置有误：%(error)s / wrong settings") % {"error": error}, REFUSED)
    except OperationalError as error:
        return _tell(_unreachable(error), REFUSED)
    except InternalError as error:
        if isinstance(error.__cause__, psycopg.errors.ReadOnlySqlTransaction):
            return _tell(_read_only(), REFUSED)
        raise
    except ProgrammingError as error:
        if isinstance(error.__cause__, _NOT_MIGRATED):
            return _tell(
                _(
                    "数据库尚未建表或版本过旧，"
                    "请先运行 manage.py migrate --database owner / no tables or old ones, migrate first"
                ),
                REFUSED,
            )
        raise
    return 0


def _unreachable(error: OperationalError) -> str:
    if _READ_ONLY in str(error):
        return _read_only()
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return _("连不上数据库：%(error)s / the database does not answer") % {"error": lines[0]}


def _read_only() -> str:
    return _(
        "数据库只读（备用机，或设为只读），未写入；"
        "请让 DATABASE_URL 指向主库，或列出各主机并加 target_session_attrs=read-write / read-only server"
    )


def _tell(sentence: str, code: int) -> int:
    sys.stderr.write(f"{sentence}\n")
    return code
