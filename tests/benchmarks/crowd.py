"""A trust company with very many settlements, work orders, bank lines and entries, for benchmarks alone.

Rows are copied by the owner with triggers switched off, from ones that services made: they look like the real
ones to every page, and prove nothing. Entries are posted, for no mode goes past their guards.
"""

import uuid
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connections

from custody.ledger import door
from custody.models import BankLine, Fund, FundParty, Operator, Organisation
from tests import factories
from tests.benchmarks import bare, ledger
from tests.settlement.desk import Provider, make_provider

FUNDS = 20
CODES = 20
FIRST_ID = 100_000_000
# Of a thousand settlements all but four are paid; the others wait for each of those who decide.
STATE = "coalesce((ARRAY['verified', 'approved', 'returned', 'failed'])[mod(n / 7, 1000) + 1], 'paid')"
HELD = "mod(n / 7, 1000) NOT IN (0, 2)"
KIND = "CASE WHEN mod(n, 100) = 0 THEN 'suspense' ELSE 'payment' END"
NEXT_MOVE = "nextval(pg_get_serial_sequence('settlement_settlementmove', 'id'))"
SINCE = "date '2023-01-01' + mod(n * 37, 900)"


@dataclass(frozen=True, slots=True)
class Crowd:
    """The trust company's people, its estates, and how many settlements they have together."""

    desk: Provider
    estates: list[Provider]
    settlements: int
    journal: Fund

    @property
    def clerk(self) -> Operator:
        """One of the trust company's desk."""
        return self.desk.at.actor

    @property
    def trustee(self) -> Organisation:
        """Whose desk it is."""
        return self.desk.at.trustee


def make_crowd(settlements: int, estates: list[Provider] | None = None) -> Crowd:
    """``settlements`` over all funds, and as many work orders and bank lines; a fund with as many entries."""
    made = estates or [make_provider() for _ in range(FUNDS)]
    desk, each = made[0], settlements // len(made)
    for other in made[1:]:
        _joins(other.at.fund, desk.at.trustee)
    for place, estate in enumerate(made):
        _fill(estate, FIRST_ID + place * each, each)
    journal = _journal(desk.at.trustee, settlements)
    with connections["owner"].cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")
    return Crowd(desk, made, each * len(made), journal)


def _joins(fund: Fund, trustee: Organisation) -> None:
    FundParty(fund=fund, organisation=trustee, valid_from=date(2025, 1, 1)).save(using="owner")


def _journal(trustee: Organisation, entries: int) -> Fund:
    fund = factories.make_fund()
    _joins(fund.fund, trustee)
    cash, income = (
        door.open_account(fund_id=fund.fund.pk, book="operating", kind=kind).id
        for kind in ("cash", "property_fee")
    )
    ground = ledger.Ground(fund.fund.pk, cash, income, fund.actor.pk)
    ledger.ours_many([ground], max(entries, bare.BATCH), uuid.uuid4().hex[:8])()
    return fund.fund


def _fill(estate: Provider, first: int, count: int) -> None:
    copy_settlements(estate, first, count)
    line: BankLine = estate.bank_line("5", "来款")
    ident = f"{first} + n"
    place = {"id": ident, "position": f"{line.position} + n", "booked_on": SINCE}
    _copied("custody_bankline", "id", line.pk, count, place)
    found = {"id": ident, "line_id": ident, "kind": KIND}
    _copied("custody_lineexplanation", "line_id", line.pk, count, found)


def copy_settlements(estate: Provider, first: int, count: int) -> None:
    """Copies of one verified settlement with its work, line and moves; their ids come after ``first``."""
    settlement = estate.verified("10")
    lines = [estate.budget(f"C{code:02d}", amount="9000000").pk for code in range(CODES)]
    work = settlement.lines.get().work_order_id
    ident, chosen = f"{first} + n", f"(ARRAY{lines})[mod(n * 7, {CODES}) + 1]"
    amount, work_number = "10 + mod(n, 500)", f"'GD-{first}-' || n"
    _copied("settlement_workorder", "id", int(work or 0), count,
            {"id": ident, "number": work_number, "budget_line_id": chosen})  # fmt: skip
    _copied("settlement_settlement", "id", settlement.pk, count,
            {"id": ident, "number": f"lpad(({ident})::text, 20, '9')", "issued_on": SINCE, "total": amount,
             "state": STATE, "hold_id": f"CASE WHEN {HELD} THEN {ident} END"})  # fmt: skip
    _copied("settlement_settlementline", "settlement_id", settlement.pk, count,
            {"id": ident, "settlement_id": ident, "work_order_id": ident, "budget_line_id": chosen,
             "amount": amount, "cited": work_number})  # fmt: skip
    moved = {"id": NEXT_MOVE, "settlement_id": ident}
    _copied("settlement_settlementmove", "settlement_id", settlement.pk, count, moved)


def _copied(table: str, key: str, value: int, count: int, changed: dict[str, str]) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        try:
            cursor.execute(_copy_of(cursor, table, key, changed), [count, value])
        finally:
            cursor.execute("SET session_replication_role = DEFAULT")


def _copy_of(cursor: Any, table: str, key: str, changed: dict[str, str]) -> str:
    cursor.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"
        " AND attgenerated = ''",
        [table],
    )
    names = [str(name) for (name,) in cursor.fetchall()]
    values = [changed.get(name, f't."{name}"') for name in names]
    quoted = ", ".join(f'"{name}"' for name in names)
    return (
        f"INSERT INTO {table} ({quoted}) OVERRIDING SYSTEM VALUE SELECT {', '.join(values)}"
        f" FROM {table} t, generate_series(1, %s) n WHERE t.{key} = %s"
    )
