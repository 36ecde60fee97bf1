"""What is said of an open line is refused past Python too: under the application's own login."""

from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from custody.files import archive
from custody.kernel.money import yuan
from custody.ledger.chart import KINDS
from custody.models import (
    BankLine,
    Document,
    Key,
    LineExplanation,
    LineKind,
)
from custody.money_in import break_proposals as proposals
from tests import signing
from tests.custody.ledger.raw import citations_unjudged, refused, run
from tests.custody.money_in.explained import (
    EXPLAINED,
    PAPER,
    STRANGER,
    came,
    explained,
    is_free,
    lost,
    proposed,
    stands,
    turned,
)
from tests.factories import make_operator
from tests.settlement.desk import AT, PAY_ON, Provider, make_provider

pytestmark = pytest.mark.usefixtures("committed_db")
SAID = """
    INSERT INTO custody_lineexplanation (line_id, fund_id, kind, entry_sequence, note, explained_at)
    VALUES (%s, %s, %s, %s, '', now())"""
PROPOSE = """
    INSERT INTO custody_breakexplanation (fund_id, line_id, kind, gives_back_id, reason, document_id,
        proposed_by_id, proposed_at)
    VALUES (%(fund)s, %(line)s, %(kind)s, %(gives_back)s, %(reason)s, %(document)s, %(by)s, %(at)s)"""
TAKE_BACK = """
    INSERT INTO custody_breakexplanationwithdrawal (explanation_id, operator_id, reason, withdrawn_at)
    VALUES (%s, %s, 'x', now())"""
POST = """
    SELECT ledger_post(%s, %s, now(), %s, 'break_explained', '2025-08-05', '', '', NULL, NULL,
        %s::integer[], %s::numeric[])"""


@pytest.fixture
def desk(settings: Settings, tmp_path: Path, committed_db: None) -> Provider:
    settings.BANK_OUTBOX = tmp_path
    return make_provider(maintenance="3000")


# ---------------------------------------------------------------------------------------- past Python


def test_the_chart_in_python_names_the_account_the_database_asks_for() -> None:
    asked = {
        kind.value: run("default", "SELECT custody_break_account(%s)", (kind.value,))[0][0]
        for kind in LineKind
    }

    assert {kind: account for kind, account in asked.items() if account} == {
        kind.value: account for kind, account in proposals.ACCOUNTS.items()
    }
    keyed = {code for code, kind in KINDS.items() if kind.guard == 2}
    assert keyed == {account for account in proposals.ACCOUNTS.values() if account != "bank_charge"}


@pytest.mark.parametrize("kind", EXPLAINED)
@pytest.mark.parametrize("turn", [(), (Key.APPROVE,), (Key.RELEASE,)])
def test_the_database_takes_no_explanation_without_both_keys(
    desk: Provider, kind: LineKind, turn: tuple[Key, ...]
) -> None:
    line = lost(desk)
    if kind is not LineKind.REFUND:
        for which in turn:
            turned(desk, proposed(desk, line, kind), which)
    entry = LineExplanation.objects.get(line=line).entry_sequence

    with refused(constraint="explanation_has_its_reason", using="default"):
        run("default", SAID, (line.pk, desk.at.fund.pk, kind.value, entry))


@pytest.mark.parametrize(
    "kind", [each for each in LineKind if each not in (*EXPLAINED, LineKind.UNEXPLAINED)]
)
def test_the_database_takes_no_other_word_for_money_that_left(desk: Provider, kind: LineKind) -> None:
    line = lost(desk)
    came(desk)
    entry = LineExplanation.objects.get(line=line).entry_sequence

    with refused(constraint="explanation_has_its_reason", using="default"):
        run("default", SAID, (line.pk, desk.at.fund.pk, kind.value, entry))


@pytest.mark.parametrize("account", sorted(set(proposals.ACCOUNTS.values()) - {"bank_charge"}))
def test_the_database_takes_no_posting_to_explained_money_without_both_keys(
    desk: Provider, account: str
) -> None:
    line = lost(desk)
    accounts = [desk.at.account(account).id, desk.at.account("unexplained").id]
    key = f"bank:{desk.bank.number}:{line.position}:identified:9"

    with citations_unjudged(), refused(constraint="explained_money_has_two_keys", using="default"):
        run("default", POST, (desk.at.fund.pk, desk.at.actor.pk, key, accounts, ["500", "-500"]))
        run("default", "SET CONSTRAINTS ALL IMMEDIATE")  # as at commit


def test_a_posting_as_a_bank_charge_without_both_keys_ends_no_break(desk: Provider) -> None:
    line = lost(desk)
    accounts = [desk.at.account("bank_charge").id, desk.at.account("unexplained").id]
    key = f"bank:{desk.bank.number}:{line.position}:identified:9"
    with refused(constraint="key_names_its_bank_line", using="default"):
        run("default", POST, (desk.at.fund.pk, desk.at.actor.pk, key, accounts, ["500", "-500"]))
    with citations_unjudged():
        run("default", POST, (desk.at.fund.pk, desk.at.actor.pk, key, accounts, ["500", "-500"]))

    assert (stands(desk, "unexplained"), is_free(desk)) == (yuan(0), False)


def test_keys_on_one_kind_are_no_keys_on_another(desk: Provider) -> None:
    line = lost(desk)
    explained(desk, line)
    entry = LineExplanation.objects.filter(line=line).latest("pk").entry_sequence

    with refused(constraint="explanation_has_its_reason", using="default"):
        run("default", SAID, (line.pk, desk.at.fund.pk, "interest_tax", entry))


