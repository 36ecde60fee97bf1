"""From a verified invoice to the bank's line: holds, keys, files, answers."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from custody.kernel.errors import Conflict, Forbidden, InsufficientFunds, Rejected
from custody.kernel.money import yuan
from custody.ledger.door import balance_of
from custody.models import Approval, HoldOutcome, LineExplanation
from settlement.decisions import approvals
from settlement.invoices import submission
from settlement.models import PaymentOrder, SettlementMove
from settlement.payments import answers, filing
from tests.settlement.desk import AT, PAY_ON, Provider, fresh, make_provider, work_line

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def desk(settings: Settings, tmp_path: Path, committed_db: None) -> Provider:
    settings.BANK_OUTBOX = tmp_path
    return make_provider()


def explanation(line: Any) -> Any:
    return LineExplanation.objects.filter(line=line).latest("pk")


def test_an_invoice_travels_from_the_firm_to_the_banks_line(desk: Provider) -> None:
    settlement = desk.released("1000")
    desk.instructed(settlement)

    desk.pays(settlement)

    steps = (
        SettlementMove.objects.filter(settlement=settlement).order_by("step").values_list("target", flat=True)
    )
    assert list(steps) == ["draft", "submitted", "verified", "approved", "released", "instructed", "paid"]


def test_payment_settles_the_hold_and_spends_the_budget_line(desk: Provider) -> None:
    settlement = desk.released("1000")
    desk.instructed(settlement)

    desk.pays(settlement)

    cash = balance_of(desk.at.account("cash"))
    assert (cash.posted, cash.held) == (yuan("99000"), yuan(0))
    assert balance_of(desk.at.account("budget_spending", "CLN")).posted == yuan("1000")


def test_approval_holds_the_total(desk: Provider) -> None:
    desk.approved("1000")

    assert balance_of(desk.at.account("cash")).held == yuan("1000")


def test_approval_without_money_writes_nothing(committed_db: None) -> None:
    desk = make_provider(cash="999.99")
    settlement = desk.verified("1000")

    with pytest.raises(InsufficientFunds):
        approvals.approve(settlement_id=settlement.pk, actor=desk.at.committee_key, at=AT)

    assert fresh(settlement).state == "verified"
    assert not Approval.objects.filter(subject_kind="settlement", subject_id=settlement.pk).exists()


def test_a_maintenance_line_is_paid_from_the_maintenance_book(
    committed_db: None, settings: Settings, tmp_path: Path
) -> None:
    settings.BANK_OUTBOX = tmp_path
    desk = make_provider(cash="10", maintenance="5000")
    desk.budget("MNT", book="maintenance")
    settlement = desk.released("1000", "MNT")
    desk.instructed(settlement)

    desk.pays(settlement)

    assert balance_of(desk.at.account("cash", book="maintenance")).posted == yuan("4000")


@pytest.mark.parametrize("who", ["actor", "trustee_key", "provider_clerk"])
def test_only_the_committees_keyholder_approves(desk: Provider, who: str) -> None:
    settlement = desk.verified()

    with pytest.raises(Forbidden):
        approvals.approve(settlement_id=settlement.pk, actor=getattr(desk.at, who), at=AT)


@pytest.mark.parametrize("who", ["actor", "committee_key", "provider_clerk"])
def test_only_the_trustees_keyholder_releases(desk: Provider, who: str) -> None:
    settlement = desk.approved()

    with pytest.raises(Forbidden):
        approvals.release(settlement_id=settlement.pk, actor=getattr(desk.at, who), at=AT)


@pytest.mark.parametrize("who", ["committee_key", "provider_clerk"])
def test_only_the_trustees_people_file_payments(desk: Provider, who: str) -> None:
    settlement = desk.released()

    with pytest.raises(Forbidden):
        filing.instruct(
            fund_id=desk.at.fund.pk,
            settlement_ids=[settlement.pk],
            execute_on=PAY_ON,
            actor=getattr(desk.at, who),
            at=AT,
        )


def test_who_submitted_an_invoice_turns_no_key_on_it(desk: Provider) -> None:
    invoice = desk.invoice(work_line(desk.work()))
    settlement = submission.submit_invoice(
        fund=desk.at.fund, invoice=invoice, source_file=None, actor=desk.at.trustee_key, at=AT
    )
    approvals.approve(settlement_id=settlement.pk, actor=desk.at.committee_key, at=AT)

    with pytest.raises(Forbidden, match="申报人"):
        approvals.release(settlement_id=settlement.pk, actor=desk.at.trustee_key, at=AT)


def test_another_estates_committee_opens_nothing(desk: Provider) -> None:
    settlement = desk.verified()
    elsewhere = make_provider()

    with pytest.raises(Forbidden, match="当事人"):
        approvals.approve(settlement_id=settlement.pk, actor=elsewhere.at.committee_key, at=AT)


def test_approving_twice_changes_nothing(desk: Provider) -> None:
    settlement = desk.approved()

    approvals.approve(settlement_id=settlement.pk, actor=desk.at.committee_key, at=AT)

    assert Approval.objects.filter(subject_kind="settlement", subject_id=settlement.pk).count() == 1


def test_a_withdrawn_first_key_frees_the_money_and_stays_on_record(desk: Provider) -> None:
    settlement = desk.released()

    approvals.withdraw(settlement_id=settlement.pk, actor=desk.at.committee_key, reason="价格有误", at=AT)

    assert fresh(settlement).state == "verified"
    assert balance_of(desk.at.account("cash")).held == yuan(0)
    kept = Approval.objects.filter(subject_kind="settlement", subject_id=settlement.pk)
    assert [each.withdrawal.reason for each in kept] == ["价格有误", "价格有误"]


def test_a_withdrawn_second_key_keeps_the_approval_and_its_hold(desk: Provider) -> None:
    settlement = desk.released()

    approvals.withdraw(settlement_id=settlement.pk, actor=desk.at.trustee_key, reason="暂缓", at=AT)

    assert fresh(settlement).state == "approved"
    assert balance_of(desk.at.account("cash")).held == yuan("1000")


def test_a_withdrawn_invoice_can_be_approved_and_released_again(desk: Provider) -> None:
    settlement = desk.released()
    approvals.withdraw(settlement_id=settlement.pk, actor=desk.at.committee_key, reason="再看看", at=AT)

    approvals.approve(settlement_id=settlement.pk, actor=desk.at.committee_key, at=AT)

    assert (
        approvals.release(settlement_id=settlement.pk, actor=desk.at.trustee_key, at=AT).state == "released"
    )


@pytest.mark.parametrize("who", ["committee_key", "trustee_key"])
def test_a_rejected_invoice_gives_its_money_back(desk: Provider, who: str) -> None:
    settlement = desk.approved()

    approvals.reject(settlement_id=settlement.pk, actor=getattr(desk.at, who), reason="不予支付", at=AT)

    assert balance_of(desk.at.account("cash")).held == yuan(0)


def test_a_released_invoice_is_not_rejected_behind_the_second_key(desk: Provider) -> None:
    settlement = desk.released()

    with pytest.raises(Conflict):
        approvals.reject(settlement_id=settlement.pk, actor=desk.at.committee_key, reason="不", at=AT)


# ------------------------------------------------------------------------------------------ matching


def test_another_amount_is_no_payment_and_says_so(desk: Provider) -> None:
    settlement = desk.released("1000")
    desk.instructed(settlement)

    line = desk.bank_line("-999.99", settlement.number)

    assert explanation(line).kind == "unexplained"
    assert "999.99" in explanation(line).note
    assert fresh(settlement).state == "instructed"


def test_another_account_is_no_payment_and_says_so(desk: Provider) -> None:
    settlement = desk.released("1000")
    desk.instructed(settlement)

    line = desk.pays(settlement, account="6222000000000000000")

    assert (explanation(line).kind, "收款账户" in explanation(line).note) == ("unexplained", True)


def test_money_out_before_any_instruction_stays_unexplained(desk: Provider) -> None:
    settlement = desk.released("1000")

    line = desk.pays(settlement)

    assert explanation(line).kind == "unexplained"


def test_a_second_payment_of_one_invoice_stays_unexplained(desk: Provider) -> None:
    settlement = desk.released("1000")
    desk.instructed(settlement)
    desk.pays(settlement)

    line = desk.pays(settlement)

    assert "重复" in explanation(line).note


def test_an_invoice_of_another_estate_matches_nothing_here(desk: Provider) -> None:
    elsewhere = make_provider()
    settlement = elsewhere.released("1000")
    elsewhere.instructed(settlement)

    line = desk.pays(settlement)

    assert explanation(line).kind == "unexplained"


def test_money_sent_back_reverses_the_payment_once(desk: Provider) -> None:
    settlement = desk.released("1000")
    desk.instructed(settlement)
    desk.pays(settlement)

    desk.bank_line("1000", f"退汇 {settlement.number}", summary="退汇")
    second = desk.bank_line("1000", f"退汇 {settlement.number}", summary="退汇")

    assert fresh(settlement).state == "reversed"
    assert explanation(second).kind == "suspense"
    assert balance_of(desk.at.account("budget_spending", "CLN")).posted == yuan(0)


def test_reversed_work_can_be_invoiced_anew(desk: Provider) -> None:
    from tests.settlement.desk import work_line

    work = desk.work("1000")
    settlement = desk.submit(desk.invoice(work_line(work)))
    approvals.approve(settlement_id=settlement.pk, actor=desk.at.committee_key, at=AT)
    approvals.release(settlement_id=settlement.pk, actor=desk.at.trustee_key, at=AT)
    desk.instructed(fresh(settlement))
    desk.pays(settlement)
    desk.bank_line("1000", f"退汇 {settlement.number}", summary="退汇")

    assert desk.submit(desk.invoice(work_line(work))).state == "verified"


# ------------------------------------------------------------------------------------------ outcomes


def test_an_unknown_payment_keeps_its_hold_and_cannot_be_filed_again(desk: Provider) -> None:
    settlement = desk.released("1000")
    desk.instructed(settlement)
    answers.mark_unknown(settlement_id=settlement.pk, reason="银行超时", actor=desk.at.actor, at=AT)

    with pytest.raises(Conflict):
        desk.instructed(fresh(settlement))

    assert balance_of(desk.at.account("cash")).held == yuan("1000")


@pytest.mark.parametrize("step", [answers.retry, approvals.cancel, approvals.reconsider])
def test_an_unknown_payment_is_not_voided_or_retried(desk: Provider, step: Any) -> None:
    settlement = desk.released("1000")
    desk.instructed(settlement)
    answers.mark_unknown(settlement_id=settlement.pk, reason="银行超时", actor=desk.at.actor, at=AT)
    said = {} if step is answers.retry else {"reason": "不等了"}

    with pytest.raises(Conflict):
        step(settlement_id=settlement.pk, actor=desk.at.actor, at=AT, **said)


def test_a_payment_is_lost_sight_of_once(desk: Provider) -> None:
    settlement = desk.released("1000")
    desk.instructed(settlement)
    answers.mark_unknown(settlement_id=settlement.pk, reason="银行超时", actor=desk.at.actor, at=AT)

    with pytest.raises(Conflict, match="现为「结果未知」，不能登记为「结果未知」"):
        answers.mark_unknown(settlement_id=settlement.pk, reason="仍无回音", actor=desk.at.actor, at=AT)

    assert PaymentOrder.objects.get(settlement=settlement).evidence == "银行超时"


def test_an_unknown_payment_is_paid_by_the_banks_line(desk: Provider) -> None:
    settlement = desk.released("1000")
    desk.instructed(settlement)
    answers.mark_unknown(settlement_id=settlement.pk, reason="银行超时", actor=desk.at.actor, at=AT)

    desk.pays(settlement)

    assert fresh(settlement).state == "paid"


def test_failing_a_payment_takes_evidence(desk: Provider) -> None:
    settlement = desk.released("1000")
    desk.instructed(settlement)

    with pytest.raises(Rejected):
        answers.report_failed(settlement_id=settlement.pk, evidence=" ", actor=desk.at.actor, at=AT)


def test_a_retry_after_refusal_gets_a_new_bank_identifier(desk: Provider) -> None:
    settlement = desk.released("1000")
    desk.instructed(settlement)
    desk.refuses(settlement, "回执 AC04 账户已销")
    answers.retry(settlement_id=settlement.pk, actor=desk.at.actor, at=AT)

    desk.instructed(fresh(settlement))

    orders = PaymentOrder.objects.filter(settlement=settlement).order_by("attempt")
    assert len({each.end_to_end_id for each in orders}) == 2
    assert [each.outcome for each in orders] == ["failed", "pending"]


def test_a_part_failed_batch_adds_up(desk: Provider) -> None:
    three = [desk.released(amount) for amount in ("100", "200.50", "300")]
    batch = desk.instructed(*three)
    desk.pays(three[0])
    desk.refuses(three[1])
    answers.mark_unknown(settlement_id=three[2].pk, reason="超时", actor=desk.at.actor, at=AT)

    orders = {each.outcome: each.amount.amount for each in batch.orders.all()}

    assert orders == {"settled": Decimal("100.00"), "failed": Decimal("200.50"), "unknown": Decimal("300.00")}


def test_a_cancelled_failed_payment_frees_its_money(desk: Provider) -> None:
    settlement = desk.released("1000")
    desk.instructed(settlement)
    desk.refuses(settlement)

    approvals.cancel(settlement_id=settlement.pk, actor=desk.at.actor, reason="改付现", at=AT)

    assert (
        HoldOutcome.objects.get(hold__key__startswith=f"settlement:{settlement.number}:").outcome
        == "released"
    )


def test_one_line_that_names_two_invoices_pays_the_one_it_fits(desk: Provider) -> None:
    first, second = desk.released("100"), desk.released("200")
    desk.instructed(first, second)

    desk.bank_line("-200", f"{first.number} {second.number}")

    assert (fresh(first).state, fresh(second).state) == ("instructed", "paid")


def test_an_instruction_given_after_the_money_left_mends_no_break(desk: Provider) -> None:
    settlement = desk.released("1000")
    desk.instructed(settlement)

    line = desk.pays(settlement, on=AT.date() - timedelta(days=1))

    assert (explanation(line).kind, "早于" in explanation(line).note) == ("unexplained", True)


def test_what_was_paid_before_it_was_instructed_is_not_instructed_afterwards(desk: Provider) -> None:
    settlement = desk.released("1000")
    desk.pays(settlement)

    with pytest.raises(Rejected) as refused:
        desk.instructed(settlement)

    assert refused.value.code == "break-open"
