"""The committee's phone: what waits for its key, whole; refusing, taking back, accepting."""

import uuid
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import Workbook
from pytest_django import DjangoAssertNumQueries

from custody import keys
from custody.models import Operator, RefusedAttempt
from custody.permits.acts import Act
from settlement.decisions import approvals, payees
from settlement.decisions.subjects import PAYEE, SETTLEMENT
from settlement.models import Acceptance, Settlement, WorkOrder
from settlement.queue.first_keys import first_keys_waiting, keys_turned
from settlement.queue.settlement_turns import queue_of
from settlement.states import State
from tests import signing
from tests.factories import make_operator, unique
from tests.pages import browser_of
from tests.settlement.desk import AT, Provider, fresh, make_provider
from tests.settlement.web.test_desk_settlements import text

pytestmark = pytest.mark.usefixtures("committed_db")
QUERIES_MAX, BYTES_MAX = 12, 60 * 1024


@pytest.fixture
def desk(committed_db: None) -> Iterator[Provider]:
    with signing.by_everybody():
        yield make_provider()


def named(row: Settlement) -> str:
    return f"{row.fund.code}/{SETTLEMENT}/{row.number}/"


def changed_payee(desk: Provider) -> int:
    return payees.propose(
        fund=desk.at.fund, organisation=desk.at.provider, holder=desk.payee.holder, number="6222000011112222",
        bank_name="新开户行", clearing_number="103651000000", actor=desk.at.actor, at=AT,
    ).pk  # fmt: skip


def approved(desk: Provider, row: Settlement) -> Settlement:
    return approvals.approve(settlement_id=row.pk, actor=desk.at.committee_key, at=AT)


def phone(desk: Provider) -> Client:
    return browser_of(desk.at.committee_key)


def test_the_oldest_decision_is_shown_whole_and_the_next_two_below(desk: Provider) -> None:
    first, *others = [desk.verified(amount) for amount in ("120.00", "80.00", "70.00", "60.00")]
    page = text(phone(desk).get("/keys/"))

    assert f"{first.fund.code}|{SETTLEMENT}|{first.number}" in page
    assert [f"/keys/{named(each)}" in page for each in others] == [True, True, False]
    assert "同意付120.00元" in page
    assert "330.00" in page


def test_what_waits_on_the_phone_is_what_waits_in_the_queue(desk: Provider) -> None:
    desk.verified("120.00")
    approved(desk, desk.verified("80.00"))
    changed_payee(desk)
    person = desk.at.committee_key
    waits = first_keys_waiting([desk.at.fund], person.pk)
    queue = [each for each in queue_of(person, AT) if each.act is Act.TURN_FIRST_KEY]

    assert sorted((each.kind, each.number) for each in waits.rows) == sorted(
        (each.kind, each.number) for each in queue
    )
    assert {each.kind for each in waits.rows} == {SETTLEMENT, PAYEE}


def test_any_other_kind_is_shown_in_words(desk: Provider) -> None:
    number = changed_payee(desk)
    page = text(phone(desk).get(f"/keys/{desk.at.fund.code}/{PAYEE}/{number}/"))

    assert "6222000011112222" in page
    assert f"{desk.at.fund.code}|{PAYEE}|{number}" in page
    assert "不同意就不转密码" in page


