"""Signing in: two steps, counted failures, sessions that end, and nothing mounted that is not needed."""

import time
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core.cache import cache
from django.test import Client

from config.sign_in.sessions import BEGAN, WORKING_DAY_SECONDS
from custody.models import Operator
from tests.factories import make_fund
from tests.pages import browser_of

pytestmark = pytest.mark.usefixtures("committed_db")
PASSWORD = "梧桐 7 岁的猫 on-the-wall"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def person(committed_db: None) -> Operator:
    cache.clear()
    person = make_fund().trustee_key
    person.set_password(PASSWORD)
    person.save(update_fields=["password"])
    TOTP.activate(person, SECRET)
    return person


def code() -> str:
    return str(format_hotp_value(hotp_value(SECRET, next(iter(yield_hotp_counters_from_time())))))


def entered(browser: Client, person: Operator, password: str = PASSWORD) -> Any:
    return browser.post("/account/login/", {"login": person.username, "password": password})


def test_password_and_code_open_the_house(person: Operator) -> None:
    browser = browser_of()

    assert entered(browser, person)["Location"] == "/account/2fa/authenticate/"
    assert browser.get("/desk/")["Location"].startswith("/account/login/")
    assert browser.post("/account/2fa/authenticate/", {"code": code()})["Location"] == "/"
    assert browser.get("/desk/").status_code == 200


def test_a_code_is_good_once(person: Operator) -> None:
    good = code()
    answers = []
    for _ in range(2):
        browser = browser_of()
        entered(browser, person)
        answers.append(browser.post("/account/2fa/authenticate/", {"code": good}).status_code)

    assert answers == [302, 200]


def test_the_session_is_another_once_signed_in(person: Operator) -> None:
    browser = browser_of()
    entered(browser, person)
    before = browser.cookies["sessionid"].value
    browser.post("/account/2fa/authenticate/", {"code": code()})

    assert browser.cookies["sessionid"].value != before


def test_five_wrong_passwords_shut_the_account_for_a_while(person: Operator) -> None:
    for _ in range(5):
        assert entered(browser_of(), person, "wrong").status_code == 200

    page = entered(browser_of(), person)
    assert (page.status_code, "Location" in page.headers) == (200, False)


def test_a_stranger_and_a_wrong_password_are_told_the_same(person: Operator) -> None:
    said = [
        browser_of().post("/account/login/", {"login": name, "password": "wrong"}).context["form"].errors
        for name in (person.username, "nobody-at-all")
    ]

    assert said[0] == said[1]


def test_without_a_second_factor_there_is_only_its_page(person: Operator) -> None:
    browser = browser_of(person, second_factor=False)

    assert browser.get("/desk/")["Location"] == "/account/2fa/"
    assert browser.post("/acts/", {"list": "x"})["Location"] == "/account/2fa/"


def test_a_session_ends_with_the_working_day(person: Operator) -> None:
    browser = browser_of(person)
    assert browser.get("/desk/").status_code == 200
    session = browser.session
    session[BEGAN] = int(time.time()) - WORKING_DAY_SECONDS - 1
    session.save()

    assert browser.get("/desk/")["Location"] == "/account/login/"
    assert browser.get("/desk/")["Location"] == "/account/login/?next=/desk/"


def test_somebody_switched_off_is_signed_out(person: Operator) -> None:
    browser = browser_of(person)
    Operator.objects.using("owner").filter(pk=person.pk).update(is_active=False)

    assert browser.get("/desk/")["Location"] == "/account/login/?next=/desk/"


@pytest.mark.parametrize("bad", ["short", "password1234", "123456789012345"])
def test_a_weak_password_is_refused(person: Operator, bad: str) -> None:
    browser = browser_of(person)
    asked = {"oldpassword": PASSWORD, "password1": bad, "password2": bad}
    page = browser.post("/account/password/change/", asked)

    assert page.status_code == 200
    assert page.context["form"].errors


def test_where_to_go_next_is_never_another_house(person: Operator) -> None:
    browser = browser_of()
    browser.post(
        "/account/login/?next=https://elsewhere.example/", {"login": person.username, "password": PASSWORD}
    )
    answer = browser.post("/account/2fa/authenticate/", {"code": code()})

    assert answer["Location"] == "/"


def test_the_picture_of_a_new_secret_is_of_this_page(person: Operator) -> None:
    from allauth.mfa.models import Authenticator

    Authenticator.objects.filter(user=person).delete()
    browser = browser_of(person, second_factor=False)
    asked = browser.get("/account/2fa/totp/activate/")
    browser.post(asked["Location"], {"password": PASSWORD})
    page = browser.get("/account/2fa/totp/activate/").content.decode()

    assert "<svg" in page
    assert "data:" not in page
    assert "style=" not in page
