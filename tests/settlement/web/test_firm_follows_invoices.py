"""A firm's pages of its invoices and its work: whose turn it is, why, and what ends it; its own alone."""

from typing import Any

import pytest
from django.http import HttpResponse

from settlement.decisions import approvals
from settlement.models import Settlement, SettlementMove
from settlement.states import State
from settlement.web.firm import reads
from tests.factories import make_operator
from tests.pages import browser_of
from tests.settlement.desk import AT, Provider, fresh, make_provider, work_line

pytestmark = pytest.mark.usefixtures("committed_db")
FOREIGN = ("", "answer/", "resubmit/", "cancel/")


@pytest.fixture
def desk(committed_db: None) -> Provider:
    return make_provider()


@pytest.fixture
def returned(desk: Provider) -> Settlement:
    """An invoice over work that did not pass."""
    return desk.submit(desk.invoice(work_line(desk.work("300", accepted=False))))


def shown(desk: Provider, address: str) -> str:
    answer = browser_of(desk.at.provider_clerk).get(address)
    assert answer.status_code == 200, answer.content.decode()
    return answer.content.decode()


def acted(desk: Provider, row: Settlement, act: str, **said: Any) -> HttpResponse:
    browser = browser_of(desk.at.provider_clerk)
    return browser.post(f"/firm/invoices/{row.pk}/{act}/", said)  # type: ignore[return-value]


def twin(desk: Provider) -> Settlement:
    """An invoice alike in payee, amount and date to one that is verified."""
    desk.verified("500")
    made = desk.submit(desk.invoice(work_line(desk.work("500"))))
    assert made.state == State.RETURNED
    return made


def test_the_first_page_opens_on_what_waits_for_the_firm(desk: Provider, returned: Settlement) -> None:
    page = shown(desk, "/firm/")

    assert "有1件事等您办" in page
    assert "未通过验收，不能付款" in page


def test_the_first_page_says_what_was_paid_and_for_what(desk: Provider) -> None:
    row = desk.released("250")
    desk.instructed(row)
    desk.pays(row)
    page = shown(desk, "/firm/")

    assert "今天没有等您的事" in page
    assert all(said in page for said in ("250.00", "清洁卫生", f"/firm/invoices/{row.pk}/", "尾号5678"))


def test_a_returned_invoice_shows_every_reason(desk: Provider, returned: Settlement) -> None:
    page = shown(desk, f"/firm/invoices/{returned.pk}/")

    assert "退回，1条理由" in page
    assert "未通过验收，不能付款" in page


def test_an_answer_that_it_is_no_duplicate_has_it_judged_again(desk: Provider) -> None:
    row = twin(desk)
    assert "请说明为什么不是重复开票" in shown(desk, f"/firm/invoices/{row.pk}/")
    answer = acted(desk, row, "answer", answer="两栋楼同价", seen=row.revision)

    assert (answer.status_code, fresh(row).state, fresh(row).duplicate_answer) == (
        302,
        State.VERIFIED,
        "两栋楼同价",
    )


@pytest.mark.parametrize("said", ["", "  ", "长" * 301], ids=["none", "blank", "too long"])
def test_an_answer_that_says_nothing_or_too_much_is_refused(desk: Provider, said: str) -> None:
    row = twin(desk)
    answer = acted(desk, row, "answer", answer=said, seen=row.revision)

    assert (answer.status_code, fresh(row).state) == (422, State.RETURNED)


def test_handed_in_again_it_is_judged_on_what_is_known_now(desk: Provider, returned: Settlement) -> None:
    answer = acted(desk, returned, "resubmit", seen=returned.revision)

    assert (answer.status_code, fresh(returned).state, fresh(returned).revision) == (302, State.RETURNED, 2)


def test_a_double_click_hands_it_in_once(desk: Provider, returned: Settlement) -> None:
    first, second = (acted(desk, returned, "resubmit", seen=returned.revision) for _ in range(2))

    assert (first.status_code, second.status_code, fresh(returned).revision) == (302, 409, 2)
    assert "刚被重新申报过" in second.content.decode()


@pytest.mark.parametrize("seen", ["", "x", "1.5"])
def test_a_revision_that_is_no_number_is_refused(desk: Provider, returned: Settlement, seen: str) -> None:
    assert acted(desk, returned, "resubmit", seen=seen).status_code == 400


def test_the_firm_calls_off_what_it_handed_in(desk: Provider) -> None:
    row = desk.verified("100")
    answer = acted(desk, row, "cancel", reason="开错了")

    assert (answer.status_code, fresh(row).state) == (302, State.CANCELLED)


