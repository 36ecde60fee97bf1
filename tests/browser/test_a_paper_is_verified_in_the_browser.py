"""A supervisor has a paper made, takes it, and asks whether it is ours: the file never leaves the browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from custody.files.archive import bytes_of
from reporting.models import Handout
from tests.browser.people import PHONE, Desk, Person
from tests.custody.ledger.raw import citations_unjudged
from tests.reporting.web.supervised import Supervised, supervised

GRAVE = {"serious", "critical"}


@pytest.fixture
def here(house: Desk) -> Iterator[Supervised]:
    with citations_unjudged():
        yield supervised()


def asked_of(person: Person, file: Path) -> tuple[str, list[str]]:
    """What the page answers about a file, and everything the browser sent to learn it."""
    sent: list[str] = []
    person.open("/verify/")
    person.page.on("request", lambda each: sent.append(f"{each.method} {each.url} {each.post_data or ''}"))
    person.page.set_input_files("#paper", file)
    person.page.wait_for_selector("main .note")
    return person.page.locator("main .note .strong").inner_text(), sent


def test_a_supervisor_takes_a_paper_and_a_stranger_verifies_it(
    house: Desk, here: Supervised, tmp_path: Path
) -> None:
    supervisor = house.person(here.clerk).open(here.address)
    supervisor.page.click("td form:has(input[value=pdf]) button >> nth=0")
    supervisor.page.wait_for_selector("[role=status] .note")
    with supervisor.page.expect_download() as coming:
        supervisor.page.click("td a:text-is('PDF/A')")
    file = tmp_path / coming.value.suggested_filename
    coming.value.save_as(file)
    stranger = house.person(None, PHONE)
    said, sent = asked_of(stranger, file)

    assert (said, file.name) == ("与出具的一致", f"信托资金收支表-{here.code}-2025Q3.pdf")
    assert [each for each in sent if not each.startswith("GET ")] == []
    assert (supervisor.wrong, stranger.wrong) == ([], [])


def test_a_file_changed_by_one_byte_was_never_issued(house: Desk, here: Supervised, tmp_path: Path) -> None:
    content = bytes_of(here.issued().document)
    file = tmp_path / "changed.xlsx"
    file.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))

    assert asked_of(house.person(None), file)[0] == "从未出具"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/oversight/", "{page}", "/oversight/log/", "/verify/?sha256={digest}"])
def test_a_supervisors_pages_are_for_everybody_to_read(
    house: Desk, here: Supervised, theme: str, path: str
) -> None:
    paper: Handout = here.issued()
    person = house.person(here.clerk).open(f"/verify/?theme={theme}")
    person.open(path.format(page=here.address, digest=paper.sha256))
    found = Axe().run(person.page).response["violations"]

    assert [(each["id"], each["nodes"][0]["html"]) for each in found if each["impact"] in GRAVE] == []


def test_the_desks_statements_are_for_everybody_to_read(house: Desk, here: Supervised) -> None:
    here.issued()
    person = house.person(here.quarter.made.actor).open("/desk/statements/")
    found = Axe().run(person.page).response["violations"]

    assert [(each["id"], each["nodes"][0]["html"]) for each in found if each["impact"] in GRAVE] == []
