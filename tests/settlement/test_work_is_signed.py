"""Work and scores are facts by a signature of the committee's keyholder over exactly these rows."""

from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from custody import keys
from custody.kernel.errors import Conflict, Forbidden
from custody.ledger.proof import verify_fund
from custody.models import Key
from settlement.decisions.subjects import ACCEPTANCE
from settlement.models import Acceptance, AcceptanceRow, Assessment, WorkOrder
from settlement.queue.first_keys import first_keys_waiting
from settlement.queue.settlement_turns import queue_of
from settlement.work.accepting import turn_acceptance_key, waiting_acceptances
from settlement.work.importing import WorkCount, import_work
from tests import signing
from tests.custody.ledger.raw import refused, run, undone
from tests.factories import make_operator
from tests.settlement.desk import AT, Provider, make_provider, sign_work
from tests.settlement.invoices.test_imports import work_file, work_row

pytestmark = pytest.mark.usefixtures("committed_db")
TYPED = """
    INSERT INTO settlement_workorder (fund_id, number, description, budget_line_id, completed_on,
        accepted_on, accepted_by, accepted, amount, amount_currency, source_file_id, recorded_by_id,
        recorded_at, accepts_id)
    SELECT r.fund_id, r.named, r.facts->>'description', (r.facts->>'budget_line_id')::bigint,
           (r.facts->>'completed_on')::date, (r.facts->>'accepted_on')::date, r.facts->>'accepted_by',
           (r.facts->>'accepted')::boolean, (r.facts->>'amount')::numeric + %s, 'CNY',
           a.source_file_id, %s, %s, r.id
      FROM settlement_acceptancerow r JOIN settlement_acceptance a ON a.id = r.acceptance_id
     WHERE r.acceptance_id = %s AND r.what = 'work'"""
SCORED = """
    INSERT INTO settlement_assessment
        (fund_id, year, quarter, score, assessed_by, recorded_by_id, recorded_at)
    VALUES (%s, 2025, 2, 100, '业委会', %s, %s)"""


@pytest.fixture
def desk(committed_db: None) -> Provider:
    made = make_provider()
    made.budget()
    return made


def handed_in(desk: Provider, folder: Path, *rows: Any, name: str = "work.xlsx") -> Acceptance:
    """A workbook of work and one quarter's score, handed in by the committee's acceptor."""
    path = work_file(folder, *(rows or (work_row("A"),)), name=name)
    import_work(fund=desk.at.fund, path=path, actor=make_operator(desk.at.committee, "checker"), at=AT)
    return Acceptance.objects.filter(fund=desk.at.fund).latest("pk")


def turned_by_hand(desk: Provider, acceptance: Acceptance) -> None:
    """The key as a row, and nothing made of it: what somebody with the database's login could use."""
    keys.turn(
        kind=ACCEPTANCE, subject_id=acceptance.pk, fund_id=desk.at.fund.pk, which=Key.APPROVE,
        actor=desk.at.committee_key, at=AT, maker_id=None,
    )  # fmt: skip


def recorded(desk: Provider) -> tuple[int, int]:
    fund = desk.at.fund
    return WorkOrder.objects.filter(fund=fund).count(), Assessment.objects.filter(fund=fund).count()


def test_what_is_handed_in_is_no_fact_until_the_committees_keyholder_signs(
    desk: Provider, tmp_path: Path
) -> None:
    acceptance = handed_in(desk, tmp_path)
    before, waiting = recorded(desk), queue_of(desk.at.committee_key, AT)
    listed = first_keys_waiting([desk.at.fund], desk.at.committee_key.pk).rows

    sign_work(desk.at.fund, desk.at.committee_key)

    assert (before, recorded(desk)) == ((0, 0), (1, 1))
    assert [(each.kind, each.number) for each in waiting if each.kind == ACCEPTANCE] == [
        (ACCEPTANCE, str(acceptance.pk))
    ]
    assert [(each.kind, each.subject_id) for each in listed] == [(ACCEPTANCE, acceptance.pk)]
    assert WorkOrder.objects.get(fund=desk.at.fund).recorded_by == desk.at.committee_key
    assert waiting_acceptances(desk.at.fund.pk) == []


def test_signed_twice_it_is_recorded_once(desk: Provider, tmp_path: Path) -> None:
    acceptance = handed_in(desk, tmp_path)
    turn = {"acceptance_id": acceptance.pk, "which": Key.APPROVE, "actor": desk.at.committee_key, "at": AT}

    assert [turn_acceptance_key(**turn), turn_acceptance_key(**turn)] == [True, False]  # type: ignore[arg-type]
    assert recorded(desk) == (1, 1)


def test_nobody_elses_key_and_no_unsigned_key_signs(desk: Provider, tmp_path: Path) -> None:
    acceptance = handed_in(desk, tmp_path)
    attempts = (
        (Key.RELEASE, desk.at.trustee_key),
        (Key.APPROVE, make_operator(desk.at.committee, "checker")),
    )

    for which, actor in attempts:
        with pytest.raises(Forbidden):
            turn_acceptance_key(acceptance_id=acceptance.pk, which=which, actor=actor, at=AT)
    with signing.unsigned(), pytest.raises(Forbidden, match="签署"):
        turn_acceptance_key(
            acceptance_id=acceptance.pk, which=Key.APPROVE, actor=desk.at.committee_key, at=AT
        )
    assert recorded(desk) == (0, 0)


