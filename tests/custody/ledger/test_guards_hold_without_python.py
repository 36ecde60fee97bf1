"""What the database refuses whoever types the statement: the application's role, and the owner.

The owner here is a superuser. PostgreSQL exempts superusers from privileges, lets them switch triggers and
foreign keys off (session_replication_role, ALTER TABLE … DISABLE TRIGGER) and edit the catalogue; triggers
and constraints bind them otherwise. What they do with those is what verification finds afterwards.
"""

from datetime import date
from typing import Any

import pytest
from django.db import connections

from custody.kernel.errors import NotFound, PeriodClosed, Rejected
from custody.kernel.money import yuan
from custody.ledger import door
from custody.models import Resolution
from tests.custody.ledger.raw import (
    INSERT_LINES,
    ON,
    RawLine,
    forged,
    insert_entry,
    insert_lines,
    move,
    post_forged,
    refused,
    run,
    undone,
)
from tests.factories import AT, TestFund, close_period, make_fund, unique

pytestmark = pytest.mark.usefixtures("committed_db", "both_levels")


def test_a_correct_entry_typed_by_hand_passes_every_guard_so_the_refusals_below_mean_something(
    trust: TestFund,
) -> None:
    with undone():
        insert_entry(trust, move(trust))
        assert run(
            "owner", "SELECT 1 FROM custody_entry WHERE fund_id = %s AND sequence = 2", (trust.fund.pk,)
        )


def test_a_correct_forged_entry_passes_the_door(trust: TestFund) -> None:
    post_forged(trust, move(trust))
    assert door.balance_of(trust.account("cash")).posted == yuan("1010")


def test_an_unbalanced_entry_is_refused(trust: TestFund) -> None:
    cash, interest = move(trust)
    with refused(constraint="entry_balances"):
        insert_entry(trust, [cash, RawLine(interest.account, "-9.99")])


def test_the_door_refuses_an_unbalanced_entry(trust: TestFund) -> None:
    cash, interest = move(trust)
    with refused(constraint="entry_balances", using="default"):
        post_forged(trust, [cash, RawLine(interest.account, "-9.99")])


def test_lines_that_balance_only_across_two_entries_are_refused(trust: TestFund) -> None:
    cash, interest = trust.account("cash"), trust.account("interest")
    with refused(constraint="entry_balances", using="default"):
        door.post_many(
            [
                door.Draft(forged(trust, [RawLine(cash, "3"), RawLine(interest, "-2")]), unique("a")),
                door.Draft(forged(trust, [RawLine(cash, "2"), RawLine(interest, "-3")]), unique("b")),
            ],
            actor_id=trust.actor.pk,
            at=AT,
        )


def test_an_entry_of_one_line_is_refused(trust: TestFund) -> None:
    with refused(constraint="entry_has_two_lines"):
        insert_entry(trust, move(trust)[:1])


def test_the_door_refuses_an_entry_of_one_line(trust: TestFund) -> None:
    with refused(constraint="entry_has_two_lines", using="default"):
        post_forged(trust, move(trust)[:1])


def test_the_door_refuses_an_entry_without_lines(trust: TestFund) -> None:
    with refused(using="default"):
        post_forged(trust, [])


def test_a_line_of_zero_is_refused(trust: TestFund) -> None:
    with refused(constraint="line_amount_not_zero"):
        insert_entry(trust, [*move(trust), RawLine(trust.account("corpus"), "0")])


def test_the_door_refuses_a_line_of_zero(trust: TestFund) -> None:
    with refused(constraint="line_amount_not_zero", using="default"):
        post_forged(trust, [*move(trust), RawLine(trust.account("corpus"), "0")])


@pytest.mark.parametrize("amount", ["NaN", "Infinity"])
def test_the_door_refuses_what_is_no_number(trust: TestFund, amount: str) -> None:
    with refused(using="default"):
        post_forged(trust, move(trust, amount))


def test_the_door_refuses_a_fraction_of_a_fen(trust: TestFund) -> None:
    with pytest.raises(Rejected):
        post_forged(trust, move(trust, "0.001"))


def test_a_line_on_another_funds_account_is_refused(trust: TestFund) -> None:
    other = make_fund()
    with refused(constraint="line_of_its_fund"):
        insert_entry(trust, [move(trust)[0], RawLine(other.account("interest"), "-10")])


