"""The two keys, typed as SQL: who may turn which, and what opens a placement."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from custody.kernel.money import yuan
from custody.ledger import door
from custody.models import Approval, FundParty, Membership, Operator, Organisation, Placement, Resolution
from tests import signing
from tests.custody.ledger.raw import refused, run, undone
from tests.factories import AT, TestFund, make_fund, make_operator, seat, unique

pytestmark = pytest.mark.usefixtures("committed_db")

LATER = datetime(2025, 7, 20, 2, 0, tzinfo=UTC)
FACTS = (
    "custody_approval", "custody_approvalwithdrawal", "custody_deedterm", "custody_resolution",
    "custody_bankline", "custody_document",
)  # fmt: skip
_subject = iter(range(10**9, 2 * 10**9))


@pytest.fixture
def trust(committed_db: None) -> TestFund:
    return make_fund()


def turn(trust: TestFund, key: str, operator: Operator, organisation: Organisation, **fields: Any) -> int:
    """Insert a key as the application's role, past every service; answers the subject."""
    row: dict[str, Any] = {
        "fund_id": trust.fund.pk, "subject_kind": "test", "subject_id": next(_subject), "key": key,
        "operator_id": operator.pk, "organisation_id": organisation.pk, "content_sha256": "c" * 64,
        "given_at": AT,
    } | fields  # fmt: skip
    row.setdefault(
        "signed_id",
        signing.mark(
            operator,
            organisation.pk,
            row["subject_kind"],
            row["subject_id"],
            signing.known(key),
            row["content_sha256"],
        ),
    )
    run(
        "default",
        f"INSERT INTO custody_approval ({','.join(row)}) VALUES ({','.join(['%s'] * len(row))})",
        list(row.values()),
    )
    return int(row["subject_id"])


def test_the_committee_turns_the_first_key(trust: TestFund) -> None:
    subject = turn(trust, "approve", trust.committee_key, trust.committee)
    assert Approval.objects.filter(subject_id=subject).count() == 1


def test_the_trustee_turns_the_second_key(trust: TestFund) -> None:
    subject = turn(trust, "release", trust.trustee_key, trust.trustee)
    assert Approval.objects.filter(subject_id=subject).count() == 1


@pytest.mark.parametrize("key", ["approve", "release"])
def test_the_providers_people_turn_no_key(trust: TestFund, key: str) -> None:
    with refused(constraint="key_held_by_its_organisation", using="default"):
        turn(trust, key, make_operator(trust.provider), trust.provider)


def test_the_protector_turns_no_key(trust: TestFund) -> None:
    with refused(constraint="key_held_by_its_organisation", using="default"):
        turn(trust, "approve", make_operator(trust.protector), trust.protector)


def test_the_trustee_does_not_turn_the_first_key(trust: TestFund) -> None:
    with refused(constraint="key_held_by_its_organisation", using="default"):
        turn(trust, "approve", trust.trustee_key, trust.trustee)


def test_an_unheard_of_key_is_refused(trust: TestFund) -> None:
    with refused(constraint="key_held_by_its_organisation", using="default"):
        turn(trust, "other", trust.trustee_key, trust.trustee)


def test_an_outsider_turns_no_key(trust: TestFund) -> None:
    with refused(constraint="key_by_a_party_to_the_deed", using="default"):
        turn(trust, "approve", make_operator(), trust.committee)


def test_another_estates_committee_turns_no_key_here(trust: TestFund) -> None:
    other = make_fund()
    with refused(constraint="key_by_a_party_to_the_deed", using="default"):
        turn(trust, "approve", other.committee_key, other.committee)


def test_a_superuser_gets_no_key(trust: TestFund) -> None:
    boss = Operator.objects.using("owner").create(username=unique("boss"), is_superuser=True, is_staff=True)
    with refused(constraint="key_by_a_party_to_the_deed", using="default"):
        turn(trust, "release", boss, trust.trustee)


