"""The proof that an entry, as it was shown, stands in the log under its day's signed head (docs/verify.md).

Never changes once its day is closed. Refuses nothing: an entry that is in no closed day has no proof yet.
"""

import base64
from collections.abc import Sequence
from typing import Any

from custody.models import Fund
from reporting.models import LogDay, LogEntry, LogFundDay
from reporting.transparency.checkpoints import note_of
from reporting.transparency.day_reads import fund_day_of, head_line
from reporting.transparency.leaves import closed_day_text, day_leaf, entry_leaf
from reporting.transparency.merkle import inclusion_path


def inclusion_proof(fund: Fund, sequence: int) -> dict[str, Any] | None:
    """The proof of the entry's newest edition, as it is served; None while its day is not closed."""
    entry = LogEntry.objects.filter(fund=fund, sequence=sequence).order_by("number", "position").last()
    if entry is None:
        return None
    day = LogDay.objects.get(number=entry.number)
    shown = LogEntry.objects.filter(fund=fund, number=day.number).order_by("position")
    leaves = [entry_leaf(bytes.fromhex(each.salt), each.shown) for each in shown]
    codes = dict(Fund.objects.values_list("pk", "code"))
    rows = list(LogFundDay.objects.filter(number=day.number).order_by("position"))
    days = [fund_day_of(row, day, codes[row.fund_id]) for row in rows]
    own = next(place for place, row in enumerate(rows) if row.fund_id == fund.pk)
    before = LogDay.objects.filter(number__lte=day.number).order_by("number")
    closed = [day_leaf(*each) for each in before.values_list("ended_on", "funds", "root")]
    line = head_line(day)
    text, of_day = line.text_under(day.origin), closed_day_text(day.ended_on, day.funds, day.root)
    return {
        "version": 1,
        "shown": entry.shown,
        "salt": entry.salt,
        "entry": _placed(leaves, entry.position),
        "fund_day": {"text": days[own].text, **_placed([each.leaf for each in days], own)},
        "day": {
            "text": of_day,
            **_placed(closed, day.number - 1),
        },
        "head": {
            "text": text,
            "p256_key": base64.b64encode(line.seals.p256_key).decode(),
            "p256_signature": base64.b64encode(line.seals.p256_signature).decode(),
        },
        "note": note_of(text, line.seals),
    }


def _placed(leaves: Sequence[bytes], index: int) -> dict[str, Any]:
    path = [each.hex() for each in inclusion_path(leaves, index)]
    return {"index": index, "size": len(leaves), "path": path}
