"""Every act of a person is a command: done once, told again, and refused in a sentence with exit 2."""

from pathlib import Path

import pytest
from pytest_django import Settings

from custody import keys
from custody.kernel.money import yuan
from custody.models import Approval, DeedTerm, Key, Placement, RefusedAttempt, Resolution
from custody.queue.keyed_subjects import kinds
from settlement.decisions import payees
from settlement.models import BudgetLine, PayeeAccount, PaymentBatch, PaymentOrder, Settlement
from tests.factories import OPENED_ON, make_operator, unique
from tests.settlement.desk import AT, Provider, fresh, make_provider
from tests.settlement.queue.running import acted

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def desk(settings: Settings, tmp_path: Path, committed_db: None) -> Provider:
    settings.BANK_OUTBOX = tmp_path
    return make_provider()


def test_a_key_shows_what_it_is_turned_on_and_then_turns(desk: Provider) -> None:
    settlement = desk.verified("1000")

    code, out, _ = acted(desk, desk.at.committee_key, "turn_key", "settlement", settlement.number)

    shown = (settlement.number, "1,000.00", desk.payee.number, desk.bank.number, "CLN")
    digest = keys.content_digest_of("settlement", settlement.pk)
    assert (code, fresh(settlement).state) == (0, "approved")
    assert [word for word in (*shown, digest, "已转动") if word not in out] == []


def test_the_second_organisations_person_turns_the_second_key_by_the_same_command(desk: Provider) -> None:
    settlement = desk.approved("1000")

    code, _, _ = acted(desk, desk.at.trustee_key, "turn_key", "settlement", settlement.number)

    assert (code, fresh(settlement).state) == (0, "released")


def test_a_key_turned_twice_is_one_key_whatever_came_after(desk: Provider) -> None:
    settlement = desk.released("1000")

    code, out, _ = acted(desk, desk.at.committee_key, "turn_key", "settlement", settlement.number)

    turned = Approval.objects.filter(subject_kind="settlement", subject_id=settlement.pk)
    assert (code, "无变化" in out, turned.count()) == (0, True, 2)


def test_a_rehearsal_shows_and_turns_nothing(desk: Provider) -> None:
    settlement = desk.verified("1000")

    code, out, _ = acted(
        desk, desk.at.committee_key, "turn_key", "--dry-run", "settlement", settlement.number
    )

    assert (code, settlement.number in out, fresh(settlement).state) == (0, True, "verified")


def test_of_several_numbers_one_refused_stops_no_other(desk: Provider) -> None:
    dear, cheap = desk.verified("99000"), desk.verified("500")
    desk.approved("2000", "GRN")

    code, _, err = acted(desk, desk.at.committee_key, "turn_key", "settlement", dear.number, cheap.number)

    assert (code, fresh(dear).state, fresh(cheap).state) == (2, "verified", "approved")
    assert (dear.number in err, cheap.number in err, "1 项未办理" in err) == (True, False, True)


def test_a_key_tried_by_whoever_holds_none_is_refused_and_stays_on_record(desk: Provider) -> None:
    settlement = desk.verified("1000")

    code, _, err = acted(desk, desk.at.provider_clerk, "turn_key", "settlement", settlement.number)

    tried = RefusedAttempt.objects.filter(operator=desk.at.provider_clerk).values_list("act", flat=True)
    assert (code, fresh(settlement).state, list(tried)) == (2, "verified", ["turn_first_key"])
    assert "不代表" in err


@pytest.mark.parametrize("kind", sorted(kinds()))
def test_a_number_nobody_knows_is_told(desk: Provider, kind: str) -> None:
    code, _, err = acted(desk, desk.at.trustee_key, "turn_key", kind, "987654321")

    assert (code, "987654321" in err) == (2, True)


def test_a_key_is_taken_back_with_its_reason_and_once(desk: Provider) -> None:
    settlement = desk.approved("1000")
    back = ("withdraw_key", "--reason", "金额有误", "settlement", settlement.number)

    first = acted(desk, desk.at.committee_key, *back)
    second = acted(desk, desk.at.committee_key, *back)

    assert (first[0], fresh(settlement).state) == (0, "verified")
    assert (second[0], "无变化" in second[1]) == (0, True)


def test_released_invoices_are_filed_as_one_payment_file_and_once(desk: Provider) -> None:
    desk.released("1000"), desk.released("500")

    first = acted(desk, desk.at.actor, "instruct_payments")
    second = acted(desk, desk.at.actor, "instruct_payments")

    batch = PaymentBatch.objects.get(fund=desk.at.fund)
    assert (first[0], batch.order_count, batch.message_id in first[1]) == (0, 2, True)
    assert (second[0], "无变化" in second[1]) == (0, True)


