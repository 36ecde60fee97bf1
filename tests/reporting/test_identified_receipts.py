"""A receipt that a person identified cites what it was found to be: each entry as it was booked."""

from datetime import date
from pathlib import Path

import pytest

from custody.files.intake import Handed
from custody.kernel.money import yuan
from custody.money_in.identifying import (
    FeePart,
    IncomePart,
    Part,
    identify_receipt,
    undo_identification,
    unit_called,
)
from reporting.exporting import Asked, build_statement
from reporting.papers.workbooks import workbook_bytes
from reporting.statements.report import Cell, Report
from tests.custody.money_in.small import AT, Said, Small, small_estate
from tests.custody.money_in.test_identifying import line_of
from tests.factories import close_period

pytestmark = pytest.mark.usefixtures("committed_db")
JULY = date(2025, 7, 1)
PAPER = Handed("合同.pdf", b"a contract")


@pytest.fixture
def small(tmp_path: Path) -> Small:
    """A receipt of 100.50 in suspense."""
    small = small_estate(tmp_path)
    small.take(Said("2025-07-20", "100.50", "路人甲", "6222009", memo="路人甲转账"))
    return small


def fee(small: Small, unit: str, amount: str, month: date = JULY) -> FeePart:
    return FeePart(unit_called(small.fund.pk, unit, JULY), month, yuan(amount))


def identify(small: Small, *parts: Part, evidence: Handed | None = None) -> None:
    identify_receipt(line=line_of(small), parts=parts, evidence=evidence, actor=small.actor, at=AT)


def undo(small: Small) -> None:
    undo_identification(line=line_of(small), reason="认错", actor=small.actor, at=AT)


def statement(small: Small) -> Report:
    return build_statement(Asked(small.fund.code, "fund", JULY, date(2025, 7, 31)))[1]


def detail(small: Small) -> list[tuple[Cell, ...]]:
    return [row.cells for row in next(t for t in statement(small).sheets if t.title == "明细").rows][1:-1]


def cited(small: Small) -> list[str]:
    """What the entries cite as found, one text an entry, in the order they were booked."""
    texts = {cells[1]: str(cells[8]) for cells in detail(small)}
    return [text.partition("认领为 ")[2] for text in texts.values()]


def test_a_receipt_cites_the_unit_and_the_month_it_was_found_to_pay(small: Small) -> None:
    identify(small, fee(small, "5-1-101", "100.50"))

    assert cited(small)[-1] == "5-1-101 2025-07 物业费 100.50"


def test_the_bank_line_stands_before_it(small: Small) -> None:
    identify(small, fee(small, "5-1-101", "100.50"))

    assert str(detail(small)[-1][8]).startswith("流水 2025-07-20")


def test_its_payer_stays_covered(small: Small) -> None:
    identify(small, fee(small, "5-1-101", "100.50"))

    assert {cells[7] for cells in detail(small)} == {"路*", ""}  # a mirrored entry has no line of its own
    assert not any("路人甲" in str(cell) for cells in detail(small) for cell in cells)


def test_every_part_is_told(small: Small) -> None:
    identify(small, fee(small, "5-1-101", "60.00"), IncomePart("parking", yuan("40.50")), evidence=PAPER)

    assert set(cited(small)[-1].split("、")) == {"5-1-101 2025-07 物业费 60.00", "停车费收入 40.50"}


def test_each_entry_tells_what_it_was_booked_as(small: Small) -> None:
    identify(small, fee(small, "5-1-101", "100.50"))
    undo(small)
    identify(small, fee(small, "6-1-101", "100.00"), fee(small, "5-1-101", "0.50"))

    first, second = [text for text in cited(small) if text]

    assert first == "5-1-101 2025-07 物业费 100.50"
    assert set(second.split("、")) == {"6-1-101 2025-07 物业费 100.00", "5-1-101 2025-07 物业费 0.50"}


def test_a_closed_periods_statement_stays_when_it_is_identified_later(small: Small) -> None:
    close_period(small.fund, date(2025, 7, 31))
    before = workbook_bytes(statement(small))

    identify(small, fee(small, "5-1-101", "100.50"))

    assert workbook_bytes(statement(small)) == before


def test_a_receipt_nobody_identified_tells_nothing(small: Small) -> None:
    assert set(cited(small)) == {""}
