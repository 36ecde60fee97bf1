"""People and keys at the desk: proposals filed, enrolments signed through a list, keys revoked."""

import uuid
from collections.abc import Iterator

import pytest
from django.http import HttpResponse
from pytest_django import DjangoAssertNumQueries

from custody.keys import enrolment
from custody.models import (
    KeyEnrolment,
    KeyRevocation,
    Membership,
    Method,
    Operator,
    Organisation,
    PublicKey,
    SeatProposal,
    SigningItem,
    SigningList,
)
from custody.vault import device
from custody.web.handed import base64url
from tests import signing
from tests.factories import AT, TestFund, make_fund, make_operator
from tests.pages import browser_of

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def trust(committed_db: None) -> Iterator[TestFund]:
    with signing.unsigned():
        yield make_fund()


def proposed(trust: TestFund, newcomer: Operator) -> KeyEnrolment:
    return enrolment.propose_key(
        operator=newcomer, method=Method.DEVICE, point=device.make().point, actor=newcomer, at=AT
    )


def signed(person: Operator, organisation: Organisation, item: str) -> HttpResponse:
    """The person opens a list of this item and their device signs it."""
    browser = browser_of(person)
    address = browser.post("/acts/", {"list": str(uuid.uuid4()), "item": item})["Location"]
    row = SigningList.objects.get(pk=address.strip("/").split("/")[-1])
    public_key, held = signing.enrolled(person, organisation.pk)
    answer = {"public_key": public_key.pk, "signature": base64url(held.sign(row.declaration))}
    return browser.post(f"{address}sign/", answer)  # type: ignore[return-value]


def file_person(trust: TestFund, **said: str) -> HttpResponse:
    asked = {
        "fund": trust.fund.code,
        "kind": "committee",
        "username": f"new-{uuid.uuid4().hex[:6]}",
        "name": "新人",
        "role": "checker",
    }
    return browser_of(trust.actor).post("/desk/people/seats/", asked | said)  # type: ignore[return-value]


def test_two_people_enrol_a_key_by_signing_a_list_each(trust: TestFund) -> None:
    newcomer = make_operator(trust.trustee)
    row = proposed(trust, newcomer)
    second = make_operator(trust.trustee)
    item = f"{trust.fund.code}|enrolment|{row.pk}"
    signed(trust.trustee_key, trust.trustee, item)
    after_one = PublicKey.objects.filter(enrolment=row).exists()
    signed(second, trust.trustee, item)

    assert (after_one, PublicKey.objects.get(enrolment=row).operator) == (False, newcomer)
    items = SigningItem.objects.filter(subject_id=row.pk, subject_kind="enrolment")
    assert [each.outcome for each in items] == ["turned", "turned"]


def test_a_newcomers_own_signature_enrols_nothing(trust: TestFund) -> None:
    newcomer = make_operator(trust.trustee)
    row = proposed(trust, newcomer)
    item = f"{trust.fund.code}|enrolment|{row.pk}"
    signed(trust.trustee_key, trust.trustee, item)
    signed(newcomer, trust.trustee, item)

    assert not PublicKey.objects.filter(enrolment=row).exists()


def test_a_proposed_key_is_listed_with_who_signed_it(trust: TestFund) -> None:
    row = proposed(trust, make_operator(trust.trustee))
    signed(trust.trustee_key, trust.trustee, f"{trust.fund.code}|enrolment|{row.pk}")
    page = browser_of(trust.trustee_key).get("/desk/people/keys/").content.decode()

    assert f"{trust.fund.code}|enrolment|{row.pk}" in page
    assert trust.trustee_key.username in page


def test_a_key_of_strangers_can_be_named_in_no_list(trust: TestFund) -> None:
    other = make_fund()
    row = proposed(other, make_operator(other.trustee))
    asked = {"list": str(uuid.uuid4()), "item": f"{trust.fund.code}|enrolment|{row.pk}"}

    assert browser_of(trust.trustee_key).post("/acts/", asked).status_code == 404


