"""The bank's refusal: one person reports it, another's key confirms it, and the database asks for both."""

from pathlib import Path

import pytest
from pytest_django import Settings

from custody.kernel.errors import Conflict, Forbidden, NotFound
from custody.models import Approval
from settlement.models import PaymentOrder, Refusal, Settlement
from settlement.payments import answers, filing
from tests import signing
from tests.custody.ledger.raw import refused, run
from tests.factories import make_operator
from tests.settlement.desk import AT, PAY_ON, Provider, fresh, make_provider

pytestmark = pytest.mark.usefixtures("committed_db")
ROLES = ["default", "owner"]
FAIL = "UPDATE settlement_paymentorder SET outcome = 'failed', evidence = '回执' WHERE id = %s"
REPORT = """
    INSERT INTO settlement_refusal (order_id, fund_id, evidence, reported_by_id, reported_at)
    VALUES (%s, %s, %s, %s, %s)"""
KEY = """
    INSERT INTO custody_approval
        (fund_id, subject_kind, subject_id, key, operator_id, organisation_id, content_sha256, given_at,
        signed_id)
    VALUES (%s, 'refusal', %s, 'release', %s, %s, settlement_refusal_content(%s), %s, %s)"""


@pytest.fixture
def desk(settings: Settings, tmp_path: Path, committed_db: None) -> Provider:
    settings.BANK_OUTBOX = tmp_path
    return make_provider()


def filed(desk: Provider) -> Settlement:
    settlement = desk.released("1000")
    desk.instructed(settlement)
    return fresh(settlement)


def reported(desk: Provider, settlement: Settlement) -> Refusal:
    return answers.report_failed(
        settlement_id=settlement.pk, evidence="回执 AC04 账户已销", actor=desk.at.actor, at=AT
    )


def test_one_persons_report_moves_nothing(desk: Provider) -> None:
    settlement = filed(desk)
    reported(desk, settlement)

    assert (fresh(settlement).state, settlement.orders.get().outcome) == ("instructed", "pending")


def test_one_person_does_not_file_an_invoice_twice(desk: Provider) -> None:
    settlement = filed(desk)
    reported(desk, settlement)

    with pytest.raises(Conflict):
        answers.retry(settlement_id=settlement.pk, actor=desk.at.actor, at=AT)
    with pytest.raises(Conflict):
        filing.instruct(
            fund_id=desk.at.fund.pk,
            settlement_ids=[settlement.pk],
            execute_on=PAY_ON,
            actor=desk.at.actor,
            at=AT,
        )


def test_a_second_persons_key_makes_it_failed(desk: Provider) -> None:
    settlement = filed(desk)

    done = answers.confirm_failed(refusal_id=reported(desk, settlement).pk, actor=desk.at.trustee_key, at=AT)

    assert (done.state, settlement.orders.get().evidence) == ("failed", "回执 AC04 账户已销")


def test_who_reported_it_does_not_confirm_it(desk: Provider) -> None:
    settlement = filed(desk)
    mine = answers.report_failed(
        settlement_id=settlement.pk, evidence="回执", actor=desk.at.trustee_key, at=AT
    )

    with pytest.raises(Forbidden):
        answers.confirm_failed(refusal_id=mine.pk, actor=desk.at.trustee_key, at=AT)


def test_another_maker_does_not_confirm_it(desk: Provider) -> None:
    other = make_operator(desk.at.trustee, "maker")

    with pytest.raises(Forbidden):
        answers.confirm_failed(refusal_id=reported(desk, filed(desk)).pk, actor=other, at=AT)


def test_the_same_report_again_is_the_same_report(desk: Provider) -> None:
    settlement = filed(desk)

    assert reported(desk, settlement) == reported(desk, settlement)


def test_a_report_of_an_earlier_attempt_says_nothing_of_the_next(desk: Provider) -> None:
    settlement = filed(desk)
    stale = reported(desk, settlement)
    desk.refuses(settlement)
    answers.retry(settlement_id=settlement.pk, actor=desk.at.actor, at=AT)
    desk.instructed(fresh(settlement))

    with pytest.raises(Conflict, match="不是现在这次付款"):
        answers.confirm_failed(refusal_id=stale.pk, actor=desk.at.trustee_key, at=AT)


