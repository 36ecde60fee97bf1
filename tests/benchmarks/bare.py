"""The bare minimum beside which the door is measured: the same double entry with no promise kept.

Narrow: an entry of a date and a memo, two lines, two balances. Wide: the columns and indexes of the journal
itself: the difference to narrow is what our rows cost, the difference to ours what the promises cost.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, LiteralString, Protocol

import psycopg
from django.db import connection, connections

from custody.kernel.money import yuan

ON = date(2025, 7, 1)
BATCH = 1000
TEN = yuan(10).amount
CHAIN = "\\x" + "5a" * 32
SOURCE = "bankline:6222020200112233:12345"

TABLES = """
CREATE TABLE bench_entry (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, effective_on date NOT NULL,
    memo text NOT NULL);
CREATE TABLE bench_line (entry_id bigint NOT NULL, line_no smallint NOT NULL, account_id bigint NOT NULL,
    amount numeric(18, 2) NOT NULL, PRIMARY KEY (entry_id, line_no));
CREATE TABLE bench_balance (account_id bigint PRIMARY KEY, amount numeric(18, 2) NOT NULL)
    WITH (fillfactor = 50);
CREATE TABLE wide_entry (LIKE custody_entry INCLUDING INDEXES);
CREATE TABLE wide_line (LIKE custody_line INCLUDING INDEXES);
CREATE TABLE wide_balance (LIKE custody_balance INCLUDING INDEXES INCLUDING DEFAULTS) WITH (fillfactor = 50);
CREATE SEQUENCE wide_sequence;
GRANT SELECT, INSERT, UPDATE ON bench_entry, bench_line, bench_balance, wide_entry, wide_line, wide_balance
    TO trust_app;
GRANT USAGE ON wide_sequence, bench_entry_id_seq TO trust_app;
"""
DROP = """
DROP TABLE IF EXISTS bench_line, bench_entry, bench_balance, wide_line, wide_entry, wide_balance;
DROP SEQUENCE IF EXISTS wide_sequence;
"""
ONE: LiteralString = """
WITH e AS (INSERT INTO bench_entry (effective_on, memo) VALUES (%(on)s, %(memo)s) RETURNING id),
     l AS (INSERT INTO bench_line SELECT e.id, n.no, n.account, n.amount FROM e,
           (VALUES (1::smallint, %(debit)s::bigint, %(amount)s::numeric),
                   (2::smallint, %(credit)s::bigint, -%(amount)s::numeric)) AS n (no, account, amount)
           RETURNING account_id, amount)
UPDATE bench_balance b SET amount = b.amount + l.amount FROM l WHERE b.account_id = l.account_id
"""
MANY: LiteralString = """
WITH n AS (SELECT nextval('bench_entry_id_seq') AS id, t.* FROM
               unnest(%(on)s::date[], %(memo)s::text[], %(debit)s::bigint[], %(credit)s::bigint[],
                      %(amount)s::numeric[]) AS t (effective_on, memo, debit, credit, amount)),
     e AS (INSERT INTO bench_entry (id, effective_on, memo) OVERRIDING SYSTEM VALUE
           SELECT id, effective_on, memo FROM n),
     l AS (INSERT INTO bench_line SELECT id, 1, debit, amount FROM n UNION ALL
           SELECT id, 2, credit, -amount FROM n RETURNING account_id, amount)
UPDATE bench_balance b SET amount = b.amount + s.amount
  FROM (SELECT account_id, sum(amount) AS amount FROM l GROUP BY account_id) s
 WHERE b.account_id = s.account_id
"""
WIDE_ONE: LiteralString = """
WITH e AS (INSERT INTO wide_entry (fund_id, sequence, template, effective_on, recorded_at, actor_id, key,
                                   memo, source, line_count, hash_version, chain)
           VALUES (%(fund)s::int, nextval('wide_sequence'), 'receipt', %(on)s, now(), %(actor)s::int, %(key)s,
                   %(memo)s, %(source)s, 2, 2, %(chain)s::bytea) RETURNING fund_id, sequence),
     l AS (INSERT INTO wide_line (fund_id, sequence, line_no, account_id, effective_on, amount)
           SELECT e.fund_id, e.sequence, n.no, n.account, %(on)s::date, n.amount FROM e,
           (VALUES (1::smallint, %(debit)s::int, %(amount)s::numeric),
                   (2::smallint, %(credit)s::int, -%(amount)s::numeric)) AS n (no, account, amount)
           RETURNING account_id, amount)
