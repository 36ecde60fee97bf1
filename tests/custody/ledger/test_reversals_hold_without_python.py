"""A reversal is one, exact, later, of an original, and of its own fund, whoever types the statement."""

from datetime import date

import pytest

from custody.kernel.money import yuan
from custody.ledger import door
from custody.ledger.entries import credit, debit, entry
from tests.custody.ledger.raw import ON, RawLine, insert_entry, mirror, move, post_forged, refused, undone
from tests.factories import AT, TestFund, make_fund, unique

pytestmark = pytest.mark.usefixtures("committed_db", "both_levels")


def original(trust: TestFund, on: date = ON) -> int:
    made = entry(
        "interest", on, (debit(trust.account("cash"), yuan(10)), credit(trust.account("interest"), yuan(10)))
    )
    return door.post(made, key=unique("o"), actor_id=trust.actor.pk, at=AT).sequence


def test_an_exact_reversal_typed_by_hand_passes(trust: TestFund) -> None:
    sequence = original(trust)
    with undone():
        insert_entry(trust, mirror(trust), reverses=sequence)


def test_an_inexact_reversal_is_refused(trust: TestFund) -> None:
    sequence = original(trust)
    with refused(constraint="entry_reverses_an_original"):
        insert_entry(trust, mirror(trust, "9"), reverses=sequence)


def test_a_reversal_over_other_accounts_is_refused(trust: TestFund) -> None:
    sequence = original(trust)
    with refused(constraint="entry_reverses_an_original"):
        insert_entry(
            trust,
            [RawLine(trust.account("cash"), "-10"), RawLine(trust.account("grant"), "10")],
            reverses=sequence,
        )


def test_a_reversal_with_an_extra_pair_is_refused(trust: TestFund) -> None:
    sequence = original(trust)
    with refused(constraint="entry_reverses_an_original"):
        insert_entry(trust, [*mirror(trust), *move(trust, "1")], reverses=sequence)


def test_a_second_reversal_is_refused(trust: TestFund) -> None:
    sequence = original(trust)
    post_forged(trust, mirror(trust), reverses=sequence)
    with refused(constraint="entry_reversed_once"):
        insert_entry(trust, mirror(trust), reverses=sequence)


def test_the_reversal_of_a_reversal_is_refused(trust: TestFund) -> None:
    sequence = original(trust)
    post_forged(trust, mirror(trust), reverses=sequence)
    with refused(constraint="entry_reverses_an_original"):
        insert_entry(trust, move(trust), reverses=sequence + 1)


def test_an_entry_cannot_reverse_itself(trust: TestFund) -> None:
    with refused(constraint="entry_reverses_an_original"):
        insert_entry(trust, move(trust), reverses=2)


def test_a_reversal_before_its_original_is_refused(trust: TestFund) -> None:
    sequence = original(trust)
    with refused(constraint="entry_reverses_an_original"):
        insert_entry(trust, mirror(trust), reverses=sequence, effective_on=date(2025, 7, 1))


def test_the_reversal_of_another_funds_entry_is_refused(trust: TestFund) -> None:
    other = make_fund()
    other.fill("10")
    with refused(constraint="entry_reverses_its_fund"):
        insert_entry(
            other, [RawLine(other.account("cash"), "-1"), RawLine(other.account("interest"), "1")], reverses=5
        )
