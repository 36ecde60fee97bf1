"""Ordering, approving and releasing a placement: mandate, floor, two keys (P23, P24, P48, P51)."""

from datetime import UTC, date, datetime

import pytest

from custody.kernel.errors import (
    Conflict,
    Forbidden,
    InsufficientFunds,
    KeyReused,
    NotFound,
    Rejected,
)
from custody.kernel.money import yuan
from custody.ledger import door, reads
from custody.ledger.chart import Book
from custody.ledger.entries import credit, debit, entry
from custody.ledger.postings import mirror
from custody.models import Approval, Membership, Placement
from custody.placements import orders
from tests.custody.placements.builders import (
    BUDGET,
    ORDERED_AT,
    ORDERED_ON,
    agree,
    available,
    bank_line,
    key_of,
    lose_money,
    ordered,
    placing_fund,
    released,
)
from tests.factories import TestFund, make_fund, make_operator, seat

pytestmark = pytest.mark.usefixtures("committed_db")


def spend(test: TestFund, amount: str, book: str = "operating") -> None:
    lines = (
        debit(test.account("bank_charge", book=book), yuan(amount)),
        credit(test.account("cash", book=book), yuan(amount)),
    )
    line = bank_line(test, f"-{amount}", "手续费", date(2025, 7, 14), "")
    door.post(
        entry("bank_charge_paid", date(2025, 7, 14), lines),
        key=key_of(line),
        actor_id=test.actor.pk,
        at=ORDERED_AT,
    )


def test_an_order_within_the_mandate_waits_for_the_first_key() -> None:
    assert ordered(placing_fund()).state == "ordered"


def test_approval_sets_the_principal_aside() -> None:
    test = placing_fund()
    orders.approve(placement_id=ordered(test).pk, actor=test.committee_key, at=ORDERED_AT)
    assert available(test) == "112000.00"


def test_both_keys_release_a_placement() -> None:
    assert released(placing_fund()).state == "released"


def test_a_key_turned_again_by_the_same_person_changes_nothing() -> None:
    test = placing_fund()
    placement = released(test)
    orders.release(placement_id=placement.pk, monthly_budget=BUDGET, actor=test.trustee_key, at=ORDERED_AT)
    assert Approval.objects.filter(subject_kind="placement", subject_id=placement.pk).count() == 2


@pytest.mark.parametrize("product", ["结构性存款", "股票", "大额存单", "非保本通知存款", "通知存款理财"])
def test_a_product_the_deed_does_not_permit_is_refused(product: str) -> None:
    with pytest.raises(Rejected, match="不在允许投资品种之内"):
        ordered(placing_fund(), product=product)


@pytest.mark.parametrize("product", ["通知存款", "七天通知存款", "３个月定期存款", "国债", "1年期定期存款"])
def test_a_permitted_product_may_name_its_tenor(product: str) -> None:
    assert ordered(placing_fund(), product=product).product == product


def test_more_than_the_book_has_is_refused_though_the_fund_has_it() -> None:
    with pytest.raises(Rejected, match=r"维修账可用 312000\.00"):
        ordered(placing_fund(), principal="312000.01")


def test_the_floor_counts_the_cash_of_both_books() -> None:
    test = placing_fund(operating="172000", maintenance="100")
    assert ordered(test, principal="100").state == "ordered"


def test_one_fen_below_the_floor_is_refused() -> None:
    test = placing_fund(operating="171999.99", maintenance="100")
    with pytest.raises(Rejected, match="流动性底线"):
        ordered(test, principal="100")


def test_every_fault_is_named_at_once() -> None:
    with pytest.raises(Rejected) as refused:
        ordered(placing_fund(operating="1", maintenance="1"), product="股票", rate="1.1")
    assert len(refused.value.facts["reasons"]) == 4


def test_a_refused_order_leaves_nothing_behind() -> None:
    test = placing_fund(operating="1", maintenance="1")
    with pytest.raises(Rejected):
        ordered(test)
    assert not Placement.objects.filter(fund=test.fund).exists()


def test_a_deed_without_a_floor_says_what_to_record() -> None:
    test = make_fund()
    agree(test, permitted_placements="国债")
    with pytest.raises(NotFound, match="请登记"):
        ordered(test)


