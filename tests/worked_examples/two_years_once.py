"""What happens once to the estate that runs two years: by day, each as somebody does it by commands."""

from datetime import date, timedelta
from decimal import Decimal

from custody.models import BankLine, BreakExplanation, Placement
from settlement.models import PayeeAccount
from tests.worked_examples.estate import PROVIDER
from tests.worked_examples.two_years_estate import (
    CLEANING,
    PARKING,
    Estate,
    budget_rows,
    fen,
    month_before,
    units,
)

PLACED_ON, BACK_ON = date(2023, 9, 11), date(2023, 12, 11)
PRINCIPAL, EARNED = Decimal("5000.00"), Decimal("13.90")  # 1.1 % over 91 of 360 days
NEW_BANK_ON, NEW_ACCOUNT = date(2024, 1, 8), "622202440200000001"
FAILS_IN, RETURNED_IN = date(2024, 3, 1), date(2024, 9, 1)
LEFT_UNASKED_ON = date(2024, 5, 14)
STRANGER_ON, STRANGER, HIRE = date(2024, 2, 14), "路人", Decimal("50.00")
CHARGED_ON, CHARGE = date(2024, 7, 18), Decimal("12.00")
SEIZED_ON, SEIZED = date(2024, 11, 19), Decimal("400.00")
REFUNDED_ON, REFUND = date(2025, 2, 20), Decimal("100.00")
NEPHEW_IN, NEPHEW = date(2024, 6, 1), "侄子"
LATE_DETAIL, REOPENED_ON = date(2025, 3, 1), date(2025, 4, 10)
SOLD_FROM, BUYER = date(2024, 11, 1), "郑新"
RATES = {date(2023, 1, 1): Decimal("0.12"), date(2024, 7, 1): Decimal("0.10")}  # the deed's base rate


def base_rate(month: date) -> Decimal:
    """The deed's rate in force on the month's first day."""
    return RATES[max(since for since in RATES if since <= month)]


def known_by(estate: Estate, month: date) -> Decimal:
    """The month's income as the desk knew it on the second: parking is missing where its detail was late."""
    return estate.collected[month] - (PARKING if month == LATE_DETAIL else 0)


def fails_and_is_paid_again(estate: Estate, number: str) -> None:
    """The bank refuses: one person says so, a second confirms, and it is filed under a new identifier."""
    estate.does("report_failed", "--evidence=AC04 账户已销", number, by=estate.maker)
    alone = estate.refusal_of(number)
    estate.cannot("confirm_failed", alone, by=estate.maker)
    estate.does("confirm_failed", alone, by=estate.trustee)
    estate.does("retry_payment", number, by=estate.maker)
    estate.instructs(number)


def is_returned(estate: Estate, number: str) -> None:
    """Three days later the money is back: the work is still to be paid, by another invoice."""
    back_on = estate.today + timedelta(days=3)
    month = month_before(estate.today)
    base = fen(known_by(estate, month) * base_rate(month))
    estate.bank.books(
        back_on, CLEANING + base, PROVIDER, estate.payee, summary="退汇", memo=f"{number} 账号户名不符"
    )
    estate.expected["CLN"] -= CLEANING
    estate.expected["REM"] -= base


def invoiced_again(estate: Estate) -> None:
    """The firm invoices August's work once more, and is paid."""
    month = month_before(RETURNED_IN)
    base = fen(known_by(estate, month) * base_rate(month))
    number = estate.invoices(
        ("CLN", "工单", f"GD{month:%y%m}", CLEANING), ("REM", "基础酬金", f"{month:%Y-%m}", base)
    )
    estate.both_keys("settlement", number)
    estate.instructs(number)
    estate.pays(number, estate.today + timedelta(days=1))
    estate.expected["CLN"] += CLEANING
    estate.expected["REM"] += base


def cash_is_placed(estate: Estate) -> None:
    estate.does(
        "order_placement", "--key=CF-1", "--book=operating", "--product=七天通知存款",
        f"--principal={PRINCIPAL}", "--rate=0.011", by=estate.maker,
    )  # fmt: skip
    estate.both_keys("placement", "CF-1")
    estate.bank.books(PLACED_ON, -PRINCIPAL, estate.holder, "900100", memo="转七天通知存款")


