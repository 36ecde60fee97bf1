"""Rounds of the ledger benchmark: ours and bare interleaved, so noise falls on both alike."""

import uuid
from collections.abc import Iterator

from custody.ledger import door as door
from tests import factories
from tests.benchmarks import ledger
from tests.benchmarks.clients import Clients
from tests.benchmarks.figures import Figure, summary

FUNDS = 16
HOT_CLIENTS = 8


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


def _pair(
    clients: Clients, kind: str, shares: list[list[ledger.Ground]], count: int, rounds: int
) -> tuple[list[float], list[float]]:
    """Rates of ours and bare, alternating which goes first."""
    ours, bare = [], []
    for number in range(-1, rounds):
        tag = uuid.uuid4().hex[:8]
        order = ["ours", "bare"] if number % 2 else ["bare", "ours"]
        rates = {who: clients.run(f"{who}_{kind}", shares, count, tag) for who in order}
        if number >= 0:  # the first round only warms
            ours.append(rates["ours"])
            bare.append(rates["bare"])
    return ours, bare


def _wal(kind: str, grounds: list[ledger.Ground], count: int, rounds: int) -> list[float]:
    values = []
    for _ in range(rounds):
        work = ledger.WORK[kind](grounds, count, uuid.uuid4().hex[:8])
        before = ledger.wal_position()
        work()
        values.append((ledger.wal_position() - before) / count)
    return values


def figures(grounds: list[ledger.Ground], rounds: int, scale: float) -> Iterator[Figure]:
    """Single, bulk, two processes, one hot fund with eight clients, and WAL bytes an entry."""
    ledger.prepare(grounds)
    clients = Clients(HOT_CLIENTS)
    try:
        one, two = [grounds], [grounds[::2], grounds[1::2]]
        hot = [[grounds[0]]] * HOT_CLIENTS
        plan = (
            ("ledger.post, 1 process", "one", one, 400, "ratio ≥ 0.5"),
            ("ledger.post, 2 processes", "one", two, 400, "ratio ≥ 0.5"),
            ("ledger.post_many(1000), 1 process", "many", one, 8000, "ratio ≥ 0.5"),
            ("ledger.post_many(1000), 2 processes", "many", two, 8000, "ratio ≥ 0.5"),
            ("ledger.post, one hot fund, 8 clients", "hot", hot, 100, "ratio ≥ 0.4"),
        )
        for name, kind, shares, count, limit in plan:
            work = max(int(count * scale), ledger.BATCH if kind == "many" else 10)
            ours, bare = _pair(clients, kind, shares, work, rounds)
            value, spread = summary(ours)
            ratio, ratio_spread = summary([o / b for o, b in zip(ours, bare, strict=True)])
            yield Figure(name, "entries/s", value, spread, limit, ratio, ratio_spread)
            value, spread = summary(bare)
            yield Figure(name.replace("ledger.post", "bare insert"), "entries/s", value, spread)
    finally:
        clients.close()
    for kind, name, count in (("ours_one", "WAL, ledger.post", 2000), ("ours_many", "WAL, post_many", 4000)):
        value, spread = summary(_wal(kind, grounds, count, rounds))
        yield Figure(name, "bytes/entry", value, spread, "≤ 1,500")
    value, spread = summary(_wal("bare_one", grounds, 2000, rounds))
    yield Figure("WAL, bare insert", "bytes/entry", value, spread)
    ledger.drop()