def test_the_door_refuses_another_funds_account(trust: TestFund) -> None:
    other = make_fund()
    with pytest.raises(NotFound):
        post_forged(trust, [move(trust)[0], RawLine(other.account("interest"), "-10")])


def test_an_account_of_another_fund_cannot_get_a_balance_row_here(trust: TestFund) -> None:
    other = make_fund().account("cash")
    with refused(constraint="balance_of_its_fund"):
        run(
            "owner",
            "UPDATE custody_balance SET fund_id = %s WHERE account_id = %s",
            (trust.fund.pk, other.id),
        )


def test_a_committed_entry_takes_no_later_lines(trust: TestFund) -> None:
    cash, interest = trust.account("cash"), trust.account("interest")
    with refused(constraint="entry_is_sealed"):
        insert_lines(
            trust,
            1,
            [RawLine(cash, "5", 3, date(2025, 6, 30)), RawLine(interest, "-5", 4, date(2025, 6, 30))],
        )


def test_an_entry_declares_exactly_the_lines_it_has(trust: TestFund) -> None:
    with refused(constraint="entry_is_sealed"):
        insert_entry(trust, move(trust), line_count=3)


def test_an_entry_without_lines_is_refused(trust: TestFund) -> None:
    with refused(constraint="entry_has_lines"):
        insert_entry(trust, [], line_count=2)


def test_lines_without_an_entry_are_refused(trust: TestFund) -> None:
    cash, interest = trust.account("cash"), trust.account("interest")
    with refused(constraint="line_of_its_entry"):
        insert_lines(trust, 2, [RawLine(cash, "5", 1), RawLine(interest, "-5", 2)])


def test_a_line_dated_apart_from_its_entry_is_refused(trust: TestFund) -> None:
    cash, interest = move(trust)
    with refused(constraint="line_dated_as_its_entry"):
        insert_entry(trust, [cash, RawLine(interest.account, "-10", effective_on=date(2025, 7, 3))])


def test_a_gap_in_the_sequence_is_refused(trust: TestFund) -> None:
    with refused(constraint="entry_follows_in_an_open_period"):
        insert_entry(trust, move(trust), sequence=3)


def test_a_sequence_is_used_once(trust: TestFund) -> None:
    with refused(state="23505"):
        insert_entry(trust, move(trust), sequence=1)


def test_an_entry_by_nobody_is_refused(trust: TestFund) -> None:
    with refused(constraint="entry_has_an_actor"):
        insert_entry(trust, move(trust), actor_id=2**31 - 1)


def test_a_closed_period_refuses_an_entry_typed_by_hand(trust: TestFund) -> None:
    close_period(trust.fund, ON)
    with refused(constraint="entry_follows_in_an_open_period"):
        insert_entry(trust, move(trust))


def test_a_closed_period_refuses_an_entry_at_the_door(trust: TestFund) -> None:
    close_period(trust.fund, ON)
    with pytest.raises(PeriodClosed):
        post_forged(trust, move(trust))


def test_an_entry_over_two_books_is_refused(trust: TestFund) -> None:
    lines = [RawLine(trust.account("cash"), "-10"), RawLine(trust.account("cash", book="maintenance"), "10")]
    with refused(constraint="entry_keeps_its_book"):
        insert_entry(trust, lines)


def test_the_door_refuses_an_entry_over_two_books(trust: TestFund) -> None:
    lines = [RawLine(trust.account("cash"), "-10"), RawLine(trust.account("cash", book="maintenance"), "10")]
    with pytest.raises(Rejected, match="业主决议"):
        post_forged(trust, lines, template="book_transfer", source="bankline:7")


def test_a_book_transfer_behind_a_resolution_crosses_books(trust: TestFund) -> None:
    lines = [
        RawLine(trust.account("cash"), "-10"), RawLine(trust.account("book_transfer"), "10"),
        RawLine(trust.account("cash", book="maintenance"), "10"),
        RawLine(trust.account("book_transfer", book="maintenance"), "-10"),
    ]  # fmt: skip
    vote = Resolution.objects.create(
        fund=trust.fund, reference="1", resolved_on=date(2025, 6, 1), title="划转"
    )
    post_forged(trust, lines, template="book_transfer", source=f"resolution:{vote.reference}")
    assert door.balance_of(trust.account("cash", book="maintenance")).posted == yuan(10)


