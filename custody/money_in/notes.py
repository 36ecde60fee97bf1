"""What a clerk leaves beside an open line for whoever looks next: a note of its own, never rewritten.

Refuses an empty note, one too long, and anyone but the trust company's desk. What the rules say of a line
is another thing (``LineExplanation.note``), and changes whenever they are asked again.
"""

from datetime import datetime

from django.db import transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from custody.kernel.errors import Rejected
from custody.models import BankLine, LineNote, Operator
from custody.permits.acts import Act
from custody.permits.asking import ask

NOTE_LENGTH_MAX = 300


@transaction.atomic
def note_line(*, line: BankLine, text: str, actor: Operator, at: datetime) -> LineNote:
    """Leave ``text`` beside the line; the newest note said again changes nothing.

    Errors: Forbidden; Rejected (``note-missing``, ``note-too-long``).
    """
    ask(Act.NOTE_LINE, fund_id=line.fund_id, actor=actor, on=localdate(at))
    text = text.strip()
    if not text:
        raise Rejected(_("请写明备注"), code="note-missing")
    if len(text) > NOTE_LENGTH_MAX:
        raise Rejected(
            _("备注共 %(length)s 字，最多 %(most)s 字"), code="note-too-long",
            length=len(text), most=NOTE_LENGTH_MAX,
        )  # fmt: skip
    newest = LineNote.objects.filter(line=line).order_by("-pk").first()
    if newest is not None and (newest.text, newest.noted_by_id) == (text, actor.pk):
        return newest
    return LineNote.objects.create(line=line, fund_id=line.fund_id, text=text, noted_by=actor)
