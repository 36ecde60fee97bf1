"""A supervisor sees their estates and nobody else's, has papers of any days, and is on record for it."""

import re
from decimal import Decimal
from io import BytesIO

import openpyxl
import pytest
from pytest_django import DjangoAssertNumQueries

from custody.files.archive import bytes_of
from custody.models import Access, BankLine, LineExplanation
from reporting.models import Handout, PaperFormat
from reporting.reading.standing import standings
from tests.factories import AT, make_fund, make_operator
from tests.pages import browser_of
from tests.reporting.web.supervised import Supervised, supervised

pytestmark = pytest.mark.usefixtures("committed_db")
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="\w+"')
ASKED = {"kind": "fund", "form": "xlsx"}


@pytest.fixture
def here() -> Supervised:
    return supervised()


def test_the_estates_of_the_jurisdiction_are_listed_with_their_money(here: Supervised) -> None:
    supervised()
    page = browser_of(here.reader).get("/oversight/").content.decode()

    assert re.findall(r'href="/oversight/([^/"]+)/\d', page) == [here.code]
    assert "64,052.50" in page


def test_a_bank_line_counts_as_what_it_is_now(here: Supervised) -> None:
    fund = here.quarter.made.fund
    before = standings([fund])[0].unclear
    line = BankLine.objects.get(fund=fund, counterparty_name="令狐冲")
    newest = LineExplanation.objects.filter(line=line).latest("pk")
    LineExplanation.objects.create(
        line=line, fund=fund, kind="grant", entry_sequence=newest.entry_sequence, note="", explained_at=AT
    )
    after = standings([fund])[0].unclear

    assert (before.count - after.count, before.total - after.total) == (1, Decimal("120.00"))


def test_an_estates_page_shows_what_the_newest_paper_says(here: Supervised) -> None:
    here.issued()
    page = browser_of(here.reader).get(here.address).content.decode()

    assert re.findall(r'<p class="fig">([^<]*)</p>', page) == [
        "60,000.00", "6,448.00", "120.00", "2,515.50", "64,052.50",
    ]  # fmt: skip
    assert "全部分录借方合计 = 贷方合计" in page


def test_nothing_is_shown_where_nothing_was_issued(here: Supervised) -> None:
    page = browser_of(here.reader).get(here.address).content.decode()

    assert ("这个期间还没有出具过" in page, 'class="fig"' in page) == (True, False)


def test_opening_an_estates_page_is_on_record_and_shown_there(here: Supervised) -> None:
    browser = browser_of(here.reader)
    browser.get(here.address, {"lang": "en"})
    page = browser.get(here.address, headers={"accept-language": "en"}).content.decode()

    assert here.looks(here.reader)[-1] == (Access.OPENED, "2025年第三季度")
    assert "打开" in page or "Opened" in page


@pytest.mark.parametrize("form", PaperFormat)
def test_a_supervisor_has_a_paper_made_and_takes_it(here: Supervised, form: PaperFormat) -> None:
    browser = browser_of(here.clerk)
    made = browser.post(here.address, {"kind": "fund", "form": form})
    paper = Handout.objects.get(fund=here.quarter.made.fund)
    taken = browser.get(f"/oversight/{here.code}/papers/{paper.sha256}/")

    assert made["Location"] == here.address
    assert taken.content == bytes_of(paper.document)
    assert taken["Content-Disposition"].startswith("attachment")
    assert taken["Cache-Control"] == "private, no-store"
    assert [what for what, _about in here.looks(here.clerk)] == [Access.ISSUED, Access.DOWNLOADED]


def test_asking_twice_makes_one_paper(here: Supervised) -> None:
    browser = browser_of(here.clerk)
    answers = [browser.post(here.address, ASKED).status_code for _each in range(2)]

    assert answers == [302, 302]
    assert Handout.objects.filter(fund=here.quarter.made.fund).count() == 1


def test_who_only_reads_has_nothing_made(here: Supervised) -> None:
    browser = browser_of(here.reader)

    assert '<form class="plain-form" method="post">' not in browser.get(here.address).content.decode()
    assert browser.post(here.address, ASKED).status_code == 403
    assert not Handout.objects.filter(fund=here.quarter.made.fund).exists()


@pytest.mark.parametrize("asked", [{}, {"kind": "fund", "form": "docx"}, {"kind": "x", "form": "pdf"}])
def test_what_is_no_paper_is_refused_on_the_page(here: Supervised, asked: dict[str, str]) -> None:
    answer = browser_of(here.clerk).post(here.address, asked)

    assert (answer.status_code, "请选一种报表和一种格式" in answer.content.decode()) == (422, True)


