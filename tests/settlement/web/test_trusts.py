"""A trust's budget and payees at the desk, and the invoice behind an entry."""

from decimal import Decimal

import pytest
from pytest_django import DjangoAssertNumQueries

from custody.web.desk.sources import sources_behind
from settlement.selectors import budget_of_year
from tests.factories import make_fund
from tests.pages import browser_of
from tests.settlement.desk import PAYEE_NUMBER, Provider, make_provider

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def desk(committed_db: None) -> Provider:
    return make_provider()


def page_of(desk: Provider, page: str) -> str:
    return browser_of(desk.at.actor).get(f"/desk/funds/{desk.at.fund.code}/{page}").content.decode()


def test_a_budget_line_says_what_is_claimed_and_what_is_left(desk: Provider) -> None:
    desk.verified("120.00")
    (position,) = budget_of_year(desk.at.fund.pk, 2025)
    page = page_of(desk, "budget/?year=2025")

    assert (position.paid, position.claimed, position.left) == (
        Decimal(0), Decimal("120.00"), Decimal("99880.00"),
    )  # fmt: skip
    assert "99,880.00" in page


def test_a_year_without_a_budget_says_so(desk: Provider) -> None:
    assert "这一年没有预算" in page_of(desk, "budget/?year=1999")
    assert "年预算" in page_of(desk, "budget/?year=x")


def test_the_account_in_use_is_marked(desk: Provider) -> None:
    page = page_of(desk, "payees/")

    assert "".join(f"<i>{PAYEE_NUMBER[at : at + 4]}</i>" for at in range(0, len(PAYEE_NUMBER), 4)) in page
    assert "现用" in page


def test_an_entry_that_cites_an_invoice_leads_to_it(desk: Provider) -> None:
    settlement = desk.verified("120.00")
    (source,) = sources_behind(desk.at.fund, f"settlement:{settlement.number}", 0)

    assert settlement.number in source.detail
    assert "120.00" in source.detail
    (unknown,) = sources_behind(desk.at.fund, "settlement:none", 0)
    assert unknown.detail == "settlement:none"


@pytest.mark.parametrize("page", ["budget/", "payees/"])
def test_another_trusts_page_is_not_there(desk: Provider, page: str) -> None:
    address = f"/desk/funds/{desk.at.fund.code}/{page}"
    people = [make_fund().actor, desk.at.provider_clerk, desk.at.committee_key]

    assert {browser_of(each).get(address).status_code for each in people} == {404}


def test_neither_asks_the_database_often(
    desk: Provider, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    desk.verified("120.00")
    browser = browser_of(desk.at.trustee_key)
    browser.get("/desk/funds/")
    for page in ("budget/?year=2025", "payees/"):
        with django_assert_max_num_queries(12):
            answer = browser.get(f"/desk/funds/{desk.at.fund.code}/{page}")
        assert answer.status_code == 200


def test_each_move_of_a_settlement_is_read_in_the_log(
    desk: Provider, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    settlement = desk.verified("120.00")
    browser = browser_of(desk.at.actor)
    browser.get("/desk/log/")
    with django_assert_max_num_queries(12):
        page = browser.get("/desk/log/moves/").content.decode()

    assert f"/desk/settlements/{settlement.pk}/" in page
    assert desk.at.fund.code in page
    other = make_fund()
    elsewhere = browser_of(other.actor).get("/desk/log/moves/").content.decode()
    assert f"/desk/settlements/{settlement.pk}/" not in elsewhere
    assert browser_of(other.committee_key).get("/desk/log/moves/").status_code == 404
