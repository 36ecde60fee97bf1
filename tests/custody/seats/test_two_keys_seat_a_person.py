"""Nobody sits in an organisation but by two keys: in services, and under the application's own login."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils.timezone import localdate

from custody import keys
from custody.kernel.errors import Conflict, Forbidden, Rejected
from custody.models import Key, Membership, Operator, OrganisationKind, Role, SeatProposal
from custody.permits.asking import acting_for
from custody.seats import seating
from tests import signing
from tests.custody.ledger.raw import refused, run
from tests.factories import TestFund, make_fund, make_operator, unique

pytestmark = pytest.mark.usefixtures("committed_db")
TYPED_KEY = (
    "INSERT INTO custody_approval (fund_id, subject_kind, subject_id, key, operator_id, organisation_id,"
    " content_sha256, given_at, signed_id)"
    " VALUES (%s, 'seat', %s, %s, %s, %s, custody_seat_content(%s), now(), %s)"
)
HANDS = {Key.APPROVE: "committee_key", Key.RELEASE: "trustee_key"}
SIT = (
    "INSERT INTO custody_membership (operator_id, organisation_id, role, valid_from, seat_id)"
    " VALUES (%s, %s, %s, %s, %s)"
)


@pytest.fixture
def trust(committed_db: None) -> TestFund:
    return make_fund()


def now() -> datetime:
    return datetime.now(UTC)


def proposed(trust: TestFund, username: str = "", role: Role = Role.KEYHOLDER) -> SeatProposal:
    """A new chair for the committee, from today on."""
    return seating.propose_seat(
        fund=trust.fund, organisation=trust.committee, username=username or unique("chair"), full_name="赵新",
        role=role, from_on=localdate(now()), actor=trust.actor, at=now(),
    )  # fmt: skip


def turned(trust: TestFund, seat: SeatProposal, *which: Key) -> list[bool]:
    return [
        seating.turn_seat_key(seat_id=seat.pk, which=key, actor=getattr(trust, HANDS[key]), at=now())
        for key in which
    ]


@pytest.mark.parametrize("order", [(Key.APPROVE, Key.RELEASE), (Key.RELEASE, Key.APPROVE)])
def test_the_second_key_seats_whichever_it_is(trust: TestFund, order: tuple[Key, Key]) -> None:
    seat = proposed(trust)

    assert turned(trust, seat, *order) == [False, True]
    membership = acting_for(Operator.objects.get(username=seat.username), localdate(now()))
    assert membership is not None
    assert (membership.organisation, membership.role, membership.seat) == (trust.committee, "keyholder", seat)


def test_one_key_seats_nobody(trust: TestFund) -> None:
    seat = proposed(trust)
    turned(trust, seat, Key.RELEASE)

    assert not Membership.objects.filter(seat=seat).exists()


def test_the_trust_company_alone_seats_nobody_on_the_committee(trust: TestFund) -> None:
    """Two of its keyholders are one organisation."""
    seat = proposed(trust)
    turned(trust, seat, Key.RELEASE)

    with pytest.raises(Forbidden):
        seating.turn_seat_key(
            seat_id=seat.pk, which=Key.APPROVE, actor=make_operator(trust.trustee), at=now()
        )


@pytest.mark.parametrize("which", [(), (Key.APPROVE,), (Key.RELEASE,)])
def test_the_applications_login_seats_nobody_without_both_keys(
    trust: TestFund, which: tuple[Key, ...]
) -> None:
    seat = proposed(trust)
    turned(trust, seat, *which)
    person = Operator.objects.create(username=seat.username, full_name=seat.full_name)

    with refused(constraint="seated_by_two_keys", using="default"):
        run("default", SIT, (person.pk, trust.committee.pk, "keyholder", localdate(now()), seat.pk))


def test_a_session_that_lives_in_the_past_seats_nobody(trust: TestFund) -> None:
    """A key taken back since it began is not seen there, nor is a public key revoked since."""
    seat = proposed(trust)
    for key, holder in HANDS.items():
        keys.turn(
            kind=seating.SEAT, subject_id=seat.pk, fund_id=trust.fund.pk, which=key,
            actor=getattr(trust, holder), at=now(), maker_id=None,
        )  # fmt: skip
    person = Operator.objects.create(username=seat.username, full_name=seat.full_name)

    with refused(constraint="guards_read_what_is_committed", using="default"):
        run("default", "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        run("default", "SELECT 1 FROM custody_approval LIMIT 1")
        run(
            "owner",
            "INSERT INTO custody_keyrevocation (public_key_id, revoked_by_id, reason, revoked_at)"
            " SELECT id, operator_id, 'x', now() FROM custody_publickey WHERE operator_id = %s",
            (trust.committee_key.pk,),
        )
        run("default", SIT, (person.pk, trust.committee.pk, "keyholder", localdate(now()), seat.pk))


@pytest.mark.parametrize(
    "planted", [{"password": "scrypt$x"}, {"password": " !"}, {"is_staff": True}, {"is_superuser": True}]
)
def test_nobody_is_planted_with_a_password_or_powers_beside_a_name_to_be_seated(
    planted: dict[str, Any],
) -> None:
    with refused(constraint="person_comes_as_a_name", using="default"):
        Operator.objects.create(**({"username": unique("li"), "full_name": "李四"} | planted))


def test_nobody_sits_under_another_name_than_was_keyed(trust: TestFund) -> None:
    seat = proposed(trust)
    for which in Key:
        keys.turn(
            kind=seating.SEAT, subject_id=seat.pk, fund_id=trust.fund.pk, which=which,
            actor=getattr(trust, HANDS[which]), at=now(), maker_id=trust.actor.pk,
        )  # fmt: skip
    other = Operator.objects.create(username=seat.username, full_name="另一个人")

    with refused(constraint="seated_by_two_keys", using="default"):
        run("default", SIT, (other.pk, trust.committee.pk, "keyholder", localdate(now()), seat.pk))


@pytest.mark.parametrize("role", Role.values)
@pytest.mark.parametrize("party", ["committee", "trustee", "provider"])
def test_the_applications_login_seats_nobody_without_a_proposal(
    trust: TestFund, party: str, role: str
) -> None:
    person, organisation = make_operator(), getattr(trust, party)

    with refused(constraint="seated_by_two_keys", using="default"):
        run("default", SIT, (person.pk, organisation.pk, role, date(2020, 1, 1), None))


def keyed_and_not_seated(trust: TestFund) -> tuple[SeatProposal, Operator]:
    """Both keys as rows; nobody has been seated by them."""
    seat = proposed(trust)
    for which in Key:
        keys.turn(
            kind=seating.SEAT, subject_id=seat.pk, fund_id=trust.fund.pk, which=which,
            actor=getattr(trust, HANDS[which]), at=now(), maker_id=trust.actor.pk,
        )  # fmt: skip
    return seat, Operator.objects.create(username=seat.username, full_name=seat.full_name)


@pytest.mark.parametrize("wrong", ["operator", "organisation", "role", "before", "after"])
def test_nobody_sits_but_who_was_keyed_where_as_what_and_from_when(trust: TestFund, wrong: str) -> None:
    seat, person = keyed_and_not_seated(trust)
    today = localdate(now())
    days = {"before": today - timedelta(days=1), "after": today + timedelta(days=1)}
    row = (
        make_operator().pk if wrong == "operator" else person.pk,
        trust.trustee.pk if wrong == "organisation" else trust.committee.pk,
        "maker" if wrong == "role" else "keyholder",
        days.get(wrong, today),
        seat.pk,
    )

    with refused(constraint="seated_by_two_keys", using="default"):
        run("default", SIT, row)


def test_a_proposal_seats_once(trust: TestFund) -> None:
    seat = proposed(trust)
    turned(trust, seat, Key.APPROVE, Key.RELEASE)

    with pytest.raises(Conflict):
        turned(trust, seat, Key.RELEASE)


def test_nobody_is_seated_before_today(trust: TestFund) -> None:
    seat = seating.propose_seat(
        fund=trust.fund, organisation=trust.committee, username=unique("late"), full_name="钱新",
        role=Role.CHECKER, from_on=date(2020, 1, 1), actor=trust.actor, at=now(),
    )  # fmt: skip
    turned(trust, seat, Key.APPROVE, Key.RELEASE)

    assert Membership.objects.get(seat=seat).valid_from == localdate(now())


def test_who_acts_for_somebody_is_not_seated_elsewhere(trust: TestFund) -> None:
    Operator.objects.using("owner").filter(pk=trust.provider_clerk.pk).update(full_name="赵新")

    with pytest.raises(Conflict):
        proposed(trust, trust.provider_clerk.username)


def test_a_name_of_somebody_else_is_not_taken(trust: TestFund) -> None:
    with pytest.raises(Conflict):
        proposed(trust, make_operator().username)


@pytest.mark.parametrize("who", ["provider_clerk", "committee_key"])
def test_only_the_desk_proposes(trust: TestFund, who: str) -> None:
    person = getattr(trust, who)
    with pytest.raises(Forbidden):
        seating.propose_seat(
            fund=trust.fund, organisation=trust.committee, username=unique("x"), full_name="x",
            role=Role.MAKER, from_on=localdate(now()), actor=person, at=now(),
        )  # fmt: skip
    with refused(constraint="seat_proposed_for_a_party", using="default"):
        by_hand(trust, trust.committee.pk, person.pk)


def by_hand(trust: TestFund, organisation_id: int, person_id: int) -> None:
    run(
        "default",
        "INSERT INTO custody_seatproposal"
        " (fund_id, organisation_id, username, full_name, role, from_on, proposed_by_id, proposed_at)"
        " VALUES (%s, %s, 'x', 'x', 'keyholder', '2025-07-01', %s, now())",
        (trust.fund.pk, organisation_id, person_id),
    )


def test_an_organisation_that_is_no_party_is_seated_by_nobody(trust: TestFund) -> None:
    stranger = make_fund().committee

    with refused(constraint="seat_proposed_for_a_party", using="default"):
        by_hand(trust, stranger.pk, trust.actor.pk)


def test_a_person_has_a_name(trust: TestFund) -> None:
    with pytest.raises(Rejected):
        proposed(trust, "  ")


def test_a_key_is_taken_back_before_the_other_is_turned(trust: TestFund) -> None:
    seat = proposed(trust)
    turned(trust, seat, Key.APPROVE)
    seating.withdraw_seat_key(seat_id=seat.pk, actor=trust.committee_key, reason="未开会", at=now())

    assert turned(trust, seat, Key.RELEASE) == [False]


def test_the_command_proposes_once_and_its_number_is_keyed(
    trust: TestFund, capsys: pytest.CaptureFixture[str]
) -> None:
    name = unique("chair")
    kind = OrganisationKind.COMMITTEE
    said = [f"--username={name}", "--name=孙新", f"--for={kind}", "--role=keyholder"]
    fund = f"--fund={trust.fund.code}"
    for _ in range(2):
        call_command("enrol_person", fund, f"--actor={trust.actor.username}", *said)
    seat = SeatProposal.objects.get(username=name)
    for person in (trust.committee_key, trust.trustee_key):
        call_command("turn_key", fund, f"--actor={person.username}", "seat", str(seat.pk))

    assert (str(seat.pk) in capsys.readouterr().out, Membership.objects.get(seat=seat).role) == (
        True,
        "keyholder",
    )
    with pytest.raises(CommandError):
        call_command("enrol_person", fund, f"--actor={trust.committee_key.username}", *said)


def test_a_key_of_who_proposes_seats_nobody_typed_past_python(trust: TestFund) -> None:
    seat = seating.propose_seat(
        fund=trust.fund, organisation=trust.committee, username=unique("chair"), full_name="赵新",
        role=Role.KEYHOLDER, from_on=localdate(now()), actor=trust.trustee_key, at=now(),
    )  # fmt: skip
    for key, person, house in (
        ("approve", trust.committee_key, trust.committee),
        ("release", trust.trustee_key, trust.trustee),
    ):
        mark = signing.mark_present(person, house.pk, "seat", seat.pk, key)
        run("default", TYPED_KEY, (trust.fund.pk, seat.pk, key, person.pk, house.pk, seat.pk, mark))
    sitter = Operator.objects.create(username=seat.username, full_name=seat.full_name)

    with refused(constraint="seated_by_two_keys", using="default"):
        run("default", SIT, (sitter.pk, trust.committee.pk, "keyholder", localdate(now()), seat.pk))
