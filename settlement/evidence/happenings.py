"""An invoice's history from its birth to the bank's line, in one list; and the two seals it has so far.

Moves, keys turned and taken back, the payment file, the bank's answers and its line. Refuses nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import LiteralString

from django.db import connection
from django.utils.translation import gettext as _

from custody.kernel.words import told
from custody.models import Key
from custody.models.signatures import Method
from settlement.states import TITLES, State

TOGETHER = timedelta(minutes=5)  # a key's instant is the database's, its move's the visit's


class Happening(StrEnum):
    """What kind of thing happened."""

    MOVE = "move"
    KEY = "key"
    TAKEN_BACK = "taken_back"
    SENT = "sent"
    REFUSAL = "refusal"
    BANK_LINE = "bank_line"


_STEPS: LiteralString = """
SELECT at, kind, who, body, what, said, ref, good FROM (
    SELECT m.moved_at AS at, 'move' AS kind, m.actor_id AS actor, m.target AS what, m.reason AS said,
           '' AS ref, '' AS body, true AS good, m.step AS place
      FROM settlement_settlementmove m WHERE m.settlement_id = %(one)s
    UNION ALL
    SELECT a.given_at, 'key', a.operator_id, a.key, k.method, a.content_sha256, o.name,
           w.id IS NULL AND r.id IS NULL AND a.content_sha256 = settlement_content(%(one)s), 0
      FROM custody_approval a JOIN custody_organisation o ON o.id = a.organisation_id
      JOIN custody_signedsubject g ON g.id = a.signed_id JOIN custody_publickey k ON k.id = g.public_key_id
      LEFT JOIN custody_approvalwithdrawal w ON w.approval_id = a.id
      LEFT JOIN custody_keyrevocation r ON r.public_key_id = k.id
     WHERE a.subject_kind = 'settlement' AND a.subject_id = %(one)s
    UNION ALL
    SELECT w.withdrawn_at, 'taken_back', w.operator_id, a.key, w.reason, '', '', true, 0
      FROM custody_approvalwithdrawal w JOIN custody_approval a ON a.id = w.approval_id
     WHERE a.subject_kind = 'settlement' AND a.subject_id = %(one)s
    UNION ALL
    SELECT b.sent_at, 'sent', NULL, '', '', b.message_id, '', true, 0
      FROM settlement_paymentorder p JOIN settlement_paymentbatch b ON b.id = p.batch_id
     WHERE p.settlement_id = %(one)s AND b.sent_at IS NOT NULL
    UNION ALL
    SELECT f.reported_at, 'refusal', f.reported_by_id, '', f.evidence, '', '', true, 0
      FROM settlement_paymentorder p JOIN settlement_refusal f ON f.order_id = p.id
     WHERE p.settlement_id = %(one)s
    UNION ALL
    SELECT coalesce(l.booked_at, l.booked_on::timestamp AT TIME ZONE 'Asia/Shanghai' + interval '23:59'),
           'bank_line', NULL, '', l.summary, l.position::text, '', true, 0
      FROM settlement_paymentorder p JOIN custody_bankline l ON l.id = p.bank_line_id
     WHERE p.settlement_id = %(one)s
) h LEFT JOIN LATERAL (
    SELECT coalesce(nullif(p.full_name, ''), p.username) AS who
      FROM custody_operator p WHERE p.id = h.actor) u ON true
 ORDER BY at, place, kind
"""


@dataclass(frozen=True, slots=True)
class HistoryStep:
    """One thing that happened at an instant; ``who`` empty where no person did it.

    ``what`` is a state, a key or empty; ``said`` a reason, a key's method or the bank's words; ``ref`` the
    payment file or the bank line's place. ``good``: of a key, that it stands on the present content.
    """

    at: datetime
    kind: Happening
    who: str
    organisation: str
    what: str
    said: str
    ref: str
    good: bool

    @property
    def title(self) -> str:
        """What happened, in a word or two."""
        if self.kind is Happening.MOVE:
            return str(TITLES[State(self.what)])
        if self.kind is Happening.KEY:
            return _("第一把密码") if self.what == Key.APPROVE else _("第二把密码")
        if self.kind is Happening.TAKEN_BACK:
            return _("撤回第一把密码") if self.what == Key.APPROVE else _("撤回第二把密码")
        if self.kind is Happening.SENT:
            return _("付款文件已送出")
        return _("报称银行拒付") if self.kind is Happening.REFUSAL else _("银行流水")

    @property
    def words(self) -> str:
        """Its reason, method or reference, as a person reads it."""
        if self.kind is Happening.KEY:
            return str(Method(self.said).label)
        if self.kind is Happening.BANK_LINE:
            return told(_("第%(position)s笔 %(summary)s"), position=self.ref, summary=self.said)
        return self.ref or self.said


def timeline(settlement_id: int) -> list[HistoryStep]:
    """Everything on record, oldest first; of a move that a key made, the key alone."""
    with connection.cursor() as cursor:
        cursor.execute(_STEPS, {"one": settlement_id})
        rows = cursor.fetchall()
    steps = [
        HistoryStep(at, Happening(kind), who or "", body, what, said, ref, good)
        for at, kind, who, body, what, said, ref, good in rows
    ]
    hands = [each for each in steps if each.kind in (Happening.KEY, Happening.TAKEN_BACK)]
    return [each for each in steps if not (each.kind is Happening.MOVE and _told_by(each, hands))]


def _told_by(move: HistoryStep, hands: Sequence[HistoryStep]) -> bool:
    """Whether a key that the same person turned or took back says all that the move says."""
    if move.what not in (State.APPROVED, State.RELEASED, State.VERIFIED):
        return move.what == State.DRAFT
    return any(each.who == move.who and abs(each.at - move.at) < TOGETHER for each in hands)


def standing_seal(steps: Sequence[HistoryStep], which: Key) -> HistoryStep | None:
    """The key that stands on the present content, if there is one."""
    good = [each for each in steps if each.kind is Happening.KEY and each.what == which and each.good]
    return good[-1] if good else None
