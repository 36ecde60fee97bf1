"""今日, the other keys, and payment files: what each person of the trust company finds, and at what cost."""

import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from custody.models import FundParty
from custody.money_in.channel import import_channel_detail
from settlement.decisions import questions
from settlement.fees import charges
from settlement.models import PaymentBatch, Settlement
from settlement.payments import answers
from settlement.queue.desk_jobs import JobName, desk_jobs
from settlement.states import State
from tests.custody.money_in.small import AT as SMALL_AT
from tests.custody.money_in.small import Said, small_estate
from tests.factories import TestFund, make_operator, unique
from tests.pages import browser_of
from tests.settlement.desk import AT, Provider, fresh, make_provider
from tests.settlement.fees.builders import JULY, LATER, receive, score, serviced_fund

pytestmark = pytest.mark.usefixtures("committed_db")
QUERIES_MAX, BYTES_MAX = 12, 60 * 1024
LINK = re.compile(r'href="/desk/payments/(PT[^"]+)/"')


@pytest.fixture
def desk(settings: Settings, tmp_path: Path, committed_db: None) -> Provider:
    settings.BANK_OUTBOX = tmp_path
    return make_provider()


def text(page: Any) -> str:
    return str(page.content.decode())


def many_funds(desk: Provider, how_many: int) -> None:
    """The trust company of the desk keeps these too."""
    for _ in range(how_many):
        other = make_provider()
        party = FundParty(fund=other.at.fund, organisation=desk.at.trustee, valid_from=date(2025, 1, 1))
        party.save(using="owner")


# -------------------------------------------------------------------------------------------------- 今日


def test_a_keyholder_begins_on_what_waits_for_their_key(desk: Provider) -> None:
    desk.approved("10"), desk.approved("20")
    page = text(browser_of(desk.at.trustee_key).get("/desk/"))

    for words in ("待放款", "30.00", "逐笔放款", desk.at.fund.estate.name, "经营账"):
        assert words in page


def test_a_maker_is_shown_no_key_to_turn(desk: Provider) -> None:
    desk.approved("10")

    assert "逐笔放款" not in text(browser_of(desk.at.actor).get("/desk/"))


def test_a_viewer_has_nothing_to_do_and_sees_how_it_stands(desk: Provider) -> None:
    desk.approved("10")
    page = text(browser_of(make_operator(desk.at.trustee, "viewer")).get("/desk/"))

    assert ("今天没有等您的事。下一批付款文件 " in page, desk.at.fund.estate.name in page) == (True, True)


def test_a_break_comes_first_and_marks_its_trust(desk: Provider) -> None:
    desk.approved("10")
    desk.bank_line("-5.00", "不明", account="1", name="某人")
    page = text(browser_of(desk.at.trustee_key).get("/desk/"))

    assert page.index("待查付款") < page.index("逐笔放款")
    assert "账实不符或有待查" in page


def test_what_others_have_in_hand_is_named(desk: Provider) -> None:
    desk.verified("10")

    assert desk.at.committee.name in text(browser_of(desk.at.actor).get("/desk/"))


@pytest.mark.parametrize("more", [0, 5])
def test_today_costs_few_queries_however_many_the_funds(
    desk: Provider, django_assert_max_num_queries: DjangoAssertNumQueries, more: int
) -> None:
    desk.approved("10"), desk.verified("20"), desk.released("30")
    desk.bank_line("7.00", "不明", account="1", name="某人")
    many_funds(desk, more)
    browser = browser_of(desk.at.trustee_key)
    with django_assert_max_num_queries(QUERIES_MAX):
        page = browser.get("/desk/")

    assert (page.status_code, len(page.content) < BYTES_MAX) == (200, True)


def test_many_trusts_are_a_table_with_the_unproved_first(desk: Provider) -> None:
    many_funds(desk, 4)
    desk.bank_line("-5.00", "不明", account="1", name="某人")
    page = text(browser_of(desk.at.trustee_key).get("/desk/"))

    assert ("<svg" in page, page.index("账实不符或有待查") < page.index("还没有银行流水")) == (False, True)


def test_a_trust_shows_its_cash_as_a_chart_with_words(desk: Provider) -> None:
    page = text(browser_of(desk.at.trustee_key).get("/desk/"))

    assert "<title>" in page.split("<svg", 1)[1]
    assert "100,000.00" in page
    assert " style=" not in page


# -------------------------------------------------------------------------------------------- other keys


def test_other_keys_are_listed_and_shown_whole(desk: Provider) -> None:
    sent = desk.released("40")
    desk.instructed(sent)
    told = answers.report_failed(settlement_id=sent.pk, evidence="回执八号", actor=desk.at.actor, at=AT)
    browser = browser_of(desk.at.trustee_key)
    listed = text(browser.get("/desk/keys/"))
    shown = text(browser.get(f"/desk/keys/{desk.at.fund.code}/refusal/{told.pk}/"))

    assert f"{desk.at.fund.code}|refusal|{told.pk}" in listed
    assert ("回执八号" in shown, "btn go full" in shown) == (True, True)


@pytest.mark.parametrize("path", ["refusal/1", "nothing/1", "payee/x", "settlement/0"])
def test_a_key_on_what_is_not_there_is_not_there(desk: Provider, path: str) -> None:
    assert browser_of(desk.at.trustee_key).get(f"/desk/keys/{desk.at.fund.code}/{path}/").status_code == 404


# ----------------------------------------------------------------------------------------- payment files


