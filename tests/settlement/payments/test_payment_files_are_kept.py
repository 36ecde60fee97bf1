"""The file a payment batch is filed as is a kept document of its fund, byte for byte."""

from pathlib import Path
from typing import Any

import pytest

from custody.files import archive
from custody.files.archive import bytes_of
from custody.models import Document, Retention
from settlement.models import PaymentBatch
from tests.custody.ledger.raw import refused, run, undone
from tests.factories import AT, make_fund
from tests.settlement.desk import make_provider

pytestmark = pytest.mark.usefixtures("committed_db")
FILED_AGAIN = """
    INSERT INTO settlement_paymentbatch (fund_id, message_id, execute_on, content, content_sha256,
        document_id, debtor_account_id, debtor_number, debtor_holder, debtor_bank_name, order_count, total,
        total_currency, created_by_id, created_at)
    SELECT fund_id, left(message_id, 20) || '-X', execute_on, %s, encode(sha256(%s), 'hex'),
        %s, debtor_account_id, debtor_number, debtor_holder, debtor_bank_name, order_count, total,
        total_currency, created_by_id, created_at
      FROM settlement_paymentbatch WHERE id = %s"""


def test_a_filed_batch_is_kept_as_a_document_for_thirty_years(settings: Any, tmp_path: Path) -> None:
    settings.BANK_OUTBOX = tmp_path
    desk = make_provider()
    desk.instructed(desk.released("1000"))

    batch = PaymentBatch.objects.get(fund=desk.at.fund)
    document = batch.document

    assert document.kind == Document.Kind.PAYMENT
    assert bytes_of(document) == bytes(batch.content)
    assert (document.sha256, document.retention) == (batch.content_sha256, Retention.YEARS_30)
    assert document.name == f"{batch.message_id}.xml"


@pytest.fixture
def batch(settings: Any, tmp_path: Path, committed_db: None) -> PaymentBatch:
    settings.BANK_OUTBOX = tmp_path
    desk = make_provider()
    return desk.instructed(desk.released("1000"))


@pytest.mark.parametrize("role", ["default", "owner"])
def test_a_batch_is_not_filed_with_a_paper_of_other_bytes(batch: PaymentBatch, role: str) -> None:
    content = bytes(batch.content) + b" "
    with refused(constraint="batch_kept_as_its_funds_document", using=role):
        run(role, FILED_AGAIN, (content, content, batch.document_id, batch.pk))


def test_a_batch_is_not_filed_with_another_funds_paper(batch: PaymentBatch) -> None:
    other, content = make_fund(), bytes(batch.content)
    keep = archive.keep(
        fund=other.fund, kind=Document.Kind.PAYMENT, name="x", content=content, actor=other.actor, at=AT
    )
    with refused(constraint="batch_kept_as_its_funds_document"):
        run("owner", FILED_AGAIN, (content, content, keep.pk, batch.pk))


def test_a_batch_typed_with_its_own_paper_passes_so_the_refusals_mean_something(batch: PaymentBatch) -> None:
    content = bytes(batch.content)
    with undone():
        run("owner", FILED_AGAIN, (content, content, batch.document_id, batch.pk))


def test_a_filed_batch_does_not_change_its_paper(batch: PaymentBatch) -> None:
    with refused(constraint="payment_batch_stands"):
        run(
            "owner",
            "UPDATE settlement_paymentbatch SET document_id = document_id + 1 WHERE id = %s",
            (batch.pk,),
        )
