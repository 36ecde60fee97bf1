"""A published month is a value: whole, in the journal's amounts, kept, and followed by later editions."""

import json
from datetime import date
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import transaction

from custody.console.commands import HouseCommand
from custody.kernel.errors import Forbidden, NotFound, Rejected
from custody.models import Key
from reporting.disclosure.digests import published_digest
from reporting.disclosure.due import dues_of
from reporting.disclosure.publishing import publish_board, publish_month
from reporting.disclosure.withheld import propose_withholding, turn_withholding_key, withheld_in_force
from reporting.exporting import Asked, build_statement
from reporting.models import Publication, PublicationKind, PublishedEntry, Withheld, Withholding
from settlement.queue.settlement_turns import queue_of
from tests.custody.ledger.raw import refused, run
from tests.reporting.builders import Quarter, worked_quarter

pytestmark = pytest.mark.usefixtures("committed_db")
JULY, AUGUST = date(2025, 7, 1), date(2025, 8, 1)


def published(q: Quarter, month: date = JULY) -> Publication:
    return publish_month(fund=q.made.fund, month=month, actor=q.made.actor, at=HouseCommand.now()).publication


def amounts(says: dict[str, object], part: str) -> dict[str, str]:
    lines = says[part]
    assert isinstance(lines, list)
    return {line["label"]: line["amount"] for line in lines}


def test_a_month_says_what_its_statement_says() -> None:
    q = worked_quarter()
    row = published(q)
    _fund, report = build_statement(Asked(q.code, "fund", JULY, date(2025, 7, 31)))
    said = dict(report.headlines)

    assert {key: Decimal(row.says[key]) for key in ("opening", "received", "pending", "paid", "closing")} == {
        "opening": said["期初资金"], "received": said["本期收入"], "pending": said["待确认净增"],
        "paid": said["本期支出"], "closing": said["期末资金"],
    }  # fmt: skip
    assert amounts(row.says, "received_lines") == {"物业费": "4000.00", "停车费": "2000.00"}
    assert amounts(row.says, "paid_lines") == {"收款手续费": "3.80"}
    assert sum(each.amount for each in row.entries.all()) == said["期末资金"] - said["期初资金"]


def test_its_digest_is_that_of_what_it_shows() -> None:
    row = published(worked_quarter())
    entries = row.entries.order_by("pk").values_list("shows", flat=True)
    documents = row.documents.order_by("pk").values_list("shows", flat=True)

    assert row.sha256 == published_digest(row.says, entries, documents)


def test_a_correction_is_a_new_edition_and_the_first_stays() -> None:
    q = worked_quarter()
    first = published(q)
    again = published(q)
    q.receipt("property_fee_received", "property_fee", date(2025, 7, 31), "55.00", name="令狐冲")
    late = next(each for each in dues_of([q.made.fund], date(2026, 1, 1)) if each.period.to_on.month == 7)
    second = published(q)

    assert again.pk == first.pk
    assert (late.open, late.unseen) == (True, 1)
    assert (second.edition, second.says["received"]) == (2, "6055.00")
    assert ["物业费", "4000.00", "4055.00"] in second.changed
    assert any(words == "新增的分录" for words, _was, _now in second.changed)
    assert Publication.objects.get(pk=first.pk).says["received"] == "6000.00"


def test_a_month_that_is_not_over_and_one_before_the_trust_are_refused() -> None:
    q = worked_quarter()

    with pytest.raises(Rejected, match="尚未过去"):
        published(q, HouseCommand.now().date())
    with pytest.raises(Rejected, match="移交日"):
        published(q, date(2025, 6, 1))


def test_a_firm_publishes_nothing() -> None:
    q = worked_quarter()

    with pytest.raises(Forbidden):
        publish_month(fund=q.made.fund, month=JULY, actor=q.made.provider_clerk, at=HouseCommand.now())


def test_a_board_hangs_for_the_days_of_the_deed() -> None:
    q = worked_quarter()
    row = publish_board(fund=q.made.fund, quarter=JULY, actor=q.made.actor, at=HouseCommand.now()).publication

    assert row.posted_from is not None
    assert row.posted_to is not None
    assert (row.posted_to - row.posted_from).days == 30
    assert [each["received"] for each in row.says["months"]] == ["6000.00", "400.00", "48.00"]
    assert row.says["received"] == "6448.00"


def test_what_is_due_waits_for_the_desk_until_it_is_published() -> None:
    q = worked_quarter()
    before = queue_of(q.made.actor, HouseCommand.now(), among={q.code})
    published(q)
    after = queue_of(q.made.actor, HouseCommand.now(), among={q.code})
    due = {each.number: each for each in due_of_months(q)}

    assert "2025-07" in {each.number for each in before if each.kind == "publication"}
    assert "2025-07" not in {each.number for each in after if each.kind == "publication"}
    assert due["2025-08"].due_on == date(2025, 9, 10)
    assert due["2025-08"].overdue


def due_of_months(q: Quarter) -> list["Numbered"]:
    rows = dues_of([q.made.fund], date(2025, 10, 9))
    return [Numbered(each.period.slug, each.due_on, each.overdue) for each in rows]


class Numbered:
    """A due period by its name."""

    def __init__(self, number: str, due_on: date, overdue: bool) -> None:
        self.number, self.due_on, self.overdue = number, due_on, overdue


def test_the_command_publishes_once_and_rehearses() -> None:
    q = worked_quarter()
    asked = ["publish_month", f"--fund={q.code}", f"--actor={q.made.actor.username}", "--month=2025-07"]
    for extra in (["--dry-run"], [], []):
        call_command(*asked, *extra, stdout=(out := StringIO()))
        count = Publication.objects.filter(fund=q.made.fund).count()
        assert count == (0 if extra else 1)

    assert "早已公布" in out.getvalue()


