"""What is not settled at a period's end stands on the fund statement: with its age, and without a name."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from django.utils import timezone

from custody.files.faults import Refused
from custody.files.intake import Handed
from custody.models import Key
from custody.money_in import break_proposals as proposals
from custody.money_in.bank_statements import import_statements
from custody.money_in.channel import import_channel_detail
from reporting.exporting import Asked, build_statement
from reporting.papers.workbooks import workbook_bytes
from reporting.statements.open_matters import OPEN_SHEET
from reporting.statements.report import Cell, Report
from tests.custody.money_in.small import AT, Said, Small, small_estate
from tests.custody.money_in.test_broken_files import spoilt
from tests.factories import close_period, member_of, unique
from tests.reporting.builders import Quarter, empty_quarter, worked_quarter

pytestmark = pytest.mark.usefixtures("committed_db")
JULY, AUGUST = (date(2025, 7, 1), date(2025, 7, 31)), (date(2025, 8, 1), date(2025, 8, 31))
BOTH = JULY[0], AUGUST[1]
LUMP = "商户结算0730 总额100.00 手续费0.38"
OTHER = "  其中：未经银行确认的在途收款"


@pytest.fixture
def small(tmp_path: Path) -> Small:
    return small_estate(tmp_path)


def ordered(small: Small, room: str = "5-1-101", payer: str = "赵一", on: str = "2025-07-30") -> str:
    """A merchant's order of 100 yuan; answers its number."""
    number = unique("QR")
    file = small.channel((number, f"{on} 09:00:00", room, payer, "100.00", "0.38"))
    import_channel_detail(fund=small.fund, paths=[file], actor=small.actor, at=AT)
    return number


def settled(small: Small, on: str) -> None:
    """The merchant's lump of that order, handed in this moment."""
    lump = Said(on, "99.62", "银联", summary="商户结算", memo=LUMP)
    import_statements(fund=small.fund, paths=[small.statement([lump])], actor=small.actor, at=timezone.now())


def statement(code: str, days: tuple[date, date] = JULY, known_at: datetime | None = None) -> Report:
    return build_statement(Asked(code, "fund", *days, known_at))[1]


def rows(report: Report, sheet: str) -> list[tuple[Cell, ...]]:
    return [row.cells for row in next(t for t in report.sheets if t.title == sheet).rows]


def income(report: Report) -> dict[str, Cell]:
    """The two rows under the income, where there are any: what the bank did not confirm, what it did."""
    return {
        str(cells[0]): cells[3]
        for cells in rows(report, "收支表")
        if cells[0] in (OTHER, "银行已确认的收入", "本期收入合计")
    }


def opened(report: Report) -> list[tuple[Cell, ...]]:
    """The rows of the sheet but for its headings."""
    return [cells for cells in rows(report, OPEN_SHEET) if not str(cells[0]).startswith(("一", "二", "三"))]


def named(report: Report, title: str) -> list[tuple[Cell, ...]]:
    return [cells[1:] for cells in opened(report) if str(cells[0]).strip() == title]


# -------------------------------------------------------------------------- what the bank has not confirmed


def test_an_order_the_bank_has_not_confirmed_stands_apart_from_the_income(small: Small) -> None:
    ordered(small)

    assert income(statement(small.fund.code)) == {
        "本期收入合计": Decimal("100.00"), OTHER: Decimal("100.00"), "银行已确认的收入": Decimal("0.00"),
    }  # fmt: skip


def test_it_is_told_with_its_age_and_how_long_it_may_take(small: Small) -> None:
    ordered(small)

    (order,) = named(statement(small.fund.code), "商户订单")

    assert order == (date(2025, 7, 30), 1, 1, Decimal("100.00"), "期限 10 天")


def test_one_longer_on_its_way_than_the_deed_allows_is_said_to_be_a_break(small: Small) -> None:
    ordered(small)

    (order,) = named(statement(small.fund.code, BOTH), "商户订单")

    assert (order[1], "逾期未到账" in str(order[4])) == (32, True)


