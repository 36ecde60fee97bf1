"""存放 at the desk: ordered once, refused with every fault, called off; keys proposed for others."""

import uuid

import pytest
from django.http import HttpResponse
from pytest_django import DjangoAssertNumQueries

from custody.kernel.money import yuan
from custody.keys import enrolment
from custody.models import KeyEnrolment, Method, Operator, Placement
from custody.vault import device
from custody.vault.marking import now as vault_now
from settlement.models import BudgetLine
from settlement.queue.desk_jobs import second_keys
from settlement.queue.first_keys import first_keys_waiting
from tests import signing
from tests.custody.placements.builders import placing_fund
from tests.factories import AT, TestFund, make_fund, make_operator
from tests.pages import browser_of

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def trust(committed_db: None) -> TestFund:
    return make_fund()


@pytest.fixture
def placing(committed_db: None) -> TestFund:
    """A fund that may place money, with a budget of 1,000 a month this year and the next."""
    made = placing_fund()
    for year in (vault_now().year, vault_now().year + 1):
        BudgetLine.objects.using("owner").create(
            fund=made.fund, year=year, code="CLN", name="清洁", book="operating", annual_amount=yuan("12000")
        )
    return made


def sent(trust: TestFund, ticket: uuid.UUID, **said: str) -> HttpResponse:
    asked = {
        "ticket": str(ticket), "fund": trust.fund.code, "book": "maintenance", "product": "七天通知存款",
        "principal": "100,000.00", "rate": "1.1",
    }  # fmt: skip
    return browser_of(trust.actor).post("/desk/placements/order/", asked | said)  # type: ignore[return-value]


def cancelled(person: Operator, number: int, reason: str = "利率变了") -> HttpResponse:
    asked = {"reason": reason}
    return browser_of(person).post(f"/desk/placements/{number}/cancel/", asked)  # type: ignore[return-value]


def test_a_placement_is_ordered_once_and_called_off_once(
    placing: TestFund, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    ticket = uuid.uuid4()
    answers = [sent(placing, ticket).status_code for _ in range(2)]
    (row,) = Placement.objects.filter(fund=placing.fund)
    browser = browser_of(placing.trustee_key)
    with django_assert_max_num_queries(12):
        page = browser.get("/desk/placements/").content.decode()
    foreign = cancelled(make_fund().actor, row.pk).status_code
    unsaid = cancelled(placing.actor, row.pk, " ").status_code
    ended = [cancelled(placing.actor, row.pk).status_code for _ in range(2)]
    row.refresh_from_db()

    assert (answers, str(row.principal.amount), f"{row.annual_rate:.3f}") == (
        [302, 302], "100000.00", "0.011",
    )  # fmt: skip
    assert row.order_key in page
    assert (foreign, unsaid, ended, row.state) == (404, 422, [302, 302], "cancelled")


def test_another_order_under_the_same_ticket_is_refused(placing: TestFund) -> None:
    ticket = uuid.uuid4()
    sent(placing, ticket)

    assert sent(placing, ticket, principal="90000").status_code == 422
    assert Placement.objects.filter(fund=placing.fund).count() == 1


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"product": "股票基金"}, "不在允许投资品种之内"),
        ({"principal": "9999999"}, "低于流动性底线"),
        ({"principal": "1e3000000"}, "应为数字"),
        ({"principal": "NaN"}, "应为数字"),
        ({"rate": "x"}, "应为数字"),
        ({"book": ""}, "请选账本"),
    ],
)
def test_what_the_deed_forbids_is_said_beside_the_form(
    placing: TestFund, said: dict[str, str], sentence: str
) -> None:
    answer = sent(placing, uuid.uuid4(), **said)

    assert (answer.status_code, sentence in answer.content.decode()) == (422, True)
    assert not Placement.objects.filter(fund=placing.fund).exists()


def page_of(person: Operator, address: str) -> str:
    return browser_of(person).get(address).content.decode()


def proposed_device(trust: TestFund, username: str, point: str) -> HttpResponse:
    asked = {"username": username, "point": point}
    return browser_of(trust.actor).post("/desk/people/keys/propose/", asked)  # type: ignore[return-value]


def test_a_key_is_proposed_for_another_and_waits_for_those_who_may_sign(trust: TestFund) -> None:
    point = device.make().point.hex()
    holder = make_operator(trust.committee)
    answers = [proposed_device(trust, holder.username, point).status_code for _ in range(2)]
    (row,) = KeyEnrolment.objects.filter(operator=holder)
    item = ("enrolment", str(row.pk))
    here = [trust.fund.pk]
    phones = {
        person.pk: item
        in [(each.kind, each.number) for each in first_keys_waiting([trust.fund], person.pk).rows]
        for person in (trust.committee_key, holder)
    }

    assert (answers, row.proposed_by) == ([302, 302], trust.actor)
    assert item in [(each.kind, each.number) for each in second_keys(here, trust.trustee_key)]
    assert phones == {trust.committee_key.pk: True, holder.pk: False}
    assert f"{trust.fund.code}|enrolment|{row.pk}" in page_of(trust.committee_key, "/keys/")


def test_whoever_signed_a_proposed_key_is_asked_no_more(trust: TestFund) -> None:
    holder = make_operator(trust.trustee)
    row = enrolment.propose_key(
        operator=holder, method=Method.DEVICE, point=device.make().point, actor=holder, at=AT
    )
    before = len(second_keys([trust.fund.pk], trust.trustee_key))
    signing.mark_present(trust.trustee_key, trust.trustee.pk, "enrolment", row.pk, "release")
    own = second_keys([trust.fund.pk], holder)

    assert (before, second_keys([trust.fund.pk], trust.trustee_key), own) == (1, [], [])


@pytest.mark.parametrize(("who", "point"), [("nobody-at-all", "04" * 65), ("", "04"), ("holder", "zz")])
def test_what_is_no_key_or_nobodys_is_refused_beside_the_form(trust: TestFund, who: str, point: str) -> None:
    username = trust.trustee_key.username if who == "holder" else who
    answer = proposed_device(trust, username, point)

    assert (answer.status_code, 'role="alert"' in answer.content.decode()) == (422, True)
    assert not KeyEnrolment.objects.filter(organisation=trust.trustee).exists()
