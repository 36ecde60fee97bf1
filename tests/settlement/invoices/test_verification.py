"""Why invoices are returned: each rule by its sentence, and all of them at once."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from djmoney.money import Money
from pytest_django import Settings

from custody.kernel.errors import Conflict
from settlement.fees import entitlement
from settlement.invoices import submission
from settlement.models import SettlementLine
from settlement.selectors import approved_service_total, paid_by_budget_code, unpaid_total
from tests.settlement.desk import AT, Provider, base_line, digits, fresh, make_provider, reasons, work_line

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def desk(committed_db: None) -> Provider:
    return make_provider()


def returned_for(desk: Provider, invoice: Any) -> list[str]:
    settlement = desk.submit(invoice)
    assert settlement.state == "returned"
    return reasons(settlement)


def test_a_sound_invoice_is_verified(desk: Provider) -> None:
    assert desk.submit(desk.invoice(work_line(desk.work()))).state == "verified"


@pytest.mark.parametrize(
    "number", ["2551266886286241766", "25512668862862417662X", "２５５１２６６８８６２８６２４１７６６２"]
)
def test_a_number_that_is_not_twenty_digits_is_returned(desk: Provider, number: str) -> None:
    found = returned_for(desk, desk.invoice(work_line(desk.work()), number=number))

    assert "20 位数字" in found[0]


def test_a_number_of_another_year_is_returned(desk: Provider) -> None:
    assert "开票年度" in returned_for(desk, desk.invoice(work_line(desk.work()), number=digits(24)))[0]


def test_unaccepted_work_is_returned(desk: Provider) -> None:
    found = returned_for(desk, desk.invoice(work_line(desk.work(accepted=False))))

    assert "未通过验收" in found[0]


def test_work_claimed_by_another_invoice_is_returned_naming_it(desk: Provider) -> None:
    work = desk.work("1000")
    first = desk.submit(desk.invoice(work_line(work, "600")))

    found = returned_for(desk, desk.invoice(work_line(work, "400.01")))

    assert first.number in found[0]


def test_the_rest_of_accepted_work_can_be_claimed_to_the_fen(desk: Provider) -> None:
    work = desk.work("1000")
    desk.submit(desk.invoice(work_line(work, "600")))

    assert desk.submit(desk.invoice(work_line(work, "400"))).state == "verified"


def test_two_lines_of_one_invoice_claim_together(desk: Provider) -> None:
    work = desk.work("1000")

    found = returned_for(desk, desk.invoice(work_line(work, "600"), work_line(work, "600", line_no=2)))

    assert "1200" in found[0]


def test_more_than_the_years_budget_is_returned(desk: Provider) -> None:
    desk.budget("CLN", "999.99")

    found = returned_for(desk, desk.invoice(work_line(desk.work("1000"))))

    assert "超出 0.01" in found[0]


def test_two_books_on_one_invoice_are_returned(desk: Provider) -> None:
    desk.budget("MNT", book="maintenance")
    lines = work_line(desk.work()), work_line(desk.work(code="MNT"), line_no=2)

    assert any("两" in each or "一本账" in each for each in returned_for(desk, desk.invoice(*lines)))


def test_lines_that_do_not_sum_to_the_total_are_returned_with_the_difference(desk: Provider) -> None:
    found = returned_for(desk, desk.invoice(work_line(desk.work("1000")), total="1000.01"))

    assert "-0.01" in found[0]


def test_the_wrong_budget_code_for_the_work_is_returned(desk: Provider) -> None:
    desk.budget("ORD")

    assert "科目" in returned_for(desk, desk.invoice(work_line(desk.work(), code="ORD")))[0]


def test_a_foreign_seller_is_returned(desk: Provider) -> None:
    found = returned_for(desk, desk.invoice(work_line(desk.work()), seller="他人公司"))

    assert "他人公司" in found[0]


def test_a_foreign_buyer_is_returned(desk: Provider) -> None:
    assert "购买方" in returned_for(desk, desk.invoice(work_line(desk.work()), buyer="业主张三"))[0]


def test_names_differing_in_width_and_spaces_are_the_same(desk: Provider) -> None:
    seller = f" {desk.at.provider.name}　"

    assert desk.submit(desk.invoice(work_line(desk.work()), seller=seller)).state == "verified"


def test_a_number_used_at_another_estate_is_returned_without_naming_it(desk: Provider) -> None:
    elsewhere = make_provider()
    first = elsewhere.verified()

    found = returned_for(desk, desk.invoice(work_line(desk.work()), number=first.number))

    assert "其他小区" in found[0]
    assert elsewhere.at.fund.code not in "".join(found)


def test_a_number_returned_at_another_estate_is_still_free(desk: Provider) -> None:
    number = digits()
    make_provider().submit(desk.invoice(number=number, total="5"))

    assert desk.submit(desk.invoice(work_line(desk.work()), number=number)).state == "verified"


def test_an_invoice_alike_in_payee_amount_and_day_must_be_answered(desk: Provider) -> None:
    first = desk.verified("1000")
    second = desk.submit(desk.invoice(work_line(desk.work("1000"))))
    assert first.number in reasons(second)[0]

    answered = submission.answer_duplicate(
        settlement_id=second.pk, answer="两个标段各一张", actor=desk.at.provider_clerk, at=AT
    )

    assert answered.state == "verified"


def test_every_reason_comes_at_once(desk: Provider) -> None:
    invoice = desk.invoice(
        work_line(desk.work(accepted=False)),
        base_line("2025-08", "5", code="NONE", line_no=2),
        number="1",
        total="9",
        seller="甲",
        buyer="乙",
    )

    found = returned_for(desk, invoice)

    for word in ("20 位", "销售方", "购买方", "不符", "NONE", "未通过验收", "尚未结束"):
        assert any(word in each for each in found), word


def test_a_returned_invoice_is_verified_once_its_work_is_on_record(desk: Provider) -> None:
    desk.budget()
    number = f"GD{digits()}"
    from settlement.invoices.submission import StatedLine
    from settlement.models import Basis

    settlement = desk.submit(desk.invoice(StatedLine(1, "CLN", Basis.WORK_ORDER, number, Decimal(500))))
    assert settlement.state == "returned"
    desk.work("500", number=number)

    again = submission.resubmit(settlement_id=settlement.pk, actor=desk.at.provider_clerk, at=AT)

    assert again.state == "verified"


def test_a_verified_invoice_is_not_resubmitted(desk: Provider) -> None:
    settlement = desk.verified()

    with pytest.raises(Conflict):
        submission.resubmit(settlement_id=settlement.pk, actor=desk.at.provider_clerk, at=AT)


def test_old_lines_stay_on_record_under_their_revision(desk: Provider) -> None:
    settlement = desk.submit(desk.invoice(work_line(desk.work(accepted=False))))
    submission.resubmit(settlement_id=settlement.pk, actor=desk.at.provider_clerk, at=AT)

    assert SettlementLine.objects.filter(settlement=settlement).count() == 2


# -------------------------------------------------------------------------------------- remuneration


@pytest.fixture
def due(monkeypatch: pytest.MonkeyPatch) -> dict[date, Any]:
    answers: dict[date, Any] = {}
    monkeypatch.setattr(
        entitlement, "due", lambda *, basis, fund_id, month: answers.get(month, Money(100, "CNY"))
    )
    return answers


def test_base_remuneration_is_verified_at_exactly_what_is_due(desk: Provider, due: dict[date, Any]) -> None:
    desk.budget("REM")
    due[date(2025, 7, 1)] = Money("15764.91", "CNY")

    invoice = desk.invoice(base_line("2025-07", "15764.91"), issued_on=date(2025, 8, 2))

    assert desk.submit(invoice).state == "verified"


def test_remuneration_off_by_a_fen_is_returned(desk: Provider, due: dict[date, Any]) -> None:
    desk.budget("REM")

    found = returned_for(desk, desk.invoice(base_line("2025-07", "100.01"), issued_on=date(2025, 8, 2)))

    assert "应为 100" in found[0]


def test_remuneration_of_a_month_still_running_is_returned(desk: Provider, due: dict[date, Any]) -> None:
    desk.budget("REM")

    assert "尚未结束" in returned_for(desk, desk.invoice(base_line("2025-07", "100")))[0]


def test_a_remuneration_period_is_claimed_once(desk: Provider, due: dict[date, Any]) -> None:
    desk.budget("REM")
    desk.submit(desk.invoice(base_line("2025-07", "100"), issued_on=date(2025, 8, 1)))

    found = returned_for(desk, desk.invoice(base_line("2025年7月", "100"), issued_on=date(2025, 8, 2)))

    assert "已经申报过" in found[0]


# ----------------------------------------------------------------------------------------- selectors


def test_approved_service_total_leaves_out_remuneration_and_what_is_only_verified(
    desk: Provider, due: dict[date, Any]
) -> None:
    desk.budget("REM")
    desk.verified("77")
    desk.approved("1000")
    desk.submit(desk.invoice(base_line("2025-07", "100"), issued_on=date(2025, 8, 2)))

    assert approved_service_total(desk.at.fund.pk, date(2025, 7, 15)) == Decimal(1000)


def test_paid_and_unpaid_are_told_apart_by_the_bank_line(
    desk: Provider, settings: Settings, tmp_path: Path
) -> None:
    settings.BANK_OUTBOX = tmp_path
    paid, unpaid = desk.released("1000"), desk.released("300")
    desk.instructed(paid, unpaid)
    desk.pays(paid)
    july = date(2025, 7, 1)

    assert paid_by_budget_code(desk.at.fund.pk, july, july, date(2025, 9, 30)) == {"CLN": Decimal(1000)}
    assert unpaid_total(desk.at.fund.pk, [july]) == Decimal(300)
    assert fresh(unpaid).state == "instructed"
