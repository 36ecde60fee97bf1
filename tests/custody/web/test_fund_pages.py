"""A trust at the desk: its figures, its entries each to its source, its papers handed out harmless."""

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from custody.files import archive
from custody.kernel.money import yuan
from custody.ledger import door
from custody.ledger.browsing import books_on, entries_before, whole_entry
from custody.ledger.entries import credit, debit, entry
from custody.models import Document
from custody.proofs.day_proofs import days_back, proofs_on
from tests.custody.money_in.small import Said, Small, small_estate
from tests.factories import AT, TestFund, make_fund, make_operator
from tests.pages import browser_of

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def small(tmp_path) -> Small:  # type: ignore[no-untyped-def]
    """A receipt on 20 July and a payment nobody explains on the 22nd."""
    small = small_estate(tmp_path)
    small.take(Said("2025-07-20", "100.50", "路人", "6222009"), Said("2025-07-22", "-30.00", "不知道"))
    return small


def kept(at: TestFund, name: str, content: bytes) -> Document:
    return archive.keep(
        fund=at.fund, kind=Document.Kind.EVIDENCE, name=name, content=content, actor=at.actor, at=AT
    )


def texts(browser: Client, *addresses: str) -> list[str]:
    return [browser.get(each).content.decode() for each in addresses]


def test_a_trust_shows_what_bank_and_books_hold(small: Small) -> None:
    base = f"/desk/funds/{small.fund.code}/"
    page, listed, deed = texts(
        browser_of(small.actor), base, f"/desk/funds/?q={small.fund.code}", f"{base}deed/"
    )

    assert "1,570.50" in page  # both books, after 1,500 at handover
    assert "1笔待查" in page
    assert small.account[:4] in page
    assert '<svg class="chart"' in page
    assert small.fund.code in listed
    assert "基础酬金率" in deed


def test_each_entry_leads_to_the_bank_line_and_its_file(small: Small) -> None:
    base = f"/desk/funds/{small.fund.code}/ledger/"
    newest = entries_before(small.fund.pk)[0]
    listed, page = texts(browser_of(small.actor), base, f"{base}{newest.sequence}/")
    file = Document.objects.get(fund=small.fund, kind=Document.Kind.BANK)

    assert f"{base}{newest.sequence}/" in listed
    assert "流水第2笔" in page
    assert f"/desk/funds/{small.fund.code}/documents/{file.pk}/" in page


def test_an_entry_undone_says_by_which_and_the_other_of_which(small: Small) -> None:
    sequence = entries_before(small.fund.pk)[0].sequence
    undone = whole_entry(small.fund.pk, sequence)

    assert (undone.reverses, undone.undone_by, sum(each.amount for each in undone.lines)) == (None, None, 0)
    assert sum((each.amount for each in undone.lines if each.amount > 0), Decimal(0)) == Decimal("30.00")


