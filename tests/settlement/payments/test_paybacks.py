"""A receipt nobody recognised goes back to where it came from: two keys, the usual file, the bank's line."""

from pathlib import Path

import pytest
from pytest_django import Settings

from custody.kernel.errors import Conflict, DomainError, Forbidden, NotFound, Rejected
from custody.ledger.proof import verify_fund
from custody.models import HoldOutcome, LineKind, Payback
from custody.money_in.identifying import IncomePart, identify_receipt
from custody.money_in.paybacks import approve_payback, cancel_payback, release_payback
from custody.money_in.recording import reconsider_lines
from settlement.payments import sending
from settlement.payments.paying_back import (
    confirm_payback_failed,
    instruct_paybacks,
    report_payback_failed,
)
from settlement.queue.settlement_turns import queue_of
from tests import factories
from tests.custody.money_in.test_commands import ran
from tests.settlement.desk import AT, PAY_ON
from tests.settlement.payments.paybacks import ACCOUNT, PAPER, PAYER, Suspended, outbox, suspended

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def back(settings: Settings, tmp_path: Path, committed_db: None) -> Suspended:
    settings.BANK_OUTBOX = tmp_path
    return suspended()


def hold_ended(payback: Payback) -> str:
    """How the hold behind a payback ended."""
    assert payback.hold_id is not None
    return HoldOutcome.objects.get(hold_id=payback.hold_id).outcome


def test_a_receipt_travels_back_to_the_account_it_came_from(back: Suspended, tmp_path: Path) -> None:
    batch = back.instructed()
    sending.send_batch(batch_id=batch.pk, at=AT)
    (file,) = outbox(tmp_path)

    paid = back.bank("-50", f"{back.name} 退还来款")

    assert [word for word in (ACCOUNT, PAYER, back.name, "50.00") if word not in file] == []
    assert (back.payback.state, back.kind(), back.kind(paid)) == ("paid", "payback", "payback")
    assert [back.posted(kind) for kind in ("suspense", "cash")] == [0, 1000]
    assert hold_ended(back.payback) == "settled"
    assert verify_fund(back.line.fund_id) == []


def test_asking_twice_is_asking_once(back: Suspended) -> None:
    assert back.proposed().pk == back.proposed().pk


def test_it_goes_to_no_other_account(back: Suspended) -> None:
    with pytest.raises(Rejected, match="只能退还到来款账户"):
        back.proposed(number="6222999")


def test_an_account_the_bank_did_not_give_is_shown_by_a_paper(settings: Settings, tmp_path: Path) -> None:
    settings.BANK_OUTBOX = tmp_path
    back = suspended(account="")
    with pytest.raises(Rejected, match="须附凭据、请写明来款账户的账号"):
        back.proposed()

    payback = back.proposed(number="6222777", evidence=PAPER)

    assert (payback.number, payback.holder, payback.document is not None) == ("6222777", PAYER, True)


def test_only_money_in_suspense_goes_back(back: Suspended) -> None:
    part = IncomePart("other_income", back.line.amount)
    identify_receipt(line=back.line, parts=[part], evidence=PAPER, actor=back.desk.at.actor, at=AT)
    with pytest.raises(Conflict, match="只有待确认款项可以退还"):
        back.proposed()


def test_what_was_identified_meanwhile_is_not_approved(back: Suspended) -> None:
    payback = back.proposed()
    part = IncomePart("other_income", back.line.amount)
    identify_receipt(line=back.line, parts=[part], evidence=PAPER, actor=back.desk.at.actor, at=AT)
    with pytest.raises(Conflict, match="只有待确认款项可以退还"):
        approve_payback(payback_id=payback.pk, actor=back.desk.at.committee_key, at=AT)


def test_what_is_promised_back_is_neither_identified_nor_reconsidered(back: Suspended) -> None:
    back.approved()
    part = IncomePart("other_income", back.line.amount)

    with pytest.raises(Conflict, match="正在退还"):
        identify_receipt(line=back.line, parts=[part], evidence=PAPER, actor=back.desk.at.actor, at=AT)
    assert reconsider_lines(fund=back.line.fund, actor=back.desk.at.actor, at=AT).already_done


