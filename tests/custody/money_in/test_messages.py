"""Banks' own messages into the books: the fund's own account, whichever format each month came in."""

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from custody.files.faults import Refused
from custody.files.outcomes import Outcome
from custody.models import BankLine, Document
from custody.money_in.bank_statements import StatementCount, import_statements
from tests.custody.bank.exports import Move, chain
from tests.custody.bank.messages import camt_bytes, camt_statement, mt940
from tests.custody.money_in.small import AT, Said, Small, small_estate
from tests.make_files import write

pytestmark = pytest.mark.usefixtures("committed_db")

OPENING = Decimal("1500.00")


@pytest.fixture
def small(tmp_path: Path) -> Small:
    return small_estate(tmp_path)


def moves(*steps: tuple[int, int, str], opening: Decimal = OPENING) -> list[Move]:
    """Movements of 2025, each a month, a day and an amount."""
    return chain(
        [(datetime(2025, month, day, 9), Decimal(yuan), "赵一") for month, day, yuan in steps], opening
    )


def take(small: Small, *paths: Path) -> Outcome:
    return import_statements(fund=small.fund, paths=paths, actor=small.actor, at=AT)


def amounts(small: Small) -> list[str]:
    lines = BankLine.objects.filter(fund=small.fund).order_by("position")
    return [str(line.amount.amount) for line in lines]


def camt(small: Small, *texts: str) -> Path:
    return write(small.folder, "july.xml", camt_bytes(*texts))


def test_a_camt_message_is_booked_line_by_line(small: Small) -> None:
    july = moves((7, 2, "10.00"), (7, 3, "-5.00"))

    take(small, camt(small, camt_statement(july, opening=OPENING, account=small.account)))

    assert amounts(small) == ["10.00", "-5.00"]


def test_only_the_funds_own_account_is_taken_and_the_others_are_told(small: Small) -> None:
    july = moves((7, 2, "10.00"), (7, 3, "5.00"))
    path = camt(
        small,
        camt_statement(july, opening=OPENING, account="6222020200112233445"),
        camt_statement(july[:1], opening=OPENING, account=small.account, title="1"),
        camt_statement(july[1:], opening=july[0].balance, account=small.account, title="2"),
    )

    outcome = take(small, path)

    assert amounts(small) == ["10.00", "5.00"]
    assert any("6222020200112233445" in str(note) for note in outcome.notes)
    document = Document.objects.get(fund=small.fund, name="july.xml")
    assert BankLine.objects.filter(source_file=document).count() == 2


def test_faults_of_an_account_that_is_not_ours_hinder_nothing(small: Small) -> None:
    july = moves((7, 2, "10.00"))
    path = camt(
        small,
        camt_statement(july, opening=OPENING, account="6222020200112233445", closing=Decimal(1)),
        camt_statement(july, opening=OPENING, account=small.account),
    )

    take(small, path)

    assert amounts(small) == ["10.00"]


def test_a_message_of_another_account_only_is_refused(small: Small) -> None:
    path = camt(small, camt_statement(moves((7, 2, "10.00")), opening=OPENING, account="6222020200112233445"))

    with pytest.raises(Refused, match=small.account):
        take(small, path)


def test_months_in_three_formats_make_one_chain(small: Small) -> None:
    july = moves((7, 2, "10.00"))
    august = moves((8, 2, "20.00"), opening=july[-1].balance)
    lines = mt940(august, opening=july[-1].balance, account=small.account)
    swift = write(small.folder, "august.sta", "\r\n".join(lines).encode("gb18030"))
    csv = small.statement([Said("2025-09-02", "5.00")], opening=str(august[-1].balance))

    take(small, csv, swift, camt(small, camt_statement(july, opening=OPENING, account=small.account)))

    assert amounts(small) == ["10.00", "20.00", "5.00"]


def test_the_same_month_again_in_another_format_adds_nothing(small: Small) -> None:
    take(small, small.statement([Said("2025-07-02", "10.00", "赵一")]))
    july = moves((7, 2, "10.00"))

    outcome = take(small, camt(small, camt_statement(july, opening=OPENING, account=small.account)))

    assert (outcome.counts[StatementCount.KNOWN_LINES], amounts(small)) == (1, ["10.00"])


def test_a_line_of_nothing_is_told_and_not_booked(small: Small) -> None:
    lines = [
        Said("2025-07-02", "10.00"),
        Said("2025-07-02", "0.00", summary="利息税"),
        Said("2025-07-03", "5.00"),
    ]

    outcome = take(small, small.statement(lines))

    assert amounts(small) == ["10.00", "5.00"]
    assert any("1 笔金额为 0.00（第 3 行）" in str(note) for note in outcome.notes)


def test_a_file_of_nothing_but_such_lines_is_kept_as_evidence(small: Small) -> None:
    path = small.statement([Said("2025-07-02", "0.00", summary="利息税")])

    take(small, path)

    assert Document.objects.filter(fund=small.fund, name=path.name).exists()


def test_a_line_of_nothing_that_breaks_the_chain_is_refused(small: Small) -> None:
    path = small.statement([Said("2025-07-02", "10.00"), Said("2025-07-03", "0.00")])
    path.write_text(path.read_text().replace("2025-07-03,,,,0.00,1510.00", "2025-07-03,,,,0.00,1511.00"))

    with pytest.raises(Refused, match="余额不连续"):
        take(small, path)