def test_a_rehearsed_instruction_files_nothing(desk: Provider) -> None:
    desk.released("1000")

    code, out, _ = acted(desk, desk.at.actor, "instruct_payments", "--dry-run")

    assert (code, "未写入" in out, PaymentBatch.objects.filter(fund=desk.at.fund).exists()) == (
        0,
        True,
        False,
    )


def test_invoices_named_and_filed_before_are_told_as_unchanged(desk: Provider) -> None:
    settlement = desk.released("1000")
    acted(desk, desk.at.actor, "instruct_payments", settlement.number)

    code, out, _ = acted(desk, desk.at.actor, "instruct_payments", settlement.number)

    assert (code, "无变化" in out) == (0, True)


def test_a_payment_refused_by_the_bank_goes_all_its_way_by_commands(desk: Provider) -> None:
    """Unknown, reported, confirmed by a second person, made ready, filed under a new identifier."""
    settlement = desk.released("1000")
    acted(desk, desk.at.actor, "instruct_payments")
    said = ("--reason", "银行无回音", settlement.number)
    report = ("report_failed", "--evidence", "AC04 账户已销", settlement.number)

    codes = [acted(desk, desk.at.actor, "record_outcome", *said)[0] for _ in range(2)]
    codes += [acted(desk, desk.at.actor, *report)[0] for _ in range(2)]
    number = settlement.orders.get().refusals.get().pk
    alone = acted(desk, desk.at.actor, "confirm_failed", number)[0]
    codes += [acted(desk, desk.at.trustee_key, "confirm_failed", number)[0] for _ in range(2)]
    codes += [acted(desk, desk.at.actor, "retry_payment", settlement.number)[0] for _ in range(2)]
    codes += [acted(desk, desk.at.actor, "instruct_payments", settlement.number)[0] for _ in range(2)]

    orders = PaymentOrder.objects.filter(settlement=settlement).order_by("attempt")
    assert (set(codes), alone, [each.outcome for each in orders]) == ({0}, 2, ["failed", "pending"])


@pytest.mark.parametrize(
    ("command", "state", "left"),
    [
        ("reject_invoice", "verified", "rejected"),
        ("cancel_invoice", "verified", "cancelled"),
        ("send_back_invoice", "verified", "returned"),
    ],
)
def test_an_invoice_is_ended_with_a_reason_and_once(
    desk: Provider, command: str, state: str, left: str
) -> None:
    settlement = getattr(desk, state)("1000")
    said = (command, "--reason", "重复", settlement.number)

    first, second = (acted(desk, desk.at.trustee_key, *said) for _ in range(2))

    assert (first[0], fresh(settlement).state) == (0, left)
    assert (second[0], "无变化" in second[1]) == (0, True)


def test_a_returned_invoice_is_judged_again(desk: Provider) -> None:
    settlement = desk.verified("1000")
    acted(desk, desk.at.trustee_key, "send_back_invoice", "--reason", "请补附件", settlement.number)

    first, second = (
        acted(desk, desk.at.provider_clerk, "resubmit_invoice", settlement.number) for _ in range(2)
    )

    assert (first[0], fresh(settlement).state) == (0, "verified")
    assert (second[0], "无变化" in second[1]) == (0, True)


def test_a_failed_payment_is_decided_anew(desk: Provider) -> None:
    settlement = desk.released("1000")
    desk.instructed(settlement)
    desk.refuses(settlement)

    code, _, _ = acted(
        desk, desk.at.trustee_key, "reconsider_payment", "--reason", "换账户", settlement.number
    )

    assert (code, fresh(settlement).state) == (0, "verified")


# ------------------------------------------------------------------------------------------- payees

NEW_ACCOUNT = (
    "propose_payee", "--holder", "某某物业", "--number", "6222000000000000001", "--bank", "农行",
    "--clearing", "103651000018",
)  # fmt: skip


def proposed(desk: Provider) -> PayeeAccount:
    acted(desk, desk.at.actor, *NEW_ACCOUNT)
    return PayeeAccount.objects.get(fund=desk.at.fund, handover=False)


def test_a_changed_account_said_twice_is_one_proposal(desk: Provider) -> None:
    first, second = (acted(desk, desk.at.actor, *NEW_ACCOUNT) for _ in range(2))

    row = PayeeAccount.objects.get(fund=desk.at.fund, handover=False)
    assert (first, str(row.pk) in first[1]) == (second, True)


def test_a_changed_account_is_usable_after_both_keys_and_the_days(desk: Provider) -> None:
    row = proposed(desk)

    shown = acted(desk, desk.at.committee_key, "turn_key", "payee", row.pk)[1]
    acted(desk, desk.at.trustee_key, "turn_key", "payee", row.pk)

    last = max(each.given_at for each in keys.standing("payee", row.pk))
    since = payees.usable_since(row.pk)
    assert since is not None
    assert ((since - last.date()).days in (3, 4), row.number in shown, desk.payee.number in shown) == (
        True,
        True,
        True,
    )