UPDATE wide_balance b SET posted = b.posted + l.amount FROM l WHERE b.account_id = l.account_id
"""
WIDE_MANY: LiteralString = """
WITH n AS (SELECT nextval('wide_sequence') AS id, t.* FROM
               unnest(%(on)s::date[], %(memo)s::text[], %(debit)s::int[], %(credit)s::int[],
                      %(amount)s::numeric[], %(key)s::text[], %(source)s::text[], %(chain)s::bytea[])
                   AS t (effective_on, memo, debit, credit, amount, key, source, chain)),
     e AS (INSERT INTO wide_entry (fund_id, sequence, template, effective_on, recorded_at, actor_id, key,
                                   memo, source, line_count, hash_version, chain)
           SELECT %(fund)s::int, id, 'receipt', effective_on, now(), %(actor)s::int, key, memo, source, 2, 2,
                  chain FROM n),
     l AS (INSERT INTO wide_line (fund_id, sequence, line_no, account_id, effective_on, amount)
           SELECT %(fund)s::int, id, 1, debit, effective_on, amount FROM n UNION ALL
           SELECT %(fund)s::int, id, 2, credit, effective_on, -amount FROM n RETURNING account_id, amount)
UPDATE wide_balance b SET posted = b.posted + s.amount
  FROM (SELECT account_id, sum(amount) AS amount FROM l GROUP BY account_id) s
 WHERE b.account_id = s.account_id
"""
# Eight clients on the same two balances deadlock without an order; this is the least that avoids it.
ORDERED: LiteralString = """
WITH o AS (SELECT account_id FROM bench_balance
            WHERE account_id IN (%(debit)s, %(credit)s) ORDER BY account_id FOR NO KEY UPDATE), e AS"""


class Ground(Protocol):
    """What is posted into: two accounts of a fund, and who posts."""

    @property
    def fund_id(self) -> int: ...
    @property
    def cash(self) -> int: ...
    @property
    def income(self) -> int: ...
    @property
    def actor_id(self) -> int: ...


def in_order(statement: LiteralString, returned: LiteralString) -> LiteralString:
    """The statement with its balances locked first, in account order."""
    locked = statement.replace("\nWITH e AS", ORDERED, 1)
    if "wide_entry" in statement:
        locked = locked.replace("FROM bench_balance\n", "FROM wide_balance\n")
    return locked.replace(f"RETURNING {returned})", f"RETURNING {returned}, (SELECT count(*) FROM o))", 1)


def prepare(accounts: list[tuple[int, int]]) -> None:
    """Fresh bare tables with the same accounts, (fund, account), as the real ones."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(DROP + TABLES)
        cursor.execute("INSERT INTO bench_balance SELECT unnest(%s::bigint[]), 0", [[a for _, a in accounts]])
        cursor.execute(
            "INSERT INTO wide_balance (fund_id, account_id, guard)"
            " SELECT f, a, 0 FROM unnest(%s::bigint[], %s::bigint[]) AS t (f, a)",
            [[f for f, _ in accounts], [a for _, a in accounts]],
        )


def drop() -> None:
    """Leave no bench table behind."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(DROP)


@dataclass(frozen=True, slots=True)
class Bare:
    """Makers of work: ``one`` and ``many`` are the two statements of one kind of bare."""

    statement: LiteralString
    batch: bool = False

    def __call__(self, grounds: "list[Any]", count: int, tag: str) -> Callable[[], None]:
        """``count`` entries, rows made beforehand."""
        steps = count // BATCH if self.batch else count
        rows = [self._row(grounds[number % len(grounds)], f"{tag}:{number}") for number in range(steps)]

        def work() -> None:
            connection.connection.prepare_threshold = 0  # as the door does
            with psycopg.Cursor(connection.connection) as cursor:
                for row in rows:
                    cursor.execute(self.statement, row, prepare=True)

        return work

    def _row(self, ground: Ground, key: str) -> dict[str, Any]:
        plain = {
            "fund": ground.fund_id, "actor": ground.actor_id, "on": ON, "memo": "7月物业费 5-2-301",
            "debit": ground.cash, "credit": ground.income, "amount": TEN, "key": key, "source": SOURCE,
            "chain": CHAIN,
        }  # fmt: skip
        if not self.batch:
            return plain
        many = {
            name: "{" + ",".join(['"' + str(value).replace("\\", "\\\\") + '"'] * BATCH) + "}"
            for name, value in plain.items()
            if name not in {"fund", "actor", "key"}
        }
        keys = ",".join([f'"{key}:{n}:{uuid.uuid4().hex[:4]}"' for n in range(BATCH)])
        return {"fund": ground.fund_id, "actor": ground.actor_id, **many, "key": f"{{{keys}}}"}
