"""Changing where the provider is paid: two keys of its own, three days, and nothing filed is touched."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils.timezone import localdate
from pytest_django import Settings

from custody.kernel.errors import Conflict, Forbidden, Rejected
from custody.models import Key
from settlement.decisions import approvals, payees
from settlement.models import PayeeAccount
from tests.settlement.desk import AT, PAY_ON, Provider, fresh, make_provider

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def desk(settings: Settings, tmp_path: Path, committed_db: None) -> Provider:
    settings.BANK_OUTBOX = tmp_path
    return make_provider()


def change_account(desk: Provider, at: Any = AT) -> PayeeAccount:
    changed = payees.propose(
        fund=desk.at.fund,
        organisation=desk.at.provider,
        holder=desk.at.provider.name,
        number="6222111122223333",
        bank_name="建行",
        clearing_number="105651000018",
        actor=desk.at.actor,
        at=at,
    )
    payees.turn_key(payee_account_id=changed.pk, which=Key.APPROVE, actor=desk.at.committee_key, at=at)
    return changed


def current(desk: Provider, on: Any) -> int | None:
    return payees.current(fund_id=desk.at.fund.pk, organisation_id=desk.at.provider.pk, on=on)


def test_a_changed_account_with_one_key_is_not_used(desk: Provider) -> None:
    change_account(desk)

    assert current(desk, PAY_ON.replace(month=12)) == desk.payee.pk


def test_a_changed_account_is_used_three_days_after_its_second_key(desk: Provider) -> None:
    changed = change_account(desk)
    payees.turn_key(payee_account_id=changed.pk, which=Key.RELEASE, actor=desk.at.trustee_key, at=AT)

    assert (current(desk, PAY_ON.replace(day=6)), current(desk, PAY_ON.replace(day=7))) == (
        desk.payee.pk,
        changed.pk,
    )


def test_the_database_and_the_desk_count_the_same_days(desk: Provider) -> None:
    changed = change_account(desk)
    payees.turn_key(payee_account_id=changed.pk, which=Key.RELEASE, actor=desk.at.trustee_key, at=AT)
    usable_on = localdate(AT) + timedelta(days=payees.cooling_off_days())

    assert (current(desk, usable_on - timedelta(days=1)), current(desk, usable_on)) == (
        desk.payee.pk,
        changed.pk,
    )


def test_a_changed_account_stops_what_was_verified_for_the_old_one(desk: Provider) -> None:
    settlement = desk.verified()
    changed = change_account(desk)
    payees.turn_key(payee_account_id=changed.pk, which=Key.RELEASE, actor=desk.at.trustee_key, at=AT)

    with pytest.raises(Rejected, match="收款账户"):
        approvals.approve(settlement_id=settlement.pk, actor=desk.at.committee_key, at=AT.replace(day=10))


def test_a_changed_account_leaves_filed_payments_alone(desk: Provider) -> None:
    settlement = desk.released("1000")
    batch = desk.instructed(settlement)
    changed = change_account(desk)
    payees.turn_key(payee_account_id=changed.pk, which=Key.RELEASE, actor=desk.at.trustee_key, at=AT)

    desk.pays(settlement)

    assert bytes(batch.content).count(desk.payee.number.encode()) == 1
    assert fresh(settlement).state == "paid"


def test_the_payees_people_propose_no_account(desk: Provider) -> None:
    with pytest.raises(Forbidden):
        payees.propose(
            fund=desk.at.fund,
            organisation=desk.at.provider,
            holder="x",
            number="1",
            bank_name="x",
            clearing_number="105651000018",
            actor=desk.at.provider_clerk,
            at=AT,
        )


def test_the_handovers_account_takes_no_keys(desk: Provider) -> None:
    with pytest.raises(Conflict):
        payees.turn_key(payee_account_id=desk.payee.pk, which=Key.APPROVE, actor=desk.at.committee_key, at=AT)


def test_a_verified_invoice_takes_up_the_changed_account_once_returned_and_submitted_again(
    desk: Provider,
) -> None:
    from settlement.invoices import submission

    settlement = desk.verified()
    changed = change_account(desk)
    payees.turn_key(payee_account_id=changed.pk, which=Key.RELEASE, actor=desk.at.trustee_key, at=AT)
    later = AT.replace(day=10)
    submission.send_back(settlement_id=settlement.pk, reason="账户变更", actor=desk.at.actor, at=later)

    submission.resubmit(settlement_id=settlement.pk, actor=desk.at.provider_clerk, at=later)

    approved = approvals.approve(settlement_id=settlement.pk, actor=desk.at.committee_key, at=later)
    assert approved.payee_account_id == changed.pk