def test_a_superuser_of_the_provider_gets_no_key(trust: TestFund) -> None:
    boss = make_operator(trust.provider)
    Operator.objects.using("owner").filter(pk=boss.pk).update(is_superuser=True)
    with refused(constraint="key_held_by_its_organisation", using="default"):
        turn(trust, "release", boss, trust.provider)


def test_the_owner_of_the_tables_is_bound_by_the_keys_too(trust: TestFund) -> None:
    with refused(constraint="key_by_a_party_to_the_deed"):
        run(
            "owner",
            "INSERT INTO custody_approval (fund_id, subject_kind, subject_id, key, operator_id,"
            " organisation_id, content_sha256, given_at) VALUES (%s, 'test', 1, 'release', %s, %s, 'c', %s)",
            (trust.fund.pk, trust.provider_clerk.pk, trust.trustee.pk, AT),
        )


def test_a_person_who_was_switched_off_turns_no_key(trust: TestFund) -> None:
    Operator.objects.using("owner").filter(pk=trust.committee_key.pk).update(is_active=False)
    with refused(constraint="key_by_a_party_to_the_deed", using="default"):
        turn(trust, "approve", trust.committee_key, trust.committee)


def test_a_person_whose_membership_ended_turns_no_key(trust: TestFund) -> None:
    Membership.objects.filter(operator=trust.committee_key).update(valid_until=date(2025, 7, 1))
    with refused(constraint="key_by_a_party_to_the_deed", using="default"):
        turn(trust, "approve", trust.committee_key, trust.committee)


def test_an_organisation_that_left_the_deed_turns_no_key(trust: TestFund) -> None:
    FundParty.objects.using("owner").filter(organisation=trust.committee).update(valid_until=date(2025, 7, 1))
    with refused(constraint="key_by_a_party_to_the_deed", using="default"):
        turn(trust, "approve", trust.committee_key, trust.committee)


def test_a_key_is_dated_by_the_day_in_shanghai(trust: TestFund) -> None:
    Membership.objects.filter(operator=trust.committee_key).update(valid_until=date(2025, 7, 2))
    with refused(constraint="key_by_a_party_to_the_deed", using="default"):
        turn(
            trust,
            "approve",
            trust.committee_key,
            trust.committee,
            given_at=datetime(2025, 7, 1, 16, tzinfo=UTC),
        )


def moved_person(trust: TestFund) -> Operator:
    """Of the committee until 10 July, of the trust company from then on."""
    Membership.objects.filter(operator=trust.committee_key).update(valid_until=date(2025, 7, 10))
    seat(trust.committee_key, trust.trustee, "keyholder", valid_from=date(2025, 7, 10))
    return trust.committee_key


def test_a_person_who_moves_organisation_between_the_keys_turns_only_one(trust: TestFund) -> None:
    person = moved_person(trust)
    subject = turn(trust, "approve", person, trust.committee)
    with refused(constraint="keys_in_two_hands", using="default"):
        turn(trust, "release", person, trust.trustee, subject_id=subject, given_at=LATER)


def test_a_person_who_moved_may_turn_the_key_of_something_new(trust: TestFund) -> None:
    turn(trust, "release", moved_person(trust), trust.trustee, given_at=LATER)


def test_one_organisation_does_not_turn_both_keys_by_changing_its_kind(trust: TestFund) -> None:
    subject = turn(trust, "approve", trust.committee_key, trust.committee)
    with refused(constraint="append_only"):
        run("owner", "UPDATE custody_organisation SET kind = 'trustee' WHERE id = %s", (trust.committee.pk,))
    with refused(constraint="key_held_by_its_organisation", using="default"):
        turn(trust, "release", make_operator(trust.committee), trust.committee, subject_id=subject)


@pytest.mark.parametrize("table", FACTS)
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_facts_do_not_change_whoever_asks(table: str, statement: str) -> None:
    with refused(state="42501", using="default"):
        run("default", statement.format(table))
    with refused(constraint="append_only"):
        run("owner", statement.format(table))


