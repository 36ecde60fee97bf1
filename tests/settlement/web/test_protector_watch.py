"""The protector's watch: the same evidence read only, questions with answers, a stay as the deed grants."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any, cast

import pytest
from django.db import connection
from django.test import Client
from django.utils.timezone import localdate
from pytest_django import DjangoAssertNumQueries

from custody.models import Operator, RefusedAttempt
from custody.permits.acts import Act
from settlement.decisions import questions, stays
from settlement.models import Question, Reply, Settlement, Stay, StayLifted
from tests import signing
from tests.factories import make_operator
from tests.pages import browser_of
from tests.settlement.desk import Provider, make_provider
from tests.settlement.fees.builders import agree
from tests.settlement.web.test_desk_settlements import text

pytestmark = pytest.mark.usefixtures("committed_db")
QUERIES_MAX, BYTES_MAX = 12, 60 * 1024
GRANTED = 10


@pytest.fixture
def desk(committed_db: None) -> Iterator[Provider]:
    with signing.by_everybody():
        yield make_provider()


@pytest.fixture
def granted(desk: Provider) -> Provider:
    agree(desk.at, date(2025, 1, 1), stay_days=str(GRANTED))
    return desk


@pytest.fixture
def protector(desk: Provider) -> Operator:
    return make_operator(desk.at.protector)


@pytest.fixture
def watching(protector: Operator) -> Client:
    return browser_of(protector)


def now() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT custody_now()")
        return cast(datetime, cursor.fetchone()[0])


def address(row: Settlement, act: str = "") -> str:
    return f"/watch/{row.fund.code}/{row.number}/{act}"


def day(ahead: int) -> str:
    return (localdate(now()) + timedelta(days=ahead)).isoformat()


def stayed(browser: Client, row: Settlement, ahead: int = 5) -> Any:
    return browser.post(address(row, "stay/"), {"text": "工程量存疑", "until": day(ahead)})


def asked(desk: Provider, who: Operator, what: str = "为什么做了两次？") -> Question:
    return questions.ask_question(settlement_id=desk.verified("120.00").pk, text=what, actor=who, at=now())


def test_what_is_under_way_is_listed_within_few_queries(
    desk: Provider, watching: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    rows = [desk.verified(f"{amount}.00") for amount in range(10, 15)]
    with django_assert_max_num_queries(QUERIES_MAX):
        page = watching.get("/watch/")

    assert [address(each) in text(page) for each in rows] == [True] * len(rows)
    assert len(page.content) < BYTES_MAX


def test_an_invoice_is_shown_with_its_evidence_within_few_queries(
    granted: Provider, watching: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    row = granted.verified("120.00")
    with django_assert_max_num_queries(QUERIES_MAX):
        page = text(watching.get(address(row)))

    assert "暂缓付120.00元" in page
    assert "/acts/" not in page


def test_asked_twice_it_is_one_question(desk: Provider, watching: Client) -> None:
    row = desk.verified("120.00")
    answers = [watching.post(address(row, "ask/"), {"text": "为什么做了两次？"}) for _ in range(2)]

    assert [each.status_code for each in answers] == [302, 302]
    assert Question.objects.filter(settlement=row).count() == 1
    assert "为什么做了两次？" in text(watching.get(address(row)))


def test_a_question_of_nothing_is_refused_beside_its_field(desk: Provider, watching: Client) -> None:
    row = desk.verified("120.00")
    answer = watching.post(address(row, "ask/"), {"text": " "})

    assert (answer.status_code, Question.objects.filter(settlement=row).count()) == (422, 0)
    assert 'id="ask-wrong"' in text(answer)


def test_a_stay_shows_on_the_committees_phone_which_signs_nothing_while_it_stands(
    granted: Provider, watching: Client
) -> None:
    row = granted.verified("120.00")
    answer = stayed(watching, row)
    page = text(browser_of(granted.at.committee_key).get("/keys/"))

    assert (answer.status_code, Stay.objects.filter(settlement=row).count()) == (302, 1)
    assert "工程量存疑" in page
    assert 'type="submit" disabled' in page


def test_it_shows_on_the_desks_page_too(granted: Provider, watching: Client) -> None:
    row = granted.verified("120.00")
    stayed(watching, row)

    assert "工程量存疑" in text(browser_of(granted.at.trustee_key).get(f"/desk/settlements/{row.pk}/"))


def test_more_days_than_the_deed_grants_are_refused(granted: Provider, watching: Client) -> None:
    row = granted.verified("120.00")
    answer = stayed(watching, row, GRANTED + 1)

    assert (answer.status_code, Stay.objects.filter(settlement=row).count()) == (422, 0)
    assert 'id="stay-wrong"' in text(answer)


@pytest.mark.parametrize("until", ["", "yesterday", "2025-13-40"])
def test_no_day_is_said(granted: Provider, watching: Client, until: str) -> None:
    row = granted.verified("120.00")
    answer = watching.post(address(row, "stay/"), {"text": "存疑", "until": until})

    assert (answer.status_code, Stay.objects.filter(settlement=row).count()) == (422, 0)
    assert "请选暂缓到哪一天" in text(answer)


def test_a_silent_deed_grants_no_stay(desk: Provider, watching: Client) -> None:
    row = desk.verified("120.00")
    shown, answer = text(watching.get(address(row))), stayed(watching, row, 1)

    assert "没有授予监察人暂缓" in shown
    assert (answer.status_code, Stay.objects.filter(settlement=row).count()) == (422, 0)


def test_a_stay_is_lifted_with_a_reason_once(granted: Provider, watching: Client) -> None:
    row = granted.verified("120.00")
    stayed(watching, row)
    answers = [watching.post(address(row, "lift/"), {"text": why}) for why in ("", "查清了", "查清了")]

    assert [each.status_code for each in answers] == [422, 302, 302]
    assert StayLifted.objects.filter(stay__settlement=row).count() == 1
    assert not stays.stay_of(row.pk, localdate(now()))


def test_a_foreign_invoice_is_not_there(granted: Provider, watching: Client) -> None:
    row = make_provider().verified("120.00")
    posts = [
        watching.post(address(row, act), {"text": "?"}).status_code for act in ("ask/", "stay/", "lift/")
    ]

    assert [watching.get(address(row)).status_code, *posts] == [404, 404, 404, 404]
    assert watching.get("/watch/?state=nothing").status_code == 404
    assert watching.get("/watch/?after=x").status_code == 404


def test_others_do_not_watch(desk: Provider) -> None:
    row = desk.verified("120.00")
    people = (desk.at.trustee_key, desk.at.committee_key, desk.at.provider_clerk)

    assert {browser_of(each).get(address(row)).status_code for each in people} == {404}
    assert browser_of().get("/watch/").status_code == 302


@pytest.mark.parametrize("who", ["trustee_key", "provider_clerk"])
def test_the_trust_company_or_the_firm_answers_once(desk: Provider, protector: Operator, who: str) -> None:
    question = asked(desk, protector)
    browser = browser_of(getattr(desk.at, who))
    shown = text(browser.get("/questions/"))
    answers = [browser.post(f"/questions/{question.pk}/", {"text": "补做了一次"}) for _ in range(2)]

    assert "为什么做了两次？" in shown
    assert [each.status_code for each in answers] == [302, 302]
    assert Reply.objects.get(question=question).text == "补做了一次"


def test_another_answer_to_the_same_question_is_refused(desk: Provider, protector: Operator) -> None:
    question = asked(desk, protector)
    browser = browser_of(desk.at.trustee_key)
    answers = [browser.post(f"/questions/{question.pk}/", {"text": each}) for each in ("一", "二")]

    assert [each.status_code for each in answers] == [302, 422]
    assert "已有答复" in text(answers[1])


def test_an_empty_answer_is_refused_beside_its_field(desk: Provider, protector: Operator) -> None:
    question = asked(desk, protector)
    answer = browser_of(desk.at.trustee_key).post(f"/questions/{question.pk}/", {"text": ""})

    assert (answer.status_code, Reply.objects.filter(question=question).count()) == (422, 0)
    assert f'id="w{question.pk}"' in text(answer)


def test_questions_of_others_are_not_there(desk: Provider, protector: Operator) -> None:
    question, other = asked(desk, protector), make_provider()
    posts = [
        browser_of(each).post(f"/questions/{question.pk}/", {"text": "不是我"}).status_code
        for each in (other.at.trustee_key, other.at.provider_clerk, desk.at.committee_key)
    ]

    assert posts == [404, 404, 404]
    assert "为什么做了两次？" not in text(browser_of(other.at.trustee_key).get("/questions/"))


def test_a_firms_reader_answers_nothing(desk: Provider, protector: Operator) -> None:
    question = asked(desk, protector)
    reader = make_operator(desk.at.provider, role="keyholder")
    answer = browser_of(reader).post(f"/questions/{question.pk}/", {"text": "我来答"})

    assert (answer.status_code, Reply.objects.filter(question=question).count()) == (422, 0)
    assert RefusedAttempt.objects.filter(act=Act.ANSWER_QUESTION).exists()


def test_questions_cost_the_same_however_many_wait(
    desk: Provider, protector: Operator, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    row = desk.verified("120.00")
    for number in range(22):
        questions.ask_question(settlement_id=row.pk, text=f"问题{number}", actor=protector, at=now())
    browser = browser_of(desk.at.trustee_key)
    with django_assert_max_num_queries(QUERIES_MAX):
        page = browser.get("/questions/")

    assert len(page.content) < BYTES_MAX
    assert "问题19<" in text(page)
    assert "问题20<" not in text(page)
