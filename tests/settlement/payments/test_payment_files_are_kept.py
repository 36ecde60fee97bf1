"""The file a payment batch is filed as is a kept document of its fund, byte for byte."""

from pathlib import Path
from typing import Any

import pytest

from custody.files.archive import bytes_of
from custody.models import Document, Retention
from settlement.models import PaymentBatch
from tests.settlement.desk import make_provider

pytestmark = pytest.mark.usefixtures("committed_db")


def test_a_filed_batch_is_kept_as_a_document_for_thirty_years(settings: Any, tmp_path: Path) -> None:
    settings.BANK_OUTBOX = tmp_path
    desk = make_provider()
    desk.instructed(desk.released("1000"))

    batch = PaymentBatch.objects.get(fund=desk.at.fund)
    document = Document.objects.get(fund=desk.at.fund, kind=Document.Kind.PAYMENT)

    assert bytes_of(document) == bytes(batch.content)
    assert (document.sha256, document.retention) == (batch.content_sha256, Retention.YEARS_30)
    assert document.name == f"{batch.message_id}.xml"
