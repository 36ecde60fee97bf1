"""How fast the door is, beside two bare minimums in the same run over the same driver.

Refuses to conclude from absolute figures: the machine's speed swings, so only ratios of rounds run
side by side are compared with limits.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import connection, connections

from custody.kernel.money import yuan
from custody.ledger import door
from custody.ledger.entries import AccountRef, Entry, credit, debit
from tests.benchmarks import bare
from tests.benchmarks.bare import BATCH, ON

LAST_LINE = "SELECT max(position) FROM custody_bankline WHERE account_id = %s"
BANK_LINES = """
    INSERT INTO custody_bankline (fund_id, account_id, position, source_file_id, row, booked_on,
        amount, amount_currency, balance, balance_currency,
        counterparty_name, counterparty_account, summary, memo, voucher)
    SELECT %s, %s, n, 0, 1, %s, 10, 'CNY', 10, 'CNY', '', '', '', '', '' FROM generate_series(%s, %s) n
"""
AT = datetime(2025, 7, 1, 4, 0, tzinfo=UTC)
TEN = yuan(10)


@dataclass(frozen=True, slots=True)
class Ground:
    """A fund to post into: its cash and income accounts, who posts, and its account at the bank, if any."""

    fund_id: int
    cash: int
    income: int
    actor_id: int
    account_id: int = 0
    number: str = ""

    def entry(self, number: int) -> Entry:
        """One receipt of ten yuan."""
        cash, income = AccountRef(self.fund_id, self.cash), AccountRef(self.fund_id, self.income)
        return Entry(
            "receipt",
            ON,
            (debit(cash, TEN), credit(income, TEN)),
            "7月物业费 5-2-301",
            f"bankline:6222020200112233:{number}",
        )


def prepare(grounds: list[Ground]) -> None:
    """Fresh bare tables with the same accounts as the real ones."""
    bare.prepare(
        [(ground.fund_id, account) for ground in grounds for account in (ground.cash, ground.income)]
    )


Work = Callable[[], None]


def ours_one(grounds: list[Ground], count: int, tag: str) -> Work:
    """``count`` entries through ``door.post``."""
    chosen = [(g := grounds[number % len(grounds)], g.entry(number)) for number in range(count)]

    def work() -> None:
        for number, (ground, entry) in enumerate(chosen):
            door.post(entry, key=f"{tag}:{number}", actor_id=ground.actor_id, at=AT)

    return work


def cited_one(grounds: list[Ground], count: int, _tag: str) -> Work:
    """``count`` entries through ``door.post``, each citing a bank line that was taken in before."""
    chosen = []
    for place, ground in enumerate(grounds):
        mine = len(range(place, count, len(grounds)))
        first = _bank_lines(ground, mine) if mine else 0
        chosen += [(ground, ground.entry(first + n), first + n) for n in range(mine)]

    def work() -> None:
        for ground, entry, position in chosen:
            key = f"bank:{ground.number}:{position}"
            door.post(entry, key=key, actor_id=ground.actor_id, at=AT)

    return work


def _bank_lines(ground: Ground, count: int) -> int:
    """The position of the first of so many new lines of ten yuan, written as no import would."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT max(position) FROM custody_bankline WHERE account_id = %s", [ground.account_id]
        )
        first = int(cursor.fetchone()[0] or 0) + 1
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(BANK_LINES, [ground.fund_id, ground.account_id, ON, first, first + count - 1])
        cursor.execute("SET session_replication_role = DEFAULT")
    return first


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
    "ours_one": ours_one,
    "ours_hot": ours_one,
    "cited_one": cited_one,
    "ours_many": ours_many,
    "bare_one": bare.Bare(bare.ONE),
    "bare_hot": bare.Bare(bare.in_order(bare.ONE, "id")),
    "bare_many": bare.Bare(bare.MANY, batch=True),
    "wide_one": bare.Bare(bare.WIDE_ONE),
    "wide_hot": bare.Bare(bare.in_order(bare.WIDE_ONE, "fund_id, sequence")),
    "wide_many": bare.Bare(bare.WIDE_MANY, batch=True),
}


def wal_position() -> int:
    """Bytes of write-ahead log so far."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn")
        return int(cursor.fetchone()[0])
