"""How the console words what services answer as values: outcomes, notes, faults. Refuses to lose any of them:
what is too much to read is counted.
"""

from collections.abc import Iterable, Iterator, Sequence

from django.utils.translation import gettext as _

from custody.files.faults import Fault, grouped
from custody.files.outcomes import Note, Outcome
from custody.kernel.words import told

NOTES_TOLD_MAX = 20  # of one kind


def outcome_told(outcome: Outcome, *, dry_run: bool = False) -> Iterator[str]:
    """What happened, the counts, and what a person must act on; what stayed behind is told as faults."""
    if outcome.empty:
        yield _("文件里没有可导入的内容，无变化 / nothing to import, nothing changed")
    elif outcome.already_done:
        yield _("已导入过，无变化 / already imported, nothing changed")
    elif dry_run:
        yield _("校验通过，未写入 / valid, nothing written")
    else:
        yield _("已导入 / imported")
    for code, count in outcome.counts.items():
        yield told(_("  %(label)s：%(count)s"), label=code.label, count=count)
    for line in notes_told(outcome.notes):
        yield told(_("  · %(line)s"), line=line)


def notes_told(notes: Sequence[Note]) -> Iterator[str]:
    """Each note as its sentence; of one kind at most twenty, then how many more there are."""
    for code in dict.fromkeys(note.code for note in notes):
        same = [note for note in notes if note.code is code]
        yield from map(str, same[:NOTES_TOLD_MAX])
        if len(same) > NOTES_TOLD_MAX:
            yield told(_("另有 %(count)s 条同类提示"), count=len(same) - NOTES_TOLD_MAX)


def faults_told(faults: Iterable[Fault]) -> Iterator[str]:
    """Each fault with its place and remedy; the repeated ones of a column once, with their rows."""
    yield from map(str, grouped(faults))
