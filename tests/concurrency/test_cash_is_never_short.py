"""Many hands on one cash account: what is spent and held never exceeds what is there.

The negative control does what a program without the guard would do, on a table of its own, and overdraws.
"""

from collections.abc import Callable, Iterator
from datetime import date
from threading import Barrier
from typing import Any

import pytest
from django.db import connections

from custody.kernel.errors import InsufficientFunds
from custody.kernel.money import yuan
from custody.ledger import door
from custody.ledger.door import Draft, Posted
from custody.ledger.entries import credit, debit, entry
from tests.concurrency.racing import accepted, race, refusals
from tests.factories import AT, TestFund, make_fund

pytestmark = pytest.mark.usefixtures("committed_db")
HANDS = 8


@pytest.fixture
def trust(committed_db: None) -> TestFund:
    made = make_fund()
    made.fill("500")
    made.account("budget_spending", "A")
    return made


def payment(trust: TestFund, number: int, settles: int | None = None) -> Draft:
    lines = (
        debit(trust.account("budget_spending", "A"), yuan(100)),
        credit(trust.account("cash"), yuan(100)),
    )
    return Draft(entry("paid", date(2025, 7, 2), lines), f"pay:{number}", settles)


def pay(trust: TestFund, draft: Draft) -> Callable[[], list[Posted]]:
    return lambda: door.post_many([draft], actor_id=trust.actor.pk, at=AT)


def holding(trust: TestFund, number: int) -> Callable[[], int]:
    account = trust.account("cash")
    return lambda: door.hold(
        account, yuan(100), key=f"h{number}", reason="结算", actor_id=trust.actor.pk, at=AT
    )


def test_eight_payments_of_100_from_500_are_five(trust: TestFund) -> None:
    answers = race([pay(trust, payment(trust, number)) for number in range(HANDS)])
    assert (len(accepted(answers)), refusals(answers)) == (5, {InsufficientFunds})


def test_eight_holds_of_100_on_500_are_five(trust: TestFund) -> None:
    answers = race([holding(trust, number) for number in range(HANDS)])
    assert (len(accepted(answers)), refusals(answers)) == (5, {InsufficientFunds})


def test_holds_racing_payments_share_what_is_there(trust: TestFund) -> None:
    runners: list[Callable[[], Any]] = [holding(trust, number) for number in range(HANDS)]
    runners += [pay(trust, payment(trust, number)) for number in range(HANDS)]
    answers = race(runners)
    assert (len(accepted(answers)), refusals(answers)) == (5, {InsufficientFunds})


def test_a_hold_keeps_its_money_while_others_spend(trust: TestFund) -> None:
    held = holding(trust, 1)()
    settling = pay(trust, payment(trust, 99, held))
    answers = race([settling, *[pay(trust, payment(trust, number)) for number in range(HANDS)]])
    assert not isinstance(answers[0], Exception)
    assert door.balance_of(trust.account("cash")).posted == yuan(0)


def test_a_hold_is_settled_or_released_never_both(trust: TestFund) -> None:
    held = holding(trust, 1)()
    answers = race(
        [
            pay(trust, payment(trust, 1, held)),
            lambda: door.release_hold(fund_id=trust.fund.pk, hold_id=held, actor_id=trust.actor.pk, at=AT),
        ]
    )
    assert len(accepted(answers)) == 1


@pytest.fixture
def unguarded(trust: TestFund) -> Iterator[str]:
    """A copy of the cash balance without the check, for the negative control."""
    table = f"unguarded_{trust.fund.pk}"
    with connections["owner"].cursor() as cursor:
        cursor.execute(f"CREATE TABLE {table} AS SELECT * FROM custody_balance WHERE account_id = %s",
                       (trust.account("cash").id,))  # fmt: skip
        cursor.execute(f"GRANT SELECT, UPDATE ON {table} TO trust_app")
    yield table
    with connections["owner"].cursor() as cursor:
        cursor.execute(f"DROP TABLE {table}")


def test_looking_first_and_paying_afterwards_would_overdraw(unguarded: str) -> None:
    looked = Barrier(HANDS, timeout=30)

    def look_then_pay() -> bool:
        with connections["default"].cursor() as cursor:
            cursor.execute(f"SELECT posted - held >= 100 FROM {unguarded}")
            enough = cursor.fetchone()[0]
            looked.wait()
            if enough:
                cursor.execute(f"UPDATE {unguarded} SET posted = posted - 100")
            return bool(enough)

    race([look_then_pay] * HANDS)
    with connections["default"].cursor() as cursor:
        cursor.execute(f"SELECT posted FROM {unguarded}")
        assert cursor.fetchone()[0] < 0
