"""What the bank knows a payment by: unique across databases, the same for the same facts."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from settlement.decisions import approvals
from settlement.payments import rendering
from settlement.payments.gateways.pain001 import Batch
from tests.settlement.desk import AT, PAY_ON, Provider, fresh, make_provider, work_line
from tests.settlement.payments.test_pain001 import DEBTOR as TRUST
from tests.settlement.payments.test_pain001 import transfer

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def desk(settings: Settings, tmp_path: Path, committed_db: None) -> Provider:
    settings.BANK_OUTBOX = tmp_path
    return make_provider()


def test_a_batch_is_called_after_its_day_and_content(desk: Provider) -> None:
    batch = desk.instructed(desk.released("1000"))

    assert re.fullmatch("PT20250805-[0-9a-f]{16}", batch.message_id)
    assert f"<MsgId>{batch.message_id}</MsgId>".encode() in bytes(batch.content)


def stated(*transfers: Any, on: Any = PAY_ON, at: Any = AT, debtor: Any = TRUST) -> Batch:
    return Batch("X", at, on, debtor, transfers or (transfer(),))


def called(batch: Any, fund_code: str = "四季") -> Any:
    return rendering.named(batch, fund_code=fund_code).message_id


def test_the_same_facts_are_called_the_same_in_any_database() -> None:
    assert called(stated()) == called(replace(stated(), message_id="Y")) == "PT20250805-5084493b925b5e9e"


def test_no_other_batch_is_called_the_same() -> None:
    others = [
        stated(transfer(2)),
        stated(transfer(amount="1000.01")),
        stated(transfer(account="510101040012345679")),
        stated(transfer(1), transfer(2)),
        stated(transfer(2), transfer(1)),
        stated(on=PAY_ON + timedelta(days=1)),
        stated(at=AT + timedelta(seconds=1)),
        stated(debtor=replace(TRUST, account="4402008809000000002")),
    ]

    names = {called(stated()), called(stated(), fund_code="别苑"), *map(called, others)}

    assert len(names) == 2 + len(others)


def test_an_order_is_called_after_its_invoice_and_attempt(desk: Provider) -> None:
    settlement = desk.released("1000")

    assert desk.instructed(settlement).orders.get().end_to_end_id == f"{settlement.number}-1"


def test_a_number_given_up_at_one_estate_is_counted_on_at_the_next(desk: Provider) -> None:
    first = desk.released("1000")
    desk.instructed(first)
    desk.refuses(first)
    approvals.cancel(settlement_id=first.pk, actor=desk.at.actor, reason="开错", at=AT)
    elsewhere = make_provider()
    again = elsewhere.submit(elsewhere.invoice(work_line(elsewhere.work()), number=first.number))
    approvals.approve(settlement_id=again.pk, actor=elsewhere.at.committee_key, at=AT)
    approvals.release(settlement_id=again.pk, actor=elsewhere.at.trustee_key, at=AT)

    assert elsewhere.instructed(fresh(again)).orders.get().end_to_end_id == f"{first.number}-2"
