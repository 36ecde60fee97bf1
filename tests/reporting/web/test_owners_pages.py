"""The owners' pages: plain, public, kept by publication, and silent alike on what was never published."""

from datetime import date

import pytest
from django.test import Client, override_settings
from pytest_django import DjangoAssertNumQueries

from custody.console.commands import HouseCommand
from custody.models import Key
from reporting.disclosure.publishing import publish_board, publish_month
from reporting.disclosure.withheld import propose_withholding, turn_withholding_key
from reporting.models import Publication, PublishedEntry, Withheld
from tests.reporting.builders import Quarter, worked_quarter
from tests.reporting.reading_pdf import ReadPdf

pytestmark = pytest.mark.usefixtures("committed_db")
PAGE_BYTES_MAX = 60_000


def published(q: Quarter, *months: int) -> list[Publication]:
    return [
        publish_month(
            fund=q.made.fund, month=date(2025, month, 1), actor=q.made.actor, at=HouseCommand.now()
        ).publication
        for month in months
    ]


def entry_of(q: Quarter, slug: str) -> int:
    found = PublishedEntry.objects.filter(fund=q.made.fund, shows__lines__has_key=slug).first()
    assert found is not None
    return found.sequence


def test_three_clicks_lead_from_the_month_to_the_voucher() -> None:
    q = worked_quarter()
    published(q, 7, 8)
    home, browser = f"/e/{q.code}/", Client()
    first = browser.get(home).content.decode()
    month = browser.get(f"{home}2025-08/").content.decode()
    spent = entry_of(q, "CLN")
    entry = browser.get(f"{home}entries/{spent}/").content.decode()
    sha256 = PublishedEntry.objects.get(sequence=spent, fund=q.made.fund).shows["papers"][0][0]
    voucher = browser.get(f"{home}documents/{sha256}/").content.decode()

    assert f"{home}2025-07/" in first
    assert f"{home}entries/{spent}/" in month
    assert f"{home}documents/{sha256}/" in entry
    assert "原件" in voucher
    assert sha256[:16] in voucher


