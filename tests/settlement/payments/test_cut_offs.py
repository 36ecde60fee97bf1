"""Payment files are made up at the cut-offs of working days, by the machine, of what was released before."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as house
from django.core.management import call_command
from django.db import connections
from pytest_django import Settings

from config.replay.clock import set_clock
from custody.kernel.errors import Forbidden
from custody.kernel.working_days import calendar_read
from settlement.decisions import stays
from settlement.models import PaymentBatch
from settlement.payments.cut_offs import MadeUp, cut_off_reached, make_up_files, next_cut_off
from tests import factories
from tests.concurrency import racing
from tests.settlement.desk import AT, Provider, fresh, make_provider
from tests.settlement.fees.builders import agree

CUT_OFF = datetime(2025, 8, 4, 3, 0, tzinfo=UTC)  # 11:00 on a Monday at Shanghai
LATER = CUT_OFF + timedelta(minutes=5)


@pytest.fixture
def desk(settings: Settings, tmp_path: Path, committed_db: None) -> Provider:
    settings.BANK_OUTBOX = tmp_path
    return make_provider()


def made_up(desk: Provider, at: datetime = LATER, cut_off: datetime = CUT_OFF) -> MadeUp:
    machine = factories.member_of(desk.at.fund, "trustee", "machine")
    return make_up_files(fund=desk.at.fund, cut_off=cut_off, actor=machine, at=at)


@pytest.mark.parametrize(
    ("at", "reached", "following"),
    [
        ("2025-08-04T10:59", None, "2025-08-04T11:00"),
        ("2025-08-04T11:00", "2025-08-04T11:00", "2025-08-04T16:00"),
        ("2025-08-04T11:59", "2025-08-04T11:00", "2025-08-04T16:00"),
        ("2025-08-04T12:00", None, "2025-08-04T16:00"),
        ("2025-08-01T16:30", "2025-08-01T16:00", "2025-08-04T11:00"),  # a Friday
        ("2025-08-02T11:10", None, "2025-08-04T11:00"),  # a Saturday
        ("2025-09-28T11:10", "2025-09-28T11:00", "2025-09-28T16:00"),  # a Sunday worked before the holiday
        ("2025-09-30T16:10", "2025-09-30T16:00", "2025-10-09T11:00"),
    ],
)
def test_a_cut_off_counts_on_working_days_and_for_an_hour(at: str, reached: str, following: str) -> None:
    def instant(text: str) -> datetime:
        return datetime.fromisoformat(f"{text}:00+08:00")

    assert cut_off_reached(instant(at)) == (instant(reached) if reached else None)
    assert next_cut_off(instant(at)) == instant(following)


@pytest.mark.parametrize(
    "table", ['[2025]\nclosed = ["2026-01-01"]', '[2025]\nclosed = ["2025-05-01"]\nworked = ["2025-05-01"]']
)
def test_a_table_of_holidays_that_contradicts_itself_is_refused(table: str) -> None:
    with pytest.raises(ValueError, match=r"2025"):
        calendar_read(table)


def test_the_table_reaches_the_present_year() -> None:
    assert house.WORK_CALENDAR.knows(date(2026, 12, 31))


def test_what_was_released_before_the_cut_off_is_filed_by_the_machine_and_once(desk: Provider) -> None:
    first, second = desk.released("1000"), desk.released("500")

    made = [made_up(desk), made_up(desk)]

    assert [(len(each.batches), each.left) for each in made] == [(1, ()), (0, ())]
    assert (made[0].batches[0].order_count, made[0].batches[0].execute_on) == (2, date(2025, 8, 4))
    assert {fresh(each).state for each in (first, second)} == {"instructed"}


def test_two_timers_at_once_file_it_once(desk: Provider) -> None:
    desk.released("1000")
    machine = factories.member_of(desk.at.fund, "trustee", "machine")

    made = racing.race(
        [lambda: make_up_files(fund=desk.at.fund, cut_off=CUT_OFF, actor=machine, at=LATER)] * 2
    )

    assert sorted(len(each.batches) for each in made) == [0, 1]
    assert [each.left for each in made] == [(), ()]


def test_what_was_released_after_it_waits_for_the_next(desk: Provider) -> None:
    desk.released("1000")  # at 10:00

    assert made_up(desk, cut_off=AT) == MadeUp((), ())


def test_a_payment_that_is_stayed_is_left_out_and_holds_up_no_other(desk: Provider) -> None:
    stayed, free = desk.released("1000"), desk.released("500")
    agree(desk.at, date(2025, 1, 1), stay_days="10")
    protector = factories.member_of(desk.at.fund, "protector", "keyholder")
    stays.place_stay(
        settlement_id=stayed.pk, until=date(2025, 8, 8), reason="核对工程量", actor=protector, at=AT
    )

    made = made_up(desk)

    assert (fresh(stayed).state, fresh(free).state) == ("released", "instructed")
    assert [stayed.number in each for each in made.left] == [True]


def test_a_fund_with_a_break_files_nothing_and_says_why(desk: Provider) -> None:
    settlement = desk.released("1000")
    desk.bank_line("-260", "年检", summary="年检", name="某行")

    made = made_up(desk)

    assert (made.batches, len(made.left), fresh(settlement).state) == ((), 1, "released")


def test_a_machine_of_another_house_files_nothing(desk: Provider) -> None:
    settlement = desk.released("1000")
    stranger = factories.member_of(factories.make_fund().fund, "trustee", "machine")

    with pytest.raises(Forbidden):
        make_up_files(fund=desk.at.fund, cut_off=CUT_OFF, actor=stranger, at=LATER)

    assert fresh(settlement).state == "released"


def test_the_command_files_by_the_databases_clock_alone(desk: Provider, capsys: Any) -> None:
    desk.released("1000")
    machine = factories.member_of(desk.at.fund, "trustee", "machine")
    command = ("file_due", "--actor", machine.username, "--fund", desk.at.fund.code)
    filed = PaymentBatch.objects.filter(fund=desk.at.fund)
    counts = []
    try:
        for at, *more in ((LATER - timedelta(minutes=6),), (LATER, "--dry-run"), (LATER,), (LATER,)):
            set_clock(at)
            call_command(*command, *more)
            counts.append(filed.count())
    finally:
        with connections["owner"].cursor() as cursor:
            cursor.execute("UPDATE custody_clock SET ahead = '0'")

    assert counts == [0, 0, 1, 1]
    assert "下一批 2025-08-04 11:00" in capsys.readouterr().out
