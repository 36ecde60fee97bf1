"""axe-core on every page of the house: no serious finding, in both themes, at every size.

Each page is read in both themes, large and huge; `make long` reads more of them in all four ways.
"""

from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse

from tests import draws, signing
from tests.browser.everything import PAGES, Everything, make_everything
from tests.browser.people import PHONE, Desk

GRAVE = {"serious", "critical"}
READINGS = [("light", "standard"), ("dark", "large"), ("light", "huge"), ("dark", "standard")]
OF_ONE_THING = READINGS[1:3]  # a page about one thing is built of the same parts as its list
OF_A_LIST = READINGS if draws.LONG else OF_ONE_THING


@pytest.fixture
def everything(house: Desk, tmp_path: Path) -> Everything:
    with signing.by_everybody():
        return make_everything(tmp_path)


def grave(found: Any, page: str, reading: tuple[str, str]) -> list[str]:
    return [
        f"{page} {reading}: {each['id']} {each['nodes'][0]['html'][:120]}"
        for each in found.response["violations"]
        if each["impact"] in GRAVE
    ]


@pytest.mark.parametrize("role", list(PAGES))
def test_no_serious_finding(house: Desk, everything: Everything, role: str) -> None:
    person = house.person(everything.who(role), PHONE if role == "committee_key" else (1440, 1080))
    wrong = []
    for name, words in PAGES[role].items():
        page = reverse(name, args=[everything.named[word] for word in words])
        for theme, size in OF_ONE_THING if words else OF_A_LIST:
            answer = person.page.goto(f"{page}?theme={theme}&size={size}")
            assert answer is not None
            assert answer.status == 200, page
            wrong += grave(Axe().run(person.page), page, (theme, size))

    assert wrong == []
