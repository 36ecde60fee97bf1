"""What the balance sheet needs beside the period's journal: transfers of all time, invoices not yet paid.

Refuses what came later: an invoice is as its history left it at the end of ``to_on``. Never writes.
"""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, LiteralString

from django.db import connection

from custody.models import Fund
from reporting.reading.bank_rows import bank_records
from reporting.reading.gathering import cut_before, ledger_facts
from reporting.reading.ledger_rows import Cut, transfers
from reporting.reading.open_rows import open_matters
from reporting.statements.facts import NOTHING
from reporting.statements.position import PositionFacts, UnpaidInvoices
from settlement.states import State

OWED = tuple(
    str(state)
    for state in (
        State.VERIFIED, State.APPROVED, State.RELEASED, State.INSTRUCTED, State.UNKNOWN, State.FAILED,
    )
)  # fmt: skip
# An invoice corrected later had other lines then: each time it was handed in anew is a revision.
_UNPAID: LiteralString = """
SELECT s.id, l.budget_code, sum(l.amount)
  FROM settlement_settlement s
 CROSS JOIN LATERAL (
    SELECT (array_agg(m.target ORDER BY m.step DESC))[1] AS state,
           count(*) FILTER (WHERE m.source = 'returned' AND m.target = 'submitted') + 1 AS revision
      FROM settlement_settlementmove m
     WHERE m.settlement_id = s.id AND (m.moved_at AT TIME ZONE 'Asia/Shanghai')::date <= %(to_on)s
       AND (%(known_at)s::timestamptz IS NULL OR m.moved_at <= %(known_at)s::timestamptz)) h
  JOIN settlement_settlementline l ON l.settlement_id = s.id AND l.revision = h.revision
 WHERE s.fund_id = %(fund_id)s AND h.state = ANY (%(owed)s)
 GROUP BY s.id, l.budget_code
"""


def unpaid_invoices(cut: Cut) -> UnpaidInvoices:
    """Those found in order by the end of ``to_on`` and neither paid nor given up by then."""
    rows = _unpaid(cut)
    return UnpaidInvoices(len({number for number, _, _ in rows}), sum((each for *_, each in rows), NOTHING))


def unpaid_by_code(cut: Cut) -> dict[str, Decimal]:
    """The same by budget code, yuan."""
    found: dict[str, Decimal] = {}
    for _number, code, amount in _unpaid(cut):
        found[code] = found.get(code, NOTHING) + amount
    return found


def _unpaid(cut: Cut) -> list[tuple[int, str, Decimal]]:
    """Each unpaid invoice's number of ours, budget code and yuan."""
    asked: dict[str, Any] = {
        "fund_id": cut.fund_id,
        "to_on": cut.to_on,
        "known_at": cut.known_at,
        "owed": list(OWED),
    }
    with connection.cursor() as cursor:
        cursor.execute(_UNPAID, asked)
        return [(number, code, amount) for number, code, amount in cursor.fetchall()]


def position_facts(fund: Fund, cut: Cut) -> PositionFacts:
    """All of it; one snapshot is the caller's to hold."""
    before = cut_before(fund, cut)
    return PositionFacts(
        ledger=ledger_facts(fund, cut),
        transferred=transfers(replace(cut, from_on=date.min)),
        unpaid=unpaid_invoices(cut),
        open=open_matters(cut),
        bank=bank_records(cut),
        before=before.span if before else None,
    )
