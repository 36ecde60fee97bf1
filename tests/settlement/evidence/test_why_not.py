"""What a page says beforehand of a key is what the services would say."""

import pytest

from custody.kernel.errors import DomainError
from custody.models import Key, Operator
from custody.permits.asking import acting_for, permitted_acts
from settlement.decisions import approvals
from settlement.evidence.happenings import Happening, standing_seal, timeline
from settlement.evidence.may_turn import why_not
from settlement.evidence.panel import panel_of, settlements_with_standing
from settlement.models import Settlement
from tests.factories import make_operator
from tests.settlement.desk import AT, Provider, make_provider

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def desk(committed_db: None) -> Provider:
    return make_provider()


def said(settlement: Settlement, person: Operator, which: Key = Key.RELEASE) -> str:
    """Why the person may not, as a page has it."""
    membership = acting_for(person, AT.date())
    acts = permitted_acts(membership) if membership else frozenset[str]()
    row = settlements_with_standing(AT.date()).get(pk=settlement.pk)
    return why_not(which, panel_of(row), person, acts)


def released_by(settlement: Settlement, person: Operator) -> bool:
    """Whether the service lets the person release it."""
    try:
        approvals.release(settlement_id=settlement.pk, actor=person, at=AT)
    except DomainError:
        return False
    return True


def test_the_keyholder_of_the_trust_company_may_release_what_is_approved(desk: Provider) -> None:
    settlement = desk.approved()

    assert said(settlement, desk.at.trustee_key) == ""
    assert released_by(settlement, desk.at.trustee_key)


def test_a_maker_is_told_that_keys_are_a_keyholders(desk: Provider) -> None:
    settlement = desk.approved()

    assert "持钥人" in said(settlement, desk.at.actor)
    assert not released_by(settlement, desk.at.actor)


def test_whoever_stated_the_invoice_is_told_so(desk: Provider) -> None:
    settlement = desk.approved()
    row = settlements_with_standing(AT.date()).get(pk=settlement.pk)
    row.submitted_by = desk.at.trustee_key
    acts = permitted_acts(acting_for(desk.at.trustee_key, AT.date()))  # type: ignore[arg-type]

    assert "申报人" in why_not(Key.RELEASE, panel_of(row), desk.at.trustee_key, acts)


def test_what_waits_for_no_key_says_where_it_stands(desk: Provider) -> None:
    assert "已核验" in said(desk.verified(), desk.at.trustee_key)


def test_an_open_break_is_named_before_anybody_tries(desk: Provider) -> None:
    settlement = desk.approved()
    desk.bank_line("-5.00", "不明", account="1", name="某人")

    assert "待查付款" in said(settlement, desk.at.trustee_key)
    assert not released_by(settlement, desk.at.trustee_key)


def test_the_committee_is_told_of_money_that_is_not_there(desk: Provider) -> None:
    small = make_provider(cash="100")

    assert "可用资金不足" in said(small.verified("500"), small.at.committee_key, Key.APPROVE)


def test_a_key_taken_back_is_no_seal_and_stays_in_the_history(desk: Provider) -> None:
    settlement = desk.released()
    approvals.withdraw(settlement_id=settlement.pk, actor=desk.at.trustee_key, reason="再看看", at=AT)
    steps = timeline(settlement.pk)

    assert standing_seal(steps, Key.RELEASE) is None
    assert standing_seal(steps, Key.APPROVE) is not None
    assert [each.said for each in steps if each.kind is Happening.TAKEN_BACK] == ["再看看"]


def test_the_history_goes_on_to_the_banks_line(desk: Provider) -> None:
    settlement = desk.released("80")
    desk.instructed(settlement)
    line = desk.pays(settlement)
    steps = timeline(settlement.pk)

    assert [each.ref for each in steps if each.kind is Happening.BANK_LINE] == [str(line.position)]
    assert [each.kind for each in steps].count(Happening.KEY) == 2


def test_another_organisations_viewer_turns_nothing(desk: Provider) -> None:
    viewer = make_operator(desk.at.trustee, "viewer")

    assert said(desk.approved(), viewer) != ""