def test_a_deed_term_is_added_but_not_rewritten(trust: TestFund) -> None:
    vote = Resolution.objects.create(fund=trust.fund, reference="1", resolved_on=date(2025, 6, 1), title="t")
    vote.terms.create(fund=trust.fund, term="fee", value="0.1", effective_from=date(2025, 7, 1))
    with refused(constraint="append_only"):
        run("owner", "UPDATE custody_deedterm SET value = '0.2' WHERE fund_id = %s", (trust.fund.pk,))


def test_a_person_is_not_in_two_organisations_on_one_day(trust: TestFund) -> None:
    with refused(constraint="membership_one_at_a_time"):
        seat(trust.committee_key, trust.trustee, "viewer", valid_from=date(2025, 1, 1))


def test_memberships_may_follow_each_other_day_by_day(trust: TestFund) -> None:
    assert moved_person(trust).memberships.count() == 2


def order(trust: TestFund) -> Placement:
    trust.fill("1000")
    cash = trust.account("cash")
    hold = door.hold(cash, yuan(100), key=unique("p"), reason="存放", actor_id=trust.actor.pk, at=AT)
    return Placement.objects.create(
        fund=trust.fund, book="operating", product="七天通知存款", principal=yuan(100), hold_id=hold,
        ordered_on=date(2025, 7, 1), ordered_by=trust.actor,
    )  # fmt: skip


def move(placement: Placement, state: str) -> None:
    run("default", "UPDATE custody_placement SET state = %s WHERE id = %s", (state, placement.pk))


def content(placement: Placement) -> str:
    return str(run("default", "SELECT custody_placement_content(%s)", (placement.pk,))[0][0])


def keys(trust: TestFund, placement: Placement, *wanted: str) -> None:
    people = {
        "approve": (trust.committee_key, trust.committee),
        "release": (trust.trustee_key, trust.trustee),
    }
    for key in wanted:
        turn(trust, key, *people[key], subject_kind="placement", subject_id=placement.pk,
             content_sha256=content(placement))  # fmt: skip


@pytest.mark.parametrize("state", ["approved", "released", "placed", "returned", "nonsense"])
def test_a_placement_begins_as_an_order(trust: TestFund, state: str) -> None:
    with refused(constraint="state_begins_at_the_start", using="default"):
        Placement.objects.create(
            fund=trust.fund, book="operating", product="x", principal=yuan(1), state=state,
            ordered_on=date(2025, 7, 1), ordered_by=trust.actor,
        )  # fmt: skip


@pytest.mark.parametrize("state", ["released", "placed", "returned", "nonsense"])
def test_a_placement_does_not_jump_ahead(trust: TestFund, state: str) -> None:
    placement = order(trust)
    keys(trust, placement, "approve", "release")
    with refused(constraint="state_move_is_legal", using="default"):
        move(placement, state)


def test_a_placement_needs_the_first_key(trust: TestFund) -> None:
    placement = order(trust)
    with refused(constraint="placement_needs_its_first_key", using="default"):
        move(placement, "approved")


def test_a_placement_needs_both_keys_to_leave(trust: TestFund) -> None:
    placement = order(trust)
    keys(trust, placement, "approve")
    move(placement, "approved")
    with refused(constraint="placement_needs_two_keys", using="default"):
        move(placement, "released")


def test_a_placement_with_both_keys_leaves(trust: TestFund) -> None:
    placement = order(trust)
    keys(trust, placement, "approve", "release")
    for state in ("approved", "released"):
        move(placement, state)
    assert Placement.objects.get(pk=placement.pk).state == "released"


def test_the_amount_of_a_placement_is_the_one_the_keys_were_turned_on(trust: TestFund) -> None:
    placement = order(trust)
    keys(trust, placement, "approve", "release")
    move(placement, "approved")
    with refused(using="default"):
        run("default", "UPDATE custody_placement SET principal = 101 WHERE id = %s", (placement.pk,))
        move(placement, "released")


