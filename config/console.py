"""The command line's manners: what goes wrong around a command becomes one sentence, never a traceback.

Our own bugs still show themselves in full; only an interruption, a missing database, missing tables and
wrong settings are translated.
"""

import sys
from collections.abc import Sequence

import psycopg
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db.utils import OperationalError, ProgrammingError

REFUSED, INTERRUPTED = 2, 130
_NOT_MIGRATED = (
    psycopg.errors.UndefinedTable,
    psycopg.errors.UndefinedFunction,
    psycopg.errors.UndefinedColumn,
)


def run(argv: Sequence[str]) -> int:
    """Run one management command; answers the exit code."""
    try:
        execute_from_command_line(list(argv))
    except KeyboardInterrupt:
        return _told("已中断,未完成的写入已撤销 / interrupted, unfinished writes rolled back", INTERRUPTED)
    except ImproperlyConfigured as error:
        return _told(f"设置有误:{error} / wrong settings", REFUSED)
    except OperationalError as error:
        return _told(f"连不上数据库:{_first_line(error)} / the database does not answer", REFUSED)
    except ProgrammingError as error:
        if isinstance(error.__cause__, _NOT_MIGRATED):
            remedy = "请先运行 manage.py migrate --database owner / migrate first"
            return _told(f"数据库尚未建表或版本过旧,{remedy}", REFUSED)
        raise
    return 0


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__


def _told(sentence: str, code: int) -> int:
    sys.stderr.write(f"{sentence}\n")
    return code
