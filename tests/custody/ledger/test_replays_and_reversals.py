"""Same key, same answer; other content, a conflict that names the field; one reversal, in open days."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connections, transaction

from custody.kernel.errors import (
    Conflict,
    DomainError,
    InsufficientFunds,
    KeyReused,
    NotFound,
    PeriodClosed,
    Rejected,
)
from custody.kernel.money import yuan
from custody.ledger import door
from custody.ledger.door import Draft, Posted
from custody.ledger.entries import Entry, Line, credit, debit, entry
from custody.models import JournalEntry, JournalLine
from tests.factories import AT, TestFund, close_period, make_fund, make_operator

pytestmark = pytest.mark.usefixtures("committed_db")
ON = date(2025, 7, 2)


@pytest.fixture
def trust(committed_db: None) -> TestFund:
    made = make_fund()
    made.fill("1000")
    return made


def interest(trust: TestFund, amount: str = "10", on: date = ON) -> Entry:
    lines = (debit(trust.account("cash"), yuan(amount)), credit(trust.account("interest"), yuan(amount)))
    return entry("interest", on, lines, memo="利息", source="bankline:1")


def send(trust: TestFund, made: Entry, key: str = "k", settles: int | None = None) -> Posted:
    return door.post(made, key=key, actor_id=trust.actor.pk, at=AT, settles_hold=settles)


def undo(trust: TestFund, sequence: int, on: date = ON, key: str = "undo") -> Posted:
    return door.reverse(
        fund_id=trust.fund.pk, sequence=sequence, key=key, effective_on=on, reason="冲正",
        actor_id=trust.actor.pk, at=AT,
    )  # fmt: skip


def hold(trust: TestFund, amount: str = "10", key: str = "h") -> int:
    return door.hold(
        trust.account("cash"), yuan(amount), key=key, reason="结算", actor_id=trust.actor.pk, at=AT
    )


def entries(trust: TestFund) -> int:
    return JournalEntry.objects.filter(fund_id=trust.fund.pk).count()


def test_a_key_sent_again_answers_the_same_sequence(trust: TestFund) -> None:
    first = send(trust, interest(trust))
    assert send(trust, interest(trust)) == replace(first, replayed=True)


def test_a_key_sent_again_by_someone_else_later_answers_the_same(trust: TestFund) -> None:
    first = send(trust, interest(trust))
    again = door.post(interest(trust), key="k", actor_id=make_operator().pk, at=AT + timedelta(days=1))
    assert again.sequence == first.sequence


def test_a_key_outlives_its_connection(trust: TestFund) -> None:
    first = send(trust, interest(trust))
    connections["default"].close()
    assert send(trust, interest(trust)).sequence == first.sequence


def test_a_key_outlives_the_closing_of_its_period(trust: TestFund) -> None:
    first = send(trust, interest(trust))
    close_period(trust.fund, ON)
    assert send(trust, interest(trust)).sequence == first.sequence


def test_a_key_is_of_its_fund_alone(trust: TestFund) -> None:
    send(trust, interest(trust))
    other = make_fund()
    assert not send(other, interest(other)).replayed


def test_a_key_rolled_back_is_free_again(trust: TestFund) -> None:
    with transaction.atomic():
        send(trust, interest(trust, "11"))
        transaction.set_rollback(True)
    assert not send(trust, interest(trust)).replayed


def test_the_same_amount_written_otherwise_is_the_same_content(trust: TestFund) -> None:
    send(trust, interest(trust, "10"))
    cash, earned = trust.account("cash"), trust.account("interest")
    lines = (Line(cash, Decimal("10.0")), Line(earned, Decimal("-10.00")))
    assert send(trust, replace(interest(trust), lines=lines)).replayed


@pytest.mark.parametrize(
    ("field", "value"),
    [("template", "grant"), ("effective_on", date(2025, 7, 3)), ("memo", "利 息"), ("source", "bankline:2")],
)
def test_other_content_under_a_key_names_the_field(trust: TestFund, field: str, value: Any) -> None:
    send(trust, interest(trust))
    with pytest.raises(KeyReused) as caught:
        send(trust, replace(interest(trust), **{field: value}))
    assert caught.value.facts["field"] == field


def test_another_amount_under_a_key_names_the_lines(trust: TestFund) -> None:
    send(trust, interest(trust))
    with pytest.raises(KeyReused) as caught:
        send(trust, interest(trust, "10.01"))
    assert caught.value.facts["field"] == "lines"


def test_other_content_under_a_key_has_no_effect(trust: TestFund) -> None:
    send(trust, interest(trust))
    before = door.balance_of(trust.account("cash"))
    with pytest.raises(KeyReused):
        door.post_many(
            [Draft(interest(trust, "5"), "new"), Draft(interest(trust, "6"), "k")],
            actor_id=trust.actor.pk,
            at=AT,
        )
    assert (door.balance_of(trust.account("cash")), entries(trust)) == (before, 2)


def test_another_hold_under_a_key_is_a_conflict(trust: TestFund) -> None:
    made = entry(
        "paid",
        ON,
        (debit(trust.account("budget_spending", "A"), yuan(10)), credit(trust.account("cash"), yuan(10))),
    )
    send(trust, made, settles=hold(trust))
    with pytest.raises(KeyReused):
        send(trust, made, settles=hold(trust, key="h2"))


def test_a_key_twice_in_one_batch_is_one_entry_or_a_conflict(trust: TestFund) -> None:
    twice = [Draft(interest(trust), "k"), Draft(interest(trust), "k")]
    try:
        first, second = door.post_many(twice, actor_id=trust.actor.pk, at=AT)
    except Conflict:
        return
    assert first.sequence == second.sequence


def test_a_batch_with_one_bad_entry_posts_nothing(trust: TestFund) -> None:
    out = entry(
        "x", ON, (credit(trust.account("cash"), yuan(5000)), debit(trust.account("corpus"), yuan(5000)))
    )
    with pytest.raises(InsufficientFunds):
        door.post_many([Draft(interest(trust), "a"), Draft(out, "b")], actor_id=trust.actor.pk, at=AT)
    assert entries(trust) == 1


def test_answers_come_in_the_order_asked_over_several_funds(trust: TestFund) -> None:
    other = make_fund()
    asked = [Draft(interest(each), f"k{n}") for n, each in enumerate((other, trust, other, trust))]
    answers = door.post_many(asked, actor_id=trust.actor.pk, at=AT)
    assert [each.fund_id for each in answers] == [draft.entry.fund_id for draft in asked]


def test_an_original_and_its_reversal_are_zero_in_every_account(trust: TestFund) -> None:
    first = send(trust, interest(trust))
    second = undo(trust, first.sequence)
    lines = JournalLine.objects.filter(fund_id=trust.fund.pk, sequence__in=(first.sequence, second.sequence))
    totals: dict[int, Decimal] = {}
    for line in lines:
        totals[line.account_id] = totals.get(line.account_id, Decimal(0)) + line.amount
    assert set(totals.values()) == {Decimal(0)}


def test_a_reversal_names_its_original(trust: TestFund) -> None:
    first = send(trust, interest(trust))
    second = undo(trust, first.sequence)
    assert (
        JournalEntry.objects.get(fund_id=trust.fund.pk, sequence=second.sequence).reverses == first.sequence
    )


def test_a_reversal_sent_again_answers_the_same(trust: TestFund) -> None:
    first = send(trust, interest(trust))
    assert undo(trust, first.sequence).sequence == undo(trust, first.sequence).sequence


def test_an_entry_is_reversed_once(trust: TestFund) -> None:
    first = send(trust, interest(trust))
    undo(trust, first.sequence)
    with pytest.raises(Conflict):
        undo(trust, first.sequence, key="other")


def test_a_reversal_is_not_reversed(trust: TestFund) -> None:
    second = undo(trust, send(trust, interest(trust)).sequence)
    with pytest.raises(Conflict):
        undo(trust, second.sequence, key="other")


def test_a_reversal_is_not_dated_before_its_original(trust: TestFund) -> None:
    first = send(trust, interest(trust))
    with pytest.raises(Rejected):
        undo(trust, first.sequence, on=date(2025, 7, 1))


def test_a_reversal_into_a_closed_period_is_refused(trust: TestFund) -> None:
    first = send(trust, interest(trust))
    close_period(trust.fund, ON)
    with pytest.raises(PeriodClosed):
        undo(trust, first.sequence)


def test_an_entry_of_a_closed_period_is_reversed_in_an_open_one(trust: TestFund) -> None:
    first = send(trust, interest(trust))
    close_period(trust.fund, ON)
    assert undo(trust, first.sequence, on=date(2025, 7, 3)).sequence == 3


def test_what_was_spent_cannot_be_reversed_away(trust: TestFund) -> None:
    hold(trust, "995")
    with pytest.raises(InsufficientFunds):
        undo(trust, 1, on=date(2025, 7, 3))


def test_the_reversal_of_nothing_is_not_found(trust: TestFund) -> None:
    with pytest.raises(NotFound):
        undo(trust, 99)


def test_a_period_closed_stays_closed(trust: TestFund) -> None:
    close_period(trust.fund, ON)
    with pytest.raises(Conflict):
        close_period(trust.fund, date(2025, 7, 1))


def test_the_day_after_a_closed_period_is_open(trust: TestFund) -> None:
    close_period(trust.fund, ON)
    assert send(trust, interest(trust, on=date(2025, 7, 3))).sequence == 2


def test_a_hold_asked_again_is_the_same_hold(trust: TestFund) -> None:
    assert hold(trust) == hold(trust)


def test_a_hold_of_another_amount_under_a_key_is_a_conflict(trust: TestFund) -> None:
    hold(trust)
    with pytest.raises(KeyReused):
        hold(trust, "11")


def test_a_released_hold_is_released_quietly_again(trust: TestFund) -> None:
    placed = hold(trust)
    ended: dict[str, Any] = {
        "fund_id": trust.fund.pk,
        "hold_id": placed,
        "actor_id": trust.actor.pk,
        "at": AT,
    }
    assert (door.release_hold(**ended), door.release_hold(**ended)) == (True, False)


def test_a_released_hold_is_not_settled(trust: TestFund) -> None:
    placed = hold(trust)
    door.release_hold(fund_id=trust.fund.pk, hold_id=placed, actor_id=trust.actor.pk, at=AT)
    made = entry(
        "paid",
        ON,
        (debit(trust.account("budget_spending", "A"), yuan(10)), credit(trust.account("cash"), yuan(10))),
    )
    with pytest.raises(Conflict):
        send(trust, made, settles=placed)


def test_a_hold_by_nobody_is_refused(trust: TestFund) -> None:
    with pytest.raises(NotFound, match="经办人"):
        door.hold(trust.account("cash"), yuan(1), key="n", reason="", actor_id=2**31 - 1, at=AT)


def test_an_anchor_of_an_unknown_fund_is_not_found(committed_db: None) -> None:
    with pytest.raises(NotFound):
        door.anchor(fund_id=2**31 - 1, purpose="t", at=AT)


def test_an_account_of_an_unknown_fund_is_refused_as_our_own_error(committed_db: None) -> None:
    with pytest.raises(DomainError):
        door.open_account(fund_id=2**31 - 1, book="operating", kind="cash")


def test_an_unknown_fund_is_not_found(trust: TestFund) -> None:
    nowhere = replace(trust.account("cash"), fund_id=2**31 - 1)
    with pytest.raises(NotFound):
        door.balance_of(nowhere)


def test_an_account_opened_twice_is_one_account(trust: TestFund) -> None:
    assert trust.account("budget_spending", "A1") == trust.account("budget_spending", "A1")


def test_an_anchor_answers_the_present_head(trust: TestFund) -> None:
    sequence, chain = door.anchor(fund_id=trust.fund.pk, purpose="七月报告", at=AT)
    stored = JournalEntry.objects.get(fund_id=trust.fund.pk, sequence=sequence)
    assert bytes(stored.chain).hex() == chain