def cash_comes_back(estate: Estate) -> None:
    memo = f"通知存款本息 本金{PRINCIPAL} 利息{EARNED}"
    estate.bank.books(BACK_ON, PRINCIPAL + EARNED, estate.holder, "900100", memo=memo)
    estate.expected["placement_income"] += EARNED


def placement_is_over(estate: Estate) -> None:
    assert Placement.objects.get(fund=estate.fund).state == "returned"


def firm_changes_its_bank(estate: Estate) -> None:
    """Usable three days after the second key: February's invoice is paid there, January's was not."""
    estate.does(
        "propose_payee", f"--holder={PROVIDER}", f"--number={NEW_ACCOUNT}", "--bank=建行武侯支行",
        "--clearing=105651000018", by=estate.maker,
    )  # fmt: skip
    estate.both_keys("payee", PayeeAccount.objects.get(fund=estate.fund, handover=False).pk)


def new_account_is_used(estate: Estate) -> None:
    estate.payee = NEW_ACCOUNT


def money_leaves_unasked(estate: Estate) -> None:
    """A break; the bank gives it back before the month is printed, and both lines tell it."""
    estate.bank.books(LEFT_UNASKED_ON, Decimal("-120.00"), "某某", "6222000000000000002", memo="货款")
    back_on = LEFT_UNASKED_ON + timedelta(days=3)
    estate.bank.books(
        back_on, Decimal("120.00"), "某某", "6222000000000000002", summary="退汇", memo="账号户名不符"
    )


def stranger_pays(estate: Estate) -> None:
    estate.bank.books(STRANGER_ON, HIRE, STRANGER, "6222000000000000003", memo="")


def stranger_is_known(estate: Estate) -> None:
    """Money nobody recognised: it was for hiring the courtyard, as its paper shows."""
    assert "suspense" in [item["kind"] for item in estate.queue_of(estate.maker)]
    estate.does(
        "identify_receipt", f"--line={estate.line_of(STRANGER)}", "--income=other_income",
        f"--document={estate.paper()}", by=estate.maker,
    )  # fmt: skip
    estate.expected["other_income"] += HIRE


def nephew_is_known(estate: Estate) -> None:
    """The first home's fee came from somebody else's account and named no unit."""
    unit = units()[0][0]
    estate.does(
        "identify_receipt", f"--line={estate.line_of(NEPHEW)}", f"--unit={unit}",
        f"--month={NEPHEW_IN:%Y-%m}", by=estate.maker,
    )  # fmt: skip


def bank_charges_unforeseen(estate: Estate) -> None:
    """A charge by a name that is not the bank's: no rule books it."""
    estate.bank.books(CHARGED_ON, -CHARGE, "某支付服务公司", "900200", memo="服务费")


def court_takes(estate: Estate) -> None:
    estate.bank.books(SEIZED_ON, -SEIZED, "某区人民法院", "900300", summary="扣划", memo="司法扣划")


def owner_is_refunded(estate: Estate) -> None:
    """The second home had paid January twice over, says the desk; the bank gave one fee back."""
    estate.bank.books(REFUNDED_ON, -REFUND, units()[1][1], "6222000000000000001", memo="退款")


def break_is_explained(estate: Estate, name: str, kind: str, *more: object) -> None:
    """While it is open nothing is released; what it was, why, a paper, and two keys."""
    assert "unexplained" in [item["kind"] for item in estate.queue_of(estate.maker)]
    out = estate.does(
        "explain_break", f"--line={estate.line_of(name)}", f"--kind={kind}", "--reason=已向银行查明",
        f"--document={estate.paper()}", *more, by=estate.maker,
    )  # fmt: skip
    estate.both_keys("break", BreakExplanation.objects.filter(fund=estate.fund).latest("pk").pk)
    assert out
    assert "unexplained" not in [item["kind"] for item in estate.queue_of(estate.maker)]


def charge_is_explained(estate: Estate) -> None:
    break_is_explained(estate, "某支付服务公司", "bank_charge")
    estate.expected["bank_charge"] += CHARGE


