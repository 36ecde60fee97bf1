"""What an import answers, as values: counts by code, a verdict per item, notes, faults. Words nothing itself.

Codes are ``TextChoices``: the value is for machines, the label is a msgid that console, page or API may word;
a note's label is a sentence whose ``%(name)s`` are its facts. Refuses nothing; a refusal is an error.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from custody.files.faults import Fault
from custody.kernel.words import told


class Became(TextChoices):
    """What became of an item that an import can only take, or have already."""

    TAKEN = "taken", _("已导入")
    KNOWN = "known", _("此前已有")
    EMPTY = "empty", _("没有内容，已登记为证据")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one ``item`` (a file, an invoice, a work order) and why; ``row`` as a clerk sees it."""

    item: str
    code: TextChoices
    reasons: tuple[str, ...] = ()
    row: int | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """Something for a person to know or settle: a sentence by ``code`` and the ``facts`` in it."""

    code: TextChoices
    facts: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        """The sentence in the reader's language, as its code words it."""
        return told(str(self.code.label), **self.facts)


def note(code: TextChoices, **facts: Any) -> Note:
    """A note with its facts by name."""
    return Note(code, facts)


@dataclass(frozen=True, slots=True)
class Outcome:
    """``already_done``: nothing new. ``counts`` in reading order; ``faults`` of items held back, if any.

    ``faults`` are of items that stayed behind while the others went forward; a whole refusal is an error.
    """

    already_done: bool
    counts: Mapping[TextChoices, int] = field(default_factory=dict)
    verdicts: tuple[Verdict, ...] = ()
    notes: tuple[Note, ...] = ()
    faults: tuple[Fault, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether there was nothing in the file that could have been taken, now or before."""
        found = any(self.counts.values()) or any(each.code is not Became.EMPTY for each in self.verdicts)
        return self.already_done and not found and not self.faults
