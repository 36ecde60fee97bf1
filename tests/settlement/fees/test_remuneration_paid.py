"""Paying performance remuneration ends its accrual, and a return of the money brings it back."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from custody.kernel.money import yuan
from custody.ledger import door
from custody.ledger.door import balance_of
from custody.ledger.entries import credit, debit, entry
from settlement.decisions import approvals
from settlement.fees import entitlement
from settlement.invoices.submission import StatedLine
from settlement.models import Basis, Settlement
from tests.settlement.desk import AT, Provider, fresh, make_provider

pytestmark = pytest.mark.usefixtures("committed_db")
QUARTER_END = date(2025, 6, 1)
KEY = "accrual:performance:2025Q2:assessed"


@pytest.fixture
def desk(settings: Settings, tmp_path: Path, committed_db: None) -> Provider:
    settings.BANK_OUTBOX = tmp_path
    desk = make_provider()
    desk.budget("REM")
    return desk


def assessed(desk: Provider, amount: str) -> None:
    """A quarter's performance made payable by its score."""
    fee, owed = desk.at.account("performance_fee"), desk.at.account("performance_payable")
    door.post(
        entry(
            "performance_assessed", date(2025, 7, 1), (debit(fee, yuan(amount)), credit(owed, yuan(amount)))
        ),
        key=KEY,
        actor_id=desk.at.actor.pk,
        at=AT,
    )


def submitted(desk: Provider, amount: str, period: str = "2025-06") -> Any:
    line = StatedLine(1, "REM", Basis.PERFORMANCE_REMUNERATION, period, yuan(amount).amount)
    return desk.submit(desk.invoice(line))


def paid(desk: Provider, amount: str) -> Settlement:
    settlement = submitted(desk, amount)
    approvals.approve(settlement_id=settlement.pk, actor=desk.at.committee_key, at=AT)
    approvals.release(settlement_id=settlement.pk, actor=desk.at.trustee_key, at=AT)
    desk.instructed(fresh(settlement))
    desk.pays(fresh(settlement))
    return fresh(settlement)


def owed(desk: Provider) -> Any:
    return balance_of(desk.at.account("performance_payable")).posted


def test_performance_is_verified_at_what_the_score_made_payable(desk: Provider) -> None:
    assessed(desk, "7520.71")

    assert submitted(desk, "7520.71").state == "verified"


def test_performance_without_a_settled_score_is_returned(desk: Provider) -> None:
    assert submitted(desk, "7520.71").state == "returned"


def test_performance_beyond_what_is_payable_is_returned(desk: Provider) -> None:
    assessed(desk, "7520.71")

    assert submitted(desk, "7520.72").state == "returned"


def test_performance_is_cited_by_the_quarters_last_month(desk: Provider) -> None:
    answer = entitlement.due(
        basis=Basis.PERFORMANCE_REMUNERATION, fund_id=desk.at.fund.pk, month=date(2025, 5, 1)
    )

    assert isinstance(answer, str)
    assert "季末" in answer


def test_base_remuneration_without_deed_terms_says_why(desk: Provider) -> None:
    answer = entitlement.due(basis=Basis.BASE_REMUNERATION, fund_id=desk.at.fund.pk, month=QUARTER_END)

    assert isinstance(answer, str)
    assert "无法计算" in answer


def test_paid_performance_is_spent_once_and_no_longer_owed(desk: Provider) -> None:
    assessed(desk, "500")

    paid(desk, "500")

    assert (owed(desk), balance_of(desk.at.account("budget_spending", "REM")).posted) == (yuan(0), yuan(500))
    assert balance_of(desk.at.account("performance_fee")).posted == yuan(0)


def test_performance_sent_back_is_owed_again(desk: Provider) -> None:
    assessed(desk, "500")
    settlement = paid(desk, "500")

    desk.bank_line("500", f"退汇 {settlement.number}", summary="退汇")

    assert (fresh(settlement).state, owed(desk)) == ("reversed", yuan("-500"))
