"""The desk's settlements: whose list shows what, evidence on the spot, and one invoice with its decision."""

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from pytest_django import DjangoAssertNumQueries

from custody.kernel.money import yuan
from custody.models import Fund, FundParty, RefusedAttempt
from settlement.evidence.listing import PAGE_ROWS
from settlement.models import Basis, Settlement, SettlementLine, SettlementMove
from settlement.states import State
from tests.factories import make_operator
from tests.pages import browser_of
from tests.settlement.desk import AT, Provider, digits, fresh, make_provider, work_line

pytestmark = pytest.mark.usefixtures("committed_db")
LIST = "/desk/settlements/"
LINK = re.compile(r'<a class="plain" href="/desk/settlements/(\d+)/"><span')
NEXT = re.compile(r'href="([^"]*after=\d+)"')
QUERIES_MAX, BYTES_MAX = 12, 60 * 1024


@pytest.fixture
def desk(committed_db: None) -> Provider:
    return make_provider()


def shown(page: Any) -> list[int]:
    """The invoices a page of the list links to, in its order."""
    return [int(each) for each in LINK.findall(page.content.decode())]


def text(page: Any) -> str:
    return str(page.content.decode())


@transaction.atomic
def many_drafts(desk: Provider, how_many: int) -> None:
    """Drafts as an import leaves them, written at once."""
    budget, work = desk.budget(), desk.work("100000")
    made = Settlement.objects.bulk_create(
        Settlement(
            fund=desk.at.fund, provider=desk.at.provider, number=digits(), issued_on=date(2025, 7, 27),
            total=yuan(10), seller=desk.at.provider.name, buyer=desk.bank.holder, payee_account=desk.payee,
            book="operating", submitted_by=desk.at.provider_clerk,
        )
        for _ in range(how_many)
    )  # fmt: skip
    SettlementLine.objects.bulk_create(
        SettlementLine(
            settlement=each, fund=desk.at.fund, line_no=1, budget_code=budget.code, budget_line=budget,
            basis=Basis.WORK_ORDER, cited=work.number, work_order=work, amount=yuan(10),
        )
        for each in made
    )  # fmt: skip
    SettlementMove.objects.bulk_create(
        SettlementMove(
            settlement=each, fund=desk.at.fund, step=1, target=State.DRAFT, actor=desk.at.provider_clerk,
            moved_at=AT,
        )
        for each in made
    )  # fmt: skip


def also_of(desk: Provider, other: Provider) -> None:
    """The trust company of the desk keeps the other fund too."""
    party = FundParty(fund=other.at.fund, organisation=desk.at.trustee, valid_from=date(2025, 1, 1))
    party.save(using="owner")


# ----------------------------------------------------------------------------------------------- the list


def test_the_list_opens_on_what_waits_for_the_second_key(desk: Provider) -> None:
    waits = desk.approved()
    desk.verified("900")

    assert shown(browser_of(desk.at.trustee_key).get(LIST)) == [waits.pk]


def test_each_tab_shows_its_own_turn(desk: Provider) -> None:
    verified, released = desk.verified(), desk.released("900")
    returned = desk.submit(desk.invoice(work_line(desk.work("5", accepted=False))))
    browser = browser_of(desk.at.actor)
    found = {
        tab: shown(browser.get(f"{LIST}?state={tab}")) for tab in ("committee", "bank", "returned", "paid")
    }

    assert found == {"committee": [verified.pk], "bank": [released.pk], "returned": [returned.pk], "paid": []}


def test_a_keyholder_can_tick_and_a_maker_cannot(desk: Provider) -> None:
    desk.approved()
    box = 'name="item"'

    assert box in text(browser_of(desk.at.trustee_key).get(LIST))
    assert box not in text(browser_of(desk.at.actor).get(LIST))


def test_a_hint_is_shown_and_filtered_by(desk: Provider) -> None:
    alike = [desk.approved(amount).pk for amount in ("8122.50", "6127.50")]
    lone = desk.approved("5", "GRN").pk
    browser = browser_of(desk.at.trustee_key)

    assert "同日同科目另有6,127.50" in text(browser.get(LIST))
    assert shown(browser.get(f"{LIST}?flagged=1")) == alike
    assert shown(browser.get(f"{LIST}?flagged=0")) == [lone]


def test_an_invoice_is_found_by_number_end_work_or_amount(desk: Provider) -> None:
    one, _other = desk.approved("812.25"), desk.approved("5", "GRN")
    cited = SettlementLine.objects.get(settlement=one).cited
    browser = browser_of(desk.at.trustee_key)

    for q in (one.number, one.number[-9:], cited, "812.25", "%00812.25"):
        assert shown(browser.get(f"{LIST}?q={q}")) == [one.pk]
    assert shown(browser.get(f"{LIST}?q=1e999")) == []


