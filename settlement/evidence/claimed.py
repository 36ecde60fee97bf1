"""What invoices claim, line by line: the work accepted, and what the year's budget has left after them.

One query for any number of invoices. Takes no lock and refuses nothing: services judge again before a key.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import LiteralString

from django.db import connection

from settlement.models import Basis
from settlement.states import CLAIMING

# Each budget line and work order is summed once, however many of the invoices draw on it.
_LINES: LiteralString = """
WITH line AS MATERIALIZED (
    SELECT l.* FROM settlement_settlement s
      JOIN settlement_settlementline l ON l.settlement_id = s.id AND l.revision = s.revision
     WHERE s.id = ANY(%(ids)s)
), used AS (
    SELECT l.budget_line_id, sum(l.amount) FILTER (WHERE s.state = 'paid') AS paid,
           sum(l.amount) FILTER (WHERE s.state <> 'paid') AS moving
      FROM settlement_settlementline l
     CROSS JOIN LATERAL (
        SELECT o.state FROM settlement_settlement o
         WHERE o.id = l.settlement_id AND o.revision = l.revision AND o.state = ANY(%(claiming)s) OFFSET 0) s
     WHERE l.budget_line_id = ANY(ARRAY(SELECT m.budget_line_id FROM line m)) GROUP BY 1
), worked AS (
    SELECT c.work_order_id, sum(c.amount) AS amount FROM settlement_claim c
     WHERE c.work_order_id = ANY(ARRAY(SELECT m.work_order_id FROM line m)) GROUP BY 1
), own AS (
    SELECT l.settlement_id, l.budget_line_id, l.work_order_id, l.amount, s.state = 'paid' AS paid
      FROM line l JOIN settlement_settlement s ON s.id = l.settlement_id AND s.state = ANY(%(claiming)s)
     WHERE s.id = ANY(%(ids)s)
)
SELECT l.settlement_id, l.line_no, l.basis, l.cited, l.budget_code, l.amount, l.period_month,
       w.number, w.description, w.completed_on, w.accepted_on, w.accepted_by, w.accepted, w.amount,
       coalesce(d.amount, 0) - coalesce((
           SELECT sum(o.amount) FROM own o
            WHERE o.settlement_id = l.settlement_id AND o.work_order_id = w.id), 0),
       w.source_file_id,
       b.year, b.name, b.book, b.annual_amount, coalesce(u.paid, 0) - coalesce(o.paid, 0),
       coalesce(u.moving, 0) - coalesce(o.moving, 0)
  FROM line l
  LEFT JOIN settlement_workorder w ON w.id = l.work_order_id
  LEFT JOIN worked d ON d.work_order_id = w.id
  LEFT JOIN settlement_budgetline b ON b.id = l.budget_line_id
  LEFT JOIN used u ON u.budget_line_id = b.id
  LEFT JOIN LATERAL (
    SELECT sum(m.amount) FILTER (WHERE m.paid) AS paid, sum(m.amount) FILTER (WHERE NOT m.paid) AS moving
      FROM own m WHERE m.settlement_id = l.settlement_id AND m.budget_line_id = b.id) o ON true
 ORDER BY l.settlement_id, l.line_no
"""
_CLAIMING = [state.value for state in CLAIMING]


@dataclass(frozen=True, slots=True)
class ClaimedWork:
    """A work order as it was judged: ``amount`` accepted, ``before`` claimed by other invoices; yuan.

    ``paper_id`` is the file it was handed in with, if any.
    """

    number: str
    description: str
    completed_on: date
    accepted_on: date
    accepted_by: str
    accepted: bool
    amount: Decimal
    before: Decimal
    paper_id: int | None


@dataclass(frozen=True, slots=True)
class BudgetUse:
    """A budget line beside other invoices' claims: ``paid`` and still ``moving``; yuan."""

    year: int
    code: str
    name: str
    book: str
    annual: Decimal
    paid: Decimal
    moving: Decimal


@dataclass(frozen=True, slots=True)
class Claim:
    """One line of an invoice; ``work`` and ``budget`` None where it names what is not there."""

    line_no: int
    basis: Basis
    cited: str
    code: str
    amount: Decimal
    month: date | None
    work: ClaimedWork | None
    budget: BudgetUse | None


@dataclass(frozen=True, slots=True)
class BudgetPosition:
    """A budget line with ``asked``, what this invoice takes of it; yuan."""

    use: BudgetUse
    asked: Decimal

    @property
    def before(self) -> Decimal:
        """What others take of it, paid or not."""
        return self.use.paid + self.use.moving

    @property
    def left(self) -> Decimal:
        """What remains once this invoice is paid; below zero where it does not suffice."""
        return self.use.annual - self.before - self.asked


@dataclass(frozen=True, slots=True)
class WorkPosition:
    """A work order with ``asked``, what this invoice claims of it; yuan."""

    work: ClaimedWork
    asked: Decimal

    @property
    def left(self) -> Decimal:
        """What is accepted and claimed by nobody yet."""
        return self.work.amount - self.work.before - self.asked


def claims_of(settlement_ids: Collection[int]) -> dict[int, list[Claim]]:
    """The present lines of each invoice, in their order."""
    found: dict[int, list[Claim]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_LINES, {"ids": list(settlement_ids), "claiming": _CLAIMING})
        for row in cursor.fetchall():
            found[row[0]].append(_claim(row[1:]))
    return found


def budget_positions(claims: Iterable[Claim]) -> list[BudgetPosition]:
    """The budget lines one invoice draws on, in its order."""
    asked: dict[BudgetUse, Decimal] = defaultdict(Decimal)
    for each in claims:
        if each.budget is not None:
            asked[each.budget] += each.amount
    return [BudgetPosition(use, amount) for use, amount in asked.items()]


def work_positions(claims: Iterable[Claim]) -> list[WorkPosition]:
    """The work orders one invoice claims, in its order."""
    asked: dict[ClaimedWork, Decimal] = defaultdict(Decimal)
    for each in claims:
        if each.work is not None:
            asked[each.work] += each.amount
    return [WorkPosition(work, amount) for work, amount in asked.items()]


def _claim(row: tuple) -> Claim:  # type: ignore[type-arg]
    line_no, basis, cited, code, amount, month = row[:6]
    work = ClaimedWork(*row[6:15]) if row[6] is not None else None
    year, name, book, annual, paid, moving = row[15:]
    budget = BudgetUse(year, code, name, book, annual, paid, moving) if year is not None else None
    return Claim(line_no, Basis(basis), cited, code, amount, month, work, budget)
