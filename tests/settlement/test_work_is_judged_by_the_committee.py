"""Acceptance of work and scores rests on the committee's act: the service asks, and the database refuses."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from custody.files.intake import Handed
from custody.kernel.errors import Forbidden
from custody.models import Membership, Operator
from settlement.models import WorkOrder
from settlement.work.importing import import_work
from tests.custody.ledger.raw import refused, run, undone
from tests.factories import make_operator
from tests.settlement.desk import AT, Provider, make_provider

pytestmark = pytest.mark.usefixtures("committed_db")
BEFORE_THERE_WAS_ANYBODY = datetime(2019, 1, 1, tzinfo=UTC)
WORK = """
    INSERT INTO settlement_workorder (fund_id, number, description, budget_line_id, completed_on, accepted_on,
        accepted_by, accepted, amount, amount_currency, recorded_by_id, recorded_at)
    VALUES (%s, 'typed', 'x', %s, '2025-07-01', '2025-07-02', '业委会', true, 1000, 'CNY', %s, %s)"""
SCORE = """
    INSERT INTO settlement_assessment
        (fund_id, year, quarter, score, assessed_by, recorded_by_id, recorded_at)
    VALUES (%s, 2025, 3, 100, '业委会', %s, %s)"""


@pytest.fixture
def desk(committed_db: None) -> Provider:
    return make_provider()


def typed(role: str, desk: Provider, what: str, who: Operator, at: datetime = AT) -> None:
    """Work or a score, typed as SQL in somebody's name."""
    fund = desk.at.fund.pk
    facts: list[Any] = [fund, desk.budget().pk, who.pk, at] if what == WORK else [fund, who.pk, at]
    run(role, what, facts)


@pytest.mark.parametrize("who", ["provider_clerk", "actor", "trustee_key"])
def test_nobody_but_the_committees_people_hands_in_accepted_work(desk: Provider, who: str) -> None:
    with pytest.raises(Forbidden, match="业主委员会"):
        import_work(fund=desk.at.fund, path=Handed("work.xlsx", b""), actor=getattr(desk.at, who), at=AT)


def test_who_may_not_is_told_so_before_the_file_is_read(desk: Provider, tmp_path: Path) -> None:
    with pytest.raises(Forbidden):
        import_work(fund=desk.at.fund, path=tmp_path / "absent.xlsx", actor=desk.at.provider_clerk, at=AT)


def test_who_recorded_the_work_is_on_record(desk: Provider) -> None:
    assert WorkOrder.objects.get(pk=desk.work().pk).recorded_by == desk.at.committee_key


@pytest.mark.parametrize("role", ["default", "owner"])
@pytest.mark.parametrize("what", [WORK, SCORE], ids=["work", "score"])
@pytest.mark.parametrize("who", ["provider_clerk", "actor", "trustee_key"])
def test_work_and_scores_by_anybody_else_are_refused_in_sql(
    desk: Provider, role: str, what: str, who: str
) -> None:
    desk.budget()
    with refused(constraint="judged_by_the_committee", using=role):
        typed(role, desk, what, getattr(desk.at, who))


@pytest.mark.parametrize("what", [WORK, SCORE], ids=["work", "score"])
def test_the_committees_people_may_where_no_signature_is_asked(desk: Provider, what: str) -> None:
    desk.budget()
    with undone(using="owner"):
        typed("owner", desk, what, desk.at.committee_key)


def test_a_viewer_of_the_committee_is_refused_in_sql(desk: Provider) -> None:
    viewer = make_operator(desk.at.committee, "viewer")

    with refused(constraint="judged_by_the_committee", using="default"):
        typed("default", desk, SCORE, viewer)


def test_another_estates_committee_is_refused_in_sql(desk: Provider) -> None:
    neighbour = make_provider().at.committee_key

    with refused(constraint="judged_by_the_committee", using="default"):
        typed("default", desk, SCORE, neighbour)


def test_a_score_dated_before_its_signer_belonged_to_the_committee_is_refused(desk: Provider) -> None:
    with refused(constraint="judged_by_the_committee", using="default"):
        typed("default", desk, SCORE, desk.at.committee_key, BEFORE_THERE_WAS_ANYBODY)


def test_whoever_left_the_committee_judges_no_more(desk: Provider) -> None:
    Membership.objects.filter(operator=desk.at.committee_key).update(valid_until=AT.date())

    with refused(constraint="judged_by_the_committee", using="default"):
        typed("default", desk, WORK, desk.at.committee_key)