def test_it_is_called_off_with_a_reason_and_before_a_key(desk: Provider) -> None:
    row = desk.verified("100")
    assert acted(desk, row, "cancel", reason=" ").status_code == 422
    approvals.approve(settlement_id=row.pk, actor=desk.at.committee_key, at=AT)

    answer = acted(desk, row, "cancel", reason="开错了")

    assert (answer.status_code, fresh(row).state) == (409, State.APPROVED)


def test_a_colleague_calls_off_nothing_of_hers(desk: Provider) -> None:
    row = desk.verified("100")
    colleague = make_operator(desk.at.provider, "clerk")
    answer = browser_of(colleague).post(f"/firm/invoices/{row.pk}/cancel/", {"reason": "x"})

    assert (answer.status_code, fresh(row).state) == (403, State.VERIFIED)


def test_a_viewer_reads_and_acts_on_nothing(desk: Provider, returned: Settlement) -> None:
    browser = browser_of(make_operator(desk.at.provider, "viewer"))
    moves = SettlementMove.objects.filter(settlement=returned).count()

    assert browser.get(f"/firm/invoices/{returned.pk}/").status_code == 200
    assert browser.post(f"/firm/invoices/{returned.pk}/resubmit/", {"seen": 1}).status_code == 403
    assert SettlementMove.objects.filter(settlement=returned).count() == moves


@pytest.mark.parametrize("act", FOREIGN)
def test_another_firms_invoice_is_not_there(desk: Provider, returned: Settlement, act: str) -> None:
    stranger = browser_of(make_provider().at.provider_clerk)
    address = f"/firm/invoices/{returned.pk}/{act}"
    answer = (
        stranger.post(address, {"seen": 1, "answer": "x", "reason": "x"}) if act else stranger.get(address)
    )

    assert answer.status_code == 404


@pytest.mark.parametrize("address", ["/firm/invoices/", "/firm/work/", "/firm/"])
def test_a_firms_pages_show_nothing_of_another(desk: Provider, returned: Settlement, address: str) -> None:
    page = browser_of(make_provider().at.provider_clerk).get(address).content.decode()

    assert (returned.number in page, str(desk.at.fund.code) in page) == (False, False)


@pytest.mark.parametrize("query", ["fund=NONE", "turn=nobody", "after=x", "after=-1", f"after={'9' * 30}"])
def test_a_list_of_what_there_is_not_is_not_there(desk: Provider, query: str) -> None:
    assert browser_of(desk.at.provider_clerk).get(f"/firm/invoices/?{query}").status_code == 404


def test_an_invoice_under_a_seller_nobody_knows_is_still_its_makers(desk: Provider) -> None:
    row = desk.submit(desk.invoice(work_line(desk.work("70")), seller="别家公司"))

    assert row.provider_id is None
    assert "不是本小区的物业服务人" in shown(desk, f"/firm/invoices/{row.pk}/")


def test_the_list_goes_on_where_it_stopped(desk: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [desk.verified(amount) for amount in ("10", "11", "12")]
    monkeypatch.setattr(reads, "PAGE_ROWS", 2)
    queries = ("turn=committee", f"after={rows[1].pk}")
    pages = [shown(desk, f"/firm/invoices/?{query}") for query in queries]
    there = [[f"/firm/invoices/{row.pk}/" in page for row in rows] for page in pages]

    assert there == [[False, True, True], [True, False, False]]
    assert f"after={rows[1].pk}" in pages[0]


def test_work_says_what_may_still_be_invoiced(desk: Provider) -> None:
    work = desk.work("900")
    desk.submit(desk.invoice(work_line(work, "400")))
    desk.work("50", accepted=False)
    page = shown(desk, "/firm/work/")

    assert all(said in page for said in ("900.00", "400.00", "500.00", "未通过", "1张工单500.00元"))


@pytest.mark.parametrize("role", ["clerk", "maker", "checker", "viewer"])
def test_nobody_of_the_firm_is_offered_to_accept_work(desk: Provider, role: str) -> None:
    desk.work("900")
    page = browser_of(make_operator(desk.at.provider, role)).get("/firm/work/").content.decode()

    assert page.count("<form") == 1  # signing out


def test_the_firms_pages_ask_little_of_the_database(
    desk: Provider, django_assert_max_num_queries: Any
) -> None:
    paid = desk.released("10")
    desk.instructed(paid)
    desk.pays(paid)
    back = [desk.submit(desk.invoice(work_line(desk.work("5", accepted=False)))) for _ in range(12)]
    browser = browser_of(desk.at.provider_clerk)
    browser.get("/firm/submit/")  # a session's first page puts down when it began
    addresses = ["/firm/", "/firm/invoices/", "/firm/work/"]
    for address in [*addresses, f"/firm/invoices/{paid.pk}/", f"/firm/invoices/{back[0].pk}/"]:
        with django_assert_max_num_queries(12):
            assert len(browser.get(address).content) < 60 * 1024
