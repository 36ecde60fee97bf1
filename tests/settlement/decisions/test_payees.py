"""Changing where the provider is paid: two keys of its own, three days, and nothing filed is touched."""

import itertools
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils.timezone import localdate
from pytest_django import Settings

from custody.kernel.errors import Conflict, Forbidden, Rejected
from custody.models import Key
from settlement.decisions import approvals, payees
from settlement.models import PayeeAccount
from tests.custody.ledger.raw import refused, run
from tests.factories import make_operator
from tests.settlement.desk import AT, PAY_ON, Provider, fresh, make_provider

pytestmark = pytest.mark.usefixtures("committed_db")
ROLES = ["default", "owner"]


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


# ---- dates and keys decide, whoever chooses the row's number: past Python, by raw SQL ----

PLANTED = """
    INSERT INTO settlement_payeeaccount
        (fund_id, organisation_id, holder, number, bank_name, clearing_number, usable_from, handover)
    VALUES (%s, %s, %s, '6222999988887777', '建行', '105651000018', %s, %s)"""
NUMBERED = PLANTED.replace("(fund_id", "(id, fund_id").replace("VALUES (", "VALUES (%s, ")
ANOTHER_BANK_ACCOUNT = """
    INSERT INTO custody_bankaccount (id, fund_id, number, holder, bank_name, handover, pays)
    VALUES (%s, %s, %s, 'x', 'x', %s, true)"""
_lowest = itertools.count(-1, -1)


def plant(desk: Provider, *, on: str = "2020-01-01", as_row: int | None = None) -> int:
    """A payee's account typed in by the tables' owner, under the lowest number yet unless told another."""
    number = next(_lowest) if as_row is None else as_row
    values = (number, desk.at.fund.pk, desk.at.provider.pk, desk.at.provider.name, on, False)
    run("owner", NUMBERED, values)
    return number


def key_both(desk: Provider, payee: int, at: Any = AT) -> None:
    payees.turn_key(payee_account_id=payee, which=Key.APPROVE, actor=desk.at.committee_key, at=at)
    payees.turn_key(payee_account_id=payee, which=Key.RELEASE, actor=desk.at.trustee_key, at=at)


def test_a_lower_row_number_takes_no_payment_over(desk: Provider) -> None:
    plant(desk)

    assert current(desk, PAY_ON) == desk.payee.pk


def test_a_higher_row_number_takes_no_payment_back(desk: Provider) -> None:
    higher = plant(desk, as_row=desk.payee.pk + 1_000_000_000)
    lower = plant(desk)
    key_both(desk, higher)
    key_both(desk, lower, AT + timedelta(days=1))

    assert current(desk, PAY_ON + timedelta(days=30)) == lower


def test_of_two_accounts_usable_from_one_day_the_one_keyed_last_is_paid(desk: Provider) -> None:
    earlier, later = plant(desk, as_row=desk.payee.pk + 1_000_000_001), plant(desk)
    key_both(desk, earlier)
    key_both(desk, later, AT + timedelta(hours=1))

    assert current(desk, PAY_ON + timedelta(days=30)) == later


def test_a_back_dated_account_waits_its_days_all_the_same(desk: Provider) -> None:
    planted = plant(desk, on="2020-01-01")
    key_both(desk, planted)
    usable_on = localdate(AT) + timedelta(days=payees.cooling_off_days())

    assert (current(desk, usable_on - timedelta(days=1)), current(desk, usable_on)) == (
        desk.payee.pk,
        planted,
    )


def test_an_account_is_not_usable_before_its_own_date(desk: Provider) -> None:
    planted = plant(desk, on="2025-09-01")
    key_both(desk, planted)

    assert (current(desk, date(2025, 8, 31)), current(desk, date(2025, 9, 1))) == (desk.payee.pk, planted)


def test_one_more_persons_key_does_not_start_the_days_again(desk: Provider) -> None:
    changed = plant(desk)
    key_both(desk, changed)
    usable_on = localdate(AT) + timedelta(days=payees.cooling_off_days())
    second = make_operator(desk.at.committee)
    payees.turn_key(payee_account_id=changed, which=Key.APPROVE, actor=second, at=AT + timedelta(days=2))

    assert current(desk, usable_on) == changed


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("party", ["provider", "protector"])
def test_no_account_comes_with_a_handover_that_is_over(desk: Provider, role: str, party: str) -> None:
    values = (desk.at.fund.pk, getattr(desk.at, party).pk, "x", "2020-01-01", True)
    with refused(constraint="handover_before_the_first_entry", using=role):
        run(role, PLANTED, values)


@pytest.mark.parametrize("role", ROLES)
def test_a_handover_brings_one_account_of_an_organisation(role: str) -> None:
    unopened = make_provider(cash="0")
    values = (unopened.at.fund.pk, unopened.at.provider.pk, "x", "2020-01-01", True)
    with refused(constraint="payee_of_handover_once", using=role):
        run(role, PLANTED, values)


def test_a_later_bank_account_is_not_made_the_one_that_pays(desk: Provider) -> None:
    with refused(constraint="handover_before_the_first_entry"):
        run("owner", ANOTHER_BANK_ACCOUNT, (next(_lowest), desk.at.fund.pk, f"{desk.bank.number}8", True))


def test_the_account_that_pays_stays_the_handovers(desk: Provider) -> None:
    with refused(constraint="handover_before_the_first_entry"):
        run("owner", "UPDATE custody_bankaccount SET handover = false WHERE id = %s", (desk.bank.pk,))


def test_a_bank_account_with_a_lower_number_pays_nothing(desk: Provider) -> None:
    run("owner", ANOTHER_BANK_ACCOUNT, (next(_lowest), desk.at.fund.pk, f"{desk.bank.number}9", False))

    assert desk.instructed(desk.released()).debtor_account_id == desk.bank.pk


def test_a_later_change_leaves_settled_history_where_it_was_paid(desk: Provider) -> None:
    settlement = desk.released()
    desk.instructed(settlement)
    desk.pays(settlement)
    key_both(desk, plant(desk))

    assert (current(desk, PAY_ON), fresh(settlement).payee_account_id) == (desk.payee.pk, desk.payee.pk)
