"""A refusal by the bank holds without Python: two words of the bank's or a second key, read again."""

from pathlib import Path

import pytest
from django.core.files.storage import storages
from pytest_django import Settings

from custody.files.archive import place_of
from custody.kernel.errors import Conflict
from custody.proofs.evidence import verify_evidence
from settlement.models import Refusal, Settlement
from settlement.payments import answers, sending
from tests import factories
from tests.custody.ledger.raw import refused, run, undone
from tests.settlement.desk import AT, Provider, fresh, make_provider
from tests.settlement.payments.reported import BEYOND, goes_on, order_of, refusing, sent, take
from tests.settlement.payments.reports import Said, report

pytestmark = pytest.mark.usefixtures("committed_db")
ROLES = ["default", "owner"]
FAIL = "UPDATE settlement_paymentorder SET outcome = 'failed', evidence = '报告' WHERE id = %s"
REFUSAL = """
    INSERT INTO settlement_refusal
        (order_id, fund_id, evidence, document_id, place, reported_by_id, reported_at)
    VALUES (%s, %s, '报告', %s, %s, %s, %s)"""


@pytest.fixture
def desk(settings: Settings, tmp_path: Path, committed_db: None) -> Provider:
    settings.BANK_OUTBOX = tmp_path / "outbox"
    return make_provider()


@pytest.mark.parametrize("role", ROLES)
def test_the_database_fails_no_order_on_a_report_alone(desk: Provider, role: str) -> None:
    batch = sent(desk)
    take(desk, refusing(batch))
    with refused(constraint="payment_outcome_has_evidence", using=role):
        run(role, FAIL, [order_of(batch).pk])


@pytest.mark.parametrize("role", ROLES)
def test_the_database_fails_no_order_on_a_statement_without_a_report(desk: Provider, role: str) -> None:
    batch = sent(desk)
    goes_on(desk, BEYOND)
    with refused(constraint="payment_outcome_has_evidence", using=role):
        run(role, FAIL, [order_of(batch).pk])


@pytest.mark.parametrize("role", ROLES)
def test_the_database_believes_no_stated_period_without_a_line(desk: Provider, role: str) -> None:
    batch = sent(desk)
    take(desk, refusing(batch))
    paper = factories.make_document(desk.at.fund, desk.at.actor, AT)
    run(
        "default",
        "INSERT INTO custody_bankperiod (fund_id, account_id, source_file_id, from_on, to_on)"
        " VALUES (%s, %s, %s, '2025-08-01', '2025-08-31')",
        [desk.at.fund.pk, desk.bank.pk, paper.pk],
    )
    with refused(constraint="payment_outcome_has_evidence", using=role):
        run(role, FAIL, [order_of(batch).pk])


@pytest.mark.parametrize("role", ROLES)
def test_the_database_takes_no_other_paper_for_a_report(desk: Provider, role: str) -> None:
    order = order_of(sent(desk))
    paper = factories.make_document(desk.at.fund, desk.at.actor, AT)
    with refused(constraint="refusal_from_a_status_report", using=role):
        run(role, REFUSAL, [order.pk, order.fund_id, paper.pk, 1, desk.at.actor.pk, AT])


@pytest.mark.parametrize("role", ROLES)
def test_the_database_takes_no_report_from_the_payees_people(desk: Provider, role: str) -> None:
    batch = sent(desk)
    take(desk, report(batch.message_id, whole="ACCP"))
    order, paper = order_of(batch), report_of(desk)
    with refused(constraint="refusal_reported_by_trustee", using=role):
        run(role, REFUSAL, [order.pk, order.fund_id, paper, 1, desk.at.provider_clerk.pk, AT])


@pytest.mark.parametrize("role", ROLES)
def test_the_database_takes_no_report_without_its_place(desk: Provider, role: str) -> None:
    batch = sent(desk)
    take(desk, report(batch.message_id, whole="ACCP"))
    order = order_of(batch)
    with refused(constraint="refusal_has_its_place", using=role):
        run(role, REFUSAL, [order.pk, order.fund_id, report_of(desk), None, desk.at.actor.pk, AT])


def report_of(desk: Provider) -> int:
    """The kept report of the fund."""
    return int(desk.at.fund.documents.get(kind="payment_status").pk)


def forged(desk: Provider) -> Settlement:
    """What a stolen application login can write: a refusal the kept report does not say."""
    batch = sent(desk)
    take(desk, report(batch.message_id, whole="ACCP"))
    order = order_of(batch)
    run("default", REFUSAL, [order.pk, order.fund_id, report_of(desk), 1, desk.at.actor.pk, AT])
    goes_on(desk, BEYOND)
    return fresh(order.settlement)


def test_a_refusal_the_kept_report_does_not_say_is_named(desk: Provider) -> None:
    forged(desk)

    assert [each for each in verify_evidence(desk.at.fund) if "登记的拒付" in each] != []


def test_nothing_leaves_again_on_a_refusal_the_kept_report_does_not_say(desk: Provider) -> None:
    settlement = forged(desk)
    assert settlement.state == "failed"
    again = desk.instructed(answers.retry(settlement_id=settlement.pk, actor=desk.at.actor, at=AT))

    with pytest.raises(Conflict, match="不再付第二次"):
        sending.send_batch(batch_id=again.pk, at=AT)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE settlement_refusal SET place = 2 WHERE fund_id = %s",
        "UPDATE settlement_refusal SET evidence = '别的' WHERE fund_id = %s",
        "UPDATE settlement_paymentorder SET amount = 999 WHERE fund_id = %s",
        "UPDATE settlement_paymentorder SET end_to_end_id = 'X-1' WHERE fund_id = %s",
        "UPDATE settlement_paymentbatch SET message_id = 'PT-X' WHERE fund_id = %s",
        "UPDATE custody_document SET sha256 = repeat('0', 64) WHERE kind = 'payment_status' AND fund_id = %s",
    ],
)
def test_a_changed_refusal_order_or_report_is_named(desk: Provider, change: str) -> None:
    batch = sent(desk)
    take(desk, report(batch.message_id, Said(order_of(batch).end_to_end_id, amount="1000")))
    with undone():
        run("owner", "SET LOCAL session_replication_role = replica")
        run("owner", change, [desk.at.fund.pk])
        found = verify_evidence(desk.at.fund, using="owner")

    assert [each for each in found if "status.xml" in each] != []
    assert [each for each in verify_evidence(desk.at.fund) if "status.xml" in each] == []


def test_a_report_changed_on_the_disk_is_named(desk: Provider) -> None:
    batch = sent(desk)
    take(desk, refusing(batch))
    digest = desk.at.fund.documents.get(kind="payment_status").sha256
    Path(storages["documents"].path(place_of(digest))).write_bytes(report(batch.message_id, whole="ACCP"))

    assert [each for each in verify_evidence(desk.at.fund) if "无法重读" in each] != []


def test_the_second_key_is_turned_on_the_report_itself(desk: Provider) -> None:
    take(desk, refusing(sent(desk)))
    refusal = Refusal.objects.get(fund=desk.at.fund)
    digest = "SELECT settlement_refusal_content(%s)"
    before = run("owner", digest, [refusal.pk])
    with undone():
        run("owner", "SET LOCAL session_replication_role = replica")
        run("owner", "UPDATE settlement_refusal SET place = 2 WHERE id = %s", [refusal.pk])
        after = run("owner", digest, [refusal.pk])

    assert before != after
