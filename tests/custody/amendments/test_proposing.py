"""A dated workbook is proposed under a resolution with its paper, and is fact only from the second key."""

import json
from datetime import date, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from custody import keys
from custody.amendments import enacting
from custody.deeds import terms
from custody.files.archive import bytes_of
from custody.kernel.errors import Conflict, Forbidden, NotFound, Rejected
from custody.models import Amendment, AmendmentRow, Key, Operator, Resolution
from settlement.models import BudgetLine
from tests.custody.amendments.books import Desk, desk
from tests.custody.ledger.raw import refused, run

pytestmark = pytest.mark.usefixtures("committed_db")
TERM = ("基础酬金率", "15%", date(2026, 1, 1))
LINE = (2026, "CLN", "清洁卫生", "经营账", 2400)


@pytest.fixture
def at_desk(tmp_path: Path) -> Desk:
    return desk(tmp_path)


def take_back(at_desk: Desk, amendment: Amendment, reason: str) -> int:
    return enacting.withdraw_amendment_key(
        amendment_id=amendment.pk, actor=at_desk.approver, reason=reason, at=at_desk.at
    )


def rate(at_desk: Desk, on: date) -> str:
    return str(terms.rate_on(at_desk.fund.pk, "base_rate", on))


def test_a_term_is_in_force_from_its_day_once_both_keys_are_turned_and_before_it_the_old_one_stays(
    at_desk: Desk,
) -> None:
    amendment = at_desk.proposed("import_deed_terms", at_desk.book("信托条款", TERM))
    proposed = rate(at_desk, date(2026, 1, 1))
    at_desk.turn(amendment, Key.APPROVE)
    half = rate(at_desk, date(2026, 1, 1))
    at_desk.turn(amendment, Key.RELEASE)

    assert (proposed, half) == ("0.12", "0.12")
    assert [rate(at_desk, day) for day in (date(2025, 12, 31), date(2026, 1, 1))] == ["0.12", "0.15"]


def test_the_resolution_is_kept_with_its_paper(at_desk: Desk) -> None:
    paper = at_desk.paper()
    amendment = at_desk.proposed("import_budget", at_desk.book("预算", LINE), paper)

    assert amendment.resolution.document is not None
    assert bytes_of(amendment.resolution.document) == paper.read_bytes()


def test_one_resolution_serves_two_workbooks_and_its_paper_is_handed_in_once(at_desk: Desk) -> None:
    at_desk.proposed("import_budget", at_desk.book("预算", LINE, reference="大会〔2025〕9号"))
    at_desk.run("import_deed_terms", at_desk.book("信托条款", TERM, reference="大会〔2025〕9号"))

    assert Resolution.objects.filter(fund=at_desk.fund, amendments__isnull=False).distinct().count() == 1


