"""Proof before release: unexplained money out stops the fund's releases until the bank gives it back."""

import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from threading import Event
from typing import Any

import psycopg
import pytest
from django.db import IntegrityError, connections, transaction
from pytest_django import Settings

from custody.kernel.errors import Rejected
from custody.kernel.money import yuan
from custody.ledger import door, postings
from custody.ledger.door import balance_of
from custody.models import LineExplanation
from custody.money_in.rules import invoice_numbers
from settlement.decisions import approvals
from settlement.invoices import submission
from settlement.invoices.submission import StatedLine
from settlement.models import Basis, PaymentOrder, Settlement
from settlement.payments import answers
from tests.custody.ledger.raw import citations_unjudged
from tests.factories import unique
from tests.settlement.desk import AT, PAY_ON, Provider, digits, fresh, make_provider, reasons
from tests.settlement.test_guards import ORDER, ROLES, key_sql, refusal, to

pytestmark = pytest.mark.usefixtures("committed_db")
STRANGER = "6222000000000000009"
GUARD = "no_release_over_an_open_break"


@pytest.fixture
def desk(settings: Settings, tmp_path: Path, committed_db: None) -> Provider:
    settings.BANK_OUTBOX = tmp_path
    return make_provider(maintenance="3000")


def lose(desk: Provider, amount: str = "500", memo: str = "货款", **said: Any) -> Any:
    """Money leaves and nobody knows why."""
    return desk.bank_line(f"-{amount}", memo, **({"account": STRANGER, "name": "某某"} | said))


def give_back(
    desk: Provider, amount: str = "500", summary: str = "冲正", memo: str = "错账冲正", **said: Any
) -> Any:
    """The bank's own credit."""
    return desk.bank_line(amount, memo, summary=summary, **({"account": STRANGER, "name": "某某"} | said))


def unexplained(desk: Provider, book: str = "operating") -> Any:
    return balance_of(desk.at.account("unexplained", book=book)).posted


def kind(line: Any) -> Any:
    return LineExplanation.objects.filter(line=line).latest("pk").kind


def release(desk: Provider, settlement: Any) -> Settlement:
    return approvals.release(settlement_id=settlement.pk, actor=desk.at.trustee_key, at=AT)


# ------------------------------------------------------------------------------------------- refusal


def test_an_open_break_refuses_a_release_naming_the_banks_line(desk: Provider) -> None:
    settlement = desk.approved()
    lose(desk, "500")

    with pytest.raises(Rejected, match=r"2025-08-05 付出 500\.00.*冲正或退回") as refused:
        release(desk, settlement)

    assert refused.value.code == "break-open"
    assert fresh(settlement).state == "approved"


def test_a_break_in_the_other_book_refuses_too(desk: Provider) -> None:
    settlement = desk.approved("99000")
    lose(desk, "2500")

    with pytest.raises(Rejected, match="待查付款"):
        release(desk, settlement)

    assert (unexplained(desk), unexplained(desk, "maintenance")) == (yuan(0), yuan("2500"))


def test_a_break_of_another_estate_refuses_nothing_here(desk: Provider) -> None:
    lose(make_provider())

    assert release(desk, desk.approved()).state == "released"


def test_suspense_refuses_nothing(desk: Provider) -> None:
    desk.bank_line("500", "往来", account=STRANGER, name="某某")

    assert release(desk, desk.approved()).state == "released"


def test_an_open_break_leaves_approval_possible(desk: Provider) -> None:
    lose(desk)

    assert desk.approved().state == "approved"


def test_an_open_break_refuses_an_instruction(desk: Provider) -> None:
    settlement = desk.released()
    lose(desk)

    with pytest.raises(Rejected) as refused:
        desk.instructed(settlement)

    assert refused.value.code == "break-open"


def test_an_open_break_refuses_a_retry(desk: Provider) -> None:
    settlement = desk.released()
    desk.instructed(settlement)
    desk.refuses(settlement)
    lose(desk)

    with pytest.raises(Rejected) as refused:
        answers.retry(settlement_id=settlement.pk, actor=desk.at.actor, at=AT)

    assert refused.value.code == "break-open"


