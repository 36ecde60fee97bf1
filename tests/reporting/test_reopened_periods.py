"""A statement of days that were closed and opened again says what changed, and reproduces to the byte."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from custody import keys
from custody.proofs import closing
from reporting.exporting import Asked, build_statement
from reporting.statements.changes import CHANGES_SHEET
from reporting.statements.report import Report, Table
from tests.factories import close_period, make_document, member_of
from tests.reporting.builders import FROM, TO, Quarter, worked_quarter
from tests.reporting.test_export_statement import KINDS, export

pytestmark = pytest.mark.usefixtures("committed_db")


def reopen(q: Quarter, from_on: date = FROM) -> None:
    """By both keys."""
    fund, now = q.made.fund, datetime.now(UTC)
    maker = member_of(fund, "trustee", "maker")
    row = closing.propose_reopening(fund=fund, from_on=from_on, reason="漏记补贴", actor=maker, at=now)
    for which, kind in keys.HELD_BY.items():
        person = member_of(fund, kind, "keyholder")
        closing.turn_period_key(proposal_id=row.pk, which=which, actor=person, at=now)


def late_grant(q: Quarter) -> None:
    """An entry of the period, recorded once its days are open again."""
    q.post(
        "grant_received", date(2025, 9, 29), ("cash", "1000.00"), ("grant", "-1000.00"), at=datetime.now(UTC)
    )
    q.file = make_document(q.made.fund, q.made.actor, datetime.now(UTC))
    q.bank_line(date(2025, 9, 29), "1000.00")


def report_of(q: Quarter, kind: str = "fund", known_at: datetime | None = None) -> Report:
    return build_statement(Asked(q.code, kind, FROM, TO, known_at))[1]


def changes_in(report: Report) -> list[Table]:
    return [table for table in report.sheets if table.title == CHANGES_SHEET]


@pytest.mark.parametrize("kind", KINDS)
def test_days_closed_and_never_reopened_say_nothing(kind: str) -> None:
    q = worked_quarter()
    close_period(q.made.fund, TO)

    assert changes_in(report_of(q, kind)) == []


def test_what_came_since_the_reopening_is_told_amount_by_amount() -> None:
    q = worked_quarter()
    close_period(q.made.fund, TO)
    reopen(q)
    late_grant(q)
    close_period(q.made.fund, TO)

    (table,) = changes_in(report_of(q))

    differing = [row.cells for row in table.rows]
    assert {cells[5] for cells in differing} == {Decimal("1000.00")}
    assert any(cells[0] == "收支表" for cells in differing)
    assert all(
        (cells[4] or 0) - (cells[3] or 0) == cells[5]  # type: ignore[operator]
        for cells in differing
    )
    assert ("漏记补贴" in table.notes[0], table.alerts) == (True, ())


def test_days_still_open_are_said_to_be(tmp_path: Path) -> None:
    q = worked_quarter()
    close_period(q.made.fund, TO)
    reopen(q)

    (table,) = changes_in(report_of(q))

    assert (table.rows, len(table.alerts), "没有变动" in table.notes[0]) == ((), 1, True)
    assert CHANGES_SHEET in export(q, tmp_path / "a.xlsx")


def test_days_before_those_reopened_are_as_they_were() -> None:
    q = worked_quarter()
    close_period(q.made.fund, TO)
    reopen(q, date(2025, 9, 1))

    july = build_statement(Asked(q.code, "fund", FROM, date(2025, 7, 31)))[1]
    assert changes_in(july) == []


def test_as_known_before_the_reopening_it_says_nothing_of_it() -> None:
    q = worked_quarter()
    close_period(q.made.fund, TO)
    before = datetime.now(UTC)
    reopen(q)

    assert changes_in(report_of(q, known_at=before)) == []


@pytest.mark.parametrize("kind", KINDS)
def test_issued_again_it_reproduces_byte_for_byte(kind: str, tmp_path: Path) -> None:
    q = worked_quarter()
    close_period(q.made.fund, TO)
    reopen(q)
    late_grant(q)
    close_period(q.made.fund, TO)
    export(q, tmp_path / "then.xlsx", kind)
    q.post("grant_received", date(2025, 10, 4), ("cash", "7.00"), ("grant", "-7.00"))
    export(q, tmp_path / "now.xlsx", kind)

    assert (tmp_path / "now.xlsx").read_bytes() == (tmp_path / "then.xlsx").read_bytes()
