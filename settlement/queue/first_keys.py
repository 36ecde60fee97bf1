"""What waits for the committee's key on a page: every kind at once, oldest first, and what was turned.

The same as a person's whole queue holds of that act, in few queries however much waits. Refuses nothing and
writes nothing.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, LiteralString

from django.db import connection
from django.utils.functional import Promise

from custody import keys
from custody.amendments.enacting import AMENDMENT
from custody.models import Fund
from custody.money_in import break_proposals
from custody.permits.acts import Act
from custody.queue.amendment_turns import amendment_turns
from custody.queue.keyed_subjects import kinds
from settlement.queue.further_keys import with_further_keys

WAITS_MAX = 500  # as many as one signing list holds
TURNED_ROWS = 40

_UNTURNED: LiteralString = """
SELECT w.kind, w.id, w.fund, w.number, w.since, w.amount, count(*) OVER (),
       coalesce(sum(w.amount) FILTER (WHERE w.kind = 'settlement') OVER (), 0)
  FROM (
    SELECT 'settlement' AS kind, s.id, s.fund_id AS fund, s.number,
           (SELECT max(m.moved_at) FROM settlement_settlementmove m WHERE m.settlement_id = s.id) AS since,
           s.total AS amount, s.submitted_by_id AS maker
      FROM settlement_settlement s WHERE s.state = 'verified'
    UNION ALL
    SELECT 'payee', p.id, p.fund_id, p.id::text, p.usable_from::timestamp AT TIME ZONE 'Asia/Shanghai',
           NULL, NULL
      FROM settlement_payeeaccount p
     WHERE NOT p.handover
       AND NOT custody_key_turned(p.fund_id, 'payee', p.id, 'approve', settlement_payee_content(p.id))
    UNION ALL
    SELECT 'placement', p.id, p.fund_id, p.order_key, p.ordered_on::timestamp AT TIME ZONE 'Asia/Shanghai',
           p.principal, p.ordered_by_id
      FROM custody_placement p WHERE p.state = 'ordered'
    UNION ALL
    SELECT 'payback', p.id, p.fund_id, p.id::text, p.proposed_at, p.amount, p.proposed_by_id
      FROM custody_payback p WHERE p.state = 'proposed' AND p.evidence = ''
    UNION ALL
    SELECT 'seat', p.id, p.fund_id, p.id::text, p.proposed_at, NULL, p.proposed_by_id
      FROM custody_seatproposal p
     WHERE NOT EXISTS (SELECT FROM custody_membership m WHERE m.seat_id = p.id)
       AND NOT custody_key_turned(p.fund_id, 'seat', p.id, 'approve', custody_seat_content(p.id))
    UNION ALL
    SELECT 'period', p.id, p.fund_id, p.id::text, p.proposed_at, NULL, p.proposed_by_id
      FROM custody_periodproposal p
     WHERE p.closed_before IS NOT DISTINCT FROM (
               SELECT c.closed_through FROM custody_period_close c
                WHERE c.fund_id = p.fund_id ORDER BY c.id DESC LIMIT 1)
       AND NOT EXISTS (SELECT FROM custody_period_close c WHERE c.proposal_id = p.id)
       AND p.last_entry = custody_last_entry_through(p.fund_id, p.through)
       AND NOT custody_key_turned(p.fund_id, 'period', p.id, 'approve', custody_period_content(p.id))
    UNION ALL
    SELECT 'break', p.id, p.fund_id, p.id::text, p.proposed_at, coalesce(l.amount, o.amount), p.proposed_by_id
      FROM custody_breakexplanation p
      LEFT JOIN custody_bankline l ON l.id = p.line_id LEFT JOIN custody_channelorder o ON o.id = p.order_id
     WHERE NOT EXISTS (SELECT FROM custody_breakexplanationwithdrawal x WHERE x.explanation_id = p.id)
       AND NOT custody_key_turned(p.fund_id, 'break', p.id, 'approve', custody_break_content(p.id))
    UNION ALL
    SELECT 'amendment', p.id, p.fund_id, p.id::text, p.proposed_at, NULL, p.proposed_by_id
      FROM custody_amendment p
     WHERE NOT custody_key_turned(p.fund_id, 'amendment', p.id, 'approve', custody_amendment_content(p.id))
    UNION ALL
    SELECT 'acceptance', p.id, p.fund_id, p.id::text, p.handed_in_at, NULL, NULL
      FROM settlement_acceptance p WHERE settlement_acceptance_waits(p.id)
    UNION ALL
    SELECT 'enrolment', n.id, min(f.fund_id), n.id::text, n.proposed_at, NULL, n.operator_id
      FROM custody_keyenrolment n
      JOIN custody_organisation o ON o.id = n.organisation_id AND o.kind <> 'trustee'
      JOIN custody_fundparty f ON f.organisation_id = o.id AND f.fund_id = ANY(%(funds)s)
     WHERE NOT EXISTS (SELECT FROM custody_publickey k WHERE k.enrolment_id = n.id)
       AND NOT EXISTS (SELECT FROM custody_signedsubject m
                        WHERE m.subject_kind = 'enrolment' AND m.subject_id = n.id
                          AND m.operator_id = %(person)s)
       AND (NOT EXISTS (SELECT FROM custody_publickey k WHERE k.organisation_id = o.id)
            OR EXISTS (SELECT FROM custody_membership m
                        WHERE m.operator_id = %(person)s AND m.organisation_id = o.id
                          AND m.valid_until IS NULL))
     GROUP BY n.id
    /* further */
  ) w
 WHERE w.fund = ANY(%(funds)s) AND w.maker IS DISTINCT FROM %(person)s
 ORDER BY w.since, w.fund, w.kind, w.id
 LIMIT %(most)s
