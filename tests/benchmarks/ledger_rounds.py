"""Rounds of the ledger benchmark: ours and both bares interleaved, so noise falls on all alike."""

import uuid
from collections.abc import Iterator
from dataclasses import replace

from custody.ledger import door
from custody.models import BankAccount
from tests import factories
from tests.benchmarks import bare, ledger
from tests.benchmarks.clients import Clients
from tests.benchmarks.figures import Figure, summary

FUNDS = 16
HOT_CLIENTS = 8
WHO = ["ours", "bare", "wide"]


def make_grounds() -> list[ledger.Ground]:
    """Funds to post into, each with its cash and income account."""
    made = []
    for _ in range(FUNDS):
        fund = factories.make_fund()
        made.append(
            ledger.Ground(
                fund.fund.pk,
                door.open_account(fund_id=fund.fund.pk, book="operating", kind="cash").id,
                door.open_account(fund_id=fund.fund.pk, book="operating", kind="property_fee").id,
                fund.actor.pk,
            )
        )
    return made


def with_accounts(grounds: list[ledger.Ground]) -> list[ledger.Ground]:
    """As many funds anew, each with an account at a bank: what they post must cite its lines."""
    made = []
    for ground in make_grounds()[: len(grounds)]:
        account = BankAccount.objects.create(
            fund_id=ground.fund_id, number=f"99{ground.fund_id:017d}", holder="信托专户", bank_name="工行",
            handover=True,
        )  # fmt: skip
        made.append(replace(ground, account_id=account.pk, number=account.number))
    return made


def _cited(clients: Clients, grounds: list[ledger.Ground], rounds: int, scale: float) -> Iterator[Figure]:
    """Entries that cite a bank line, beside the same in funds without an account, in the same rounds."""
    banked = with_accounts(grounds)
    for name, size, count in (("1 process", 1, 400), ("8 clients", 8, 150)):
        rates: dict[str, list[float]] = {"ours_one": [], "cited_one": []}
        work = max(int(count * scale), 10)
        for number in range(-1, rounds):
            tag = uuid.uuid4().hex[:8]
            for kind, used in (("ours_one", grounds), ("cited_one", banked)):
                rate = clients.run(kind, [used[n::size] for n in range(size)], work, tag)
                if number >= 0:
                    rates[kind].append(rate)
        value, spread = summary(rates["cited_one"])
        ratios = [c / o for c, o in zip(rates["cited_one"], rates["ours_one"], strict=True)]
        ratio, ratio_spread = summary(ratios)
        title = f"ledger.post citing the bank, {name}, beside no account"
        yield Figure(title, "entries/s", value, spread, "", ratio, ratio_spread)


def _rates(
    clients: Clients, kind: str, shares: list[list[ledger.Ground]], count: int, rounds: int
) -> dict[str, list[float]]:
    """Entries per second of ours and both bares, a round of each before the next, in turning order."""
    rates: dict[str, list[float]] = {who: [] for who in WHO}
    for number in range(-1, rounds):
        tag = uuid.uuid4().hex[:8]
        turn = number % len(WHO)
        for who in WHO[turn:] + WHO[:turn]:
            rate = clients.run(f"{who}_{kind}", shares, count, tag)
            if number >= 0:  # the first round only warms
                rates[who].append(rate)
    return rates


def _wal(kind: str, grounds: list[ledger.Ground], count: int, rounds: int) -> list[float]:
    values = []
    for _ in range(rounds):
        work = ledger.WORK[kind](grounds, count, uuid.uuid4().hex[:8])
        before = ledger.wal_position()
        work()
        values.append((ledger.wal_position() - before) / count)
    return values


PLAN = (
    ("ledger.post, 1 process", "one", 1, 400, "ratio ≥ 0.65"),
    ("ledger.post, 8 clients", "one", 8, 150, "ratio ≥ 0.54"),
    ("ledger.post, one hot fund, 8 clients", "hot", 8, 100, "ratio ≥ 0.62"),
    ("ledger.post_many(1000), 1 process", "many", 1, 8000, "ratio ≥ 0.42"),
    ("ledger.post_many(1000), 2 processes", "many", 2, 8000, "ratio ≥ 0.48"),
)
WAL = (
    ("ours_one", "WAL, ledger.post", 2000, "≤ 1,250"),
    ("wide_one", "WAL, wide insert", 2000, ""),
    ("bare_one", "WAL, bare insert", 2000, ""),
    ("ours_many", "WAL, ledger.post_many", 4000, "≤ 950"),
    ("wide_many", "WAL, wide insert_many", 4000, ""),
    ("bare_many", "WAL, bare insert_many", 4000, ""),
)


def figures(grounds: list[ledger.Ground], rounds: int, scale: float) -> Iterator[Figure]:
    """Single, eight clients, one hot fund, bulk on one process and two, and WAL bytes an entry."""
    ledger.prepare(grounds)
    clients = Clients(HOT_CLIENTS)
    try:
        for name, kind, size, count, limit in PLAN:
            shares = [[grounds[0]]] * size if kind == "hot" else [grounds[n::size] for n in range(size)]
            work = max(int(count * scale), bare.BATCH if kind == "many" else 10)
            yield from _compared(name, limit, _rates(clients, kind, shares, work, rounds))
        yield from _cited(clients, grounds, rounds, scale)
    finally:
        clients.close()
    for kind, name, count, limit in WAL:
        value, spread = summary(_wal(kind, grounds, count, rounds))
        yield Figure(name, "bytes/entry", value, spread, limit)
    bare.drop()


def _compared(name: str, limit: str, rates: dict[str, list[float]]) -> Iterator[Figure]:
    """Ours beside the narrow bare, ours beside the wide one, and the narrow bare itself."""
    ours = rates["ours"]
    for other, title, aim in (("bare", name, limit), ("wide", f"{name}, beside the same columns", "")):
        value, spread = summary(ours)
        ratio, ratio_spread = summary([o / b for o, b in zip(ours, rates[other], strict=True)])
        yield Figure(title, "entries/s", value, spread, aim, ratio, ratio_spread)
    value, spread = summary(rates["bare"])
    yield Figure(name.replace("ledger.post", "bare insert"), "entries/s", value, spread)
