"""Who may turn which key, whoever they are and wherever they moved."""

from datetime import date, timedelta

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from custody.kernel.errors import Forbidden
from custody.models import Approval, Operator, SignedSubject
from settlement.decisions import approvals
from tests import signing
from tests.factories import make_operator, seat
from tests.settlement.desk import AT, Provider, make_provider

pytestmark = pytest.mark.usefixtures("committed_db")
NEXT_DAY = AT + timedelta(days=1)


@pytest.fixture
def desk(committed_db: None) -> Provider:
    return make_provider()


def who_moves_to_the_trustee(desk: Provider) -> Operator:
    """A committee keyholder through the day of approval, the trust company's from the next."""
    person = make_operator()
    for organisation, begins, ends in (
        (desk.at.committee, date(2020, 1, 1), NEXT_DAY.date()),
        (desk.at.trustee, NEXT_DAY.date(), None),
    ):
        seat(person, organisation, "keyholder", valid_from=begins, valid_until=ends)
    return person


def test_a_person_who_moves_organisation_does_not_supply_both_keys(desk: Provider) -> None:
    person = who_moves_to_the_trustee(desk)
    settlement = desk.verified()
    approvals.approve(settlement_id=settlement.pk, actor=person, at=AT)

    with pytest.raises(Forbidden, match="不同的人"):
        approvals.release(settlement_id=settlement.pk, actor=person, at=NEXT_DAY)


def test_the_database_refuses_the_mover_too(desk: Provider) -> None:
    person = who_moves_to_the_trustee(desk)
    settlement = desk.verified()
    approvals.approve(settlement_id=settlement.pk, actor=person, at=AT)
    first = Approval.objects.get(subject_kind="settlement", subject_id=settlement.pk)
    signing.mark_present(person, desk.at.trustee.pk, "settlement", settlement.pk, "release")

    with pytest.raises(DatabaseError) as refused, transaction.atomic():
        Approval.objects.create(
            fund=desk.at.fund,
            subject_kind="settlement",
            subject_id=settlement.pk,
            key="release",
            operator=person,
            organisation=desk.at.trustee,
            content_sha256=first.content_sha256,
            given_at=NEXT_DAY,
            signed=SignedSubject.objects.get(operator=person, key="release"),
        )

    cause = refused.value.__cause__
    assert isinstance(cause, psycopg.Error)
    assert cause.diag.constraint_name == "keys_in_two_hands"


def test_being_a_superuser_grants_no_key(desk: Provider) -> None:
    root = make_operator()
    root.is_superuser = root.is_staff = True
    root.save(using="owner")
    settlement = desk.verified()

    with pytest.raises(Forbidden):
        approvals.approve(settlement_id=settlement.pk, actor=root, at=AT)


def test_someone_switched_off_turns_no_key(desk: Provider) -> None:
    settlement = desk.verified()
    desk.at.committee_key.is_active = False
    desk.at.committee_key.save(using="owner")

    with pytest.raises(Forbidden):
        approvals.approve(settlement_id=settlement.pk, actor=desk.at.committee_key, at=AT)


def test_a_clerk_of_the_committee_holds_no_key(desk: Provider) -> None:
    clerk = make_operator(desk.at.committee, "viewer")
    settlement = desk.verified()

    with pytest.raises(Forbidden, match="持钥人"):
        approvals.approve(settlement_id=settlement.pk, actor=clerk, at=AT)


@pytest.mark.parametrize(
    "statement", ["UPDATE custody_approval SET key = 'release'", "DELETE FROM custody_approval"]
)
def test_a_key_once_turned_stays_on_record(desk: Provider, statement: str) -> None:
    desk.approved()

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_key_is_taken_back_only_with_a_reason(desk: Provider) -> None:
    from custody.kernel.errors import Rejected

    settlement = desk.approved()

    with pytest.raises(Rejected, match="理由"):
        approvals.withdraw(settlement_id=settlement.pk, actor=desk.at.committee_key, reason=" ", at=AT)