def test_a_page_costs_the_same_whatever_waits(
    desk: Provider, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for amount in range(10, 16):
        desk.verified(f"{amount}.00")
    browser = phone(desk)
    browser.get("/keys/")
    with django_assert_max_num_queries(QUERIES_MAX):
        page = browser.get("/keys/")
    with django_assert_max_num_queries(QUERIES_MAX):
        browser.get("/keys/all/")

    assert len(page.content) < BYTES_MAX


def test_keys_done_are_listed_newest_first_and_page_by_cursor(
    desk: Provider, django_assert_max_num_queries: DjangoAssertNumQueries, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [approved(desk, desk.verified(amount)) for amount in ("120.00", "80.00", "70.00")]
    monkeypatch.setattr("settlement.queue.first_keys.TURNED_ROWS", 2)
    browser = phone(desk)
    with django_assert_max_num_queries(QUERIES_MAX):
        newest = text(browser.get("/keys/done/"))
    found, more = keys_turned(desk.at.committee.pk, [desk.at.fund])
    older = text(browser.get(f"/keys/done/?after={more}"))

    assert [each.number for each in found] == [rows[2].number, rows[1].number]
    assert [named(rows[0]) in page for page in (newest, older)] == [False, True]


def test_the_committee_refuses_with_a_reason_that_the_firm_sees(desk: Provider) -> None:
    row = desk.verified("120.00")
    browser = phone(desk)
    answer = browser.post(f"/keys/decline/{named(row)}", {"reason": "工程未完"})

    assert (answer.status_code, fresh(row).state) == (302, State.REJECTED)
    assert row.moves.latest("step").reason == "工程未完"


def test_refused_twice_the_second_time_says_why_not(desk: Provider) -> None:
    row = desk.verified("120.00")
    browser = phone(desk)
    answers = [browser.post(f"/keys/decline/{named(row)}", {"reason": "工程未完"}) for _ in range(2)]

    assert [each.status_code for each in answers] == [302, 422]
    assert row.moves.filter(target=State.REJECTED).count() == 1


def test_without_a_reason_nothing_is_refused(desk: Provider) -> None:
    row = desk.verified("120.00")
    answer = phone(desk).post(f"/keys/decline/{named(row)}", {"reason": "  "})

    assert (answer.status_code, fresh(row).state) == (422, State.VERIFIED)
    assert "请说明理由" in text(answer)


def test_a_kind_without_a_service_to_refuse_it_has_no_form(desk: Provider) -> None:
    number = changed_payee(desk)

    assert phone(desk).get(f"/keys/decline/{desk.at.fund.code}/{PAYEE}/{number}/").status_code == 404


def test_a_key_is_taken_back_and_the_money_freed(desk: Provider) -> None:
    row = approved(desk, desk.verified("120.00"))
    browser = phone(desk)
    shown = text(browser.get(f"/keys/{named(row)}"))
    answer = browser.post(f"/keys/withdraw/{named(row)}", {"reason": "看错了"})

    assert f"/keys/withdraw/{named(row)}" in shown
    assert (answer.status_code, fresh(row).state, fresh(row).hold_id) == (302, State.VERIFIED, None)
    assert keys.standing(SETTLEMENT, row.pk) == []


def test_only_what_was_looked_at_is_signed_together(desk: Provider) -> None:
    looked, other = desk.verified("120.00"), desk.verified("80.00")
    browser = phone(desk)
    browser.get(f"/keys/{named(looked)}")
    page = text(browser.get("/keys/all/"))

    assert f'value="{looked.fund.code}|{SETTLEMENT}|{looked.number}"' in page
    assert f"|{other.number}" not in page


def test_the_button_opens_a_list_to_be_signed(desk: Provider) -> None:
    row = desk.verified("120.00")
    asked = {"list": str(uuid.uuid4()), "item": f"{row.fund.code}|{SETTLEMENT}|{row.number}"}
    page = phone(desk).post("/acts/", asked, follow=True)

    assert (page.status_code, fresh(row).state) == (200, State.VERIFIED)
    assert "120.00" in text(page)


def test_a_foreign_subject_is_not_there(desk: Provider) -> None:
    row, browser = make_provider().verified("120.00"), phone(desk)
    asked = [browser.get(f"/keys/{named(row)}"), browser.get(f"/keys/withdraw/{named(row)}")]
    asked.append(browser.post(f"/keys/decline/{named(row)}", {"reason": "不认识"}))

    assert [each.status_code for each in asked] == [404, 404, 404]
    assert fresh(row).state == State.VERIFIED


def test_what_is_not_there_is_not_shown(desk: Provider) -> None:
    browser, code = phone(desk), desk.at.fund.code
    asked = ("keys/x/settlement/1/", f"keys/{code}/nothing/1/", f"keys/{code}/payee/x/", "keys/done/?after=x")

    assert {browser.get(f"/{each}").status_code for each in asked} == {404}


@pytest.mark.parametrize("address", ["/keys/", "/keys/all/", "/keys/done/", "/keys/work/"])
def test_others_find_no_phone(desk: Provider, address: str) -> None:
    people: list[Operator] = [desk.at.trustee_key, desk.at.provider_clerk, make_operator(desk.at.protector)]

    assert [browser_of(each).get(address).status_code for each in people] == [404, 404, 404]
    assert browser_of().get(address).status_code == 302


def test_whoever_holds_no_key_reads_and_refuses_nothing(desk: Provider) -> None:
    row = desk.verified("120.00")
    browser = browser_of(make_operator(desk.at.committee, role="maker"))
    page = text(browser.get("/keys/"))
    answer = browser.post(f"/keys/decline/{named(row)}", {"reason": "不同意"})

    assert "同意付" not in page
    assert "您不是持钥人" in page
    assert (answer.status_code, fresh(row).state) == (422, State.VERIFIED)
    assert RefusedAttempt.objects.filter(act=Act.REJECT_INVOICE).exists()


def workbook(desk: Provider, number: str, result: str = "合格") -> SimpleUploadedFile:
    desk.budget()
    book = Workbook()
    sheet: Any = book.active
    sheet.title = "工单"
    sheet.append(["工单号", "服务内容", "科目编码", "完成日期", "验收日期", "验收人", "验收结果", "金额"])
    sheet.append([number, "清洁", "CLN", "2025-06-01", "2025-06-02", "业委会", result, 50])
    out = BytesIO()
    book.save(out)
    return SimpleUploadedFile("工单.xlsx", out.getvalue())


def handed(desk: Provider, file: SimpleUploadedFile, step: str) -> Any:
    return phone(desk).post("/keys/work/", {"fund": desk.at.fund.code, "file": file, "step": step})


def test_a_file_of_work_is_read_without_being_taken(desk: Provider) -> None:
    number = unique("GD")
    page = handed(desk, workbook(desk, number), "read")

    assert (page.status_code, WorkOrder.objects.filter(number=number).count()) == (200, 0)
    assert "还没有写入" in text(page)


def test_a_file_of_work_is_handed_in_once_and_waits_for_a_signature(desk: Provider) -> None:
    number = unique("GD")
    first, again = (text(handed(desk, workbook(desk, number), "take")) for _ in range(2))
    acceptance = Acceptance.objects.get(fund=desk.at.fund)
    card = text(phone(desk).get(f"/keys/{desk.at.fund.code}/acceptance/{acceptance.pk}/"))

    assert ("等持钥人签收" in first, "没有变化" in again) == (True, True)
    assert WorkOrder.objects.filter(fund=desk.at.fund, number=number).count() == 0
    assert f"{number} 清洁" in card


def test_a_fault_in_a_file_of_work_is_told_and_nothing_is_taken(desk: Provider) -> None:
    number = unique("GD")
    page = handed(desk, workbook(desk, number, result="也许"), "take")

    assert (page.status_code, WorkOrder.objects.filter(number=number).count()) == (422, 0)
    assert "也许" in text(page)


def test_no_file_is_said(desk: Provider) -> None:
    page = phone(desk).post("/keys/work/", {"fund": desk.at.fund.code, "step": "take"})

    assert page.status_code == 422
    assert "没有收到文件" in text(page)
