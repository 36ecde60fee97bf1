"""One stored byte changed by someone who can switch triggers off: the verifier names the entry."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from custody.kernel.money import yuan
from custody.ledger import door, encoding, proof
from custody.ledger.entries import credit, debit, entry
from custody.ledger.proof import Finding, verify_fund
from tests.custody.ledger.raw import JOURNAL, run, undone
from tests.factories import AT, TestFund, make_fund

pytestmark = pytest.mark.usefixtures("committed_db")
TAMPERED = 3


@pytest.fixture
def trust(committed_db: None) -> TestFund:
    """Five entries, the fourth a reversal of the third, one hold settled by the fifth, one still open."""
    made = make_fund()
    made.fill("1000")
    cash, interest = made.account("cash"), made.account("interest")
    for day in (1, 2):
        door.post(
            entry("interest", date(2025, 7, day), (debit(cash, yuan("7.01")), credit(interest, yuan("7.01"))),
                  memo=f"利息|{day}", source=f"bankline:{day}"),
            key=f"interest:{day}", actor_id=made.actor.pk, at=AT,
        )  # fmt: skip
    door.reverse(fund_id=made.fund.pk, sequence=3, key="undo", effective_on=date(2025, 7, 3), reason="冲正",
                   actor_id=made.actor.pk, at=AT)  # fmt: skip
    held = door.hold(cash, yuan(100), key="h", reason="结算", actor_id=made.actor.pk, at=AT)
    door.hold(cash, yuan(50), key="h2", reason="结算", actor_id=made.actor.pk, at=AT)
    paid = entry("paid", date(2025, 7, 4), (debit(made.account("budget_spending", "A1"), yuan(100)),
                                            credit(cash, yuan(100))))  # fmt: skip
    door.post(paid, key="paid", actor_id=made.actor.pk, at=AT, settles_hold=held)
    return made


@contextmanager
def triggers_off() -> Iterator[None]:
    """What only an owner can do: the guards outlast replica mode, so they are switched off one by one."""
    with undone():
        for table in JOURNAL:
            run("owner", f"ALTER TABLE {table} DISABLE TRIGGER USER")
        run("owner", "SET LOCAL session_replication_role = replica")
        yield


def after(trust: TestFund, statement: str, *parameters: object) -> list[Finding]:
    """What verification finds after ``statement``, which is rolled back."""
    with triggers_off():
        run("owner", statement, parameters)
        return verify_fund(trust.fund.pk, using="owner")


def test_an_untouched_journal_verifies_with_the_triggers_off(trust: TestFund) -> None:
    assert after(trust, "SELECT 1") == []


@pytest.mark.parametrize(
    "change",
    [
        "template = 'interesT'", "effective_on = effective_on + 1", "actor_id = actor_id + 1",
        "recorded_at = recorded_at + interval '1 microsecond'", "key = key || ' '", "memo = memo || '.'",
        "memo = ''", "source = 'bankline:3'",
        "reverses = 1", "line_count = 3", "hash_version = 3", "chain = sha256(chain)",
        "key = key || 'x', memo = substr(memo, 2)",
    ],
)  # fmt: skip
def test_a_changed_byte_of_an_entry_names_it(trust: TestFund, change: str) -> None:
    found = after(
        trust,
        f"UPDATE custody_entry SET {change} WHERE fund_id = %s AND sequence = %s",
        trust.fund.pk,
        TAMPERED,
    )
    assert found
    assert found[0].sequence == TAMPERED


@pytest.mark.parametrize(
    "change", ["amount = amount + 0.01", "amount = -amount", "effective_on = effective_on + 1", "line_no = 9",
               "account_id = (SELECT max(id) FROM custody_account)"],
)  # fmt: skip
def test_a_changed_line_names_its_entry(trust: TestFund, change: str) -> None:
    found = after(
        trust,
        f"UPDATE custody_line SET {change} WHERE fund_id = %s AND sequence = %s AND line_no = 2",
        trust.fund.pk, TAMPERED,
    )  # fmt: skip
    assert found
    assert found[0].sequence == TAMPERED


@pytest.mark.parametrize("change", ["effective_on = '0044-03-15 BC'", "recorded_at = 'infinity'"])
def test_a_date_no_calendar_reaches_names_its_entry(trust: TestFund, change: str) -> None:
    found = after(
        trust,
        f"UPDATE custody_entry SET {change} WHERE fund_id = %s AND sequence = %s",
        trust.fund.pk,
        TAMPERED,
    )
    assert (found[0].sequence, found[0].claim) == (TAMPERED, "every stored value can be read")


def test_both_amounts_changed_together_still_name_the_entry(trust: TestFund) -> None:
    found = after(
        trust,
        "UPDATE custody_line SET amount = 2 * amount WHERE fund_id = %s AND sequence = %s",
        trust.fund.pk,
        TAMPERED,
    )
    assert (found[0].sequence, found[0].claim) == (TAMPERED, "the chain follows from the content")


def test_a_removed_line_names_its_entry(trust: TestFund) -> None:
    found = after(
        trust,
        "DELETE FROM custody_line WHERE fund_id = %s AND sequence = %s AND line_no = 2",
        trust.fund.pk,
        TAMPERED,
    )
    assert found[0].sequence == TAMPERED


def test_the_first_of_two_broken_entries_is_named_first(trust: TestFund) -> None:
    found = after(
        trust, "UPDATE custody_entry SET memo = 'x' WHERE fund_id = %s AND sequence IN (2, 4)", trust.fund.pk
    )
    assert [each.sequence for each in found] == [2, 4]


REMOVE_LAST = """
WITH e AS (DELETE FROM custody_entry WHERE fund_id = %(fund)s AND sequence = 5 RETURNING 1),
     o AS (DELETE FROM custody_hold_outcome WHERE fund_id = %(fund)s RETURNING 1),
     h AS (DELETE FROM custody_hold WHERE fund_id = %(fund)s AND key = 'h' RETURNING 1),
     l AS (DELETE FROM custody_line WHERE fund_id = %(fund)s AND sequence = 5 RETURNING account_id, amount)
