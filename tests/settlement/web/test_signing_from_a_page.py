"""Keys turned from a page: the list is shown, signed by the device, and run item by item."""

import uuid
from collections.abc import Iterator

import pytest
from django.db import connections
from django.http import HttpResponse

from custody import keys
from custody.models import Operator, Organisation, SigningItem, SigningList
from custody.web.handed import base64url
from settlement.decisions import approvals
from settlement.decisions.subjects import SETTLEMENT
from settlement.models import Settlement
from settlement.states import State
from tests import signing
from tests.factories import AT
from tests.pages import browser_of
from tests.settlement.desk import Provider, fresh, make_provider

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def desk(committed_db: None) -> Iterator[Provider]:
    with signing.unsigned():
        yield make_provider()


@pytest.fixture
def verified(desk: Provider) -> list[Settlement]:
    return [desk.verified(amount) for amount in ("120.00", "80.00")]


def opened(person: Operator, settlements: list[Settlement], list_id: uuid.UUID | None = None) -> HttpResponse:
    items = [f"{each.fund.code}|{SETTLEMENT}|{each.number}" for each in settlements]
    asked = {"list": str(list_id or uuid.uuid4()), "item": items}
    return browser_of(person).post("/acts/", asked)  # type: ignore[return-value]


def answered(
    person: Operator, organisation: Organisation, address: str, text: str = "", *, looking: bool = True
) -> HttpResponse:
    """The device signs what the page shows, or ``text``; the person ticks what to look at, or not."""
    row = SigningList.objects.get(pk=address.strip("/").split("/")[-1])
    public_key, device = signing.enrolled(person, organisation.pk)
    signed = base64url(device.sign(text or row.declaration))
    said = {"public_key": public_key.pk, "signature": signed}
    looked = list(row.items.values_list("pk", flat=True)) if looking else []
    return browser_of(person).post(f"{address}sign/", {**said, "looked": looked})  # type: ignore[return-value]


def test_the_committee_turns_its_keys_on_a_list(desk: Provider, verified: list[Settlement]) -> None:
    person = desk.at.committee_key
    address = opened(person, verified)["Location"]
    page = browser_of(person).get(address).content.decode()
    report = answered(person, desk.at.committee, address)

    assert "200.00" in page
    assert (report.status_code, report["Location"]) == (302, address)
    assert [fresh(each).state for each in verified] == [State.APPROVED, State.APPROVED]


def test_a_list_signed_twice_turns_each_key_once(desk: Provider, verified: list[Settlement]) -> None:
    person = desk.at.committee_key
    address = opened(person, verified)["Location"]
    for _ in range(2):
        answered(person, desk.at.committee, address)

    assert [len(keys.standing(SETTLEMENT, each.pk)) for each in verified] == [1, 1]


def test_the_same_list_asked_for_again_is_the_same_list(desk: Provider, verified: list[Settlement]) -> None:
    list_id = uuid.uuid4()
    first = opened(desk.at.committee_key, verified, list_id)["Location"]
    again = opened(desk.at.committee_key, verified[:1], list_id)["Location"]

    assert (first, SigningItem.objects.filter(signing_list_id=list_id).count()) == (again, 2)


def test_what_moved_on_is_refused_and_holds_up_no_other(desk: Provider, verified: list[Settlement]) -> None:
    person, (moved, stays) = desk.at.committee_key, verified
    address = opened(person, verified)["Location"]
    approvals.cancel(settlement_id=moved.pk, actor=desk.at.provider_clerk, reason="重复", at=AT)
    answered(person, desk.at.committee, address)
    report = browser_of(person).get(address).content.decode()

    assert (fresh(moved).state, fresh(stays).state) == (State.CANCELLED, State.APPROVED)
    assert f"{SETTLEMENT}|{moved.number}" in report


def test_a_signature_over_something_else_turns_nothing(desk: Provider, verified: list[Settlement]) -> None:
    person = desk.at.committee_key
    address = opened(person, verified)["Location"]
    page = answered(person, desk.at.committee, address, text="something else")

    assert page.status_code == 422
    assert "签名与密钥或清单不符" in page.content.decode()
    assert {fresh(each).state for each in verified} == {State.VERIFIED}


def test_a_list_shown_more_than_five_minutes_ago_is_shown_again(
    desk: Provider, verified: list[Settlement]
) -> None:
    person = desk.at.committee_key
    address = opened(person, verified)["Location"]
    with connections["owner"].cursor() as cursor:
        cursor.execute("UPDATE custody_signinglist SET declared_at = declared_at - interval '6 minutes'")
    page = answered(person, desk.at.committee, address)

    assert (page.status_code, fresh(verified[0]).state) == (422, State.VERIFIED)


def test_nothing_arrived_from_the_device_is_said(desk: Provider, verified: list[Settlement]) -> None:
    person = desk.at.committee_key
    address = opened(person, verified)["Location"]
    page = browser_of(person).post(f"{address}sign/", {"public_key": "", "signature": "<svg>"})

    assert (page.status_code, fresh(verified[0]).state) == (422, State.VERIFIED)


def test_somebody_elses_list_is_not_there(desk: Provider, verified: list[Settlement]) -> None:
    address = opened(desk.at.committee_key, verified)["Location"]

    assert browser_of(desk.at.trustee_key).get(address).status_code == 404


def test_a_foreign_settlement_is_not_there(desk: Provider, verified: list[Settlement]) -> None:
    other = make_provider()

    assert opened(other.at.committee_key, verified).status_code == 404


def test_whoever_holds_no_key_opens_no_list(desk: Provider, verified: list[Settlement]) -> None:
    assert opened(desk.at.provider_clerk, verified).status_code == 404
    assert opened(desk.at.actor, verified).status_code == 404


def test_what_is_worth_a_look_is_named_and_signed_only_once_looked_at(
    desk: Provider, verified: list[Settlement]
) -> None:
    person = desk.at.committee_key
    address = opened(person, verified)["Location"]
    page = answered(person, desk.at.committee, address, looking=False)

    assert "同日同科目另有80.00" in browser_of(person).get(address).content.decode()
    assert (page.status_code, fresh(verified[0]).state) == (422, State.VERIFIED)
    assert "请逐项看过并勾选" in page.content.decode()


def test_what_was_looked_at_before_need_not_be_ticked(desk: Provider) -> None:
    approved = [desk.verified(amount) for amount in ("120.00", "80.00")]
    person = desk.at.trustee_key
    with signing.by_everybody():
        for each in approved:
            approvals.approve(settlement_id=each.pk, actor=desk.at.committee_key, at=AT)
    browser = browser_of(person)
    for each in approved:
        browser.get(f"/desk/settlements/{each.pk}/evidence/")
    asked = [f"{each.fund.code}|{SETTLEMENT}|{each.number}" for each in approved]
    page = browser.post("/acts/", {"list": str(uuid.uuid4()), "item": asked}, follow=True)

    assert ("看过" in page.content.decode(), 'name="looked"' in page.content.decode()) == (True, False)