def filed(browser: Client, desk: Provider, *settlements: Settlement, on: str = "") -> Any:
    """The form of the desk's fund, sent with what it showed."""
    day = on or text(browser.get("/desk/payments/")).split('name="on" value="')[1][:10]
    asked = {"settlement": [each.pk for each in settlements], "on": day}
    return browser.post(f"/desk/payments/{desk.at.fund.code}/file/", asked)


def test_what_is_released_is_filed_once(desk: Provider) -> None:
    settlements = [desk.released("10"), desk.released("20")]
    browser = browser_of(desk.at.actor)
    first = filed(browser, desk, *settlements)
    again = filed(browser, desk, *settlements, on="2099-01-01")
    page = text(browser.get(first["Location"]))

    assert (first.status_code, again.status_code) == (302, 422)
    assert PaymentBatch.objects.filter(fund=desk.at.fund).count() == 1
    assert {fresh(each).state for each in settlements} == {State.INSTRUCTED}
    assert "2笔，30.00元" in page


@pytest.mark.parametrize("on", ["2020-01-01", "明天", "2025-13-01"])
def test_a_day_gone_by_or_misspelt_files_nothing(desk: Provider, on: str) -> None:
    settlement = desk.released("10")
    page = filed(browser_of(desk.at.actor), desk, settlement, on=on)

    assert (page.status_code, fresh(settlement).state) == (422, State.RELEASED)


def test_a_foreign_funds_files_are_not_there(desk: Provider) -> None:
    foreign = make_provider()
    settlement = foreign.released("10")
    batch = foreign.instructed(foreign.released("20"))
    browser = browser_of(desk.at.actor)
    asked = [
        browser.get(f"/desk/payments/{batch.message_id}/"),
        browser.post(
            f"/desk/payments/{foreign.at.fund.code}/file/", {"settlement": settlement.pk, "on": "2099-01-01"}
        ),
    ]
    mixed = browser.post(
        f"/desk/payments/{desk.at.fund.code}/file/", {"settlement": settlement.pk, "on": "2099-01-01"}
    )

    assert [each.status_code for each in (*asked, mixed)] == [404, 404, 404]
    assert fresh(settlement).state == State.RELEASED
    assert LINK.findall(text(browser.get("/desk/payments/"))) == []


def test_a_viewer_files_nothing(desk: Provider) -> None:
    settlement = desk.released("10")
    page = filed(browser_of(make_operator(desk.at.trustee, "viewer")), desk, settlement, on="2099-01-01")

    assert (page.status_code, fresh(settlement).state) == (422, State.RELEASED)


def test_payment_pages_cost_few_queries(
    desk: Provider, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for amount in ("10", "20", "30"):
        desk.instructed(desk.released(amount))
    desk.released("40"), desk.released("50")
    browser = browser_of(desk.at.actor)
    with django_assert_max_num_queries(QUERIES_MAX):
        page = browser.get("/desk/payments/")
    files = LINK.findall(text(page))
    with django_assert_max_num_queries(QUERIES_MAX):
        browser.get(f"/desk/payments/{files[0]}/")

    assert len(files) == 3


@pytest.mark.parametrize("path", ["", "keys/", "payments/", "payments/PT1/"])
def test_the_desks_pages_are_there_for_nobody_else(desk: Provider, path: str) -> None:
    for person in (desk.at.provider_clerk, desk.at.committee_key, make_operator()):
        assert browser_of(person).get(f"/desk/{path}").status_code == 404


def test_questions_and_their_clock_are_counted(desk: Provider) -> None:
    protector = make_operator(desk.at.protector)
    asked = questions.ask_question(
        settlement_id=desk.verified("120.00").pk, text="为何重复？", actor=protector, at=AT
    )
    page = text(browser_of(desk.at.actor).get("/desk/"))

    assert desk_jobs([desk.at.fund.pk], desk.at.actor, AT.date())[JobName.QUESTIONS].count == 1
    assert f"最早须在{asked.answer_by}答复" in page


def test_late_orders_and_days_to_prepare_are_counted(tmp_path: Path) -> None:
    small = small_estate(tmp_path)
    small.take(Said("2025-07-20", "100.50", "路人", "6222009"))
    proven = desk_jobs([small.fund.pk], small.actor, SMALL_AT.date())
    file = small.channel((unique("QR"), "2025-07-01 09:00:00", "5-1-101", "赵一", "100.00", "0.38"))
    import_channel_detail(fund=small.fund, paths=[file], actor=small.actor, at=SMALL_AT)
    late = desk_jobs([small.fund.pk], small.actor, SMALL_AT.date())

    assert (proven[JobName.DAYS].count, JobName.ORDERS in proven) == (1, False)
    assert (JobName.DAYS in late, late[JobName.ORDERS].total) == (False, Decimal("100.00"))


def test_a_withheld_quarter_waits_for_its_score_and_then_to_be_carried_over(committed_db: None) -> None:
    test = serviced_fund()
    receive(test, "property_fee", "1000", JULY)
    charges.accrue_performance(fund_id=test.fund.pk, month=JULY, actor=test.actor, at=LATER)
    found = []
    for step in (lambda: None, lambda: score(test, 92), lambda: carried(test)):
        step()
        jobs = desk_jobs([test.fund.pk], test.actor, LATER.date())
        found.append(
            {name: str(jobs[name].total) for name in (JobName.SCORES, JobName.CARRY) if name in jobs}
        )

    assert found == [{JobName.SCORES: "30.00"}, {JobName.CARRY: "30.00"}, {}]


def carried(test: TestFund) -> None:
    charges.fix_assessment(fund_id=test.fund.pk, year=2025, quarter=3, actor=test.actor, at=LATER)