def test_what_was_instructed_before_the_break_is_still_paid_by_its_line(desk: Provider) -> None:
    settlement = desk.released()
    desk.instructed(settlement)
    lose(desk)

    desk.pays(settlement)

    assert fresh(settlement).state == "paid"


# -------------------------------------------------------------------------------------- past Python


@pytest.mark.parametrize("role", ROLES)
def test_the_database_refuses_a_release_over_a_break(desk: Provider, role: Any) -> None:
    settlement = desk.approved()
    lose(desk)
    key = key_sql(desk, settlement, "release", desk.at.trustee_key, desk.at.trustee)

    assert refusal(role, key, *to(settlement, "released")) == GUARD


@pytest.mark.parametrize("role", ROLES)
def test_the_database_refuses_an_instruction_over_a_break(desk: Provider, role: Any) -> None:
    settlement = desk.released()
    lose(desk)

    assert refusal(role, *to(settlement, "instructed")) == GUARD


@pytest.mark.parametrize("role", ROLES)
def test_the_database_refuses_an_order_over_a_break(desk: Provider, role: Any) -> None:
    settlement = desk.released()
    order = desk.instructed(settlement).orders.get()
    desk.refuses(settlement)
    answers.retry(settlement_id=settlement.pk, actor=desk.at.actor, at=AT)
    lose(desk)

    assert refusal(role, (ORDER, [order.pk])) == GUARD


def test_a_break_recorded_at_the_same_moment_refuses_the_release(desk: Provider) -> None:
    """Between the service's look and its commit a break is recorded: the guard waits and sees it."""
    settlement = desk.approved()
    recorded, may_commit = Event(), Event()

    def record_a_break() -> None:
        try:
            with transaction.atomic():
                door.post(
                    postings.unexplained_payment(
                        unexplained=desk.at.account("unexplained"), cash=desk.at.account("cash"),
                        amount=yuan("5"), on=PAY_ON, memo="", source="",
                    ),
                    key=unique("break"), actor_id=desk.at.actor.pk, at=AT,
                )  # fmt: skip
                recorded.set()
                assert may_commit.wait(20)
        finally:
            connections.close_all()

    def try_to_release() -> Any:
        try:
            return release(desk, settlement)
        except IntegrityError as refused:
            cause = refused.__cause__
            assert isinstance(cause, psycopg.Error)
            return cause.diag.constraint_name
        finally:
            connections.close_all()

    with citations_unjudged(), ThreadPoolExecutor(2) as pool:
        breaking = pool.submit(record_a_break)
        assert recorded.wait(20)
        releasing = pool.submit(try_to_release)
        waited = somebody_waits()
        may_commit.set()
        breaking.result(20)

        assert (waited, releasing.result(20)) == (True, GUARD)


def somebody_waits() -> bool:
    """Whether a lock of this database is waited for, within ten seconds."""
    for _ in range(200):
        with connections["owner"].cursor() as cursor:
            cursor.execute(
                "SELECT EXISTS (SELECT FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock')"
            )
            if cursor.fetchone()[0]:
                return True
        time.sleep(0.05)
    return False


# ------------------------------------------------------------------------- how a break is closed


@pytest.mark.parametrize(
    ("summary", "memo"),
    [("冲正", ""), ("退汇", "账号户名不符"), ("转账", "原路退回"), ("其他", "错账更正"), ("退 回", "")],
)
def test_the_banks_correction_closes_the_break_and_opens_releases(
    desk: Provider, summary: str, memo: str
) -> None:
    settlement = desk.approved()
    lost = lose(desk)
    back = give_back(desk, summary=summary, memo=memo)

    assert (kind(lost), kind(back), unexplained(desk)) == ("reversal", "reversal", yuan(0))
    assert release(desk, settlement).state == "released"


def test_a_correction_returns_the_money_to_the_book_it_left(desk: Provider) -> None:
    desk.approved("99000")
    lose(desk, "2500")

    give_back(desk, "2500")

    assert unexplained(desk, "maintenance") == yuan(0)
    assert balance_of(desk.at.account("cash", book="maintenance")).posted == yuan("3000")


