"""A month is consistent with the bank only where a statement speaks of it."""

from datetime import date
from decimal import Decimal
from io import BytesIO

import openpyxl
import pytest

from custody.models import BankPeriod
from reporting.exporting import Asked, build_statement
from reporting.papers.workbooks import workbook_bytes
from reporting.statements.bank import bank_balance, uncovered
from reporting.statements.facts import BankRecord, Span
from reporting.statements.report import Report, Style
from tests import factories
from tests.reporting.builders import AT, FROM, TO, Quarter, empty_quarter

QUARTER = Span(FROM, TO)
JULY, AUGUST, SEPTEMBER = QUARTER.months()
RED = "FFC00000"


def record(*days: date, files: tuple[Span, ...], opening: str | None = None) -> BankRecord:
    balances = {on: Decimal(at) for at, on in enumerate(days, 1)}
    return BankRecord(Decimal(opening) if opening else None, balances, files)


def on(day: date) -> Span:
    return Span(day, day)


def test_a_month_with_a_line_is_covered() -> None:
    days = date(2025, 7, 5), date(2025, 8, 9), date(2025, 9, 1)

    assert uncovered([record(*days, files=tuple(map(on, days)))], QUARTER) == ()


def test_a_month_after_the_last_line_is_not_covered() -> None:
    only = date(2025, 7, 5)

    assert uncovered([record(only, files=(on(only),))], QUARTER) == (AUGUST, SEPTEMBER)


def test_a_month_between_two_files_is_not_covered() -> None:
    days = date(2025, 7, 5), date(2025, 9, 1)

    assert uncovered([record(*days, files=tuple(map(on, days)))], QUARTER) == (AUGUST,)


def test_a_quiet_month_inside_one_file_is_covered() -> None:
    days = date(2025, 7, 5), date(2025, 9, 1)

    assert uncovered([record(*days, files=(Span(*days),))], QUARTER) == ()


def test_a_quiet_month_is_covered_by_a_file_that_names_its_last_day() -> None:
    july = date(2025, 7, 5)
    known = BankRecord(
        None, {july: Decimal(1)}, (on(july),), (AUGUST, Span(date(2025, 9, 1), date(2025, 9, 29)))
    )

    assert uncovered([known], QUARTER) == (SEPTEMBER,)


def test_every_account_must_be_covered() -> None:
    first = record(date(2025, 7, 5), files=(Span(FROM, TO),))

    assert uncovered([first, record(files=())], QUARTER) == (JULY, AUGUST, SEPTEMBER)


def test_the_balance_is_the_last_lines_up_to_then() -> None:
    one = record(date(2025, 7, 5), date(2025, 8, 9), files=())

    assert [bank_balance([one], day) for day in (date(2025, 8, 8), TO)] == [Decimal(1), Decimal(2)]


def test_an_account_without_a_line_leaves_nothing_to_compare_with() -> None:
    known = record(date(2025, 7, 5), files=())

    assert bank_balance([known, record(files=())], TO) is None


@pytest.fixture
def july_only(committed_db: None) -> Quarter:
    """A quarter whose bank statements stop in July, and whose books stop there too."""
    q = empty_quarter()
    q.receipt("grant_received", "grant", date(2025, 7, 12), "5.00")
    return q


def statement(q: Quarter, to_on: date = TO) -> Report:
    return build_statement(Asked(q.code, "fund", FROM, to_on))[1]


def test_months_without_a_statement_are_not_called_consistent(july_only: Quarter) -> None:
    verdicts = [p.verdict for p in statement(july_only).proofs if "银行对账单" in p.claim]

    assert verdicts == ["一致", "本月没有银行对账单，未核对", "本月没有银行对账单，未核对"]


def test_the_statements_first_page_names_the_months_not_compared(july_only: Quarter) -> None:
    main = statement(july_only).sheets[0]

    assert main.alerts == ("2025-08、2025-09 没有银行对账单，账面数未与银行核对。",)


def test_months_not_compared_stand_in_red(july_only: Quarter) -> None:
    sheet = openpyxl.load_workbook(BytesIO(workbook_bytes(statement(july_only))))["银行核对"]
    cells = [cell for row in sheet.iter_rows() for cell in row]
    red = {cell.value for cell in cells if cell.font.color and cell.font.color.rgb == RED}

    assert {"2025-08", "2025-09", "本月没有银行对账单，未核对"} <= red
    assert "2025-07" not in red


def test_a_proof_that_does_not_agree_stands_in_red_among_the_proofs(july_only: Quarter) -> None:
    from reporting.statements.report import proof_table

    styles = {row.cells[-1]: row.style for row in proof_table(statement(july_only)).rows}

    assert (styles["一致"], styles["本月没有银行对账单，未核对"]) == (Style.PLAIN, Style.ALERT)


def test_a_statement_handed_in_later_changes_nothing_of_what_was_covered(july_only: Quarter) -> None:
    before = statement(july_only, date(2025, 8, 31))
    july_only.bank_line(date(2025, 10, 2), "7.00")

    assert statement(july_only, date(2025, 8, 31)) == before


def test_as_known_then_counts_only_what_was_handed_in_by_then(july_only: Quarter) -> None:
    later = factories.make_document(july_only.made.fund, july_only.made.actor, AT.replace(year=2026))
    july_only.file = later
    july_only.bank_line(date(2025, 8, 3), "7.00")

    known = build_statement(Asked(july_only.code, "fund", FROM, TO, AT))[1]
    assert known.sheets[0].alerts == ("2025-08、2025-09 没有银行对账单，账面数未与银行核对。",)


def test_a_file_without_a_line_covers_the_month_it_names(july_only: Quarter) -> None:
    BankPeriod.objects.create(
        fund=july_only.made.fund,
        account=july_only.bank,
        source_file=july_only.file,
        from_on=AUGUST.from_on,
        to_on=AUGUST.to_on,
    )

    assert statement(july_only).sheets[0].alerts == ("2025-09 没有银行对账单，账面数未与银行核对。",)
