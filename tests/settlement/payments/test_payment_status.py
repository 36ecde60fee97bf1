"""The bank's report that it refused: believed once its statement bears it out, or a second person says so."""

from datetime import UTC, date, datetime
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from custody.files.faults import Refused
from custody.files.intake import Handed
from custody.kernel.errors import Forbidden
from custody.money_in.bank_statements import import_statements
from settlement.decisions import approvals
from settlement.models import Refusal
from settlement.payments import answers, sending
from settlement.payments.status_reports import StatusCount, import_payment_status
from settlement.queue.settlement_turns import queue_of
from tests.custody.money_in.small import write_csv
from tests.factories import make_operator
from tests.settlement.desk import AT, Provider, fresh, make_provider, work_line
from tests.settlement.payments.paybacks import suspended
from tests.settlement.payments.reported import (
    BEYOND,
    IN_TIME,
    LATER,
    goes_on,
    order_of,
    refusing,
    sent,
    state,
    take,
)
from tests.settlement.payments.reports import Said, report

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def desk(settings: Settings, tmp_path: Path, committed_db: None) -> Provider:
    settings.BANK_OUTBOX = tmp_path / "outbox"
    return make_provider()


# ------------------------------------------------------------------------------- a report is no proof


def test_a_report_alone_moves_nothing_and_says_what_it_waits_for(desk: Provider) -> None:
    batch = sent(desk)

    outcome = take(desk, refusing(batch, "账户已销"))

    assert state(batch) == ("instructed", "pending")
    assert (outcome.counts[StatusCount.REFUSED], outcome.faults) == (1, ())
    (told,) = map(str, outcome.notes)
    assert "RJCT AC04 账户已销" in told
    assert "2025-08-08之后的流水" in told


def test_a_statement_past_its_days_without_the_payment_makes_it_failed(desk: Provider) -> None:
    batch = sent(desk)
    take(desk, refusing(batch))

    goes_on(desk, BEYOND)

    assert state(batch) == ("failed", "failed")
    assert order_of(batch).evidence == "pain.002 status.xml #1 RJCT AC04"


@pytest.mark.parametrize("on", [date(2025, 8, 5), IN_TIME])
def test_a_statement_of_days_in_which_the_bank_may_still_pay_proves_nothing(desk: Provider, on: date) -> None:
    batch = sent(desk)
    take(desk, refusing(batch))

    goes_on(desk, on)

    assert state(batch) == ("instructed", "pending")


def test_a_report_that_comes_late_waits_for_a_statement_past_its_own_day(desk: Provider) -> None:
    batch = sent(desk)
    goes_on(desk, BEYOND)
    take(desk, refusing(batch), at=datetime(2025, 8, 12, 2, tzinfo=UTC))
    assert state(batch) == ("instructed", "pending")

    goes_on(desk, date(2025, 8, 13))

    assert state(batch) == ("failed", "failed")


def test_a_payment_the_bank_made_after_all_is_paid_whatever_the_report_said(desk: Provider) -> None:
    batch = sent(desk)
    take(desk, refusing(batch))
    desk.pays(order_of(batch).settlement)

    goes_on(desk, BEYOND)

    assert state(batch) == ("paid", "settled")


def test_a_debit_that_may_be_the_payment_leaves_it_to_people(desk: Provider) -> None:
    batch = sent(desk)
    take(desk, refusing(batch))
    desk.bank_line("-1000", "不明", account="6222", name="某某")

    goes_on(desk, BEYOND)

    assert state(batch) == ("instructed", "pending")


def test_another_payment_of_the_same_amount_is_not_taken_for_it(desk: Provider) -> None:
    twin = desk.submit(desk.invoice(work_line(desk.work("1000")), issued_on=date(2025, 7, 28)))
    approvals.approve(settlement_id=twin.pk, actor=desk.at.committee_key, at=AT)
    approvals.release(settlement_id=twin.pk, actor=desk.at.trustee_key, at=AT)
    batch = desk.instructed(desk.released("1000"), fresh(twin))
    sending.send_batch(batch_id=batch.pk, at=AT)
    refused_one, paid = batch.orders.select_related("settlement").order_by("pk")
    take(desk, report(batch.message_id, Said(refused_one.end_to_end_id)))
    desk.pays(paid.settlement)

    goes_on(desk, BEYOND)

    assert state(batch) == ("failed", "failed")


