"""Nothing is lessened below zero, and a hold is settled whole, in its fund."""

import pytest

from custody.kernel.errors import InsufficientFunds, NotFound, Rejected
from custody.kernel.money import yuan
from custody.ledger import door
from tests.custody.ledger.raw import RawLine, forged, mirror, post_forged, refused, run
from tests.factories import AT, TestFund, make_fund

pytestmark = pytest.mark.usefixtures("committed_db", "both_levels")


def test_cash_is_not_overdrawn_at_the_door(trust: TestFund) -> None:
    with pytest.raises(InsufficientFunds):
        post_forged(
            trust, [RawLine(trust.account("cash"), "-1000.01"), RawLine(trust.account("interest"), "1000.01")]
        )


def test_cash_under_a_hold_is_not_spent_by_another_entry(trust: TestFund) -> None:
    cash = trust.account("cash")
    door.hold(cash, yuan("400"), key="h", reason="结算", actor_id=trust.actor.pk, at=AT)
    with pytest.raises(InsufficientFunds):
        post_forged(trust, [RawLine(cash, "-600.01"), RawLine(trust.account("interest"), "600.01")])


def test_a_balance_cannot_be_typed_below_its_holds(trust: TestFund) -> None:
    with refused(constraint="balance_never_short"):
        run(
            "owner",
            "UPDATE custody_balance SET posted = -0.01 WHERE account_id = %s",
            (trust.account("cash").id,),
        )


def test_suspense_is_not_cleared_beyond_what_it_received(trust: TestFund) -> None:
    suspense, interest = trust.account("suspense"), trust.account("interest")
    with pytest.raises(InsufficientFunds):
        post_forged(trust, [RawLine(suspense, "0.01"), RawLine(interest, "-0.01")])


def test_payables_are_not_paid_before_they_accrue(trust: TestFund) -> None:
    payable, cash = trust.account("trustee_fee_payable"), trust.account("cash")
    with pytest.raises(InsufficientFunds):
        post_forged(trust, [RawLine(payable, "1"), RawLine(cash, "-1")])


def test_a_hold_of_another_fund_settles_nothing_here(trust: TestFund) -> None:
    other = make_fund()
    other.fill("100")
    hold = door.hold(other.account("cash"), yuan(10), key="h", reason="", actor_id=other.actor.pk, at=AT)
    with pytest.raises(NotFound, match="没有这笔暂扣"):
        door.post(forged(trust, mirror(trust)), key="k", actor_id=trust.actor.pk, at=AT, settles_hold=hold)


def test_a_hold_is_not_settled_by_half(trust: TestFund) -> None:
    hold = door.hold(trust.account("cash"), yuan(10), key="h", reason="", actor_id=trust.actor.pk, at=AT)
    with pytest.raises(Rejected, match="同金额"):
        door.post(
            forged(trust, mirror(trust, "5")), key="k", actor_id=trust.actor.pk, at=AT, settles_hold=hold
        )
