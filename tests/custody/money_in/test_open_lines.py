"""What lies open: how old it is, what a person left beside it, and what nobody may write there."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from custody.kernel.errors import Conflict, Forbidden, NotFound, Rejected
from custody.models import BankAccount, BankLine, LineNote
from custody.money_in.ageing import age_buckets, is_late
from custody.money_in.explanations import line_called, unidentified_money
from custody.money_in.notes import note_line
from custody.money_in.recording import reconsider_lines
from tests import factories
from tests.custody.ledger.raw import refused, run
from tests.custody.money_in.small import AT, Said, Sheets, Small, item, small_estate
from tests.custody.money_in.test_commands import at_desk, ran

pytestmark = pytest.mark.usefixtures("committed_db")

NOTE = (
    "INSERT INTO custody_linenote (line_id, fund_id, text, noted_by_id, noted_at)"
    " VALUES (%s, %s, %s, %s, '2001-01-01')"
)


@pytest.fixture
def small(tmp_path: Path) -> Small:
    small = small_estate(tmp_path)
    small.take(Said("2025-07-02", "10.00", "路人"), Said("2025-09-01", "20.00", "行人"))
    return small


def lines(small: Small) -> list[BankLine]:
    return list(BankLine.objects.filter(fund=small.fund).order_by("position"))


def test_ages_are_counted_from_the_day_the_bank_booked(small: Small) -> None:
    items = unidentified_money(small.fund.pk)

    buckets = age_buckets(items, date(2025, 10, 1), 30)

    assert [(each.label, each.count, each.amount) for each in buckets] == [
        ("0–30 天", 1, Decimal("20.00")),
        ("31–90 天", 0, Decimal(0)),
        ("91–180 天", 1, Decimal("10.00")),
        ("180 天以上", 0, Decimal(0)),
    ]


@pytest.mark.parametrize(("today", "late"), [(date(2025, 8, 1), False), (date(2025, 8, 2), True)])
def test_an_item_is_late_after_its_days(small: Small, today: date, late: bool) -> None:
    assert is_late(unidentified_money(small.fund.pk)[0], today, 30) is late


def test_the_deed_says_after_how_many_days_it_is_late(tmp_path: Path) -> None:
    def ten_days(sheets: Sheets) -> None:
        row = item(sheets, "信托条款", "每月银行收费上限")
        sheets["信托条款"].append(["待确认款项期限", "10天", row[2]])

    small = small_estate(tmp_path, ten_days)
    small.take(Said("2025-07-20", "100.50", "路人"))

    _, out, _ = ran("show_suspense", "--fund", small.fund.code)

    assert [word for word in ("0–10 天", "11–90 天", "1 项已超过 10 天") if word not in out] == []


def test_the_list_says_how_old_whose_it_may_be_and_what_was_left(tmp_path: Path) -> None:
    small = small_estate(tmp_path)
    small.take(Said("2025-07-20", "100.50", "路人"))
    ran("note_line", *at_desk(small), "--line", 1, "--note", "已致电，待回复")

    code, out, _ = ran("show_suspense", "--fund", small.fund.code)

    said = ("5-1-101 2025-07", "已致电，待回复", "180 天以上", "1 项已超过 30 天")
    assert (code, [word for word in said if word not in out]) == (0, [])


def test_a_note_stays_when_the_rules_are_asked_again(small: Small) -> None:
    first = lines(small)[0]
    note_line(line=first, text="等业主来电", actor=small.actor, at=AT)

    reconsider_lines(fund=small.fund, actor=small.actor, at=AT)

    assert [item.left_note for item in unidentified_money(small.fund.pk)] == ["等业主来电", ""]


def test_the_newest_note_is_shown_and_all_stay(small: Small) -> None:
    first = lines(small)[0]
    for text in ("一", "二", "二"):
        note_line(line=first, text=text, actor=small.actor, at=AT)

    assert unidentified_money(small.fund.pk)[0].left_note == "二"
    assert LineNote.objects.filter(line=first).count() == 2


@pytest.mark.parametrize("text", ["", "  ", "长" * 301])
def test_a_note_says_something_and_not_too_much(small: Small, text: str) -> None:
    with pytest.raises(Rejected):
        note_line(line=lines(small)[0], text=text, actor=small.actor, at=AT)


def test_only_the_desk_leaves_notes(small: Small) -> None:
    viewer = factories.member_of(small.fund, "trustee", "viewer")
    with pytest.raises(Forbidden):
        note_line(line=lines(small)[0], text="x", actor=viewer, at=AT)
    with refused(constraint="note_says_something_by_the_desk", using="default"):
        run("default", NOTE, (lines(small)[0].pk, small.fund.pk, "x", viewer.pk))


def test_a_note_is_dated_by_the_database_and_never_rewritten(small: Small) -> None:
    first = lines(small)[0]
    run("default", NOTE, (first.pk, small.fund.pk, "x", small.actor.pk))

    assert LineNote.objects.get(line=first).noted_at.year > 2001
    with refused(state="42501", using="default"):
        run("default", "UPDATE custody_linenote SET text = 'y' WHERE line_id = %s", (first.pk,))
    with refused(constraint="append_only"):
        run("owner", "UPDATE custody_linenote SET text = 'y' WHERE line_id = %s", (first.pk,))


def test_a_note_stands_beside_a_line_of_its_fund(small: Small, tmp_path: Path) -> None:
    folder = tmp_path / "other"
    folder.mkdir()
    other = small_estate(folder)
    with refused(constraint="note_of_its_funds_line", using="default"):
        run("default", NOTE, (lines(small)[0].pk, other.fund.pk, "x", other.actor.pk))


def test_a_line_is_called_by_its_number(small: Small) -> None:
    assert line_called(small.fund.pk, "2") == line_called(small.fund.pk, f"{small.account}:2")


@pytest.mark.parametrize("said", ["3", "x", "", "1.0", "other:1"])
def test_a_line_nobody_has_is_not_found(small: Small, said: str) -> None:
    with pytest.raises(NotFound):
        line_called(small.fund.pk, said)


def test_a_number_that_two_accounts_have_is_asked_back(small: Small) -> None:
    account = BankAccount.objects.using("owner").create(
        fund=small.fund, number=factories.unique("62"), holder="户名", bank_name="银行"
    )
    first = lines(small)[0]
    first.pk, first.account_id = None, account.pk
    first.save(using="owner", force_insert=True)

    with pytest.raises(Conflict):
        line_called(small.fund.pk, "1")
    assert line_called(small.fund.pk, f"{account.number}:1").account_id == account.pk
