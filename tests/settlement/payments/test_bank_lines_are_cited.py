"""What a payment's history says of the bank's line: its day, its voucher and its row in the bank's file."""

from pathlib import Path

import pytest
from pytest_django import Settings

from custody.models import BankLine
from custody.money_in.explanations import line_cited
from settlement.models import Settlement, SettlementMove
from tests.settlement.desk import Provider, make_provider

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def desk(settings: Settings, tmp_path: Path, committed_db: None) -> Provider:
    settings.BANK_OUTBOX = tmp_path
    return make_provider()


def said(settlement: Settlement) -> str:
    """The reason of the newest move."""
    return SettlementMove.objects.filter(settlement=settlement).latest("step").reason


def test_a_payment_cites_the_banks_line(desk: Provider) -> None:
    settlement = desk.released()
    desk.instructed(settlement)

    desk.pays(settlement)

    assert said(settlement) == "流水 2025-08-05（bank.xlsx 第 1 行）"


def test_a_payment_sent_back_cites_the_banks_line(desk: Provider) -> None:
    settlement = desk.released()
    desk.instructed(settlement)
    desk.pays(settlement)

    desk.bank_line(str(settlement.total.amount), f"退汇 {settlement.number}")

    assert said(settlement) == "退汇：流水 2025-08-05（bank.xlsx 第 1 行）"


def test_a_line_with_a_voucher_is_cited_by_it(desk: Provider) -> None:
    line = desk.bank_line("5.00", "利息", summary="结息")
    line.voucher = "V7"

    assert line_cited(line) == "流水 2025-08-05 凭证 V7（bank.xlsx 第 1 行）"
    assert line_cited(BankLine.objects.get(pk=line.pk)) == "流水 2025-08-05（bank.xlsx 第 1 行）"