def test_the_journal_is_leafed_through_by_its_sequence(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("custody.ledger.browsing.ENTRIES_A_PAGE", 1)
    rows = entries_before(small.fund.pk)

    assert [each.sequence for each in rows] == [rows[0].sequence, rows[0].sequence - 1]
    assert entries_before(small.fund.pk, 1) == []


def test_both_books_stand_as_the_ledger_has_them(small: Small) -> None:
    operating, maintenance = books_on([small.fund.pk], date(2025, 7, 22))[small.fund.pk].books

    assert (operating.cash, operating.suspense, operating.unexplained) == (
        Decimal("1070.50"), Decimal("100.50"), Decimal("30.00"),
    )  # fmt: skip
    assert (maintenance.cash, maintenance.available) == (Decimal(500), Decimal(500))


def test_a_day_is_proven_where_the_bank_has_spoken_and_nothing_is_open(small: Small) -> None:
    proven, broken, silent = (proofs_on([small.fund], date(2025, 7, day))[0] for day in (20, 22, 25))

    assert (proven.proven, proven.bank, proven.book) == (True, Decimal("1600.50"), Decimal("1600.50"))
    assert (broken.failing, broken.breaks, broken.difference, broken.break_age_days) == (
        True,
        1,
        Decimal(0),
        0,
    )
    assert (silent.covered, silent.proven, silent.break_age_days) == (False, False, 3)


def test_the_days_agree_with_the_proof_of_each(small: Small) -> None:
    days = days_back([small.fund], date(2025, 7, 23), 6)
    each = [proofs_on([small.fund], day.on)[0] for day in days]

    assert [(day.proven, day.failing) for day in days] == [
        (int(one.proven), int(one.failing)) for one in each
    ]
    assert [day.silent for day in days] == [
        0,
        0,
        0,
        0,
        1,
        1,
    ]  # before the bank's first line nothing is proven


def test_a_bank_balance_that_differs_fails_its_day_and_comes_first(small: Small) -> None:
    quiet = make_fund()
    door.post(
        entry(
            "handover", date(2025, 6, 30),
            (debit(quiet.account("cash"), yuan("9.00")), credit(quiet.account("corpus"), yuan("9.00"))),
        ),
        key="handover:operating", actor_id=quiet.actor.pk, at=AT,
    )  # fmt: skip
    rows = proofs_on([quiet.fund, small.fund], date(2025, 7, 22))

    assert [each.fund.pk for each in rows] == [small.fund.pk, quiet.fund.pk]
    assert (rows[1].bank, rows[1].difference, rows[1].proven) == (None, None, False)


def test_the_day_page_shows_the_figures_and_the_list_leads_to_it(small: Small) -> None:
    day, listed = texts(browser_of(small.actor), "/desk/days/2025-07-22/", "/desk/days/?before=2025-07-22")

    assert small.fund.code in day
    assert "/desk/days/2025-07-22/" in listed
    assert {
        browser_of(small.actor).get(f"/desk/days/{on}/").status_code
        for on in ("2999-01-01", "x", "1999-01-01")
    } == {404}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("发票.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"),
        ("发票.pdf", b"<!doctype html><script>alert(1)</script>"),
        ("a.html", b"%PD<script>"),
    ],
)
def test_a_paper_that_is_no_picture_is_saved_and_never_shown(name: str, content: bytes) -> None:
    at = make_fund()
    paper = kept(at, name, content)
    answer = browser_of(at.actor).get(f"/desk/funds/{at.fund.code}/documents/{paper.pk}/")

    assert answer.content == content
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment;")
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_a_pdf_is_shown() -> None:
    at = make_fund()
    paper = kept(at, "合同.pdf", b"%PDF-1.7 a contract")
    answer = browser_of(at.actor).get(f"/desk/funds/{at.fund.code}/documents/{paper.pk}/")

    assert (answer["Content-Type"], answer["Content-Disposition"][:6]) == ("application/pdf", "inline")


@pytest.mark.parametrize("name", ['a"; filename="b.html', "a\r\nSet-Cookie: x=1", "../../etc/passwd", "\r\n"])
def test_a_name_cannot_break_out_of_its_header(name: str) -> None:
    at = make_fund()
    paper = kept(at, name, b"content of " + name.encode())
    answer = browser_of(at.actor).get(f"/desk/funds/{at.fund.code}/documents/{paper.pk}/")
    said = answer["Content-Disposition"]

    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert not set(said) & {"\r", "\n", "/", "\\"}
    assert said.count('"') == 2


def test_another_trusts_pages_are_not_there(small: Small) -> None:
    at = make_fund()
    paper = kept(at, "a.pdf", b"%PDF-")
    mine, theirs = browser_of(at.actor), f"/desk/funds/{small.fund.code}/"
    pages = ["", "ledger/", "ledger/1/", "deed/", "documents/", f"documents/{paper.pk}/"]

    assert {mine.get(theirs + each).status_code for each in pages} == {404}
    foreign = Document.objects.filter(fund=small.fund).latest("pk")
    own = f"/desk/funds/{at.fund.code}/"
    gone = (f"documents/{foreign.pk}/", f"documents/{2**70}/", "ledger/999999/", f"ledger/{2**63}/")
    assert {mine.get(own + each).status_code for each in gone} == {404}


@pytest.mark.parametrize("page", ["funds/", "funds/{code}/", "funds/{code}/ledger/", "days/"])
def test_people_of_other_organisations_find_no_trust_at_the_desk(page: str) -> None:
    at = make_fund()
    people = [at.provider_clerk, at.committee_key, make_operator(at.protector, "viewer"), make_operator()]

    assert {
        browser_of(each).get(f"/desk/{page.format(code=at.fund.code)}").status_code for each in people
    } == {404}


def test_no_page_of_a_trust_asks_the_database_often(
    small: Small, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    browser, base = browser_of(small.actor), f"/desk/funds/{small.fund.code}/"
    browser.get(base)  # a session is written once in five minutes
    own = [f"{base}{each}" for each in ("", "ledger/", "ledger/3/", "deed/", "documents/")]
    for address in ("/desk/funds/", *own, "/desk/days/", "/desk/days/2025-07-22/"):
        with django_assert_max_num_queries(12):
            page = browser.get(address)
        assert (page.status_code, len(page.content) < 60_000) == (200, True)
