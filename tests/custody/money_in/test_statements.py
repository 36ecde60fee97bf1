"""Statements in: whole files or nothing, no line twice, none lost, no other account's money."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from itertools import permutations
from pathlib import Path

import pytest

from custody.files.faults import Refused
from custody.files.outcomes import Outcome
from custody.kernel.errors import DomainError
from custody.kernel.money import yuan
from custody.ledger import door
from custody.ledger.entries import credit, debit, entry
from custody.models import BankLine, Document, JournalEntry, LineExplanation
from custody.money_in.bank_statements import StatementCount, import_statements
from tests.custody.ledger.raw import citations_unjudged
from tests.custody.money_in.small import AT, Said, Small, small_estate

pytestmark = pytest.mark.usefixtures("committed_db")

JULY = (Said("2025-07-02", "10.00", "赵一"), Said("2025-07-02", "10.00", "赵一"), Said("2025-07-03", "5.00"))
AUGUST = (Said("2025-08-02", "20.00", "钱二"), Said("2025-08-09", "-7.00", "某某"))


@pytest.fixture
def small(tmp_path: Path) -> Small:
    return small_estate(tmp_path)


def take(small: Small, *paths: Path, dry_run: bool = False) -> Outcome:
    return import_statements(fund=small.fund, paths=paths, actor=small.actor, at=AT, dry_run=dry_run)


def amounts(small: Small) -> list[str]:
    """Stored amounts in the chain's order."""
    lines = BankLine.objects.filter(fund=small.fund).order_by("position")
    return [str(line.amount.amount) for line in lines]


def nothing_written(small: Small) -> bool:
    """Only the handover stands, and no evidence but the estate's workbook."""
    return (
        JournalEntry.objects.filter(fund_id=small.fund.pk).exclude(template="handover").count() == 0
        and BankLine.objects.filter(fund=small.fund).count() == 0
        and Document.objects.filter(fund=small.fund).exclude(kind="estate").count() == 0
    )


def refusal(run: Callable[[], object]) -> str:
    """Every fault of a refused run, as one text."""
    with pytest.raises(Refused) as refused:
        run()
    return "\n".join(map(str, refused.value.faults))


def test_the_same_bytes_again_change_nothing_and_say_so(small: Small) -> None:
    path = small.statement(JULY)
    take(small, path)
    before = small.by_day()

    assert take(small, path).already_done
    assert (small.by_day(), amounts(small)) == (before, ["10.00", "10.00", "5.00"])


def test_the_same_lines_in_another_file_change_nothing_and_say_so(small: Small) -> None:
    take(small, small.statement(JULY))
    path = small.statement(JULY)
    path.write_bytes(path.read_bytes() + b"\r\n")

    outcome = take(small, path)

    assert (outcome.already_done, outcome.counts[StatementCount.KNOWN_LINES]) == (True, 3)


def test_two_identical_genuine_lines_both_remain_across_overlapping_files(small: Small) -> None:
    take(small, small.statement(JULY[:1]))
    take(small, small.statement(JULY))

    assert amounts(small) == ["10.00", "10.00", "5.00"]


def test_an_overlapping_file_adds_only_what_is_new(small: Small) -> None:
    take(small, small.statement(JULY))
    take(small, small.statement((*JULY[2:], *AUGUST), opening="1520.00"))

    assert amounts(small) == ["10.00", "10.00", "5.00", "20.00", "-7.00"]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_files_of_one_command_may_come_in_any_order(small: Small, order: tuple[int, ...]) -> None:
    files = [
        small.statement(JULY),
        small.statement((*JULY[2:], *AUGUST[:1]), opening="1520.00"),
        small.statement(AUGUST, opening="1525.00"),
    ]
    take(small, *[files[at] for at in order])

    assert amounts(small) == ["10.00", "10.00", "5.00", "20.00", "-7.00"]


def test_every_stored_line_is_explained_by_an_entry(small: Small) -> None:
    take(small, small.statement((*JULY, *AUGUST)))

    lines = set(BankLine.objects.filter(fund=small.fund).values_list("pk", flat=True))
    explained = set(LineExplanation.objects.filter(fund=small.fund).values_list("line_id", flat=True))
    assert lines == explained


def test_the_bank_and_the_books_agree_after_every_import(small: Small) -> None:
    take(small, small.statement((*JULY, *AUGUST)))

    last = BankLine.objects.filter(fund=small.fund).latest("position")
    assert last.balance.amount == small.balance("cash") + small.balance("cash", "maintenance")


def test_a_foreign_account_is_refused_naming_both(small: Small) -> None:
    text = refusal(lambda: take(small, small.statement(JULY, account="6222000000000000001")))

    assert "6222000000000000001" in text
    assert small.account in text
    assert nothing_written(small)


def test_a_file_without_an_account_is_taken_only_because_its_chain_continues(small: Small) -> None:
    outcome = take(small, small.statement(JULY, account=None))

    assert any("余额衔接" in note for note in map(str, outcome.notes))


def test_a_file_without_an_account_that_does_not_continue_is_refused(small: Small) -> None:
    assert refusal(lambda: take(small, small.statement(JULY, account=None, opening="1.00")))
    assert nothing_written(small)