def test_what_the_bank_confirmed_within_the_period_is_income_and_nothing_else(small: Small) -> None:
    ordered(small)
    settled(small, "2025-07-31")

    report = statement(small.fund.code)

    assert (income(report), named(report, "商户订单")) == ({"本期收入合计": Decimal("100.00")}, [])


def test_what_the_bank_confirmed_after_the_periods_end_was_not_confirmed_at_it(small: Small) -> None:
    ordered(small)
    settled(small, "2025-08-01")

    assert OTHER in income(statement(small.fund.code))
    assert OTHER not in income(statement(small.fund.code, BOTH))


def test_a_closed_periods_statement_stays_when_the_bank_confirms_later(small: Small) -> None:
    ordered(small)
    close_period(small.fund, JULY[1])
    before = workbook_bytes(statement(small.fund.code))
    settled(small, "2025-07-31")

    assert workbook_bytes(statement(small.fund.code)) == before


def test_as_known_before_the_bank_confirmed_it_was_on_its_way(small: Small) -> None:
    ordered(small)
    before = timezone.now()
    settled(small, "2025-07-31")

    assert OTHER in income(statement(small.fund.code, known_at=before))
    assert OTHER not in income(statement(small.fund.code))


def test_an_order_that_never_came_by_two_keys_is_gone(small: Small) -> None:
    ordered(small)
    order = small.fund.channel_orders.get()
    made = proposals.propose_void(
        order_id=order.pk, reason="商户已退", paper=Handed("a.pdf", b"%PDF-1.4"), actor=small.actor, at=AT
    )
    holders = {Key.APPROVE: "committee", Key.RELEASE: "trustee"}
    for which, kind in holders.items():
        who = member_of(small.fund, kind, "keyholder")
        proposals.turn_explanation_key(explanation_id=made.pk, which=which, actor=who, at=AT)

    report = statement(small.fund.code)

    assert (income(report), named(report, "商户订单")) == ({"本期收入合计": Decimal("0.00")}, [])


def test_an_order_of_nobodys_unit_is_in_suspense_and_on_its_way_and_no_income(small: Small) -> None:
    ordered(small, "9-9-909", "路人")

    report = statement(small.fund.code)

    assert (OTHER in income(report), len(named(report, "商户订单"))) == (False, 1)


def test_orders_of_one_day_are_one_row_and_all_are_summed(small: Small) -> None:
    for on in ("2025-07-29", "2025-07-30", "2025-07-30"):
        ordered(small, on=on)

    report = statement(small.fund.code)

    assert [cells[2:4] for cells in named(report, "商户订单")] == [
        (1, Decimal("100.00")),
        (2, Decimal("200.00")),
    ]
    assert named(report, "合计") == [(None, None, 3, Decimal("300.00"), None)]


# -------------------------------------------------------------------------------------------------- breaks


def test_a_payment_nobody_explained_is_told_with_its_age_and_without_a_name(small: Small) -> None:
    small.take(Said("2025-07-11", "-30.00", "某某商行", memo="货款"))

    report = statement(small.fund.code)

    assert named(report, "待查付款") == [(date(2025, 7, 11), 20, 1, Decimal("-30.00"), "尚未查明")]
    assert not any("某某" in str(cell) for cells in opened(report) for cell in cells)


def test_bank_and_books_apart_are_told_since_the_day_they_parted() -> None:
    q = empty_quarter()
    q.receipt("property_fee_received", "property_fee", date(2025, 7, 3), "50.00")
    q.bank_line(date(2025, 7, 20), "7.00")
    q.receipt("property_fee_received", "property_fee", date(2025, 7, 25), "50.00")

    report = statement(q.code)

    assert named(report, "银行余额与账面之差") == [(date(2025, 7, 20), 11, None, Decimal("7.00"), "")]


