"""The suspense desk: whose a receipt may be, found in one step, refused beside the field, taken back."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from pytest_django import DjangoAssertNumQueries

from custody.models import BankLine, LineKind, LineNote, Operator, Payback
from custody.money_in import explanations
from custody.money_in.parts import standing_parts
from tests.custody.money_in.small import Said, Small, small_estate
from tests.factories import make_fund, make_operator, member_of
from tests.pages import browser_of

pytestmark = pytest.mark.usefixtures("committed_db")

BY_HAND = {"do": "find", "who": "unit", "unit": "5-1-101", "month": "2025-07", "months": "1"}


@pytest.fixture
def small(tmp_path: Path) -> Small:
    """A receipt of 100.50 in suspense, 5-1-101's fee of a month, and one of 77.00 that is nobody's fee."""
    small = small_estate(tmp_path)
    small.take(
        Said("2025-07-20", "100.50", "路人", "6222009"), Said("2025-07-21", "77.00", "过客", "6222010")
    )
    return small


def lines(small: Small) -> list[BankLine]:
    return list(BankLine.objects.filter(fund=small.fund).order_by("position"))


def page_of(small: Small, address: str, person: Operator | None = None) -> str:
    """A page as the estate's maker sees it, of this estate alone: others belong to the same company."""
    asked = {"fund": small.fund.code}
    return browser_of(person or small.actor).get(address, query_params=asked).content.decode()


def post(small: Small, said: Mapping[str, object], at: int = 0) -> HttpResponse:
    address = f"/desk/suspense/{lines(small)[at].pk}/?fund={small.fund.code}"
    return browser_of(small.actor).post(address, dict(said))  # type: ignore[return-value]


def kind_of(line: BankLine) -> str:
    return explanations.newest_explanations(line.fund_id).get(line=line).kind


def test_the_oldest_receipt_is_open_with_the_unit_it_may_be_of(small: Small) -> None:
    page = page_of(small, "/desk/suspense/")

    assert "路人" in page
    assert "过客" in page
    assert 'value="5-1-101|2025-07|1"' in page
    assert "金额正是该户 2025-07 的物业费" in page
    assert "认领为5-1-101的2025-07物业费" in page


def test_one_step_identifies_it_and_opens_the_next(small: Small) -> None:
    first, second = lines(small)
    answer = post(small, {"do": "find", "who": "5-1-101|2025-07|1", "why": "已电话核实"})

    assert (answer.status_code, answer["Location"]) == (
        302,
        f"/desk/suspense/{second.pk}/?fund={small.fund.code}",
    )
    assert kind_of(first) == LineKind.IDENTIFIED
    assert [each.month for each in standing_parts(line=first)] == [date(2025, 7, 1)]
    assert LineNote.objects.get(line=first).text == "已电话核实"


def test_the_same_form_sent_twice_books_it_once(small: Small) -> None:
    answers = [post(small, BY_HAND).status_code for _ in range(2)]

    assert answers == [302, 302]
    assert len(standing_parts(line=lines(small)[0])) == 1


def test_a_form_overtaken_by_somebody_else_changes_nothing_and_says_so(small: Small) -> None:
    post(small, BY_HAND)
    answer = post(small, BY_HAND | {"unit": "5-2-201"})

    assert answer.status_code == 422
    assert "只有待确认款项可以认领" in answer.content.decode()


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"unit": "99-9-999"}, "业主名册没有房屋「99-9-999」"),
        ({"unit": ""}, "请选是谁的，或写明房号"),
        ({"month": "七月"}, "月份「七月」应写成 2025-07"),
        ({"months": "0"}, "月数应为 1 至 24"),
        ({"months": "99999"}, "月数应为 1 至 24"),
        ({"who": "income"}, "请选收入种类"),
        ({"who": "income", "income": "parking"}, "其他收入须附凭据"),
        ({"who": "back", "why": "不是业主"}, "请写明付款人的开户行"),
        ({"do": "note", "why": " "}, "请写明备注"),
        ({"who": "<script>|x|y"}, "业主名册没有房屋「&lt;script&gt;」"),
    ],
)
def test_what_cannot_be_is_refused_with_the_services_sentence(
    small: Small, said: dict[str, str], sentence: str
) -> None:
    answer = post(small, BY_HAND | said)

    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert kind_of(lines(small)[0]) == LineKind.SUSPENSE


def test_other_income_is_booked_with_its_paper(small: Small) -> None:
    paper = SimpleUploadedFile("合同.pdf", b"a contract")
    said = {"do": "find", "who": "income", "income": "parking", "paper": paper}

    assert post(small, said, at=1).status_code == 302
    assert [each.income for each in standing_parts(line=lines(small)[1])] == ["parking"]


