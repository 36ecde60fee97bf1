"""The door, the headers of every page, and what a page says when it refuses."""

import re

import pytest
from django.test import Client

from tests.factories import make_fund, make_operator
from tests.pages import browser_of

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="\w+"')
pytestmark = pytest.mark.usefixtures("committed_db")


def test_each_person_begins_at_their_own_place() -> None:
    fund = make_fund()
    people = (
        fund.trustee_key,
        fund.provider_clerk,
        fund.committee_key,
        make_operator(fund.protector, "viewer"),
    )

    assert [browser_of(each).get("/")["Location"] for each in people] == [
        "/desk/",
        "/firm/",
        "/keys/",
        "/watch/",
    ]


def test_a_stranger_is_led_to_sign_in_and_back() -> None:
    assert browser_of().get("/desk/")["Location"] == "/account/login/?next=/desk/"


def test_whoever_acts_for_nobody_is_told_so() -> None:
    page = browser_of(make_operator()).get("/")

    assert (page.status_code, "您今天不代表任何组织" in page.content.decode()) == (200, True)


@pytest.mark.parametrize("address", ["/desk/", "/firm/", "/keys/", "/watch/", "/oversight/"])
def test_a_page_for_others_answers_as_one_that_is_not_there(address: str) -> None:
    person = browser_of(make_operator())
    theirs, nobodys = person.get(address), person.get("/x/")

    assert (theirs.status_code, nobodys.status_code) == (404, 404)
    assert TOKEN.sub("", theirs.content.decode()) == TOKEN.sub("", nobodys.content.decode())


def test_a_page_lets_nothing_in_from_elsewhere() -> None:
    page = Client().get("/account/login/")

    assert set(page.headers["Content-Security-Policy"].split("; ")) == {
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'",
        "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'", "object-src 'none'",
    }  # fmt: skip
    assert page.headers["X-Frame-Options"] == "DENY"
    assert page.headers["X-Content-Type-Options"] == "nosniff"


def test_a_preference_is_kept_and_the_same_page_shown() -> None:
    browser = browser_of()
    asked = browser.get("/account/login/?lang=en&size=huge&next=/desk/")

    assert asked["Location"] == "/account/login/?next=%2Fdesk%2F"
    page = browser.get("/account/login/").content.decode()
    assert '<html lang="en" data-size="huge"' in page
    assert "Sign in" in page


def test_a_preference_nobody_offers_is_left_alone() -> None:
    page = browser_of().get("/account/login/?size=gigantic")

    assert (page.status_code, 'data-size="standard"' in page.content.decode()) == (200, True)


def test_a_form_from_elsewhere_is_refused() -> None:
    browser = Client(enforce_csrf_checks=True)

    assert browser.post("/account/login/", {"login": "a", "password": "b"}).status_code == 403


@pytest.mark.parametrize("name", ["signup", "email", "password/reset", "confirm-email", "login/code/confirm"])
def test_what_is_not_mounted_of_signing_in_is_not_there(name: str) -> None:
    assert browser_of().get(f"/account/{name}/").status_code == 404