def test_a_second_persons_key_believes_it_at_once(desk: Provider) -> None:
    batch = sent(desk)
    take(desk, refusing(batch))

    answers.confirm_failed(
        refusal_id=Refusal.objects.get(fund=desk.at.fund).pk, actor=desk.at.trustee_key, at=AT
    )

    assert state(batch) == ("failed", "failed")


def test_it_waits_in_the_queue_of_a_second_person(desk: Provider) -> None:
    take(desk, refusing(sent(desk)))

    waiting = [each for each in queue_of(desk.at.trustee_key, AT) if each.kind == "refusal"]

    assert [each.what.endswith("#1 RJCT AC04") for each in waiting] == [True]


def test_a_file_that_never_left_is_refused_by_no_statement(desk: Provider) -> None:
    batch = desk.instructed(desk.released("1000"))
    take(desk, refusing(batch))

    goes_on(desk, BEYOND)

    assert state(batch) == ("instructed", "pending")


def test_a_timers_import_of_the_statement_ends_it_too(desk: Provider, tmp_path: Path) -> None:
    batch = sent(desk)
    take(desk, refusing(batch))
    header = ["本方账号", "交易时间", "对方账号", "对方单位名称", "借方发生额", "贷方发生额", "余额", "摘要"]
    row = [desk.bank.number, f"{BEYOND}", "", "路人", "", "8.00", "100008.00", "转账"]
    bank = write_csv(tmp_path / "bank.csv", [header, row])

    import_statements(
        fund=desk.at.fund, paths=[bank], actor=make_operator(desk.at.trustee, "machine"), at=LATER
    )

    assert state(batch) == ("failed", "failed")


def test_what_failed_so_is_paid_again_under_a_name_of_its_own(desk: Provider) -> None:
    batch = sent(desk)
    take(desk, refusing(batch))
    goes_on(desk, BEYOND)
    settlement = answers.retry(settlement_id=order_of(batch).settlement_id, actor=desk.at.actor, at=AT)

    again = desk.instructed(settlement)

    assert sending.send_batch(batch_id=again.pk, at=AT)
    assert order_of(again).end_to_end_id.endswith("-2")


# ----------------------------------------------------------------------------- what else a report says


@pytest.mark.parametrize("level", ["whole", "block"])
def test_a_refusal_of_the_whole_file_is_one_of_each_payment(desk: Provider, level: str) -> None:
    batch = sent(desk, "1000", "800")

    take(desk, report(batch.message_id, **{level: "RJCT"}, why="FF01"))
    goes_on(desk, BEYOND)

    assert {each.outcome for each in batch.orders.all()} == {"failed"}
    assert {each.place for each in Refusal.objects.filter(order__batch=batch)} == {0}


@pytest.mark.parametrize("status", ["ACCP", "ACSP", "ACSC", "ACCC", "PDNG", "XXXX"])
def test_what_the_bank_says_it_did_is_told_and_changes_nothing(desk: Provider, status: str) -> None:
    batch = sent(desk)

    outcome = take(desk, report(batch.message_id, Said(order_of(batch).end_to_end_id, status, "")))

    assert state(batch) == ("instructed", "pending")
    assert [f"银行回报 {status}" in str(each) for each in outcome.notes] == [True]
    assert Refusal.objects.filter(order__batch=batch).count() == 0


def held_back(desk: Provider, content: bytes) -> list[str]:
    return [str(fault) for fault in take(desk, content).faults]


