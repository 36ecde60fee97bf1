"""Breaks at the desk: what stops a trust, what ends it, explained by a proposal that two keys sign."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from pytest_django import DjangoAssertNumQueries

from custody.files.faults import Refused
from custody.models import BankLine, BreakExplanation, BreakExplanationWithdrawal, ChannelOrder
from custody.money_in.bank_statements import import_statements
from custody.money_in.channel import import_channel_detail
from custody.money_in.open_breaks import other_breaks
from tests.custody.money_in.small import AT, Said, Small, small_estate
from tests.factories import make_fund, make_operator, member_of
from tests.pages import browser_of

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def small(tmp_path: Path) -> Small:
    """30.00 left without a known reason."""
    small = small_estate(tmp_path)
    small.take(Said("2025-07-22", "-30.00", "不知道", "6222011"))
    return small


def line_of(small: Small) -> BankLine:
    return BankLine.objects.get(fund=small.fund)


def explain(small: Small, **said: object) -> HttpResponse:
    paper = SimpleUploadedFile("裁定.pdf", b"%PDF-1")
    asked = {"kind": "judicial", "reason": "法院扣划", "paper": paper, **said}
    given = {name: value for name, value in asked.items() if value is not None}
    return browser_of(small.actor).post(f"/desk/breaks/{line_of(small).pk}/", given)  # type: ignore[return-value]


def proposals(small: Small) -> list[BreakExplanation]:
    return list(BreakExplanation.objects.filter(fund=small.fund))


def test_a_break_says_what_it_stops_and_what_ends_it(small: Small) -> None:
    browser = browser_of(small.actor)
    listed = browser.get("/desk/breaks/", {"fund": small.fund.code}).content.decode()
    page = browser.get(f"/desk/breaks/{line_of(small).pk}/").content.decode()

    assert "没有人查" in listed
    assert "30.00" in page
    assert "这个信托的全部放款和付款指令" in page
    assert "银行冲正或退回的款项到账" in page


def test_an_explanation_is_filed_once_and_waits_for_keys(small: Small) -> None:
    answers = [explain(small).status_code for _ in range(2)]
    (row,) = proposals(small)
    keyholder = browser_of(member_of(small.fund, "trustee", "keyholder"))
    page = keyholder.get(f"/desk/breaks/{line_of(small).pk}/").content.decode()

    assert answers == [302, 302]
    assert (row.kind, row.reason, row.document.name) == ("judicial", "法院扣划", "裁定.pdf")
    assert f"{small.fund.code}|break|{row.pk}" in page
    listed = keyholder.get("/desk/breaks/", {"fund": small.fund.code}).content.decode()
    assert f"建议{row.pk}待两把密码" in listed


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"kind": ""}, "请写明款项的种类"),
        ({"kind": "grant"}, "不由人工查明"),
        ({"paper": None}, "查明须附凭据"),
        ({"reason": " "}, "请说明理由"),
        ({"kind": "refund"}, "退还收款须指明退还哪一笔到账流水"),
        ({"kind": "refund", "gives_back": "99"}, "没有第99笔流水"),
    ],
)
def test_an_explanation_that_cannot_be_is_refused(
    small: Small, said: dict[str, object], sentence: str
) -> None:
    answer = explain(small, **said)

    assert (answer.status_code, sentence in answer.content.decode()) == (422, True)
    assert proposals(small) == []


def test_an_explanation_is_taken_back_with_a_reason(small: Small) -> None:
    explain(small)
    (row,) = proposals(small)
    address = f"/desk/breaks/{line_of(small).pk}/{row.pk}/withdraw/"
    refused, done = (browser_of(small.actor).post(address, {"reason": each}) for each in ("", "写错了"))

    assert (refused.status_code, done.status_code) == (422, 302)
    assert BreakExplanationWithdrawal.objects.get(explanation=row).reason == "写错了"


def test_what_is_no_line_and_stops_a_trust_is_listed_too(small: Small) -> None:
    small.take(Said("2025-07-22", "-30.00", "不知道", "6222011"), Said("2025-07-23", "-1200.00", "不知道"))
    broken = small.statement([Said("2025-07-24", "5.00"), Said("2025-07-24", "6.00")], opening="9999.00")
    with pytest.raises(Refused):
        import_statements(fund=small.fund, paths=[broken], actor=small.actor, at=AT)
    said = [each.what for each in other_breaks([small.fund, make_fund().fund])]
    page = browser_of(small.actor).get("/desk/breaks/", {"fund": small.fund.code}).content.decode()

    assert [each for each in said if "余额衔接不上" in each]
    assert [each for each in said if "经营账短缺" in each]
    assert "经营账短缺" in page


def test_an_order_long_on_its_way_is_listed(small: Small) -> None:
    orders = small.channel(("A1", "2025-07-01 08:00:00", "5-1-101", "赵一", "100.50", "0.10"))
    import_channel_detail(fund=small.fund, paths=[orders], actor=small.actor, at=AT)

    assert [each.what for each in other_breaks([small.fund]) if "逾期未到账" in each.what]


def test_another_trusts_break_is_not_there(small: Small) -> None:
    explain(small)
    line, (row,) = line_of(small), proposals(small)
    stranger = browser_of(make_fund().actor)

    assert [
        stranger.get(f"/desk/breaks/{line.pk}/").status_code,
        stranger.post(f"/desk/breaks/{line.pk}/", {}).status_code,
        stranger.post(f"/desk/breaks/{line.pk}/{row.pk}/withdraw/", {"reason": "x"}).status_code,
        stranger.get("/desk/breaks/", {"fund": small.fund.code}).status_code,
        stranger.get(f"/desk/breaks/{2**70}/").status_code,
    ] == [404] * 5


def test_whoever_only_reads_is_offered_no_form(small: Small) -> None:
    viewer = browser_of(make_operator(small.actor.memberships.get().organisation, "viewer"))
    address = f"/desk/breaks/{line_of(small).pk}/"
    said = {"kind": "judicial", "reason": "x", "paper": SimpleUploadedFile("a.pdf", b"x")}

    assert 'name="paper"' not in viewer.get(address).content.decode()
    assert viewer.post(address, said).status_code == 403


def test_refused_attempts_and_keys_are_read_in_the_log(small: Small) -> None:
    viewer = make_operator(small.actor.memberships.get().organisation, "viewer")
    said = {"kind": "judicial", "reason": "x", "paper": SimpleUploadedFile("a.pdf", b"x")}
    browser_of(viewer).post(f"/desk/breaks/{line_of(small).pk}/", said)
    browser = browser_of(small.actor)

    assert "查明待查款项" in browser.get("/desk/log/refusals/").content.decode()
    assert browser.get("/desk/log/").status_code == 200
    other = browser_of(make_fund().actor).get("/desk/log/refusals/").content.decode()
    assert "查明待查款项" not in other


@pytest.mark.parametrize("page", ["breaks/", "log/", "log/refusals/", "placements/"])
def test_people_of_other_organisations_find_none_of_it(page: str) -> None:
    at = make_fund()
    people = [at.provider_clerk, at.committee_key, make_operator()]

    assert {browser_of(each).get(f"/desk/{page}").status_code for each in people} == {404}


def test_none_of_it_asks_the_database_often(
    small: Small, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    explain(small)
    browser = browser_of(small.actor)
    browser.get("/desk/breaks/")
    pages = ["breaks/", f"breaks/{line_of(small).pk}/", "log/", "log/refusals/", "placements/"]
    for each in pages:
        with django_assert_max_num_queries(12):
            page = browser.get(f"/desk/{each}")
        assert (page.status_code, len(page.content) < 60_000) == (200, True)


def test_an_order_that_never_came_is_proposed_void_and_waits_for_keys(small: Small) -> None:
    file = small.channel(("QR-late-1", "2025-07-01 09:00:00", "5-1-101", "赵一", "100.00", "0.38"))
    import_channel_detail(fund=small.fund, paths=[file], actor=small.actor, at=AT)
    order = ChannelOrder.objects.get(fund=small.fund)
    browser, address = browser_of(small.actor), f"/desk/breaks/orders/{order.pk}/void/"
    bare = browser.post(address, {"reason": "商户已退给业主"}).status_code
    answers = [
        browser.post(
            address, {"reason": "商户已退给业主", "paper": SimpleUploadedFile("说明.pdf", b"%PDF-1")}
        )
        for _ in range(2)
    ]
    foreign = browser_of(make_fund().actor).post(address, {"reason": "x"}).status_code
    (row,) = proposals(small)
    page = browser_of(member_of(small.fund, "trustee", "keyholder")).get("/desk/breaks/").content.decode()

    assert (bare, [each.status_code for each in answers], foreign) == (422, [302, 302], 404)
    assert (row.order, f"{small.fund.code}|break|{row.pk}" in page) == (order, True)
