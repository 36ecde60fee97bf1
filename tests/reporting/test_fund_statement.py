"""信托资金收支表 over a quarter small enough to add up by hand."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from custody.ledger import references
from reporting.exporting import Asked, build_statement
from reporting.statements.report import Cell, Proof, Report
from tests.draws import examples
from tests.reporting.builders import AT, FROM, TO, Quarter, empty_quarter, place, worked_quarter, yuan_in

pytestmark = pytest.mark.usefixtures("committed_db")


def statement(q: Quarter, from_on: date = FROM, to_on: date = TO, known_at: datetime | None = None) -> Report:
    return build_statement(Asked(q.code, "fund", from_on, to_on, known_at))[1]


def row(report: Report, sheet: str, label: str) -> tuple[Cell, ...]:
    """The cells after the label of the only row so labelled."""
    table = next(table for table in report.sheets if table.title == sheet)
    (found,) = [each for each in table.rows if str(each.cells[0]).strip() == label]
    return found.cells[1:]


def rows(report: Report, sheet: str) -> list[tuple[Cell, ...]]:
    return [each.cells for each in next(t for t in report.sheets if t.title == sheet).rows]


def with_bank(report: Report) -> list[Proof]:
    """The proofs that compare with the bank, one a month."""
    return [proof for proof in report.proofs if "银行对账单" in proof.claim]


def money(*amounts: str) -> tuple[Decimal, ...]:
    return tuple(Decimal(amount) for amount in amounts)


def test_opening_funds_are_what_was_handed_over() -> None:
    report = statement(worked_quarter())

    assert row(report, "收支表", "期初资金合计")[:3] == money("10000", "50000", "60000")


def test_receipts_are_gross_and_by_kind() -> None:
    report = statement(worked_quarter())

    assert row(report, "收支表", "物业费收入")[:3] == money("4000", "0", "4000")


def test_what_the_merchant_kept_is_a_cost() -> None:
    report = statement(worked_quarter())

    assert row(report, "收支表", "收款手续费")[:3] == money("3.80", "0", "3.80")


def test_suspense_is_no_receipt() -> None:
    report = statement(worked_quarter())

    assert (
        row(report, "收支表", "本期收入合计")[2],
        row(report, "收支表", "三、待确认款项净增加")[2],
    ) == money("6448.00", "120.00")


def test_each_budget_line_shows_what_it_may_and_did_spend() -> None:
    report = statement(worked_quarter())

    assert row(report, "收支表", "CLN 清洁卫生") == (
        *money("1500", "0", "1500"),
        None,
        *money("24000", "1500", "0.0625"),
    )


def test_a_budget_line_nothing_was_spent_on_is_shown_too() -> None:
    report = statement(worked_quarter())

    cells = row(report, "收支表", "REM 物业服务酬金")
    assert (cells[2], *cells[4:6]) == money("0", "8000", "0")


def test_spending_outside_the_budget_is_named_as_such() -> None:
    q = empty_quarter()
    q.payment("settlement_paid", "budget_spending:XYZ", date(2025, 7, 9), "10.00")

    assert row(statement(q), "收支表", "XYZ （未列入本年预算）")[2] == Decimal("10.00")


def test_closing_funds_are_opening_and_all_that_moved() -> None:
    report = statement(worked_quarter())

    assert row(report, "收支表", "期末资金合计")[:3] == money("15014.00", "49038.50", "64052.50")


def test_a_second_period_opens_where_the_first_closed() -> None:
    q = worked_quarter()
    first, second = statement(q, FROM, date(2025, 7, 31)), statement(q, date(2025, 8, 1), TO)

    assert row(first, "收支表", "期末资金合计")[:3] == row(second, "收支表", "期初资金合计")[:3]


def test_the_year_to_date_reaches_back_before_the_period() -> None:
    q = worked_quarter()
    q.payment("settlement_paid", "budget_spending:CLN", date(2025, 9, 5), "500.00")

    cells = row(statement(q, date(2025, 9, 1)), "收支表", "CLN 清洁卫生")
    assert (cells[2], cells[5]) == money("500.00", "2000.00")


def test_a_principal_that_is_out_stays_in_the_funds() -> None:
    q = empty_quarter()
    place(q, date(2025, 7, 16), None)

    report = statement(q)
    assert (row(report, "收支表", "期末资金合计")[2], row(report, "收支表", "本期支出合计")[2]) == money(
        "60000", "0"
    )


def test_accruals_stand_beside_the_flow() -> None:
    q = empty_quarter()
    q.post("trustee_fee_accrued", TO, ("trustee_fee", "48.56"), ("trustee_fee_payable", "-48.56"))

    report = statement(q)
    assert (
        row(report, "收支表", "期末资金合计")[2],
        row(report, "已计提未支付", "应付信托报酬")[3],
    ) == money("60000", "48.56")


def test_a_fee_that_was_paid_leaves_the_funds() -> None:
    q = empty_quarter()
    q.post(
        "trustee_fee_accrued", date(2025, 8, 31), ("trustee_fee", "48.56"), ("trustee_fee_payable", "-48.56")
    )
    q.payment("trustee_fee_paid", "trustee_fee_payable", date(2025, 9, 3), "48.56")

    report = statement(q, date(2025, 9, 1))
    assert row(report, "收支表", "支付信托报酬")[2] == Decimal("48.56")


def transfer(q: Quarter) -> None:
    """300 yuan from the maintenance book to the operating one on 1 August, by a resolution."""
    from custody.ledger import door
    from custody.ledger.entries import Line, entry
    from custody.models import Resolution

    vote = Resolution.objects.create(
        fund=q.made.fund, reference="1", resolved_on=date(2025, 7, 20), title="账间划转"
    )
    door.post(
        entry(
            "book_transfer", date(2025, 8, 1),
            (Line(q.made.account("cash"), Decimal("300.00")),
             Line(q.made.account("cash", book="maintenance"), Decimal("-300.00"))),
            source=f"resolution:{vote.reference}",
        ),
        key="transfer", actor_id=q.made.actor.pk, at=AT,
    )  # fmt: skip


def test_a_resolved_transfer_moves_between_books_and_adds_nothing() -> None:
    q = empty_quarter()
    transfer(q)

    assert row(statement(q), "收支表", "账间划转（依决议）")[:3] == money("300.00", "-300.00", "0.00")


def test_books_that_agree_with_the_bank_say_so() -> None:
    verdicts = [p.verdict for p in with_bank(statement(worked_quarter()))]

    assert verdicts == ["一致", "一致", "一致"]


def test_a_difference_with_the_bank_is_called_outstanding() -> None:
    q = worked_quarter()
    q.bank_line(date(2025, 9, 29), "7.00", memo="未入账")

    *_, proof = with_bank(statement(q))
    assert (proof.verdict, proof.difference) == ("未达账项，待查", Decimal("-7.00"))


def test_the_bank_after_the_period_is_not_asked() -> None:
    q = worked_quarter()
    q.bank_line(date(2025, 10, 2), "7.00", memo="下期")

    *_, proof = with_bank(statement(q))
    assert proof.verdict == "一致"


def test_without_a_statement_there_is_nothing_to_compare_with() -> None:
    proofs = with_bank(statement(empty_quarter()))

    assert {(proof.right, proof.verdict) for proof in proofs} == {(None, "尚无对账单")}


def test_an_open_receipt_is_listed_with_its_payer_covered() -> None:
    first, *_ = rows(statement(worked_quarter()), "待确认款项")

    assert first[4:6] + first[8:] == ("令*", "令*转账", Decimal("120.00"), "附言无房号")


def test_no_sheet_spells_out_a_person() -> None:
    report = statement(worked_quarter())
    text = repr(report)

    assert [name for name in ("欧阳锋", "令狐冲") if name in text] == []


def test_an_identified_receipt_is_no_longer_open() -> None:
    q = empty_quarter()
    q.receipt("suspense_received", "suspense", date(2025, 8, 2), "120.00", name="令狐冲")
    line = q.file.bank_lines.order_by("-position").first()
    assert line is not None
    q.post(
        "suspense_identified",
        date(2025, 8, 20),
        ("suspense", "120.00"),
        ("property_fee", "-120.00"),
        source=references.bank_line(line),
    )

    assert len(rows(statement(q), "待确认款项")) == 1


def test_what_was_open_then_is_still_shown_open_for_then() -> None:
    q = empty_quarter()
    q.receipt("suspense_received", "suspense", date(2025, 8, 2), "120.00", name="令狐冲")
    line = q.file.bank_lines.order_by("-position").first()
    assert line is not None
    q.post(
        "suspense_identified",
        date(2025, 10, 20),
        ("suspense", "120.00"),
        ("property_fee", "-120.00"),
        source=references.bank_line(line),
    )

    assert rows(statement(q), "待确认款项")[0][8] == Decimal("120.00")


def test_every_figure_of_receipts_is_the_sum_of_its_detail_lines() -> None:
    report = statement(worked_quarter())
    detail = [cells for cells in rows(report, "明细") if cells[5] == "物业费收入"]

    assert sum(yuan_in(cells[12]) for cells in detail) == row(report, "收支表", "物业费收入")[2]


def test_entries_recorded_later_are_unknown_as_of_an_earlier_instant() -> None:
    q = worked_quarter()
    q.post(
        "grant_received",
        date(2025, 9, 1),
        ("cash", "77.00"),
        ("grant", "-77.00"),
        at=datetime(2025, 11, 1, tzinfo=UTC),
    )

    then = statement(q, known_at=datetime(2025, 10, 31, tzinfo=UTC))
    assert row(then, "收支表", "激励资金")[2] == Decimal("400.00")


def test_both_as_of_dates_agree_when_nothing_came_late() -> None:
    q = worked_quarter()

    assert statement(q, known_at=AT).sheets == statement(q).sheets


def test_another_funds_entries_change_nothing() -> None:
    q = worked_quarter()
    before = statement(q)
    worked_quarter()

    assert statement(q) == before


def test_spending_without_an_invoice_is_stated() -> None:
    (proof,) = [p for p in statement(worked_quarter()).proofs if p.claim.startswith("有发票依据")]

    assert (proof.difference, proof.verdict) == (Decimal("-2500.00"), "有未附结算单的预算支出，待查")


AMOUNTS = st.integers(1, 99_999).map(lambda fen: Decimal(fen).scaleb(-2))
DAYS = st.dates(date(2025, 6, 30), date(2025, 10, 15))
BOOKS = st.sampled_from(["operating", "maintenance"])
EVENTS = {
    "income": ("cash", "property_fee"), "public": ("in_transit", "parking"), "lump": ("cash", "in_transit"),
    "unknown": ("cash", "suspense"), "known": ("suspense", "advertising"),
    "spent": ("budget_spending:CLN", "cash"),
    "charge": ("bank_charge", "cash"), "lost": ("unexplained", "cash"), "placed": ("placement", "cash"),
    "back": ("cash", "placement"), "earned": ("cash", "interest"),
    "accrued": ("trustee_fee", "trustee_fee_payable"),
    "paid": ("trustee_fee_payable", "cash"), "withheld": ("performance_fee", "performance_withheld"),
    "lapsed": ("performance_withheld", "performance_fee"), "granted": ("cash", "grant"),
    "corpus": ("cash", "corpus"), "undone": ("property_fee", "cash"),
}  # fmt: skip
STEPS = st.lists(st.tuples(st.sampled_from(sorted(EVENTS)), AMOUNTS, DAYS, BOOKS), max_size=25)


@settings(max_examples=examples(20), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_whatever_legal_entries_are_posted_the_statement_adds_up(
    steps: list[tuple[str, Decimal, date, str]],
) -> None:
    from custody.kernel.errors import InsufficientFunds

    q = empty_quarter()
    funds = {"operating": Decimal(0), "maintenance": Decimal(0)}
    for name, amount, on, book in steps:
        debited, credited = EVENTS[name]
        try:
            q.post(name, on, (debited, str(amount)), (credited, f"-{amount}"), book=book)
        except InsufficientFunds:
            continue
        held = {"cash", "placement", "in_transit"}
        if FROM <= on <= TO:
            funds[book] += amount * ((debited in held) - (credited in held))

    report = statement(q)  # its strict proofs hold, or it would not exist
    opening, closing = row(report, "收支表", "期初资金合计"), row(report, "收支表", "期末资金合计")
    net = row(report, "收支表", "五、本期资金净变动")
    assert net[:2] == (funds["operating"], funds["maintenance"])
    summed = [yuan_in(o) + yuan_in(n) for o, n in zip(opening[:3], net[:3], strict=True)]
    assert tuple(summed) == closing[:3]
    assert rows(report, "明细")[-1][-1] == closing[2]
    value = build_statement(Asked(q.code, "value-preservation", FROM, TO))[1]
    assert row(value, "资金变动", "六、期末资金")[:3] == closing[:3]
    for kind in ("balance-sheet", "profit"):  # assets = liabilities + equity, or neither would exist
        assert build_statement(Asked(q.code, kind, FROM, TO))[1].proofs
