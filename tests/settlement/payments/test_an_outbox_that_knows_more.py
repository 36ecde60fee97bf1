"""After a restore the outbox knows more than the database: nothing is paid on until somebody found out."""

from pathlib import Path

import pytest
from pytest_django import Settings

from custody.kernel.errors import Conflict
from settlement.models import PaymentBatch
from settlement.payments import sending
from settlement.payments.gateways import File
from settlement.payments.gateways.files import FileChannel
from tests.settlement.desk import AT, Provider, make_provider

pytestmark = pytest.mark.usefixtures("committed_db")
OUT = b"<Document><EndToEndId>25000000000000000001-1</EndToEndId></Document>"


@pytest.fixture
def desk(settings: Settings, tmp_path: Path, committed_db: None) -> Provider:
    settings.BANK_OUTBOX = tmp_path
    return make_provider()


def left_behind(desk: Provider, outbox: Path, content: bytes = OUT) -> Path:
    """A file of the fund that a database since lost had sent."""
    place = outbox / desk.at.fund.code / "LOST-1.xml"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)
    return place


def test_nothing_is_filed_beside_a_file_the_database_does_not_know(desk: Provider, tmp_path: Path) -> None:
    settlement = desk.released()
    left_behind(desk, tmp_path)

    with pytest.raises(Conflict, match="LOST-1"):
        desk.instructed(settlement)


def test_what_is_filed_does_not_leave_beside_such_a_file(desk: Provider, tmp_path: Path) -> None:
    batch = desk.instructed(desk.released())
    left_behind(desk, tmp_path)

    with pytest.raises(Conflict, match="LOST-1"):
        sending.send_batch(batch_id=batch.pk, at=AT)


def test_a_sweep_says_why_and_sends_nothing(desk: Provider, tmp_path: Path) -> None:
    batch = desk.instructed(desk.released())
    left_behind(desk, tmp_path)
    told: dict[int, str] = {}

    def kept(each: PaymentBatch, why: str) -> None:
        told[each.pk] = why

    assert batch.pk not in sending.sweep(at=AT, minutes=0, kept=kept)
    assert "LOST-1" in told[batch.pk]


def test_another_funds_strange_file_stops_nobody_else(desk: Provider, tmp_path: Path) -> None:
    left_behind(make_provider(), tmp_path)
    batch = desk.instructed(desk.released())

    assert sending.send_batch(batch_id=batch.pk, at=AT)


def test_once_the_strange_file_is_accounted_for_the_batch_leaves(desk: Provider, tmp_path: Path) -> None:
    batch = desk.instructed(desk.released())
    left_behind(desk, tmp_path).unlink()

    assert sending.send_batch(batch_id=batch.pk, at=AT)


@pytest.mark.parametrize("fund_code", ["A", "B"])
def test_the_channel_takes_no_payment_that_is_out_in_another_file(tmp_path: Path, fund_code: str) -> None:
    channel = FileChannel(tmp_path)
    channel.deliver(File("A", "FIRST", OUT))

    with pytest.raises(Conflict, match="FIRST"):
        channel.deliver(File(fund_code, "SECOND", OUT + b" "))
    assert not (tmp_path / fund_code / "SECOND.xml").exists()


def test_the_channel_takes_the_next_attempt_at_a_payment(tmp_path: Path) -> None:
    channel = FileChannel(tmp_path)
    channel.deliver(File("A", "FIRST", OUT))
    channel.deliver(File("A", "SECOND", OUT.replace(b"-1<", b"-2<")))

    assert channel.out("A") == {"FIRST", "SECOND"}