@pytest.mark.parametrize(
    ("about", "sentence"),
    [
        ({"on": date(2025, 12, 1)}, "尚未发生"),
        ({"reference": "设立"}, "请照原决议填写"),
    ],
)
def test_a_resolution_to_come_or_of_other_words_is_refused(
    at_desk: Desk, about: dict[str, object], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    at_desk.enacted("import_budget", "预算", LINE, reference="设立", on=date(2025, 10, 1))
    with pytest.raises(CommandError):
        at_desk.run("import_deed_terms", at_desk.book("信托条款", TERM, **about), paper=at_desk.paper())  # type: ignore[arg-type]
    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize("content", [None, b"GIF89a"])
def test_no_paper_or_one_that_is_no_picture_is_refused(
    at_desk: Desk, content: bytes | None, capsys: pytest.CaptureFixture[str]
) -> None:
    paper = None if content is None else at_desk.paper()
    if paper is not None and content is not None:
        paper.write_bytes(content)

    with pytest.raises(CommandError):
        at_desk.run("import_budget", at_desk.book("预算", LINE), paper=paper)
    assert "决议原件" in capsys.readouterr().err
    assert not Amendment.objects.filter(fund=at_desk.fund).exists()


def test_the_same_workbook_again_is_known_and_says_where_it_stands(at_desk: Desk) -> None:
    path = at_desk.book("预算", LINE)
    amendment = at_desk.proposed("import_budget", path)
    waiting = at_desk.run("import_budget", path)
    at_desk.keyed(amendment)
    standing = at_desk.run("import_budget", path)

    assert ("仍待两把密码" in waiting, "已生效" in standing) == (True, True)
    assert BudgetLine.objects.filter(fund=at_desk.fund, year=2026).count() == 1


def test_a_rehearsal_proposes_nothing(at_desk: Desk) -> None:
    at_desk.run("import_budget", at_desk.book("预算", LINE), paper=at_desk.paper(), dry_run=True)

    assert not Amendment.objects.filter(fund=at_desk.fund).exists()


def test_an_empty_sheet_is_refused(at_desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(CommandError):
        at_desk.run("import_budget", at_desk.book("预算"), paper=at_desk.paper())
    assert "至少要有一行" in capsys.readouterr().err


def test_the_committee_proposes_nothing(at_desk: Desk) -> None:
    with pytest.raises(CommandError, match="登记变更"):
        at_desk.run("import_budget", at_desk.book("预算", LINE), paper=at_desk.paper(), by=at_desk.approver)


def test_whoever_proposed_turns_no_key(at_desk: Desk) -> None:
    amendment = at_desk.proposed("import_budget", at_desk.book("预算", LINE))
    with pytest.raises(Forbidden):
        enacting.turn_amendment_key(
            amendment_id=amendment.pk, which=Key.RELEASE, actor=at_desk.small.actor, at=at_desk.at
        )


def test_a_key_turned_again_changes_nothing(at_desk: Desk) -> None:
    amendment = at_desk.enacted("import_budget", "预算", LINE)

    assert at_desk.turn(amendment, Key.RELEASE)
    assert BudgetLine.objects.filter(fund=at_desk.fund, year=2026).count() == 1


def test_a_key_taken_back_before_the_second_leaves_the_change_waiting(at_desk: Desk) -> None:
    amendment = at_desk.proposed("import_budget", at_desk.book("预算", LINE))
    at_desk.turn(amendment, Key.APPROVE)
    taken = take_back(at_desk, amendment, "再议")

    assert (taken, at_desk.turn(amendment, Key.RELEASE)) == (1, False)
    assert not BudgetLine.objects.filter(fund=at_desk.fund, year=2026).exists()


def test_no_key_is_taken_back_from_what_is_in_force_or_without_a_reason(at_desk: Desk) -> None:
    amendment = at_desk.proposed("import_budget", at_desk.book("预算", LINE))
    with pytest.raises(Rejected):
        take_back(at_desk, amendment, " ")
    at_desk.keyed(amendment)
    with pytest.raises(Conflict):
        take_back(at_desk, amendment, "x")


def test_whoever_turns_a_key_is_shown_every_row(at_desk: Desk) -> None:
    amendment = at_desk.proposed("import_budget", at_desk.book("预算", LINE))
    at_desk.turn(amendment, Key.APPROVE)

    assert "2026 CLN 清洁卫生 经营账 2400.00" in at_desk.said[-1]
    assert amendment.resolution.reference in at_desk.said[-1]


def test_a_change_waits_in_the_queue_of_whoever_holds_the_next_key(at_desk: Desk) -> None:
    amendment = at_desk.proposed("import_deed_terms", at_desk.book("信托条款", TERM))
    first = [waiting(at_desk, person) for person in (at_desk.approver, at_desk.releaser)]
    at_desk.turn(amendment, Key.APPROVE)
    second = [waiting(at_desk, person) for person in (at_desk.approver, at_desk.releaser)]
    at_desk.turn(amendment, Key.RELEASE)

    number = str(amendment.pk)
    assert (first, second) == ([[number], []], [[], [number]])
    assert waiting(at_desk, at_desk.releaser) == []


def waiting(at_desk: Desk, person: Operator) -> list[str]:
    """The numbers of the changes in this person's queue."""
    out = StringIO()
    call_command("show_queue", actor=person.username, fund=at_desk.fund.code, as_json=True, stdout=out)
    return [each["number"] for each in json.loads(out.getvalue()) if each["kind"] == "amendment"]


def test_a_change_nobody_knows_is_not_found(at_desk: Desk) -> None:
    with pytest.raises(NotFound):
        enacting.turn_amendment_key(amendment_id=0, which=Key.APPROVE, actor=at_desk.approver, at=at_desk.at)


# ---- by raw SQL, as the application ----

TERM_SQL = """
    INSERT INTO custody_deedterm (fund_id, term, value, effective_from, resolution_id, enacts_id)
    SELECT a.fund_id, %s, %s, %s, a.resolution_id, w.id
      FROM custody_amendment a JOIN custody_amendmentrow w ON w.amendment_id = a.id WHERE a.id = %s"""

AMENDMENT_SQL = """
    INSERT INTO custody_amendment
        (fund_id, kind, resolution_id, source_file_id, proposed_by_id, proposed_at)"""


def test_no_term_is_written_without_a_change_once_the_fund_is_open(at_desk: Desk) -> None:
    vote = Resolution.objects.filter(fund=at_desk.fund).first()
    assert vote is not None
    with refused(constraint="changed_by_two_keys", using="default"):
        run(
            "default",
            "INSERT INTO custody_deedterm (fund_id, term, value, effective_from, resolution_id)"
            " VALUES (%s, 'base_rate', '0.99', '2026-01-01', %s)",
            [at_desk.fund.pk, vote.pk],
        )


@pytest.mark.parametrize("turned", [0, 1])
def test_no_row_becomes_fact_before_both_keys(at_desk: Desk, turned: int) -> None:
    amendment = at_desk.proposed("import_deed_terms", at_desk.book("信托条款", TERM))
    if turned:
        at_desk.turn(amendment, Key.APPROVE)
    with refused(constraint="changed_by_two_keys", using="default"):
        run("default", TERM_SQL, ["base_rate", "0.15", "2026-01-01", amendment.pk])


@pytest.mark.parametrize(
    "said",
    [
        ("base_rate", "0.99", "2026-01-01"),
        ("base_rate", "0.15", "2026-02-01"),
        ("day_count", "0.15", "2026-01-01"),
    ],
)
def test_no_other_content_becomes_fact_than_was_keyed(at_desk: Desk, said: tuple[str, str, str]) -> None:
    amendment = at_desk.proposed("import_deed_terms", at_desk.book("信托条款", TERM))
    at_desk.keyed_by_hand(amendment)
    with refused(constraint="changed_as_keyed", using="default"):
        run("default", TERM_SQL, [*said, amendment.pk])


def test_a_row_becomes_fact_once(at_desk: Desk) -> None:
    amendment = at_desk.enacted("import_deed_terms", "信托条款", TERM)
    with refused(constraint="deed_term_dated_once", using="default"):
        run("default", TERM_SQL, ["base_rate", "0.15", "2026-01-01", amendment.pk])


def test_a_row_of_another_kind_or_fund_becomes_no_term(at_desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = desk(tmp_path / "other")
    theirs = other.proposed("import_deed_terms", other.book("信托条款", TERM))
    other.keyed_by_hand(theirs)
    row = AmendmentRow.objects.get(amendment=theirs)
    vote = Resolution.objects.filter(fund=at_desk.fund).first()
    assert vote is not None
    with refused(constraint="changed_by_two_keys", using="default"):
        run(
            "default",
            "INSERT INTO custody_deedterm (fund_id, term, value, effective_from, resolution_id, enacts_id)"
            " VALUES (%s, 'base_rate', '0.15', '2026-01-01', %s, %s)",
            [at_desk.fund.pk, vote.pk, row.pk],
        )


def test_no_row_is_added_to_a_change_once_a_key_is_turned(at_desk: Desk) -> None:
    amendment = at_desk.proposed("import_deed_terms", at_desk.book("信托条款", TERM))
    at_desk.turn(amendment, Key.APPROVE)
    with refused(constraint="amendment_stands_as_proposed", using="default"):
        run(
            "default",
            "INSERT INTO custody_amendmentrow (fund_id, amendment_id, row, facts) VALUES (%s, %s, 99, '{}')",
            [at_desk.fund.pk, amendment.pk],
        )


def test_a_row_added_before_the_first_key_voids_nothing_silently(at_desk: Desk) -> None:
    """The digest covers every row, so what the committee saw is not what would be keyed."""
    amendment = at_desk.proposed("import_deed_terms", at_desk.book("信托条款", TERM))
    before = keys.content_digest_of(enacting.AMENDMENT, amendment.pk)
    AmendmentRow.objects.create(amendment=amendment, fund=at_desk.fund, row=99, facts={})
    assert keys.content_digest_of(enacting.AMENDMENT, amendment.pk) != before


def test_nobody_but_the_trustees_desk_proposes_even_in_sql(at_desk: Desk) -> None:
    amendment = at_desk.proposed("import_deed_terms", at_desk.book("信托条款", TERM))
    with refused(constraint="amendment_proposed_by_trustee", using="default"):
        run(
            "default",
            AMENDMENT_SQL + " SELECT fund_id, 'budget', resolution_id, source_file_id, %s, proposed_at"
            " FROM custody_amendment WHERE id = %s",
            [at_desk.approver.pk, amendment.pk],
        )


def test_no_change_rests_on_a_resolution_without_a_paper(at_desk: Desk) -> None:
    amendment = at_desk.proposed("import_deed_terms", at_desk.book("信托条款", TERM))
    founding = Resolution.objects.get(fund=at_desk.fund, document__isnull=True)
    with refused(constraint="amendment_rests_on_a_paper", using="default"):
        run(
            "default",
            AMENDMENT_SQL + " SELECT fund_id, 'budget', %s, source_file_id, proposed_by_id, proposed_at"
            " FROM custody_amendment WHERE id = %s",
            [founding.pk, amendment.pk],
        )


@pytest.mark.parametrize("table", ["custody_amendment", "custody_amendmentrow"])
@pytest.mark.parametrize("act", ["UPDATE {} SET fund_id = fund_id", "DELETE FROM {}"])
def test_a_change_on_record_is_never_rewritten(at_desk: Desk, table: str, act: str) -> None:
    at_desk.proposed("import_deed_terms", at_desk.book("信托条款", TERM))
    with refused(constraint="append_only"):
        run("owner", act.format(table))


def test_what_comes_later_is_dated_by_the_databases_clock(at_desk: Desk) -> None:
    """The trigger asks ``custody_recorded``: in production the clock, here what the test tells."""
    amendment = at_desk.proposed("import_deed_terms", at_desk.book("信托条款", TERM))
    assert abs(amendment.proposed_at - at_desk.at) < timedelta(seconds=1)