def test_apart_since_before_the_period_is_said_to_be() -> None:
    q = empty_quarter()
    q.bank_line(date(2025, 7, 20), "7.00")
    q.receipt("property_fee_received", "property_fee", date(2025, 8, 25), "50.00")

    report = statement(q.code, AUGUST)

    assert named(report, "银行余额与账面之差") == [(None, None, None, Decimal("7.00"), "期初已有")]


def test_of_a_last_month_that_no_statement_covers_nothing_is_compared() -> None:
    q = empty_quarter()
    q.bank_line(date(2025, 7, 20), "7.00")

    assert named(statement(q.code, AUGUST), "银行余额与账面之差") == []


def test_a_book_the_bank_took_too_much_from_is_named(small: Small) -> None:
    small.take(Said("2025-07-11", "-1030.00", "某某商行", memo="货款"))

    assert named(statement(small.fund.code), "经营账短缺")[0][3] == Decimal("-30.00")


# -------------------------------------------------------------------------------------------- broken files


def broken(small: Small) -> None:
    """A file of 2 and 3 July whose balances do not follow, handed in and refused."""
    lines = (Said("2025-07-02", "10.00", "赵一"), Said("2025-07-03", "5.00"))
    with pytest.raises(Refused):
        import_statements(fund=small.fund, paths=[spoilt(small.statement(lines))], actor=small.actor, at=AT)


def test_a_file_whose_balances_do_not_follow_is_told_by_its_days_and_not_by_its_name(small: Small) -> None:
    broken(small)

    (file,) = named(statement(small.fund.code), "银行对账单")

    assert file[:4] == (date(2025, 7, 3), 28, 1, None)
    assert ("2025-07-02 至 2025-07-03" in str(file[4]), ".csv" in str(file[4])) == (True, False)


def test_a_file_that_was_replaced_is_told_no_more(small: Small) -> None:
    broken(small)
    small.take(Said("2025-07-02", "10.00", "赵一"), Said("2025-07-03", "5.00"))

    assert named(statement(small.fund.code), "银行对账单") == []


def test_a_file_of_later_days_is_told_of_no_earlier_period(small: Small) -> None:
    lines = (Said("2025-08-02", "10.00", "赵一"), Said("2025-08-03", "5.00"))
    with pytest.raises(Refused):
        import_statements(fund=small.fund, paths=[spoilt(small.statement(lines))], actor=small.actor, at=AT)

    assert named(statement(small.fund.code), "银行对账单") == []
    assert len(named(statement(small.fund.code, AUGUST), "银行对账单")) == 1


def test_a_closed_period_says_what_was_broken_when_it_was_closed(small: Small) -> None:
    broken(small)
    close_period(small.fund, JULY[1])
    before = workbook_bytes(statement(small.fund.code))
    small.take(Said("2025-07-02", "10.00", "赵一"), Said("2025-07-03", "5.00"))

    known = statement(small.fund.code, known_at=datetime.now(UTC))
    assert len(named(known, "银行对账单")) == 1
    assert len(before) > 0


def test_a_file_handed_in_after_the_period_was_closed_changes_nothing_of_it(small: Small) -> None:
    small.take(Said("2025-07-02", "10.00", "赵一"))
    close_period(small.fund, JULY[1])
    before = workbook_bytes(statement(small.fund.code))
    broken(small)

    assert workbook_bytes(statement(small.fund.code)) == before


# ---------------------------------------------------------------------------------------------------- none


@pytest.mark.parametrize("quarter", [empty_quarter, worked_quarter])
def test_where_nothing_is_open_the_sheet_says_so(quarter: Callable[[], Quarter]) -> None:
    report = build_statement(Asked(quarter().code, "fund", date(2025, 7, 1), date(2025, 9, 30)))[1]

    assert [str(cells[0]).strip() for cells in opened(report)] == ["无"] * 3
