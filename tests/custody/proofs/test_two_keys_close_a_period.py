"""Closing days, and opening them again, take two keys: in services, and in the database by any hand."""

from datetime import UTC, date, datetime

import pytest
from django.core.management import CommandError, call_command

from custody import keys
from custody.kernel.errors import Conflict, Forbidden, PeriodClosed, Rejected
from custody.ledger import door
from custody.ledger.periods import period_moves
from custody.ledger.proof import verify_fund
from custody.models import Approval, Key, PeriodProposal, SignedSubject
from custody.proofs import closing
from tests import signing
from tests.custody.ledger.raw import refused, run
from tests.factories import TestFund, close_period, make_fund, make_operator, propose_closing

pytestmark = pytest.mark.usefixtures("committed_db")
ROLES = ["default", "owner"]
JULY, AUGUST = date(2025, 7, 31), date(2025, 8, 31)
NOW = datetime(2026, 1, 5, 2, 0, tzinfo=UTC)
DO = "SELECT ledger_close_period(%s, %s, now())"
HANDS = {Key.APPROVE: "committee_key", Key.RELEASE: "trustee_key"}


@pytest.fixture
def trust(committed_db: None) -> TestFund:
    made = make_fund()
    made.fill("1000")
    return made


def proposed(trust: TestFund, through: date = JULY) -> PeriodProposal:
    return closing.propose_closing(fund=trust.fund, through=through, actor=trust.actor, at=NOW)


def reopening(trust: TestFund, from_on: date = date(2025, 7, 1)) -> PeriodProposal:
    return closing.propose_reopening(
        fund=trust.fund, from_on=from_on, reason="漏记收入", actor=trust.actor, at=NOW
    )


def turned(trust: TestFund, row: PeriodProposal, *which: Key) -> list[bool]:
    """These keys turned, by their keepers; whether each of them moved the closed day."""
    return [
        closing.turn_period_key(proposal_id=row.pk, which=key, actor=getattr(trust, HANDS[key]), at=NOW)
        for key in which
    ]


@pytest.mark.parametrize("order", [(Key.APPROVE, Key.RELEASE), (Key.RELEASE, Key.APPROVE)])
def test_the_second_key_closes_whichever_it_is(trust: TestFund, order: tuple[Key, Key]) -> None:
    assert turned(trust, proposed(trust), *order) == [False, True]
    assert closing.closed_through(trust.fund) == JULY


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("which", [(), (Key.APPROVE,), (Key.RELEASE,)])
def test_nobody_closes_without_both_keys(trust: TestFund, role: str, which: tuple[Key, ...]) -> None:
    row = proposed(trust)
    turned(trust, row, *which)

    with refused(constraint="period_needs_two_keys", using=role):
        run(role, DO, (row.pk, trust.actor.pk))


@pytest.mark.parametrize("role", ROLES)
def test_nobody_reopens_without_both_keys(trust: TestFund, role: str) -> None:
    close_period(trust.fund, JULY)
    row = reopening(trust)
    turned(trust, row, Key.RELEASE)

    with refused(constraint="period_needs_two_keys", using=role):
        run(role, DO, (row.pk, trust.actor.pk))


def test_the_owner_writes_no_closing_by_hand(trust: TestFund) -> None:
    row = proposed(trust)

    with refused(constraint="period_needs_two_keys"):
        run(
            "owner",
            "INSERT INTO custody_period_close (fund_id, closed_through, proposal_id, actor_id, closed_at)"
            " VALUES (%s, %s, %s, %s, now())",
            (trust.fund.pk, JULY, row.pk, trust.actor.pk),
        )


def test_the_owner_moves_no_closed_day_by_hand(trust: TestFund) -> None:
    with refused(constraint="closed_day_as_keyed"):
        run(
            "owner",
            "UPDATE custody_ledger_head SET closed_through = %s WHERE fund_id = %s",
            (JULY, trust.fund.pk),
        )


def test_a_key_to_close_one_month_closes_no_other(trust: TestFund) -> None:
    """Keys stand on July; the row typed by hand says August."""
    row = PeriodProposal.objects.get(pk=propose_closing(trust.fund, JULY))

    with refused(constraint="period_needs_two_keys"):
        run(
            "owner",
            "INSERT INTO custody_period_close (fund_id, closed_through, proposal_id, actor_id, closed_at)"
            " VALUES (%s, %s, %s, %s, now())",
            (trust.fund.pk, AUGUST, row.pk, trust.actor.pk),
        )


@pytest.mark.parametrize("role", ROLES)
def test_an_entry_dated_in_the_period_voids_what_was_keyed_before_it(trust: TestFund, role: str) -> None:
    row = proposed(trust)
    turned(trust, row, Key.APPROVE)
    trust.fill("1")

    with pytest.raises(Conflict):
        turned(trust, row, Key.RELEASE)
    with refused(state="LG411", using=role):
        run(role, DO, (row.pk, trust.actor.pk))


def test_an_entry_after_the_period_voids_nothing(trust: TestFund) -> None:
    row = proposed(trust, date(2025, 6, 29))
    trust.fill("1")  # dated 30 June

    assert turned(trust, row, Key.APPROVE, Key.RELEASE) == [False, True]


@pytest.mark.parametrize("role", ROLES)
def test_one_proposal_is_done_once(trust: TestFund, role: str) -> None:
    row = proposed(trust)
    turned(trust, row, Key.APPROVE, Key.RELEASE)

    with refused(using=role):
        run(role, DO, (row.pk, trust.actor.pk))


