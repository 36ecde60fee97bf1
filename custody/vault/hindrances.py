"""What the vault could not do, told to people: one row a reason, and the newest of a thing speaks.

Written over the vault's connection alone; a reason that stands already is not written again.
"""

from collections.abc import Collection

from custody.models import VaultNote
from custody.vault.marking import VAULT

_WHY_MAX = 300


def note_trouble(kind: VaultNote.Kind, subject_id: int, why: str) -> None:
    """Put on record why this waits."""
    said = why[:_WHY_MAX]
    known = VaultNote.objects.using(VAULT).filter(kind=kind, subject_id=subject_id).order_by("-pk").first()
    if known is None or known.why != said:
        VaultNote.objects.using(VAULT).create(kind=kind, subject_id=subject_id, why=said)


def troubles(kind: VaultNote.Kind, subject_ids: Collection[int]) -> dict[int, str]:
    """Why each of these could not be done when the vault last tried; those without a note are left out."""
    rows = VaultNote.objects.filter(kind=kind, subject_id__in=subject_ids).order_by("subject_id", "-pk")
    return dict(rows.distinct("subject_id").values_list("subject_id", "why"))
