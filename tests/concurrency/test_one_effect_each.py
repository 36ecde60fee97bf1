"""The same thing asked many times at once happens once; different things in any order do not deadlock."""

import random
from collections.abc import Callable
from contextlib import suppress
from datetime import date

import pytest
from django.db import OperationalError, connections, transaction

from custody.kernel.errors import Conflict, KeyReused, PeriodClosed
from custody.kernel.money import yuan
from custody.ledger import door
from custody.ledger.door import Draft, Posted
from custody.ledger.entries import credit, debit, entry
from custody.models import JournalEntry
from tests.concurrency.racing import accepted, race, refusals
from tests.factories import AT, TestFund, close_period, make_fund

pytestmark = pytest.mark.usefixtures("committed_db")
HANDS = 8
ON = date(2025, 7, 2)


def interest(trust: TestFund, key: str, amount: str = "1") -> Draft:
    lines = (debit(trust.account("cash"), yuan(amount)), credit(trust.account("interest"), yuan(amount)))
    return Draft(entry("interest", ON, lines), key)


def sending(trust: TestFund, *drafts: Draft) -> Callable[[], list[Posted]]:
    return lambda: door.post_many(drafts, actor_id=trust.actor.pk, at=AT)


def count(trust: TestFund) -> int:
    return JournalEntry.objects.filter(fund_id=trust.fund.pk).count()


@pytest.fixture
def trust(committed_db: None) -> TestFund:
    return make_fund()


def test_one_key_in_parallel_is_one_entry(trust: TestFund) -> None:
    race([sending(trust, interest(trust, "k"))] * HANDS)
    assert count(trust) == 1


def test_one_key_in_parallel_has_one_answer(trust: TestFund) -> None:
    answers = race([sending(trust, interest(trust, "k"))] * HANDS)
    assert {answer[0].sequence for answer in answers} == {1}


def test_one_key_in_parallel_was_new_to_one_hand_only(trust: TestFund) -> None:
    answers = race([sending(trust, interest(trust, "k"))] * HANDS)
    assert sorted(answer[0].replayed for answer in answers) == [False] + [True] * (HANDS - 1)


def test_one_key_with_different_contents_is_one_entry_and_conflicts(trust: TestFund) -> None:
    answers = race([sending(trust, interest(trust, "k", str(number + 1))) for number in range(HANDS)])
    assert (len(accepted(answers)), refusals(answers), count(trust)) == (1, {KeyReused}, 1)


def test_overlapping_batches_post_each_key_once(trust: TestFund) -> None:
    batches = [
        [interest(trust, f"k{number}") for number in range(start, start + 6)] for start in range(HANDS)
    ]
    answers = race([sending(trust, *batch) for batch in batches])
    assert (refusals(answers), count(trust)) == (set(), HANDS + 5)


def test_one_hold_key_in_parallel_is_one_hold(trust: TestFund) -> None:
    trust.fill("100")
    account = trust.account("cash")

    def hold() -> int:
        return door.hold(account, yuan(60), key="h", reason="结算", actor_id=trust.actor.pk, at=AT)

    assert len(set(race([hold] * HANDS))) == 1


def test_two_reversals_at_once_are_one(trust: TestFund) -> None:
    sequence = trust.fill("100")

    def undo(key: str) -> Callable[[], Posted]:
        return lambda: door.reverse(
            fund_id=trust.fund.pk, sequence=sequence, key=key, effective_on=ON, reason="冲正",
            actor_id=trust.actor.pk, at=AT,
        )  # fmt: skip

    trust.fill("100")
    answers = race([undo("a"), undo("b")])
    assert (len(accepted(answers)), refusals(answers)) == (1, {Conflict})


def test_an_account_opened_by_many_is_one_account(trust: TestFund) -> None:
    answers = race([lambda: trust.account("budget_spending", "A9")] * HANDS)
    assert len({account.id for account in answers}) == 1


def test_a_fund_opened_by_many_is_opened_once(trust: TestFund) -> None:
    assert race([lambda: door.open_fund(trust.fund.pk)] * HANDS) == [None] * HANDS


def test_a_period_closing_while_others_post_lets_nothing_in_afterwards(trust: TestFund) -> None:
    """What slips in between the proposal and its doing voids it; then it is proposed again."""

    def close() -> None:
        while True:
            with suppress(Conflict):
                return close_period(trust.fund, ON)

    answers = race([close, *[sending(trust, interest(trust, f"k{number}")) for number in range(HANDS)]])
    assert refusals(answers) <= {PeriodClosed}
    with pytest.raises(PeriodClosed):
        sending(trust, interest(trust, "late"))()


def test_sequences_stay_gapless_when_some_are_refused(trust: TestFund) -> None:
    def fail(number: int) -> Callable[[], None]:
        def run() -> None:
            with transaction.atomic():
                sending(trust, interest(trust, f"f{number}"))()
                raise ZeroDivisionError

        return run

    race(
        [
            fail(number) if number % 2 else sending(trust, interest(trust, f"k{number}"))
            for number in range(HANDS)
        ]
    )
    stored = JournalEntry.objects.filter(fund_id=trust.fund.pk).order_by("sequence")
    assert list(stored.values_list("sequence", flat=True)) == [1, 2, 3, 4]


def test_batches_over_many_funds_in_any_order_do_not_deadlock(committed_db: None) -> None:
    trusts = [make_fund() for _ in range(4)]
    shuffle = random.Random(2025)

    def batch(hand: int) -> Callable[[], None]:
        rounds = []
        for turn in range(4):
            drafts = [interest(trust, f"{hand}:{turn}") for trust in trusts]
            shuffle.shuffle(drafts)
            rounds.append(drafts)

        def run() -> None:
            for drafts in rounds:
                with transaction.atomic():
                    door.post_many(drafts, actor_id=trusts[0].actor.pk, at=AT)

        return run

    answers = race([batch(hand) for hand in range(HANDS)])
    assert (refusals(answers), [count(trust) for trust in trusts]) == (set(), [HANDS * 4] * 4)


def test_posting_fund_by_fund_in_opposite_orders_would_deadlock(committed_db: None) -> None:
    """The control for the test above: without the sorted order, two hands can wait for each other."""
    from threading import Barrier

    one, other = make_fund(), make_fund()
    both_hold_their_first = Barrier(2, timeout=30)

    def crosswise(hand: int, first: TestFund, second: TestFund) -> Callable[[], None]:
        drafts = interest(first, f"c{hand}"), interest(second, f"c{hand}")

        def run() -> None:
            with connections["default"].cursor() as cursor:
                cursor.execute("SET lock_timeout = '20s'")
            with transaction.atomic():
                sending(first, drafts[0])()
                both_hold_their_first.wait()
                sending(second, drafts[1])()

        return run

    answers = race([crosswise(1, one, other), crosswise(2, other, one)])
    assert refusals(answers) == {OperationalError}
