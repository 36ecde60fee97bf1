"""Each published entry stands in the log as it was shown; what changes behind it is named by its number."""

import json
from datetime import date
from pathlib import Path

import pytest
from django.test import Client

from custody.console.commands import HouseCommand
from reporting.disclosure.publishing import publish_month
from reporting.models import LogEntry, PublishedEntry
from reporting.transparency.inclusion import inclusion_proof
from reporting.transparency.leaves import commitment, entry_leaf
from reporting.transparency.merkle import root_by_inclusion
from tests.custody.ledger.raw import refused, run
from tests.reporting.builders import Quarter, worked_quarter
from tests.reporting.transparency.days import closed, closer, told, unguarded

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys")


@pytest.fixture(scope="module")
def made() -> list[Quarter]:
    return []


@pytest.fixture
def q(committed_db: None, folder: Path, made: list[Quarter]) -> Quarter:
    """A quarter whose July is published and in the log, once for all tests."""
    if not made:
        quarter = worked_quarter()
        trust = quarter.made
        publish_month(fund=trust.fund, month=date(2025, 7, 1), actor=trust.actor, at=HouseCommand.now())
        assert LogEntry.objects.filter(fund=quarter.made.fund).count() == 0
        closed(folder)
        made.append(quarter)
    return made[0]


def logged(q: Quarter) -> list[LogEntry]:
    return list(LogEntry.objects.filter(fund=q.made.fund).order_by("position"))


def test_every_entry_of_the_month_is_a_leaf_once(q: Quarter, folder: Path) -> None:
    closed(folder)

    assert [each.published_id for each in logged(q)] == list(
        PublishedEntry.objects.filter(fund=q.made.fund).order_by("sequence").values_list("pk", flat=True)
    )


def test_a_leaf_commits_to_the_chain_and_does_not_show_it(q: Quarter, folder: Path) -> None:
    entry = logged(q)[0]
    said = json.loads(entry.shown)
    rows = run("owner", "SELECT chain FROM custody_entry WHERE (fund_id, sequence) = (%s, %s)",
               [q.made.fund.pk, entry.sequence])  # fmt: skip

    assert said["commitment"] == commitment(bytes.fromhex(entry.opening), bytes(rows[0][0]))
    assert bytes(rows[0][0]).hex() not in entry.shown
    assert bytes.fromhex(entry.salt) == closer(folder).secret.salt(q.code, entry.sequence)


def test_anybody_gets_the_proof_of_a_published_entry(q: Quarter) -> None:
    entry = logged(q)[-1]
    proof = Client().get(f"/e/{q.code}/entries/{entry.sequence}/proof.json").json()
    leaf, place = entry_leaf(bytes.fromhex(proof["salt"]), proof["shown"]), proof["entry"]
    root = root_by_inclusion(leaf, place["index"], place["size"], [bytes.fromhex(x) for x in place["path"]])

    assert root.hex() == proof["fund_day"]["text"].split("|")[-2]
    assert json.loads(proof["shown"])["sequence"] == entry.sequence
    assert proof == inclusion_proof(q.made.fund, entry.sequence)


def test_the_owners_page_of_a_logged_entry_checks_itself(q: Quarter) -> None:
    entry = logged(q)[-1]
    address = f"/e/{q.code}/entries/{entry.sequence}/"
    page = Client().get(address).content.decode()
    amount = json.loads(entry.shown)["amount"]

    assert f'data-inclusion="{address}proof.json" data-amount="{amount}"' in page
    assert "trust/inclusion" in page


def test_an_entry_that_is_in_no_closed_day_has_no_proof(q: Quarter) -> None:
    assert Client().get(f"/e/{q.code}/entries/999999/proof.json").status_code == 404


def test_the_log_takes_no_entry_the_journal_does_not_have(q: Quarter) -> None:
    insert = """
    INSERT INTO reporting_logentry (published_id, number, fund_id, position, sequence, salt, opening, shown)
    SELECT published_id, 999999, fund_id, position, 999999, salt, opening, shown
      FROM reporting_logentry LIMIT 1"""
    with refused(using="vault"):
        run("vault", insert)
    with refused(state="42501", using="default"):
        run("default", insert)


def test_a_changed_amount_is_named(q: Quarter) -> None:
    """By the tables' owner, past every guard of the journal: the log still says what was shown."""
    entry = logged(q)[0]
    number = [q.made.fund.pk, entry.sequence]
    change = """UPDATE custody_line l SET amount = amount * %s FROM custody_account a
                 WHERE a.id = l.account_id AND l.fund_id = %s AND l.sequence = %s"""
    run("owner", "ALTER TABLE custody_line DISABLE TRIGGER USER")
    try:
        run("owner", change, [2, *number])
        found = told()[1]
        run("owner", change.replace("* %s", "/ %s"), [2, *number])
    finally:
        run("owner", "ALTER TABLE custody_line ENABLE TRIGGER USER")

    assert [each for each in found if f"{q.code} 第 {entry.sequence} 笔" in each and "账上现在是" in each]
    assert told()[1] == []


def test_a_rewritten_chain_is_named(q: Quarter) -> None:
    entry = logged(q)[0]
    number = [q.made.fund.pk, entry.sequence]
    where = "WHERE (fund_id, sequence) = (%s, %s)"
    was = bytes(run("owner", f"SELECT chain FROM custody_entry {where}", number)[0][0])
    run("owner", "ALTER TABLE custody_entry DISABLE TRIGGER USER")
    try:
        run("owner", f"UPDATE custody_entry SET chain = sha256(chain) {where}", number)
        found = told()[1]
        run("owner", f"UPDATE custody_entry SET chain = %s {where}", [was, *number])
    finally:
        run("owner", "ALTER TABLE custody_entry ENABLE TRIGGER USER")

    assert [each for each in found if f"{q.code} 第 {entry.sequence} 笔：账链" in each]


def test_an_entry_taken_out_of_the_log_is_named(q: Quarter) -> None:
    entry = logged(q)[0]
    row = run("owner", "SELECT * FROM reporting_logentry WHERE id = %s", [entry.pk])[0]
    with unguarded():
        run("owner", "DELETE FROM reporting_logentry WHERE id = %s", [entry.pk])
        found = told()[1]
        run("owner", f"INSERT INTO reporting_logentry VALUES ({','.join(['%s'] * len(row))})", row)

    assert [each for each in found if q.code in each and "公布的分录与已签的根不符" in each]
    assert told()[1] == []
