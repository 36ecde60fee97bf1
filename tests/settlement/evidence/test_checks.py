"""The ten checks a page shows say what the judge of invoices says, without a lock."""

from datetime import date

import pytest

from settlement.evidence.checks import checks_of
from settlement.evidence.panel import panel_of, settlements_with_standing
from settlement.invoices import verification
from settlement.models import Settlement
from settlement.selectors import present_lines
from tests.settlement.desk import AT, Provider, make_provider, work_line

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def desk(committed_db: None) -> Provider:
    return make_provider()


def failed(settlement: Settlement) -> list[str]:
    """The names of the checks that did not pass."""
    row = settlements_with_standing(date(2025, 8, 4)).get(pk=settlement.pk)
    return [each.name for each in checks_of(panel_of(row)) if not each.passed]


def judged(settlement: Settlement) -> bool:
    """Whether the judge finds nothing against it."""
    lines = list(present_lines().filter(settlement=settlement))
    return not verification.reasons_against(settlement, lines, at=AT)


def test_an_invoice_that_is_right_passes_all_ten(desk: Provider) -> None:
    settlement = desk.verified()
    row = settlements_with_standing(date(2025, 8, 4)).get(pk=settlement.pk)

    assert (len(checks_of(panel_of(row))), failed(settlement)) == (10, [])


def test_each_fault_fails_its_own_check(desk: Provider) -> None:
    work = desk.work("100")
    wrong = {
        "number": desk.invoice(work_line(work), number="2551784836556989695X"),
        "buyer": desk.invoice(work_line(work), buyer="别人"),
        "sum": desk.invoice(work_line(work), total="99"),
        "work": desk.invoice(work_line(work, "100.01")),
    }
    found = {name: failed(desk.submit(invoice)) for name, invoice in wrong.items()}

    assert found == {name: [name] for name in wrong}


def test_more_than_the_budget_fails_the_budgets_check(desk: Provider) -> None:
    desk.budget("CLN", "150")
    desk.verified("100")

    assert failed(desk.submit(desk.invoice(work_line(desk.work("60"))))) == ["budget"]


def test_work_of_two_books_fails_the_books_check(desk: Provider) -> None:
    desk.budget("REP", book="maintenance")
    lines = (work_line(desk.work("10")), work_line(desk.work("20", "REP"), line_no=2))

    assert failed(desk.submit(desk.invoice(*lines))) == ["book"]


def test_the_same_amount_of_the_same_day_fails_until_it_is_answered(desk: Provider) -> None:
    desk.verified("75")

    assert failed(desk.submit(desk.invoice(work_line(desk.work("75"))))) == ["duplicate"]


def test_a_number_used_at_another_estate_fails_here(desk: Provider) -> None:
    other = make_provider().verified()

    assert failed(desk.submit(desk.invoice(work_line(desk.work("75")), number=other.number))) == [
        "number-free"
    ]


def test_the_checks_agree_with_the_judge(desk: Provider) -> None:
    work = desk.work("100")
    invoices = [
        desk.invoice(work_line(work)),
        desk.invoice(work_line(work, "0.01")),
        desk.invoice(work_line(desk.work("5", accepted=False))),
        desk.invoice(work_line(desk.work("7")), seller="别家"),
    ]
    settlements = [desk.submit(each) for each in invoices]

    assert [not failed(each) for each in settlements] == [judged(each) for each in settlements]
    assert [not failed(each) for each in settlements] == [True, False, False, False]
