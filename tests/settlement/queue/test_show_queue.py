"""Whose turn it is: each thing waits for those who may do it, since its own day, and for nobody else."""

import json
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class
from django.utils import timezone
from pytest_django import Settings

from custody.models import Operator, PeriodProposal
from custody.permits.acts import Act
from custody.queue.waiting_items import _COMMANDS, KEY_ACTS, Waiting, seat_of
from settlement.payments import answers
from settlement.queue.settlement_turns import STEPS, queue_of
from settlement.states import MOVES, State
from tests.factories import make_operator
from tests.settlement.desk import AT, Provider, make_provider
from tests.settlement.queue.running import acted, ran
from tests.settlement.queue.test_act_commands import ordered, proposed, with_terms

pytestmark = pytest.mark.usefixtures("committed_db")
WAITS_FOR_THE_BANK = {State.INSTRUCTED, State.PAID}
WITHIN_AN_ACT = {State.SUBMITTED}
MONTH = ("close_period", "month", "2025-07")  # over, and nobody has proposed to close it


@pytest.fixture
def desk(settings: Settings, tmp_path: Path, committed_db: None) -> Provider:
    settings.BANK_OUTBOX = tmp_path
    return make_provider()


PASSED = ("month", "publication")  # of an estate that nobody has looked after since


def turns(person: Operator) -> list[tuple[str, str, str]]:
    """Act, kind and number of all that waits for the person, for machines; months to publish apart."""
    code, out, _ = ran("show_queue", "--actor", person.username, "--json")
    assert code == 0
    items = [item for item in json.loads(out) if item["kind"] != "publication"]
    return [(item["act"], item["kind"], item["number"]) for item in items]


def test_every_state_waits_for_a_person_or_for_the_bank_or_is_the_end() -> None:
    ends = {state for state, targets in MOVES.items() if not targets}

    assert STEPS.keys() | WAITS_FOR_THE_BANK | WITHIN_AN_ACT | ends == set(State)
    assert not STEPS.keys() & (WAITS_FOR_THE_BANK | WITHIN_AN_ACT | ends)


def test_a_verified_invoice_waits_for_the_committee_alone(desk: Provider) -> None:
    number = desk.verified("1000").number

    assert turns(desk.at.committee_key) == [("turn_first_key", "settlement", number)]
    assert turns(desk.at.trustee_key) == [MONTH]


def test_an_approved_invoice_waits_for_the_trust_company_alone(desk: Provider) -> None:
    number = desk.approved("1000").number

    assert turns(desk.at.trustee_key) == [MONTH, ("turn_second_key", "settlement", number)]
    assert turns(desk.at.committee_key) == []


def test_a_released_invoice_waits_for_the_desk(desk: Provider) -> None:
    number = desk.released("1000").number

    assert turns(desk.at.actor) == [MONTH, ("instruct_payments", "settlement", number)]


def test_a_paid_invoice_waits_for_nobody(desk: Provider) -> None:
    settlement = desk.released("1000")
    desk.instructed(settlement)
    desk.pays(settlement)

    people = (desk.at.actor, desk.at.trustee_key, desk.at.committee_key, desk.at.provider_clerk)
    assert [turn for person in people for turn in turns(person) if turn[1] == "settlement"] == []


def test_whoever_made_it_is_not_told_that_it_is_their_turn(desk: Provider) -> None:
    with_terms(desk)
    acted(
        desk, desk.at.trustee_key, "order_placement", "--key", "CF1", "--book", "operating", "--product",
        "七天通知存款", "--principal", "5000",
    )  # fmt: skip
    acted(desk, desk.at.committee_key, "turn_key", "placement", "CF1")
    colleague = make_operator(desk.at.trustee)

    assert turns(desk.at.trustee_key) == [MONTH]
    assert turns(colleague) == [MONTH, ("turn_second_key", "placement", "CF1")]


def test_a_deposit_ordered_waits_for_the_committee(desk: Provider) -> None:
    with_terms(desk)
    ordered(desk, "CF2")

    assert turns(desk.at.committee_key) == [("turn_first_key", "placement", "CF2")]


def test_a_changed_account_waits_for_both_keys_then_may_be_taken_back(desk: Provider) -> None:
    number = str(proposed(desk).pk)
    before = turns(desk.at.committee_key), turns(desk.at.trustee_key)
    for person in (desk.at.committee_key, desk.at.trustee_key):
        acted(desk, person, "turn_key", "payee", number)

    assert before == ([("turn_first_key", "payee", number)], [MONTH, ("turn_second_key", "payee", number)])
    assert turns(desk.at.committee_key) == [("withdraw_key", "payee", number)]


def test_a_reported_refusal_waits_for_a_second_person(desk: Provider) -> None:
    settlement = desk.released("1000")
    desk.instructed(settlement)
    report = answers.report_failed(
        settlement_id=settlement.pk, evidence="回执", actor=desk.at.trustee_key, at=AT
    )
    colleague = make_operator(desk.at.trustee)

    wanted = ("turn_second_key", "refusal", str(report.pk))
    assert (wanted in turns(colleague), wanted in turns(desk.at.trustee_key)) == (True, False)