def seizure_is_explained(estate: Estate) -> None:
    break_is_explained(estate, "某区人民法院", "judicial")
    estate.expected["judicial"] += SEIZED


def refund_is_explained(estate: Estate) -> None:
    """It lessens what remuneration is measured on, in the month the bank gave it back."""
    owner = units()[1][1]
    paid = BankLine.objects.filter(fund=estate.fund, counterparty_name=owner, amount=REFUND)
    january = paid.get(booked_on__year=2025, booked_on__month=1)
    break_is_explained(estate, owner, "refund", f"--gives-back={january.position}")
    estate.collected[REFUNDED_ON.replace(day=1)] -= REFUND
    estate.expected["refund"] += REFUND


EXPLAINED = {  # by the month whose statement shows it
    date(2024, 7, 1): charge_is_explained,
    date(2024, 11, 1): seizure_is_explained,
    date(2025, 2, 1): refund_is_explained,
}


def year_turns(estate: Estate) -> None:
    """Next year's budget, before the year begins."""
    heads = ("年度", "科目编码", "科目名称", "账本", "年度预算")
    estate.resolves("import_budget", "预算", heads, *budget_rows(estate.today.year + 1))


def deed_changes(estate: Estate) -> None:
    """The firm earns less from July on; months before keep their own rate."""
    row = ("基础酬金率", "0.10", date(2024, 7, 1))
    estate.resolves("import_deed_terms", "信托条款", ("条款", "取值", "生效日期"), row)


def home_is_sold(estate: Estate) -> None:
    """The third home has another owner from November on, who pays under their own name."""
    heads = ("楼栋", "单元", "房号", "建筑面积", "业主姓名", "月单价", "生效日期")
    building, entrance, room = units()[2][0].split("-")
    row = (int(building), int(entrance), room, 100, BUYER, 1, SOLD_FROM)
    estate.resolves("import_units", "房屋", heads, row)


def quarter_is_opened_again(estate: Estate) -> None:
    """March's parking detail came after the quarter was closed; two keys open it, and close it again.

    The queue then says which of its statements are to go out again, and they say what changed.
    """
    estate.does("reopen_period", f"--from={LATE_DETAIL}", "--reason=停车明细迟到", by=estate.maker)
    estate.both_keys("period", estate.proposal())
    estate.takes_parking(LATE_DETAIL)
    closed = estate.today.replace(day=1) - timedelta(days=1)
    estate.does("close_period", f"--through={closed}", by=estate.maker)
    estate.both_keys("period", estate.proposal())
    outdated = [item["number"] for item in estate.queue_of(estate.maker) if item["kind"] == "statement"]
    assert outdated == [f"{kind}:2025-01-01:{closed}" for kind in ("fee-split", "fund", "value-preservation")]
    for number in outdated:
        kind, from_on, to_on = number.split(":")
        span, out = (f"--from={from_on}", f"--to={to_on}"), estate.file(f"{kind}-again.xlsx")
        said = estate.does("export_statement", f"--kind={kind}", *span, f"--out={out}", by=estate.maker)
        assert "重开更正" in said


def last_statement_comes(estate: Estate) -> None:
    """What June's invoices cost is in it."""
    estate.takes_statement()


STORIES = {
    PLACED_ON: cash_is_placed,
    BACK_ON: cash_comes_back,
    date(2024, 1, 2): placement_is_over,
    NEW_BANK_ON: firm_changes_its_bank,
    date(2024, 1, 31): new_account_is_used,
    STRANGER_ON: stranger_pays,
    date(2023, 12, 18): year_turns,
    date(2024, 6, 18): deed_changes,
    date(2024, 10, 20): home_is_sold,
    date(2024, 12, 18): year_turns,
    CHARGED_ON: bank_charges_unforeseen,
    SEIZED_ON: court_takes,
    REFUNDED_ON: owner_is_refunded,
    date(2024, 3, 7): stranger_is_known,
    LEFT_UNASKED_ON: money_leaves_unasked,
    date(2024, 10, 8): invoiced_again,
    REOPENED_ON: quarter_is_opened_again,
    date(2025, 7, 4): last_statement_comes,
}
