"""Invoices like another: which are found, which are worth a look, and what they mean together."""

from datetime import date, timedelta

import pytest

from custody.models import Key
from settlement.decisions import payees
from settlement.evidence.alike import hints_of, likeness_of
from settlement.models import Settlement
from settlement.states import State
from tests.settlement.desk import AT, Provider, make_provider, work_line

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def desk(committed_db: None) -> Provider:
    return make_provider()


def stated(desk: Provider, amount: str, on: date, code: str = "CLN") -> Settlement:
    """A verified invoice over fresh work, issued on a day."""
    made = desk.submit(desk.invoice(work_line(desk.work(amount, code)), issued_on=on))
    assert made.state == State.VERIFIED
    return made


def test_the_same_code_on_the_same_day_is_worth_a_look(desk: Provider) -> None:
    one, _other = desk.verified("8122.50"), desk.verified("6127.50")

    assert likeness_of(one.pk).hints == ["同日同科目另有6,127.50"]


def test_another_month_of_the_same_work_is_found_and_is_no_hint(desk: Provider) -> None:
    stated(desk, "100", date(2025, 6, 20))
    one = stated(desk, "120", date(2025, 7, 27))
    likeness = likeness_of(one.pk)

    assert ([str(each.total) for each in likeness.others], likeness.hints) == (["100.00"], [])
    assert likeness.verdict == "工单、日期都不同，不是重复开票。"


def test_nearly_the_same_amount_within_a_month_is_worth_a_look(desk: Provider) -> None:
    stated(desk, "100", date(2025, 7, 1))
    one = stated(desk, "101.50", date(2025, 7, 27))

    assert likeness_of(one.pk).hints == ["一个月内另有相近的100.00"]


def test_two_percent_is_near_and_more_is_not(desk: Provider) -> None:
    near, far = stated(desk, "98", date(2025, 1, 5), "GRN"), stated(desk, "97.99", date(2025, 1, 6), "GRN")
    one = stated(desk, "100", date(2025, 7, 27))
    found = {each.pk for each in likeness_of(one.pk).others}

    assert (near.pk in found, far.pk in found) == (True, False)


def test_what_was_refused_for_good_is_like_nothing(desk: Provider) -> None:
    one = desk.verified("50")
    desk.submit(desk.invoice(work_line(desk.work("50")), buyer="别人"))

    assert likeness_of(one.pk).others == ()


def test_another_estates_invoice_is_never_named(desk: Provider) -> None:
    make_provider().verified("50")

    assert likeness_of(desk.verified("50").pk).others == ()


def test_the_same_work_claimed_twice_is_said(desk: Provider) -> None:
    work = desk.work("100")
    one, _rest = (desk.submit(desk.invoice(work_line(work, amount))) for amount in ("40", "60"))

    assert likeness_of(one.pk).verdict == "有发票申报同一工单，请核对是否分次申报。"


def test_a_first_payment_to_a_changed_account_is_worth_a_look(desk: Provider) -> None:
    long_ago = AT - timedelta(days=20)
    changed = payees.propose(
        fund=desk.at.fund, organisation=desk.at.provider, holder=desk.at.provider.name, number="622",
        bank_name="建行", clearing_number="105651000018", actor=desk.at.actor, at=long_ago,
    )  # fmt: skip
    for which, person in ((Key.APPROVE, desk.at.committee_key), (Key.RELEASE, desk.at.trustee_key)):
        payees.turn_key(payee_account_id=changed.pk, which=which, actor=person, at=long_ago)
    one = desk.verified("50")

    assert one.payee_account_id == changed.pk
    assert hints_of([one.pk]) == {one.pk: ["首次付到变更后的账户"]}


def test_hints_of_many_are_what_each_one_shows(desk: Provider) -> None:
    work = desk.work("100")
    made = [desk.submit(desk.invoice(work_line(work, amount))).pk for amount in ("40", "60")]
    made += [
        stated(desk, "300", date(2025, 7, 1), "GRN").pk,
        stated(desk, "303", date(2025, 7, 27), "GRN").pk,
    ]
    made += [stated(desk, "300", date(2025, 3, 1), "GRN").pk]
    shown = {pk: likeness_of(pk).hints for pk in made}

    assert hints_of(made) == {pk: hints for pk, hints in shown.items() if hints}
    assert [bool(shown[pk]) for pk in made] == [True, True, True, True, False]
    assert hints_of([]) == {}