def test_a_withdrawn_key_opens_nothing(trust: TestFund) -> None:
    placement = order(trust)
    keys(trust, placement, "approve", "release")
    move(placement, "approved")
    run(
        "default",
        "INSERT INTO custody_approvalwithdrawal (approval_id, operator_id, reason, withdrawn_at)"
        " SELECT id, operator_id, '更正', given_at FROM custody_approval"
        " WHERE subject_id = %s AND key = 'approve' AND subject_kind = 'placement'",
        (placement.pk,),
    )
    with refused(constraint="placement_needs_two_keys", using="default"):
        move(placement, "released")


def test_the_owner_of_the_tables_skips_no_key(trust: TestFund) -> None:
    placement = order(trust)
    with refused(constraint="placement_needs_its_first_key"):
        run("owner", "UPDATE custody_placement SET state = 'approved' WHERE id = %s", (placement.pk,))


def test_another_estates_key_opens_nothing_here(trust: TestFund) -> None:
    placement, other = order(trust), make_fund()
    with refused(using="default"):
        turn(other, "approve", other.committee_key, other.committee, subject_kind="placement",
             subject_id=placement.pk, content_sha256=content(placement))  # fmt: skip
        move(placement, "approved")


def test_a_temporary_table_does_not_stand_in_for_the_memberships(trust: TestFund) -> None:
    with refused(using="default"):
        run(
            "default",
            "CREATE TEMP TABLE custody_membership ON COMMIT DROP AS SELECT * FROM custody_membership",
        )
        run("default", "UPDATE custody_membership SET organisation_id = %s WHERE operator_id = %s",
            (trust.committee.pk, trust.provider_clerk.pk))  # fmt: skip
        turn(trust, "approve", trust.provider_clerk, trust.committee)


def test_a_temporary_table_does_not_stand_in_for_the_legal_moves(trust: TestFund) -> None:
    placement = order(trust)
    keys(trust, placement, "approve", "release")
    with refused(using="default"):
        run(
            "default",
            "CREATE TEMP TABLE custody_state_move ON COMMIT DROP AS"
            " SELECT 'placement' AS machine, 'ordered' AS source, 'released' AS target",
        )
        move(placement, "released")


def test_a_viewer_turns_no_key(trust: TestFund) -> None:
    with refused(using="default"):
        turn(trust, "approve", make_operator(trust.committee, "viewer"), trust.committee)


TAKE_BACK = (
    "INSERT INTO custody_approvalwithdrawal (approval_id, operator_id, reason, withdrawn_at)"
    " SELECT id, %s, '更正', given_at FROM custody_approval WHERE subject_id = %s"
)


def test_only_a_keyholding_party_takes_a_key_back(trust: TestFund) -> None:
    subject = turn(trust, "approve", trust.committee_key, trust.committee)
    with refused(constraint="withdrawal_by_a_party_to_the_deed", using="default"):
        run("default", TAKE_BACK, (trust.provider_clerk.pk, subject))


def test_a_person_who_was_switched_off_takes_no_key_back(trust: TestFund) -> None:
    subject = turn(trust, "approve", trust.committee_key, trust.committee)
    Operator.objects.using("owner").filter(pk=trust.committee_key.pk).update(is_active=False)
    with refused(constraint="withdrawal_by_a_party_to_the_deed", using="default"):
        run("default", TAKE_BACK, (trust.committee_key.pk, subject))


def test_a_correctly_typed_move_table_entry_is_the_owners_to_add() -> None:
    with undone():
        run("owner", "INSERT INTO custody_state_move VALUES ('test', 'a', 'b')")
    with refused(state="42501", using="default"):
        run("default", "INSERT INTO custody_state_move VALUES ('test', 'a', 'b')")


def test_a_membership_is_ended_never_rewritten(trust: TestFund) -> None:
    with refused(using="default"):
        Membership.objects.filter(operator=trust.provider_clerk).update(organisation=trust.committee)
        turn(trust, "approve", trust.provider_clerk, trust.committee)


def test_an_organisation_does_not_change_its_kind(trust: TestFund) -> None:
    with refused(using="default"):
        Organisation.objects.filter(pk=trust.provider.pk).update(kind="committee")
        turn(trust, "approve", trust.provider_clerk, trust.provider)