def test_a_gap_is_refused_naming_the_missing_days(small: Small) -> None:
    take(small, small.statement(JULY[:2]))

    text = refusal(lambda: take(small, small.statement(AUGUST, opening="1525.00")))

    assert all(word in text for word in ("1520.00", "1525.00", "2025-07-02", "2025-08-01"))
    assert amounts(small) == ["10.00", "10.00"]


def test_a_contradiction_is_refused_naming_its_row(small: Small) -> None:
    take(small, small.statement(JULY))
    other = (JULY[0], Said("2025-07-02", "11.00", "赵一"), Said("2025-07-03", "4.00"))

    assert "第3行" in refusal(lambda: take(small, small.statement(other)))
    assert amounts(small) == ["10.00", "10.00", "5.00"]


def test_a_broken_chain_inside_a_file_is_refused(small: Small) -> None:
    path = small.statement(JULY)
    path.write_text(path.read_text(encoding="utf-8-sig").replace("1520.00", "1521.00"), encoding="utf-8")

    assert "第3行" in refusal(lambda: take(small, path))
    assert nothing_written(small)


def test_lines_before_the_trust_began_are_refused(small: Small) -> None:
    text = refusal(lambda: take(small, small.statement((Said("2025-06-30", "10.00"), *JULY))))

    assert "期初" in text


def test_one_bad_file_refuses_the_good_ones_with_it_and_tells_all(small: Small) -> None:
    broken, foreign = small.statement(AUGUST, opening="9.00"), small.folder / "empty.csv"
    foreign.write_bytes(b"")
    other = small.folder / "nonsense.xlsx"
    other.write_bytes(b"%PDF-1.7 not a workbook")

    text = refusal(lambda: take(small, small.statement(JULY), broken, foreign, other))

    assert "empty.csv" in text
    assert "nonsense.xlsx" in text
    assert nothing_written(small)


def test_a_rehearsal_checks_everything_and_writes_nothing(small: Small) -> None:
    outcome = take(small, small.statement((*JULY, *AUGUST)), dry_run=True)

    assert outcome.counts[StatementCount.NEW_LINES] == 5
    assert nothing_written(small)


def key_taken(small: Small, position: int) -> None:
    """Something else stands under the key of a line to come, which the ledger refuses."""
    accounts = [
        door.open_account(fund_id=small.fund.pk, book="operating", kind=kind) for kind in ("corpus", "grant")
    ]
    lines = (debit(accounts[0], yuan(1)), credit(accounts[1], yuan(1)))
    key = f"bank:{small.account}:{position}"
    with citations_unjudged():
        door.post(entry("handover", date(2025, 7, 1), lines), key=key, actor_id=small.actor.pk, at=AT)


def test_a_rehearsal_finds_what_the_ledger_would_refuse(small: Small) -> None:
    key_taken(small, 1)

    with pytest.raises(DomainError):
        take(small, small.statement(JULY), dry_run=True)


def test_what_the_ledger_refuses_leaves_nothing(small: Small) -> None:
    key_taken(small, len(JULY))

    with pytest.raises(DomainError):
        take(small, small.statement(JULY))

    assert nothing_written(small)


def test_the_clock_of_the_bank_is_kept_in_the_banks_zone(small: Small) -> None:
    take(small, small.statement((Said("2025-07-02 23:30:00", "10.00", "赵一"),)))

    line = BankLine.objects.get(fund=small.fund)
    assert line.booked_at == datetime(2025, 7, 2, 15, 30, tzinfo=UTC)


def test_every_line_of_a_day_to_come_is_refused_on_its_row(small: Small) -> None:
    lines = (*JULY, Said("2025-10-10", "1.00"), Said("2026-07-04", "2.00"))

    text = refusal(lambda: take(small, small.statement(lines)))

    assert (text.count("晚于今天 2025-10-09"), "第5行" in text, "第6行" in text) == (2, True, True)
    assert nothing_written(small)


def test_a_line_of_today_in_the_banks_zone_is_taken(small: Small) -> None:
    path = small.statement((Said("2025-10-10", "1.00"),))
    early = datetime(2025, 10, 9, 16, 30, tzinfo=UTC)

    outcome = import_statements(fund=small.fund, paths=[path], actor=small.actor, at=early)

    assert outcome.counts[StatementCount.NEW_LINES] == 1


def test_every_line_before_the_trust_is_a_fault_on_its_row(small: Small) -> None:
    lines = [Said("2025-06-30", "1.00")] * 23

    with pytest.raises(Refused) as refused:
        take(small, small.statement(lines))

    assert [fault.row for fault in refused.value.faults] == [*range(2, 25)]


def test_columns_left_unread_are_named(small: Small) -> None:
    path = small.statement(JULY[:1])
    head, row = path.read_text(encoding="utf-8-sig").splitlines()
    path.write_text(f"{head},吉祥话\n{row},恭喜\n", encoding="utf-8")

    assert any("未使用" in note and "吉祥话" in note for note in map(str, take(small, path).notes))


def test_a_first_statement_without_lines_is_recorded_and_said(small: Small) -> None:
    outcome = take(small, small.statement(()))

    assert (outcome.already_done, outcome.counts[StatementCount.FILES]) == (False, 1)
    assert any("没有流水" in note for note in map(str, outcome.notes))
    assert Document.objects.filter(fund=small.fund, kind="bank").count() == 1


def test_a_statement_without_lines_is_already_done_the_second_time(small: Small) -> None:
    path = small.statement(())
    take(small, path)

    assert take(small, path).already_done