"""

_TURNED: LiteralString = """
SELECT a.id, a.subject_kind, a.subject_id, a.fund_id, coalesce(s.number, d.order_key, a.subject_id::text),
       a.given_at, coalesce(nullif(p.full_name, ''), p.username), coalesce(s.total, d.principal, b.amount),
       w.withdrawn_at, coalesce(s.state, '')
  FROM custody_approval a
  JOIN custody_operator p ON p.id = a.operator_id
  LEFT JOIN custody_approvalwithdrawal w ON w.approval_id = a.id
  LEFT JOIN settlement_settlement s ON a.subject_kind = 'settlement' AND s.id = a.subject_id
  LEFT JOIN custody_placement d ON a.subject_kind = 'placement' AND d.id = a.subject_id
  LEFT JOIN custody_payback b ON a.subject_kind = 'payback' AND b.id = a.subject_id
 WHERE a.organisation_id = %(organisation)s AND a.fund_id = ANY(%(funds)s)
   AND (%(after)s::bigint IS NULL OR a.id < %(after)s)
 ORDER BY a.id DESC LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True)
class KeyWait:
    """One subject that waits for the committee's key since an instant; ``amount`` in yuan or None."""

    kind: str
    subject_id: int
    fund: Fund
    number: str
    since: datetime
    amount: Decimal | None

    @property
    def title(self) -> Promise | str:
        """What kind of thing it is, in words."""
        return kinds()[self.kind].title

    @property
    def item(self) -> str:
        """As a signing list is asked for it."""
        return f"{self.fund.code}|{self.kind}|{self.number}"


@dataclass(frozen=True, slots=True)
class KeyWaits:
    """What waits, oldest first; ``count`` of all, ``total`` of the payments among them in yuan."""

    rows: list[KeyWait]
    count: int
    total: Decimal

    def after(self, kind: str, subject_id: int) -> list[KeyWait]:
        """Whatever else waits, what comes behind this one first."""
        at = self.place(kind, subject_id)
        return self.rows[at:] + self.rows[: max(at - 1, 0)]

    def place(self, kind: str, subject_id: int) -> int:
        """Where this one stands among them, from 1; 0 where it does not wait."""
        named = [(each.kind, each.subject_id) for each in self.rows]
        return named.index((kind, subject_id)) + 1 if (kind, subject_id) in named else 0


@dataclass(frozen=True, slots=True)
class TurnedKey:
    """A key an organisation turned: by whom, when; ``withdrawn_at`` None while it was not taken back."""

    pk: int
    kind: str
    subject_id: int
    fund: Fund
    number: str
    given_at: datetime
    who: str
    amount: Decimal | None
    withdrawn_at: datetime | None
    state: str

    @property
    def title(self) -> Promise | str:
        """What kind of thing it was turned on; a kind that no page shows keeps its own name."""
        return kinds()[self.kind].title if self.kind in kinds() else self.kind

    @property
    def shows(self) -> bool:
        """Whether there is a page of it."""
        return self.kind in kinds()


def first_keys_waiting(funds: Collection[Fund], person_id: int) -> KeyWaits:
    """What waits for the committee's key in these funds and was not made by this person."""
    by_id = {each.pk: each for each in funds}
    with connection.cursor() as cursor:
        query = with_further_keys(_UNTURNED, "approve", "kind, id, fund, number, since, amount, maker")
        cursor.execute(query, {"funds": list(by_id), "person": person_id, "most": WAITS_MAX})
        found = cursor.fetchall()
    rows = [
        KeyWait(kind, pk, by_id[fund], number, since, amount)
        for kind, pk, fund, number, since, amount, *_ in found
    ]
    left = _still_open(rows)
    count, total = (found[0][6], found[0][7]) if found else (0, Decimal(0))
    return KeyWaits(left, count - (len(rows) - len(left)), total)


def keys_turned(
    organisation_id: int, funds: Collection[Fund], after: int | None = None
) -> tuple[list[TurnedKey], int | None]:
    """One page of the keys an organisation turned, newest first, and the cursor of the next."""
    by_id = {each.pk: each for each in funds}
    asked: dict[str, Any] = {
        "organisation": organisation_id,
        "funds": list(by_id),
        "after": after,
        "most": TURNED_ROWS + 1,
    }
    with connection.cursor() as cursor:
        cursor.execute(_TURNED, asked)
        found = cursor.fetchall()
    rows = [
        TurnedKey(pk, kind, subject, by_id[fund], *rest)
        for pk, kind, subject, fund, *rest in found[:TURNED_ROWS]
    ]
    return rows, rows[-1].pk if len(found) > TURNED_ROWS else None


def _still_open(rows: Sequence[KeyWait]) -> list[KeyWait]:
    """Without explanations of what was found meanwhile, and changes that come too late."""
    funds = {(each.kind, each.fund.pk): each.fund for each in rows}
    open_ones = {
        *((keys.BREAK, each.pk) for (kind, fund), _row in funds.items() if kind == keys.BREAK
          for each in break_proposals.standing_explanations(fund)),
        *((AMENDMENT, int(each.number)) for (kind, _fund), row in funds.items() if kind == AMENDMENT
          for each in amendment_turns(row) if each.act is Act.TURN_FIRST_KEY),
    }  # fmt: skip
    judged = (keys.BREAK, AMENDMENT)
    return [each for each in rows if each.kind not in judged or (each.kind, each.subject_id) in open_ones]