def test_the_same_file_again_waits_once(desk: Provider, tmp_path: Path) -> None:
    handed_in(desk, tmp_path)
    again = import_work(fund=desk.at.fund, path=tmp_path / "work.xlsx", actor=desk.at.committee_key, at=AT)

    assert (again.already_done, len(waiting_acceptances(desk.at.fund.pk))) == (True, 1)
    assert "仍待业委会" in str(again.notes[0])


def test_a_corrected_file_takes_the_place_of_the_one_that_waits(desk: Provider, tmp_path: Path) -> None:
    first = handed_in(desk, tmp_path, work_row("A"), work_row("B"))
    second = handed_in(desk, tmp_path, work_row("A", amount=900), work_row("B"), name="corrected.xlsx")

    with pytest.raises(Conflict, match="最新"):
        turn_acceptance_key(acceptance_id=first.pk, which=Key.APPROVE, actor=desk.at.committee_key, at=AT)
    sign_work(desk.at.fund, desk.at.committee_key)

    found = WorkOrder.objects.filter(fund=desk.at.fund).order_by("number")
    assert [(each.number, int(each.amount.amount)) for each in found] == [("A", 900), ("B", 1000)]
    assert {each.accepts.acceptance_id for each in found if each.accepts} == {second.pk}


def test_more_work_is_handed_in_beside_what_waits(desk: Provider, tmp_path: Path) -> None:
    handed_in(desk, tmp_path, work_row("A"))
    path = work_file(tmp_path, work_row("A"), work_row("B"), name="more.xlsx")

    more = import_work(fund=desk.at.fund, path=path, actor=desk.at.committee_key, at=AT)

    assert (more.counts[WorkCount.NEW_WORK], len(waiting_acceptances(desk.at.fund.pk))) == (1, 2)


def test_a_stolen_login_types_no_accepted_work_and_no_score(desk: Provider, tmp_path: Path) -> None:
    """In the name of the committee's keyholder, with a workbook handed in, and nobody's signature."""
    acceptance, who = handed_in(desk, tmp_path), desk.at.committee_key.pk

    with refused(constraint="signed_by_the_committee", using="default"):
        run("default", TYPED, [0, who, AT, acceptance.pk])
    with refused(constraint="signed_by_the_committee", using="default"):
        run("default", SCORED, [desk.at.fund.pk, who, AT])


def test_only_what_was_signed_is_recorded_and_only_by_who_signed(desk: Provider, tmp_path: Path) -> None:
    acceptance, who = handed_in(desk, tmp_path), desk.at.committee_key.pk
    other = make_operator(desk.at.committee, "keyholder")
    turned_by_hand(desk, acceptance)

    with refused(constraint="recorded_as_signed", using="default"):
        run("default", TYPED, [1, who, AT, acceptance.pk])
    with refused(constraint="signed_by_the_committee", using="default"):
        run("default", TYPED, [0, other.pk, AT, acceptance.pk])
    with undone(using="default"):
        run("default", TYPED, [0, who, AT, acceptance.pk])


def test_no_row_is_added_or_changed_once_the_key_is_turned(desk: Provider, tmp_path: Path) -> None:
    acceptance = handed_in(desk, tmp_path)
    turned_by_hand(desk, acceptance)
    more = """INSERT INTO settlement_acceptancerow (acceptance_id, fund_id, what, row, named, facts)
              SELECT acceptance_id, fund_id, what, row, 'B', facts FROM settlement_acceptancerow
               WHERE acceptance_id = %s AND what = 'work'"""

    with refused(constraint="acceptance_stands_as_handed_in", using="default"):
        run("default", more, [acceptance.pk])
    for change in ("UPDATE settlement_acceptancerow SET facts = '{}'", "DELETE FROM settlement_acceptance"):
        with refused(using="owner"):
            run("owner", change, [])


def test_a_changed_row_leaves_the_key_without_what_it_signed(desk: Provider, tmp_path: Path) -> None:
    """The tables' owner can change a row behind the trigger: the digest the key is bound to names it."""
    acceptance = handed_in(desk, tmp_path)
    sign_work(desk.at.fund, desk.at.committee_key)
    assert keys.stands(ACCEPTANCE, acceptance.pk, Key.APPROVE)
    row = AcceptanceRow.objects.filter(acceptance=acceptance, what="work").get()
    change = "UPDATE settlement_acceptancerow SET facts = facts || %s WHERE id = %s"

    with undone(using="owner"):
        run("owner", "ALTER TABLE settlement_acceptancerow DISABLE TRIGGER append_only", [])
        run("owner", change, ['{"amount": "9000.00"}', row.pk])
        assert not keys.stands(ACCEPTANCE, acceptance.pk, Key.APPROVE, using="owner")
    assert not verify_fund(desk.at.fund.pk)


def test_by_command(desk: Provider, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    acceptance = handed_in(desk, tmp_path)

    call_command(
        "turn_key", ACCEPTANCE, str(acceptance.pk), fund=desk.at.fund.code,
        actor=desk.at.committee_key.username,
    )  # fmt: skip

    said = capsys.readouterr().out
    assert ("工单：A 清洁，CLN CLN" in said, "2025 年 2 季度 92 分" in said) == (True, True), said
    assert recorded(desk) == (1, 1)