def test_a_report_nobody_made_is_not_found() -> None:
    with pytest.raises(NotFound):
        answers.confirm_failed(refusal_id=0, actor=make_operator(), at=AT)


# ---- past Python ----


def order_of(settlement: Settlement) -> PaymentOrder:
    return settlement.orders.get()


@pytest.mark.parametrize("role", ROLES)
def test_the_database_fails_no_order_on_words_alone(desk: Provider, role: str) -> None:
    order = order_of(filed(desk))
    with refused(constraint="payment_outcome_has_evidence", using=role):
        run(role, FAIL, (order.pk,))


@pytest.mark.parametrize("role", ROLES)
def test_the_database_fails_no_order_on_one_persons_report(desk: Provider, role: str) -> None:
    settlement = filed(desk)
    reported(desk, settlement)
    with refused(constraint="payment_outcome_has_evidence", using=role):
        run(role, FAIL, (order_of(settlement).pk,))


def keyed(desk: Provider, told: Refusal) -> tuple[object, ...]:
    """What KEY takes: the trust company's keyholder signs the report as it stands."""
    holder, company = desk.at.trustee_key, desk.at.trustee
    mark = signing.mark_present(holder, company.pk, "refusal", told.pk, "release")
    return (told.fund_id, told.pk, holder.pk, company.pk, told.pk, AT, mark)


@pytest.mark.parametrize("role", ROLES)
def test_the_database_counts_no_key_of_who_reported(desk: Provider, role: str) -> None:
    settlement = filed(desk)
    mine = answers.report_failed(
        settlement_id=settlement.pk, evidence="回执", actor=desk.at.trustee_key, at=AT
    )
    key = keyed(desk, mine)
    with refused(constraint="payment_outcome_has_evidence", using=role):
        run(role, KEY, key)
        run(role, FAIL, (order_of(settlement).pk,))


def test_a_report_changed_after_its_key_fails_nothing(desk: Provider) -> None:
    settlement = filed(desk)
    told = reported(desk, settlement)
    key = keyed(desk, told)
    run("owner", "ALTER TABLE settlement_refusal DISABLE TRIGGER append_only")
    try:
        with refused(constraint="payment_outcome_has_evidence"):
            run("owner", KEY, key)
            run("owner", "UPDATE settlement_refusal SET evidence = '另一说' WHERE id = %s", (told.pk,))
            run("owner", FAIL, (order_of(settlement).pk,))
    finally:
        run("owner", "ALTER TABLE settlement_refusal ENABLE TRIGGER append_only")


@pytest.mark.parametrize("role", ROLES)
def test_the_payees_people_report_no_refusal(desk: Provider, role: str) -> None:
    order = order_of(filed(desk))
    with refused(constraint="refusal_reported_by_trustee", using=role):
        run(role, REPORT, (order.pk, order.fund_id, "回执", desk.at.provider_clerk.pk, AT))


@pytest.mark.parametrize("role", ROLES)
def test_a_paid_order_is_reported_refused_by_nobody(desk: Provider, role: str) -> None:
    settlement = filed(desk)
    desk.pays(settlement)
    order = order_of(settlement)
    with refused(constraint="refusal_reported_by_trustee", using=role):
        run(role, REPORT, (order.pk, order.fund_id, "回执", desk.at.actor.pk, AT))


def test_a_second_key_never_pays_twice_what_the_bank_has_paid(desk: Provider) -> None:
    settlement = filed(desk)
    told = reported(desk, settlement)
    desk.pays(settlement)

    with pytest.raises(Conflict):
        answers.confirm_failed(refusal_id=told.pk, actor=desk.at.trustee_key, at=AT)
    assert not Approval.objects.filter(subject_kind="refusal", subject_id=told.pk).exists()
