"""The desk's counts over all funds say what the queue lists one by one."""

from pathlib import Path

import pytest
from pytest_django import Settings

from custody.models import Key, Operator
from custody.permits.acts import Act
from settlement.decisions import payees
from settlement.decisions.subjects import SETTLEMENT
from settlement.payments import answers
from settlement.queue.desk_jobs import JobName, desk_jobs, second_keys
from settlement.queue.lately import lately
from settlement.queue.settlement_turns import queue_of
from tests.settlement.desk import AT, Provider, make_provider, work_line
from tests.settlement.queue.test_act_commands import ordered, with_terms

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def desk(settings: Settings, tmp_path: Path, committed_db: None) -> Provider:
    settings.BANK_OUTBOX = tmp_path
    return make_provider()


def counts(desk: Provider, person: Operator) -> dict[JobName, int]:
    """How many of each wait in the desk's fund."""
    jobs = desk_jobs([desk.at.fund.pk], person, AT.date())
    return {name: each.count for name, each in jobs.items()}


def of_the_queue(person: Operator) -> list[tuple[str, str]]:
    """Kind and number of all that waits for the person's second key, invoices apart."""
    items = queue_of(person, AT)
    return sorted((e.kind, e.number) for e in items if e.act == Act.TURN_SECOND_KEY and e.kind != SETTLEMENT)


def test_invoices_are_counted_where_they_stand(desk: Provider) -> None:
    desk.verified("10"), desk.approved("20"), desk.approved("21"), desk.released("30")
    desk.submit(desk.invoice(work_line(desk.work("5", accepted=False))))
    sent = desk.released("40")
    desk.instructed(sent)
    job = desk_jobs([desk.at.fund.pk], desk.at.trustee_key, AT.date())[JobName.RELEASE]

    assert counts(desk, desk.at.trustee_key) == {
        JobName.COMMITTEE: 1, JobName.RELEASE: 2, JobName.INSTRUCT: 1, JobName.FIRM: 1, JobName.BANK: 1,
        JobName.UNSENT: 1,
    }  # fmt: skip
    assert (str(job.total), job.since) == ("41.00", AT)


def test_whose_hands_something_is_in_is_named(desk: Provider) -> None:
    desk.verified("10")
    job = desk_jobs([desk.at.fund.pk], desk.at.actor, AT.date())[JobName.COMMITTEE]

    assert (job.who, job.whose) == (desk.at.committee.name, 1)


def test_lines_nobody_explained_are_counted_apart(desk: Provider) -> None:
    desk.bank_line("-5.00", "不明", account="1", name="某人")
    desk.bank_line("7.00", "不明", account="1", name="某人")

    assert counts(desk, desk.at.actor) == {JobName.UNEXPLAINED: 1, JobName.SUSPENSE: 1}


def test_other_keys_are_those_the_queue_lists(desk: Provider) -> None:
    with_terms(desk)
    ordered(desk, "T-1")
    payees.propose(
        fund=desk.at.fund, organisation=desk.at.provider, holder="甲", number="622", bank_name="建行",
        clearing_number="105651000018", actor=desk.at.actor, at=AT,
    )  # fmt: skip
    sent = desk.released("40")
    desk.instructed(sent)
    answers.report_failed(settlement_id=sent.pk, evidence="回执", actor=desk.at.actor, at=AT)
    person = desk.at.trustee_key
    found = sorted((each.kind, each.number) for each in second_keys([desk.at.fund.pk], person))

    assert found == of_the_queue(person)
    assert {kind for kind, _number in found} >= {"payee", "refusal"}
    assert counts(desk, person)[JobName.KEYS] == len(found)


def test_what_a_person_reported_is_not_theirs_to_confirm(desk: Provider) -> None:
    sent = desk.released("40")
    desk.instructed(sent)
    person = desk.at.trustee_key
    answers.report_failed(settlement_id=sent.pk, evidence="回执", actor=person, at=AT)

    assert second_keys([desk.at.fund.pk], person) == []


def test_a_key_that_stands_is_waited_for_no_more(desk: Provider) -> None:
    changed = payees.propose(
        fund=desk.at.fund, organisation=desk.at.provider, holder="甲", number="622", bank_name="建行",
        clearing_number="105651000018", actor=desk.at.actor, at=AT,
    )  # fmt: skip
    person = desk.at.trustee_key
    payees.turn_key(payee_account_id=changed.pk, which=Key.RELEASE, actor=person, at=AT)

    assert second_keys([desk.at.fund.pk], person) == []


def test_nothing_of_another_fund_is_counted(desk: Provider) -> None:
    make_provider().approved("20")

    assert counts(desk, desk.at.trustee_key) == {}


def test_moves_of_one_hand_at_one_time_are_told_as_one(desk: Provider) -> None:
    desk.approved("10"), desk.approved("20")
    said = [each.sentence for each in lately([desk.at.fund.pk])]

    assert [each for each in said if "已审批" in each] == ["测试人员：已审批2笔，30.00元"]
