"""Statements at the desk: issued once however often it is pressed, listed, taken, and nobody else's."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from custody.files.archive import bytes_of
from custody.models import Access, Operator
from reporting.models import Handout
from tests.factories import make_operator
from tests.pages import browser_of
from tests.reporting.web.supervised import Supervised, supervised

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def here() -> Supervised:
    return supervised()


def asked(here: Supervised, **other: str) -> dict[str, str]:
    return {
        "fund": here.code, "kind": "fund", "from_on": "2025-07-01", "to_on": "2025-09-30", "form": "xlsx",
        "known_at": "",
    } | other  # fmt: skip


def viewer(here: Supervised) -> Operator:
    return make_operator(here.quarter.made.trustee, "viewer")


def papers(here: Supervised) -> int:
    return Handout.objects.filter(fund=here.quarter.made.fund).count()


def test_a_statement_is_issued_listed_and_taken(here: Supervised) -> None:
    browser = browser_of(here.quarter.made.actor)
    answer = browser.post("/desk/statements/", asked(here))
    page = browser.get("/desk/statements/").content.decode()
    paper = Handout.objects.get(fund=here.quarter.made.fund)
    taken = browser.get(f"/desk/statements/{here.code}/{paper.sha256}/")

    assert answer["Location"] == "/desk/statements/"
    assert f"信托资金收支表-{here.code}-2025Q3.xlsx" in page
    assert paper.sha256[:16] in page
    assert taken.content == bytes_of(paper.document)
    assert here.looks(here.quarter.made.actor)[-1][0] == Access.DOWNLOADED


def test_pressing_twice_issues_once(here: Supervised) -> None:
    browser = browser_of(here.quarter.made.trustee_key)
    answers = [browser.post("/desk/statements/", asked(here)).status_code for _each in range(2)]

    assert (answers, papers(here)) == ([302, 302], 1)


def test_a_statement_as_known_then_is_a_paper_of_its_own(here: Supervised) -> None:
    browser = browser_of(here.quarter.made.actor)
    browser.post("/desk/statements/", asked(here))
    browser.post("/desk/statements/", asked(here, known_at="2025-12-01T08:00"))

    assert papers(here) == 2
    assert "的账" in browser.get("/desk/statements/").content.decode()


@pytest.mark.parametrize(
    ("other", "field"),
    [
        ({"from_on": "2025-02-30"}, "from_on"),
        ({"to_on": ""}, "to_on"),
        ({"kind": "x"}, "kind"),
        ({"form": "docx"}, "form"),
        ({"fund": "NOBODY"}, "fund"),
        ({"known_at": "gestern"}, "known_at"),
    ],
)
def test_what_is_missing_is_said_beside_its_field(
    here: Supervised, other: dict[str, str], field: str
) -> None:
    answer = browser_of(here.quarter.made.actor).post("/desk/statements/", asked(here, **other))
    page = answer.content.decode()

    assert (answer.status_code, page.count('class="wrong"'), papers(here)) == (422, 1, 0)
    assert f'name="{field}"' in page.split('aria-invalid="true"')[0].rsplit("<", 1)[1] + page


@pytest.mark.parametrize(
    ("other", "sentence"),
    [
        ({"from_on": "2025-09-30", "to_on": "2025-07-01"}, "早于起始日"),
        ({"kind": "fee-split", "from_on": "2025-07-04"}, "不是整月"),
    ],
)
def test_a_services_refusal_stands_on_the_page_and_what_was_typed_stays(
    here: Supervised, other: dict[str, str], sentence: str
) -> None:
    answer = browser_of(here.quarter.made.actor).post("/desk/statements/", asked(here, **other))
    page = answer.content.decode()

    assert (answer.status_code, papers(here)) == (422, 0)
    assert sentence in page
    assert f'value="{other["from_on"]}"' in page


def test_who_only_reads_takes_papers_and_issues_none(here: Supervised) -> None:
    paper, browser = here.issued(), browser_of(viewer(here))

    assert browser.get(f"/desk/statements/{here.code}/{paper.sha256}/").status_code == 200
    assert "出具并留存" not in browser.get("/desk/statements/").content.decode()
    assert browser.post("/desk/statements/", asked(here, kind="value-preservation")).status_code == 403


def test_an_estate_of_others_is_no_choice_and_its_papers_are_not_there(here: Supervised) -> None:
    theirs = supervised()
    paper, browser = theirs.issued(), browser_of(here.quarter.made.actor)

    assert browser.post("/desk/statements/", asked(theirs)).status_code == 422
    assert browser.get(f"/desk/statements/{theirs.code}/{paper.sha256}/").status_code == 404
    assert browser.get(f"/desk/statements/{here.code}/{paper.sha256}/").status_code == 404
    assert papers(theirs) == 1


@pytest.mark.parametrize("who", ["committee_key", "provider_clerk"])
def test_the_desks_statements_are_not_there_for_others(here: Supervised, who: str) -> None:
    browser = browser_of(getattr(here.quarter.made, who))

    assert [browser.get("/desk/statements/").status_code, browser.post("/desk/statements/").status_code] == [
        404
    ] * 2


def test_a_stranger_is_led_to_sign_in() -> None:
    assert Client().get("/desk/statements/")["Location"] == "/account/login/?next=/desk/statements/"


def test_the_list_asks_few_questions_and_goes_on_by_cursor(
    here: Supervised, django_assert_max_num_queries: DjangoAssertNumQueries, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reporting.web.desk.pages.ROWS_A_PAGE", 2)
    for kind in ("fund", "fee-split", "value-preservation"):
        here.issued(kind)
    browser = browser_of(here.quarter.made.actor)
    browser.get("/desk/statements/")
    with django_assert_max_num_queries(12):
        first = browser.get("/desk/statements/").content.decode()
    last = Handout.objects.filter(fund=here.quarter.made.fund).order_by("-pk")[1].pk

    assert f'<a href="?after={last}">更多</a>' in first
    assert "更多" not in browser.get("/desk/statements/", {"after": last}).content.decode()


def test_the_committee_takes_what_was_issued_and_others_do_not(here: Supervised) -> None:
    paper, holder = here.issued(), here.quarter.made.committee_key
    browser = browser_of(holder)
    address = f"/statements/{here.code}/{paper.sha256}/"
    page = browser.get("/statements/").content.decode()
    taken = browser.get(address)

    assert (address in page, taken.content) == (True, bytes_of(paper.document))
    assert here.looks(holder)[-1][0] == Access.DOWNLOADED
    assert browser_of(supervised().quarter.made.committee_key).get(address).status_code == 404
    assert browser_of(here.quarter.made.provider_clerk).get(address).status_code == 404