def test_a_person_is_proposed_and_seated_by_nobody_yet(trust: TestFund) -> None:
    answer = file_person(trust, username="newcomer-1")
    row = SeatProposal.objects.get(fund=trust.fund)
    page = browser_of(trust.trustee_key).get("/desk/people/").content.decode()

    assert (answer.status_code, answer["Location"]) == (302, "/desk/people/")
    assert (row.username, row.organisation, row.proposed_by) == ("newcomer-1", trust.committee, trust.actor)
    assert not Membership.objects.filter(seat=row).exists()
    assert f"{trust.fund.code}|seat|{row.pk}" in page


def test_the_same_proposal_sent_twice_is_one(trust: TestFund) -> None:
    for _ in range(2):
        file_person(trust, username="newcomer-2")

    assert SeatProposal.objects.filter(fund=trust.fund).count() == 1


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"name": " "}, "请写明用户名和姓名"),
        ({"role": "king"}, "请选角色"),
        ({"kind": "regulator"}, "本信托的监管部门不是恰好一家"),
        ({"kind": "<b>"}, "本信托的&lt;b&gt;不是恰好一家"),
        ({"from": "tomorrow"}, "日期「tomorrow」应写成 2025-07-01"),
    ],
)
def test_a_proposal_that_cannot_be_is_refused(trust: TestFund, said: dict[str, str], sentence: str) -> None:
    answer = file_person(trust, **said)

    assert (answer.status_code, sentence in answer.content.decode()) == (422, True)
    assert not SeatProposal.objects.filter(fund=trust.fund).exists()


def test_a_lost_key_is_revoked_with_a_reason(trust: TestFund) -> None:
    key, _held = signing.enrolled(trust.committee_key, trust.committee.pk)
    browser, address = browser_of(trust.actor), f"/desk/people/keys/{key.pk}/revoke/"
    refused = browser.post(address, {"reason": " "})
    done = [browser.post(address, {"reason": "遗失"}).status_code for _ in range(2)]

    assert (refused.status_code, done) == (422, [302, 302])
    assert KeyRevocation.objects.get(public_key=key).reason == "遗失"
    assert "遗失" in browser.get("/desk/people/keys/").content.decode()


def test_a_key_of_people_elsewhere_is_not_there(trust: TestFund) -> None:
    other = make_fund()
    key, _held = signing.enrolled(other.committee_key, other.committee.pk)
    answer = browser_of(trust.actor).post(f"/desk/people/keys/{key.pk}/revoke/", {"reason": "x"})

    assert (answer.status_code, KeyRevocation.objects.filter(public_key=key).exists()) == (404, False)


def test_whoever_only_reads_files_nothing(trust: TestFund) -> None:
    viewer = browser_of(make_operator(trust.trustee, "viewer"))
    key, _held = signing.enrolled(trust.committee_key, trust.committee.pk)
    asked = {"fund": trust.fund.code, "kind": "committee", "username": "x", "name": "x", "role": "maker"}

    assert viewer.post("/desk/people/seats/", asked).status_code == 403
    assert viewer.post(f"/desk/people/keys/{key.pk}/revoke/", {"reason": "x"}).status_code == 403
    assert "提交登记" not in viewer.get("/desk/people/").content.decode()


def test_people_of_other_organisations_find_no_register(trust: TestFund) -> None:
    people = [trust.provider_clerk, trust.committee_key, make_operator()]

    asked = [browser_of(each).get(f"/desk/people/{page}") for each in people for page in ("", "keys/")]
    assert {each.status_code for each in asked} == {404}


def test_the_register_asks_the_database_seldom(
    trust: TestFund, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for at in range(3):
        make_operator(trust.trustee)
        file_person(trust, username=f"many-{at}")
        proposed(trust, make_operator(trust.trustee))
    browser = browser_of(trust.trustee_key)
    browser.get("/desk/people/")
    for address in ("/desk/people/", "/desk/people/keys/"):
        with django_assert_max_num_queries(12):
            page = browser.get(address)
        assert (page.status_code, len(page.content) < 60_000) == (200, True)
