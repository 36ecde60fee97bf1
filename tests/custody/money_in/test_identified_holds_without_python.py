"""Parts of receipts by raw SQL: never more than the line, never another fund's, never rewritten."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import connections, transaction

from custody.files.intake import Handed
from custody.kernel.money import yuan
from custody.models import BankLine, Document, Identification, LineExplanation, Unit
from custody.money_in.identifying import FeePart, IncomePart, identify_receipt, unit_called
from tests import factories
from tests.custody.ledger.raw import refused, run, undone
from tests.custody.money_in.small import AT, Said, Small, small_estate
from tests.custody.money_in.test_identifying import JULY

pytestmark = pytest.mark.usefixtures("committed_db")

WHOLE = "identified_in_full_or_not_at_all"
ROLES = pytest.mark.parametrize("role", ["default", "owner"])


@pytest.fixture
def small(tmp_path: Path) -> Small:
    """Two receipts of 100.50: the first identified to 5-1-101, July; the second in suspense."""
    small = small_estate(tmp_path)
    small.take(Said("2025-07-20", "100.50", "路人"), Said("2025-07-21", "100.50", "行人"))
    part = FeePart(unit_called(small.fund.pk, "5-1-101", JULY), JULY, yuan("100.50"))
    identify_receipt(line=lines(small)[0], parts=[part], evidence=None, actor=small.actor, at=AT)
    return small


def lines(small: Small) -> list[BankLine]:
    found = BankLine.objects.select_related("fund", "account").filter(fund=small.fund)
    return list(found.order_by("position"))


def unit(small: Small) -> Unit:
    return Unit.objects.get(fund=small.fund, building=5, entrance=1, room="101")


def part(small: Small, line: BankLine, role: str, **said: Any) -> None:
    """One part as typed; dated long ago, to no avail."""
    row = {
        "line_id": line.pk, "fund_id": small.fund.pk, "income": "property_fee", "unit_id": unit(small).pk,
        "month": JULY, "document_id": None, "amount": "100.50", "amount_currency": "CNY", "reason": "x",
        "identified_by_id": small.actor.pk, "identified_at": "2001-01-01",
    } | said  # fmt: skip
    run(
        role,
        f"INSERT INTO custody_identification ({','.join(row)}) VALUES ({','.join(['%s'] * len(row))})",
        list(row.values()),
    )


def explained(small: Small, line: BankLine, kind: str, role: str, sequence: int | None = None) -> None:
    """One explanation as typed, on the entry of the newest unless another is named."""
    newest = LineExplanation.objects.filter(line=line).latest("pk")
    run(
        role,
        "INSERT INTO custody_lineexplanation (line_id, fund_id, kind, entry_sequence, note, explained_at)"
        " VALUES (%s, %s, %s, %s, '', now())",
        (line.pk, small.fund.pk, kind, sequence or newest.entry_sequence),
    )


@contextmanager
def refused_at_commit(constraint: str, role: str) -> Iterator[None]:
    """What is judged at commit is judged now."""
    with refused(constraint=constraint, using=role):
        yield
        run(role, "SET CONSTRAINTS ALL IMMEDIATE")


@ROLES
def test_an_identified_line_takes_no_further_part(small: Small, role: str) -> None:
    with refused_at_commit(WHOLE, role):
        part(small, lines(small)[0], role, amount="0.01")


@ROLES
@pytest.mark.parametrize("amount", ["100.49", "100.51", "100.50"])
def test_a_line_in_suspense_has_no_part(small: Small, role: str, amount: str) -> None:
    with refused_at_commit(WHOLE, role):
        part(small, lines(small)[1], role, amount=amount)


@ROLES
def test_a_line_is_not_called_identified_without_parts(small: Small, role: str) -> None:
    with refused_at_commit(WHOLE, role):
        explained(small, lines(small)[1], "identified", role)


@ROLES
@pytest.mark.parametrize("amount", ["100.49", "201.00"])
def test_parts_are_the_lines_amount(small: Small, role: str, amount: str) -> None:
    second = lines(small)[1]
    with refused_at_commit(WHOLE, role):
        part(small, second, role, amount=amount)
        explained(small, second, "identified", role)


@ROLES
def test_parts_are_what_the_entry_books(small: Small, role: str) -> None:
    """The entry of suspense, and another line's of the right incomes, are none of this line's parts."""
    first, second = lines(small)
    of_first = LineExplanation.objects.filter(line=first).latest("pk").entry_sequence
    for sequence in (None, of_first):
        with refused_at_commit("identified_as_booked", role):
            part(small, second, role)
            explained(small, second, "identified", role, sequence)


@ROLES
@pytest.mark.parametrize("kind", ["suspense", "property_fee", "reversal"])
def test_a_line_does_not_stop_being_identified_while_its_parts_stand(
    small: Small, role: str, kind: str
) -> None:
    with refused_at_commit(WHOLE, role):
        explained(small, lines(small)[0], kind, role)


@ROLES
def test_parts_are_not_taken_back_while_their_entry_stands(small: Small, role: str) -> None:
    with refused_at_commit("identified_as_booked", role):
        part(small, lines(small)[0], role, amount="-100.50")
        explained(small, lines(small)[0], "suspense", role)


@ROLES
def test_a_part_is_not_moved_to_another_month_by_two_rows(small: Small, role: str) -> None:
    """What was never found is not taken back, whatever the sum."""
    with refused_at_commit(WHOLE, role):
        part(small, lines(small)[0], role, amount="-1", month="2025-08-01")
        part(small, lines(small)[0], role, amount="1", month="2025-09-01")


@ROLES
def test_a_line_of_another_fund_is_not_identified(small: Small, tmp_path: Path, role: str) -> None:
    folder = tmp_path / "other"
    folder.mkdir()
    other = small_estate(folder)
    with refused(constraint="identification_of_its_funds_line", using=role):
        part(small, lines(small)[1], role, fund_id=other.fund.pk, unit_id=unit(other).pk,
             identified_by_id=other.actor.pk)  # fmt: skip
    with refused(constraint="identification_to_its_funds_unit", using=role):
        part(small, lines(small)[1], role, unit_id=unit(other).pk)


@ROLES
@pytest.mark.parametrize(
    ("said", "constraint"),
    [
        ({"month": None}, "identification_says_one_thing"),
        ({"month": "2025-07-02"}, "identification_says_one_thing"),
        ({"unit_id": None, "month": None, "income": "grant"}, "identification_says_one_thing"),
        ({"income": "corpus"}, "identification_says_one_thing"),
        ({"amount": "NaN"}, "identification_in_yuan"),
        ({"amount": "0"}, "identification_in_yuan"),
        ({"amount_currency": "USD"}, "identification_in_yuan"),
        ({"amount": "-1", "reason": " "}, "identification_taken_back_says_why"),
    ],
)
def test_a_part_says_one_thing(small: Small, role: str, said: dict[str, Any], constraint: str) -> None:
    with refused(constraint=constraint, using=role):
        part(small, lines(small)[1], role, **said)


@ROLES
def test_only_the_desk_identifies_whatever_the_row_says(small: Small, role: str) -> None:
    viewer = factories.member_of(small.fund, "trustee", "viewer")
    machine = factories.member_of(small.fund, "trustee", "machine")
    for somebody in (viewer, machine):
        with refused(constraint="identified_by_the_desk", using=role):
            part(small, lines(small)[1], role, identified_by_id=somebody.pk)


@ROLES
def test_a_bank_file_is_no_evidence(small: Small, role: str) -> None:
    bank = Document.objects.filter(fund=small.fund, kind="bank").earliest("pk")
    with refused(constraint="identified_with_evidence", using=role):
        part(small, lines(small)[1], role, income="grant", unit_id=None, month=None, document_id=bank.pk)


def test_parts_are_dated_by_the_database_and_never_rewritten(small: Small) -> None:
    assert Identification.objects.get(fund=small.fund).identified_at.year > 2025
    change = "UPDATE custody_identification SET amount = 1 WHERE fund_id = %s"
    with refused(state="42501", using="default"):
        run("default", change, (small.fund.pk,))
    with refused(constraint="append_only"):
        run("owner", change, (small.fund.pk,))
    with refused(constraint="append_only"):
        run("owner", "DELETE FROM custody_identification WHERE fund_id = %s", (small.fund.pk,))


def test_parts_are_not_written_where_guards_would_read_the_past(small: Small) -> None:
    with (
        refused(constraint="guards_read_what_is_committed", using="default"),
        connections["default"].cursor() as cursor,
    ):
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        part(small, lines(small)[1], "default")


def test_other_income_is_booked_as_its_parts_say(small: Small) -> None:
    """A control: what the service writes passes the same judgement, whole, by raw SQL too."""
    second = lines(small)[1]
    identify_receipt(
        line=second, parts=[IncomePart("grant", yuan("100.50"))], evidence=Handed("批复.pdf", b"grant"),
        actor=small.actor, at=AT,
    )  # fmt: skip
    with transaction.atomic(), undone("default"):
        explained(small, second, "identified", "default")
        run("default", "SET CONSTRAINTS ALL IMMEDIATE")
