"""Whoever only looks on moves no invoice and no payment, whichever party they look on for."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_django import Settings

from custody.kernel.errors import Forbidden
from custody.models import Operator
from settlement.decisions import approvals
from settlement.fees import charges
from settlement.invoices import submission
from settlement.models import Settlement
from settlement.payments import answers, filing
from tests.factories import make_operator
from tests.settlement.desk import AT, PAY_ON, Provider, fresh, make_provider, work_line

pytestmark = pytest.mark.usefixtures("committed_db")
Attempt = Callable[[Settlement, Operator], object]


def stated_anew(settlement: Settlement, who: Operator) -> object:
    return submission.resubmit(settlement_id=settlement.pk, actor=who, at=AT)


def sent_back(settlement: Settlement, who: Operator) -> object:
    return submission.send_back(settlement_id=settlement.pk, reason="x", actor=who, at=AT)


def cancelled(settlement: Settlement, who: Operator) -> object:
    return approvals.cancel(settlement_id=settlement.pk, reason="x", actor=who, at=AT)


def approved(settlement: Settlement, who: Operator) -> object:
    return approvals.approve(settlement_id=settlement.pk, actor=who, at=AT)


def instructed(settlement: Settlement, who: Operator) -> object:
    return filing.instruct(
        fund_id=settlement.fund_id, settlement_ids=[settlement.pk], execute_on=PAY_ON, actor=who, at=AT
    )


def reported_failed(settlement: Settlement, who: Operator) -> object:
    return answers.report_failed(settlement_id=settlement.pk, evidence="x", actor=who, at=AT)


def marked_unknown(settlement: Settlement, who: Operator) -> object:
    return answers.mark_unknown(settlement_id=settlement.pk, reason="x", actor=who, at=AT)


def accrued(settlement: Settlement, who: Operator) -> object:
    return charges.accrue_performance(fund_id=settlement.fund_id, month=AT.date(), actor=who, at=AT)


@pytest.fixture
def desk(settings: Settings, tmp_path: Path, committed_db: None) -> Provider:
    settings.BANK_OUTBOX = tmp_path
    return make_provider()


@pytest.mark.parametrize("party", ["trustee", "committee", "provider"])
@pytest.mark.parametrize(
    ("start", "attempt"),
    [
        ("verified", sent_back),
        ("verified", cancelled),
        ("verified", approved),
        ("verified", accrued),
        ("released", instructed),
    ],
)
def test_a_viewer_moves_nothing(desk: Provider, start: str, attempt: Attempt, party: str) -> None:
    settlement: Settlement = getattr(desk, start)()

    with pytest.raises(Forbidden):
        attempt(settlement, make_operator(getattr(desk.at, party), "viewer"))
    assert fresh(settlement).state == start


@pytest.mark.parametrize("attempt", [reported_failed, marked_unknown])
def test_a_viewer_of_the_trust_company_answers_for_no_bank(desk: Provider, attempt: Attempt) -> None:
    settlement = desk.released()
    desk.instructed(settlement)

    with pytest.raises(Forbidden):
        attempt(settlement, make_operator(desk.at.trustee, "viewer"))
    assert fresh(settlement).state == "instructed"


def test_a_viewer_of_the_firm_states_no_invoice_anew(desk: Provider) -> None:
    settlement = desk.submit(desk.invoice(work_line(desk.work(accepted=False))))

    with pytest.raises(Forbidden):
        stated_anew(settlement, make_operator(desk.at.provider, "viewer"))
    assert fresh(settlement).revision == 1


def test_whoever_left_the_firm_cancels_not_even_their_own_invoice(desk: Provider) -> None:
    settlement = desk.verified()
    desk.at.provider_clerk.memberships.update(valid_until=AT.date())

    with pytest.raises(Forbidden):
        cancelled(settlement, desk.at.provider_clerk)