def test_each_key_is_turned_by_its_own(back: Suspended) -> None:
    payback, at = back.proposed(), back.desk.at
    with pytest.raises(Conflict):
        release_payback(payback_id=payback.pk, actor=at.trustee_key, at=AT)
    for somebody in (at.actor, at.trustee_key, at.provider_clerk):
        with pytest.raises(Forbidden):
            approve_payback(payback_id=payback.pk, actor=somebody, at=AT)
    approve_payback(payback_id=payback.pk, actor=at.committee_key, at=AT)
    with pytest.raises(Forbidden):
        release_payback(payback_id=payback.pk, actor=at.committee_key, at=AT)


def test_a_key_turned_again_changes_nothing(back: Suspended) -> None:
    payback = back.released()
    again = release_payback(payback_id=payback.pk, actor=back.desk.at.trustee_key, at=AT)
    assert again.state == "released"


def test_nothing_is_released_over_an_open_break(back: Suspended) -> None:
    payback = back.approved()
    back.desk.bank_line("-7", "不明付款")
    with pytest.raises(Rejected, match="待查付款"):
        release_payback(payback_id=payback.pk, actor=back.desk.at.trustee_key, at=AT)


def test_what_is_called_off_is_in_suspense_and_may_be_asked_for_again(back: Suspended) -> None:
    payback = back.released()

    cancel_payback(payback_id=payback.pk, reason="找到了", actor=back.desk.at.committee_key, at=AT)

    assert hold_ended(payback) == "released"
    assert (back.kind(), back.proposed().pk == payback.pk) == ("suspense", False)


def test_a_filed_payback_is_not_called_off(back: Suspended) -> None:
    back.instructed()
    with pytest.raises(Conflict):
        cancel_payback(payback_id=back.payback.pk, reason="x", actor=back.desk.at.actor, at=AT)


@pytest.mark.parametrize(
    ("amount", "account", "why"),
    [("-49", ACCOUNT, "应付 50.00 元，银行付出 49.00 元"), ("-50", "6222999", "收款账户与银行付出账户不符")],
)
def test_a_line_that_is_not_the_payback_stays_unexplained(
    back: Suspended, amount: str, account: str, why: str
) -> None:
    back.instructed()

    line = back.bank(amount, back.name, account)

    assert (back.kind(line), back.payback.state) == ("unexplained", "instructed")
    assert why in line.explanations.latest("pk").note


def test_paid_twice_is_a_break(back: Suspended) -> None:
    back.instructed()
    back.bank("-50", back.name)

    second = back.bank("-50", back.name)

    assert back.kind(second) == "unexplained"


def test_a_payback_sent_back_is_in_suspense_again(back: Suspended) -> None:
    back.instructed()
    back.bank("-50", back.name)

    line = back.bank("50", f"退汇 {back.name}", summary="退汇")

    assert (back.kind(line), back.payback.state, back.kind()) == ("reversal", "reversed", "suspense")
    assert [back.posted(kind) for kind in ("suspense", "cash")] == [-50, 1050]
    assert back.proposed().state == "proposed"
    assert verify_fund(back.line.fund_id) == []


def test_the_bank_taking_the_receipt_back_meanwhile_lands(back: Suspended) -> None:
    back.approved()

    back.bank("-50", "冲正", summary="冲正")

    assert back.kind() == LineKind.REVERSAL
    with pytest.raises(Conflict):
        release_payback(payback_id=back.payback.pk, actor=back.desk.at.trustee_key, at=AT)


def test_a_refusal_by_the_bank_takes_two_people(back: Suspended) -> None:
    back.instructed()
    at, payback = back.desk.at, back.payback
    with pytest.raises(Conflict):
        confirm_payback_failed(payback_id=payback.pk, actor=at.trustee_key, at=AT)
    report_payback_failed(payback_id=payback.pk, evidence="账户已销户", actor=at.trustee_key, at=AT)
    with pytest.raises(Forbidden):
        confirm_payback_failed(payback_id=payback.pk, actor=at.trustee_key, at=AT)

    second = factories.make_operator(at.trustee)
    confirm_payback_failed(payback_id=payback.pk, actor=second, at=AT)

    assert (back.payback.state, back.kind()) == ("failed", "suspense")
    assert hold_ended(payback) == "released"


