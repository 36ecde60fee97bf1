"""Under REPEATABLE READ a guard would read the past: what it judges is not written there at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import IntegrityError, connections, transaction

from tests.custody.ledger.raw import refused, run
from tests.settlement.desk import Provider, fresh, make_provider, work_line
from tests.settlement.test_guards import ROLES, to

pytestmark = pytest.mark.usefixtures("committed_db")
NAME = "guards_read_what_is_committed"
PAST = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"
TABLES = [
    "custody_approval",
    "custody_approvalwithdrawal",
    "custody_placement",
    "settlement_settlement",
    "settlement_settlementline",
    "settlement_settlementmove",
    "settlement_payeeaccount",
    "settlement_paymentbatch",
    "settlement_paymentorder",
    "settlement_stay",
    "settlement_staylifted",
]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
@pytest.mark.parametrize("table", TABLES)
def test_what_a_guard_judges_is_not_written_under_a_snapshot(role: str, level: str, table: str) -> None:
    with refused(constraint=NAME, using=role):
        run(role, f"SET TRANSACTION ISOLATION LEVEL {level}")
        run(role, f"INSERT INTO {table} DEFAULT VALUES")


@contextmanager
def allowed() -> Iterator[None]:
    """The rule taken away, for as long as a control needs it."""
    run("owner", "ALTER TABLE settlement_settlement DISABLE TRIGGER a_read_committed")
    run("owner", "ALTER TABLE settlement_settlementmove DISABLE TRIGGER a_read_committed")
    try:
        yield
    finally:
        run("owner", "ALTER TABLE settlement_settlement ENABLE ALWAYS TRIGGER a_read_committed")
        run("owner", "ALTER TABLE settlement_settlementmove ENABLE ALWAYS TRIGGER a_read_committed")


def two_claims_on_one_work_order(desk: Provider) -> list[Any]:
    """Two invoices sent back, over one work order that is worth one of them."""
    work = desk.work("1000")
    both = [desk.submit(desk.invoice(work_line(work))) for _ in range(2)]
    with transaction.atomic():
        for sql, arguments in to(both[0], "returned"):
            run("default", sql, arguments)
    assert [fresh(each).state for each in both] == ["returned", "returned"]
    return both


def verify(role: str, settlement: Any) -> None:
    for state in ("submitted", "verified"):
        for sql, arguments in to(settlement, state):
            run(role, sql, arguments)


def the_second_begins_before_the_first_commits(first: Any, second: Any, before: str) -> None:
    with transaction.atomic(using="default"):
        if before:
            run("default", before)
        run("default", "SELECT 1 FROM settlement_settlement")
        with transaction.atomic(using="owner"):
            verify("owner", first)
        verify("default", second)


def test_a_claim_verified_meanwhile_is_seen() -> None:
    first, second = two_claims_on_one_work_order(make_provider())

    with pytest.raises(IntegrityError, match="claims what it may not"):
        the_second_begins_before_the_first_commits(first, second, "")

    assert (fresh(first).state, fresh(second).state) == ("verified", "returned")


def test_a_claim_verified_meanwhile_is_not_passed_over_under_a_snapshot() -> None:
    first, second = two_claims_on_one_work_order(make_provider())

    with pytest.raises(IntegrityError, match="would read the past"):
        the_second_begins_before_the_first_commits(first, second, PAST)

    assert (fresh(first).state, fresh(second).state) == ("verified", "returned")


def test_control_without_the_rule_the_work_is_claimed_twice() -> None:
    first, second = two_claims_on_one_work_order(make_provider())

    with allowed():
        the_second_begins_before_the_first_commits(first, second, PAST)

    assert (fresh(first).state, fresh(second).state) == ("verified", "verified")
    connections["default"].close()