@pytest.mark.parametrize(
    ("column", "value", "constraint"),
    [
        ("template", "", "custody_entry_template_check"),
        ("template", "t" * 41, "custody_entry_template_check"),
        ("key", "", "custody_entry_key_check"),
        ("key", "k" * 701, "custody_entry_key_check"),
        ("memo", "m" * 1001, "custody_entry_memo_check"),
        ("source", "s" * 701, "custody_entry_source_check"),
        ("chain", bytes(31), "custody_entry_chain_check"),
        ("recorded_at", "infinity", "entry_dated_within_reason"),
        ("recorded_at", "1999-12-31 00:00Z", "entry_dated_within_reason"),
        ("effective_on", date(2200, 1, 1), "entry_dated_within_reason"),
    ],
)
def test_an_entry_out_of_shape_is_refused(trust: TestFund, column: str, value: Any, constraint: str) -> None:
    with refused(constraint=constraint):
        insert_entry(trust, move(trust), **{column: value})


@pytest.mark.parametrize("numbers", [(0, 1), (0, 2), (1, 3), (2, 3), (-1, 2)])
def test_lines_are_numbered_from_one_without_a_hole(trust: TestFund, numbers: tuple[int, int]) -> None:
    cash, interest = move(trust)
    lines = [RawLine(cash.account, "10", numbers[0]), RawLine(interest.account, "-10", numbers[1])]
    with refused(state="23514"):
        insert_entry(trust, lines)


def test_the_second_entry_of_a_statement_is_judged_like_the_first(trust: TestFund) -> None:
    cash, interest = trust.account("cash").id, trust.account("interest").id
    with refused(constraint="entry_balances"):
        run(
            "owner",
            "WITH e AS (INSERT INTO custody_entry (fund_id, sequence, template, effective_on, recorded_at,"
            " actor_id, key, memo, source, line_count, chain) SELECT %(fund)s, s, 'typed', '2025-07-02',"
            " '2025-07-02Z', %(actor)s, 'typed' || s, '', '', 2, sha256('') FROM generate_series(2, 3) s)"
            f" {INSERT_LINES} (%(fund)s, 2, 1, %(cash)s, '2025-07-02', 10),"
            " (%(fund)s, 2, 2, %(interest)s, '2025-07-02', -10),"
            " (%(fund)s, 3, 1, %(cash)s, '2025-07-02', 10),"
            " (%(fund)s, 3, 2, %(interest)s, '2025-07-02', -9)",
            {"fund": trust.fund.pk, "actor": trust.actor.pk, "cash": cash, "interest": interest},
        )


def test_a_merge_is_judged_like_an_insert(trust: TestFund) -> None:
    with refused(constraint="line_of_its_entry"):
        run(
            "owner",
            "MERGE INTO custody_line l USING (VALUES (1), (2)) AS v (no) ON false"
            " WHEN NOT MATCHED THEN INSERT (fund_id, sequence, line_no, account_id, effective_on, amount)"
            " VALUES (%s, 9, v.no, %s, '2025-07-02', CASE v.no WHEN 1 THEN 5 ELSE -5 END)",
            (trust.fund.pk, trust.account("cash").id),
        )


def test_rows_copied_in_are_judged_like_an_insert(trust: TestFund) -> None:
    account = trust.account("cash").id
    with refused(constraint="line_of_its_entry"), connections["owner"].cursor() as cursor:
        columns = "fund_id, sequence, line_no, account_id, effective_on, amount"
        with (
            connections["owner"].wrap_database_errors,
            cursor.cursor.copy(f"COPY custody_line ({columns}) FROM STDIN") as rows,
        ):
            for number, amount in ((1, "5"), (2, "-5")):
                rows.write_row((trust.fund.pk, 9, number, account, "2025-07-02", amount))


@pytest.mark.parametrize(
    ("lines", "constraint"), [("10,-9", "entry_balances"), ("10,-10,1,-1", "entry_is_sealed")]
)
def test_replica_mode_puts_no_guard_to_sleep(trust: TestFund, lines: str, constraint: str) -> None:
    cash, interest = trust.account("cash"), trust.account("interest")
    placed = [
        RawLine(interest if number % 2 else cash, amount) for number, amount in enumerate(lines.split(","))
    ]
    with refused(constraint=constraint):
        run("owner", "SET LOCAL session_replication_role = replica")
        insert_entry(trust, placed, line_count=2)