def test_a_page_is_kept_by_anybody_and_costs_little(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    q = worked_quarter()
    published(q, 7)
    for address in (
        "",
        "2025-07/",
        "2025-07/property_fee/",
        "2025-07/fund/",
        "2025-07/budget/",
        "2025-07/papers/",
    ):
        with django_assert_max_num_queries(12):
            answer = Client().get(f"/e/{q.code}/{address}")
        again = Client().get(f"/e/{q.code}/{address}", headers={"If-None-Match": answer["ETag"]})
        larger = Client()
        larger.cookies["size"] = "huge"

        assert (answer.status_code, again.status_code) == (200, 304), address
        assert answer["Cache-Control"].startswith("public")
        assert not answer.cookies, address
        assert len(answer.content) < PAGE_BYTES_MAX
        assert larger.get(f"/e/{q.code}/{address}")["ETag"] != answer["ETag"]


@override_settings(PUBLIC_PAGES_KEPT_SECONDS=60)
def test_in_a_rush_a_page_asks_the_database_once_in_some_seconds(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    q = worked_quarter()
    published(q, 7)
    first = Client().get(f"/e/{q.code}/2025-07/")
    larger = Client()
    larger.cookies["size"] = "huge"
    publish_month(fund=q.made.fund, month=date(2025, 8, 1), actor=q.made.actor, at=HouseCommand.now())
    with django_assert_num_queries(0):
        again = Client().get(f"/e/{q.code}/2025-07/")
        known = Client().get(f"/e/{q.code}/2025-07/", headers={"If-None-Match": first["ETag"]})
    fresh = larger.get(f"/e/{q.code}/2025-07/")

    assert (again.content, dict(again.items())) == (first.content, dict(first.items()))
    assert (known.status_code, known.content) == (304, b"")
    assert f"/e/{q.code}/2025-08/" in fresh.content.decode()


def test_what_was_not_published_and_what_is_of_others_answers_as_what_is_not_there() -> None:
    q, other = worked_quarter(), worked_quarter()
    published(q, 7)
    published(other, 7, 8)
    nothing = Client().get("/e/no-such-estate/").content
    foreign = max(PublishedEntry.objects.filter(fund=other.made.fund).values_list("sequence", flat=True))
    own_later = q.receipt("grant_received", "grant", date(2025, 9, 30), "1.00", name="街道办事处")

    for address in (
        "2025-08/", "2025-06/", "2025-13/", "2025-07/no-such/", "2025-07/suspense/",
        f"entries/{own_later}/", f"entries/{foreign + 99}/", f"documents/{'0' * 64}/", "entries/99999999999/",
    ):  # fmt: skip
        answer = Client().get(f"/e/{q.code}/{address}")
        assert (answer.status_code, answer.content) == (404, nothing), address


def test_the_board_is_shown_as_it_is_printed() -> None:
    q = worked_quarter()
    publish_board(fund=q.made.fund, quarter=date(2025, 7, 1), actor=q.made.actor, at=HouseCommand.now())
    page = Client().get(f"/e/{q.code}/board/").content.decode()
    whole, sheets = (Client().get(f"/e/{q.code}/board.pdf{paper}") for paper in ("", "?paper=a4"))
    again = Client().get(f"/e/{q.code}/board.pdf", headers={"If-None-Match": whole["ETag"]})
    read, parts = ReadPdf(whole.content), ReadPdf(sheets.content)
    text = "".join(read.texts).replace(" ", "")

    assert "6,448.00" in page
    assert "令*" in page
    assert (read.pages, again.status_code) == (1, 304)
    assert parts.pages > 1
    assert b"/MediaBox[0 0 841.8898 1190.5511]" in whole.content  # A3
    assert "<pdfuaid:part>1</pdfuaid:part>" in read.metadata
    for said in ("收到的钱", "付出的钱", "6,448.00", "这1笔是您家交的吗", "令*", f"/e/{q.code}/"):
        assert said in text, said


def test_an_edition_that_never_was_is_not_there() -> None:
    q = worked_quarter()
    published(q, 7)

    assert Client().get(f"/e/{q.code}/2025-07/?edition=9").status_code == 404


def test_the_home_page_says_what_comes_next_and_by_when() -> None:
    q = worked_quarter()
    before = Client().get(f"/e/{q.code}/").content.decode()
    published(q, 7)
    after = Client().get(f"/e/{q.code}/").content.decode()

    assert "还没有公布过账目" in before
    assert "2025年7月的账应在8月10日前公布，已逾期" in before
    assert "2025年7月的账应在8月10日前公布，已逾期" not in after
    assert "2025年8月的账应在9月10日前公布，已逾期" in after


def test_a_correction_says_what_it_changed_and_the_first_edition_stays() -> None:
    q = worked_quarter()
    published(q, 7)
    q.receipt("property_fee_received", "property_fee", date(2025, 7, 31), "55.00", name="令狐冲")
    published(q, 7)
    newest = Client().get(f"/e/{q.code}/2025-07/").content.decode()
    first = Client().get(f"/e/{q.code}/2025-07/?edition=1").content.decode()

    assert "物业费：4000.00 → 4055.00" in newest
    assert "4,055.00" in newest
    assert "这是第1版，后来有更正" in first
    assert "4,055.00" not in first


def test_what_two_keys_hold_back_is_said_with_its_reason() -> None:
    q = worked_quarter()
    published(q, 7)
    number, at = entry_of(q, "parking"), HouseCommand.now()
    row = propose_withholding(
        fund=q.made.fund,
        what=Withheld.ENTRY,
        number=str(number),
        reason="涉及未结的诉讼",
        actor=q.made.actor,
        at=at,
    )
    for which, person in ((Key.APPROVE, q.made.committee_key), (Key.RELEASE, q.made.trustee_key)):
        turn_withholding_key(withholding_id=row.pk, which=which, actor=person, at=at)
    published(q, 7)
    page = Client().get(f"/e/{q.code}/entries/{number}/").content.decode()

    assert "这一笔的细节不公布" in page
    assert "涉及未结的诉讼" in page
    assert "2,000" in page
    assert "停车场" not in page
