"""The protector has a payment wait: as the deed grants, honoured by keys and filing, and by the database."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils.timezone import localdate
from pytest_django import Settings

from custody.kernel.errors import Conflict, DomainError, Forbidden, Rejected
from custody.models import Operator
from custody.permits.acts import Act
from custody.vault import marking
from settlement.decisions import approvals, questions, stays
from settlement.models import Settlement, Stay
from settlement.queue.settlement_turns import queue_of
from tests.custody.ledger.raw import refused, run
from tests.factories import make_operator
from tests.settlement.desk import AT, Provider, make_provider
from tests.settlement.fees.builders import agree

TODAY = localdate(AT)
GRANTED = 10


@pytest.fixture
def desk(settings: Settings, tmp_path: Path, committed_db: None) -> Provider:
    settings.BANK_OUTBOX = tmp_path
    desk = make_provider()
    agree(desk.at, date(2025, 1, 1), stay_days=str(GRANTED))
    return desk


@pytest.fixture
def protector(desk: Provider) -> Operator:
    return make_operator(desk.at.protector)


def stay(settlement: Settlement, who: Operator, days: int = 5) -> Stay:
    return stays.place_stay(
        settlement_id=settlement.pk, until=TODAY + timedelta(days=days), reason="工程量存疑", actor=who, at=AT
    )


def test_a_stayed_payment_is_not_approved(desk: Provider, protector: Operator) -> None:
    settlement = desk.verified()
    stay(settlement, protector)

    with pytest.raises(Conflict, match="工程量存疑"):
        approvals.approve(settlement_id=settlement.pk, actor=desk.at.committee_key, at=AT)


def test_nor_released(desk: Provider, protector: Operator) -> None:
    settlement = desk.approved()
    stay(settlement, protector)

    with pytest.raises(Conflict, match="暂缓"):
        approvals.release(settlement_id=settlement.pk, actor=desk.at.trustee_key, at=AT)


def test_nor_filed(desk: Provider, protector: Operator) -> None:
    settlement = desk.released()
    stay(settlement, protector)

    with pytest.raises(Conflict, match="暂缓"):
        desk.instructed(settlement)


def test_it_goes_on_once_the_stay_is_lifted(desk: Provider, protector: Operator) -> None:
    settlement = desk.verified()
    stay(settlement, protector)
    stays.lift_stay(settlement_id=settlement.pk, reason="已核实", actor=protector, at=AT)

    approvals.approve(settlement_id=settlement.pk, actor=desk.at.committee_key, at=AT)


def test_it_goes_on_after_its_day(desk: Provider, protector: Operator) -> None:
    settlement = desk.verified()
    placed = stay(settlement, protector)
    after = AT + timedelta(days=(placed.until - TODAY).days + 1)

    approvals.approve(settlement_id=settlement.pk, actor=desk.at.committee_key, at=after)


def test_the_same_stay_again_is_the_same(desk: Provider, protector: Operator) -> None:
    settlement = desk.verified()

    assert stay(settlement, protector) == stay(settlement, protector)


def test_a_settlement_is_stayed_once(desk: Provider, protector: Operator) -> None:
    settlement = desk.verified()
    stay(settlement, protector)
    stays.lift_stay(settlement_id=settlement.pk, reason="已核实", actor=protector, at=AT)

    with pytest.raises(Conflict, match="已暂缓过一次"):
        stay(settlement, protector, days=6)


@pytest.mark.parametrize("days", [-1, GRANTED + 1])
def test_the_deed_says_for_how_long(desk: Provider, protector: Operator, days: int) -> None:
    with pytest.raises(Rejected, match="10 天"):
        stay(desk.verified(), protector, days)


def test_where_the_deed_is_silent_nothing_waits(committed_db: None) -> None:
    other = make_provider()

    with pytest.raises(Rejected, match="0 天"):
        stay(other.verified(), make_operator(other.at.protector))


def test_what_the_bank_was_asked_for_waits_no_more(desk: Provider, protector: Operator) -> None:
    settlement = desk.released()
    desk.instructed(settlement)

    with pytest.raises(Conflict, match="不能暂缓"):
        stay(settlement, protector)


@pytest.mark.parametrize("who", ["trustee_key", "committee_key", "provider_clerk", "actor"])
def test_the_protector_alone_stays_and_lifts(desk: Provider, protector: Operator, who: str) -> None:
    settlement, other = desk.verified(), getattr(desk.at, who)
    with pytest.raises(Forbidden):
        stay(settlement, other)
    stay(settlement, protector)

    with pytest.raises(Forbidden):
        stays.lift_stay(settlement_id=settlement.pk, reason="放行", actor=other, at=AT)


STAY = """INSERT INTO settlement_stay (fund_id, settlement_id, reason, until, placed_by_id, placed_at)
          VALUES (%s, %s, %s, %s, %s, %s)"""


@pytest.mark.parametrize(
    ("changed", "constraint"),
    [
        ({"by": "trustee_key"}, "stay_by_the_protector"),
        ({"reason": " "}, "stay_by_the_protector"),
        ({"days": GRANTED + 1}, "stay_as_the_deed_grants"),
        ({"state": "instructed"}, "stay_before_the_bank_is_asked"),
    ],
)
def test_the_database_holds_it_too(
    desk: Provider, protector: Operator, changed: dict[str, object], constraint: str
) -> None:
    settlement = desk.released()
    if "state" in changed:
        desk.instructed(settlement)
    who = getattr(desk.at, str(changed["by"])) if "by" in changed else protector
    until = TODAY + timedelta(days=int(str(changed.get("days", 5))))
    row = (settlement.fund_id, settlement.pk, changed.get("reason", "存疑"), until, who.pk, AT)

    with refused(constraint=constraint, using="default"):
        run("default", STAY, row)


def test_a_key_typed_by_hand_waits_too(desk: Provider, protector: Operator) -> None:
    settlement = desk.verified()
    stay(settlement, protector)
    typed = """INSERT INTO custody_approval (fund_id, subject_kind, subject_id, key, operator_id,
                   organisation_id, content_sha256, signed_id, given_at)
               SELECT %s, 'settlement', %s, 'approve', %s, %s, settlement_content(%s), 1, %s"""
    row = (
        settlement.fund_id, settlement.pk, desk.at.committee_key.pk, desk.at.committee.pk, settlement.pk, AT
    )  # fmt: skip

    with refused(constraint="settlement_not_stayed", using="default"):
        run("default", typed, row)


@pytest.mark.parametrize("table", ["stay", "staylifted", "question", "reply"])
@pytest.mark.parametrize("act", ["UPDATE settlement_{0} SET id = id", "DELETE FROM settlement_{0}"])
def test_what_the_protector_did_stays_on_record(desk: Provider, table: str, act: str) -> None:
    with refused():
        run("owner", act.format(table))


def test_a_question_waits_for_its_answer_and_is_answered_once(desk: Provider, protector: Operator) -> None:
    settlement = desk.verified()
    asked = questions.ask_question(settlement_id=settlement.pk, text="为何重复？", actor=protector, at=AT)
    waiting = list(questions.open_questions(settlement.fund_id))
    answer: Callable[[str], object] = lambda text: questions.answer_question(  # noqa: E731
        question_id=asked.pk, text=text, actor=desk.at.provider_clerk, at=AT
    )
    first = answer("两栋楼各一次")

    assert (waiting, asked.answer_by) == ([asked], TODAY + timedelta(days=7))
    assert answer("两栋楼各一次") == first
    assert not questions.open_questions(settlement.fund_id).exists()
    with pytest.raises(Conflict, match="已有答复"):
        answer("另一说法")


QUESTION_SQL = """
    INSERT INTO settlement_question (fund_id, settlement_id, text, answer_by, asked_by_id, asked_at)
    VALUES (%s, %s, '为何？', %s, %s, now())
    RETURNING answer_by - (asked_at AT TIME ZONE 'Asia/Shanghai')::date"""


@pytest.mark.parametrize("on", ["2000-01-01", "2999-12-31"])
def test_the_day_to_answer_by_is_no_askers_word(desk: Provider, protector: Operator, on: str) -> None:
    settlement = desk.verified()
    with connection.cursor() as cursor:
        cursor.execute(QUESTION_SQL, [settlement.fund_id, settlement.pk, on, protector.pk])
        assert cursor.fetchone() == (7,)


@pytest.mark.parametrize("text", ["", "  ", "字" * (questions.TEXT_MAX + 1)])
def test_a_question_says_something(desk: Provider, protector: Operator, text: str) -> None:
    with pytest.raises(Rejected):
        questions.ask_question(settlement_id=desk.verified().pk, text=text, actor=protector, at=AT)


def test_the_committee_answers_no_question(desk: Provider, protector: Operator) -> None:
    asked = questions.ask_question(settlement_id=desk.verified().pk, text="为何？", actor=protector, at=AT)

    with pytest.raises(DomainError):
        questions.answer_question(question_id=asked.pk, text="因为", actor=desk.at.committee_key, at=AT)


def test_all_of_it_by_commands(
    desk: Provider, protector: Operator, capsys: pytest.CaptureFixture[str]
) -> None:
    settlement = desk.verified()
    said = {"fund": desk.at.fund.code, "actor": protector.username}
    until = localdate(marking.now()) + timedelta(days=3)
    call_command("place_stay", settlement.number, f"--until={until}", reason="存疑", **said)
    call_command("ask_question", settlement.number, text="为何？", **said)
    call_command("lift_stay", settlement.number, reason="已核实", **said)
    number = str(questions.open_questions(settlement.fund_id).get().pk)
    clerk = {"fund": desk.at.fund.code, "actor": desk.at.provider_clerk.username}
    call_command("answer_question", number, text="因为", **clerk)

    assert "质询" in capsys.readouterr().out
    with pytest.raises(CommandError):
        call_command("place_stay", settlement.number, "--until=2099-01-01", reason="存疑", **said)


def test_an_open_question_waits_for_who_is_asked_with_what_to_run(
    desk: Provider, protector: Operator
) -> None:
    asked = questions.ask_question(
        settlement_id=desk.verified().pk, text="为何重复？", actor=protector, at=AT
    )
    waiting = [each for each in queue_of(desk.at.provider_clerk, AT) if each.act == Act.ANSWER_QUESTION]

    assert [each.command for each in waiting] == [
        f"answer_question {asked.pk} --text TEXT --fund {desk.at.fund.code}"
    ]
