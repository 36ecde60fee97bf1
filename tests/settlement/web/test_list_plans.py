"""Lists over very many settlements: no page reads the table through, and none asks more than a few times."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from custody.models import Operator
from settlement.evidence import listing
from settlement.models import Settlement
from tests.benchmarks.crowd import copy_settlements
from tests.factories import make_operator
from tests.pages import browser_of
from tests.settlement.desk import Provider, make_provider

QUERIES_MAX, BYTES_MAX = 12, 60 * 1024
SETTLEMENTS = 3000
LISTS = {
    "desk": [
        "/desk/",
        *(f"/desk/settlements/?state={tab}" for tab in ("release", "committee", "bank", "paid", "all")),
        "/desk/settlements/?state=all&q=12.00",
        "/desk/settlements/?state=paid&book=operating&q=000123",
        "/desk/settlements/?state=release&flagged=1",
        "/desk/payments/",
        "/desk/log/moves/",
    ],
    "committee": ["/keys/", "/keys/done/"],
    "protector": ["/watch/", "/watch/?state=paid"],
}
# Read whole, whatever else there was, one of these would slow every page as it grows.
GROWS = ("settlement_settlement", "settlement_settlementline", "settlement_settlementmove")
FEW = SETTLEMENTS // 2  # rows of one of them that one step of a query may read
UNDECIDED = [state.value for tab in listing.WAITING for state in listing.STATES[tab]]
# What is summed once a page, each row once: claims on its budget lines, and what one account was paid.
SUMMED = ("WITH line AS", "payee_now")


def most_read(sql: str) -> int:
    """The rows of a growing table that a step of this query reads, at most of all its steps."""
    with connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off")
        try:
            cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {sql}")
            ((plan,),) = cursor.fetchall()
        finally:
            cursor.execute("RESET enable_seqscan")
    return max(_reads((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]), default=0)


def _reads(step: dict[str, Any]) -> Iterator[int]:
    if step.get("Relation Name") in GROWS:
        passed_over = step.get("Rows Removed by Filter", 0) + step.get("Rows Removed by Index Recheck", 0)
        yield int((step["Actual Rows"] + passed_over) * step["Actual Loops"])
    for inner in step.get("Plans", []):
        yield from _reads(inner)


def asked_by(browser: Client, address: str) -> Iterator[str]:
    """What a page asks the database on a browser's first visit; the page answers, and is small."""
    with CaptureQueriesContext(connection) as asked:
        page = browser.get(address)
    assert (page.status_code, len(page.content) < BYTES_MAX) == (200, True), address
    assert len(asked) <= QUERIES_MAX, (address, [each["sql"][:80] for each in asked.captured_queries])
    yield from (str(each["sql"]) for each in asked.captured_queries)


@pytest.fixture
def many(committed_db: None) -> Provider:
    desk = make_provider()
    copy_settlements(desk, 200_000_000 + desk.at.fund.pk * SETTLEMENTS, SETTLEMENTS)
    with connections["owner"].cursor() as cursor:
        cursor.execute("ANALYZE settlement_settlement, settlement_settlementline, settlement_settlementmove")
    return desk


def test_no_list_reads_all_settlements_and_none_asks_often(
    many: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "COUNTED_MAX", 100)
    monkeypatch.setattr(listing, "LOOKED_MAX", 10)
    people: dict[str, Operator] = {
        "desk": many.at.trustee_key,
        "committee": many.at.committee_key,
        "protector": make_operator(many.at.protector),
    }
    # What waits in others' trusts may be passed over: it is as much as is undecided, not as ever was.
    few = FEW + Settlement.objects.exclude(fund=many.at.fund).filter(state__in=UNDECIDED).count()
    found = [
        (address, " ".join(sql.split())[:80], rows)
        for who, addresses in LISTS.items()
        for address in addresses
        for sql in asked_by(browser_of(people[who]), address)
        if sql.lstrip().startswith(("SELECT", "WITH"))
        if (rows := most_read(sql)) > few + (SETTLEMENTS if any(each in sql for each in SUMMED) else 0)
    ]

    assert found == []


def test_a_count_ends_where_nobody_counts_on(many: Provider) -> None:
    page = browser_of(many.at.trustee_key).get("/desk/settlements/?state=paid").content.decode()

    assert "<small>1000+</small>" in page


def test_the_look_for_full_reads_finds_one(many: Provider) -> None:
    assert most_read("SELECT sum(total) FROM settlement_settlement") > SETTLEMENTS