def test_an_empty_paper_is_refused_beside_its_field(small: Small) -> None:
    said = {"do": "find", "who": "income", "income": "parking", "paper": SimpleUploadedFile("a.pdf", b"")}
    answer = post(small, said)

    assert (answer.status_code, "文件「a.pdf」是空的" in answer.content.decode()) == (422, True)


def test_a_payback_is_asked_for_and_no_more_offered(small: Small) -> None:
    line = lines(small)[0]
    post(small, {"do": "find", "who": "back", "bank": "某银行", "why": "不是业主"})
    page = page_of(small, f"/desk/suspense/{line.pk}/")

    assert Payback.objects.filter(line=line).count() == 1
    assert "已申请退还给付款人" in page
    assert 'name="who"' not in page


def test_a_note_leaves_it_where_it_is(small: Small) -> None:
    assert post(small, {"do": "note", "why": "等业主回电"}).status_code == 302
    assert "等业主回电" in page_of(small, "/desk/suspense/")
    assert kind_of(lines(small)[0]) == LineKind.SUSPENSE


def test_what_was_found_is_listed_and_can_be_taken_back(small: Small) -> None:
    line = lines(small)[0]
    post(small, BY_HAND)
    listed = page_of(small, "/desk/suspense/identified/")
    refused = browser_of(small.actor).post(f"/desk/suspense/{line.pk}/undo/", {"reason": ""})
    browser_of(small.actor).post(f"/desk/suspense/{line.pk}/undo/", {"reason": "认错了"})

    assert "5-1-101 2025-07 物业费 100.50 元" in listed
    assert (refused.status_code, kind_of(line)) == (422, LineKind.SUSPENSE)


def test_another_funds_line_is_not_there(small: Small) -> None:
    stranger, line = make_fund(), lines(small)[0]
    person = browser_of(stranger.actor)

    assert [
        person.get(f"/desk/suspense/{line.pk}/").status_code,
        person.post(f"/desk/suspense/{line.pk}/", BY_HAND).status_code,
        person.post(f"/desk/suspense/{line.pk}/undo/", {"reason": "x"}).status_code,
        person.get(f"/desk/suspense/?fund={small.fund.code}").status_code,
        person.get("/desk/suspense/999999999/").status_code,
    ] == [404] * 5


def test_whoever_only_reads_is_offered_nothing_and_refused(small: Small) -> None:
    viewer = make_operator(member_of(small.fund, "trustee", "maker").memberships.get().organisation, "viewer")
    page = page_of(small, "/desk/suspense/", viewer)
    answer = browser_of(viewer).post(f"/desk/suspense/{lines(small)[0].pk}/", BY_HAND)

    assert ('name="who"' in page, answer.status_code) == (False, 403)


def test_people_of_other_organisations_find_no_such_page(small: Small) -> None:
    people = [
        make_operator(),
        member_of(small.fund, "provider", "clerk"),
        member_of(small.fund, "committee", "keyholder"),
    ]

    assert {browser_of(each).get("/desk/suspense/").status_code for each in people} == {404}


def test_the_list_is_as_cheap_for_many_as_for_few(
    tmp_path: Path, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    small = small_estate(tmp_path)
    small.take(*(Said("2025-07-20", f"{100 + at}.50", f"路人{at}", f"62220{at}") for at in range(60)))
    last = lines(small)[-1]
    browser, asked = browser_of(small.actor), {"fund": small.fund.code}
    browser.get("/desk/suspense/identified/")  # a session is written once in five minutes

    for address in ("/desk/suspense/", f"/desk/suspense/{last.pk}/", "/desk/suspense/identified/"):
        with django_assert_max_num_queries(12):
            page = browser.get(address, query_params=asked)
        assert (page.status_code, len(page.content) < 60_000) == (200, True)


def test_a_page_goes_on_where_the_last_one_ended(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("custody.money_in.waiting_lines.ROWS_A_PAGE", 1)
    monkeypatch.setattr("custody.web.desk.suspense.ROWS_A_PAGE", 1)
    first = page_of(small, "/desk/suspense/")
    after = f"{lines(small)[0].booked_on.isoformat()}.{lines(small)[0].pk}"

    assert f"after={after}" in first
    browser, asked = browser_of(small.actor), {"fund": small.fund.code, "after": after}
    assert "过客" in browser.get("/desk/suspense/", query_params=asked).content.decode()
    asked["after"] = "nonsense.x"
    assert "路人" in browser.get("/desk/suspense/", query_params=asked).content.decode()
