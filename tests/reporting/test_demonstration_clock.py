"""What is made under a demonstration's clock says so at the head of every sheet, and nothing else does."""

from collections.abc import Iterator
from io import BytesIO

import openpyxl
import pytest

from config.replay.clock import real_time, set_clock
from reporting.exporting import STATEMENTS, Asked, build_statement
from reporting.papers.workbooks import workbook_bytes
from reporting.statements.common import DEMONSTRATED
from tests.custody.ledger.raw import run
from tests.reporting.builders import AT, FROM, TO, Quarter, worked_quarter

pytestmark = pytest.mark.usefixtures("committed_db")
KINDS = sorted(STATEMENTS)


@pytest.fixture(autouse=True)
def as_before_afterwards(committed_db: None) -> Iterator[None]:
    before = run("owner", "SELECT ahead, told FROM custody_clock")
    yield
    real_time()
    for row in before:
        run("owner", "INSERT INTO custody_clock (ahead, told) VALUES (%s, %s)", row)


def heads(quarter: Quarter, kind: str) -> list[bool]:
    """Of each sheet of the workbook: whether a line over its table says it is a demonstration."""
    report = build_statement(Asked(quarter.code, kind, FROM, TO))[1]
    book = openpyxl.load_workbook(BytesIO(workbook_bytes(report)))
    above = [[sheet.cell(row, 1).value for row in range(1, 7)] for sheet in book.worksheets]
    return [DEMONSTRATED in texts for texts in above]


@pytest.mark.parametrize("kind", KINDS)
def test_every_sheet_made_under_a_demonstrations_clock_says_so(kind: str) -> None:
    quarter = worked_quarter()
    set_clock(AT)

    said = heads(quarter, kind)

    assert (len(said) > 1, all(said)) == (True, True)


@pytest.mark.parametrize("kind", KINDS)
def test_no_sheet_made_by_the_servers_clock_says_so(kind: str) -> None:
    quarter = worked_quarter()
    real_time()

    assert not any(heads(quarter, kind))


def test_a_clock_that_only_takes_entries_as_told_is_a_demonstrations_too() -> None:
    quarter = worked_quarter()
    real_time()
    run("owner", "INSERT INTO custody_clock (ahead, told) VALUES ('0', true)")

    assert all(heads(quarter, "fund"))