def test_a_list_is_read_to_its_end_by_its_cursor(desk: Provider) -> None:
    many_drafts(desk, 2 * PAGE_ROWS + 7)
    browser, address, found = browser_of(desk.at.actor), f"{LIST}?state=all", []
    for _ in range(3):
        page = browser.get(address)
        found += shown(page)
        following = NEXT.search(text(page))
        address = f"{LIST}{following[1]}".replace("&amp;", "&") if following else ""

    assert address == ""
    assert found == sorted(found, reverse=True)
    assert len(set(found)) == 2 * PAGE_ROWS + 7


def test_a_full_page_costs_few_queries_and_few_bytes(
    desk: Provider, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    many_drafts(desk, 3 * PAGE_ROWS)
    browser = browser_of(desk.at.actor)
    with django_assert_max_num_queries(QUERIES_MAX):
        page = browser.get(f"{LIST}?state=all")

    assert (len(shown(page)), len(page.content) < BYTES_MAX) == (PAGE_ROWS, True)


def test_a_list_with_hints_costs_as_few_queries(
    desk: Provider, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for amount in ("10", "20", "30"):
        desk.approved(amount)
    other = make_provider()
    also_of(desk, other)
    other.approved("40")
    browser = browser_of(desk.at.trustee_key)
    with django_assert_max_num_queries(QUERIES_MAX):
        page = browser.get(LIST)

    assert len(shown(page)) == 4


@pytest.mark.parametrize(
    "query", ["state=x&book=y&flagged=z&after=-1", "after=9999999999999999999", "after=٣"]
)
def test_an_address_that_is_spelt_wrong_shows_the_list(desk: Provider, query: str) -> None:
    waits = desk.approved()

    assert shown(browser_of(desk.at.trustee_key).get(f"{LIST}?{query}")) == [waits.pk]


# ---------------------------------------------------------------------------------------- whose they are


def test_a_foreign_invoice_is_not_there_whatever_is_asked(desk: Provider) -> None:
    foreign = make_provider()
    pk = foreign.approved().pk
    browser = browser_of(desk.at.trustee_key)
    asked = [
        browser.get(f"{LIST}{pk}/"),
        browser.get(f"{LIST}{pk}/evidence/"),
        browser.post(f"{LIST}{pk}/decide/", {"decision": "reject", "reason": "否"}),
        browser.get(f"{LIST}?fund={foreign.at.fund.code}"),
        browser.get(f"{LIST}{10**30}/"),
    ]

    assert [each.status_code for each in asked] == [404] * 5
    assert shown(browser.get(f"{LIST}?state=all")) == []
    assert Settlement.objects.get(pk=pk).state == State.APPROVED


@pytest.mark.parametrize("kind", ["provider_clerk", "committee_key"])
def test_the_desk_is_for_people_of_the_trust_company_alone(desk: Provider, kind: str) -> None:
    pk = desk.approved().pk
    browser = browser_of(getattr(desk.at, kind))

    for address in (LIST, f"{LIST}{pk}/", f"{LIST}{pk}/evidence/"):
        assert browser.get(address).status_code == 404
    assert browser.post(f"{LIST}{pk}/decide/", {"decision": "reject", "reason": "否"}).status_code == 404


def test_a_stranger_is_led_to_sign_in(desk: Provider) -> None:
    assert browser_of().get(LIST)["Location"] == f"/account/login/?next={LIST}"


def test_a_viewer_reads_and_decides_nothing(desk: Provider) -> None:
    settlement, viewer = desk.approved(), make_operator(desk.at.trustee, "viewer")
    browser = browser_of(viewer)
    page = text(browser.get(f"{LIST}{settlement.pk}/"))
    refused = browser.post(f"{LIST}{settlement.pk}/decide/", {"decision": "reject", "reason": "否"})

    assert ("您不是持钥人" in page, 'name="decision"' in page) == (True, False)
    assert (refused.status_code, fresh(settlement).state) == (422, State.APPROVED)
    assert RefusedAttempt.objects.filter(operator=viewer, act="reject_invoice").count() == 1


# ------------------------------------------------------------------------------------------- one invoice


def test_one_invoice_shows_its_evidence_and_one_button(desk: Provider) -> None:
    settlement = desk.approved("18333.33")
    page = text(browser_of(desk.at.trustee_key).get(f"{LIST}{settlement.pk}/"))

    for words in (
        "壹万捌仟叁佰叁拾叁元叁角叁分",
        "清洁卫生",
        "付后余额",
        "十项核验",
        "业委会印",
        "第二把：等您",
    ):
        assert words in page
    assert page.count("btn go full") == 1
    assert f"{desk.at.fund.code}|settlement|{settlement.number}" in page


@pytest.mark.parametrize("state", ["verified", "approved", "released"])
def test_one_invoice_costs_few_queries_and_few_bytes(
    desk: Provider, django_assert_max_num_queries: DjangoAssertNumQueries, state: str
) -> None:
    settlement = getattr(desk, state)()
    for amount in range(10, 19):
        desk.verified(str(amount))
    browser = browser_of(desk.at.trustee_key)
    with django_assert_max_num_queries(QUERIES_MAX):
        page = browser.get(f"{LIST}{settlement.pk}/")

    assert len(page.content) < BYTES_MAX


def test_every_state_has_its_page(desk: Provider) -> None:
    paid = desk.released("60")
    desk.instructed(paid)
    desk.pays(paid)
    refused = desk.released("70")
    desk.instructed(refused)
    desk.refuses(refused)
    returned = desk.submit(desk.invoice(work_line(desk.work("5", accepted=False))))
    nothing = desk.submit(desk.invoice(number="x", total="1"))
    browser = browser_of(desk.at.trustee_key)

    for settlement, word in (
        (paid, "银行流水"),
        (refused, "重付"),
        (returned, "未通过验收"),
        (nothing, "已退回"),
    ):
        assert word in text(browser.get(f"{LIST}{settlement.pk}/"))


def test_a_release_is_withdrawn_until_it_is_filed(desk: Provider) -> None:
    settlement = desk.released()
    browser, address = browser_of(desk.at.trustee_key), f"{LIST}{settlement.pk}/decide/"
    done = browser.post(address, {"decision": "withdraw", "reason": "再看看"})

    assert (done.status_code, fresh(settlement).state) == (302, State.APPROVED)
    filed = desk.released("9")
    desk.instructed(filed)
    assert (
        browser.post(f"{LIST}{filed.pk}/decide/", {"decision": "withdraw", "reason": "x"}).status_code == 422
    )


def test_a_decision_twice_is_one_decision(desk: Provider) -> None:
    settlement = desk.verified()
    browser, address = browser_of(desk.at.actor), f"{LIST}{settlement.pk}/decide/"
    answers = [browser.post(address, {"decision": "send_back", "reason": "发票抬头不对"}) for _ in range(2)]

    assert [each.status_code for each in answers] == [302, 422]
    assert settlement.moves.filter(target=State.RETURNED).count() == 1
    assert "现为「已退回」" in text(answers[1])


def test_a_decision_without_a_reason_is_asked_for_one_beside_its_field(desk: Provider) -> None:
    settlement = desk.approved()
    page = browser_of(desk.at.trustee_key).post(
        f"{LIST}{settlement.pk}/decide/", {"decision": "reject", "reason": "  "}
    )

    assert (page.status_code, fresh(settlement).state) == (422, State.APPROVED)
    assert 'id="wrong-reject"' in text(page)


def test_what_nobody_decides_is_not_there(desk: Provider) -> None:
    settlement = desk.approved()
    address = f"{LIST}{settlement.pk}/decide/"
    browser = browser_of(desk.at.trustee_key)

    assert browser.post(address, {"decision": "approve", "reason": "x"}).status_code == 404
    assert browser.get(address).status_code == 405


def test_the_page_names_no_key_where_there_is_a_break(desk: Provider) -> None:
    settlement = desk.approved()
    desk.bank_line("-5.00", "不明", account="1", name="某人")
    page = text(browser_of(desk.at.trustee_key).get(f"{LIST}{settlement.pk}/"))

    assert ("btn go full" in page, "账实不符或有待查付款" in page) == (False, True)


def test_evidence_on_the_spot_is_a_part_of_a_page(desk: Provider) -> None:
    settlement = desk.approved("77.00")
    page = text(browser_of(desk.at.trustee_key).get(f"{LIST}{settlement.pk}/evidence/"))

    assert ("77.00" in page, "<html" in page) == (True, False)


def test_the_sum_of_a_page_is_the_sum_of_its_rows(desk: Provider) -> None:
    sums = sum((desk.approved(each).total.amount for each in ("10.10", "20.20")), Decimal(0))

    assert f"{sums:,.2f}" in text(browser_of(desk.at.trustee_key).get(LIST))


def test_the_funds_of_a_house_are_filtered_by_name(desk: Provider) -> None:
    other = make_provider()
    also_of(desk, other)
    mine, theirs = desk.approved(), other.approved()
    browser = browser_of(desk.at.trustee_key)

    assert sorted(shown(browser.get(LIST))) == sorted([mine.pk, theirs.pk])
    assert shown(browser.get(f"{LIST}?fund={other.at.fund.code}")) == [theirs.pk]
    assert Fund.objects.get(pk=other.at.fund.pk).estate.name in text(browser.get(LIST))
