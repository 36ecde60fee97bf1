"""What a calendar makes due waits too: fees, scores, and statements that a reopening has outdated."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import call_command

from custody import keys
from custody.models import Fund, Operator
from custody.proofs import closing
from custody.proofs.reissuing import OutdatedStatement, outdated_statements
from custody.queue.waiting_items import Waiting
from settlement.fees import charges
from settlement.fees.due_fees import due_accruals, due_scores
from settlement.queue.settlement_turns import queue_of
from tests.custody.ledger.raw import citations_unjudged
from tests.factories import TestFund, close_period, make_fund, member_of
from tests.reporting.builders import FROM, TO, Quarter, worked_quarter
from tests.settlement.fees.builders import AUGUST, JULY, LATER, SEPTEMBER, receive, score, serviced_fund
from tests.settlement.queue.running import ran

pytestmark = pytest.mark.usefixtures("committed_db")
OCTOBER_FIRST = date(2025, 10, 1)


@pytest.fixture(autouse=True)
def by_hand(committed_db: None) -> Iterator[None]:
    with citations_unjudged():
        yield


def earning(**terms: str) -> TestFund:
    """A fund with an income of 100 yuan in July, August and September, and money in between."""
    test = serviced_fund(**terms)
    for month in (JULY, AUGUST, SEPTEMBER):
        receive(test, "property_fee", "100", month)
    return test


def accruals(test: TestFund, today: date) -> list[str]:
    return [span.name for span in due_accruals(test.fund, today)]


def scores(test: TestFund, today: date) -> list[str]:
    return [span.name for span in due_scores(test.fund, today)]


def accrue(test: TestFund, month: date) -> None:
    charges.accrue_performance(fund_id=test.fund.pk, month=month, actor=test.actor, at=LATER)


def accrue_quarter(test: TestFund) -> None:
    for month in (JULY, AUGUST, SEPTEMBER):
        accrue(test, month)
    charges.accrue_custody_fees(
        fund_id=test.fund.pk, from_on=JULY, to_on=date(2025, 9, 30), actor=test.actor, at=LATER
    )


def waiting(test: TestFund, person: Operator, kind: str, at: datetime = LATER) -> list[Waiting]:
    return [item for item in queue_of(person, at) if (item.fund, item.kind) == (test.fund.code, kind)]


# ------------------------------------------------------------------------------------------------ fees


def test_a_month_is_due_from_the_day_after_it_ended() -> None:
    test = earning()

    assert [accruals(test, date(2025, 7, 31)), accruals(test, date(2025, 8, 1))] == [[], ["2025-07"]]


def test_a_month_once_accrued_is_due_no_more() -> None:
    test = earning()
    accrue(test, JULY)

    assert accruals(test, date(2025, 9, 1)) == ["2025-08"]


def test_a_month_that_earned_nothing_is_not_due() -> None:
    assert accruals(serviced_fund(), date(2025, 8, 1)) == []


def test_a_quarter_that_is_over_is_due_as_one() -> None:
    assert accruals(earning(), OCTOBER_FIRST) == ["2025Q3"]


def test_a_quarter_whose_months_alone_are_accrued_still_owes_its_other_fees() -> None:
    test = earning()
    for month in (JULY, AUGUST, SEPTEMBER):
        accrue(test, month)

    assert accruals(test, OCTOBER_FIRST) == ["2025Q3"]


def test_a_quarter_accrued_whole_is_due_no_more() -> None:
    test = earning()
    accrue_quarter(test)

    assert accruals(test, OCTOBER_FIRST) == []


def test_a_score_makes_its_quarter_due_again_until_it_is_applied() -> None:
    test = earning()
    accrue_quarter(test)
    score(test, 95)
    before = accruals(test, OCTOBER_FIRST)

    charges.fix_assessment(fund_id=test.fund.pk, year=2025, quarter=3, actor=test.actor, at=LATER)

    assert (before, accruals(test, OCTOBER_FIRST)) == (["2025Q3"], [])


def test_a_fund_that_agreed_to_no_fee_has_nothing_due() -> None:
    free = earning(performance_rate="0", trustee_fee_rate="0", custody_fee_rate="0")

    assert (accruals(free, OCTOBER_FIRST), scores(free, OCTOBER_FIRST)) == ([], [])


def test_a_fund_whose_deed_is_silent_has_nothing_due() -> None:
    silent = make_fund()
    receive(silent, "property_fee", "100", JULY)

    assert (accruals(silent, OCTOBER_FIRST), scores(silent, OCTOBER_FIRST)) == ([], [])


def test_fees_wait_for_the_desk_with_the_command_that_accrues_them() -> None:
    test = earning()

    (item,) = waiting(test, test.actor, "fees")
    named = ran(*item.command.split(), "--actor", test.actor.username)

    assert (item.number, item.since.date(), named[0]) == ("2025Q3", OCTOBER_FIRST, 0)
    assert waiting(test, test.actor, "fees") == []


# ---------------------------------------------------------------------------------------------- scores


def test_a_score_is_due_once_the_quarter_is_over_until_it_is_handed_in() -> None:
    test = earning()
    before = [scores(test, date(2025, 9, 30)), scores(test, OCTOBER_FIRST)]
    score(test, 95)

    assert (before, scores(test, OCTOBER_FIRST)) == ([[], ["2025Q3"]], [])


def test_a_score_waits_for_the_committee_and_for_nobody_else() -> None:
    test = earning()

    (item,) = waiting(test, test.committee_key, "assessment")

    assert (item.number, item.command) == ("2025Q3", f"import_work FILE --fund {test.fund.code}")
    assert waiting(test, test.actor, "assessment") == []


# ------------------------------------------------------------------------------------------ statements


def handed_out(quarter: Quarter, folder: Path, kind: str = "fund") -> None:
    call_command(
        "export_statement", "--fund", quarter.code, "--actor", quarter.made.actor.username, "--kind", kind,
        "--from", str(FROM), "--to", str(TO), "--out", str(folder / f"{kind}.xlsx"), verbosity=0,
        stdout=(folder / "said").open("w"),
    )  # fmt: skip


def reopened(fund: Fund) -> None:
    now, maker = datetime.now(UTC), member_of(fund, "trustee", "maker")
    row = closing.propose_reopening(fund=fund, from_on=FROM, reason="漏记", actor=maker, at=now)
    for which, kind in keys.HELD_BY.items():
        person = member_of(fund, kind, "keyholder")
        closing.turn_period_key(proposal_id=row.pk, which=which, actor=person, at=now)


def late(quarter: Quarter, on: date = date(2025, 9, 29)) -> None:
    quarter.post("grant_received", on, ("cash", "9.00"), ("grant", "-9.00"), at=datetime.now(UTC))


def outdated(quarter: Quarter) -> list[OutdatedStatement]:
    return list(outdated_statements(quarter.made.fund.pk))


def issued_and_closed(folder: Path) -> Quarter:
    quarter = worked_quarter()
    close_period(quarter.made.fund, TO)
    handed_out(quarter, folder)
    return quarter


def test_a_statement_whose_days_were_reopened_and_changed_is_to_be_issued_again(tmp_path: Path) -> None:
    quarter = issued_and_closed(tmp_path)
    reopened(quarter.made.fund)
    late(quarter)
    close_period(quarter.made.fund, TO)

    assert [(each.kind, each.from_on, each.to_on) for each in outdated(quarter)] == [("fund", FROM, TO)]


def test_while_the_days_are_open_it_still_changes_and_waits_for_nobody(tmp_path: Path) -> None:
    quarter = issued_and_closed(tmp_path)
    reopened(quarter.made.fund)
    late(quarter)

    assert outdated(quarter) == []


def test_one_that_nothing_changed_stays_as_it_was_issued(tmp_path: Path) -> None:
    quarter = issued_and_closed(tmp_path)
    reopened(quarter.made.fund)
    close_period(quarter.made.fund, TO)
    late(quarter, date(2025, 10, 2))

    assert outdated(quarter) == []


def test_days_never_reopened_outdate_no_statement(tmp_path: Path) -> None:
    quarter = worked_quarter()
    handed_out(quarter, tmp_path)
    late(quarter)
    close_period(quarter.made.fund, TO)

    assert outdated(quarter) == []


def test_once_issued_again_it_waits_no_more(tmp_path: Path) -> None:
    quarter = issued_and_closed(tmp_path)
    reopened(quarter.made.fund)
    late(quarter)
    close_period(quarter.made.fund, TO)
    handed_out(quarter, tmp_path)

    assert outdated(quarter) == []


def test_it_waits_for_whoever_issues_statements_with_the_command_that_does(tmp_path: Path) -> None:
    quarter = issued_and_closed(tmp_path)
    reopened(quarter.made.fund)
    late(quarter)
    close_period(quarter.made.fund, TO)
    person, out = quarter.made.actor, tmp_path / "again.xlsx"

    (item,) = waiting(quarter.made, person, "statement", datetime.now(UTC) + timedelta(minutes=1))
    done = ran(*item.command.replace("FILE", str(out)).split(), "--actor", person.username)

    assert (item.number, done[0], out.exists()) == (f"fund:{FROM}:{TO}", 0, True)