def test_a_key_on_a_changed_account_is_taken_back_while_it_cools_off(desk: Provider) -> None:
    row = proposed(desk)
    for person in (desk.at.committee_key, desk.at.trustee_key):
        acted(desk, person, "turn_key", "payee", row.pk)

    code, _, _ = acted(desk, desk.at.trustee_key, "withdraw_key", "--reason", "存疑", "payee", row.pk)

    assert (code, payees.usable_since(row.pk)) == (0, None)
    assert [each.key for each in keys.standing("payee", row.pk)] == ["approve"]


def test_a_key_on_an_account_in_use_is_not_taken_back(desk: Provider) -> None:
    """Turned in August 2025, the account has been in use since."""
    row = payees.propose(
        fund=desk.at.fund, organisation=desk.at.provider, holder="某某", number="622200000000000002",
        bank_name="农行", clearing_number="103651000018", actor=desk.at.actor, at=AT,
    )  # fmt: skip
    for which, person in (("approve", desk.at.committee_key), ("release", desk.at.trustee_key)):
        payees.turn_key(payee_account_id=row.pk, which=Key(which), actor=person, at=AT)

    code, _, err = acted(desk, desk.at.trustee_key, "withdraw_key", "--reason", "晚了", "payee", row.pk)

    assert (code, "已启用" in err, len(keys.standing("payee", row.pk))) == (2, True, 2)


def test_several_firms_are_told_apart_by_name(desk: Provider) -> None:
    code, _, err = acted(desk, desk.at.actor, *NEW_ACCOUNT, "--provider", "无此服务商")

    assert (code, desk.at.provider.name in err) == (2, True)


# ------------------------------------------------------------------------------ placements and fees


def with_terms(desk: Provider) -> Provider:
    """Two of the deed's terms, and a budget for this year."""
    fund = desk.at.fund
    deed = Resolution.objects.create(fund=fund, reference="设立", resolved_on=OPENED_ON, title="设立")
    for term, value in (("liquidity_floor_months", "1"), ("permitted_placements", "通知存款")):
        DeedTerm.objects.using("owner").create(
            fund=fund, term=term, value=value, effective_from=OPENED_ON, resolution=deed
        )
    for year in range(2025, 2036):
        BudgetLine.objects.using("owner").create(
            fund=fund, year=year, code="GEN", name="通用", book="operating", annual_amount=yuan("1200")
        )
    return desk


def ordered(desk: Provider, key: str, principal: str = "5000") -> tuple[int, str, str]:
    return acted(
        desk, desk.at.actor, "order_placement", "--key", key, "--book", "operating", "--product",
        "七天通知存款", "--principal", principal, "--rate", "0.011",
    )  # fmt: skip


def test_a_deposit_is_ordered_once_and_keyed_by_its_name(desk: Provider) -> None:
    with_terms(desk)
    key = unique("CF")
    answers = [ordered(desk, key) for _ in range(2)]
    turned = [
        acted(desk, person, "turn_key", "placement", key)
        for person in (desk.at.committee_key, desk.at.trustee_key)
    ]

    row = Placement.objects.get(fund=desk.at.fund)
    assert ({code for code, _, _ in (*answers, *turned)}, row.state) == ({0}, "released")
    assert "5,000.00" in turned[0][1]


def test_a_deposit_under_a_used_name_is_refused(desk: Provider) -> None:
    with_terms(desk)
    key = unique("CF")
    ordered(desk, key)

    code, _, err = ordered(desk, key, principal="6000")

    assert (code, "principal" in err or "幂等键" in err) == (2, True)


def test_taking_a_key_back_calls_a_deposit_off(desk: Provider) -> None:
    with_terms(desk)
    key = unique("CF")
    ordered(desk, key)
    acted(desk, desk.at.committee_key, "turn_key", "placement", key)

    code, _, _ = acted(desk, desk.at.committee_key, "withdraw_key", "--reason", "改主意", "placement", key)

    assert (code, Placement.objects.get(fund=desk.at.fund).state) == (0, "cancelled")


def test_fees_of_a_month_that_is_not_over_are_refused(desk: Provider) -> None:
    code, _, err = acted(desk, desk.at.actor, "accrue_fees", "--month", "2199-01")

    assert (code, "尚未结束" in err) == (2, True)


def test_a_viewer_accrues_no_fees(desk: Provider) -> None:
    viewer = make_operator(desk.at.trustee, "viewer")

    code, _, err = acted(desk, viewer, "accrue_fees", "--quarter", "2025Q3")

    assert (code, "计提费用" in err, Settlement.objects.filter(fund=desk.at.fund).exists()) == (
        2,
        True,
        False,
    )