def test_after_a_refusal_a_new_attempt_has_a_name_of_its_own(back: Suspended) -> None:
    back.instructed()
    first, at = back.name, back.desk.at
    report_payback_failed(payback_id=back.payback.pk, evidence="拒付", actor=at.actor, at=AT)
    confirm_payback_failed(payback_id=back.payback.pk, actor=at.trustee_key, at=AT)

    back.instructed()

    assert (first[-2:], back.name[-2:], first[:-2] == back.name[:-2]) == ("-1", "-2", True)


def test_a_file_does_not_leave_once_a_refusal_is_reported(back: Suspended, tmp_path: Path) -> None:
    batch = back.instructed()
    report_payback_failed(payback_id=back.payback.pk, evidence="拒付", actor=back.desk.at.actor, at=AT)

    with pytest.raises(Conflict, match="密码已失效"):
        sending.send_batch(batch_id=batch.pk, at=AT)
    assert outbox(tmp_path) == []


def test_a_payback_left_behind_is_swept(back: Suspended, tmp_path: Path) -> None:
    batch = back.instructed()

    assert [each.pk for each in sending.unsent(batch.created_at.replace(year=2099))].count(batch.pk) == 1


@pytest.mark.parametrize("evidence", ["", "  "])
def test_a_refusal_has_evidence(back: Suspended, evidence: str) -> None:
    back.instructed()
    with pytest.raises(Rejected):
        report_payback_failed(
            payback_id=back.payback.pk, evidence=evidence, actor=back.desk.at.actor, at=AT
        )  # fmt: skip


def test_none_or_too_early_is_refused(back: Suspended) -> None:
    payback, fund_id = back.released(), back.line.fund_id
    for chosen, on in (([], PAY_ON), ([payback.pk], PAY_ON.replace(year=2020))):
        with pytest.raises(Rejected):
            instruct_paybacks(
                fund_id=fund_id, payback_ids=chosen, execute_on=on, actor=back.desk.at.actor, at=AT
            )  # fmt: skip
    with pytest.raises(NotFound):
        approve_payback(payback_id=0, actor=back.desk.at.committee_key, at=AT)


def test_the_whole_way_at_the_console(back: Suspended) -> None:
    at = back.desk.at

    def at_desk(actor: object) -> tuple[object, ...]:
        return "--fund", back.line.fund.code, "--actor", getattr(actor, "username", "")

    line = f"{back.line.account.number}:{back.line.position}"
    said = ("--line", line, "--bank", "工行", "--reason", "误转")
    steps = [ran("propose_payback", *at_desk(at.actor), *said)[0]]
    number = str(back.payback.pk)
    assert [each.number for each in queue_of(at.committee_key, AT) if each.kind == "payback"] == [number]
    for keyholder in (at.committee_key, at.trustee_key):
        steps.append(ran("turn_key", *at_desk(keyholder), "payback", number)[0])
    assert [each.number for each in queue_of(at.actor, AT) if each.kind == "payback"] == [number]
    steps.append(ran("instruct_paybacks", *at_desk(at.actor))[0])
    steps.append(ran("report_payback_failed", *at_desk(at.actor), number, "--evidence", "拒付")[0])
    steps.append(ran("turn_key", *at_desk(at.trustee_key), "payback", number)[0])

    assert (steps, back.payback.state) == ([0] * 6, "failed")


def test_a_key_is_taken_back_at_the_console(back: Suspended) -> None:
    payback = back.approved()
    actor = ("--fund", back.line.fund.code, "--actor", back.desk.at.committee_key.username)

    code, _out, _err = ran("withdraw_key", *actor, "payback", payback.pk, "--reason", "再查")

    assert (code, Payback.objects.get(pk=payback.pk).state) == (0, "cancelled")


def test_only_the_desk_asks(back: Suspended) -> None:
    viewer = factories.make_operator(back.desk.at.trustee, "viewer")
    with pytest.raises(DomainError):
        cancel_payback(payback_id=back.proposed().pk, reason="x", actor=viewer, at=AT)
