"""Bank files that name our account while their balances do not follow: noted, and waited for to be replaced.

Refuses nothing itself: a fund with one releases nothing (``custody.money_in.breaks``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.utils.translation import gettext as _

from custody.kernel.words import told
from custody.models import Document

_NOTE = """
INSERT INTO custody_broken_file (fund_id, name, sha256, first_on, last_on, reason, actor_id)
VALUES (%(fund)s, left(%(name)s, 200), %(sha256)s, %(first)s, %(last)s, left(%(reason)s, 500), %(actor)s)
ON CONFLICT ON CONSTRAINT broken_file_noted_once DO NOTHING
"""
_OPEN = """
SELECT f.id, f.name, f.sha256, f.first_on, f.last_on, f.reason FROM custody_broken_file f
 WHERE f.fund_id = %s
   AND NOT EXISTS (SELECT FROM custody_broken_file_replaced r WHERE r.broken_id = f.id) ORDER BY f.id
"""
_REPLACED = (
    "INSERT INTO custody_broken_file_replaced (broken_id, document_id, actor_id) VALUES (%s, %s, %s)"
    " ON CONFLICT DO NOTHING"
)


@dataclass(frozen=True, slots=True)
class BrokenFile:
    """A file of days ``first_on`` to ``last_on`` and the sentence that says where its chain fails."""

    pk: int
    name: str
    sha256: str
    first_on: date
    last_on: date
    reason: str

    def __str__(self) -> str:
        """The file, its days and what ends the wait."""
        return told(
            _("%(name)s（%(first)s 至 %(last)s）余额衔接不上，须换成衔接得上的对账单：%(reason)s"),
            name=self.name,
            first=self.first_on,
            last=self.last_on,
            reason=self.reason,
        )


def note_broken(*, fund_id: int, actor_id: int, files: Sequence[BrokenFile]) -> None:
    """Keep who handed in which broken files; once each, whatever came of the import."""
    with connection.cursor() as cursor:
        for file in files:
            facts: dict[str, int | str | date] = {
                "fund": fund_id, "actor": actor_id, "name": file.name, "sha256": file.sha256,
                "first": file.first_on, "last": file.last_on, "reason": file.reason,
            }  # fmt: skip
            cursor.execute(_NOTE, facts)


def waiting_files(fund_id: int) -> list[BrokenFile]:
    """The fund's broken files that nothing replaced yet, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, (fund_id,))
        return [BrokenFile(*row) for row in cursor.fetchall()]


def replace_by(*, fund_id: int, actor_id: int, document: Document, first_on: date, last_on: date) -> None:
    """A file whose chain holds is in, over these days: every broken file of days within is replaced."""
    with connection.cursor() as cursor:
        for file in waiting_files(fund_id):
            if first_on <= file.first_on and file.last_on <= last_on:
                cursor.execute(_REPLACED, (file.pk, document.pk, actor_id))
