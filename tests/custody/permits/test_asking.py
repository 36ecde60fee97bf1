"""Who may do what: the table of permits, the question services ask of it, and what nobody may change."""

from datetime import date

import pytest

from custody.deeds import people
from custody.kernel.errors import Forbidden
from custody.models import FundParty, Membership, OrganisationKind, Permit, Role
from custody.permits.acts import Act
from custody.permits.asking import ask
from tests.custody.ledger.raw import refused, run
from tests.factories import TestFund, make_fund, make_operator

pytestmark = pytest.mark.usefixtures("committed_db")
TODAY = date(2025, 7, 1)


@pytest.fixture
def trust(committed_db: None) -> TestFund:
    return make_fund()


def acts_of(kind: OrganisationKind, role: Role) -> set[str]:
    return set(Permit.objects.filter(organisation_kind=kind, role=role).values_list("act", flat=True))


def test_the_table_knows_every_act_and_no_other() -> None:
    assert set(Permit.objects.values_list("act", flat=True)) == set(Act.values)


def test_a_viewer_may_do_nothing() -> None:
    assert not Permit.objects.filter(role=Role.VIEWER).exists()


def test_the_firm_may_state_its_invoices_and_answer_the_protector_and_nothing_else() -> None:
    permits = Permit.objects.filter(organisation_kind=OrganisationKind.PROVIDER)
    of_its_programs = {Act.ISSUE_TOKEN, Act.REVOKE_TOKEN}

    assert set(permits.values_list("act", flat=True)) == of_its_programs | {
        Act.SUBMIT_INVOICE,
        Act.ANSWER_QUESTION,
    }


def test_only_the_committee_accepts_work() -> None:
    permits = Permit.objects.filter(act=Act.ACCEPT_WORK)

    assert set(permits.values_list("organisation_kind", flat=True)) == {OrganisationKind.COMMITTEE}


def test_a_machine_takes_in_files_and_files_what_two_keys_released_and_turns_no_key() -> None:
    machine = acts_of(OrganisationKind.TRUSTEE, Role.MACHINE)

    assert machine >= {Act.IMPORT_BANK_STATEMENT, Act.INSTRUCT_PAYMENTS}
    assert not machine & {Act.TURN_FIRST_KEY, Act.TURN_SECOND_KEY, Act.RETRY_PAYMENT, Act.ACCEPT_WORK}


def test_whoever_holds_the_permit_acts_for_their_organisation(trust: TestFund) -> None:
    assert ask(Act.ACCRUE_FEES, fund_id=trust.fund.pk, actor=trust.actor, on=TODAY) == trust.trustee


@pytest.mark.parametrize("act", [act for act in Act if act != Act.ONBOARD_ESTATE])
def test_no_act_is_open_to_a_superuser_who_acts_for_nobody(trust: TestFund, act: Act) -> None:
    root = make_operator()
    root.is_superuser = True

    with pytest.raises(Forbidden, match="不代表"):
        ask(act, fund_id=trust.fund.pk, actor=root, on=TODAY)


@pytest.mark.parametrize("act", Act)
@pytest.mark.parametrize("kind", ["trustee", "committee", "provider", "protector"])
def test_no_act_is_open_to_a_viewer_of_any_party(trust: TestFund, kind: str, act: Act) -> None:
    with pytest.raises(Forbidden):
        ask(act, fund_id=trust.fund.pk, actor=make_operator(getattr(trust, kind), "viewer"), on=TODAY)


def test_another_funds_desk_is_refused(trust: TestFund) -> None:
    with pytest.raises(Forbidden, match="不是本信托的当事人"):
        ask(Act.IMPORT_BANK_STATEMENT, fund_id=trust.fund.pk, actor=make_fund().actor, on=TODAY)


def test_a_membership_that_has_ended_permits_nothing(trust: TestFund) -> None:
    Membership.objects.filter(operator=trust.actor).update(valid_until=TODAY)

    with pytest.raises(Forbidden, match="不代表"):
        ask(Act.ACCRUE_FEES, fund_id=trust.fund.pk, actor=trust.actor, on=TODAY)


def test_a_party_that_has_left_the_deed_permits_nothing(trust: TestFund) -> None:
    FundParty.objects.using("owner").filter(fund=trust.fund, organisation=trust.trustee).update(
        valid_until=TODAY
    )

    with pytest.raises(Forbidden, match="不是本信托的当事人"):
        ask(Act.ACCRUE_FEES, fund_id=trust.fund.pk, actor=trust.actor, on=TODAY)


def test_a_refusal_says_which_role_it_takes(trust: TestFund) -> None:
    with pytest.raises(Forbidden, match="审批须由持钥人办理"):
        ask(
            Act.TURN_FIRST_KEY, fund_id=trust.fund.pk, actor=make_operator(trust.committee, "clerk"), on=TODAY
        )


def test_the_console_holds_no_permit_in_a_house_that_is_founded(trust: TestFund) -> None:
    with pytest.raises(Forbidden):
        ask(Act.ACCEPT_WORK, fund_id=trust.fund.pk, actor=people.console_operator(), on=TODAY)


@pytest.mark.parametrize("role", ["default", "owner"])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE custody_permit SET role = 'viewer' WHERE act = 'turn_second_key'",
        "DELETE FROM custody_permit",
        "TRUNCATE custody_permit",
    ],
)
def test_no_permit_is_changed_or_taken_away(role: str, statement: str) -> None:
    with refused(using=role):
        run(role, statement)


def test_the_application_gives_itself_no_permit() -> None:
    with refused(state="42501", using="default"):
        run("default", "INSERT INTO custody_permit (act, organisation_kind, role) VALUES ('x', 'y', 'z')")


def test_the_guards_answer_as_the_services_do(trust: TestFund) -> None:
    permitted = "SELECT custody_permitted(%s, %s, %s, %s)"
    people = (trust.committee_key, trust.trustee_key, trust.actor, trust.provider_clerk)

    for act in Act:
        for person in people:
            try:
                asked = bool(ask(act, fund_id=trust.fund.pk, actor=person, on=TODAY))
            except Forbidden:
                asked = False
            assert run("default", permitted, [act, person.pk, trust.fund.pk, TODAY]) == [(asked,)], (
                act,
                person,
            )
