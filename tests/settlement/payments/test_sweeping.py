"""The sweep resends what was not sent and names what the bank is silent about."""

from contextlib import suppress
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from settlement.models import PaymentBatch
from settlement.payments import sending
from tests.settlement.desk import AT, Provider, make_provider

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def desk(settings: Settings, tmp_path: Path, committed_db: None) -> Provider:
    settings.BANK_OUTBOX = tmp_path
    return make_provider()


def sweep(*arguments: str) -> str:
    """What the command prints; other tests' batches, which never left, may make it exit 2."""
    out = StringIO()
    with suppress(CommandError):
        call_command("sweep_payments", *arguments, stdout=out)
    return out.getvalue()


def test_a_fresh_batch_is_left_to_its_message(desk: Provider) -> None:
    batch = desk.instructed(desk.released())

    assert batch.pk not in sending.sweep(at=AT + timedelta(minutes=4))


def test_a_dry_run_lists_and_sends_nothing(desk: Provider) -> None:
    batch = desk.instructed(desk.released())

    assert f"未送出 {batch.message_id}" in sweep("--dry-run")
    assert PaymentBatch.objects.get(pk=batch.pk).sent_at is None


def test_the_command_sends_and_says_so(desk: Provider) -> None:
    batch = desk.instructed(desk.released())

    assert f"已补发 {batch.message_id}" in sweep()


def test_a_payment_the_bank_is_silent_about_is_named(desk: Provider) -> None:
    settlement = desk.released()
    desk.instructed(settlement)

    assert settlement.number in sweep()


def test_a_paid_payment_is_not_named(desk: Provider) -> None:
    settlement = desk.released()
    desk.instructed(settlement)
    desk.pays(settlement)

    assert settlement.number not in sweep()


def test_an_outbox_that_cannot_be_written_stops_no_other_batch(
    desk: Provider, settings: Settings, tmp_path: Path
) -> None:
    blocked = desk.instructed(desk.released())
    other = make_provider()
    fine = other.instructed(other.released())
    (tmp_path / desk.at.fund.code).write_text("in the way")

    sent = sending.sweep(at=AT + timedelta(hours=1))

    assert (blocked.pk in sent, fine.pk in sent) == (False, True)


def test_the_command_exits_with_2_and_says_why_while_a_file_has_not_left(
    desk: Provider, tmp_path: Path
) -> None:
    batch, out = desk.instructed(desk.released()), StringIO()
    folder = tmp_path / desk.at.fund.code
    folder.mkdir()
    (folder / f"{batch.message_id}.xml").write_bytes(b"other")

    with pytest.raises(CommandError, match="未送出") as refused:
        call_command("sweep_payments", stdout=out)

    assert refused.value.returncode == 2
    assert f"未送出 {batch.message_id} 付款日 2025-08-05：发件箱中已有内容不同的同名文件" in out.getvalue()


def test_the_command_exits_with_0_when_every_file_that_should_have_left_has(desk: Provider) -> None:
    desk.instructed(desk.released())

    call_command("sweep_payments", "--minutes", "9000000", stdout=StringIO())
