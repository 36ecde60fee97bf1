"""What waits at the trust company's desk and in others' hands, counted over all its funds at once.

Two queries whatever the number of funds; the same things ``queue_of`` lists one by one. Refuses nothing and
writes nothing.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, LiteralString

from django.db import connection

from custody.models import Operator
from settlement.payments.sending import SILENT_DAYS
from settlement.queue.further_keys import with_further_keys

THINGS_MAX = 50


class JobName(StrEnum):
    """What waits: a settlement where it stands, or another thing."""

    UNEXPLAINED = "unexplained"
    RELEASE = "approved"
    KEYS = "keys"
    SUSPENSE = "suspense"
    INSTRUCT = "released"
    UNSENT = "unsent"
    SILENT = "silent"
    UNKNOWN = "unknown"
    FAILED = "failed"
    COMMITTEE = "verified"
    BANK = "instructed"
    FIRM = "returned"
    QUESTIONS = "questions"
    ORDERS = "orders"
    DAYS = "days"
    CARRY = "carry"
    SCORES = "scores"


# What lacks the trust company's key, invoices apart: one row each, as the queues of both rooms name it.
_KEYED: LiteralString = """
open_line AS (
    SELECT x.line_id, x.kind, x.fund_id FROM custody_lineexplanation x
     WHERE x.fund_id = ANY(%(funds)s) AND x.kind IN ('suspense', 'unexplained')
       AND NOT EXISTS (SELECT FROM custody_lineexplanation n WHERE n.line_id = x.line_id AND n.id > x.id)
), keyed AS (
    SELECT p.fund_id, 'placement' AS kind, p.id, p.order_key AS number, p.principal AS amount,
           p.ordered_on::timestamp AT TIME ZONE 'Asia/Shanghai' AS since, p.ordered_by_id AS maker
      FROM custody_placement p WHERE p.fund_id = ANY(%(funds)s) AND p.state = 'approved'
    UNION ALL
    SELECT p.fund_id, 'payback', p.id, p.id::text, p.amount, p.proposed_at,
           CASE WHEN p.evidence = '' THEN p.proposed_by_id ELSE p.reported_by_id END
      FROM custody_payback p
     WHERE p.fund_id = ANY(%(funds)s)
       AND (p.state = 'approved' AND p.evidence = '' OR p.state = 'instructed' AND p.evidence <> '')
    UNION ALL
    SELECT a.fund_id, 'payee', a.id, a.id::text, NULL,
           a.usable_from::timestamp AT TIME ZONE 'Asia/Shanghai', NULL
      FROM settlement_payeeaccount a
     WHERE a.fund_id = ANY(%(funds)s) AND NOT a.handover
       AND NOT custody_key_turned(a.fund_id, 'payee', a.id, 'release', settlement_payee_content(a.id))
    UNION ALL
    SELECT r.fund_id, 'refusal', r.id, r.id::text, o.amount, r.reported_at, r.reported_by_id
      FROM settlement_paymentorder o JOIN settlement_refusal r ON r.order_id = o.id
     WHERE o.fund_id = ANY(%(funds)s) AND o.outcome IN ('pending', 'unknown')
    UNION ALL
    SELECT t.fund_id, 'return', t.id, t.id::text, l.amount, t.reported_at, t.reported_by_id
      FROM open_line x JOIN settlement_returntie t ON t.line_id = x.line_id
      JOIN custody_bankline l ON l.id = t.line_id
    UNION ALL
    SELECT e.fund_id, 'break', e.id, e.id::text, l.amount, e.proposed_at, e.proposed_by_id
      FROM open_line x JOIN custody_breakexplanation e ON e.line_id = x.line_id
      JOIN custody_bankline l ON l.id = e.line_id
     WHERE NOT EXISTS (SELECT FROM custody_breakexplanationwithdrawal w WHERE w.explanation_id = e.id)
       AND NOT custody_key_turned(e.fund_id, 'break', e.id, 'release', custody_break_content(e.id))
    UNION ALL
    SELECT e.fund_id, 'break', e.id, e.id::text, o.amount, e.proposed_at, e.proposed_by_id
      FROM custody_channelorder o JOIN custody_breakexplanation e ON e.order_id = o.id
     WHERE o.fund_id = ANY(%(funds)s) AND o.bank_line_id IS NULL AND NOT custody_order_voided(o.id)
       AND NOT EXISTS (SELECT FROM custody_breakexplanationwithdrawal w WHERE w.explanation_id = e.id)
       AND NOT custody_key_turned(e.fund_id, 'break', e.id, 'release', custody_break_content(e.id))
    UNION ALL
    SELECT s.fund_id, 'seat', s.id, s.id::text, NULL, s.proposed_at, s.proposed_by_id
      FROM custody_seatproposal s
     WHERE s.fund_id = ANY(%(funds)s) AND NOT EXISTS (SELECT FROM custody_membership m WHERE m.seat_id = s.id)
       AND NOT custody_key_turned(s.fund_id, 'seat', s.id, 'release', custody_seat_content(s.id))
    UNION ALL
    SELECT a.fund_id, 'amendment', a.id, a.id::text, NULL, a.proposed_at, a.proposed_by_id
      FROM custody_amendment a
     WHERE a.fund_id = ANY(%(funds)s)
       AND custody_key_turned(a.fund_id, 'amendment', a.id, 'approve', custody_amendment_content(a.id))
       AND NOT custody_key_turned(a.fund_id, 'amendment', a.id, 'release', custody_amendment_content(a.id))
    UNION ALL
    SELECT p.fund_id, 'period', p.id, p.id::text, NULL, p.proposed_at, p.proposed_by_id
      FROM custody_periodproposal p
     WHERE p.fund_id = ANY(%(funds)s) AND p.last_entry = custody_last_entry_through(p.fund_id, p.through)
       AND p.closed_before IS NOT DISTINCT FROM (
            SELECT c.closed_through FROM custody_period_close c
             WHERE c.fund_id = p.fund_id ORDER BY c.id DESC LIMIT 1)
       AND NOT EXISTS (SELECT FROM custody_period_close c WHERE c.proposal_id = p.id)
       AND NOT custody_key_turned(p.fund_id, 'period', p.id, 'release', custody_period_content(p.id))
    UNION ALL
    SELECT min(p.fund_id), 'enrolment', n.id, n.id::text, NULL, n.proposed_at, n.operator_id
      FROM custody_keyenrolment n
      JOIN custody_fundparty p ON p.organisation_id = n.organisation_id AND p.fund_id = ANY(%(funds)s)
     WHERE NOT EXISTS (SELECT FROM custody_publickey k WHERE k.enrolment_id = n.id)
       AND NOT EXISTS (SELECT FROM custody_signedsubject m
                        WHERE m.subject_kind = 'enrolment' AND m.subject_id = n.id
                          AND m.operator_id = %(person)s)
     GROUP BY n.id
    UNION ALL
    SELECT s.fund_id, 'day', s.id, s.id::text, NULL, s.prepared_at, s.prepared_by_id
      FROM custody_sheets_to_sign(%(funds)s) s
    /* further */
), mine AS (
    SELECT * FROM keyed k WHERE k.maker IS DISTINCT FROM %(person)s
)
"""
_JOBS: LiteralString = """
WITH {keyed}
SELECT what, sum(n), sum(total), min(since), min(who), count(DISTINCT who) FROM (
    SELECT s.state AS what, 1 AS n, s.total,
           (SELECT max(m.moved_at) FROM settlement_settlementmove m WHERE m.settlement_id = s.id) AS since,
           CASE s.state
           WHEN 'verified' THEN (
               SELECT min(o.name)
                 FROM custody_fundparty p JOIN custody_organisation o ON o.id = p.organisation_id
                WHERE p.fund_id = s.fund_id AND o.kind = 'committee'
                  AND daterange(p.valid_from, p.valid_until) @> %(on)s::date)
           WHEN 'instructed' THEN (
               SELECT b.bank_name FROM custody_bankaccount b WHERE b.id = s.debtor_account_id)
           WHEN 'returned' THEN s.seller END AS who
      FROM settlement_settlement s
     WHERE s.fund_id = ANY(%(funds)s)
       AND s.state IN ('verified', 'approved', 'released', 'instructed', 'unknown', 'failed', 'returned')
       AND NOT (s.state = 'approved' AND s.submitted_by_id IS NOT DISTINCT FROM %(person)s)
    UNION ALL
    SELECT x.kind, 1, abs(l.amount), l.booked_on::timestamp AT TIME ZONE 'Asia/Shanghai', ''
      FROM open_line x JOIN custody_bankline l ON l.id = x.line_id
    UNION ALL
    SELECT 'unsent', 1, b.total, b.created_at,
           (SELECT v.why FROM custody_vaultnote v WHERE v.kind = 'payment_file' AND v.subject_id = b.id
             ORDER BY v.id DESC LIMIT 1)
      FROM settlement_paymentbatch b
     WHERE b.fund_id = ANY(%(funds)s) AND b.sent_at IS NULL
       AND EXISTS (SELECT FROM settlement_paymentorder o
                    WHERE o.batch_id = b.id AND o.outcome IN ('pending', 'unknown'))
    UNION ALL
    SELECT 'silent', 1, o.amount, b.execute_on::timestamp AT TIME ZONE 'Asia/Shanghai', ''
      FROM settlement_paymentorder o JOIN settlement_paymentbatch b ON b.id = o.batch_id
     WHERE o.fund_id = ANY(%(funds)s) AND o.outcome = 'pending' AND b.execute_on < %(silent_on)s
    UNION ALL
    SELECT 'questions', 1, 0, q.asked_at, q.answer_by::text FROM settlement_question q
     WHERE q.fund_id = ANY(%(funds)s)
       AND NOT EXISTS (SELECT FROM settlement_reply r WHERE r.question_id = q.id)
    UNION ALL
    SELECT 'orders', 1, o.amount, o.paid_on::timestamp AT TIME ZONE 'Asia/Shanghai', ''
      FROM custody_channelorder o
     WHERE o.fund_id = ANY(%(funds)s) AND o.bank_line_id IS NULL AND NOT custody_order_voided(o.id)
       AND o.paid_on < %(on)s::date - custody_in_transit_days(o.fund_id, o.paid_on)
    UNION ALL
    SELECT 'days', 1, 0, h.through::timestamp AT TIME ZONE 'Asia/Shanghai', ''
      FROM unnest(%(funds)s::bigint[]) AS f (id)
     CROSS JOIN LATERAL (
        SELECT greatest((SELECT max(b.booked_on) FROM custody_bankline b WHERE b.fund_id = f.id),
                        (SELECT max(p.to_on) FROM custody_bankperiod p WHERE p.fund_id = f.id)) AS heard) b
     CROSS JOIN LATERAL (SELECT least(b.heard, %(on)s::date) AS through) h
     WHERE b.heard IS NOT NULL AND NOT custody_break_open(f.id) AND custody_bank_difference(f.id) = 0
       AND NOT EXISTS (SELECT FROM custody_daysheet s
                        WHERE s.fund_id = f.id AND s.day = h.through
                          AND s.last_entry = custody_last_entry_through(f.id, h.through))
    UNION ALL
    SELECT CASE WHEN w.scored THEN 'carry' ELSE 'scores' END, 1, w.withheld,
           (make_date(w.year, w.quarter * 3, 1) + interval '1 month')::timestamp AT TIME ZONE 'Asia/Shanghai',
           CASE WHEN w.scored THEN '' ELSE (
               SELECT min(o.name)
                 FROM custody_fundparty p JOIN custody_organisation o ON o.id = p.organisation_id
                WHERE p.fund_id = w.fund_id AND o.kind = 'committee'
                  AND daterange(p.valid_from, p.valid_until) @> %(on)s::date) END
      FROM settlement_withheld_quarters(%(funds)s) w
     WHERE make_date(w.year, w.quarter * 3, 1) + interval '1 month' <= %(on)s::date
    UNION ALL
    SELECT 'keys', 1, coalesce(abs(k.amount), 0), k.since, '' FROM mine k
) waits GROUP BY what
"""
_KEYS: LiteralString = """
WITH {keyed}
SELECT f.code, e.name, k.kind, k.id, k.number, k.amount, k.since
  FROM mine k JOIN custody_fund f ON f.id = k.fund_id JOIN custody_estate e ON e.id = f.estate_id
 ORDER BY k.since, k.kind, k.id LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True)
