"""What a device signs in a real browser is what the vault reads: a key file, a key made there, a passkey."""

from pathlib import Path

import pytest

from settlement.models import Settlement
from settlement.states import State
from tests.browser.people import PHONE, Desk
from tests.settlement.desk import Provider, fresh, make_provider


@pytest.fixture
def at(house: Desk) -> Provider:
    return make_provider()


def test_a_key_file_signs_on_a_phone(house: Desk, at: Provider, tmp_path: Path) -> None:
    waiting: list[Settlement] = [at.verified("120.00"), at.verified("80.00")]
    person = house.person(at.at.committee_key, PHONE)
    person.load_key_file(at.at.committee, tmp_path)
    person.turn_everything()

    assert [fresh(each).state for each in waiting] == [State.APPROVED, State.APPROVED]
    assert person.wrong == []


def test_a_key_made_in_the_browser_signs_once_it_is_enrolled(house: Desk, at: Provider) -> None:
    waiting = at.verified("120.00")
    person = house.person(at.at.committee_key)
    person.make_device_key()
    person.turn_everything()

    assert fresh(waiting).state == State.APPROVED


def test_a_passkey_signs(house: Desk, at: Provider) -> None:
    waiting = at.verified("120.00")
    person = house.person(at.at.committee_key)
    person.make_passkey()
    person.turn_everything()

    assert fresh(waiting).state == State.APPROVED


def test_a_browser_without_the_key_says_so_and_turns_nothing(house: Desk, at: Provider) -> None:
    waiting = at.verified("120.00")
    person = house.person(at.at.committee_key)
    person.turn_everything()

    assert "没有您的密钥" in person.page.locator("[data-wrong]").inner_text()
    assert fresh(waiting).state == State.VERIFIED
