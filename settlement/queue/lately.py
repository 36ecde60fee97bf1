"""What happened lately over many funds: moves of one hand at one time told as one, and files that came in.

One query whatever the number of funds. Refuses nothing and writes nothing.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, LiteralString

from django.db import connection
from django.utils.translation import gettext as _

from custody.kernel.words import told
from custody.models import Document
from settlement.states import TITLES, State

TOLD_MAX = 6
LOOKED_AT_MAX = 300  # moves; a bulk act of 500 is told by its newest

_LATELY: LiteralString = """
SELECT max(h.at), h.kind, coalesce(nullif(min(p.full_name), ''), min(p.username)), h.what, count(*),
       sum(h.total), min(h.name) FROM (
    (SELECT m.moved_at AS at, 'move' AS kind, m.actor_id AS actor, s.total,
            CASE WHEN m.source = 'released' AND m.target = 'approved' THEN '' ELSE m.target END AS what,
            s.number AS name, date_trunc('hour', m.moved_at) AS together
       FROM settlement_settlementmove m JOIN settlement_settlement s ON s.id = m.settlement_id
      WHERE m.fund_id = ANY(%(funds)s) AND m.target NOT IN ('draft', 'submitted')
      ORDER BY m.id DESC LIMIT %(most)s)
    UNION ALL
    (SELECT d.kept_at, 'file', d.kept_by_id, NULL, d.kind, d.name, d.kept_at
       FROM custody_document d
      WHERE d.fund_id = ANY(%(funds)s) AND d.kind IN ('bank', 'channel', 'revenue', 'work')
      ORDER BY d.id DESC LIMIT %(told)s)
) h JOIN custody_operator p ON p.id = h.actor
 GROUP BY h.kind, h.actor, h.what, h.together
 ORDER BY 1 DESC LIMIT %(told)s
"""


@dataclass(frozen=True, slots=True)
class Lately:
    """Something of these hours: when, and a sentence."""

    at: datetime
    sentence: str


def lately(fund_ids: Collection[int]) -> list[Lately]:
    """The newest happenings of these funds, newest first."""
    asked: dict[str, Any] = {"funds": list(fund_ids), "most": LOOKED_AT_MAX, "told": TOLD_MAX}
    with connection.cursor() as cursor:
        cursor.execute(_LATELY, asked)
        return [Lately(row[0], _told(*row[1:])) for row in cursor.fetchall()]


def _told(kind: str, who: str, what: str, count: int, total: Decimal | None, name: str) -> str:
    if kind == "file":
        sentence = _("%(who)s交来%(kind)s：%(name)s")
        return told(sentence, who=who, kind=Document.Kind(what).label, name=name)
    said = _("%(who)s：%(state)s%(count)s笔，%(total)s元")
    state = TITLES[State(what)] if what else _("撤回放款")
    return told(said, who=who, state=state, count=count, total=f"{total or 0:,.2f}")
