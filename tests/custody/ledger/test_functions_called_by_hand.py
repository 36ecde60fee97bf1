"""The posting and holding functions called as the application's role, with arguments of one's own making."""

from typing import Any

import pytest

from custody.kernel.errors import Rejected
from custody.kernel.money import yuan
from custody.ledger import door
from tests.custody.ledger.raw import RawLine, forged, post_forged, refused, run
from tests.factories import AT, TestFund, make_fund

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def trust(committed_db: None) -> TestFund:
    made = make_fund()
    made.fill("1000")
    return made


def call_hold(trust: TestFund, amount: str, kind: str = "cash") -> None:
    run(
        "default",
        "SELECT ledger_hold(%s, %s, %s::numeric, 'typed', '', %s, %s)",
        (trust.fund.pk, trust.account(kind).id, amount, trust.actor.pk, AT),
    )


@pytest.mark.parametrize("amount", ["0", "-1", "0.001", "1000.01", "Infinity"])
def test_a_hold_of_an_impossible_amount_is_refused(trust: TestFund, amount: str) -> None:
    with refused(using="default"):
        call_hold(trust, amount)


def test_a_hold_of_no_number_is_refused(trust: TestFund) -> None:
    with refused(using="default"):
        call_hold(trust, "NaN")


def test_only_guarded_debit_accounts_hold_money(trust: TestFund) -> None:
    with refused(state="LG404", using="default"):
        call_hold(trust, "1", kind="corpus")


def test_a_hold_of_no_number_does_not_open_the_account(trust: TestFund) -> None:
    with refused(using="default"):
        call_hold(trust, "NaN")
        door.post(
            forged(
                trust, [RawLine(trust.account("cash"), "-5000"), RawLine(trust.account("interest"), "5000")]
            ),
            key="over",
            actor_id=trust.actor.pk,
            at=AT,
        )


def call_post(trust: TestFund, **changed: Any) -> None:
    """The posting function called as the application's role with arrays of one's own making."""
    cash, interest = trust.account("cash").id, trust.account("interest").id
    asked = {
        "key": "{typed}", "on": "{2025-07-02}", "at": AT, "reverses": "{NULL}", "counts": "{2}",
        "accounts": f"{{{cash},{interest}}}", "amounts": "{10,-10}", "memo": "{typed}",
    } | changed  # fmt: skip
    run(
        "default",
        "SELECT ledger_post_many(%(fund)s, %(actor)s, %(at)s, %(key)s::text[], '{typed}', %(on)s::date[],"
        " %(memo)s::text[], '{typed}', %(reverses)s::integer[], NULL, %(counts)s::smallint[],"
        " %(accounts)s::integer[], %(amounts)s::numeric[])",
        {"fund": trust.fund.pk, "actor": trust.actor.pk, **asked},
    )


def test_the_posting_function_called_by_hand_posts(trust: TestFund) -> None:
    call_post(trust)
    assert door.balance_of(trust.account("cash")).posted == yuan(1010)


@pytest.mark.parametrize(
    "changed",
    [
        {"memo": "[0:0]={typed}"}, {"memo": "{}"}, {"memo": "{a,b}"}, {"memo": "{{a}}"},
        {"on": "[0:0]={2025-07-02}"},
        {"on": "{infinity}"}, {"on": "{}"},
        {"at": "infinity"}, {"counts": "{3}"}, {"counts": "{1}"},
        {"counts": "{-1}"}, {"counts": "{NULL}"}, {"amounts": "[0:1]={10,-10}"},
        {"amounts": "{10,-10,1,-1}"}, {"amounts": "{10,NULL}"}, {"amounts": "{10}"},
        {"key": "{NULL}"}, {"key": '{""}'}, {"key": "{a,b}"}, {"reverses": "{99}"},
    ],
    ids=str,
)  # fmt: skip
def test_arrays_that_do_not_agree_are_refused(trust: TestFund, changed: dict[str, str]) -> None:
    with refused(using="default"):
        call_post(trust, **changed)


def test_a_reversal_is_in_the_chain_however_the_array_counts(trust: TestFund) -> None:
    with refused(using="default"):
        call_post(trust)
        call_post(trust, key="{undo}", amounts="{-10,10}", reverses="[0:0]={2}")


def test_an_entry_before_our_era_is_refused(trust: TestFund) -> None:
    with refused(using="default"):
        call_post(trust, on='{"0044-03-15 BC"}')


def test_an_entry_told_to_be_before_our_era_is_recorded_with_the_one_before_it(trust: TestFund) -> None:
    call_post(trust, at="0044-03-15 00:00:00+00 BC")

    rows = run(
        "default", "SELECT DISTINCT recorded_at FROM custody_entry WHERE fund_id = %s", (trust.fund.pk,)
    )
    assert rows == [(AT,)]


def test_a_fund_is_not_closed_for_ever(trust: TestFund) -> None:
    with refused(constraint="custody_periodproposal_through_finite", using="default"):
        run(
            "default",
            "INSERT INTO custody_periodproposal"
            " (fund_id, act, through, last_entry, reason, proposed_by_id, proposed_at)"
            " VALUES (%s, 'close', 'infinity', 0, '', %s, %s)",
            (trust.fund.pk, trust.actor.pk, AT),
        )


def test_a_book_transfer_names_a_resolution_that_exists(trust: TestFund) -> None:
    lines = [RawLine(trust.account("cash"), "-10"), RawLine(trust.account("cash", book="maintenance"), "10")]
    with pytest.raises(Rejected, match="业主决议"):
        post_forged(trust, lines, template="book_transfer", source="resolution:")


def test_a_hold_does_not_end_in_another_fund(trust: TestFund) -> None:
    hold = door.hold(trust.account("cash"), yuan(10), key="h", reason="", actor_id=trust.actor.pk, at=AT)
    with refused():
        run(
            "owner",
            "INSERT INTO custody_hold_outcome VALUES (%s, %s, 'released', NULL, %s, %s)",
            (hold, make_fund().fund.pk, trust.actor.pk, AT),
        )
