"""What the vault does whenever it looks: answers signatures, delivers payment files, anchors the day's heads.

Works over the vault's connection alone, by what the rows say: a hint that was lost or came twice changes
nothing. What cannot be done is told once, on record for whoever waits (``VaultNote``), and holds up nothing
else; a file is tried again a minute later.
"""

import time
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial

import psycopg
from django.db import OperationalError
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from custody.kernel.errors import DomainError
from custody.kernel.words import told
from custody.ledger import anchors, door
from custody.models import VaultNote
from custody.vault import marking
from custody.vault.hindrances import note_trouble
from custody.vault.marking import VAULT
from settlement.models import PaymentBatch
from settlement.payments import sending

AGAIN_SECONDS = 60.0
ANCHORS_AT_ONCE = 200
DAILY = "daily"
_GONE = (OperationalError, psycopg.OperationalError)


class Rounds:
    """One vault's memory of what it could not do: nothing that decides, only what was told already."""

    def __init__(self, tell: Callable[[str], object]) -> None:
        """``tell`` is given one sentence for whoever keeps the vault."""
        self._tell = tell
        self._left: set[int] = set()
        self._kept: dict[int, str] = {}
        self._again: dict[int, float] = {}
        self._anchored_on: date | None = None

    def look(self) -> Iterator[None]:
        """Do all that waits, a step at a time: whoever is told to stop stops between two.

        Signatures come before each file, since a person waits for the answer. Errors: OperationalError.
        """
        yield from self._answer_all()
        for batch in sending.unsent(marking.now(), minutes=0, using=VAULT):
            if self._again.get(batch.pk, 0.0) <= time.monotonic():
                self._deliver(batch)
                yield
                yield from self._answer_all()
        self._note_heads()
        yield

    def _answer_all(self) -> Iterator[None]:
        for each in marking.unanswered():
            if each not in self._left:
                self._apart(partial(marking.answer, each), each)
                yield

    def _apart(self, act: Callable[[], object], signature_id: int) -> None:
        """One signature that cannot be judged is told once and left."""
        try:
            act()
        except _GONE:
            raise
        except Exception as failure:  # noqa: BLE001 - whatever one signature does, the others are answered
            self._left.add(signature_id)
            note_trouble(VaultNote.Kind.SIGNATURE, signature_id, type(failure).__name__)
            self._tell(f"{signature_id}: {failure!r}")

    def _deliver(self, batch: PaymentBatch) -> None:
        """One file that does not leave is told once for each reason."""
        try:
            sending.send_batch(batch_id=batch.pk, at=marking.now())
        except _GONE:
            raise
        except Exception as failure:  # noqa: BLE001 - whatever one batch does, the others leave
            self._again[batch.pk] = time.monotonic() + AGAIN_SECONDS
            if self._kept.get(batch.pk) != str(failure):
                self._kept[batch.pk] = str(failure)
                note_trouble(VaultNote.Kind.PAYMENT_FILE, batch.pk, _for_people(failure))
                self._tell(f"{batch.message_id}: {failure}")
        else:
            self._kept.pop(batch.pk, None)
            self._again.pop(batch.pk, None)

    def _note_heads(self) -> None:
        """Once a day, the head of each fund that has moved since it was last anchored."""
        now = marking.now()
        if self._anchored_on == localdate(now):
            return
        waiting = anchors.unanchored(purpose=DAILY, on=localdate(now), count_max=ANCHORS_AT_ONCE, using=VAULT)
        for fund_id in waiting:
            door.anchor(fund_id=fund_id, purpose=DAILY, at=now, using=VAULT)
        if len(waiting) < ANCHORS_AT_ONCE:
            self._anchored_on = localdate(now)


def _for_people(failure: Exception) -> str:
    """Why a file did not leave, without this machine's paths."""
    if isinstance(failure, OSError):
        return told(_("发件箱写不进去（%(why)s）"), why=failure.strerror or type(failure).__name__)
    return str(failure) if isinstance(failure, DomainError) else type(failure).__name__