def test_a_correction_without_an_account_goes_by_the_name(desk: Provider) -> None:
    lose(desk)

    give_back(desk, account="", name="某 某")

    assert unexplained(desk) == yuan(0)


@pytest.mark.parametrize(
    "said",
    [
        {"amount": "499.99"},
        {"account": "6222000000000000001"},
        {"account": "", "name": "别人"},
        {"summary": "转账", "memo": "货款"},
    ],
)
def test_other_money_closes_no_break(desk: Provider, said: dict[str, Any]) -> None:
    lose(desk)

    give_back(desk, **said)

    assert unexplained(desk) == yuan("500")


def test_one_correction_closes_one_break(desk: Provider) -> None:
    lose(desk)
    lose(desk)

    give_back(desk)

    assert unexplained(desk) == yuan("500")


def test_two_corrections_close_no_break_twice(desk: Provider) -> None:
    lose(desk)
    give_back(desk)

    second = give_back(desk)

    assert (unexplained(desk), kind(second)) == (yuan(0), "suspense")


def test_a_second_payment_sent_back_leaves_the_first_paid(desk: Provider) -> None:
    settlement = desk.released()
    desk.instructed(settlement)
    desk.pays(settlement)
    desk.pays(settlement)

    desk.bank_line("1000", f"退汇 {settlement.number}", summary="退汇")

    assert (fresh(settlement).state, unexplained(desk)) == ("paid", yuan(0))


def test_a_payment_sent_back_is_not_taken_for_the_correction_of_another(desk: Provider) -> None:
    settlement = desk.released()
    desk.instructed(settlement)
    desk.pays(settlement)
    lost = desk.bank_line("-1000", digits())

    desk.bank_line("1000", f"退汇 {settlement.number}", summary="退汇")

    assert (fresh(settlement).state, kind(lost)) == ("reversed", "unexplained")


# ------------------------------------------------------- an invoice the bank paid without being told


@pytest.fixture
def returned(desk: Provider) -> Any:
    """An invoice sent back because its work is not on record yet."""
    desk.budget()
    line = StatedLine(1, "CLN", Basis.WORK_ORDER, unique("GD"), Decimal("1000"))
    settlement = desk.submit(desk.invoice(line))
    assert settlement.state == "returned"
    return settlement


def accept_its_work(desk: Provider, settlement: Any) -> None:
    desk.work("1000", number=settlement.lines.first().cited)


def resubmit(desk: Provider, settlement: Any) -> Settlement:
    return submission.resubmit(settlement_id=settlement.pk, actor=desk.at.provider_clerk, at=AT)


def test_a_returned_invoice_the_bank_paid_anyway_is_not_verified(desk: Provider, returned: Any) -> None:
    desk.pays(returned)
    accept_its_work(desk, returned)

    again = resubmit(desk, returned)

    assert again.state == "returned"
    assert [invoice_numbers(each) for each in reasons(again)] == [[returned.number]]
    assert "2025-08-05 付出 1000.00" in reasons(again)[0]


def test_an_invoice_is_not_stopped_by_a_break_that_does_not_name_it(desk: Provider, returned: Any) -> None:
    desk.bank_line("-1000", f"{digits()} 1{returned.number}")
    accept_its_work(desk, returned)

    assert resubmit(desk, returned).state == "verified"


def test_a_returned_invoice_the_bank_paid_anyway_is_paid_once_the_money_is_back(
    desk: Provider, returned: Any
) -> None:
    desk.pays(returned)
    accept_its_work(desk, returned)
    resubmit(desk, returned)
    assert not PaymentOrder.objects.filter(settlement=returned).exists()

    desk.bank_line("1000", f"{returned.number} 退汇", summary="退汇")
    resubmit(desk, returned)
    approvals.approve(settlement_id=returned.pk, actor=desk.at.committee_key, at=AT)
    release(desk, returned)
    desk.instructed(fresh(returned))
    desk.pays(returned)

    assert fresh(returned).state == "paid"
    assert balance_of(desk.at.account("budget_spending", "CLN")).posted == yuan("1000")
