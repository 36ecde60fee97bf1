"""Several invoices refused or sent back for one reason: looked at first, each by itself, reported once."""

import uuid

import pytest
from django.test import Client

from custody.models import Operator
from settlement.models import Settlement, SettlementMove
from tests.factories import make_fund
from tests.pages import browser_of
from tests.settlement.desk import Provider, fresh, make_provider

pytestmark = pytest.mark.usefixtures("committed_db")
OPEN = "/desk/settlements/bulk/"


@pytest.fixture
def desk(committed_db: None) -> Provider:
    return make_provider()


def opened(browser: Client, do: str, *rows: Settlement) -> str:
    """The address of the check page of these invoices."""
    items = [f"{each.fund.code}|settlement|{each.number}" for each in rows]
    answer = browser.post(OPEN, {"list": str(uuid.uuid4()), "do": do, "item": items})
    assert answer.status_code == 302, answer.content.decode()
    return answer["Location"]


def states(*rows: Settlement) -> list[str]:
    return [fresh(each).state for each in rows]


def refused(person: Operator, do: str, *rows: Settlement) -> tuple[Client, str]:
    browser = browser_of(person)
    address = opened(browser, do, *rows)
    assert browser.post(address, {"reason": "金额与合同不符"}).status_code == 302
    return browser, address


def test_several_are_refused_for_one_reason_and_reported_once(desk: Provider) -> None:
    rows = [desk.verified("10"), desk.approved("20.50")]
    browser = browser_of(desk.at.trustee_key)
    address = opened(browser, "reject", *rows)
    checked = browser.get(address).content.decode()
    before = states(*rows)
    unsaid = browser.post(address, {"reason": " "}).status_code
    ways = [browser.post(address, {"reason": "金额与合同不符"}).status_code for _ in range(2)]
    report = browser.get(address).content.decode()

    assert ("30.50" in checked, before, unsaid) == (True, ["verified", "approved"], 422)
    assert (ways, states(*rows), "30.50" in report) == ([302, 200], ["rejected", "rejected"], True)
    moved = SettlementMove.objects.filter(settlement__in=rows, target="rejected")
    assert [each.reason for each in moved] == ["金额与合同不符"] * 2


def test_what_moved_on_is_told_and_holds_up_no_other(desk: Provider) -> None:
    gone, open_one = desk.verified("10"), desk.verified("20")
    browser = browser_of(desk.at.actor)
    address = opened(browser, "send_back", gone, open_one)
    refused(desk.at.trustee_key, "reject", gone)
    browser.post(address, {"reason": "请附明细"})
    report = browser.get(address).content.decode()

    assert states(gone, open_one) == ["rejected", "returned"]
    assert ("1张未办" in report, gone.number[:4] in report) == (True, True)


def test_a_batch_is_its_openers_and_of_their_funds_alone(desk: Provider) -> None:
    row = desk.verified("10")
    _browser, address = refused(desk.at.trustee_key, "reject", row)
    stranger, item = browser_of(make_fund().trustee_key), f"{row.fund.code}|settlement|{row.number}"
    foreign = stranger.post(OPEN, {"list": str(uuid.uuid4()), "do": "reject", "item": item})

    assert (stranger.get(address).status_code, foreign.status_code) == (404, 404)


def test_the_lists_offer_what_the_role_permits(desk: Provider) -> None:
    desk.verified("10"), desk.approved("20")
    holder, maker = browser_of(desk.at.trustee_key), browser_of(desk.at.actor)
    offered = [
        [f'value="{name}"' in browser.get(f"/desk/settlements/?state={tab}").content.decode()
         for name in ("reject", "send_back")]
        for browser in (holder, maker) for tab in ("release", "committee")
    ]  # fmt: skip

    assert offered == [[True, False], [True, True], [False, False], [False, True]]


def test_nothing_chosen_or_no_known_act_does_nothing(desk: Provider) -> None:
    browser = browser_of(desk.at.trustee_key)
    asked = {"list": str(uuid.uuid4()), "do": "reject"}

    assert browser.post(OPEN, asked)["Location"] == "/desk/settlements/"
    assert browser.post(OPEN, asked | {"do": "cancel"}).status_code == 400
