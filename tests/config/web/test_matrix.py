"""Every address × method × role × own and foreign fund, generated from the URL configuration.

A page of others, a fund of others and an address that is not there answer alike; a new address without a
line in matrix.toml fails.
"""

import re
import tomllib
import uuid
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from custody.models import FundParty, Operator, Organisation
from tests.browser.everything import NO_PAGES, PAGES
from tests.factories import TestFund, make_fund, make_operator, unique
from tests.pages import browser_of

pytestmark = pytest.mark.usefixtures("committed_db")

METHODS = ("get", "post", "put", "delete")
ROLES = (
    "trustee/maker", "trustee/keyholder", "trustee/checker", "committee/keyholder", "committee/checker",
    "provider/clerk", "protector/keyholder", "regulator/viewer", "nobody", "stranger",
)  # fmt: skip
NO_SUCH = {
    "int": "987654321",
    "uuid": str(uuid.UUID(int=1)),
    "str": "no-such",
    "path": "no-such",
    "digest": "0" * 64,
    "period": "2025Q3",
    "month": "2025-07",
}
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="\w+"')
BY_ALLAUTH = ("account_", "mfa_")  # which of them are mounted: test_doors and test_sign_in


def patterns(
    found: list[URLPattern | URLResolver] | None = None, above: str = ""
) -> Iterator[tuple[str, str]]:
    """(name, pattern) of every address of ours."""
    for each in get_resolver().url_patterns if found is None else found:
        whole = above + str(each.pattern)
        if isinstance(each, URLResolver):
            if each.app_name != "ninja":  # the API's resources: tests/config/api/test_api_matrix.py
                yield from patterns(each.url_patterns, whole)
        elif each.name and not each.name.startswith(BY_ALLAUTH) and each.name != "home":
            yield each.name, whole


@cache
def table() -> dict[str, tuple[frozenset[str], frozenset[str]]]:
    """name → (audience, methods)."""
    said = tomllib.loads((Path(__file__).parent / "matrix.toml").read_text())["pages"]
    ways = {"get": {"get"}, "post": {"post"}, "get_or_post": {"get", "post"}}
    return {
        name: (frozenset(page["audience"]), frozenset(methods))
        for page in said
        for way, methods in ways.items()
        for name in page.get(way, [])
    }


def admitted(role: str, audience: frozenset[str]) -> bool:
    """Whether somebody of this role is among those the page is for."""
    if "anyone" in audience or ("signed in" in audience and role != "stranger"):
        return True
    return role in audience or role.partition("/")[0] in audience


@pytest.fixture(scope="module")
def cast() -> dict[str, Any]:
    """Filled at first use: one fund with a person of every role."""
    return {}


@pytest.fixture
def people(committed_db: None, cast: dict[str, Any]) -> dict[str, Any]:
    if not cast:
        fund = make_fund()
        regulator = Organisation.objects.create(kind="regulator", name=unique("regulator"))
        FundParty.objects.using("owner").create(
            fund_id=fund.fund.pk, organisation_id=regulator.pk, valid_from=date(2020, 1, 1)
        )
        cast["fund"] = fund
        cast["foreign"] = make_fund()
        for role in ROLES:
            cast[role] = person_of(fund, regulator, role)
    return cast


def person_of(fund: TestFund, regulator: Organisation, role: str) -> Operator | None:
    kind, _, does = role.partition("/")
    if role == "stranger":
        return None
    if role == "nobody":
        return make_operator()
    organisation = regulator if kind == "regulator" else getattr(fund, kind)
    return make_operator(organisation, does)


def address(pattern: str, code: str) -> str:
    """The address with this fund's code, and of everything else what is not there."""
    return "/" + re.sub(
        r"<(?:(\w+):)?(\w+)>",
        lambda part: code if part[2] == "code" else NO_SUCH[part[1] or "str"],
        pattern,
    )


def nested(pattern: str) -> bool:
    """Whether it names more than a fund."""
    return bool(set(re.findall(r"<(?:\w+:)?(\w+)>", pattern)) - {"code", "period"})


def body(answer: Any) -> str:
    return TOKEN.sub("", answer.content.decode())


def test_every_address_has_its_line() -> None:
    assert sorted(table()) == sorted(name for name, _ in patterns())


@pytest.mark.parametrize("role", ROLES)
def test_each_role_finds_its_pages_and_no_other(people: dict[str, Any], role: str) -> None:
    browser, nobodys = browser_of(people[role]), browser_of(people[role]).get("/x/no-such/")
    wrong = [
        f"{method} {name}: {got}"
        for name, pattern in patterns()
        for method in METHODS
        if (got := fault(browser, role, name, pattern, method, people, body(nobodys)))
    ]

    assert wrong == []


def fault(
    browser: Client, role: str, name: str, pattern: str, method: str, people: dict[str, Any], nobodys: str
) -> str:
    """What is wrong with the answer to this role; empty for nothing."""
    audience, methods = table()[name]
    where = address(pattern, people["fund"].fund.code)
    answer = getattr(browser, method)(where)
    if method not in methods:
        return "" if answer.status_code in (404, 405) else f"{answer.status_code}, not refused"
    if role == "stranger" and not admitted(role, audience):
        led = answer.status_code == 302 and answer["Location"].startswith("/account/login/")
        return "" if led else f"{answer.status_code}, not led to sign in"
    if not admitted(role, audience):
        same = answer.status_code == 404 and body(answer) == nobodys
        return "" if same else f"{answer.status_code}, not as what is not there"
    if nested(pattern) and "signed in" not in audience:
        return "" if answer.status_code in (404, 400) else f"{answer.status_code} for what is not there"
    if method == "get":
        return "" if answer.status_code in (200, 302) else f"{answer.status_code}, not shown"
    return "" if answer.status_code < 500 else f"{answer.status_code}"


def test_a_foreign_fund_answers_as_one_that_is_not_there(people: dict[str, Any]) -> None:
    wrong = []
    for role in ROLES[:-2]:
        browser = browser_of(people[role])
        for name, pattern in patterns():
            audience, methods = table()[name]
            if "<str:code>" not in pattern.replace("<code>", "<str:code>") or not admitted(role, audience):
                continue
            if "anyone" in audience:  # every estate's: tests/reporting/web/test_owners_pages.py
                continue
            for method in methods:
                foreign, nowhere = (
                    getattr(browser, method)(address(pattern, code))
                    for code in (people["foreign"].fund.code, "NO-SUCH-FUND")
                )
                if (foreign.status_code, body(foreign)) != (404, body(nowhere)):
                    wrong.append(f"{role} {method} {name}: {foreign.status_code}")

    assert wrong == []


def test_every_page_is_asked_whether_everybody_can_use_it() -> None:
    asked = {name for pages in PAGES.values() for name in pages if not name.startswith(BY_ALLAUTH)}

    assert asked == {name for name, (_, methods) in table().items() if "get" in methods} - NO_PAGES
