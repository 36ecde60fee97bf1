"""A payment file, its orders or its copies changed behind the house's back: the proof names the file."""

from pathlib import Path

import pytest
from pytest_django import Settings

from custody.proofs.evidence import verify_evidence
from settlement.models import PaymentBatch
from settlement.payments import sending
from settlement.payments.filed_proof import payment_files
from tests.custody.ledger.raw import run, undone
from tests.settlement.desk import AT, Provider, make_provider

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def desk(settings: Settings, tmp_path: Path, committed_db: None) -> Provider:
    settings.BANK_OUTBOX = tmp_path
    return make_provider()


@pytest.fixture
def batch(desk: Provider) -> PaymentBatch:
    """Filed and sent."""
    made = desk.instructed(desk.released("300"))
    sending.send_batch(batch_id=made.pk, at=AT)
    return made


def faults(desk: Provider, using: str = "default") -> list[str]:
    return [fault for _place, found in payment_files(desk.at.fund, 0, using) for fault in found]


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE settlement_paymentorder SET amount = 301 WHERE batch_id = %s", "付款指令重新生成"),
        ("UPDATE settlement_paymentorder SET end_to_end_id = 'X-1' WHERE batch_id = %s", "付款指令重新生成"),
        (("UPDATE settlement_payeeaccount SET number = '62220001' WHERE id = (SELECT payee_account_id"
          " FROM settlement_paymentorder WHERE batch_id = %s)"), "付款指令重新生成"),
        ("UPDATE settlement_paymentbatch SET debtor_number = '1' WHERE id = %s", "付款指令重新生成"),
        (("UPDATE settlement_paymentbatch SET content = 'x', content_sha256 = encode(sha256('x'), 'hex')"
          " WHERE id = %s"), "存档的文件不一致"),
    ],
)  # fmt: skip
def test_a_changed_order_or_file_is_named(
    desk: Provider, batch: PaymentBatch, statement: str, named: str
) -> None:
    with undone():
        run("owner", "SET LOCAL session_replication_role = replica")
        run("owner", statement, [batch.pk])
        found = faults(desk, "owner")

    assert [fault for fault in found if named in fault and batch.message_id in fault] != []
    assert faults(desk) == []


def test_a_file_changed_in_the_outbox_is_named(desk: Provider, batch: PaymentBatch, tmp_path: Path) -> None:
    (tmp_path / desk.at.fund.code / f"{batch.message_id}.xml").write_bytes(b"<Document/>")

    assert [fault for fault in verify_evidence(desk.at.fund) if "发件箱中" in fault] != []


def test_a_check_goes_on_behind_the_batch_it_had_reached(desk: Provider, batch: PaymentBatch) -> None:
    later = desk.instructed(desk.released("20"))

    assert [place for place, _found in payment_files(desk.at.fund, batch.pk, "default")] == [later.pk]


def test_an_entry_that_pays_another_sum_than_its_invoice_is_named(
    desk: Provider, batch: PaymentBatch
) -> None:
    settlement = batch.orders.get().settlement
    desk.pays(settlement)
    with undone():
        run("owner", "SET LOCAL session_replication_role = replica")
        run("owner", "UPDATE settlement_settlement SET total = 299 WHERE id = %s", [settlement.pk])
        found = verify_evidence(desk.at.fund, using="owner")

    assert [fault for fault in found if f"settlement:{settlement.number}" in fault] != []
