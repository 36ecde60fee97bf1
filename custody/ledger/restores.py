"""A database restored to an earlier moment: who found it so, where the journal stood, who reopened the fund.

Until then nothing of the fund is filed, sent or placed; the database refuses it again.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.utils.translation import gettext as _

from custody.kernel.errors import Conflict

_OF_FUND = """
SELECT r.id, r.sequence, r.chain, r.found_at, o.restore_id IS NOT NULL
  FROM custody_restore r LEFT JOIN custody_restore_reopened o ON o.restore_id = r.id
 WHERE r.fund_id = %s ORDER BY r.id
"""


@dataclass(frozen=True, slots=True)
class Restore:
    """One restore: the journal's head as it was found, and whether the fund was reopened since."""

    pk: int
    sequence: int
    chain: bytes
    found_at: datetime
    reopened: bool


def restores_of(fund_id: int, *, using: str = DEFAULT_DB_ALIAS) -> list[Restore]:
    """Every restore of the fund, oldest first."""
    with connections[using].cursor() as cursor:
        cursor.execute(_OF_FUND, (fund_id,))
        return [
            Restore(pk, sequence, bytes(chain), found_at, reopened)
            for pk, sequence, chain, found_at, reopened in cursor.fetchall()
        ]


def waiting_restore(fund_id: int, *, using: str = DEFAULT_DB_ALIAS) -> Restore | None:
    """The fund's restore that waits to be reopened."""
    return next((each for each in restores_of(fund_id, using=using) if not each.reopened), None)


def note_restore(*, fund_id: int, actor_id: int) -> None:
    """Put on record that the database was restored; once while it waits to be reopened."""
    if waiting_restore(fund_id) is None:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO custody_restore (fund_id, actor_id) VALUES (%s, %s)", (fund_id, actor_id)
            )


def end_restore(*, restore_id: int, actor_id: int, reason: str) -> None:
    """Reopen the fund, for a reason of at most 300 characters."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO custody_restore_reopened (restore_id, reason, actor_id) VALUES (%s, %s, %s)",
            (restore_id, reason[:300], actor_id),
        )


def refuse_shut(fund_id: int, *, using: str = DEFAULT_DB_ALIAS) -> None:
    """Conflict (``restore-open``) while a restore of the fund waits to be reopened."""
    found = waiting_restore(fund_id, using=using)
    if found is not None:
        raise Conflict(
            _("数据库恢复过（%(found_at)s 登记），重新开放之前不再付款"),
            code="restore-open",
            found_at=found.found_at,
        )