class DeskJob:
    """How many things of one name wait, their sum in yuan, since when; ``who`` has them, and how many.

    Of payment files that have not left, ``who`` is why the vault could not let one out, if it said so.
    """

    name: JobName
    count: int
    total: Decimal
    since: datetime
    who: str
    whose: int


@dataclass(frozen=True, slots=True)
class KeyedThing:
    """Something other than an invoice that lacks the trust company's key; ``amount`` in yuan, if any."""

    fund: str
    estate: str
    kind: str
    pk: int
    number: str
    amount: Decimal | None
    since: datetime


def _keyed() -> LiteralString:
    return with_further_keys(_KEYED, "release", "fund, kind, id, number, amount, since, maker")


def desk_jobs(fund_ids: Collection[int], person: Operator, on: date) -> dict[JobName, DeskJob]:
    """What waits in these funds, for the desk and for others, by name; no key on what ``person`` made."""
    asked: dict[str, Any] = {"funds": list(fund_ids), "person": person.pk, "on": on}
    with connection.cursor() as cursor:
        cursor.execute(
            _JOBS.replace("{keyed}", _keyed()), {**asked, "silent_on": on - timedelta(days=SILENT_DAYS)}
        )
        rows = cursor.fetchall()
    return {
        JobName(what): DeskJob(JobName(what), int(count), Decimal(total), since, who or "", whose)
        for what, count, total, since, who, whose in rows
    }


def second_keys(fund_ids: Collection[int], person: Operator) -> list[KeyedThing]:
    """What lacks the trust company's key, invoices apart, oldest first: at most one page of it."""
    with connection.cursor() as cursor:
        cursor.execute(
            _KEYS.replace("{keyed}", _keyed()),
            {"funds": list(fund_ids), "person": person.pk, "most": THINGS_MAX},
        )
        return [KeyedThing(*row) for row in cursor.fetchall()]