@pytest.mark.parametrize("role", ROLES)
def test_who_proposes_turns_no_key(trust: TestFund, role: str) -> None:
    row = closing.propose_closing(fund=trust.fund, through=JULY, actor=trust.trustee_key, at=NOW)

    with pytest.raises(Forbidden):
        turned(trust, row, Key.RELEASE)
    content = keys.content_digest_of(closing.PERIOD, row.pk)
    for which, person, organisation in (
        (Key.APPROVE, trust.committee_key, trust.committee),
        (Key.RELEASE, trust.trustee_key, trust.trustee),
    ):
        mark = signing.mark_present(person, organisation.pk, closing.PERIOD, row.pk, which)
        Approval.objects.create(
            signed=SignedSubject.objects.get(pk=str(mark)),
            fund=trust.fund, subject_kind=closing.PERIOD, subject_id=row.pk, key=which, operator=person,
            organisation=organisation, content_sha256=content, given_at=NOW,
        )  # fmt: skip
    with refused(constraint="period_needs_two_keys", using=role):
        run(role, DO, (row.pk, trust.actor.pk))


PROPOSE = (
    "INSERT INTO custody_periodproposal"
    " (fund_id, act, through, closed_before, last_entry, reason, proposed_by_id, proposed_at)"
    " VALUES (%s, %s, %s, %s, 0, %s, %s, now())"
)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("who", ["provider_clerk", "committee_key"])
def test_only_the_desk_proposes(trust: TestFund, role: str, who: str) -> None:
    person = getattr(trust, who)

    with pytest.raises(Forbidden):
        closing.propose_closing(fund=trust.fund, through=JULY, actor=person, at=NOW)
    with refused(constraint="period_proposed_by_the_desk", using=role):
        run(role, PROPOSE, (trust.fund.pk, "close", JULY, None, "", person.pk))


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(
    ("act", "before", "reason", "constraint"),
    [
        ("close", AUGUST, "", "period_moves_as_its_act_says"),
        ("reopen", None, "x", "period_moves_as_its_act_says"),
        ("reopen", date(2025, 7, 1), "x", "period_moves_as_its_act_says"),
        ("reopen", AUGUST, "", "period_reopened_for_a_reason"),
    ],
)
def test_a_proposal_moves_as_it_says(
    trust: TestFund, role: str, act: str, before: date | None, reason: str, constraint: str
) -> None:
    with refused(constraint=constraint, using=role):
        run(role, PROPOSE, (trust.fund.pk, act, JULY, before, reason, trust.actor.pk))


def test_a_reopened_period_takes_entries_and_is_closed_again_by_two_keys(trust: TestFund) -> None:
    close_period(trust.fund, JULY)
    with pytest.raises(PeriodClosed):
        trust.fill("5")
    turned(trust, reopening(trust, date(2025, 6, 1)), Key.APPROVE, Key.RELEASE)
    trust.fill("5")

    with pytest.raises(Rejected):
        door.close_period(proposal_id=proposed(trust).pk, actor_id=trust.actor.pk, at=NOW)
    close_period(trust.fund, JULY)

    moves = [move.closed_through for move in period_moves(trust.fund.pk)]
    assert (moves, verify_fund(trust.fund.pk)) == ([JULY, date(2025, 5, 31), JULY], [])


def test_an_open_day_is_not_reopened(trust: TestFund) -> None:
    with pytest.raises(Conflict):
        reopening(trust)


def test_a_reopening_says_why(trust: TestFund) -> None:
    close_period(trust.fund, JULY)

    with pytest.raises(Rejected):
        closing.propose_reopening(
            fund=trust.fund, from_on=date(2025, 7, 1), reason=" ", actor=trust.actor, at=NOW
        )


def test_a_key_is_taken_back_before_the_other_is_turned(trust: TestFund) -> None:
    row = proposed(trust)
    turned(trust, row, Key.APPROVE)

    closing.withdraw_period_key(proposal_id=row.pk, actor=trust.committee_key, reason="待核", at=NOW)

    assert turned(trust, row, Key.RELEASE) == [False]


def test_the_same_asked_again_is_the_proposal_already_there(trust: TestFund) -> None:
    assert proposed(trust) == proposed(trust)


@pytest.mark.parametrize("role", ["default", "owner"])
def test_a_proposal_stays_as_it_was_made(trust: TestFund, role: str) -> None:
    row = proposed(trust)

    with refused(using=role):
        run(role, "UPDATE custody_periodproposal SET through = %s WHERE id = %s", (AUGUST, row.pk))
    with refused(using=role):
        run(role, "DELETE FROM custody_periodproposal WHERE id = %s", (row.pk,))


def said(trust: TestFund, command: str, *arguments: object) -> int:
    person = make_operator(trust.trustee, "maker")
    try:
        call_command(command, f"--fund={trust.fund.code}", f"--actor={person.username}", *map(str, arguments))
    except CommandError as refusal:
        return refusal.returncode
    return 0


def test_the_commands_propose_and_say_when_nothing_is_left_to_do(
    trust: TestFund, capsys: pytest.CaptureFixture[str]
) -> None:
    codes = [said(trust, "close_period", f"--through={JULY}") for _ in range(2)]
    (row,) = PeriodProposal.objects.filter(fund=trust.fund)
    turned(trust, row, Key.APPROVE, Key.RELEASE)
    codes.append(said(trust, "close_period", f"--through={JULY}"))
    early = said(trust, "close_period", "--through=2025-07-15")
    late = said(trust, "close_period", "--through=2199-12-31")
    opened = said(trust, "reopen_period", "--from=2025-07-10", "--reason=漏记")

    out = capsys.readouterr().out
    assert (codes, early, late, opened) == ([0, 0, 0], 2, 2, 0)
    assert (str(row.pk) in out, "无变化" in out) == (True, True)