# ------------------------------------------------------------------------------------ held back


def held_back(q: Quarter, number: str, *keys: Key) -> Withholding:
    at = HouseCommand.now()
    row = propose_withholding(
        fund=q.made.fund,
        what=Withheld.ENTRY,
        number=number,
        reason="涉及未结的诉讼",
        actor=q.made.actor,
        at=at,
    )
    for which in keys:
        person = q.made.committee_key if which is Key.APPROVE else q.made.trustee_key
        turn_withholding_key(withholding_id=row.pk, which=which, actor=person, at=at)
    return row


def receipt_of(q: Quarter) -> int:
    """The entry of the fee that 欧阳锋 paid in July."""
    row = published(q).entries.get(shows__lines__property_fee="3000.00")
    return row.sequence


def test_one_key_holds_nothing_back_and_two_publish_the_reason() -> None:
    q = worked_quarter()
    number = receipt_of(q)
    held_back(q, str(number), Key.APPROVE)
    assert withheld_in_force(q.made.fund.pk) == {}
    held_back(q, str(number), Key.RELEASE)
    row = published(q)
    shown = row.entries.get(sequence=number)

    assert row.edition == 2
    assert (shown.shows["withheld"], shown.shows["amount"]) == ("涉及未结的诉讼", "3000.00")
    assert "party" not in shown.shows
    sheets = json.dumps(row.papers.get(kind="fund").sheets, ensure_ascii=False)
    assert "不公布：涉及未结的诉讼" in sheets
    assert "欧*" not in sheets
    assert row.says["received"] == "6000.00"


def test_what_is_not_there_and_what_has_no_reason_is_not_held_back() -> None:
    q = worked_quarter()
    at = HouseCommand.now()

    with pytest.raises(NotFound):
        propose_withholding(
            fund=q.made.fund, what=Withheld.ENTRY, number="999", reason="x", actor=q.made.actor, at=at
        )
    with pytest.raises(Rejected):
        propose_withholding(
            fund=q.made.fund, what=Withheld.ENTRY, number="1", reason=" ", actor=q.made.actor, at=at
        )


# -------------------------------------------------------------------------- the database, by raw SQL

COPY = """
INSERT INTO reporting_publication (fund_id, kind, from_on, to_on, edition, known_at, sequence, chain, sha256,
       says, changed, published_at, published_by_id)
SELECT fund_id, kind, from_on, to_on, edition + 1, known_at, {sequence}, chain, sha256, says, changed,
       published_at, {by} FROM reporting_publication WHERE id = %s RETURNING id
"""
COPY_ENTRIES = """
INSERT INTO reporting_publishedentry (publication_id, fund_id, sequence, amount, withheld_id, shows)
SELECT %s, fund_id, sequence, amount + {more}, {withheld}, shows
  FROM reporting_publishedentry WHERE publication_id = %s AND sequence > {after}
"""


def copied(row: Publication, *, sequence: str = "sequence", by: str = "published_by_id") -> int:
    number: int = run("default", COPY.format(sequence=sequence, by=by), [row.pk])[0][0]
    return number


def entries_copied(
    row: Publication, number: int, *, more: str = "0", withheld: str = "NULL", after: int = 0
) -> None:
    run("default", COPY_ENTRIES.format(more=more, withheld=withheld, after=after), [number, row.pk])


def test_the_database_lets_no_entry_of_a_month_be_left_out() -> None:
    row = published(worked_quarter())
    first = min(row.entries.values_list("sequence", flat=True))

    with refused(constraint="published_whole", using="default"):
        entries_copied(row, copied(row), after=first)
        run("default", "SET CONSTRAINTS ALL IMMEDIATE")


def test_the_database_takes_no_other_amount_head_or_hand() -> None:
    q = worked_quarter()
    row = published(q)

    with refused(constraint="published_as_booked", using="default"):
        entries_copied(row, copied(row), more="1")
    with refused(constraint="published_under_the_head", using="default"):
        copied(row, sequence="sequence - 1")
    with refused(constraint="published_by_one_who_may", using="default"):
        copied(row, by=str(q.made.provider_clerk.pk))


def test_the_database_lets_nothing_be_held_back_on_one_key() -> None:
    q = worked_quarter()
    number = receipt_of(q)
    row, held = published(q), held_back(q, str(number), Key.RELEASE)

    with refused(constraint="withheld_by_two_keys", using="default"):
        entries_copied(row, copied(row), withheld=f"CASE WHEN sequence = {number} THEN {held.pk} END")


@pytest.mark.parametrize(
    "table",
    ["publication", "publishedentry", "publisheddocument", "publishedpaper", "withholding"],
)
def test_what_was_published_stays_as_written(table: str) -> None:
    with refused(state="23001"):
        run("owner", f"DELETE FROM reporting_{table}")
    with refused(state="42501", using="default"):
        run("default", f"UPDATE reporting_{table} SET fund_id = fund_id")


def test_nothing_a_page_shows_spells_a_person_out() -> None:
    q = worked_quarter()
    with transaction.atomic():
        rows = [published(q, month) for month in (JULY, AUGUST)]
    shown = json.dumps(
        [
            *(row.says for row in rows),
            *PublishedEntry.objects.filter(fund=q.made.fund).values_list("shows", flat=True),
        ],
        ensure_ascii=False,
    )

    assert "欧*" in shown
    assert not [each for each in ("欧阳锋", "令狐冲", "5-2-301", q.bank.number) if each in shown]
    assert PublicationKind.MONTH in {row.kind for row in rows}
