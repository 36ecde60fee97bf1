"""How fast pages are over HTTP, as ``make serve`` serves them, beside an empty page of the same site.

Eight people at once. The house holds ``SETTLEMENTS`` settlements; approvals are of fresh ones, each with its
list, its signature and the vault's mark.
"""

import os
import socket
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from django.conf import settings
from django.db import connections

from config.replay.serving.supervising import HOST, Programs, programs, wait_until_open
from settlement.models import Settlement
from tests.benchmarks.addresses import EMPTY
from tests.benchmarks.crowd import Crowd, make_crowd
from tests.benchmarks.figures import Figure, summary
from tests.benchmarks.visitors import Visitor, at_once
from tests.settlement.desk import Provider

SETTLEMENTS = 100_000
OPERATORS = 8
APPROVALS = 5  # each operator's, a round
PAGES = 10
LISTS = (
    ("settlements waiting, with hints", "/desk/settlements/"),
    ("settlements found by a number's end", "/desk/settlements/?state=all&q=050007"),
    ("settlements paid", "/desk/settlements/?state=paid"),
    ("settlements paid, a page far behind", "/desk/settlements/?state=paid&after=100050000"),
    ("suspense", "/desk/suspense/"),
    ("log of moves", "/desk/log/moves/"),
    ("ledger", "/desk/funds/{journal}/ledger/"),
    ("today", "/desk/"),
)  # fmt: skip


def figures(rounds: int, scale: float) -> Iterator[Figure]:
    """Approvals, the list of settlements, and each other list, beside the empty page."""
    crowd = make_crowd(max(int(SETTLEMENTS * scale), 1000))
    with served() as port:
        yield from _approvals(crowd, port, rounds)
        yield from _pages(crowd, port, rounds)


def _approvals(crowd: Crowd, port: int, rounds: int) -> Iterator[Figure]:
    desks = [(each, Visitor(each.at.committee_key, port)) for each in crowd.estates[:OPERATORS]]
    opened, signed, empty, ratios = [], [], [], []
    for number in range(rounds + 1):
        waiting = [[_fresh(desk, number, place) for place in range(APPROVALS)] for desk, _person in desks]
        errands = [
            partial(_approve_all, person, settlements, desk.at.committee.pk)
            for (desk, person), settlements in zip(desks, waiting, strict=True)
        ]
        found, _seconds = at_once(errands)
        beside, _seconds = at_once([partial(_get_all, person, EMPTY, PAGES) for _desk, person in desks])
        if number:  # the first round only warms
            opened.append([each[0] for each in found])
            signed.append([each[1] for each in found])
            empty.append([each[0] for each in beside])
            ratios.append(statistics.median(signed[-1]) / statistics.median(empty[-1]))
    name = f"approval over HTTP, {OPERATORS} operators"
    ratio, spread = summary(ratios)
    yield from _quantiles(name, signed, "≤ 100", ratio, spread)
    yield from _quantiles(f"{name}, opening its list", opened)
    yield from _quantiles(f"empty page over HTTP, {OPERATORS} visitors", empty)


def _quantiles(
    name: str,
    rounds: list[list[float]],
    limit: str = "",
    ratio: float | None = None,
    spread: tuple[float, float] | None = None,
) -> Iterator[Figure]:
    """The median of the rounds' medians; the 99th percentile of all, beside the rounds' own."""
    value, of = summary([statistics.median(each) for each in rounds])
    yield Figure(f"{name}, p50", "ms", value, of, "", ratio, spread)
    tails = [_p99(each) for each in rounds]
    yield Figure(
        f"{name}, p99",
        "ms",
        _p99([value for each in rounds for value in each]),
        (min(tails), max(tails)),
        limit,
    )


def _p99(values: list[float]) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * 0.99))]


def _pages(crowd: Crowd, port: int, rounds: int) -> Iterator[Figure]:
    people = [Visitor(crowd.clerk, port) for _ in range(OPERATORS)]
    for name, address in LISTS:
        asked, rates, ratios = address.format(journal=crowd.journal.code), [], []
        for number in range(rounds + 1):
            _found, seconds = at_once([partial(_get_all, each, asked, PAGES) for each in people])
            _empty, beside = at_once([partial(_get_all, each, EMPTY, PAGES) for each in people])
            if number:
                rates.append(OPERATORS * PAGES / seconds)
                ratios.append(beside / seconds)
        value, spread = summary(rates)
        ratio, ratio_spread = summary(ratios)
        title = f"{name} over HTTP, {crowd.settlements:,} settlements"
        yield Figure(title, "pages/s", value, spread, "", ratio, ratio_spread)


def _fresh(desk: Provider, number: int, place: int) -> Settlement:
    """A verified invoice like no other of its seller."""
    return desk.verified(f"{20 + number}.{10 + place}")


def _approve_all(
    person: Visitor, settlements: list[Settlement], organisation_id: int
) -> list[tuple[float, ...]]:
    found: list[tuple[float, ...]] = [person.approve(each, organisation_id) for each in settlements]
    connections.close_all()
    return found


def _get_all(person: Visitor, address: str, count: int) -> list[tuple[float, ...]]:
    return [(person.get(address),) for _ in range(count)]


@contextmanager
def served(workers: int = 1) -> Iterator[int]:
    """The web and the vault as ``make serve`` starts them, with the empty page; answers the port."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = int(probe.getsockname()[1])
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.benchmarks.site"}
    wanted = {name: command for name, command in programs(port, workers).items() if name in {"web", "vault"}}
    with tempfile.TemporaryDirectory() as logs:
        running = Programs(settings.BASE_DIR, Path(logs), environment)
        try:
            running.start(wanted)
            wait_until_open(f"http://localhost:{port}/", running)
            yield port
        finally:
            running.stop()