def test_a_services_refusal_stands_on_the_page(here: Supervised) -> None:
    address = f"/oversight/{here.code}/2025-07-04_2025-08-02/"
    answer = browser_of(here.clerk).post(address, {"kind": "fee-split", "form": "xlsx"})

    assert (answer.status_code, "不是整月" in answer.content.decode()) == (422, True)


def test_any_days_are_found_by_their_ends(here: Supervised) -> None:
    browser = browser_of(here.reader)
    asked = browser.get(f"/oversight/{here.code}/", {"from": "2025-07-04", "to": "2025-08-02"})
    backwards = browser.get(f"/oversight/{here.code}/", {"from": "2025-08-02", "to": "2025-07-04"})

    assert asked["Location"] == f"/oversight/{here.code}/2025-07-04_2025-08-02/"
    assert re.fullmatch(rf"/oversight/{here.code}/\d{{4}}Q[1-4]/", backwards["Location"])


@pytest.mark.parametrize("path", ["", "2025Q3/", "2025-09/", "papers/{digest}/"])
def test_an_estate_of_others_answers_as_one_that_is_not_there(here: Supervised, path: str) -> None:
    theirs, browser = supervised(), browser_of(here.clerk)
    path = path.format(digest=theirs.issued().sha256)
    foreign, nobodys = (browser.get(f"/oversight/{code}/{path}") for code in (theirs.code, "NOBODY"))

    assert (foreign.status_code, nobodys.status_code) == (404, 404)
    assert TOKEN.sub("", foreign.content.decode()) == TOKEN.sub("", nobodys.content.decode())
    assert here.looks(here.clerk) == []


def test_a_paper_of_others_is_not_found_under_ones_own_estate(here: Supervised) -> None:
    digest = supervised().issued().sha256

    assert browser_of(here.clerk).get(f"/oversight/{here.code}/papers/{digest}/").status_code == 404


def test_no_paper_is_made_of_an_estate_of_others(here: Supervised) -> None:
    theirs = supervised()

    assert browser_of(here.clerk).post(theirs.address, ASKED).status_code == 404
    assert not Handout.objects.filter(fund=theirs.quarter.made.fund).exists()


@pytest.mark.parametrize("who", ["actor", "trustee_key", "committee_key", "provider_clerk"])
def test_oversight_is_not_there_for_anybody_else(here: Supervised, who: str) -> None:
    browser = browser_of(getattr(here.quarter.made, who))

    answers = [browser.get(path) for path in ("/oversight/", here.address, "/oversight/log/")]
    assert [answer.status_code for answer in answers] == [404] * 3


@pytest.mark.parametrize("slug", ["2025Q5", "2025-13", "1", "2025-02-30_2025-03-01"])
def test_days_that_are_none_are_not_there(here: Supervised, slug: str) -> None:
    assert browser_of(here.reader).get(f"/oversight/{here.code}/{slug}/").status_code == 404


def test_the_pages_ask_few_questions_however_many_estates(
    here: Supervised, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for kind in ("fund", "fee-split", "value-preservation"):
        here.issued(kind)
    browser = browser_of(here.reader)
    for path in ("/oversight/", here.address, "/oversight/log/"):
        browser.get(path)
        with django_assert_max_num_queries(12):
            page = browser.get(path)
        assert len(page.content) < 60_000


def test_the_workbook_taken_says_the_figure_of_the_page(here: Supervised) -> None:
    paper, browser = here.issued(), browser_of(here.reader)
    book = openpyxl.load_workbook(
        BytesIO(browser.get(f"/oversight/{here.code}/papers/{paper.sha256}/").content)
    )
    figures = {row[0].value: row[3].value for row in book["收支表"].iter_rows() if row[0].value}

    assert f"{figures['期末资金合计']:,.2f}" in browser.get(here.address).content.decode()


def test_a_party_reads_who_looked_and_a_firm_only_itself(here: Supervised) -> None:
    browser_of(here.reader).get(here.address)
    made = here.quarter.made
    seen = [browser_of(each).get("/access/").content.decode() for each in (made.actor, made.committee_key)]
    firms = browser_of(made.provider_clerk).get("/access/").content.decode()

    assert ["2025年第三季度" in page for page in seen] == [True, True]
    assert "2025年第三季度" not in firms


def test_nobody_reads_who_looked_at_an_estate_of_others(here: Supervised) -> None:
    browser_of(here.reader).get(here.address)
    stranger, nobody = browser_of(make_fund().committee_key), browser_of(make_operator())

    assert "2025年第三季度" not in stranger.get("/access/").content.decode()
    assert nobody.get("/access/").status_code == 404