def test_what_does_not_fit_is_named_one_by_one_and_the_rest_is_taken(desk: Provider) -> None:
    batch = sent(desk, "1000", "800", "600", "400")
    first, second, third, fourth = (each.end_to_end_id for each in batch.orders.order_by("pk"))

    outcome = take(
        desk,
        report(
            batch.message_id,
            Said("STRANGER-1"),
            Said(first, amount="1001"),
            Said(second, amount="800", currency="USD"),
            Said(third),
            Said(third, "ACSC", ""),
            Said(fourth, amount="400.00"),
        ),
    )

    said = {fault.value: fault.expected for fault in outcome.faults}
    assert said.keys() == {"STRANGER-1", first, second, third}
    assert "没有这笔付款" in said["STRANGER-1"]
    assert "1000.00 不符" in said[first]
    assert "人民币" in said[second]
    assert "自相矛盾" in said[third]
    assert Refusal.objects.get(order__batch=batch).order.end_to_end_id == fourth


def test_a_payment_said_done_in_a_file_refused_whole_is_a_contradiction(desk: Provider) -> None:
    batch = sent(desk)
    done = Said(order_of(batch).end_to_end_id, "ACSC", "")

    (why,) = held_back(desk, report(batch.message_id, done, whole="RJCT"))

    assert "自相矛盾" in why


def test_a_refusal_of_what_the_statement_shows_as_paid_is_named(desk: Provider) -> None:
    batch = sent(desk)
    desk.pays(order_of(batch).settlement)

    (why,) = held_back(desk, refusing(batch))

    assert "银行流水已有这笔付出" in why
    assert state(batch) == ("paid", "settled")


def test_a_payment_said_done_that_was_called_failed_is_named(desk: Provider) -> None:
    batch = sent(desk)
    desk.refuses(order_of(batch).settlement)

    (why,) = held_back(desk, report(batch.message_id, Said(order_of(batch).end_to_end_id, "ACSC", "")))

    assert "不要重付" in why


def test_a_paybacks_refusal_is_told_and_stays_two_peoples_word(settings: Settings, tmp_path: Path) -> None:
    settings.BANK_OUTBOX = tmp_path
    back = suspended()
    batch = back.instructed()

    (told,) = map(str, take(back.desk, report(batch.message_id, Said(back.name))).notes)

    assert "report_payback_failed" in told
    assert back.payback.state == "instructed"


# -------------------------------------------------------------------------------------- the one way in


def test_a_report_on_another_funds_file_is_refused(desk: Provider) -> None:
    batch = sent(make_provider())

    with pytest.raises(Refused, match="没有这个付款文件"):
        take(desk, report(batch.message_id, whole="RJCT"))


def test_the_same_report_again_changes_nothing(desk: Provider) -> None:
    batch = sent(desk)
    take(desk, refusing(batch))

    again = take(desk, refusing(batch))

    assert (again.already_done, again.counts[StatusCount.KNOWN]) == (True, 1)
    assert Refusal.objects.filter(order__batch=batch).count() == 1


def test_a_rehearsal_writes_nothing(desk: Provider) -> None:
    batch = sent(desk)

    take(desk, refusing(batch), dry_run=True)

    assert not Refusal.objects.filter(order__batch=batch).exists()


def test_the_payees_people_bring_no_report(desk: Provider) -> None:
    with pytest.raises(Forbidden):
        import_payment_status(
            fund=desk.at.fund,
            path=Handed("status.xml", refusing(sent(desk))),
            actor=desk.at.provider_clerk,
            at=AT,
        )


def test_the_command_takes_a_report_and_says_what_was_held_back(desk: Provider, tmp_path: Path) -> None:
    batch = sent(desk)
    file = tmp_path / "status.xml"
    file.write_bytes(report(batch.message_id, Said(order_of(batch).end_to_end_id), Said("STRANGER-1")))
    told, complained = StringIO(), StringIO()

    call_command("import_payment_status", file, fund=desk.at.fund.code, actor=desk.at.actor.username,
                 stdout=told, stderr=complained)  # fmt: skip

    assert "新登记的拒付：1" in told.getvalue()
    assert "STRANGER-1" in complained.getvalue()
    file.write_bytes(b"junk")
    with pytest.raises(CommandError, match="未导入"):
        call_command("import_payment_status", file, fund=desk.at.fund.code, actor=desk.at.actor.username,
                     stderr=StringIO())  # fmt: skip