def typed(desk: Provider, line: BankLine, **changed: Any) -> dict[str, Any]:
    paper = archive.keep(
        fund=desk.at.fund, kind=Document.Kind.EVIDENCE, name="x",
        content=PAPER.content, actor=desk.at.actor, at=AT,
    )  # fmt: skip
    return {
        "fund": desk.at.fund.pk, "line": line.pk, "kind": "judicial", "gives_back": None, "reason": "x",
        "document": paper.pk, "by": desk.at.actor.pk, "at": AT,
    } | changed  # fmt: skip


def test_control_the_application_may_propose(desk: Provider) -> None:
    run("default", PROPOSE, typed(desk, lost(desk)))


@pytest.mark.parametrize(
    ("changed", "constraint"),
    [
        ({"reason": " "}, "break_says_why"),
        ({"kind": "payment"}, "break_of_a_kind"),
        ({"kind": "refund"}, "refund_of_a_receipt"),
    ],
)
def test_the_database_refuses_a_proposal_that_says_too_little(
    desk: Provider, changed: dict[str, Any], constraint: str
) -> None:
    with refused(constraint=constraint, using="default"):
        run("default", PROPOSE, typed(desk, lost(desk), **changed))


def test_the_database_refuses_a_proposal_by_the_firm_or_for_what_is_not_open(desk: Provider) -> None:
    grant = desk.bank_line("800", "信托制物业激励资金", account=STRANGER, name="街道办")
    with refused(constraint="break_explained_by_trustee", using="default"):
        run("default", PROPOSE, typed(desk, lost(desk), by=desk.at.provider_clerk.pk))
    with refused(constraint="break_is_open", using="default"):
        run("default", PROPOSE, typed(desk, grant))


def test_the_database_refuses_the_paper_or_the_line_of_another_fund(desk: Provider) -> None:
    other = make_provider()
    with refused(constraint="break_by_its_funds_paper", using="default"):
        run("default", PROPOSE, typed(desk, lost(desk), document=typed(other, lost(other))["document"]))
    with refused(constraint="break_of_its_funds_line", using="default"):
        run("default", PROPOSE, typed(desk, lost(other)))


def test_a_proposal_stays_as_it_was_said(desk: Provider) -> None:
    made = proposed(desk, lost(desk))
    for alias in ("default", "owner"):
        with refused(using=alias):
            run(alias, "UPDATE custody_breakexplanation SET reason = 'y' WHERE id = %s", (made.pk,))
        with refused(using=alias):
            run(alias, "DELETE FROM custody_breakexplanation WHERE id = %s", (made.pk,))


def test_the_database_takes_nothing_back_that_is_booked_or_by_a_stranger(desk: Provider) -> None:
    line = lost(desk)
    made = proposed(desk, line)
    stranger = make_operator(make_provider().at.trustee, "maker")
    with refused(constraint="break_withdrawn_before_it_is_booked", using="default"):
        run("default", TAKE_BACK, (made.pk, stranger.pk))
    turned(desk, made, Key.APPROVE)
    turned(desk, made, Key.RELEASE)
    with refused(constraint="break_withdrawn_before_it_is_booked", using="default"):
        run("default", TAKE_BACK, (made.pk, desk.at.actor.pk))


def test_the_keys_of_what_is_booked_stay(desk: Provider) -> None:
    made = proposed(desk, lost(desk))
    turned(desk, made, Key.APPROVE)
    turned(desk, made, Key.RELEASE)
    with refused(constraint="keys_of_what_is_booked_stay", using="default"):
        run(
            "default",
            "INSERT INTO custody_approvalwithdrawal (approval_id, operator_id, reason, withdrawn_at)"
            " SELECT id, %s, 'x', now() FROM custody_approval"
            " WHERE subject_kind = 'break' AND subject_id = %s AND key = 'release'",
            (desk.at.trustee_key.pk, made.pk),
        )


def test_the_makers_own_key_counts_for_nothing(desk: Provider) -> None:
    """A key of the proposer's, typed past Python, does not make two."""
    line = lost(desk)
    made = proposed(desk, line, by=desk.at.trustee_key)
    turned(desk, made, Key.APPROVE)
    mark = signing.mark_present(desk.at.trustee_key, desk.at.trustee.pk, "break", made.pk, Key.RELEASE)
    run(
        "default",
        "INSERT INTO custody_approval (fund_id, subject_kind, subject_id, key, operator_id, organisation_id,"
        " content_sha256, given_at, signed_id)"
        " VALUES (%s, 'break', %s, 'release', %s, %s, custody_break_content(%s), %s, %s)",
        (desk.at.fund.pk, made.pk, desk.at.trustee_key.pk, desk.at.trustee.pk, made.pk, AT, mark),
    )

    assert run("default", "SELECT custody_break_keyed(%s, 'judicial')", (line.pk,)) == [(False,)]


def test_the_line_is_dated_as_the_bank_dated_it(desk: Provider) -> None:
    line = lost(desk)
    explained(desk, line)
    (on,) = run(
        "default",
        "SELECT e.effective_on FROM custody_entry e JOIN custody_lineexplanation x"
        " ON x.fund_id = e.fund_id AND x.entry_sequence = e.sequence"
        " WHERE x.line_id = %s AND x.kind = 'judicial'",
        (line.pk,),
    )[0]

    assert on == PAY_ON
