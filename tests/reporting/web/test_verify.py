"""Anybody asks by a digest alone: issued, replaced since, or never."""

import pytest
from django.test import Client

from tests.factories import AT
from tests.reporting.web.supervised import Supervised, supervised

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def here() -> Supervised:
    return supervised()


def said(digest: str) -> str:
    return Client().get("/verify/", {"sha256": digest}).content.decode()


def test_an_issued_paper_is_known_without_signing_in(here: Supervised) -> None:
    paper = here.issued()
    page = said(paper.sha256)

    assert "与出具的一致" in page
    assert f"信托资金收支表-{here.code}-2025Q3.xlsx" in page
    assert f"#{paper.sequence}" in page


def test_a_paper_that_a_newer_one_replaced_says_so(here: Supervised) -> None:
    old = here.issued()
    here.quarter.receipt("grant_received", "grant", AT.date().replace(month=9), "1.00")
    new = here.issued()

    assert old.sha256 != new.sha256
    assert "被更新版取代" in said(old.sha256)
    assert "与出具的一致" in said(new.sha256)


def test_a_paper_of_other_days_replaces_nothing(here: Supervised) -> None:
    paper = here.issued()
    here.issued("value-preservation")

    assert "与出具的一致" in said(paper.sha256)


def test_a_digest_nobody_issued_is_never_issued() -> None:
    page = said("0" * 64)

    assert ("从未出具" in page, "与出具的一致" in page) == (True, False)


@pytest.mark.parametrize("written", ["sha256:{}", " {} ", "{}\n"])
def test_a_digest_may_be_pasted_as_tools_write_it(here: Supervised, written: str) -> None:
    assert "与出具的一致" in said(written.format(here.issued().sha256.upper()))


@pytest.mark.parametrize("digest", ["abc", "g" * 64, "0" * 65, "<script>alert(1)</script>", "０" * 64])
def test_what_is_no_digest_is_refused_beside_the_field(digest: str) -> None:
    answer = Client().get("/verify/", {"sha256": digest})

    assert (answer.status_code, "64 位十六进制" in answer.content.decode()) == (422, True)
    assert b"<script>alert" not in answer.content


def test_the_question_is_only_asked_never_posted() -> None:
    assert Client().post("/verify/", {"sha256": "0" * 64}).status_code == 405


def test_the_page_works_without_scripts_and_sends_no_file() -> None:
    page = Client().get("/verify/").content.decode()

    assert '<form class="stack" method="get" action="/verify/"' in page
    assert 'type="file" id="paper">' in page  # without a name it is in no form that is sent