def test_a_filed_payment_that_stays_silent_waits_for_the_desk(desk: Provider) -> None:
    settlement = desk.released("1000")
    desk.instructed(settlement)

    assert ("record_outcome", "payment_order", settlement.number) in turns(desk.at.actor)


def test_a_payment_file_that_did_not_leave_waits_for_the_desk(
    desk: Provider, settings: Settings, tmp_path: Path
) -> None:
    settings.BANK_OUTBOX = tmp_path / "a file" / "no folder"
    (tmp_path / "a file").write_text("in the way")
    settlement = desk.released("1000")
    batch = desk.instructed(settlement)

    assert ("instruct_payments", "payment_batch", batch.message_id) in turns(desk.at.actor)


def test_suspense_and_a_break_wait_for_the_desk_since_the_banks_day(desk: Provider) -> None:
    desk.bank_line("88", "来历不明", account="6222000000000000009", name="路人")
    desk.bank_line("-120", "货款", account="6222000000000000008", name="某某")

    items = [item for item in queue_of(desk.at.actor, timezone.now()) if item.kind not in PASSED]

    assert [(item.kind, item.amount, f"{timezone.localtime(item.since):%Y-%m-%d}") for item in items] == [
        ("suspense", Decimal("88.00"), "2025-08-05"),
        ("unexplained", Decimal("-120.00"), "2025-08-05"),
    ]


def test_the_oldest_stands_first_and_each_shows_the_same_facts(desk: Provider) -> None:
    desk.released("1000")
    desk.bank_line("88", "来历不明", account="6222000000000000009", name="路人")

    items = json.loads(ran("show_queue", "--actor", desk.at.actor.username, "--json")[1])

    kinds = [item["kind"] for item in items if item["kind"] != "publication"]
    assert kinds == ["month", "settlement", "suspense"]
    assert {tuple(item) for item in items} == {
        ("fund", "act", "kind", "number", "what", "amount", "command", "since", "due")
    }
    assert [item["since"] for item in items] == sorted(item["since"] for item in items)


def test_another_estates_matters_wait_for_its_own_people(desk: Provider) -> None:
    other = make_provider()
    other.verified("1000")

    assert turns(desk.at.committee_key) == []


def test_one_fund_may_be_asked_for_alone(desk: Provider) -> None:
    desk.verified("1000")
    other = make_provider()

    code, out, _ = ran("show_queue", "--actor", desk.at.committee_key.username, "--fund", other.at.fund.code)

    assert (code, "共 0 项" in out) == (0, True)


def test_who_acts_for_nobody_waits_for_nothing(desk: Provider) -> None:
    desk.verified("1000")
    stranger = make_operator()

    assert (seat_of(stranger, AT.date()), turns(stranger)) == (None, [])


def test_a_seat_that_has_ended_is_nobodys_turn(desk: Provider) -> None:
    desk.verified("1000")

    assert queue_of(desk.at.committee_key, AT - timedelta(days=3_000)) == []


def test_the_table_says_what_and_since_when(desk: Provider) -> None:
    number = desk.verified("1000").number

    code, out, _ = ran("show_queue", "--actor", desk.at.committee_key.username)

    assert code == 0
    assert [word for word in (number, "2025-08-04", "1,000.00", "审批", "共 1 项") if word not in out] == []


def test_a_month_that_is_over_waits_to_be_closed_and_then_for_both_keys(desk: Provider) -> None:
    before = turns(desk.at.actor)
    acted(desk, desk.at.actor, "close_period", "--through", "2025-07-31")
    row = PeriodProposal.objects.get(fund=desk.at.fund)
    asked = turns(desk.at.committee_key), turns(desk.at.trustee_key), turns(desk.at.actor)
    for person in (desk.at.committee_key, desk.at.trustee_key):
        acted(desk, person, "turn_key", "period", row.pk)

    number = str(row.pk)
    assert before == [("close_period", "month", "2025-07")]
    assert asked == (
        [("turn_first_key", "period", number)],
        [("turn_second_key", "period", number)],
        [],
    )
    assert turns(desk.at.actor) == [("close_period", "month", "2025-08")]


def test_the_table_says_what_to_run(desk: Provider) -> None:
    number = desk.verified("1000").number

    _, out, _ = ran("show_queue", "--actor", desk.at.committee_key.username)

    assert f"turn_key settlement {number} --fund {desk.at.fund.code}" in out


@pytest.mark.parametrize(("act", "kind"), sorted(_COMMANDS))
def test_every_command_it_names_is_one_and_takes_what_it_says(act: Act, kind: str) -> None:
    kind = kind or "settlement"
    command, *said = Waiting("F", act, kind, "7", "", AT).command.replace("KIND", "judicial").split()
    parser = load_command_class(get_commands()[command], command).create_parser("manage.py", command)

    parser.parse_args([*said, "--actor", "somebody"])


def test_every_act_that_may_wait_names_a_command(desk: Provider) -> None:
    waits = {*STEPS.values(), *KEY_ACTS.values(), Act.WITHDRAW_KEY, Act.EXPLAIN_BREAK, Act.IDENTIFY_RECEIPT}

    assert waits <= {act for act, kind in _COMMANDS if not kind}