def test_only_the_trustee_orders() -> None:
    test = placing_fund()
    with pytest.raises(Forbidden):
        ordered(test, actor=test.provider_clerk)


@pytest.mark.parametrize("person", ["provider_clerk", "trustee_key", "actor"])
def test_the_first_key_is_the_committees(person: str) -> None:
    test = placing_fund()
    placement = ordered(test)
    with pytest.raises(Forbidden, match="业主委员会"):
        orders.approve(placement_id=placement.pk, actor=getattr(test, person), at=ORDERED_AT)


def test_another_estates_committee_opens_nothing_here() -> None:
    placement = ordered(placing_fund())
    with pytest.raises(Forbidden, match="不是本信托的当事人"):
        orders.approve(placement_id=placement.pk, actor=make_fund().committee_key, at=ORDERED_AT)


def test_a_committee_member_without_the_keyholders_role_holds_no_key() -> None:
    test = placing_fund()
    placement = ordered(test)
    with pytest.raises(Forbidden, match="持钥人"):
        orders.approve(
            placement_id=placement.pk, actor=make_operator(test.committee, "viewer"), at=ORDERED_AT
        )


def test_the_person_who_ordered_does_not_release() -> None:
    test = placing_fund()
    placement = ordered(test, actor=test.trustee_key)
    orders.approve(placement_id=placement.pk, actor=test.committee_key, at=ORDERED_AT)
    with pytest.raises(Forbidden, match="申报人"):
        orders.release(
            placement_id=placement.pk, monthly_budget=BUDGET, actor=test.trustee_key, at=ORDERED_AT
        )


def test_one_organisation_does_not_turn_both_keys() -> None:
    test = placing_fund()
    placement = ordered(test)
    orders.approve(placement_id=placement.pk, actor=test.committee_key, at=ORDERED_AT)
    with pytest.raises(Forbidden, match="受托人"):
        orders.release(
            placement_id=placement.pk,
            monthly_budget=BUDGET,
            actor=make_operator(test.committee),
            at=ORDERED_AT,
        )


def test_a_person_who_changed_sides_does_not_supply_the_second_key() -> None:
    test = placing_fund()
    placement = ordered(test)
    orders.approve(placement_id=placement.pk, actor=test.committee_key, at=ORDERED_AT)
    membership = Membership.objects.get(operator=test.committee_key)
    membership.valid_until = date(2025, 7, 15)
    membership.save(update_fields=["valid_until"])
    seat(test.committee_key, test.trustee, "keyholder", valid_from=date(2025, 7, 15))
    with pytest.raises(Forbidden, match="不同的人"):
        orders.release(
            placement_id=placement.pk,
            monthly_budget=BUDGET,
            actor=test.committee_key,
            at=datetime(2025, 7, 16, 1, 0, tzinfo=UTC),
        )


def test_the_second_key_does_not_turn_first() -> None:
    test = placing_fund()
    with pytest.raises(Conflict):
        orders.release(
            placement_id=ordered(test).pk, monthly_budget=BUDGET, actor=test.trustee_key, at=ORDERED_AT
        )


def test_the_floor_is_judged_again_at_release() -> None:
    test = placing_fund()
    placement = ordered(test)
    orders.approve(placement_id=placement.pk, actor=test.committee_key, at=ORDERED_AT)
    spend(test, "290000")
    with pytest.raises(Rejected, match="流动性底线"):
        orders.release(
            placement_id=placement.pk, monthly_budget=BUDGET, actor=test.trustee_key, at=ORDERED_AT
        )


def test_a_release_that_was_refused_turned_no_key() -> None:
    test = placing_fund()
    placement = ordered(test)
    orders.approve(placement_id=placement.pk, actor=test.committee_key, at=ORDERED_AT)
    with pytest.raises(Rejected):
        orders.release(
            placement_id=placement.pk, monthly_budget=yuan("900000"), actor=test.trustee_key, at=ORDERED_AT
        )
    assert not Approval.objects.filter(
        subject_id=placement.pk, subject_kind="placement", key="release"
    ).exists()


