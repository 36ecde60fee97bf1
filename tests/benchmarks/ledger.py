"""How fast the door is, beside the bare minimum in the same run over the same driver.

Bare: one prepared statement inserting one entry and two lines and updating two balances, no guards.
Refuses to conclude from absolute figures: the machine's speed swings, so only ratios of rounds run
side by side are compared with limits.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime

import psycopg
from django.db import connection, connections

from custody.kernel.money import yuan
from custody.ledger import door
from custody.ledger.entries import AccountRef, Entry, credit, debit

AT = datetime(2025, 7, 1, 4, 0, tzinfo=UTC)
ON = date(2025, 7, 1)
BATCH = 1000
TEN = yuan(10)

BARE_TABLES = """
DROP TABLE IF EXISTS bench_line, bench_entry, bench_balance;
CREATE TABLE bench_entry (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, effective_on date NOT NULL,
    memo text NOT NULL);
CREATE TABLE bench_line (entry_id bigint NOT NULL, line_no smallint NOT NULL, account_id bigint NOT NULL,
    amount numeric(18, 2) NOT NULL, PRIMARY KEY (entry_id, line_no));
CREATE TABLE bench_balance (account_id bigint PRIMARY KEY, amount numeric(18, 2) NOT NULL)
    WITH (fillfactor = 50);
GRANT SELECT, INSERT, UPDATE ON bench_entry, bench_line, bench_balance TO trust_app;
"""
BARE_ONE = """
WITH e AS (INSERT INTO bench_entry (effective_on, memo) VALUES (%s, %s) RETURNING id),
     l AS (INSERT INTO bench_line SELECT e.id, n.no, n.account, n.amount FROM e,
           (VALUES (1::smallint, %s::bigint, %s::numeric), (2::smallint, %s::bigint, %s::numeric))
               AS n (no, account, amount) RETURNING account_id, amount)
UPDATE bench_balance b SET amount = b.amount + l.amount FROM l WHERE b.account_id = l.account_id
"""
# Eight clients on the same two balances deadlock without an order; this is the least that avoids it.
BARE_HOT = BARE_ONE.replace(
    "WITH e AS",
    """WITH o AS (SELECT account_id FROM bench_balance
    WHERE account_id IN (%s, %s) ORDER BY account_id FOR NO KEY UPDATE), e AS""",
).replace("RETURNING id)", "RETURNING id, (SELECT count(*) FROM o))")
BARE_MANY = """
WITH n AS (SELECT nextval('bench_entry_id_seq') AS id, t.* FROM
               unnest(%s::date[], %s::text[], %s::bigint[], %s::bigint[], %s::numeric[])
                   AS t (effective_on, memo, debit, credit, amount)),
     e AS (INSERT INTO bench_entry (id, effective_on, memo) OVERRIDING SYSTEM VALUE
           SELECT id, effective_on, memo FROM n),
     l AS (INSERT INTO bench_line SELECT id, 1, debit, amount FROM n UNION ALL
           SELECT id, 2, credit, -amount FROM n RETURNING account_id, amount)
UPDATE bench_balance b SET amount = b.amount + s.amount
  FROM (SELECT account_id, sum(amount) AS amount FROM l GROUP BY account_id) s
 WHERE b.account_id = s.account_id
"""


@dataclass(frozen=True, slots=True)
class Ground:
    """A fund to post into: its cash and income accounts, and who posts."""

    fund_id: int
    cash: int
    income: int
    actor_id: int

    def entry(self, number: int) -> Entry:
        """One receipt of ten yuan."""
        cash, income = AccountRef(self.fund_id, self.cash), AccountRef(self.fund_id, self.income)
        return Entry(
            "receipt", ON, (debit(cash, TEN), credit(income, TEN)), "7月物业费 5-2-301", f"bankline:{number}"
        )


def prepare(grounds: list[Ground]) -> None:
    """Fresh bare tables with the same accounts as the real ones."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(BARE_TABLES)
        accounts = [account for ground in grounds for account in (ground.cash, ground.income)]
        cursor.execute("INSERT INTO bench_balance SELECT unnest(%s::bigint[]), 0", [accounts])


def drop() -> None:
    """Leave no bench table behind."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_line, bench_entry, bench_balance")


Work = Callable[[], None]


def bare_one(grounds: list[Ground], count: int, tag: str) -> Work:
    """``count`` bare entries, one statement and one commit each."""
    memo = f"7月物业费 5-2-301 {tag}"
    chosen = [grounds[number % len(grounds)] for number in range(count)]
    rows = [(ON, memo, g.cash, TEN.amount, g.income, -TEN.amount) for g in chosen]

    def work() -> None:
        with psycopg.Cursor(connection.connection) as cursor:
            for row in rows:
                cursor.execute(BARE_ONE, row, prepare=True)

    return work


def bare_hot(grounds: list[Ground], count: int, tag: str) -> Work:
    """``count`` bare entries on one fund, its two balances locked in order."""
    g = grounds[0]
    row = (g.cash, g.income, ON, f"7月物业费 {tag}", g.cash, TEN.amount, g.income, -TEN.amount)

    def work() -> None:
        with psycopg.Cursor(connection.connection) as cursor:
            for _ in range(count):
                cursor.execute(BARE_HOT, row, prepare=True)

    return work


def ours_one(grounds: list[Ground], count: int, tag: str) -> Work:
    """``count`` entries through ``door.post``."""
    chosen = [(g := grounds[number % len(grounds)], g.entry(number)) for number in range(count)]

    def work() -> None:
        for number, (ground, entry) in enumerate(chosen):
            door.post(entry, key=f"{tag}:{number}", actor_id=ground.actor_id, at=AT)

    return work


def bare_many(grounds: list[Ground], count: int, tag: str) -> Work:
    """``count`` bare entries in batches, arrays sent as fast as the driver can."""
    memo = f"7月物业费 5-2-301 {tag}"
    chosen = [grounds[batch % len(grounds)] for batch in range(count // BATCH)]

    def literal(value: object) -> str:
        return "{" + ",".join([str(value)] * BATCH) + "}"

    rows = [
        (literal(ON), [memo] * BATCH, literal(g.cash), literal(g.income), literal(TEN.amount)) for g in chosen
    ]

    def work() -> None:
        with psycopg.Cursor(connection.connection) as cursor:
            for row in rows:
                cursor.execute(BARE_MANY, row, prepare=True)

    return work


def ours_many(grounds: list[Ground], count: int, tag: str) -> Work:
    """``count`` entries through ``door.post_many``, a thousand at once."""
    batches = []
    for batch in range(count // BATCH):
        g = grounds[batch % len(grounds)]
        drafts = [door.Draft(g.entry(n), f"{tag}:{batch}:{n}") for n in range(BATCH)]
        batches.append((g.actor_id, drafts))

    def work() -> None:
        for actor_id, drafts in batches:
            door.post_many(drafts, actor_id=actor_id, at=AT)

    return work


WORK: dict[str, Callable[[list[Ground], int, str], Work]] = {
    "bare_one": bare_one,
    "ours_one": ours_one,
    "bare_hot": bare_hot,
    "ours_hot": ours_one,
    "bare_many": bare_many,
    "ours_many": ours_many,
}


def wal_position() -> int:
    """Bytes of write-ahead log so far."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn")
        return int(cursor.fetchone()[0])