UPDATE custody_balance b SET posted = posted - l.amount FROM l WHERE l.account_id = b.account_id
"""
REWIND_HEAD = """
UPDATE custody_ledger_head h SET sequence = e.sequence, chain = e.chain FROM custody_entry e
 WHERE h.fund_id = %(fund)s AND e.fund_id = h.fund_id AND e.sequence = 4
"""


def test_removing_the_last_entry_with_all_its_traces_names_it_by_the_head(trust: TestFund) -> None:
    with triggers_off():
        run("owner", REMOVE_LAST, {"fund": trust.fund.pk})
        found = verify_fund(trust.fund.pk, using="owner")
    assert (found[0].sequence, found[0].claim) == (5, "the head is the last entry")


def test_removing_the_last_entry_and_rewinding_the_head_shows_against_an_anchor(trust: TestFund) -> None:
    door.anchor(fund_id=trust.fund.pk, purpose="七月报告", at=AT)
    with triggers_off():
        run("owner", REMOVE_LAST, {"fund": trust.fund.pk})
        run("owner", REWIND_HEAD, {"fund": trust.fund.pk})
        found = verify_fund(trust.fund.pk, using="owner")
    assert [(each.sequence, each.claim) for each in found] == [(5, "an anchored entry is still there")]


def test_a_journal_rewritten_with_a_fresh_chain_shows_against_an_anchor(trust: TestFund) -> None:
    door.anchor(fund_id=trust.fund.pk, purpose="七月报告", at=AT)
    with triggers_off():
        run(
            "owner",
            "UPDATE custody_entry SET memo = 'x' WHERE fund_id = %s AND sequence = 5",
            (trust.fund.pk,),
        )
        walk = proof._Walk(trust.fund.pk, "owner")
        walk.prepare()
        *_, (last, _, lines) = proof._entries_with_lines(walk)
        previous = run(
            "owner", "SELECT chain FROM custody_entry WHERE fund_id = %s AND sequence = 4", (trust.fund.pk,)
        )
        forged = encoding.link(bytes(previous[0][0]), encoding.encoded_v2(last, lines, walk.names))
        for table in ("custody_entry", "custody_ledger_head"):
            run(
                "owner",
                f"UPDATE {table} SET chain = %s WHERE fund_id = %s AND sequence = 5",
                (forged, trust.fund.pk),
            )
        found = verify_fund(trust.fund.pk, using="owner")
    assert [(each.sequence, each.claim) for each in found] == [(5, "an anchor agrees with the chain")]


def test_removing_an_entry_from_the_middle_names_the_gap(trust: TestFund) -> None:
    found = after(trust, "DELETE FROM custody_entry WHERE fund_id = %s AND sequence = 2", trust.fund.pk)
    assert found[0].sequence == 2


def test_removing_an_entry_and_its_lines_from_the_middle_names_what_follows(trust: TestFund) -> None:
    with triggers_off():
        for table in ("custody_line", "custody_entry"):
            run("owner", f"DELETE FROM {table} WHERE fund_id = %s AND sequence = 2", (trust.fund.pk,))
        found = verify_fund(trust.fund.pk, using="owner")
    assert (found[0].sequence, found[0].claim) == (3, "sequences have no gap")


@pytest.mark.parametrize(
    ("statement", "claim"),
    [
        ("UPDATE custody_balance SET posted = posted + 1 WHERE fund_id = %s",
         "a balance is the sum of its lines"),
        ("UPDATE custody_balance SET held = held - 1 WHERE fund_id = %s AND held > 0",
         "held is the sum of open holds"),
        ("UPDATE custody_balance SET guard = 0 WHERE fund_id = %s AND held > 0",
         "an account is guarded as its kind"),
        ("UPDATE custody_ledger_head SET chain = sha256(chain) WHERE fund_id = %s",
         "the head carries the last chain"),
        ("UPDATE custody_ledger_head SET closed_through = '2025-07-31' WHERE fund_id = %s",
         "the closed period is the one on record"),
        ("DELETE FROM custody_hold WHERE fund_id = %s AND key = 'h2'", "held is the sum of open holds"),
        ("DELETE FROM custody_balance WHERE fund_id = %s AND held > 0", "every account has its balance"),
    ],
)  # fmt: skip
def test_a_figure_that_is_not_in_the_lines_is_found(trust: TestFund, statement: str, claim: str) -> None:
    assert claim in {found.claim for found in after(trust, statement, trust.fund.pk)}


def test_a_hold_settled_by_another_entry_is_found(trust: TestFund) -> None:
    found = after(trust, "UPDATE custody_hold_outcome SET sequence = 2 WHERE fund_id = %s", trust.fund.pk)
    assert [(each.sequence, each.claim) for each in found] == [(2, "a hold is settled by exactly its amount")]


def test_verify_ledger_says_how_many_entries_and_which_head(trust: TestFund) -> None:
    out = StringIO()
    call_command("verify_ledger", "--fund", trust.fund.code, "--journal-only", stdout=out)
    _, chain = door.anchor(fund_id=trust.fund.pk, purpose="t", at=AT)
    assert f"5 笔分录 链首 {chain}" in out.getvalue()


def test_verify_ledger_exits_2_and_lists_what_it_found(
    trust: TestFund, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = Finding(trust.fund.pk, 3, "lines sum to zero", "0.01")
    monkeypatch.setattr("custody.management.commands.verify_ledger.verify_fund", lambda *_, **__: [broken])
    err = StringIO()
    with pytest.raises(CommandError) as caught:
        call_command("verify_ledger", "--fund", trust.fund.code, stderr=err)
    assert caught.value.returncode == 2
    assert "第 3 笔分录 分录各行之和应为零 (0.01)" in err.getvalue()


def test_verify_ledger_refuses_an_unknown_fund(committed_db: None) -> None:
    with pytest.raises(CommandError, match="nowhere"):
        call_command("verify_ledger", "--fund", "nowhere")