def test_two_orders_for_the_same_money_hold_it_once() -> None:
    test = placing_fund()
    first, second = ordered(test), ordered(test)
    orders.approve(placement_id=first.pk, actor=test.committee_key, at=ORDERED_AT)
    with pytest.raises(InsufficientFunds):
        orders.approve(placement_id=second.pk, actor=test.committee_key, at=ORDERED_AT)


def test_cancelling_gives_the_hold_back() -> None:
    test = placing_fund()
    orders.cancel(placement_id=released(test).pk, reason="利率下调", actor=test.trustee_key, at=ORDERED_AT)
    assert available(test) == "312000.00"


def test_cancelling_withdraws_both_keys_with_the_reason() -> None:
    test = placing_fund()
    placement = released(test)
    orders.cancel(placement_id=placement.pk, reason="利率下调", actor=test.trustee_key, at=ORDERED_AT)
    approvals = Approval.objects.filter(subject_kind="placement", subject_id=placement.pk)
    assert {each.withdrawal.reason for each in approvals} == {"利率下调"}


def test_the_payee_does_not_cancel_a_placement() -> None:
    test = placing_fund()
    with pytest.raises(Forbidden):
        orders.cancel(placement_id=ordered(test).pk, reason="无", actor=test.provider_clerk, at=ORDERED_AT)


def test_a_cancelled_order_is_not_approved() -> None:
    test = placing_fund()
    placement = ordered(test)
    orders.cancel(placement_id=placement.pk, reason="无", actor=test.trustee_key, at=ORDERED_AT)
    with pytest.raises(Conflict):
        orders.approve(placement_id=placement.pk, actor=test.committee_key, at=ORDERED_AT)


def test_an_unknown_placement_is_not_found() -> None:
    with pytest.raises(NotFound):
        orders.approve(placement_id=0, actor=make_operator(), at=ORDERED_AT)


def test_an_order_dated_tomorrow_is_refused() -> None:
    with pytest.raises(Rejected, match="晚于今天"):
        ordered(placing_fund(), ordered_on=date(2025, 7, 15))


def test_the_operating_book_places_its_own_cash() -> None:
    test = placing_fund()
    placement = ordered(test, principal="100000", book=Book.OPERATING, ordered_on=ORDERED_ON)
    orders.approve(placement_id=placement.pk, actor=test.committee_key, at=ORDERED_AT)
    assert available(test, "operating") == "200000.00"


def test_an_open_break_refuses_a_release_and_leaves_the_approval() -> None:
    test = placing_fund()
    placement = ordered(test)
    orders.approve(placement_id=placement.pk, actor=test.committee_key, at=ORDERED_AT)
    lose_money(test)
    with pytest.raises(Rejected) as refused:
        orders.release(
            placement_id=placement.pk, monthly_budget=BUDGET, actor=test.trustee_key, at=ORDERED_AT
        )
    assert refused.value.code == "break-open"
    assert Placement.objects.get(pk=placement.pk).state == "approved"


def test_a_break_made_good_opens_releases_again() -> None:
    test = placing_fund()
    placement = ordered(test)
    orders.approve(placement_id=placement.pk, actor=test.committee_key, at=ORDERED_AT)
    lost = lose_money(test)
    undo = mirror(
        original=reads.recorded_entry(test.fund.pk, lost), sequence=lost, on=ORDERED_ON, memo="冲正"
    )
    back = bank_line(test, "5", "冲正", ORDERED_ON, "某某")
    door.post(undo, key=key_of(back), actor_id=test.actor.pk, at=ORDERED_AT)
    again = orders.release(
        placement_id=placement.pk, monthly_budget=BUDGET, actor=test.trustee_key, at=ORDERED_AT
    )
    assert again.state == "released"


def test_an_order_sent_again_is_the_same_order() -> None:
    test = placing_fund()

    assert ordered(test, key="k").pk == ordered(test, key="k").pk


def test_another_order_under_a_key_names_the_field() -> None:
    test = placing_fund()
    ordered(test, key="k")

    with pytest.raises(KeyReused, match="principal"):
        ordered(test, principal="1000", key="k")
