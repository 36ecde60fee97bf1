"""No journal table is changed or emptied, whoever types the statement."""

import pytest

from tests.custody.ledger.raw import JOURNAL, MOVING, refused, run
from tests.factories import TestFund

pytestmark = pytest.mark.usefixtures("committed_db", "both_levels")

COLUMN = {"custody_account_kind": "code"}


def changes(table: str) -> dict[str, str]:
    column = COLUMN.get(table, "fund_id")
    return {
        "update": f"UPDATE {table} SET {column} = {column}",
        "delete": f"DELETE FROM {table}",
        "truncate": f"TRUNCATE {table} CASCADE",
    }


@pytest.mark.parametrize("verb", ["update", "delete", "truncate"])
@pytest.mark.parametrize("table", JOURNAL)
def test_the_application_may_not_change_a_journal_table(table: str, verb: str) -> None:
    with refused(state="42501", using="default"):
        run("default", changes(table)[verb])


@pytest.mark.parametrize("table", JOURNAL)
def test_the_application_may_not_add_rows_to_a_journal_table(table: str) -> None:
    with refused(state="42501", using="default"):
        run("default", f"INSERT INTO {table} DEFAULT VALUES")


@pytest.mark.parametrize("verb", ["update", "delete", "truncate"])
@pytest.mark.parametrize("table", sorted(set(JOURNAL) - MOVING))
def test_the_owner_may_not_change_an_append_only_table(table: str, verb: str) -> None:
    with refused(constraint="append_only"):
        run("owner", changes(table)[verb])


@pytest.mark.parametrize("verb", ["delete", "truncate"])
@pytest.mark.parametrize("table", sorted(MOVING))
def test_the_owner_may_not_remove_a_balance_or_a_head(table: str, verb: str) -> None:
    with refused(constraint="append_only"):
        run("owner", changes(table)[verb])


def test_truncating_the_funds_does_not_take_the_journal_along() -> None:
    with refused(constraint="append_only"):
        run("owner", "TRUNCATE custody_fund CASCADE")


def test_an_upsert_is_no_way_round_append_only(trust: TestFund) -> None:
    with refused(constraint="append_only"):
        run(
            "owner",
            "INSERT INTO custody_account (fund_id, book, kind, code) VALUES (%s, 'operating', 'cash', '')"
            " ON CONFLICT (fund_id, book, kind, code) DO UPDATE SET code = 'x'",
            (trust.fund.pk,),
        )


def test_replica_mode_makes_nothing_erasable(trust: TestFund) -> None:
    with refused(constraint="append_only"):
        run("owner", "SET LOCAL session_replication_role = replica")
        run("owner", "DELETE FROM custody_entry")
